# SPDX-License-Identifier: MIT
"""What a trainer needs to write models that roost reads: hashes, tensors, manifests.

Written from docs/model-format.md alone, so that goldens made with it check the server
against an independent reading of the format.
"""
import hashlib
import json
import os
import struct

import numpy as np

MASK = (1 << 64) - 1


def _rotl(x, r):
    return ((x << r) | (x >> (64 - r))) & MASK


def _fmix(k):
    k ^= k >> 33
    k = k * 0xFF51AFD7ED558CCD & MASK
    k ^= k >> 33
    k = k * 0xC4CEB9FE1A85EC53 & MASK
    return k ^ k >> 33


def murmur3_64(data):
    """First 8 bytes (as an unsigned integer) of MurmurHash3_x64_128 with seed 0."""
    c1, c2 = 0x87C37B91114253D5, 0x4CF5AD432745937F
    h1 = h2 = 0
    whole = len(data) // 16
    for i in range(whole):
        k1, k2 = struct.unpack_from("<QQ", data, i * 16)
        h1 ^= _rotl(k1 * c1 & MASK, 31) * c2 & MASK
        h1 = ((_rotl(h1, 27) + h2) * 5 + 0x52DCE729) & MASK
        h2 ^= _rotl(k2 * c2 & MASK, 33) * c1 & MASK
        h2 = ((_rotl(h2, 31) + h1) * 5 + 0x38495AB5) & MASK
    tail = data[whole * 16:]
    low = int.from_bytes(tail[:8], "little")
    high = int.from_bytes(tail[8:], "little")
    if high:
        h2 ^= _rotl(high * c2 & MASK, 33) * c1 & MASK
    if low:
        h1 ^= _rotl(low * c1 & MASK, 31) * c2 & MASK
    h1 ^= len(data)
    h2 ^= len(data)
    h1 = (h1 + h2) & MASK
    h2 = (h2 + h1) & MASK
    h1, h2 = _fmix(h1), _fmix(h2)
    return (h1 + h2) & MASK


def category_id(feature, value, bits):
    """Id of a category: hash of the feature's name, a NUL and the value; low `bits` bits."""
    return murmur3_64(feature.encode() + b"\0" + value.encode()) & ((1 << bits) - 1)


def cross_id(ids, bits):
    """Id of a cross: hash of the ids as little-endian 64-bit integers; low `bits` bits."""
    return murmur3_64(struct.pack(f"<{len(ids)}Q", *ids)) & ((1 << bits) - 1)


def write_safetensors(path, tensors):
    """tensors: {name: numpy array}. Larger element types first, so that all are aligned."""
    kinds = {"float32": "F32", "float64": "F64", "int32": "I32", "int64": "I64"}
    order = sorted(tensors, key=lambda n: (-tensors[n].dtype.itemsize, n))
    header, at = {}, 0
    for name in order:
        size = tensors[name].nbytes
        header[name] = {"dtype": kinds[str(tensors[name].dtype)],
                        "shape": list(tensors[name].shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % 64)
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for name in order:
            out.write(np.ascontiguousarray(tensors[name]).tobytes())


def write_manifest(folder):
    """manifest.json: every file of the version with its size and sha256."""
    files = []
    for name in sorted(os.listdir(folder)):
        if name != "manifest.json":
            with open(os.path.join(folder, name), "rb") as handle:
                data = handle.read()
            files.append({"path": name, "bytes": len(data),
                          "sha256": hashlib.sha256(data).hexdigest()})
    with open(os.path.join(folder, "manifest.json"), "w", encoding="utf-8") as out:
        json.dump({"files": files}, out, indent=1)
        out.write("\n")


def write_goldens(path, rows, scores, tolerance=None, per_line=10):
    """golden.jsonl: a predict body a line, with the predictions the trainer expects.

    tolerance, relative to max(1, |score|): roost's own default when None.
    """
    with open(path, "w", encoding="utf-8") as out:
        for at in range(0, len(rows), per_line):
            body = {"instances": rows[at:at + per_line],
                    "predictions": [float(s) for s in scores[at:at + per_line]]}
            if tolerance is not None:
                body["tolerance"] = tolerance
            out.write(json.dumps(body, separators=(",", ":")) + "\n")
