#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The demo as a stranger meets it: rows in, scores out, the same from every door.

usage: demo_test.py ROOST_BINARY
"""
import json
import os
import subprocess
import sys
import unittest

from harness import DEMO, ROOT, Server

BINARY = sys.argv.pop(1)
REQUEST = open(os.path.join(ROOT, "registry/demo/request.json"), encoding="utf-8").read()
MEMBERS = ("census_linear", "census_trees", "census_mlp")  # of the group `census`
ROWS = os.path.join(ROOT, "registry/demo/rows.jsonl")


def goldens(model, version):
    path = os.path.join(DEMO, model, str(version), "golden.jsonl")
    with open(path, encoding="utf-8") as handle:
        return [json.loads(line) for line in handle]


class Demo(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(BINARY, DEMO)

    @classmethod
    def tearDownClass(cls):
        assert cls.server.stop() == 0, cls.server.log[-5:]

    def predictions(self, model, body, path=""):
        answer = self.server.post(f"/v1/models/{model}{path}:predict", body)
        self.assertEqual(answer.status, 200, answer)
        return answer.json()["predictions"]

    def test_the_readme_request_is_answered_by_group_and_members(self):
        for model in ("census", *MEMBERS):
            self.assertEqual(len(self.predictions(model, REQUEST)), 3)

    def test_roost_score_prints_the_same_digits_as_the_server(self):
        for model in ("census", *MEMBERS):
            answer = self.server.post(f"/v1/models/{model}:predict", REQUEST)
            inside = subprocess.run([BINARY, "score", os.path.join(DEMO, model), "-f", ROWS],
                                    capture_output=True, text=True, check=True).stdout
            served = answer.body.decode()
            for line in inside.splitlines():
                self.assertIn(line.replace(" ", ""), served.replace(" ", ""))
            self.assertEqual(len(inside.splitlines()), 3)

    def test_goldens_of_the_served_versions_hold_over_http(self):
        for model in MEMBERS:
            for golden in goldens(model, 2):
                expected = golden.pop("predictions")
                tolerance = golden.pop("tolerance", 1e-6)
                for got, want in zip(self.predictions(model, golden), expected):
                    self.assertAlmostEqual(got, want, delta=tolerance)

    def test_a_group_gives_its_members_scores_to_the_last_digit(self):
        for golden in goldens("census_linear", 2)[:5]:
            body = {"instances": golden["instances"]}
            group = self.predictions("census", body)
            for member in MEMBERS:
                self.assertEqual([row[member] for row in group],
                                 self.predictions(member, body))

    def test_a_group_evaluates_shared_transforms_once_a_row(self):
        rows = len(json.loads(REQUEST)["instances"])
        before = self.server.metrics()
        self.predictions("census", REQUEST)
        after = self.server.metrics()
        for kind, times in ("evaluations", 1), ("reuses", len(MEMBERS) - 1):
            name = f'roost_transform_{kind}_total{{transform="education_index"}}'
            self.assertEqual(after[name] - before.get(name, 0), times * rows, name)

    def test_context_counts_once_and_scores_are_those_of_repeated_values(self):
        rows = json.loads(REQUEST)["instances"]
        user = {k: v for k, v in rows[0].items() if k in ("education", "age", "sex")}
        apart = [{k: v for k, v in row.items() if k not in user} for row in rows]
        together = [{**row, **user} for row in apart]
        name = 'roost_transform_evaluations_total{transform="education_index"}'
        before = self.server.metrics()[name]
        scores = self.predictions("census", {"context": user, "instances": apart})
        self.assertEqual(self.server.metrics()[name] - before, 1)
        self.assertEqual(scores, self.predictions("census", {"instances": together}))

    def test_rows_and_columns_give_the_same_scores(self):
        rows = json.loads(REQUEST)["instances"]
        names = set(rows[0]).intersection(*rows)
        rows = [{k: row[k] for k in names} for row in rows]
        columns = {k: [row[k] for row in rows] for k in names}
        answer = self.server.post("/v1/models/census_linear:predict", {"inputs": columns})
        self.assertEqual(answer.json()["outputs"],
                         self.predictions("census_linear", {"instances": rows}))

    def test_every_answer_names_the_version_that_gave_it(self):
        answer = self.server.post("/v1/models/census:predict", REQUEST)
        self.assertEqual(answer.headers["roost-model-version"],
                         "census_linear/2, census_trees/2, census_mlp/2")
        answer = self.server.post("/v1/models/census_linear:predict", REQUEST)
        self.assertEqual(answer.headers["roost-model-version"], "census_linear/2")

    def test_status_lists_versions_as_tensorflow_serving_does(self):
        status = self.server.get("/v1/models/census_trees").json()["model_version_status"]
        self.assertEqual(status[0], {"version": "2", "state": "AVAILABLE",
                                     "status": {"error_code": "OK", "error_message": ""}})
        self.assertEqual(self.server.get("/v1/models/nope").status, 404)
        names = self.server.get("/v1/models").json()["models"]
        self.assertEqual(sorted(m if isinstance(m, str) else m["name"] for m in names),
                         ["census", *sorted(MEMBERS)])

    def test_promote_and_rollback_change_what_serves_and_say_so(self):
        answer = self.server.admin("promote", "census_trees", {"version": 1})
        self.assertEqual((answer.status, answer.json()["version"]), (200, 1), answer)
        reply = self.server.post("/v1/models/census:predict", REQUEST)
        self.assertEqual(reply.headers["roost-model-version"],
                         "census_linear/2, census_trees/1, census_mlp/2")
        answer = self.server.admin("rollback", "census_trees")
        self.assertEqual((answer.status, answer.json()["version"]), (200, 2), answer)
        answer = self.server.admin("promote", "census_trees", {"version": 9})
        self.assertEqual(answer.status, 404)
        self.assertIn("9", answer.json()["error"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
