#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The examples of docs/api/tfs.md, run against the demo models: what the page shows is what
a reader gets, but for the id of the request.

usage: docs_test.py ROOST_BINARY
"""
import json
import os
import re
import shlex
import sys
import unittest

from harness import DEMO, ROOT, Server

BINARY = sys.argv.pop(1)
PAGE = os.path.join(ROOT, "docs/api/tfs.md")


def examples():
    """(path, body or None, the answer shown) of every block that begins with `$ curl`."""
    with open(PAGE, encoding="utf-8") as handle:
        text = handle.read()
    for block in re.findall(r"(?:^    .*\n)+", text, re.MULTILINE):
        lines = [line[4:] for line in block.splitlines()]
        if not lines[0].startswith("$ curl"):
            continue
        command = lines.pop(0)[2:]
        while command.endswith("\\"):
            command = command[:-1] + lines.pop(0)
        words = shlex.split(command)
        body = words[words.index("-d") + 1] if "-d" in words else None
        path = words[-1].removeprefix("http://127.0.0.1:8501")
        yield path, body, json.loads("".join(lines))


class Docs(unittest.TestCase):
    def test_every_example_is_true(self):
        found = list(examples())
        self.assertGreaterEqual(len(found), 4)
        with Server(BINARY, DEMO) as server:
            for path, body, shown in found:
                answer = server.post(path, body) if body else server.get(path)
                got = answer.json()
                for document in (got, shown):
                    if "instance" in document:
                        self.assertRegex(document["instance"], "^/requests/[0-9a-f]{32}$")
                        document["instance"] = "/requests/ID"
                self.assertEqual(got, shown, path)


if __name__ == "__main__":
    unittest.main()
