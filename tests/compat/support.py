# SPDX-License-Identifier: MIT
"""What the compat tests share: the harness of tests/http, their models, and judgements."""
import json
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "http"))

from harness import DEMO, ROOT, Server  # noqa: E402 the path is set above

from v2_client import Client, Result  # noqa: E402

MODELS = os.path.join(HERE, "models")
# What every error body holds (spec/operations.md section 1); pointer where there is one.
MEMBERS = {"error", "type", "title", "status", "detail", "instance"}

__all__ = ["DEMO", "MODELS", "ROOT", "Case", "Client", "Result", "Server"]


class Case(unittest.TestCase):
    """A test over one server; subclasses set `models` and `options`."""

    binary = None
    models = MODELS
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.server = Server(cls.binary, cls.models, *cls.options)
        cls.client = Client(cls.server.port)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        status = cls.server.stop()
        assert status == 0, (status, cls.server.log[-20:])

    def ask(self, method, path, body=None, headers=(), client=None):
        """An answer of either API; text and documents become bytes."""
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        return (client or self.client).send(method, path, body, headers)

    def tfs(self, path, body, status=200):
        """POST /v1/models/PATH -> the answer's document."""
        answer = self.ask("POST", f"/v1/models/{path}", body)
        self.assertEqual(answer.status, status, answer)
        return answer.json

    def v2(self, model, body, header=None, status=200):
        headers = () if header is None else (("Inference-Header-Content-Length", header),)
        answer = self.ask("POST", f"/v2/models/{model}/infer", body, headers)
        self.assertEqual(answer.status, status, answer)
        return answer

    def judge(self, answer, status, says="", kind=None, pointer=None):
        """An error is one body for both APIs: it says what, of which type, and where."""
        self.assertEqual(answer.status, status, answer)
        body = answer.json
        self.assertIsInstance(body, dict, answer)
        self.assertEqual(set(body) - {"pointer"}, MEMBERS, answer)
        self.assertIn(says, body["error"])
        self.assertEqual(body["detail"], body["error"])
        self.assertEqual(body["status"], status)
        self.assertRegex(body["type"], "^urn:roost:error:[a-z-]+$")
        self.assertRegex(body["instance"], "^/requests/.+$")
        self.assertTrue(body["title"])
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        if kind is not None:
            self.assertEqual(body["type"], f"urn:roost:error:{kind}", answer)
        if pointer is not None:
            self.assertEqual(body.get("pointer", ""), pointer, answer)
        return body

    def refused(self, path, body, status=400, says="", kind=None, pointer=None, method="POST",
                headers=()):
        return self.judge(self.ask(method, path, body, headers), status, says, kind, pointer)


def main():
    Case.binary = sys.argv.pop(1)
    unittest.main()
