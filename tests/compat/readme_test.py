#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""README.md names tests by sentence, and each of them is there; models/ is what
make_models.py writes.

usage: readme_test.py ROOST_BINARY
"""
import glob
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from support import HERE, MODELS, ROOT, main


def read(path):
    with open(path, encoding="utf-8") as handle:
        return handle.read()


class Readme(unittest.TestCase):
    page = read(os.path.join(HERE, "README.md"))

    def test_every_test_that_it_names_exists(self):
        folders = [HERE, os.path.join(ROOT, "tests", "http")]
        sources = "".join(read(path) for folder in folders
                          for path in glob.glob(os.path.join(folder, "*_test.py")))
        there = set(re.findall(r"def (test_\w+)\(", sources))
        classes = set(re.findall(r"^class (\w+)\(", sources, re.MULTILINE))
        named = set(re.findall(r"\b(test_\w+)", self.page))
        self.assertGreater(len(named), 60)
        self.assertEqual(named - there, set())
        self.assertEqual(set(re.findall(r"`(?:\w+: )?([A-Z][a-z]\w*)[.`]", self.page))
                         - classes - {"Case"}, set())

    def test_every_file_that_it_names_exists(self):
        for name in re.findall(r"`U/(\w+_test)`", self.page):
            self.assertTrue(os.path.exists(os.path.join(ROOT, "tests/unit/gateway",
                                                        name + ".c")), name)
        for name in re.findall(r"\btests/\S+_test\.\w+", self.page):
            self.assertTrue(os.path.exists(os.path.join(ROOT, name)), name)
        for path in glob.glob(os.path.join(HERE, "*.py")):
            self.assertIn(os.path.basename(path), self.page)

    def test_the_committed_models_are_what_the_script_writes(self):
        def files(root):
            return {os.path.relpath(os.path.join(folder, name), root):
                    pathlib.Path(folder, name).read_bytes()
                    for folder, _, names in os.walk(root) for name in names
                    if not name.startswith(".")}
        with tempfile.TemporaryDirectory() as root:
            subprocess.run([sys.executable, os.path.join(HERE, "make_models.py"), root],
                           check=True)
            self.assertEqual(files(root), files(MODELS))


if __name__ == "__main__":
    main()
