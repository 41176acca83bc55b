# Rows in, one score a line out; a wrong row is told with its line.
. "$2/lib.sh"

run 0 score "$here/models/tiny/1" -f "$here/rows.jsonl"
is out "1.0
1.5
1.15025"
empty err
run 0 score "$here/models/tiny" -f "$here/rows.jsonl"
is out "10.0
10.5
10.15025"
run 0 score "$here/models/tiny/" -f "$here/rows.jsonl"
is out "10.0
10.5
10.15025"
"$roost" score "$here/models/tiny/1" -f - <"$here/rows.jsonl" >piped
run 0 score "$here/models/tiny/1" -f "$here/rows.jsonl"
cmp -s out piped || fail "stdin gives other scores"

printf '{"x": 1, "y": 0, "place": "south"}\n' >group.jsonl
run 0 score "$here/models/pair" -f group.jsonl
is out '{"tiny":10.5,"other":200.1}'
(cd "$here/models/pair" && "$roost" score . -f "$tmp/group.jsonl") >dot
cmp -s out dot || fail "the group scores differently from inside its folder"

printf '{"x": 2, "y": 4}\n{"x": "two"}\n{"x": 1}\n' >wrong.jsonl
run 1 score "$here/models/tiny/1" -f wrong.jsonl
is out "1.0"
has err "wrong.jsonl:2: "
printf '{"x": 1}\n{"x": 1' >cut.jsonl
run 1 score "$here/models/tiny/1" -f cut.jsonl
has err "cut.jsonl:2: "
printf '{"x": 1} {"x": 2}\n' >two.jsonl
run 1 score "$here/models/tiny/1" -f two.jsonl
empty out
printf '{"x": Infinity}\n' >infinite.jsonl
run 1 score "$here/models/tiny/1" -f infinite.jsonl
has err "infinite.jsonl:1: an infinity"

run 1 score "$here/models/tiny/7" -f "$here/rows.jsonl"
run 1 score "$here/models/tiny/1" -f missing.jsonl
has err "missing.jsonl: cannot be opened"
run 1 score "$here/broken/unknown_op/1" -f "$here/rows.jsonl"
has err "model.yaml:5:"
run 2 score "$here/models/tiny/1"
has err "-f FILE"
run 2 score -f "$here/rows.jsonl"
: >none.jsonl
run 0 score "$here/models/tiny/1" -f none.jsonl
empty out
done_testing
