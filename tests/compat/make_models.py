#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write tests/compat/models: small models whose scores can be worked out by hand.

The files are committed; run this after a change here, and commit what it writes. Only the
standard library, so that anybody can check where the bytes come from.

usage: make_models.py [DIRECTORY]
"""
import json
import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

# `simple` of Triton's documentation: two vectors of 16, their sum and their difference.
SIMPLE = """format: 1
inputs:
  INPUT0: {type: i32, shape: [16]}
  INPUT1: {type: i32, shape: [16]}
predictors:
  sum: {op: linear, in: [INPUT0, INPUT1], weights: sum.w, bias: zero, link: identity}
  diff: {op: linear, in: [INPUT0, INPUT1], weights: diff.w, bias: zero, link: identity}
outputs:
  OUTPUT0: {from: sum, type: i32}
  OUTPUT1: {from: diff, type: i32}
"""

# TensorFlow Serving's: y = x / 2 + 2 and y = x / 2 + 3.
HALF_PLUS = """format: 1
inputs:
  x: {type: f32}
predictor: {op: linear, in: [x], weights: [0.5], bias: %s, link: identity}
outputs: {y: {}}
"""

# The same over a vector: a tensor signature, which follows TensorFlow Serving to the letter.
HALF_PLUS_TWO_PAIR = """format: 1
inputs:
  x: {type: f32, shape: [2]}
predictor: {op: linear, in: [x], weights: half.w, bias: two, link: identity}
outputs: {y: {}}
"""

# Two tensors in, as `tag` and `signal` of TensorFlow Serving's page, numbers both.
TWO_TENSORS = """format: 1
inputs:
  tag: {type: f32, shape: [1]}
  signal: {type: f32, shape: [2]}
predictor: {op: linear, in: [tag, signal], weights: [100.0, 10.0, 1.0], bias: 0.0, link: identity}
outputs: {y: {}}
"""

# `tag` is a string there: with a string among the inputs, features go by their names.
TAG_SIGNAL = """format: 1
inputs:
  tag: {type: string}
  signal: {type: f32, shape: [2]}
transforms:
  tag_index: {op: vocabulary, in: tag, values: ["foo", "bar"]}
predictor: {op: linear, in: [tag_index, signal], weights: [100.0, 200.0, 10.0, 1.0], bias: 0.0, link: identity}
outputs: {y: {}}
"""

IRIS = """format: 1
inputs:
  sepal_length: {type: f32}
  sepal_width: {type: f32}
  petal_length: {type: f32}
  petal_width: {type: f32}
predictor: {op: linear, in: [sepal_length, sepal_width, petal_length, petal_width], weights: lr.w, bias: lr.b, link: softmax}
outputs: {species: {labels: ["setosa", "versicolor", "virginica"]}}
"""

# One probability, with and without labels.
COIN = """format: 1
inputs:
  x: {type: f32}
predictor: {op: linear, in: [x], weights: [1.0], bias: 0.0, link: logistic}
outputs: {p: {%s}}
"""

# Every type of feature that there is, each with weights of its own decimal place.
KINDS = """format: 1
inputs:
  number: {type: f32}
  double: {type: f64}
  whole: {type: i64}
  small: {type: i32}
  flag: {type: bool}
  city: {type: string}
  tags: {type: strings}
  words: {type: sparse}
  place: {type: f32, shape: [3]}
transforms:
  city_index: {op: vocabulary, in: city, values: ["Bern", "Genf", "Z\\u00fcrich"]}
  tag_ids: {op: hash, in: tags, bits: 4}
predictor:
  op: linear
  in: [number, double, whole, small, flag, city_index, tag_ids, place, words]
  weights: w
  bias: b
  bits: 6
  link: identity
outputs: {score: {type: f64}}
"""

# A row of the census as two bags: what is known of a person, and of the work they do.
BAGS = """format: 1
inputs:
  person: {type: sparse}
  work: {type: sparse}
context: [person]
predictor: {op: linear, in: [person, work], weights: w, bias: b, bits: 12, link: logistic}
outputs: {score: {}}
"""

# One string in: what a raw request of BYTES can reach.
TEXT = """format: 1
inputs:
  city: {type: string}
transforms:
  city_index: {op: vocabulary, in: city, values: ["Bern", "Genf", "Z\\u00fcrich"]}
predictor: {op: linear, in: [city_index], weights: [1.0, 2.0, 3.0], bias: 0.0, link: identity}
outputs: {rank: {}}
"""

STRICT = """format: 1
strict_features: true
inputs:
  x: {type: f32}
  n: {type: i64}
predictor: {op: linear, in: [x, n], weights: [1.0, 1.0], bias: 0.0, link: identity}
outputs: {y: {}}
"""

# exp(x): beyond the floats from 89 on, beyond the doubles from 710 on.
EXP = """format: 1
inputs:
  x: {type: f32}
