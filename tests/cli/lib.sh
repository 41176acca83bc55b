# Sourced by the scripts: $roost is the program, $here this folder, $tmp a folder of the
# script's own, the working directory.
set -u
roost=$1
here=$2
tmp=$(mktemp -d "${TMPDIR:-/tmp}/roost-cli-XXXXXX")
server=
cleanup() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null
        wait "$server" 2>/dev/null
    fi
    rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 1' INT TERM
cd "$tmp" || exit 1
failures=0

# run CODE ARGUMENT...: the program must end with CODE; its output is in out and err.
run() {
    want=$1
    shift
    what="roost $*"
    "$roost" "$@" >out 2>err </dev/null
    got=$?
    if [ "$got" -ne "$want" ]; then
        fail "exit code $got instead of $want"
    fi
}

fail() {
    failures=$((failures + 1))
    echo "FAILED: $what: $1"
    sed 's/^/  out: /' out | head -20
    sed 's/^/  err: /' err | head -20
}

# has FILE TEXT: some line of FILE holds TEXT, word for word.
has() {
    grep -qF -- "$2" "$1" || fail "\"$2\" is not in $1"
}

# is FILE TEXT: FILE holds exactly these lines.
is() {
    printf '%s\n' "$2" >wanted
    cmp -s "$1" wanted || fail "$1 is not: $2"
}

empty() {
    [ ! -s "$1" ] || fail "$1 is not empty"
}

done_testing() {
    [ "$failures" -eq 0 ] && echo "ok"
    exit "$failures"
}
