#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Style gates over the tree: one check a run, silent when all is well, else file:line: why.

usage: check.py {sizes,layers,headers,banned,format,lint,clang,readmes,symbols} [BUILD_DIR]
"""
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

FILE_LINES = {".c": 500, ".h": 250}
FUNCTION_LINES = 60
WIDTH = 90

# folder -> what it may include, by the start of the path.
LAYERS = {
    "engine": ("engine/",),
    "config": ("config/", "engine/base/", "engine/roost.h"),
    "registry": ("registry/", "engine/roost.h", "engine/base/", "engine/model/",
                 "engine/transform/op.h"),
    "gateway": ("gateway/", "registry/registry.h", "config/config.h", "engine/roost.h",
                "engine/base/", "web/assets.h"),
    "loadtest": ("loadtest/", "engine/base/", "engine/roost.h"),
}
# Third-party header -> the files (by prefix) that may name it.
THIRD_PARTY = {
    "microhttpd.h": ("gateway/http_mhd",),
    "zlib.h": ("gateway/inflate", "gateway/deflate"),
    "curl/curl.h": ("gateway/cli/", "gateway/mirror"),
    "yaml.h": ("registry/", "config/"),
    "jansson.h": ("registry/", "gateway/admin"),
    "gnutls/gnutls.h": ("registry/", "gateway/"),
    "gnutls/crypto.h": ("registry/", "gateway/"),
    "cblas.h": ("engine/predict/", "engine/kernel/", "gateway/main.c"),
    "sanitizer/asan_interface.h": ("engine/base/arena",),
}
LIBC = re.compile(r"^(sys/|linux/|arpa/|netinet/|net/)?[a-z0-9_]+\.h$")
BANNED = re.compile(r"\b(strcpy|strcat|sprintf|vsprintf|atoi|atol|atof|strtok|gets|alloca)"
                    r"\s*\(")
README_HEADS = ["What it is", "The path", "May include", "Invariants", "How it is tested"]


def tracked(*suffixes):
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT,
                         capture_output=True, text=True, check=True).stdout
    return sorted(f for f in out.splitlines()
                  if f.endswith(suffixes) and os.path.exists(os.path.join(ROOT, f)))


def lines_of(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as handle:
        return handle.read().splitlines()


def sizes():
    """Files and functions stay readable; a body opens with '{' in column 1 (clang-format)."""
    for path in tracked(".c", ".h"):
        lines = lines_of(path)
        most = FILE_LINES[os.path.splitext(path)[1]]
        if len(lines) > most:
            yield f"{path}:{len(lines)}: more than {most} lines: split the file"
        start = 0
        for number, line in enumerate(lines, 1):
            if len(line) > WIDTH and "http" not in line:
                yield f"{path}:{number}: wider than {WIDTH}"
            if line == "{":
                start = number
            elif line == "}" and start:
                if number - start - 1 > FUNCTION_LINES:
                    yield (f"{path}:{start}: a function of {number - start - 1} lines, "
                           f"at most {FUNCTION_LINES}")
                start = 0


def layers():
    """Includes point down only: gateway -> registry -> engine; third parties at their seam."""
    for path in tracked(".c", ".h"):
        room = path.split("/")[0]
        if room == "tests":
            continue
        for number, line in enumerate(lines_of(path), 1):
            match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if not match:
                continue
            kind, name = match.groups()
            if kind == '"':
                allowed = LAYERS.get(room, ())
                if not name.startswith(allowed):
                    yield f"{path}:{number}: {room}/ may not include {name}"
            elif name in THIRD_PARTY:
                if not path.startswith(THIRD_PARTY[name]):
                    yield f"{path}:{number}: {name} may not be named here"
            elif not LIBC.match(name):
                yield f"{path}:{number}: {name} is not in the table of tests/style/check.py"


def each(command_of, paths):
    """Run a command for each path, two at a time; its output where it fails."""
    def one(path):
        done = subprocess.run(command_of(path), cwd=ROOT, capture_output=True, text=True)
        return "" if done.returncode == 0 else (done.stdout + done.stderr).strip()
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for output in pool.map(one, paths):
            if output:
                yield output


def headers():
    """Each header compiles alone."""
    paths = [p for p in tracked(".h")]
    yield from each(lambda p: ["gcc", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra",
                               "-Werror", "-I", ".", "-fsyntax-only", "-x", "c", p], paths)


def banned():
    for path in tracked(".c", ".h"):
        lines = lines_of(path)
        if not lines or "SPDX-License-Identifier: MIT" not in lines[0]:
            yield f"{path}:1: the first line names no licence (SPDX-License-Identifier)"
        for number, line in enumerate(lines, 1):
            match = BANNED.search(line)
            if match:
                yield f"{path}:{number}: {match.group(1)} is banned"
            if re.search(r"\b(TODO|FIXME|XXX)\b", line):
                yield f"{path}:{number}: open ends belong in docs/decisions with an owner"


def format_():
    yield from each(lambda p: ["clang-format-14", "--dry-run", "-Werror", p],
                    tracked(".c", ".h"))


def compile_commands(build):
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as handle:
        return [c for c in json.load(handle)
                if os.path.relpath(c["file"], ROOT).split("/")[0] in LAYERS]


def lint(build):
    files = sorted({c["file"] for c in compile_commands(build)})
    # With assertions on, so that the analyzer knows what must hold.
    yield from each(lambda p: ["clang-tidy-14", "--quiet", "--extra-arg=-UNDEBUG",
                               "--extra-arg=-Wno-unknown-warning-option", "-p",
                               build, p], files)


def clang(build):
    """clang compiles what gcc compiles, without a warning."""
    done = {}
    for entry in compile_commands(build):
        words = entry["command"].split()
        keep = [w for w in words[1:] if w.startswith(("-I", "-D", "-std", "-W"))
                and not w.startswith(("-Wstack-usage", "-Wl,"))]
        done[entry["file"]] = [w.replace('\\"', '"') for w in keep]
    yield from each(lambda p: ["clang-14", *done[p], "-Werror", "-fsyntax-only", p],
                    sorted(done))


def readmes():
    """Each folder with sources explains itself under the same heads, in 60 lines."""
    folders = {os.path.dirname(p) for p in tracked(".c")}
    for folder in sorted(f for f in folders if f.split("/")[0] in LAYERS):
        path = os.path.join(folder, "README.md")
        if not os.path.exists(os.path.join(ROOT, path)):
            yield f"{path}: missing"
            continue
        lines = lines_of(path)
        heads = [line.lstrip("# ") for line in lines if line.startswith("## ")]
        if heads != README_HEADS:
            yield f"{path}: heads are {heads}, not {README_HEADS}"
        if len(lines) > 60:
            yield f"{path}: {len(lines)} lines, at most 60"


def symbols(build):
    """libroost exports what roost.h declares, and nothing else."""
    header = "\n".join(lines_of("engine/roost.h"))
    declared = set(re.findall(r"ROOST_API[^;(]*?\b(roost_\w+)\s*\(", header))
    out = subprocess.run(["nm", "-D", "--defined-only",
                          os.path.join(build, "libroost.so")],
                         capture_output=True, text=True, check=True).stdout
    exported = {line.split()[-1] for line in out.splitlines() if " T " in line
                or " D " in line or " B " in line or " R " in line}
    for name in sorted(exported - declared):
        yield f"libroost.so exports {name}, which roost.h does not declare"
    for name in sorted(declared - exported):
        yield f"roost.h declares {name}, which libroost.so does not export"


CHECKS = {"sizes": sizes, "layers": layers, "headers": headers, "banned": banned,
          "format": format_, "lint": lint, "clang": clang, "readmes": readmes,
          "symbols": symbols}


def main():
    if len(sys.argv) < 2 or sys.argv[1] not in CHECKS:
        print(__doc__, file=sys.stderr)
        return 2
    check = CHECKS[sys.argv[1]]
    found = 0
    for problem in check(*sys.argv[2:]):
        print(problem)
        found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
