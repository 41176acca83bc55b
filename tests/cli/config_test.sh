# Where options come from, and how a mistake is told.
. "$2/lib.sh"

run 0 config defaults
has out 'listen: "127.0.0.1:8501"'
mv out defaults.yaml
run 0 config show -c defaults.yaml
cmp -s out defaults.yaml || fail "the defaults do not read back the same"
run 0 config docs
has out '| `limits.rows` |'

printf 'workers: 3\nlimits: {rows: 10}\nlog.level: debug\n' >some.yaml
run 0 config show -c some.yaml
has out "workers: 3"
has out "rows: 10"
export ROOST_LIMITS__ROWS=20 ROOST_WORKERS=4
run 0 config show -c some.yaml --set limits.rows=30
has out "level: debug"
has out "workers: 4"
has out "rows: 30"
unset ROOST_LIMITS__ROWS ROOST_WORKERS

printf 'workers: 3\nlimits:\n  row: 10\n' >wrong.yaml
for command in "config show" check serve; do
    # shellcheck disable=SC2086
    run 1 $command -c wrong.yaml
    has err "wrong.yaml:3:3: there is no option limits.row; did you mean limits.rows?"
    empty out
done
run 1 serve -c missing.yaml
has err "missing.yaml: cannot be opened"
run 2 serve --set limits.rows=0
has err "limits.rows: 0 is out of range, 1 to 1048576"
run 2 serve --set rows
has err "--set: takes key=value"
run 2 serve --admin-listen 0.0.0.0:8502
has err "can be reached from other machines"
ROOST_LIMITS__ROWS=many
export ROOST_LIMITS__ROWS
run 1 serve
has err "ROOST_LIMITS__ROWS: limits.rows takes a whole number"
unset ROOST_LIMITS__ROWS
run 2 config
run 2 config default
has err "did you mean defaults?"
done_testing
