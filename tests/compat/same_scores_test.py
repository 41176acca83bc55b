#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The same 1,000 rows through every door: the same scores, to the last bit.

Rows are those of the committed goldens, mixed: row i takes its numbers from one golden row
and its words from another. Scores are compared as the bits of float32.

usage: same_scores_test.py ROOST_BINARY
"""
import json
import os
import struct

from ids import feature_id, signed
from support import DEMO, MODELS, Case, main
from v2_client import Input, output

ROWS = 1000
NUMBERS = ("age", "education_num", "capital_gain", "capital_loss", "hours_per_week")
# What is the same for all rows of a request with context.
USER = ("race", "sex", "native_country", "age")


def census_rows():
    """1,000 rows, no two alike: 200 golden rows, shifted against each other."""
    rows = []
    path = os.path.join(DEMO, "census_linear", "2", "golden.jsonl")
    with open(path, encoding="utf-8") as handle:
        for line in handle:
            rows += json.loads(line)["instances"]
    out, seen = [], set()
    for shift in range(len(rows)):
        for i, row in enumerate(rows):
            other = rows[(i * 7 + shift * 13 + 1) % len(rows)]
            mixed = {k: v for k, v in row.items() if k in NUMBERS}
            mixed.update((k, v) for k, v in other.items() if k not in NUMBERS)
            text = json.dumps(mixed, sort_keys=True)
            if text not in seen:
                seen.add(text)
                out.append(mixed)
            if len(out) == ROWS:
                return out
    raise AssertionError("the goldens do not make so many distinct rows")


def bits(scores):
    """float32 bits; scores come as JSON numbers or from raw tensors."""
    return [struct.pack("<f", score) for score in scores]


def columns_of(rows, names):
    return {name: [row[name] for row in rows] for name in names}


def tensors(rows, names, binary, context=()):
    """V2 inputs; a missing number is NaN, a missing word an empty string; those of
    `context` stand once."""
    out = []
    for name in names:
        few = rows[:1] if name in context else rows
        missing = float("nan") if name in NUMBERS else ""
        values = [row.get(name, missing) for row in few]
        kind = "FP32" if name in NUMBERS else "BYTES"
        more = {"context": True} if name in context else {}
        out.append(Input(name, kind, [len(few), 1], values, binary=binary, **more))
    return out


class Doors(Case):
    """Each door gives the scores of 1,000 rows; they are compared with those of TFS rows."""

    def tfs_rows(self, model, rows, context=None):
        body = {"instances": rows}
        if context is not None:
            body["context"] = context
        return self.tfs(f"{model}:predict", body)["predictions"]

    def tfs_columns(self, model, columns, context=None):
        body = {"inputs": columns}
        if context is not None:
            body["context"] = context
        return self.tfs(f"{model}:predict", body)["outputs"]

    def v2_scores(self, model, inputs, binary):
        names = self.outputs if model == "census" else ["score"]
        answer = self.client.infer(model, inputs, [output(name, binary) for name in names])
        self.assertEqual(answer.status, 200, answer)
        scores = [answer[name] for name in names]
        return scores[0] if model != "census" else dict(zip(names, scores))


class Census(Doors):
    models = DEMO

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Columns have no way to leave a word out, so every row gets one, if only "".
        rows = census_rows()
        cls.names = list(dict.fromkeys(name for row in rows for name in row))
        cls.rows = [{name: row.get(name, 0 if name in NUMBERS else "") for name in cls.names}
                    for row in rows]
        cls.user = {name: cls.rows[0][name] for name in USER}
        cls.common = [{**row, **cls.user} for row in cls.rows]
        cls.apart = [{k: v for k, v in row.items() if k not in USER} for row in cls.rows]
        cls.alone = [m for m in sorted(os.listdir(DEMO)) if m != "census" and
                     not os.path.exists(os.path.join(DEMO, m, "group.yaml"))]
        cls.outputs = cls.members()

    @classmethod
    def members(cls):
        with open(os.path.join(DEMO, "census", "group.yaml"), encoding="utf-8") as handle:
            text = handle.read()
        return [m.strip() for m in text.split("[")[1].split("]")[0].split(",")]

    def test_there_are_1000_distinct_rows_and_scores_that_differ(self):
        self.assertEqual(len({json.dumps(row) for row in self.rows}), ROWS)
        for model in self.alone:
            scores = self.tfs_rows(model, self.rows)
            self.assertEqual(len(scores), ROWS)
            self.assertGreater(len(set(scores)), 30)

    def test_rows_columns_json_and_raw_tensors_agree(self):
        for model in self.alone:
            wanted = bits(self.tfs_rows(model, self.rows))
            got = {"columns": self.tfs_columns(model, columns_of(self.rows, self.names))}
            for binary in (False, True):
                for name, data in (("json", False), ("raw", True)):
                    inputs = tensors(self.rows, self.names, data)
                    got[name, binary] = self.v2_scores(model, inputs, binary)
            for door, scores in got.items():
                self.assertEqual(bits(scores), wanted, (model, door))

    def test_with_context_they_agree_with_repeated_values(self):
        for model in self.alone:
            wanted = bits(self.tfs_rows(model, self.common))
            names = [n for n in self.names if n not in USER]
            got = {"rows": self.tfs_rows(model, self.apart, self.user),
                   "columns": self.tfs_columns(model, columns_of(self.apart, names),
                                               self.user)}
            for data in (False, True):
                inputs = tensors(self.common, self.names, data, USER)
                got["v2", data] = self.v2_scores(model, inputs, data)
            for door, scores in got.items():
                self.assertEqual(bits(scores), wanted, (model, door))

    def test_a_group_gives_its_members_scores_through_every_door(self):
        wanted = {m: bits(self.tfs_rows(m, self.rows)) for m in self.outputs}
        rows = self.tfs_rows("census", self.rows)
        columns = self.tfs_columns("census", columns_of(self.rows, self.names))
        doors = [{m: [row[m] for row in rows] for m in self.outputs}, columns]
        for data in (False, True):
            doors.append(self.v2_scores("census", tensors(self.rows, self.names, data), data))
        for scores in doors:
            self.assertEqual({m: bits(scores[m]) for m in self.outputs}, wanted)

    def test_a_row_alone_scores_as_among_others(self):
        for model in self.alone:
            wanted = self.tfs_rows(model, self.rows)
            for i in range(0, ROWS, 97):
                self.assertEqual(self.tfs_rows(model, self.rows[i:i + 1]), wanted[i:i + 1])

    def test_a_missing_feature_is_absent_or_nan(self):
        for model in self.alone:
            without = [{k: v for k, v in row.items() if k != "age"} for row in self.rows]
            wanted = bits(self.tfs_rows(model, without))
            names = [n for n in self.names if n != "age"]
            nan = [{**row, "age": float("nan")} for row in without]
            got = {"nan": self.tfs_rows(model, nan),
                   "columns": self.tfs_columns(model, columns_of(without, names)),
                   "nan column": self.tfs_columns(model, columns_of(nan, self.names))}
            for data in (False, True):
                got["v2", data] = self.v2_scores(model, tensors(without, names, data), data)
                got["v2 nan", data] = self.v2_scores(model, tensors(nan, self.names, data), data)
            for door, scores in got.items():
                self.assertEqual(bits(scores), wanted, (model, door))


class Ids(Doors):
    """The same rows as bags of facts: `age=39`-like numbers and `sex=Male`-like names. A
    fact is given by its name or by its id."""

    models = MODELS
    work = ("workclass", "occupation", "hours_per_week", "capital_gain", "capital_loss")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.outputs = ["score"]
        cls.rows = []
        for row in census_rows():
            bags = {"person": {}, "work": {}}
            for name, value in row.items():
                bag = bags["work" if name in cls.work else "person"]
                fact = name if name in NUMBERS else f"{name}={value}"
                bag[fact] = value / 64.0 if name in NUMBERS else 1.0
            cls.rows.append(bags)
        cls.user = cls.rows[0]["person"]
        cls.common = [{"person": cls.user, "work": row["work"]} for row in cls.rows]

    @staticmethod
    def by_id(bag):
        return {"#ids": [signed(feature_id(name)) for name in bag],
                "#values": list(bag.values())}

    def bags(self, rows, binary, ids, context=()):
        out = []
        for feature in ("person", "work"):
            few = rows[:1] if feature in context else rows
            more = {"context": True} if feature in context else {}
            facts = [(name, amount) for row in few for name, amount in row[feature].items()]
            at = [0]
            for row in few:
                at.append(at[-1] + len(row[feature]))
            who = [signed(feature_id(name)) if ids else name for name, _ in facts]
            out += [Input(f"{feature}.offsets", "INT64", [len(few) + 1], at, binary=binary,
                          **more),
                    Input(f"{feature}.{'ids' if ids else 'names'}",
                          "INT64" if ids else "BYTES", [len(facts)], who, binary=binary, **more),
                    Input(f"{feature}.values", "FP32", [len(facts)], [a for _, a in facts],
                          binary=binary, **more)]
        return out

    def test_ids_of_both_signs_occur(self):
        some = [signed(feature_id(name)) for row in self.rows for name in row["person"]]
        self.assertTrue(min(some) < 0 < max(some))

    def test_names_and_ids_agree_through_every_door(self):
        wanted = bits(self.tfs_rows("bags", self.rows))
        self.assertGreater(len(set(wanted)), 50)
        ids = [{name: self.by_id(bag) for name, bag in row.items()} for row in self.rows]
        got = {"rows by id": self.tfs_rows("bags", ids)}
        for form, rows in (("names", self.rows), ("ids", ids)):
            got["columns", form] = self.tfs_columns("bags", columns_of(rows, ("person", "work")))
        for binary in (False, True):
            for by_id in (False, True):
                got["v2", binary, by_id] = self.v2_scores(
                    "bags", self.bags(self.rows, binary, by_id), binary)
        for door, scores in got.items():
            self.assertEqual(bits(scores), wanted, door)

    def test_with_context_they_agree_with_repeated_values(self):
        wanted = bits(self.tfs_rows("bags", self.common))
        work = [{"work": row["work"]} for row in self.common]
        by_id = [{"work": self.by_id(row["work"])} for row in self.common]
        user, user_id = {"person": self.user}, {"person": self.by_id(self.user)}
        got = {"rows": self.tfs_rows("bags", work, user),
               "rows by id": self.tfs_rows("bags", by_id, user_id),
               "columns": self.tfs_columns("bags", columns_of(work, ("work",)), user_id)}
        for binary in (False, True):
            for ids in (False, True):
                got["v2", binary, ids] = self.v2_scores(
                    "bags", self.bags(self.common, binary, ids, ("person",)), binary)
        for door, scores in got.items():
            self.assertEqual(bits(scores), wanted, door)


if __name__ == "__main__":
    main()
