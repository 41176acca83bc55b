# Every version is loaded and its goldens are replayed; what is wrong is told with a place.
. "$2/lib.sh"

run 0 check --models "$here/models"
has out "ok     tiny/1  native"
has out "ok     tiny/2  native"
has out "ok     other/1  native"
has out "ok     pair  group: tiny/2, other/1"
has err "0 wrong"
run 0 check --models "$here/models" --json
python3 - out <<'END' || fail "the JSON is not as it should be"
import json, sys
report = json.load(open(sys.argv[1]))
assert report["ok"] is True
assert {v.get("model") or v.get("group") for v in report["versions"]} == {"tiny", "other", "pair"}
END

run 1 check --models "$here/broken"
has out "ok     good/1  native"
has out "failed unknown_op/1"
has out "failed wrong_golden/1"
has err "$here/broken/unknown_op/1/model.yaml:5:"
has err "golden.jsonl:1"
has err "2 wrong"
run 1 check --models "$here/broken" --json
has out '"ok": false'

cat >promises.yaml <<END
registry.dir: $here/models
models:
  tiny: {labels: {stable: 1, canary: 9}}
  other: {versions: {specific: [1, 4]}}
  absent: {}
END
run 1 check -c promises.yaml
has err "models.tiny.labels.canary: there is no version 9"
has err "models.other.versions: there is no version 4"
has err "models.absent: there is no such model"
has err "3 wrong"
run 1 check --models "$tmp/nowhere"
has err "nowhere"
mkdir none
run 0 check --models none
done_testing
