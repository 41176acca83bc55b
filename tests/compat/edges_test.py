#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Numbers, sizes and headers at their limits, in both APIs: each answered as specified.
Tests are named after the sentence they check (README.md lists where it stands).

usage: edges_test.py ROOST_BINARY
"""
import json
import math
import struct

from support import Case, main
from v2_client import HEADER, Input, body_of, output, pack

NAN, INF = float("nan"), float("inf")


def document(inputs, **more):
    return json.dumps({"inputs": inputs, **more})


def one(name, datatype, shape, data, **parameters):
    out = {"name": name, "datatype": datatype, "shape": shape, "data": data}
    if parameters:
        out["parameters"] = parameters
    return out


def x(data, shape=None, datatype="FP32"):
    return one("x", datatype, shape or [len(data), 1], data)


class Edges(Case):
    def y(self, model, inputs):
        answer = self.v2(model, document(inputs))
        return answer["y"]

    def both(self, model, text, status=400, tfs=None, v2=None, says="", kind=None):
        """One scalar feature x with this JSON text as its value is refused by both APIs,
        each with the place it stands in."""
        self.refused(f"/v1/models/{model}:predict", '{"instances": [{"x": %s}]}' % text,
                     status, says, kind, tfs or "/instances/0/x")
        self.refused(f"/v2/models/{model}/infer",
                     '{"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 1], '
                     '"data": [%s]}]}' % text, status, says, kind, v2 or "/inputs/0/data/0")


class Numbers(Edges):
    def test_nan_in_means_missing(self):
        absent = self.tfs("kinds:predict", {"instances": [{"whole": 1}]})["predictions"]
        self.assertEqual(self.tfs("kinds:predict", '{"instances":[{"whole":1,"number":NaN}]}'),
                         {"predictions": absent})
        for binary in (True, False):
            inputs = [Input("whole", "INT64", [1, 1], [1], binary=binary),
                      Input("number", "FP32", [1, 1], [NAN], binary=binary)]
            self.assertEqual(self.client.infer("kinds", inputs)["score"], absent)

    def test_the_words_nan_and_infinity_are_read_in_both_apis(self):
        for word, value in (("-Infinity", 0.0), ("NaN", 1.0)):
            self.assertEqual(self.tfs("exp:predict", '{"instances": [{"x": %s}]}' % word),
                             {"predictions": [value]})
            got = self.v2("exp", document([x([0.0])]).replace("0.0", word))
            self.assertEqual(got["y"], [value])

    def test_an_infinity_that_makes_a_non_finite_score_is_the_clients_400(self):
        self.refused("/v1/models/exp:predict", '{"instances": [{"x": 0}, {"x": Infinity}]}',
                     kind="bad-value", pointer="/instances/1")
        self.refused("/v1/models/exp:regress", '{"examples": [{"x": 0}, {"x": Infinity}]}',
                     kind="bad-value", pointer="/examples/1")
        for binary in (True, False):
            answer = self.client.infer("exp", [Input("x", "FP32", [2, 1], [0.0, INF],
                                                     binary=binary)])
            self.judge(answer, 400, kind="bad-value")
            self.assertTrue(answer.json["pointer"].startswith("/inputs"), answer)

    def test_a_number_beyond_its_type_counts_as_an_infinity_that_came_in(self):
        self.refused("/v1/models/exp:predict", {"instances": [{"x": 1e39}]}, kind="bad-value",
                     pointer="/instances/0")
        for inputs in ([Input("x", "FP32", [1, 1], [1e39], binary=False)],
                       [Input("x", "FP64", [1, 1], [1e39], binary=False)],
                       [Input("x", "FP64", [1, 1], [1e39])]):
            self.judge(self.client.infer("exp", inputs), 400, kind="bad-value")
        self.assertEqual(self.client.infer("exp", [Input("x", "FP64", [1, 1], [-1e39])])["y"],
                         [0.0])

    def test_an_amount_of_a_sparse_feature_is_finite_or_absent(self):
        def bag(amount, binary):
            return [Input("words.offsets", "INT64", [2], [0, 2], binary=binary),
                    Input("words.ids", "INT64", [2], [1, 2], binary=binary),
                    Input("words.values", "FP32", [2], [1.0, amount], binary=binary)]
        for binary in (True, False):
            self.assertEqual(self.client.infer("kinds", bag(NAN, binary))["score"], [1025.0])
            for amount in (INF, -INF):
                self.judge(self.client.infer("kinds", bag(amount, binary)), 400,
                           kind="bad-value")
        row = '{"instances": [{"words": {"#ids": [1, 2], "#values": [1, %s]}}]}'
        self.assertEqual(self.tfs("kinds:predict", row % "NaN"), {"predictions": [1025.0]})
        for word in ("Infinity", "-Infinity", "1e39"):
            self.refused("/v1/models/kinds:predict", row % word, kind="bad-value")

    def test_another_non_finite_score_is_the_models_500_with_its_row(self):
        self.refused("/v1/models/exp:predict", {"instances": [{"x": 0}, {"x": 1000}]}, 500,
                     kind="not-finite", pointer="/predictions/1")
        for method in ("classify", "regress"):
            self.refused(f"/v1/models/exp:{method}", {"examples": [{"x": 0}, {"x": 1000}]},
                         500, kind="not-finite", pointer="/results/1")
        rows = document([x([0.0, 1000.0])])
        self.refused("/v2/models/exp/infer", rows, 500, kind="not-finite",
                     pointer="/outputs/0/data/1")
        for form in ({"binary_data": True}, {"classification": 1}):
            asked = document([x([0.0, 1000.0])], outputs=[{"name": "y", "parameters": form}])
            self.refused("/v2/models/exp/infer", asked, 500, kind="not-finite",
                         pointer="/outputs/0")

    def test_1e400_is_refused_and_1e_minus_400_is_0(self):
        self.both("half_plus_two", "1e400", 400)
        self.assertEqual(self.tfs("half_plus_two:predict", '{"instances": [1e-400]}'),
                         {"predictions": [2.0]})
        got = self.v2("half_plus_two", document([x([7])]).replace("7", "1e-400"))
        self.assertEqual(got["y"], [2.0])

    def test_a_decimal_is_rounded_to_double_and_then_once_to_float(self):
        # Halfway between two floats by a hair that only the double still sees.
        text = "1.00000005960464477540"
        value = struct.unpack("<f", struct.pack("<f", float(text)))[0]
        for answer in (self.tfs("half_plus_two:predict", '{"instances": [%s]}' % text)
                       ["predictions"],
                       self.v2("half_plus_two", document([x([7])]).replace("7", text))["y"]):
            self.assertEqual(struct.pack("<f", answer[0]), struct.pack("<f", value / 2 + 2))

    def test_minus_zero_keeps_its_sign(self):
        got = self.client.infer("coin", [Input("x", "FP32", [1, 1], [-0.0])], [
            output("p", False)])
        self.assertEqual(got["p"], [0.5])

    def test_2_to_the_63_and_larger_is_no_int64(self):
        for text in ("9223372036854775808", "18446744073709551616", "1" + "0" * 40,
                     "-9223372036854775809"):
            self.refused("/v1/models/kinds:predict", '{"instances": [{"whole": %s}]}' % text,
                         pointer="/instances/0/whole")
            self.refused("/v1/models/kinds:predict",
                         '{"instances": [{"words": {"#ids": [%s]}}]}' % text)
            for name, shape in (("whole", "[1, 1]"), ("words.ids", "[1]")):
                more = "" if name == "whole" else (
                    ', {"name": "words.offsets", "datatype": "INT64", "shape": [2], '
                    '"data": [0, 1]}, {"name": "words.values", "datatype": "FP32", '
                    '"shape": [1], "data": [1]}')
                self.refused("/v2/models/kinds/infer",
                             '{"inputs": [{"name": "%s", "datatype": "INT64", "shape": %s, '
                             '"data": [%s]}%s]}' % (name, shape, text, more),
                             pointer="/inputs/0/data/0")

    def test_the_ends_of_int64_are_kept_to_the_digit(self):
        for value in (2**63 - 1, -2**63, 2**53 + 1):
            wanted = [4.0 * float(value)]
            self.assertEqual(self.tfs("kinds:predict", {"instances": [{"whole": value}]}),
                             {"predictions": wanted})
            for binary in (True, False):
                got = self.client.infer("kinds", [Input("whole", "INT64", [1, 1], [value],
                                                        binary=binary)])
                self.assertEqual(got["score"], wanted)

    def test_ids_are_64_bit_and_negative_ones_are_the_upper_half(self):
        # 6 bits of the id choose the slot: see make_models.py.
        for one_id, slot in ((0, 0), (-1, 63), (2**63 - 1, 63), (-2**63, 0), (-2**63 + 5, 5)):
            wanted = [1024.0 + slot]
            self.assertEqual(self.tfs("kinds:predict", {
                "instances": [{"words": {"#ids": [one_id], "#values": [1.0]}}]}),
                {"predictions": wanted})
            for binary in (True, False):
                got = self.client.infer("kinds", [
                    Input("words.offsets", "INT64", [2], [0, 1], binary=binary),
                    Input("words.ids", "INT64", [1], [one_id], binary=binary),
                    Input("words.values", "FP32", [1], [1.0], binary=binary)])
                self.assertEqual(got["score"], wanted)

    def test_ids_above_2_to_the_63_may_come_as_uint64(self):
        for binary in (True, False):
            got = self.client.infer("kinds", [
                Input("words.offsets", "INT64", [2], [0, 2], binary=binary),
                Input("words.ids", "UINT64", [2], [2**63 + 5, 2**64 - 1], binary=binary)])
            # Without values each amount is 1.
            self.assertEqual(got["score"], [1029.0 + 1087.0])

    def test_a_float_is_no_integer_and_an_integer_is_a_float(self):
        self.refused("/v1/models/kinds:predict", {"instances": [{"whole": 1.5}]},
                     says="is not of expected type: int64", pointer="/instances/0/whole")
        self.refused("/v2/models/kinds/infer",
                     document([one("whole", "INT64", [1, 1], [1.5])]),
                     pointer="/inputs/0/data/0")
        self.assertEqual(self.y("half_plus_two", [x([1])]), [2.5])

    def test_a_datatype_that_would_lose_something_is_refused(self):
        for name, datatype, data in (("whole", "FP32", [1.0]), ("small", "INT64", [1]),
                                     ("city", "FP32", [1.0]), ("number", "BYTES", ["1"]),
                                     ("flag", "INT32", [1])):
            self.refused("/v2/models/kinds/infer",
                         document([one(name, datatype, [1, 1], data)]), kind="bad-type")


class Sizes(Edges):
    def test_no_values_in_instances_array(self):
        self.refused("/v1/models/half_plus_two:predict", {"instances": []},
                     says="No values in 'instances' array")
        self.refused("/v1/models/half_plus_two:predict", {"inputs": {"x": []}},
                     says="No values in 'inputs'")
        self.refused("/v1/models/half_plus_two:regress", {"examples": []})

    def test_a_zero_size_first_dimension_is_a_batch_of_no_rows(self):
        for binary in (True, False):
            answer = self.client.infer("simple", [
                Input(name, "INT32", [0, 16], [], binary=binary)
                for name in ("INPUT0", "INPUT1")])
            self.assertEqual(answer.status, 200, answer)
            for name in ("OUTPUT0", "OUTPUT1"):
                self.assertEqual((answer[name], answer.shape(name)), ([], [0, 16]))
            # There is nothing behind the JSON, so that no header tells where it begins.
            self.assertIsNone(answer.header)
        self.assertEqual(self.y("half_plus_two", [x([], [0, 1])]), [])
        self.assertEqual(self.y("half_plus_two", [x([], [0])]), [])

    def test_another_zero_size_dimension_is_no_shape_of_the_feature(self):
        for shape in ([1, 0], [0, 0], [2**63, 0], [0, 2**63]):
            self.refused("/v2/models/half_plus_two/infer",
                         document([one("x", "FP32", shape, [])]))
            self.refused("/v2/models/half_plus_two_pair/infer",
                         document([one("x", "FP32", shape, [])]))
        self.refused("/v2/models/half_plus_two/infer", document([one("x", "FP32", [0, 1], [1])]))

    def test_a_shape_product_that_overflows_is_refused(self):
        big = 2**63 - 1
        for shape in ([big, big], [2**32, 2**32], [2**62, 2, 2, 2], [2**33, 2**31],
                      [2**21] * 3, [big], [1, big], [2**61, 1], [2**31] * 40):
            body = document([one("x", "FP32", shape, [1.0])])
            self.refused("/v2/models/half_plus_two/infer", body)
            raw = [Input("x", "FP32", shape, raw=b"\0\0\0\0")]
            body, size = body_of(raw)
            self.refused("/v2/models/half_plus_two/infer", body, headers=[(HEADER, size)])
        for shape in ([2**64], [2**64, 0], [10**30]):
            self.refused("/v2/models/half_plus_two/infer",
                         document([one("x", "FP32", shape, [1.0])]))

    def test_a_negative_dimension_is_no_unsigned_integer(self):
        for shape in ([-1, 1], [1, -1], [-9223372036854775808]):
            self.refused("/v2/models/half_plus_two/infer",
                         document([one("x", "FP32", shape, [1.0])]),
                         says="Unable to parse 'shape': attempt to access JSON "
                              "non-unsigned-integer as unsigned-integer")
        for shape in ([1.5, 1], ["1", 1], [None], [[1]], {}, 1, "x", None):
            self.refused("/v2/models/half_plus_two/infer",
                         document([one("x", "FP32", shape, [1.0])]))

    def test_data_must_have_as_many_values_as_the_shape_says(self):
        for shape, data in (([2, 1], [1.0]), ([1, 1], [1.0, 2.0]), ([1, 1], []),
                            ([4096, 1], [1.0]), ([1, 1], [[1.0], [2.0]])):
            self.refused("/v2/models/half_plus_two/infer",
                         document([one("x", "FP32", shape, data)]))

    def test_the_shape_must_be_the_features(self):
        for shape, data in (([1, 2], [1.0, 2.0]), ([1, 1, 2], [1.0, 2.0]), ([], [1.0])):
            self.refused("/v2/models/half_plus_two/infer",
                         document([one("x", "FP32", shape, data)]))
        for shape, data in (([2], [1.0, 2.0]), ([1, 3], [1.0] * 3), ([2, 1], [1.0] * 2)):
            self.refused("/v2/models/half_plus_two_pair/infer",
                         document([one("x", "FP32", shape, data)]))

    def test_inputs_must_have_one_number_of_rows(self):
        a, b = one("INPUT0", "INT32", [2, 16], [0] * 32), one("INPUT1", "INT32", [1, 16],
                                                              [0] * 16)
        self.refused("/v2/models/simple/infer", document([a, b]))

    def test_more_rows_than_the_limit_are_too_many(self):
        self.refused("/v2/models/half_plus_two/infer", document([x([0.0] * 4097)]),
                     kind="too-many")
        self.refused("/v1/models/half_plus_two:predict", {"instances": [0.0] * 4097},
                     kind="too-many")

    def test_offsets_lead_through_the_entries_and_no_further(self):
        def words(offsets, ids=(1, 2), values=(1.0, 1.0), binary=False):
            return [Input("words.offsets", "INT64", [len(offsets)], list(offsets),
                          binary=binary),
                    Input("words.ids", "INT64", [len(ids)], list(ids), binary=binary),
                    Input("words.values", "FP32", [len(values)], list(values), binary=binary)]
        self.assertEqual(self.client.infer("kinds", words([0, 1, 2]))["score"],
                         [1025.0, 1026.0])
        for offsets in ([0, 1], [1, 2], [0, 3], [0, 2, 1, 2], [-1, 2], [0, 2**62], [],
                        [2**63 - 1, 2], [0], [2]):
            for binary in (True, False):
                self.judge(self.client.infer("kinds", words(offsets, binary=binary)), 400)
        self.judge(self.client.infer("kinds", words([0, 2], values=(1.0,))), 400)
        self.judge(self.client.infer("kinds", words([0, 2], ids=(1,))), 400)
        self.judge(self.client.infer("kinds", words([0, 2])[:2][::-1][:1]), 400)


class Headers(Edges):
    """Headers that lie."""

    def test_an_inference_header_content_length_beyond_the_body_gives_400(self):
        body, _ = body_of([Input("x", "FP32", [1, 1], [1.0])])
        for value in ("99999999999", "-1", str(len(body) + 1), "9223372036854775808",
                      "99999999999999999999999", "abc", "1.5", "+5", ""):
            answer = self.ask("POST", "/v2/models/half_plus_two/infer", body,
                              [(HEADER, value)])
            self.judge(answer, 400)
            self.assertIn(answer.json["type"].rsplit(":", 1)[1], ("bad-header", "bad-request"))

    def test_binary_data_size_lies(self):
        for size in (-1, 2**63, 10**30, 99999999999, 0, 3, 5, "4", None, 1.5, [4]):
            head = {"name": "x", "datatype": "FP32", "shape": [1, 1],
                    "parameters": {"binary_data_size": size}}
            text = json.dumps({"inputs": [head]}).encode()
            self.refused("/v2/models/half_plus_two/infer", text + b"\0\0\0\0",
                         headers=[(HEADER, len(text))])

    def test_raw_data_without_the_header_is_no_json(self):
        body, _ = body_of([Input("x", "FP32", [1, 1], [1.0])])
        self.refused("/v2/models/half_plus_two/infer", body)

    def test_a_content_length_that_lies_closes_the_connection(self):
        body = document([x([1.0])])
        head = "POST /v2/models/half_plus_two/infer HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n"
        for length in ("-1", "99999999999999999999", "0x10", "5, 6", ""):
            out = self.server.raw((head % f"Content-Length: {length}" + body).encode())
            self.assertTrue(out.startswith(b"HTTP/1.1 4"), out[:200])
        out = self.server.raw((head % f"Content-Length: {len(body) + 9}" + body).encode())
        self.assertNotIn(b" 200 ", out[:20])

    def test_an_encoding_that_lies_is_refused(self):
        body = document([x([1.0])])
        for coding, status in (("gzip", 400), ("deflate", 400), ("br", 415), ("zstd", 415)):
            self.refused("/v2/models/half_plus_two/infer", body, status,
                         headers=[("Content-Encoding", coding)])

    def test_timeouts_that_lie_are_refused(self):
        self.refused("/v2/models/half_plus_two/infer", document([x([1.0])]),
                     kind="bad-header", headers=[("x-request-timeout-ms", "soon")])
        for timeout in (-1, 1.5, "5", None, 2**64):
            self.refused("/v2/models/half_plus_two/infer",
                         document([x([1.0])], parameters={"timeout": timeout}))


class Keys(Edges):
    """Duplicate keys: 400. Key order free. Trailing non-space bytes: 400."""

    def test_a_key_that_stands_twice_is_refused(self):
        for body, path in (('{"instances": [{"x": 1, "x": 2}]}', ":predict"),
                           ('{"instances": [1], "instances": [1]}', ":predict"),
                           ('{"inputs": {"x": [1], "x": [2]}}', ":predict"),
                           ('{"context": {"x": 1, "x": 1}, "instances": [{}]}', ":predict"),
                           ('{"signature_name": "", "signature_name": "", "instances": [1]}',
                            ":predict"),
                           ('{"examples": [{"x": 1, "x": 1}]}', ":regress"),
                           ('{"examples": [{"x": 1}], "examples": []}', ":regress")):
            self.refused(f"/v1/models/half_plus_two{path}", body, kind="duplicate-key")
        good = '{"name": "x", "datatype": "FP32", "shape": [1], "data": [1]%s}'
        for more in (', "data": [1]', ', "name": "x"', ', "shape": [1]', ', "datatype": "FP32"',
                     ', "parameters": {}, "parameters": {}',
                     ', "parameters": {"context": false, "context": false}'):
            self.refused("/v2/models/half_plus_two/infer", '{"inputs": [%s]}' % (good % more),
                         kind="duplicate-key")
        whole = '{"inputs": [%s]%%s}' % (good % "")
        for more in (', "inputs": []', ', "id": "1", "id": "1"', ', "outputs": [], "outputs": []',
                     ', "parameters": {"timeout": 1000000, "timeout": 1000000}'):
            self.refused("/v2/models/half_plus_two/infer", whole % more, kind="duplicate-key")

    def test_an_input_that_stands_twice_is_refused(self):
        self.refused("/v2/models/half_plus_two/infer", document([x([1.0]), x([1.0])]))

    def test_output_already_exists_in_request(self):
        self.refused("/v2/models/half_plus_two/infer",
                     document([x([1.0])], outputs=[{"name": "y"}, {"name": "y"}]),
                     says="output 'y' already exists in request")

    def test_key_order_is_free(self):
        for keys in (("data", "shape", "name", "datatype"), ("shape", "data", "datatype", "name"),
                     ("datatype", "name", "data", "shape")):
            tensor = {key: x([4.0])[key] for key in keys}
            for body in ({"inputs": [tensor], "outputs": [{"name": "y"}], "id": "a"},
                         {"id": "a", "outputs": [{"name": "y"}], "inputs": [tensor]}):
                answer = self.v2("half_plus_two", json.dumps(body))
                self.assertEqual((answer["y"], answer.json["id"]), ([4.0], "a"))
        self.assertEqual(self.tfs("half_plus_two:predict",
                                  '{"context": {"x": 2}, "instances": [{}], '
                                  '"signature_name": ""}'), {"predictions": [3.0]})

    def test_trailing_non_space_bytes_are_refused_in_both_apis(self):
        for more in ("x", "{}", "]", "\0", ","):
            self.refused("/v2/models/half_plus_two/infer", document([x([1.0])]) + more)
            self.refused("/v1/models/half_plus_two:predict", '{"instances": [1]}' + more)
            self.refused("/v1/models/half_plus_two:regress", '{"examples": [{"x":1}]}' + more)
        self.v2("half_plus_two", document([x([1.0])]) + " \r\n\t")

    def test_malformed_json_is_400_in_both_apis(self):
        for text in ("", "{", "[]", "3", "null", '"x"', "{]", '{"inputs"}', "\ufeff{}",
                     '{"a": \x01}', '{"inputs": [}', "[" * 100_000, '{"a":' * 100_000):
            self.refused("/v2/models/half_plus_two/infer", text)
            self.refused("/v1/models/half_plus_two:predict", text)
            self.refused("/v1/models/half_plus_two:classify", text)

    def test_json_nesting_depth_exceeds_maximum_allowed_limit(self):
        data = "[" * 200 + "1" + "]" * 200
        body = document([x([7])]).replace("[7]", data)
        self.refused("/v2/models/half_plus_two/infer", body,
                     says="JSON nesting depth exceeds maximum allowed limit (100)")
        deep = document([x([7])]).replace("[7]", "[" * 90 + "1" + "]" * 90)
        self.assertEqual(self.v2("half_plus_two", deep)["y"], [2.5])


class StrictJson(Edges):
    """json.strict: NaN and Infinity are refused in both APIs; raw tensors know no JSON."""

    options = ("--set", "json.strict=true")

    def test_the_words_are_refused(self):
        for word in ("NaN", "Infinity", "-Infinity", "Inf"):
            self.refused("/v1/models/half_plus_two:predict", '{"instances": [%s]}' % word)
            self.refused("/v1/models/half_plus_two:regress", '{"examples": [{"x":%s}]}' % word)
            self.refused("/v2/models/half_plus_two/infer",
                         document([x([7])]).replace("7", word))

    def test_a_raw_nan_is_missing_all_the_same(self):
        got = self.client.infer("exp", [Input("x", "FP32", [1, 1], [NAN])])
        self.assertEqual(got["y"], [1.0])


class StrictFeatures(Edges):
    """strict_features: an unknown feature is refused by name, else skipped and counted."""

    def test_an_unknown_feature_of_a_strict_model_is_400_with_its_name(self):
        self.refused("/v1/models/strict:predict", {"instances": [{"x": 1, "hat": 2}]},
                     kind="unknown-feature", says="hat", pointer="/instances/0/hat")
        self.refused("/v1/models/strict:regress", {"examples": [{"x": 1, "hat": 2}]},
                     kind="unknown-feature", says="hat", pointer="/examples/0/hat")
        self.refused("/v2/models/strict/infer",
                     document([x([1.0]), one("hat", "FP32", [1, 1], [1.0])]),
                     kind="unknown-feature", says="hat")

    def test_another_model_skips_and_counts_it(self):
        name = 'roost_unknown_features_total{model="half_plus_two"}'
        before = self.server.metrics()[name]
        self.tfs("half_plus_two:predict", {"instances": [{"x": 1, "hat": 2}]})
        self.tfs("half_plus_two:regress", {"examples": [{"x": 1, "hat": 2}]})
        self.assertEqual(self.y("half_plus_two", [x([1.0]), one("hat", "INT8", [1, 1], [1])]),
                         [2.5])
        self.assertEqual(self.server.metrics()[name] - before, 3)


class Outputs(Edges):
    def test_scores_are_written_as_the_shortest_text_that_reads_back(self):
        for value in (0.1, 1 / 3, 1e-30, 123456789.0, math.pi):
            raw = self.client.infer("half_plus_two", [Input("x", "FP32", [1, 1], [value])])
            text = self.client.infer("half_plus_two", [Input("x", "FP32", [1, 1], [value])],
                                     [output("y", False)])
            self.assertEqual(pack("FP32", text["y"]), pack("FP32", raw["y"]))

    def test_an_output_that_is_not_there(self):
        self.refused("/v2/models/half_plus_two/infer",
                     document([x([1.0])], outputs=[{"name": "nope"}]), says="nope",
                     pointer="/outputs/0/name")


if __name__ == "__main__":
    main()
