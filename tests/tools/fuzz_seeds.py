#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Write a first input of every kind for the fuzz targets: DIRECTORY/<target>/<name>.
What libFuzzer finds from there, minimised, is tests/fuzz/corpus (see ./dev fuzz).

usage: fuzz_seeds.py DIRECTORY"""
import gzip
import hashlib
import json
import os
import struct
import sys
import zlib

LINEAR = """format: 1
inputs:
  age: {type: f32, missing: 30}
  city: {type: string}
  tags: {type: strings}
  bag: {type: sparse}
context: [city]
transforms:
  pair: {op: cross, in: [bins, city_id], bits: 2}
  bins: {op: discretize, in: age, edges: [20, 40], missing_bin: true}
  city_id: {op: hash, in: city, bits: 2}
  word: {op: vocabulary, in: city, values: [a, b], unknown: last}
predictor: {op: linear, in: [bins, pair, word, bag], bits: 1,
  weights: [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 7, 8], bias: -1, link: logistic}
calibration: {op: isotonic, x: [0, 1], y: [0, 0.5]}
outputs: {click: {labels: ["no", "yes"], type: f64}}
strict_features: true
metadata: {auc: 0.9, deep: {list: [1, [2]]}}
serving: {slo_ms: 5, goal: latency}
"""
DENSE = """format: 1
inputs:
  x: {type: f64}
  n: {type: i64}
  v: {type: f32, shape: [3]}
  ok: {type: bool, missing: true}
transforms:
  filled: {op: impute, in: x, value: 1}
  cut: {op: clip, in: v, low: [0, 0, 0], high: 2}
  logged: {op: log1p, in: filled}
  scaled: {op: standardize, in: cut, mean: [1, 1, 1], std: [2, 2, 2]}
  kind: {op: vocabulary, in: n, values: ["1", "2"]}
  hot: {op: one_hot, in: kind, size: 2}
  all: {op: concat, in: [logged, n, scaled, hot, kind]}
predictor: {op: linear, in: all, weights: [1, 2, 3, 4, 5, 6, 7, 8], link: identity}
calibration: {op: platt, a: -1.5, b: 0.25}
"""
TENSORS = """format: 1
inputs: {x: {type: f64}, y: {type: sparse}}
transforms: {bin: {op: discretize, in: x, edges: e}}
predictor: {op: linear, in: [bin, y], weights: w, bias: b, keys: k}
"""
FOREST = """format: 1
inputs: {a: {type: f32}, b: {type: f32}}
transforms: {leaf: {op: tree_leaf, in: [a, b], forest: gbdt}}
predictor: {op: forest, in: [a, b], forest: gbdt, link: logistic, base: [0.5]}
"""
FOREST_FILE = """format: 1
inputs: {a: {type: f32}, b: {type: f32}}
predictor: {op: forest, in: [b, a], forest: {file: model.json}, link: identity}
"""
MLP = """format: 1
inputs: {x: {type: f64}, ids: {type: sparse}}
transforms: {e: {op: embed, in: ids, table: t, pool: mean, bits: 2}}
predictor:
  op: mlp
  in: [x, e]
  layers:
    - {weights: w1, bias: b1, activation: relu}
    - {weights: w2, bias: b2}
  link: logistic
"""
FM = """format: 1
inputs: {ids: {type: sparse}}
predictor: {op: fm, in: ids, factors: t, weights: w, bias: 0.5, bits: 2, link: logistic}
"""
INTEGERS = """format: 1
inputs: {a: {type: i32, shape: [2]}, b: {type: i64, shape: [2]}}
transforms: {all: {op: concat, in: [a, b]}}
predictor: {op: linear, in: all, weights: [1, 1, -1, 2]}
outputs: {sum: {type: i32}}
"""
STACKED = """format: 1
inputs: {a: {type: f32}, b: {type: f32}, c: {type: string}}
transforms:
  leaf: {op: tree_leaf, in: [a, b], forest: {file: model.json}}
  word: {op: vocabulary, in: c, values: {file: words.txt}}
