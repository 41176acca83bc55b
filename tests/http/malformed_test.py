#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Requests that are wrong, one way after the other: each gets a 4xx in JSON that says where,
and the server goes on. What DESIGN accepts is accepted.

usage: malformed_test.py ROOST_BINARY
"""
import gzip
import json
import sys
import unittest
import zlib

from harness import DEMO, Server

BINARY = sys.argv.pop(1)
LINEAR = "/v1/models/census_linear:predict"
ROW = {"age": 39, "education": "Bachelors", "occupation": "Sales", "sex": "Male"}


class Malformed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(BINARY, DEMO, "--set", "limits.body=1MiB")
        cls.score = cls.server.post(LINEAR, {"instances": [ROW]}).json()["predictions"][0]

    @classmethod
    def tearDownClass(cls):
        assert cls.server.stop() == 0, cls.server.log[-5:]

    def tearDown(self):
        answer = self.server.post(LINEAR, {"instances": [ROW]})
        self.assertEqual(answer.json()["predictions"], [self.score], "the server was harmed")

    def refused(self, body, status=400, says="", pointer=None, path=LINEAR, method="POST",
                headers=None):
        connection = self.server.connect()
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode("utf-8", "surrogatepass")
        connection.request(method, path, body, headers or {})
        reply = connection.getresponse()
        data = reply.read()
        self.assertEqual(reply.status, status, data)
        problem = json.loads(data)
        self.assertIn(says, problem["error"])
        self.assertEqual(problem["status"], status)
        if pointer is not None:
            self.assertEqual(problem.get("pointer"), pointer)
        # The connection is unharmed too: the same one carries a good request.
        connection.request("POST", LINEAR, json.dumps({"instances": [ROW]}))
        reply = connection.getresponse()
        self.assertEqual(json.loads(reply.read())["predictions"], [self.score])
        connection.close()
        return problem

    def accepted(self, row_text):
        answer = self.server.post(LINEAR, '{"instances": [%s]}' % row_text)
        self.assertEqual(answer.status, 200, answer)
        return answer.json()["predictions"][0]

    def test_not_json(self):
        for text in ("hello", "{", "[1,2", '{"instances": [}', "{'a': 1}", "\ufeff{}"):
            self.refused(text, says="JSON Parse error:")

    def test_an_empty_body(self):
        self.refused("", says="JSON Parse error: The document is empty")

    def test_truncated_at_every_byte(self):
        whole = json.dumps({"instances": [ROW], "context": {"race": "Wh\u00efte\\"}})
        data = whole.encode()
        connection = self.server.connect()
        for size in range(len(data)):
            connection.request("POST", LINEAR, data[:size])
            reply = connection.getresponse()
            body = reply.read()
            self.assertEqual(reply.status, 400, (size, body))
            self.assertIn("error", json.loads(body))
        connection.close()

    def test_a_hundred_thousand_levels_deep(self):
        for text in ("[" * 100_000, '{"a":' * 100_000, '{"a":' + "[" * 100_000):
            self.refused(text, says="JSON Parse error:")
        self.refused('{"instances":' + "[" * 100_000)

    def test_lone_surrogates_and_invalid_utf8(self):
        self.refused('{"instances": [{"education": "\\ud800"}]}', says="JSON Parse error:")
        self.refused('{"instances": [{"education": "\\udc00x"}]}', says="JSON Parse error:")
        for bad in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"):
            self.refused(b'{"instances": [{"education": "' + bad + b'"}]}',
                         says="JSON Parse error:")

    def test_a_number_beyond_double(self):
        self.refused('{"instances": [{"age": 1e400}]}')

    def test_wrong_types_are_named_with_a_pointer(self):
        self.refused({"instances": [ROW, {"age": "old"}]}, pointer="/instances/1/age")
        self.refused({"instances": [{"education": 7}]}, pointer="/instances/0/education")
        self.refused({"instances": [{"age": None}]}, pointer="/instances/0/age")
        self.refused({"instances": [{"age": True}]}, pointer="/instances/0/age")
        self.refused({"instances": [{"age": [1]}]}, pointer="/instances/0/age")
        self.refused({"instances": [3]}, pointer="/instances/0")
        self.refused({"instances": "x"}, pointer="/instances")
        self.refused({"instances": []}, says="No values in 'instances' array")

    def test_ragged_columns(self):
        self.refused({"inputs": {"age": [1, 2], "sex": ["Male"]}}, says="inconsistent batch")

    def test_both_and_neither_of_instances_and_inputs(self):
        self.refused({"instances": [ROW], "inputs": {"age": [1]}},
                     says="Not formatted correctly expecting only one of")
        self.refused({}, says="Missing 'inputs' or 'instances' key")

    def test_a_key_that_stands_twice(self):
        self.refused('{"instances": [{"age": 1, "age": 2}]}')
        self.refused('{"instances": [{}], "instances": [{}]}')

    def test_bytes_after_the_document(self):
        self.refused('{"instances": [{}]} x')

    def test_unknown_models_versions_labels_and_signatures(self):
        body = {"instances": [ROW]}
        self.refused(body, 404, "Servable not found for request: Latest(nope)",
                     path="/v1/models/nope:predict")
        self.refused(body, 404, "Specific(census_linear, 77)",
                     path="/v1/models/census_linear/versions/77:predict")
        self.refused(body, 400, "Unrecognized servable version label: gold",
                     path="/v1/models/census_linear/labels/gold:predict")
        self.refused({"signature_name": "x", **body}, 400,
                     'Serving signature name: "x" not found in signature def')
        self.refused({"signature_name": 3, **body}, 400,
                     "'signature_name' key must be a string value.")

    def test_wrong_verbs_and_paths(self):
        self.refused(b"", 400, "Malformed request: GET", path=LINEAR, method="GET")
        self.refused({}, 400, "Malformed request: POST /v1/models", path="/v1/models/a/b/c")
        self.refused(b"", 400, "Failed to convert version: 99999999999999999999 to numeric.",
                     path="/v1/models/census_linear/versions/99999999999999999999",
                     method="GET")
        self.refused(b"", 404, path="/nowhere", method="GET")

    def test_a_body_over_the_limit(self):
        answer = self.server.post(LINEAR, b" " * (2 << 20))
        self.assertEqual(answer.status, 413)
        self.assertIn("error", answer.json())
        bomb = gzip.compress(b" " * (64 << 20))
        answer = self.server.post(LINEAR, bomb, headers={"Content-Encoding": "gzip"})
        self.assertEqual(answer.status, 413)

    def test_a_content_length_that_lies(self):
        head = f"POST {LINEAR} HTTP/1.1\r\nHost: x\r\nContent-Length: %s\r\n\r\n"
        body = json.dumps({"instances": [ROW]})
        for length in ("-1", "1e3", "99999999999999999999", "5, 6", "0x10", ""):
            out = self.server.raw((head % length + body).encode())
            self.assertTrue(out.startswith(b"HTTP/1.1 4"), out[:200])
        # Longer than what comes: the connection closes without an answer of success.
        out = self.server.raw((head % (len(body) + 10) + body).encode())
        self.assertNotIn(b" 200 ", out[:20])
        # Shorter: the rest is not a request.
        out = self.server.raw((head % (len(body) - 4) + body).encode())
        self.assertTrue(out.startswith(b"HTTP/1.1 400"), out[:200])
        self.assertNotIn(b" 200 ", out)

    def test_encodings(self):
        body = json.dumps({"instances": [ROW]}).encode()
        raw = zlib.compressobj(wbits=-15)
        for name, data in (("gzip", gzip.compress(body)), ("deflate", zlib.compress(body)),
                           ("deflate", raw.compress(body) + raw.flush())):
            answer = self.server.post(LINEAR, data, headers={"Content-Encoding": name})
            self.assertEqual(answer.json()["predictions"], [self.score])
        self.refused(gzip.compress(body)[:-9], 400, headers={"Content-Encoding": "gzip"})
        self.refused(body, 400, headers={"Content-Encoding": "gzip"})
        self.refused(body, 415, headers={"Content-Encoding": "br"})

    def test_accepted_minus_zero_tiny_and_long_numbers(self):
        zero = self.accepted('{"capital_gain": 0}')
        self.assertEqual(self.accepted('{"capital_gain": -0}'), zero)
        self.assertEqual(self.accepted('{"capital_gain": -0.0}'), zero)
        self.assertEqual(self.accepted('{"capital_gain": 1e-400}'), zero)
        self.assertEqual(self.accepted('{"age": 39.' + "0" * 40 + "}"),
                         self.accepted('{"age": 39}'))
        self.assertEqual(self.accepted('{"age": 0.' + "3" * 40 + "e2}"),
                         self.accepted('{"age": 33.3333333333}'))

    def test_accepted_missing_features_and_nan(self):
        self.assertEqual(self.accepted("{}"), self.accepted('{"age": NaN}'))

    def test_accepted_and_counted_unknown_keys_and_features(self):
        name = 'roost_unknown_features_total{model="census_linear"}'
        before = self.server.metrics()[name]
        self.assertEqual(self.accepted('{"colour": [1, {"x": null}], "shoe": 43}'),
                         self.accepted("{}"))
        self.assertEqual(self.server.metrics()[name] - before, 2)
        answer = self.server.post(LINEAR, {"instances": [ROW], "extra": {"a": [1]}})
        self.assertEqual(answer.json()["predictions"], [self.score])


if __name__ == "__main__":
    unittest.main(verbosity=2)
