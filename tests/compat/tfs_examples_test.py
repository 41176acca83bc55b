#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What TensorFlow Serving's public pages show for its REST API, asked of roost: the same
requests give the documented answers.

usage: tfs_examples_test.py ROOST_BINARY
"""
import base64
import gzip
import json
import math
import os
import struct
import tempfile
import zlib

from support import Case, main

OK = {"error_code": "OK", "error_message": ""}
CONFIG = """models:
  half_plus_two:
    versions: all
    labels: {stable: 123, canary: 124}
"""


class Labelled(Case):
    """The models of this folder, with labels on the versions of half_plus_two."""

    @classmethod
    def setUpClass(cls):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml", delete=False) as handle:
            handle.write(CONFIG)
        cls.options = ("-c", handle.name)
        try:
            super().setUpClass()
        finally:
            os.unlink(handle.name)


class Predict(Labelled):
    def test_three_halves_plus_three(self):
        self.assertEqual(self.tfs("half_plus_three:predict", {"instances": [1.0, 2.0, 5.0]}),
                         {"predictions": [3.5, 4.0, 5.5]})

    def test_rows_of_one_unnamed_input(self):
        body = {"signature_name": "serving_default", "instances": [[1.0, 2.0], [3.0, 4.0]]}
        self.assertEqual(self.tfs("half_plus_two_pair:predict", body),
                         {"predictions": [[2.5, 3.0], [3.5, 4.0]]})

    def test_a_column_of_one_unnamed_input(self):
        self.assertEqual(self.tfs("half_plus_two:predict", {"inputs": [3.0, 4.0]}),
                         {"outputs": [3.5, 4.0]})

    def test_rows_of_several_named_inputs(self):
        body = {"instances": [{"tag": "foo", "signal": [1, 2]},
                              {"tag": "bar", "signal": [3, 4]}]}
        self.assertEqual(self.tfs("tag_signal:predict", body), {"predictions": [112.0, 234.0]})

    def test_columns_of_several_named_inputs(self):
        body = {"inputs": {"tag": ["foo", "bar"], "signal": [[1, 2], [3, 4]]}}
        self.assertEqual(self.tfs("tag_signal:predict", body), {"outputs": [112.0, 234.0]})

    def test_the_object_form_with_one_input(self):
        self.assertEqual(self.tfs("half_plus_two:predict", {"instances": [{"x": 1}, {"x": 2}]}),
                         {"predictions": [2.5, 3.0]})
        self.assertEqual(
            self.tfs("half_plus_two_pair:predict", {"inputs": {"x": [[1, 2], [3, 4]]}}),
            {"outputs": [[2.5, 3.0], [3.5, 4.0]]})

    def test_several_outputs_are_objects_in_rows_and_an_object_of_lists_in_columns(self):
        self.assertEqual(self.tfs("two_outputs:predict", {"instances": [1.0, 2.0]}), {
            "predictions": [{"twice": 2.0, "steps": [1.0, 2.0, 3.5]},
                            {"twice": 4.0, "steps": [2.0, 4.0, 6.5]}]})
        self.assertEqual(self.tfs("two_outputs:predict", {"inputs": [1.0, 2.0]}), {
            "outputs": {"twice": [2.0, 4.0], "steps": [[1.0, 2.0, 3.5], [2.0, 4.0, 6.5]]}})

    def test_integer_outputs_are_bare_integers(self):
        row = {"INPUT0": list(range(16)), "INPUT1": [1] * 16}
        answer = self.ask("POST", "/v1/models/simple:predict", {"instances": [row]})
        self.assertEqual(answer.json, {"predictions": [
            {"OUTPUT0": list(range(1, 17)), "OUTPUT1": list(range(-1, 15))}]})
        self.assertNotIn(b".", answer.plain)

    def test_float_outputs_carry_a_point_or_an_exponent(self):
        answer = self.ask("POST", "/v1/models/half_plus_two:predict",
                          {"instances": [2.0, 1e30, 0.1]})
        texts = answer.plain.decode().split("[")[1].split("]")[0].split(",")
        self.assertEqual(texts[0], "3.0")
        for text, value in zip(texts, (3.0, 5e29, 2.05)):
            self.assertTrue("." in text or "e" in text, text)
            self.assertEqual(struct.pack("<f", float(text)), struct.pack("<f", value))

    def test_signature_names(self):
        for name in ("serving_default", ""):
            self.tfs("half_plus_two:predict", {"signature_name": name, "instances": [1.0]})
        path = "/v1/models/half_plus_two:predict"
        self.refused(path, {"signature_name": "x", "instances": [1.0]},
                     says='Serving signature name: "x" not found in signature def')
        self.refused(path, {"signature_name": 1, "instances": [1.0]},
                     says="'signature_name' key must be a string value.")

    def test_b64_stands_for_the_bytes_of_a_string(self):
        for city, rank in (("Bern", 1.0), ("Zürich", 3.0)):
            text = base64.b64encode(city.encode()).decode()
            for form in (text, text.rstrip("="), text[:2] + "\n" + text[2:]):
                self.assertEqual(self.tfs("text:predict", {"instances": [{"b64": form}]}),
                                 {"predictions": [rank]})
                self.assertEqual(
                    self.tfs("text:predict", {"instances": [{"city": {"b64": form}}]}),
                    {"predictions": [rank]})
        self.refused("/v1/models/text:predict", {"instances": [{"city": {"b64": "a"}}]},
                     says="Unable to base64 decode")
        self.refused("/v1/models/kinds:predict", {"instances": [{"number": {"b64": "aGk="}}]})

    def test_paths_are_case_insensitive_and_names_percent_decoded(self):
        for path in ("/V1/Models/half_plus_two:PREDICT", "/v1/models/half%5Fplus_two:predict",
                     "/v1/MODELS/half_plus_two/VERSIONS/123:Predict",
                     "/v1/models/half_plus_two/labels/st%61ble:predict"):
            answer = self.ask("POST", path, {"instances": [1.0]})
            self.assertEqual((answer.status, answer.json), (200, {"predictions": [2.5]}), path)

    def test_a_query_string_is_ignored(self):
        answer = self.ask("POST", "/v1/models/half_plus_two:predict?a=1", {"instances": [1.0]})
        self.assertEqual(answer.status, 200, answer)

    def test_gzip_and_deflate_bodies(self):
        body = json.dumps({"instances": [1.0]}).encode()
        for name, data in (("gzip", gzip.compress(body)), ("deflate", zlib.compress(body))):
            answer = self.ask("POST", "/v1/models/half_plus_two:predict", data,
                              [("Content-Encoding", name)])
            self.assertEqual(answer.json, {"predictions": [2.5]}, name)

    def test_gzip_answers_of_4_kb_and_more_on_request(self):
        many = {"instances": [float(i) for i in range(2000)]}
        wanted = {"predictions": [i / 2 + 2 for i in range(2000)]}
        path = "/v1/models/half_plus_two:predict"
        for accept, coding in (("gzip", "gzip"), ("deflate", "deflate"), ("br", None),
                               ("br, gzip;q=0.5", "gzip"), ("gzip;q=0", None),
                               ("identity", None)):
            answer = self.ask("POST", path, many, [("Accept-Encoding", accept)])
            self.assertEqual(answer.headers["Content-Encoding"], coding, accept)
            self.assertEqual(answer.json, wanted)
        answer = self.ask("POST", path, {"instances": [1.0]}, [("Accept-Encoding", "gzip")])
        self.assertIsNone(answer.headers["Content-Encoding"])

    def test_the_content_type_is_json(self):
        answer = self.ask("POST", "/v1/models/half_plus_two:predict", {"instances": [1.0]})
        self.assertEqual(answer.headers["Content-Type"], "application/json")


class Examples(Labelled):
    """Classify and regress: a list of examples, features by name."""

    flowers = [{"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4,
                "petal_width": 0.2},
               {"sepal_length": [6.7], "sepal_width": [3.0], "petal_length": [5.2],
                "petal_width": [2.3]}]

    def test_regress_of_half_plus_three(self):
        body = {"signature_name": "tensorflow/serving/regress",
                "examples": [{"x": [1.0]}, {"x": [2.0]}]}
        self.assertEqual(self.tfs("half_plus_three:regress", body), {"results": [3.5, 4.0]})

    def test_regress_with_bare_values_and_without_a_signature(self):
        self.assertEqual(self.tfs("half_plus_two:regress", {"examples": [{"x": 80.0}]}),
                         {"results": [42.0]})

    def test_classify_gives_label_and_score_of_each_class(self):
        wanted = self.tfs("iris:predict", {"instances": [
            {k: v[0] if isinstance(v, list) else v for k, v in row.items()}
            for row in self.flowers]})["predictions"]
        for name in ("tensorflow/serving/classify", "serving_default", None):
            body = {"examples": self.flowers}
            if name is not None:
                body["signature_name"] = name
            results = self.tfs("iris:classify", body)["results"]
            self.assertEqual(results, [[["setosa", row[0]], ["versicolor", row[1]],
                                        ["virginica", row[2]]] for row in wanted])
        self.assertEqual([max(row, key=lambda pair: pair[1])[0] for row in results],
                         ["setosa", "virginica"])

    def test_one_probability_gives_both_classes(self):
        p = 1 / (1 + math.exp(-2.0))
        for model, labels in (("coin", ["0", "1"]), ("coin_labelled", ["tails", "heads"])):
            (row,) = self.tfs(f"{model}:classify", {"examples": [{"x": 2.0}]})["results"]
            self.assertEqual([pair[0] for pair in row], labels)
            self.assertAlmostEqual(row[0][1], 1 - p, places=6)
            self.assertAlmostEqual(row[1][1], p, places=6)

    def test_an_example_holds_numbers_strings_bytes_and_lists(self):
        example = {"number": 1.5, "flag": True, "city": {"b64": "QmVybg=="}, "tags": ["a", "b"],
                   "place": [1.0, 2.0, 4.0], "whole": [3]}
        row = {**example, "city": "Bern", "whole": 3}
        wanted = self.tfs("kinds:predict", {"instances": [row]})["predictions"]
        self.assertEqual(self.tfs("kinds:regress", {"examples": [example]})["results"], wanted)

    def test_true_and_false_are_1_and_0(self):
        self.assertEqual(self.tfs("half_plus_two:regress",
                                  {"examples": [{"x": True}, {"x": False}]}),
                         {"results": [2.5, 2.0]})

    def test_context_holds_features_common_to_all_examples(self):
        body = {"context": {"number": 1.0, "city": "Bern"},
                "examples": [{"whole": 1}, {"number": 3.0}]}
        self.assertEqual(self.tfs("kinds:regress", body), {"results": [37.0, 35.0]})

    def test_what_an_example_may_not_hold(self):
        path = "/v1/models/kinds:regress"
        self.refused(path, {"examples": [{"tags": ["a", 1]}]},
                     says="Unexpected element type in feature: tags")
        self.refused(path, {"examples": [{"place": [1.0, "a", 2.0]}]},
                     says="Unexpected element type in feature: place")
        self.refused(path, '{"examples": [{"whole": 9223372036854775808}]}',
                     says="Only int64_t is supported")
        self.refused(path, {"examples": [{"number": None}]})
        self.refused(path, {"examples": [{"place": [[1.0], 2.0, 3.0]}]})
        self.refused(path, {"examples": [{}, {"number": "x"}]}, pointer="/examples/1/number")

    def test_examples_must_be_there(self):
        for call in ("classify", "regress"):
            path = f"/v1/models/coin:{call}"
            self.refused(path, {}, says="key 'examples' is expected and was not found")
            self.refused(path, {"instances": [1.0]},
                         says="key 'examples' is expected and was not found")
            for wrong in ({}, 3, "x", None, [3], [None], [[]], []):
                self.refused(path, {"examples": wrong})
            self.refused(path, "", says="JSON Parse error: The document is empty")
            self.refused(path, '{"examples": [', says="JSON Parse error:")
            self.refused(path, {"signature_name": "x", "examples": [{"x": 1}]},
                         says='Serving signature name: "x" not found in signature def')

    def test_regress_needs_one_output(self):
        for model in ("iris", "two_outputs", "simple", "half_plus_two_pair"):
            self.refused(f"/v1/models/{model}:regress", {"examples": [{}]})

    def test_a_group_neither_classifies_nor_regresses(self):
        for call in ("classify", "regress"):
            self.refused(f"/v1/models/halves:{call}", {"examples": [{"x": 1.0}]})

    def test_versions_and_labels_serve_as_with_predict(self):
        for choice in ("", "/versions/123", "/labels/stable"):
            self.assertEqual(
                self.tfs(f"half_plus_two{choice}:regress", {"examples": [{"x": 1.0}]}),
                {"results": [2.5]})
            self.assertEqual(len(self.tfs(
                f"half_plus_two{choice}:classify", {"examples": [{"x": 1.0}]})["results"]), 1)
        for path, says in (("nope", "Servable not found for request: Latest(nope)"),
                           ("half_plus_two/versions/5",
                            "Servable not found for request: Specific(half_plus_two, 5)")):
            for call in ("predict", "classify", "regress"):
                self.refused(f"/v1/models/{path}:{call}", {"examples": [{"x": 1}]}, 404, says)
        for call in ("predict", "classify", "regress"):
            self.refused(f"/v1/models/half_plus_two/labels/L:{call}", {"examples": [{"x": 1}]},
                         400, "Unrecognized servable version label: L")


class Status(Labelled):
    def status(self, path):
        answer = self.ask("GET", f"/v1/models/{path}")
        self.assertEqual(answer.status, 200, answer)
        return answer.json["model_version_status"]

    def test_a_models_versions_are_listed_newest_first_as_strings(self):
        self.assertEqual(self.status("half_plus_three"), [
            {"version": "123", "state": "AVAILABLE", "status": OK}])
        self.assertEqual(self.status("half_plus_two"), [
            {"version": version, "state": "AVAILABLE", "status": OK}
            for version in ("124", "123")])

    def test_one_version_by_number_or_label(self):
        for choice, version in (("versions/123", "123"), ("labels/stable", "123"),
                                ("labels/canary", "124")):
            self.assertEqual(self.status(f"half_plus_two/{choice}"),
                             [{"version": version, "state": "AVAILABLE", "status": OK}])

    def test_what_is_not_there(self):
        for path, status, says in (
                ("nope", 404, "Could not find any versions of model nope"),
                ("half_plus_two/versions/9", 404, "Could not find version 9 of model"),
                ("half_plus_two/labels/L", 400, "Unrecognized servable version label: L"),
                ("half_plus_two/versions/18446744073709551615", 400,
                 "Failed to convert version: 18446744073709551615 to numeric.")):
            self.refused(f"/v1/models/{path}", None, status, says, method="GET")

    def test_wrong_verbs_and_paths_are_malformed_requests(self):
        for method, path in (("GET", "/v1/models/half_plus_two:predict"),
                             ("GET", "/v1/models/half_plus_two:classify"),
                             ("POST", "/v1/models/half_plus_two"),
                             ("POST", "/v1/models/half_plus_two/metadata"),
                             ("POST", "/v1/models/half_plus_two:explain"),
                             ("PUT", "/v1/models/half_plus_two:predict"),
                             ("OPTIONS", "/v1/models/half_plus_two:predict"),
                             ("POST", "/v1/models/"), ("GET", "/v1/models/a/b"),
                             ("GET", "/v1/models/a/versions/x"), ("GET", "/v1/x")):
            self.refused(path, b"{}" if method != "GET" else None, 400,
                         f"Malformed request: {method} {path}", method=method)

    def test_the_list_of_models_is_kserves(self):
        models = self.ask("GET", "/v1/models").json["models"]
        self.assertLessEqual({"simple", "iris", "halves"}, set(models))

    def test_metrics_stand_at_tensorflow_servings_path(self):
        answer = self.server.get("/monitoring/prometheus/metrics")
        self.assertEqual(answer.status, 200)
        self.assertTrue(answer.headers["Content-Type"].startswith("text/plain"))


class Metadata(Labelled):
    def metadata(self, path):
        answer = self.ask("GET", f"/v1/models/{path}/metadata")
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def signature(self, model):
        return self.metadata(model)["metadata"]["signature_def"]["signature_def"][
            "serving_default"]

    def test_half_plus_two_is_described_as_documented(self):
        document = self.metadata("half_plus_two/versions/123")
        self.assertEqual(document["model_spec"], {"name": "half_plus_two",
                                                  "signature_name": "", "version": "123"})
        signature = self.signature("half_plus_two/versions/123")
        self.assertEqual(signature["method_name"], "tensorflow/serving/predict")
        self.assertEqual((list(signature["inputs"]), list(signature["outputs"])),
                         (["x"], ["y"]))
        for tensor in (signature["inputs"]["x"], signature["outputs"]["y"]):
            self.assertEqual(tensor["dtype"], "DT_FLOAT")
            shape = tensor["tensor_shape"]
            self.assertIs(shape["unknown_rank"], False)
            self.assertEqual(shape["dim"][0], {"size": "-1", "name": ""})
        self.assertEqual(signature["inputs"]["x"]["name"].split(":")[0], "x")

    def test_the_version_is_that_which_serves_or_is_asked_for(self):
        for choice, version in (("", "124"), ("/versions/123", "123"),
                                ("/labels/stable", "123"), ("/labels/canary", "124")):
            spec = self.metadata(f"half_plus_two{choice}")["model_spec"]
            self.assertEqual(spec["version"], version)

    def test_types_and_shapes_are_those_of_the_schema(self):
        inputs = self.signature("kinds")["inputs"]
        self.assertEqual({name: inputs[name]["dtype"] for name in (
            "number", "double", "whole", "small", "flag", "city")}, {
                "number": "DT_FLOAT", "double": "DT_DOUBLE", "whole": "DT_INT64",
                "small": "DT_INT32", "flag": "DT_BOOL", "city": "DT_STRING"})
        sizes = [dim["size"] for dim in inputs["place"]["tensor_shape"]["dim"]]
        self.assertEqual(sizes, ["-1", "3"])
        outputs = self.signature("simple")["outputs"]
        self.assertEqual({name: one["dtype"] for name, one in outputs.items()},
                         {"OUTPUT0": "DT_INT32", "OUTPUT1": "DT_INT32"})

    def test_what_is_not_there(self):
        self.refused("/v1/models/nope/metadata", None, 404, "nope", method="GET")
        self.refused("/v1/models/half_plus_two/versions/9/metadata", None, 404, method="GET")
        self.refused("/v1/models/half_plus_two/labels/L/metadata", None, 400,
                     "Unrecognized servable version label: L", method="GET")


class Rules(Labelled):
    """What json_tensor of TensorFlow Serving asks of a body, on a tensor signature."""

    pair, two = "/v1/models/half_plus_two_pair:predict", "/v1/models/two_tensors:predict"

    def test_exactly_one_of_instances_and_inputs(self):
        self.refused(self.pair, {"instances": [[1, 2]], "inputs": [[1, 2]]},
                     says="Not formatted correctly expecting only one of 'inputs' or "
                          "'instances' keys to exist")
        self.refused(self.pair, {}, says="Missing 'inputs' or 'instances' key")

    def test_instances_is_an_array_that_is_not_empty(self):
        self.refused(self.pair, {"instances": []}, says="No values in 'instances' array")
        for wrong in ({}, 3, "x", None):
            self.refused(self.pair, {"instances": wrong}, pointer="/instances")

    def test_keys_must_be_equal_to_the_inputs(self):
        for row in ({"tag": [1]}, {"tag": [1], "signal": [1, 2], "x": 1}, {}):
            self.refused(self.two, {"instances": [row]}, says="keys must be equal to: ")

    def test_a_plain_list_only_with_one_input(self):
        self.refused(self.two, {"instances": [[1, 2]]})
        self.refused(self.two, {"inputs": [[1, 2]]})

    def test_all_rows_have_one_shape(self):
        for rows in ([[1, 2], [1, 2, 3]], [[1, 2], [1]], [[1, 2], []], [[1, [2]]], [[[1], [2]]]):
            answer = self.refused(self.pair, {"instances": rows})
            self.assertRegex(answer["error"], "Expecting|is not of expected type")

    def test_inputs_may_hold_extra_keys_but_must_hold_every_input(self):
        self.assertEqual(self.tfs("two_tensors:predict", {
            "inputs": {"tag": [[1]], "signal": [[2, 3]], "x": [1]}}), {"outputs": [123.0]})
        self.refused(self.two, {"inputs": {"tag": [[1]]}},
                     says="Missing named input: signal in 'inputs' object.")

    def test_unknown_keys_of_the_body_are_ignored(self):
        self.tfs("half_plus_two_pair:predict", {"x": {"y": [1]}, "instances": [[1, 2]]})

    def test_a_whole_number_is_a_float_and_a_float_is_no_integer(self):
        self.assertEqual(self.tfs("half_plus_two:predict", {"instances": [1]}),
                         {"predictions": [2.5]})
        self.refused("/v1/models/kinds:predict", {"instances": [{"whole": 1.5}]},
                     says="JSON Value: 1.5 Type: Number is not of expected type: int64")

    def test_null_and_bool_are_no_floats(self):
        for value in (None, True, "1"):
            self.refused(self.pair, {"instances": [[1.0, value]]},
                         says="is not of expected type: float", pointer="/instances/0/1")

    def test_a_value_in_a_message_is_cut_at_256_bytes(self):
        answer = self.refused("/v1/models/half_plus_two:predict",
                              {"instances": [{"x": "y" * 5000}]})
        self.assertIn("y" * 200, answer["error"])
        self.assertNotIn("y" * 257, answer["error"])

    def test_columns_have_one_batch_size(self):
        self.refused(self.two, {"inputs": {"tag": [[1], [2]], "signal": [[1, 2]]}},
                     says="has inconsistent batch size")

    def test_parse_errors_say_where(self):
        self.refused(self.pair, "", says="JSON Parse error: The document is empty")
        answer = self.refused(self.pair, '{"instances": [[1,}')
        self.assertRegex(answer["error"], r"^JSON Parse error: .+ at offset: \d+$")

    def test_a_depth_bomb_is_an_error_and_no_crash(self):
        for text in ("[" * 100_000, '{"instances":' + "[" * 100_000 + "]" * 100_000 + "}"):
            self.refused(self.pair, text)


if __name__ == "__main__":
    main()