predictor: {op: linear, in: [x], weights: [1.0], bias: 0.0, link: exp}
outputs: {y: {type: f64}}
"""

# Outputs whose names end in _bytes and not, one of them a vector.
TWO_OUTPUTS = """format: 1
inputs:
  x: {type: f32}
predictors:
  one: {op: linear, in: [x], weights: [2.0], bias: 0.0, link: identity}
  three: {op: linear, in: [x], weights: three.w, bias: three.b, link: identity}
outputs:
  twice: {from: one}
  steps: {from: three, labels: ["a", "b", "c"]}
"""


def noise(count, scale):
    """Numbers that look random and are the same everywhere (splitmix64)."""
    state, out, mask = 0x726F6F7374, [], (1 << 64) - 1
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 & mask
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & mask
        out.append(((z ^ (z >> 31)) / 2.0**64 * 2 - 1) * scale)
    return out


def safetensors(tensors):
    """{name: (shape, [float])} -> the bytes of a file of F32 tensors."""
    header, data = {}, b""
    for name in sorted(tensors):
        shape, values = tensors[name]
        raw = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": shape,
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % 64)
    return struct.pack("<Q", len(text)) + text + data


def paired(size, second):
    """[2 * size, size]: output k is input k plus `second` times input size + k."""
    rows = [[0.0] * size for _ in range(2 * size)]
    for k in range(size):
        rows[k][k], rows[size + k][k] = 1.0, second
    return [2 * size, size], [value for row in rows for value in row]


def models():
    """(path of the version, model.yaml, tensors or None, golden lines)."""
    yield "simple/1", SIMPLE, {"sum.w": paired(16, 1.0), "diff.w": paired(16, -1.0),
                               "zero": ([16], [0.0] * 16)}, []
    two = [{"instances": [1.0, 2.0, 5.0], "predictions": [2.5, 3.0, 4.5]}]
    three = [{"instances": [1.0, 2.0, 5.0], "predictions": [3.5, 4.0, 5.5]}]
    yield "half_plus_two/123", HALF_PLUS % "2.0", None, two
    yield "half_plus_two/124", HALF_PLUS % "2.0", None, two
    yield "half_plus_three/123", HALF_PLUS % "3.0", None, three
    yield "half_plus_two_pair/123", HALF_PLUS_TWO_PAIR, {
        "half.w": ([2, 2], [0.5, 0.0, 0.0, 0.5]), "two": ([2], [2.0, 2.0])}, []
    yield "two_tensors/1", TWO_TENSORS, None, []
    yield "tag_signal/1", TAG_SIGNAL, None, []
    yield "iris/1", IRIS, {
        "lr.w": ([4, 3], [-0.4, 0.5, -0.1, 0.9, -0.3, -0.6, -2.3, -0.2, 2.5, -1.0, -0.9, 1.9]),
        "lr.b": ([3], [9.5, 2.0, -11.5])}, []
    yield "coin/1", COIN % "", None, []
    yield "coin_labelled/1", COIN % 'labels: ["tails", "heads"]', None, []
    # number, double, whole, small, flag | 3 cities | 16 tags | 3 of place | 64 words
    weights = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0]
    weights += [256.0 + i for i in range(16)] + [0.5, 0.25, 0.125]
    weights += [1024.0 + i for i in range(64)]
    yield "kinds/1", KINDS, {"w": ([len(weights)], weights), "b": ([1], [0.0])}, []
    yield "bags/1", BAGS, {"w": ([4096], noise(4096, 0.2)), "b": ([1], [-0.5])}, []
    yield "strict/1", STRICT, None, []
    yield "text/1", TEXT, None, []
    yield "exp/1", EXP, None, []
    yield "two_outputs/1", TWO_OUTPUTS, {"three.w": ([1, 3], [1.0, 2.0, 3.0]),
                                         "three.b": ([3], [0.0, 0.0, 0.5])}, []


GROUPS = {"halves": ["half_plus_two", "half_plus_three"],
          "mixed": ["half_plus_two", "two_outputs"],
          "frail": ["exp", "half_plus_two"]}


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "models")
    files = {}
    for path, text, tensors, goldens in models():
        files[f"{path}/model.yaml"] = text.encode()
        if tensors:
            files[f"{path}/weights.safetensors"] = safetensors(tensors)
        if goldens:
            files[f"{path}/golden.jsonl"] = "".join(
                json.dumps(line) + "\n" for line in goldens).encode()
    for name, members in GROUPS.items():
        files[f"{name}/group.yaml"] = f"format: 1\nmembers: [{', '.join(members)}]\n".encode()
    for name, data in sorted(files.items()):
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as handle:
            handle.write(data)


if __name__ == "__main__":
    main()