predictor: {op: linear, in: [leaf, word], weights: [1, 2, 3, 4, 5]}
"""


def forest_json(**change):
    tree = {"base_weights": [0.1, 0.2, -0.3], "categories": [], "categories_nodes": [],
            "categories_segments": [], "categories_sizes": [], "default_left": [1, 0, 0],
            "id": 0, "left_children": [1, -1, -1], "right_children": [2, -1, -1],
            "parents": [2147483647, 0, 0], "split_indices": [1, 0, 0],
            "split_conditions": [0.5, 0.25, -0.75], "split_type": [0, 0, 0],
            "sum_hessian": [3.0, 1.0, 2.0], "loss_changes": [1.5, 0.0, 0.0],
            "tree_param": {"num_deleted": "0", "num_feature": "2", "num_nodes": "3",
                           "size_leaf_vector": "1"}}
    tree.update(change.get("tree", {}))
    count = change.get("count", 1)
    model = {"gbtree_model_param": {"num_parallel_tree": "1", "num_trees": str(count)},
             "iteration_indptr": [0, count], "tree_info": list(range(count)),
             "trees": [dict(tree, id=i) for i in range(count)]}
    booster = {"model": model, "name": "gbtree"}
    if change.get("dart"):
        booster = {"gbtree": booster, "name": "dart", "weight_drop": [0.5]}
    if change.get("linear"):
        booster = {"model": {"boosted_rounds": 1, "weights": [0.5, 1.5, -1.0]},
                   "name": "gblinear"}
    objective = change.get("objective", "binary:logistic")
    learner = {"attributes": change.get("attributes", {}),
               "feature_names": change.get("names", []),
               "feature_types": change.get("types", []), "gradient_booster": booster,
               "learner_model_param": {"base_score": change.get("base", "5E-1"),
                                       "boost_from_average": "1",
                                       "num_class": change.get("classes", "0"),
                                       "num_feature": "2", "num_target": "1"},
               "objective": {"name": objective}}
    return {"learner": learner, "version": [2, 1, 0]}


CATEGORICAL = {"tree": {"split_type": [1, 0, 0], "categories": [1, 3, 33],
                        "categories_nodes": [0], "categories_segments": [0],
                        "categories_sizes": [3]}, "types": ["float", "c"]}
MODELS = {"binary": forest_json(), "named": forest_json(names=["a", "b"]),
          "dart": forest_json(dart=True), "linear": forest_json(linear=True),
          "category": forest_json(**CATEGORICAL), "hinge": forest_json(objective="binary:hinge"),
          "poisson": forest_json(objective="count:poisson", base="[2.5E-1]"),
          "early": forest_json(attributes={"best_iteration": "0"}),
          "square": forest_json(objective="reg:squarederror", base="-1"),
          "softprob": forest_json(objective="multi:softprob", classes="2", count=2),
          "softmax": forest_json(objective="multi:softmax", classes="2", count=2)}


def ubj(value):
    if isinstance(value, dict):
        return b"{" + b"".join(length(k) + ubj(v) for k, v in value.items()) + b"}"
    if isinstance(value, list) and value and all(isinstance(v, (int, float)) for v in value):
        kind, pack = ("d", ">f") if isinstance(value[0], float) else ("l", ">i")
        return (b"[$" + kind.encode() + b"#" + b"L" + struct.pack(">q", len(value)) +
                b"".join(struct.pack(pack, v) for v in value))
    if isinstance(value, list):
        return b"[" + b"".join(map(ubj, value)) + b"]"
    if isinstance(value, str):
        return b"S" + length(value)
    if isinstance(value, int):
        return b"L" + struct.pack(">q", value)
    return b"d" + struct.pack(">f", value)


def length(text):
    data = text.encode()
    return b"L" + struct.pack(">q", len(data)) + data


def tensors(*entries):
    header, data = {}, b""
    for name, kind, shape, values in entries:
        header[name] = {"dtype": kind, "shape": shape,
                        "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    head = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(head)) + head + data


def pack(form, *values):
    return struct.pack("<%d%s" % (len(values), form), *values)


LINEAR_TENSORS = tensors(("e", "F64", [2], pack("d", 18, 65)),
                         ("w", "F32", [5], pack("f", 1, 2, 3, 4, 5)),
                         ("b", "F32", [1], pack("f", -1)), ("k", "I64", [2], pack("q", 7, 9)))
FOREST_TENSORS = tensors(
    ("gbdt.root", "I32", [2], pack("i", 0, ~3)), ("gbdt.left", "I32", [2], pack("i", 1, ~0)),
    ("gbdt.right", "I32", [2], pack("i", ~2, ~1)), ("gbdt.feature", "U16", [2], pack("H", 0, 1)),
    ("gbdt.threshold", "F32", [2], pack("f", 0.5, 2)), ("gbdt.flags", "U8", [2], bytes([26, 8])),
    ("gbdt.leaf", "F64", [4], pack("d", 1, 2, 4, 10)), ("gbdt.class", "I32", [2], pack("i", 0, 0)))
SET_TENSORS = tensors(
    ("gbdt.root", "I32", [1], pack("i", 0)), ("gbdt.left", "I32", [1], pack("i", ~0)),
    ("gbdt.right", "I32", [1], pack("i", ~1)), ("gbdt.feature", "U16", [1], pack("H", 1)),
    ("gbdt.threshold", "F32", [1], pack("f", 0)), ("gbdt.flags", "U8", [1], bytes([33])),
    ("gbdt.leaf", "F32", [2], pack("f", 1, 2)), ("gbdt.set_start", "I32", [2], pack("i", 0, 1)),
    ("gbdt.cat_bits", "U32", [1], pack("I", 10)))

ROWS = ['{"age":30,"city":"berlin","tags":["a","b"],"bag":{"x":1.5,"y":2},"vec":[1,2]}',
        '{"age":NaN,"income":-Infinity,"count":-9223372036854775808,"member":true}',
        '{"bag":{"#ids":[1,2,9223372036854775807],"#values":[0.5,1,2]},"tags":[]}',
        '{"bag":["a","b"],"city":{"b64":"YWJj"},"count":12}', '{"a":[1,2],"b":[3]}',
        '{"a":[1,2],"b":3}', "[1,2,0]", "[1,2]", "5", '{"input-0":[1,0,1]}', '{"x":1e30}',
        '{"x":[0.1,1e400]}', '{"unknown":{"deep":[[[]]]},"age":1}']
BODIES = ['{"instances":[%s]}' % r for r in ROWS] + [
    '{"inputs":{"age":[1,2],"city":["a","b"],"bag":[{"x":1},{}],"vec":[[1,2],[3,4]]}}',
    '{"inputs":{"a":[[1,2],[3,4]],"b":[[1],[2]]}}', '{"inputs":[[1,2,1],[3,4,0]]}',
    '{"context":{"city":"a","age":3},"instances":[{},{"age":4}]}',
    '{"signature_name":"serving_default","instances":[{"a":1,"b":2,"c":false}]}',
    '{"inputs":{"x":[1,2]},"context":{}}', '{"instances":[{"x":1},{"x":2}],"x":null}']
EXAMPLES = ['{"examples":[%s]}' % r for r in ROWS] + [
    '{"signature_name":"classify","context":{"city":"a"},"examples":[{"age":[1.5]},{}]}',
    '{"signature_name":"regression","examples":[{"tags":["a",{"b64":"YWJj"}],"member":true}]}']


def tensor(name, kind, shape, data, **more):
    return dict({"name": name, "datatype": kind, "shape": shape, "data": data}, **more)


def infer(*inputs, **more):
    return json.dumps(dict({"inputs": list(inputs)}, **more), separators=(",", ":"))


INFERS = [
    infer(tensor("age", "FP32", [2, 1], [30, 40.5]), tensor("city", "BYTES", [2], ["a", "b"]),
          tensor("count", "INT64", [2, 1], [1, -2]), tensor("member", "BOOL", [2], [True, False]),
          tensor("vec", "FP32", [2, 2], [[1, 2], [3, 4]]), id="7"),
    infer(tensor("bag.offsets", "INT64", [3], [0, 1, 3]), tensor("bag.ids", "INT64", [3], [1, 2, 9]),
          tensor("bag.values", "FP32", [3], [1, 0.5, 2]), tensor("tags.offsets", "INT64", [3], [0, 2, 2]),
          tensor("tags.values", "BYTES", [2], ["x", "y"])),
    infer(tensor("city", "BYTES", [1, 1], ["a"], parameters={"context": True}),
          tensor("age", "FP32", [2], [1, 2]), parameters={"timeout": 1000, "priority": 3}),
    infer(tensor("a", "FP32", [1, 2], [1, 2]), tensor("b", "FP32", [1, 1], [3]),
          outputs=[{"name": "score", "parameters": {"classification": 2}}]),
    infer(tensor("input-0", "FP32", [1, 3], [1, 2, 0]), parameters={"binary_data_output": True}),
    infer(tensor("x", "FP64", [1, 1], [1e30]), outputs=[{"name": "both"}, {"name": "twice"}]),
    infer(tensor("x", "FP32", [0, 1], [])),
    infer(tensor("x", "FP32", [9223372036854775807, 2], [1]))]


def binary(head, body, length=None):
    text = head.encode()
    size = len(text) if length is None else length
    return struct.pack(">H", size) + text + body


def raw_input(name, kind, shape, size):
    return {"name": name, "datatype": kind, "shape": shape,
            "parameters": {"binary_data_size": size}}


BINARIES = [
    (2, binary(infer(raw_input("age", "FP32", [2, 1], 8), raw_input("city", "BYTES", [2, 1], 10)),
               pack("f", 1, 2) + b"\1\0\0\0a\1\0\0\0b")),
    (1, binary(infer(raw_input("a", "FP32", [1, 2], 8), raw_input("b", "FP32", [1, 1], 4),
                     outputs=[{"name": "score", "parameters": {"binary_data": True}}]),
               pack("f", 1, 2, 3))),
    (7, binary("", pack("f", 1.5), 0)), (6, binary("", pack("f", 1.5, 2), 0)),
    (8, binary(infer(raw_input("x", "FP64", [2, 1], 16)), pack("d", 1, 2))),
    (2, binary(infer(raw_input("bag.offsets", "INT64", [2], 16), raw_input("bag.ids", "INT64", [1], 8),
                     raw_input("bag.values", "FP32", [1], 4)), pack("q", 0, 1, 5) + pack("f", 2))),
    (2, binary(infer(raw_input("age", "FP32", [1, 1], 4)), b"", 65535))]
CONFIG = """listen: "127.0.0.1:8501"
workers: 4
registry: {dir: models, poll: 2s, memory_budget: 512MiB}
limits:
  body: 64MiB
  rows: 100
