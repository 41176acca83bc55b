#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Scores that are not finite: whose fault it is, what a group makes of it, what is counted.

The models overflow by themselves: `over` is exp(x), which leaves the doubles above 709 and
the floats above 88; `wide` does so for negative x; `calm` never does.

usage: finite_test.py ROOST_BINARY
"""
import os
import shutil
import sys
import tempfile
import unittest

from harness import Server

BINARY = sys.argv.pop(1)

MODEL = """format: 1
inputs:
  x: {type: f32}
predictor: {op: linear, in: [x], weights: [%s], bias: 0.0, link: %s}
outputs: {score: {}}
"""


def write(root, path, text):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as handle:
        handle.write(text)


class Finite(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="roost-finite-")
        write(cls.folder, "over/1/model.yaml", MODEL % ("1.0", "exp"))
        write(cls.folder, "wide/1/model.yaml", MODEL % ("-1.0", "exp"))
        write(cls.folder, "calm/1/model.yaml", MODEL % ("0.5", "identity"))
        write(cls.folder, "mixed/group.yaml", "format: 1\nmembers: [over, calm]\n")
        write(cls.folder, "both/group.yaml", "format: 1\nmembers: [over, wide]\n")
        # So many long names that a header of a fixed size would lose some.
        cls.many = [f"many_{i:02}_" + "x" * 100 for i in range(40)]
        for name in cls.many:
            write(cls.folder, f"{name}/1/model.yaml", MODEL % ("1.0", "exp"))
        write(cls.folder, "crowd/group.yaml",
              f"format: 1\nmembers: [{', '.join(cls.many)}, calm]\n")
        cls.server = Server(BINARY, cls.folder)

    @classmethod
    def tearDownClass(cls):
        status = cls.server.stop()
        shutil.rmtree(cls.folder)
        assert status == 0, cls.server.log[-5:]

    def ask(self, model, body):
        return self.server.post(f"/v1/models/{model}:predict", body)

    def refused(self, model, body, status, kind, pointer):
        answer = self.ask(model, body)
        self.assertEqual(answer.status, status, answer)
        problem = answer.json()
        self.assertEqual(problem["type"], f"urn:roost:error:{kind}")
        self.assertEqual(problem.get("pointer"), pointer)
        self.assertIn("not finite", problem["error"])
        return answer

    def counted(self, model, reason):
        key = f'roost_request_failures_total{{model="{model}",version="1",reason="{reason}"}}'
        return self.server.metrics()[key]

    def test_a_score_that_overflows_is_the_models_failure_and_says_which_row(self):
        before = self.counted("over", "engine")
        body = {"instances": [{"x": 0}, {"x": 1000}, {"x": 2000}]}
        answer = self.refused("over", body, 500, "not-finite", "/predictions/1")
        self.assertIn("row 1", answer.json()["error"])
        self.refused("over", {"inputs": {"x": [1000.0]}}, 500, "not-finite",
                     "/predictions/0")
        self.assertEqual(self.counted("over", "engine"), before + 2)

    def test_an_infinity_that_came_in_is_the_clients_fault(self):
        before = self.counted("over", "engine"), self.counted("over", "bad_input")
        self.refused("over", '{"instances": [{"x": 0}, {"x": Infinity}]}', 400, "bad-value",
                     "/instances/1")
        self.refused("over", '{"inputs": {"x": [0, 1e39]}}', 400, "bad-value", "/inputs")
        self.refused("over", '{"context": {"x": Infinity}, "instances": [{}]}', 400,
                     "bad-value", "/context")
        after = self.counted("over", "engine"), self.counted("over", "bad_input")
        self.assertEqual(after, (before[0], before[1] + 3))

    def test_an_infinity_in_another_row_excuses_no_model(self):
        # exp(-inf) is 0, a fine score; the row that fails holds a finite value.
        self.refused("over", '{"instances": [{"x": -Infinity}, {"x": 1000}]}', 500,
                     "not-finite", "/predictions/1")
        self.refused("over", '{"instances": [{"x": 1000}, {"x": Infinity}]}', 500,
                     "not-finite", "/predictions/0")

    def test_an_infinity_that_does_no_harm_is_scored(self):
        answer = self.ask("over", '{"instances": [{"x": -Infinity}]}')
        self.assertEqual((answer.status, answer.json()), (200, {"predictions": [0.0]}))

    def test_a_groups_failed_member_is_null_and_named(self):
        before = (self.counted("over", "engine"), self.counted("calm", "engine"),
                  self.counted("mixed", "engine"))
        answer = self.ask("mixed", {"instances": [{"x": 1}, {"x": 1000}]})
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.headers["roost-partial"], "over=not-finite")
        self.assertEqual(answer.headers["roost-model-version"], "over/1, calm/1")
        self.assertEqual(answer.json(), {"predictions": [{"over": None, "calm": 0.5},
                                                         {"over": None, "calm": 500.0}]})
        after = (self.counted("over", "engine"), self.counted("calm", "engine"),
                 self.counted("mixed", "engine"))
        self.assertEqual(after, (before[0] + 1, before[1], before[2]))

    def test_the_same_in_columns(self):
        answer = self.ask("mixed", {"inputs": {"x": [2, 1000]}})
        self.assertEqual(answer.headers["roost-partial"], "over=not-finite")
        self.assertEqual(answer.json(), {"outputs": {"over": None, "calm": [1.0, 500.0]}})

    def test_a_member_that_an_infinity_of_the_clients_failed_is_bad_value(self):
        answer = self.ask("both", '{"instances": [{"x": Infinity}]}')
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.headers["roost-partial"], "over=bad-value")
        self.assertEqual(answer.json(), {"predictions": [{"over": None, "wide": 0.0}]})

    def test_every_failed_member_is_named_however_many_there_are(self):
        answer = self.ask("crowd", {"instances": [{"x": 1000}]})
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.headers["roost-partial"],
                         ", ".join(f"{name}=not-finite" for name in self.many))

    def test_a_group_without_a_failure_has_no_such_header(self):
        answer = self.ask("mixed", {"instances": [{"x": 0}]})
        self.assertEqual(answer.json(), {"predictions": [{"over": 1.0, "calm": 0.0}]})
        self.assertIsNone(answer.headers["roost-partial"])

    def test_when_all_members_fail_the_first_ones_error_is_the_answer(self):
        before = self.counted("over", "engine"), self.counted("wide", "engine")
        answer = self.refused("both", {"instances": [{"x": 0}, {"x": -1000}, {"x": 1000}]},
                              500, "not-finite", "/predictions/2")
        self.assertIsNone(answer.headers["roost-partial"])
        self.assertIsNone(answer.headers["roost-model-version"])
        after = self.counted("over", "engine"), self.counted("wide", "engine")
        self.assertEqual(after, (before[0] + 1, before[1] + 1))


if __name__ == "__main__":
    unittest.main()
