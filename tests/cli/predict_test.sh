# A real server, asked through its socket: the scores are those of `roost score`.
. "$2/lib.sh"

run 3 predict tiny -f "$here/request.json" --server "unix:$tmp/data.sock"
has err "nobody answers at unix:$tmp/data.sock"

"$roost" serve --models "$here/models" --listen "unix:$tmp/data.sock" \
    --admin-listen "unix:$tmp/admin.sock" --workers 1 --set drain.delay=0 \
    --set "registry.state_file=$tmp/state.json" 2>log &
server=$!
tries=0
until grep -q '"msg":"ready"' log; do
    tries=$((tries + 1))
    if [ "$tries" -gt 200 ] || ! kill -0 "$server" 2>/dev/null; then
        what="roost serve"
        : >out
        cp log err
        fail "the server is not ready"
        done_testing
    fi
    sleep 0.1
done

run 0 health --server "unix:$tmp/data.sock"
run 0 health --live --server "unix:$tmp/admin.sock"
run 3 health --server "unix:$tmp/nobody.sock"
has err "nobody answers at unix:$tmp/nobody.sock"

run 0 predict tiny -f "$here/request.json" --server "unix:$tmp/data.sock"
cp out answer
run 0 score "$here/models/tiny" -f "$here/rows.jsonl"
python3 - answer out <<'END' || fail "predict and score disagree"
import re, sys
answer = re.sub(r"\s", "", open(sys.argv[1]).read())
rows = open(sys.argv[2]).read().split()
assert answer == '{"predictions":[' + ",".join(rows) + "]}", answer
END
run 0 predict tiny -f "$here/request.json" --server "unix:$tmp/data.sock" --version 2
run 1 predict tiny -f "$here/request.json" --server "unix:$tmp/data.sock" --version 9
has out '"error"'
has err "status 404"
run 1 predict absent -f "$here/request.json" --server "unix:$tmp/data.sock"
has err "status 404"
printf '{"instances": [' >wrong.json
run 1 predict tiny -f wrong.json --server "unix:$tmp/data.sock"
has err "status 400"
run 1 predict tiny -f missing.json --server "unix:$tmp/data.sock"
has err "missing.json: cannot be read"
run 1 predict tiny -f "$here/request.json" --server "ftp://127.0.0.1:1"
run 2 predict tiny
run 2 predict -f "$here/request.json"
run 2 predict tiny -f "$here/request.json" --version latest
has err "a version is a whole number"

what="roost serve, stopped by SIGTERM"
kill -TERM "$server"
wait "$server"
code=$?
server=
: >out
cp log err
[ "$code" -eq 0 ] || fail "exit code $code instead of 0"
done_testing