json: {depth: 20, strict: true}
timeouts: {head: 500ms, min_rate: 1KiB}
log: {level: debug}
models:
  ctr: {versions: {latest: 2}, labels: {canary: 8}}
  cvr: {versions: {specific: [1, 2]}}
  all: {versions: all}
"""
HEADS = ["GET / HTTP/1.1\r\nHost: a\r\n\r\n",
         "POST /v1/m:predict?a=b HTTP/1.1\r\nHost: a:1\r\nContent-Length: 12\r\n"
         "content-encoding: gzip\r\nExpect: 100-continue\r\nX-Request-Id: me\r\n\r\n",
         "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
         "GET http://h/ HTTP/1.0\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: [::1]\r\n\r\n",
         "GET /a\nb HTTP/1.1\r\nHost: a\r\n c\r\n\r\n", "GET / HTTP/1.1\nHost: a\n\n"]
ROUTES = ["/v1/models/m:predict", "/v1/models/m", "/v1/models", "/V1/Models/m/Versions/7:predict",
          "/v1/models/m/labels/canary:predict", "/v1/models/m/versions/99999999999999999999",
          "/admin/v1/models", "/admin/v1/models/a%20b:promote", "/admin/v1/models/m:rollback",
          "/metrics", "/livez", "/v1/models/m/metadata", "/v1/models/%C3%A4:classify"]
NUMBERS = ["0", "-0.0", "1e-400", "123456789012345678901234567890", "2.2250738585072011e-308",
           "9007199254740993", "1.7976931348623159e308", "-9223372036854775808", "4.9e-324",
           "179769313486231580793728971405301" + "0" * 276]
JSONS = ['{"a":[1,-0.5e+3,true,false,null,"\\u00e9\\ud83d\\ude00"],"b":{}}', "[[[[[[]]]]]]",
         '"\\"\\\\\\/\\b\\f\\n\\r\\t"', "NaN", "[-Infinity,Inf,1e999]", ' {"x" : [ ] } ']


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def manifest(*entries):
    return json.dumps({"files": [dict(e) for e in entries]})


def plain(texts, *heads):
    for number, text in enumerate(texts):
        for head in heads or (b"",):
            yield "%d-%s" % (number, head.hex() or "0"), head + text.encode()


def raw(pairs):
    for name, data in pairs:
        yield name, data


def seeds():
    plans = [bytes([p, limits]) for p in range(10) for limits in (0, 3)]
    yield "tfs_predict", plain(BODIES, *plans)
    yield "row", plain(ROWS, *plans)
    yield "tfs_examples", plain(EXAMPLES, *plans, b"\x00\x04", b"\x02\x04")
    yield "v2_infer", plain(INFERS, *plans)
    yield "v2_binary", raw(("%d-%d" % (i, limits), bytes([p, limits]) + data)
                           for i, (p, data) in enumerate(BINARIES) for limits in (0, 3))
    yield "json", plain(JSONS, b"\x00", b"\x01", b"\x06", b"\x07")
    yield "number", plain(NUMBERS)
    yield "route", plain(ROUTES, *(bytes([b]) for b in range(8)))
    yield "http_head", plain(HEADS)
    yield "config_yaml", plain([CONFIG, "", "{}", "workers: 0\n"])
    body = b'{"instances":[1,2,3,4,5,5,5,5,5,5]}' * 3
    bare = zlib.compressobj(wbits=-15)
    yield "inflate", raw([("gzip", b"\x00" + gzip.compress(body, mtime=0)),
                          ("twice", b"\x00" + gzip.compress(body, mtime=0) * 2),
                          ("zlib", b"\x01" + zlib.compress(body)),
                          ("bare", b"\x01" + bare.compress(body) + bare.flush()),
                          ("back", b"\x02" + body), ("back1", b"\x03" + body),
                          ("back2", b"\x07" + body), ("small", b"\x04" + gzip.compress(body))])
    yield "model_yaml", raw([("linear", b"\x00" + LINEAR.encode()), ("dense", b"\x00" + DENSE.encode()),
                             ("tensors", b"\x01" + TENSORS.encode()),
                             ("forest", b"\x02" + FOREST.encode()),
                             ("mlp", b"\x04" + MLP.encode()), ("fm", b"\x05" + FM.encode()),
                             ("integers", b"\x00" + INTEGERS.encode()),
                             ("file", b"\x03" + FOREST_FILE.encode()),
                             ("stacked", b"\x03" + STACKED.encode())])
    yield "safetensors", raw([("linear", b"\x00" + LINEAR_TENSORS), ("forest", b"\x01" + FOREST_TENSORS),
                              ("sets", b"\x01" + SET_TENSORS)])
    yield "xgboost_json", raw((n, json.dumps(m, separators=(",", ":")).encode())
                              for n, m in MODELS.items())
    yield "xgboost_ubj", raw((n, ubj(m)) for n, m in MODELS.items())
    good = [("path", "model.yaml"), ("bytes", 10), ("sha256", sha256(b"format: 1\n"))]
    yield "manifest", plain([manifest(good), manifest(good[:1] + good[2:]), manifest(),
                             manifest([("path", "x")] + good[1:]), '{"files": 1}'])
    yield "group_yaml", plain(["format: 1\nmembers: [a, b.c-d_e]\n", "{format: 1, members: []}"])
    lines = [b[:-1] + ',"predictions":[%s]}' % p for b in BODIES for p in ("1.0", '{"a":[1]}')]
    yield "golden", plain(lines, b"\x00", b"\x01", b"\x09")
    yield "admin_body", plain(['{"version":7}', "{}", "", '{"version":7,"x":1}'], b"\x00", b"\x01")


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    for target, files in seeds():
        folder = os.path.join(sys.argv[1], target)
        os.makedirs(folder, exist_ok=True)
        for name, data in files:
            with open(os.path.join(folder, name), "wb") as out:
                out.write(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
