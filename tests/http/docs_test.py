#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The examples of docs/api, run against the demo models: what a page shows is what a reader
gets. A block that begins with `$ curl` or `$ python3` is run as a shell would run it; what
follows the command is the answer.

In a JSON answer "..." stands for what differs from run to run or would fill the page: as a
value for any value, as the last element of a list for any further ones, as a key of an
object ("...": "...") for any other keys.

usage: docs_test.py ROOST_BINARY
"""
import json
import os
import re
import shlex
import subprocess
import sys
import unittest

from harness import DEMO, ROOT, Server

BINARY = sys.argv.pop(1)
PAGES = {"docs/api/tfs.md": 7, "docs/api/v2.md": 12}  # and how many examples at least
DATA, ADMIN = "127.0.0.1:8501", "127.0.0.1:8502"


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as handle:
        return handle.read()


def examples(page):
    """Every command of the page's indented blocks and its answer, as a list of lines."""
    for block in re.findall(r"(?:^(?:    .*)?\n)+", read(page), re.MULTILINE):
        plain = re.sub("^    ", "", block, flags=re.MULTILINE)
        for part in re.split(r"^(?=\$ )", plain, flags=re.MULTILINE):
            if part.startswith(("$ curl", "$ python3")):
                yield part.rstrip("\n").splitlines()


def command_of(lines):
    """Takes the command off the lines: a shell reads on after a backslash, and in quotes."""
    line = lines.pop(0)[2:]
    while True:
        if line.endswith("\\"):
            line = line[:-1] + lines.pop(0)
            continue
        try:
            return line, shlex.split(line)[1:]
        except ValueError:
            line += "\n" + lines.pop(0)


def curl(line, words):
    """(method, listener is admin, path, body, headers) of a command line."""
    method, body, headers, url = None, None, {}, None
    while words:
        word = words.pop(0)
        if word == "-d":
            body = words.pop(0)
        elif word == "-X":
            method = words.pop(0)
        elif word == "-H":
            name, value = words.pop(0).split(":", 1)
            headers[name] = value.strip()
        elif word.startswith("-"):
            raise AssertionError(f"docs_test.py does not know {word} of {line}")
        else:
            url = word
    host, path = url.removeprefix("http://").split("/", 1)
    assert host in (DATA, ADMIN), url
    return method or ("GET" if body is None else "POST"), host == ADMIN, "/" + path, body, \
        headers


def matches(shown, got):
    """Is this the answer shown, but for what "..." stands for?"""
    if shown == "...":
        return True
    if isinstance(shown, dict) and isinstance(got, dict):
        more = "..." in shown
        named = {key for key in shown if key != "..."}
        return named <= set(got) and (more or named == set(got)) and \
            all(matches(shown[key], got[key]) for key in named)
    if isinstance(shown, list) and isinstance(got, list):
        if shown[-1:] == ["..."]:
            shown, got = shown[:-1], got[:len(shown) - 1]
        return len(shown) == len(got) and all(map(matches, shown, got))
    return type(shown) is type(got) and shown == got


class Docs(unittest.TestCase):
    def run_curl(self, server, lines):
        command, words = command_of(lines)
        method, admin, path, body, headers = curl(command, words)
        answer = server.ask(method, path, body, headers, admin=admin)
        text = "\n".join(lines).strip()
        if not text:
            self.assertEqual((answer.status, answer.body), (200, b""), command)
            return
        got, shown = answer.json(), json.loads(text)
        if "instance" in got:
            for document in (got, shown):
                self.assertRegex(document["instance"], "^/requests/[0-9a-f]{32}$")
            shown["instance"] = "..."
        self.assertTrue(matches(shown, got), f"{command}\nshown {shown}\ngot   {got}")

    def run_python(self, server, lines):
        self.assertEqual(lines.pop(0), "$ python3 - <<'END'")
        end = lines.index("END")
        program = "\n".join(lines[:end]).replace(DATA, f"127.0.0.1:{server.port}")
        done = subprocess.run([sys.executable, "-"], input=program, capture_output=True,
                              text=True, timeout=60)
        self.assertEqual((done.stdout.splitlines(), done.stderr), (lines[end + 1:], ""))

    def test_every_example_is_true(self):
        for page, least in PAGES.items():
            found = list(examples(page))
            self.assertGreaterEqual(len(found), least, page)
            with Server(BINARY, DEMO) as server:
                for lines in found:
                    with self.subTest(page=page, command=lines[0]):
                        if lines[0].startswith("$ curl"):
                            self.run_curl(server, list(lines))
                        else:
                            self.run_python(server, list(lines))

    def test_every_call_and_every_error_is_on_a_page(self):
        both = "".join(map(read, PAGES))
        shapes = re.findall(r'\{"(/v[12]/[^"]+)"', read("gateway/route.c"))
        self.assertGreater(len(shapes), 15)
        for shape in shapes:
            path = re.sub("[*][#@]?", "M", shape)
            path = re.sub("/~/.*", "/R/", path)
            path = re.sub("/M/(load|unload)$", r"/M/\1", path)
            self.assertTrue(path in both, f"{shape}: {path} is on no page")
        slugs = re.findall(r'X\(\w+, \d+, "([a-z-]+)"', read("gateway/errors.h"))
        self.assertGreater(len(slugs), 30)
        self.assertEqual([slug for slug in slugs if f"`{slug}`" not in both], [])

    def test_what_the_dots_stand_for(self):
        got = {"a": [1, 2, 3], "b": {"c": 1.0, "d": "x"}}
        for shown in (got, {"a": [1, "..."], "b": "..."}, {"...": "...", "a": [1, 2, 3]},
                      {"a": "...", "b": {"c": 1.0, "...": "..."}}):
            self.assertTrue(matches(shown, got), shown)
        for shown in ({"a": [1, 2], "b": "..."}, {"a": "..."}, {"a": "...", "b": {"c": 1}},
                      {"a": [2, "..."], "b": "..."}, {"...": "...", "z": "..."},
                      {"a": "...", "b": {"c": 1, "d": "x"}}):
            self.assertFalse(matches(shown, got), shown)


if __name__ == "__main__":
    unittest.main()
