# SPDX-License-Identifier: MIT
"""Ids of names and categories, from docs/model-format.md alone, with the standard library."""
import struct

MASK = (1 << 64) - 1


def rotate(x, by):
    return ((x << by) | (x >> (64 - by))) & MASK


def mix(k):
    for by, factor in ((33, 0xFF51AFD7ED558CCD), (33, 0xC4CEB9FE1A85EC53), (33, 1)):
        k = (k ^ k >> by) * factor & MASK
    return k


def murmur3(data):
    """The first 8 bytes, little-endian, of MurmurHash3_x64_128 with seed 0."""
    c1, c2, h1, h2 = 0x87C37B91114253D5, 0x4CF5AD432745937F, 0, 0
    for at in range(0, len(data) // 16 * 16, 16):
        k1, k2 = struct.unpack_from("<QQ", data, at)
        h1 ^= rotate(k1 * c1 & MASK, 31) * c2 & MASK
        h1 = ((rotate(h1, 27) + h2) * 5 + 0x52DCE729) & MASK
        h2 ^= rotate(k2 * c2 & MASK, 33) * c1 & MASK
        h2 = ((rotate(h2, 31) + h1) * 5 + 0x38495AB5) & MASK
    tail = data[len(data) // 16 * 16:]
    h2 ^= rotate(int.from_bytes(tail[8:], "little") * c2 & MASK, 33) * c1 & MASK
    h1 ^= rotate(int.from_bytes(tail[:8], "little") * c1 & MASK, 31) * c2 & MASK
    h1, h2 = h1 ^ len(data), h2 ^ len(data)
    h1 = h1 + h2 & MASK
    h2 = h1 + h2 & MASK
    return mix(h1) + mix(h2) & MASK


def feature_id(name):
    """Id of a feature, and of a name in a sparse one; without `#` in it."""
    return murmur3(name.encode("utf-16-le"))


def signed(value):
    """An unsigned id as the int64 that stands on the wire."""
    return value - (1 << 64) if value >> 63 else value


def category_id(feature, value, bits=64):
    return murmur3(feature.encode() + b"\0" + value.encode()) & (1 << bits) - 1
