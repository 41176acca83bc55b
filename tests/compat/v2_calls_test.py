#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The calls of the Open Inference Protocol other than binary infer: health, metadata,
config, statistics, the repository, and infer's JSON members.

usage: v2_calls_test.py ROOST_BINARY
"""
import json
import os
import shutil
import tempfile
import threading

from support import MODELS, Case, Client, main
from v2_client import Input

EXTENSIONS = {"classification", "model_repository", "schedule_policy", "model_configuration",
              "binary_tensor_data", "parameters", "statistics"}
STATS = ("success", "fail", "queue", "compute_input", "compute_infer", "compute_output",
         "cache_hit", "cache_miss")


def tensor(name="x", datatype="FP32", shape=(1, 1), data=(2.0,), **more):
    return {"name": name, "datatype": datatype, "shape": list(shape), "data": list(data), **more}


class Server(Case):
    options = ("--set", "server.name=triton")

    def ok(self, path, method="GET", body=None):
        answer = self.ask(method, path, body)
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        return answer.json

    def test_health_live_and_ready_answer_in_kserves_bodies(self):
        self.assertEqual(self.ok("/v2/health/live"), {"live": True})
        self.assertEqual(self.ok("/v2/health/ready"), {"ready": True})
        for path in ("/v2/health/live", "/v2/health/ready"):
            self.assertEqual(self.ask("HEAD", path).status, 200)

    def test_query_strings_are_ignored_on_every_path(self):
        for path in ("/v2", "/v2/health/live", "/v2/health/ready", "/v2/models",
                     "/v2/models/simple", "/v2/models/simple/ready", "/v2/models/simple/config",
                     "/v2/models/simple/stats", "/v2/models/stats"):
            self.ok(f"{path}?test_1=1&test_2=2")

    def test_the_servers_name_is_configurable(self):
        document = self.ok("/v2")
        self.assertEqual(document["name"], "triton")
        self.assertTrue(document["version"])

    def test_extensions_name_only_what_there_is(self):
        extensions = set(self.ok("/v2")["extensions"])
        self.assertLessEqual(EXTENSIONS, extensions)
        for absent in ("sequence", "cuda_shared_memory", "system_shared_memory", "trace",
                       "logging"):
            self.assertNotIn(absent, extensions)

    def test_v2_models_lists_models_and_groups(self):
        names = self.ok("/v2/models")["models"]
        self.assertLessEqual({"simple", "iris", "halves"}, set(names))

    def test_metadata_of_a_model(self):
        for path in ("simple", "simple/versions/1"):
            document = self.ok(f"/v2/models/{path}")
            self.assertEqual(document["name"], "simple")
            self.assertEqual(document["versions"], ["1"])
            self.assertTrue(document["platform"])
            self.assertEqual(document["inputs"], [
                {"name": f"INPUT{i}", "datatype": "INT32", "shape": [-1, 16]} for i in (0, 1)])
            self.assertEqual(document["outputs"], [
                {"name": f"OUTPUT{i}", "datatype": "INT32", "shape": [-1, 16]} for i in (0, 1)])

    def test_metadata_names_each_type_as_infer_takes_it(self):
        document = self.ok("/v2/models/kinds")
        got = {one["name"]: (one["datatype"], one["shape"]) for one in document["inputs"]}
        for name, kind in (("number", "FP32"), ("double", "FP64"), ("whole", "INT64"),
                           ("small", "INT32"), ("flag", "BOOL"), ("city", "BYTES")):
            self.assertEqual(got[name], (kind, [-1, 1]))
        self.assertEqual(got["place"], ("FP32", [-1, 3]))
        self.assertEqual(got["words.offsets"], ("INT64", [-1]))
        self.assertEqual(got["words.ids"], ("INT64", [-1]))
        self.assertEqual(got["words.values"], ("FP32", [-1]))
        self.assertEqual(got["tags.offsets"], ("INT64", [-1]))
        self.assertEqual(got["tags.values"], ("BYTES", [-1]))
        self.assertEqual(document["outputs"], [
            {"name": "score", "datatype": "FP64", "shape": [-1, 1]}])

    def test_metadata_of_a_group_names_members_and_their_outputs(self):
        outputs = [one["name"] for one in self.ok("/v2/models/halves")["outputs"]]
        self.assertEqual(outputs, ["half_plus_two", "half_plus_three"])
        outputs = [one["name"] for one in self.ok("/v2/models/mixed")["outputs"]]
        self.assertEqual(outputs, ["half_plus_two", "two_outputs.twice", "two_outputs.steps"])

    def test_a_model_is_ready(self):
        for path in ("simple", "simple/versions/1", "halves"):
            self.assertEqual(self.ok(f"/v2/models/{path}/ready"),
                             {"name": path.split("/")[0], "ready": True})

    def test_config_is_tritons_model_config(self):
        for path in ("simple", "simple/versions/1"):
            config = self.ok(f"/v2/models/{path}/config")
            self.assertEqual(config["name"], "simple")
            self.assertGreater(config["max_batch_size"], 0)
            self.assertEqual([(one["name"], one["data_type"], one["dims"])
                              for one in config["input"]],
                             [("INPUT0", "TYPE_INT32", [16]), ("INPUT1", "TYPE_INT32", [16])])
            self.assertEqual([(one["name"], one["data_type"], one["dims"])
                              for one in config["output"]],
                             [("OUTPUT0", "TYPE_INT32", [16]), ("OUTPUT1", "TYPE_INT32", [16])])
        config = self.ok("/v2/models/text/config")
        self.assertEqual(config["input"][0]["data_type"], "TYPE_STRING")

    def test_what_is_not_there_begins_as_clients_assert(self):
        unknown = "Request for unknown model: 'nope' is not found"
        version = "Request for unknown model: 'simple' version 99 is not found"
        for path in ("", "/ready", "/config", "/stats"):
            self.refused(f"/v2/models/nope{path}", None, 404, unknown, method="GET")
            self.refused(f"/v2/models/simple/versions/99{path}", None, 404, version,
                         method="GET")
        body = {"inputs": [tensor()]}
        answer = self.refused("/v2/models/nope/infer", body, 404, unknown, "unknown-model")
        self.assertTrue(answer["error"].startswith(unknown))
        answer = self.refused("/v2/models/simple/versions/99/infer", body, 404, version)
        self.assertTrue(answer["error"].startswith(version))

    def test_wrong_verb_is_405_and_unknown_path_404(self):
        for method, path in (("GET", "/v2/models/simple/infer"), ("POST", "/v2"),
                             ("POST", "/v2/health/live"), ("POST", "/v2/models/simple"),
                             ("PUT", "/v2/models/simple/infer")):
            self.refused(path, None if method == "GET" else b"{}", 405, "Method Not Allowed",
                         method=method)
        for path in ("/v2/x", "/v2/health/", "/v2/models/simple/x", "/v2/models/simple/versions/",
                     "/v2/health", "/v2/models//infer", "/v2x"):
            self.refused(path, None, 404, "Not Found", method="GET")

    def test_long_answers_of_every_call_are_compressed_on_request(self):
        for path in ("/v2/models/stats", "/v2/models", "/v1/models/kinds/metadata"):
            plain = self.ask("GET", path)
            small = self.ask("GET", path, headers=[("Accept-Encoding", "gzip")])
            coding = "gzip" if len(plain.raw) >= 4096 else None
            self.assertEqual(small.headers["Content-Encoding"], coding, path)
            if "stats" not in path:
                self.assertEqual(small.plain, plain.raw)
        self.assertGreater(len(self.ask("GET", "/v2/models/stats").raw), 4096)

    def test_a_version_beyond_int64_is_400(self):
        self.refused("/v2/models/simple/versions/18446744073709551615", None, 400,
                     "version should be an integral value", method="GET")

    def test_problem_json_when_accept_asks_for_it(self):
        for path, body in (("/v2/models/nope/infer", "{}"), ("/v2/models/simple/infer", "{"),
                           ("/v1/models/nope:predict", "{}"), ("/v1/models/iris:regress", "{")):
            for accept, kind in (("application/problem+json", "application/problem+json"),
                                 ("*/*", "application/json"), (None, "application/json")):
                headers = [("Accept", accept)] if accept else []
                answer = self.ask("POST", path, body, headers)
                self.assertGreaterEqual(answer.status, 400)
                self.assertEqual(answer.headers["Content-Type"], kind, (path, accept))
                self.assertIn("error", answer.json)

    def test_requests_are_counted_by_api(self):
        def counted():
            metrics = self.server.metrics()
            return [metrics[f'roost_requests_total{{model="coin",version="1",api="{api}",'
                            'code="200"}'] for api in ("v1", "v2")]
        before = counted()
        self.tfs("coin:predict", {"instances": [1.0]})
        self.tfs("coin:classify", {"examples": [{"x": 1.0}]})
        self.v2("coin", {"inputs": [tensor()]})
        self.assertEqual([b - a for a, b in zip(before, counted())], [2, 1])

    def test_the_version_that_answered_is_named_in_a_header(self):
        answer = self.v2("half_plus_two", {"inputs": [tensor()]})
        self.assertEqual(answer.headers["roost-model-version"], "half_plus_two/124")
        self.assertEqual(answer.json["model_version"], "124")
        answer = self.v2("halves", {"inputs": [tensor()]})
        self.assertEqual(answer.headers["roost-model-version"],
                         "half_plus_two/124, half_plus_three/123")


class Infer(Case):
    """The members of an infer request in JSON."""

    path = "/v2/models/half_plus_two/infer"

    def body(self, **more):
        return {"inputs": [tensor()], **more}

    def test_an_answer_has_these_members(self):
        self.assertEqual(self.v2("half_plus_two", self.body(id="7")).json, {
            "id": "7", "model_name": "half_plus_two", "model_version": "124",
            "outputs": [{"name": "y", "datatype": "FP32", "shape": [1, 1], "data": [3.0]}]})

    def test_empty_or_absent_outputs_mean_all(self):
        for outputs in ({}, {"outputs": []}):
            answer = self.v2("two_outputs", self.body(**outputs))
            self.assertEqual({one["name"]: one["data"] for one in answer.json["outputs"]},
                             {"twice": [4.0], "steps": [2.0, 4.0, 6.5]})

    def test_a_group_gives_an_output_a_member(self):
        self.assertEqual(self.v2("halves", self.body()).values,
                         {"half_plus_two": [3.0], "half_plus_three": [4.0]})
        self.assertEqual(self.v2("mixed", self.body()).values, {
            "half_plus_two": [3.0], "two_outputs.twice": [4.0],
            "two_outputs.steps": [2.0, 4.0, 6.5]})

    def test_outputs_of_a_group_are_asked_for_by_their_names(self):
        asked = [{"name": "two_outputs.steps", "parameters": {"classification": 1}},
                 {"name": "half_plus_two"}]
        answer = self.v2("mixed", self.body(outputs=asked))
        self.assertEqual(answer.values, {"two_outputs.steps": ["6.5:2:c"],
                                         "half_plus_two": [3.0]})
        for name in ("y", "two_outputs", "half_plus_two.y", "two_outputs.", ".twice", "twice"):
            self.refused("/v2/models/mixed/infer", self.body(outputs=[{"name": name}]))

    def test_a_member_that_fails_is_left_out_and_named(self):
        body = {"inputs": [tensor(shape=(2, 1), data=(0.0, 1000.0))]}
        answer = self.v2("frail", body)
        self.assertEqual(answer.values, {"half_plus_two": [2.0, 502.0]})
        self.assertEqual(answer.headers["roost-partial"], "exp=not-finite")
        body = json.dumps(body).replace("1000.0", "Infinity")
        self.refused("/v2/models/frail/infer", body, 400, kind="bad-value")

    def test_exactly_one_of_data_binary_data_size_and_shared_memory_region(self):
        says = "Input must set only one of the following fields: "
        both = tensor(parameters={"binary_data_size": 4})
        shared = tensor(parameters={"shared_memory_region": "r"})
        none = {k: v for k, v in tensor().items() if k != "data"}
        for one in (both, shared, none):
            self.refused(self.path, {"inputs": [one]}, says=says)
        self.refused(self.path, {"inputs": [{**none, "parameters": {
            "shared_memory_region": "r", "shared_memory_byte_size": 4}}]})

    def test_fp16_and_bf16_via_json_are_refused(self):
        for datatype in ("FP16", "BF16"):
            self.refused(self.path, {"inputs": [tensor(datatype=datatype)]},
                         says=f"receiving {datatype} data via JSON is not supported")

    def test_fp16_raw_is_a_number(self):
        answer = self.client.infer("half_plus_two", [Input("x", "FP16", [1, 1], [2.0])])
        self.assertEqual(answer["y"], [3.0])

    def test_parameters_that_start_with_triton_are_refused_and_others_pass(self):
        self.refused(self.path, self.body(parameters={"triton_enable": True}), says="triton_")
        self.v2("half_plus_two", self.body(parameters={
            "a": 1, "b": "x", "c": True, "content_type": "np", "headers": {"d": [1]}}))

    def test_priority_and_timeout_are_read(self):
        self.v2("half_plus_two", self.body(parameters={"priority": 1, "timeout": 5_000_000}))
        self.v2("half_plus_two", self.body(parameters={"priority": 0, "timeout": 0}))
        for name in ("priority", "timeout"):
            self.refused(self.path, self.body(parameters={name: "soon"}))

    def test_a_timeout_that_has_passed_is_504(self):
        # A microsecond is over before the body has been read.
        self.refused(self.path, self.body(parameters={"timeout": 1}), 504, kind="deadline")

    def test_what_an_input_must_have(self):
        for key in ("name", "shape", "datatype"):
            one = {k: v for k, v in tensor().items() if k != key}
            self.refused(self.path, {"inputs": [one]}, says=key)
        for wrong in (tensor(name=3), tensor(datatype="FLOAT"), tensor(datatype=1),
                      tensor(parameters=3), {**tensor(), "data": "x"}, {**tensor(), "data": 1},
                      {**tensor(), "data": None}, {**tensor(), "data": [None]},
                      {**tensor(), "data": ["1"]}, {**tensor(), "data": [True]},
                      {**tensor(), "data": [{}]}, 3, None, "x", []):
            self.refused(self.path, {"inputs": [wrong]})

    def test_inputs_must_be_there(self):
        for body in ({}, {"inputs": None}, {"inputs": {}}, {"inputs": 1}, {"instances": [1]}):
            self.refused(self.path, body)

    def test_the_place_of_a_wrong_value_is_pointed_at(self):
        a, b = [[0] * 16], [[0] * 3 + ["x"] + [0] * 12]
        both = [tensor(f"INPUT{i}", "INT32", [1, 16], data) for i, data in enumerate((a, b))]
        self.refused("/v2/models/simple/infer", {"inputs": both}, pointer="/inputs/1/data/0/3")
        both[1]["data"] = both[1]["data"][0]
        self.refused("/v2/models/simple/infer", {"inputs": both}, pointer="/inputs/1/data/3")

    def test_outputs_must_be_named(self):
        for outputs in ([{}], [{"name": 1}], [3], {}, "y", [{"name": "nope"}],
                        [{"name": "y", "parameters": {"classification": -1}}],
                        [{"name": "y", "parameters": {"classification": "x"}}],
                        [{"name": "y", "parameters": {"binary_data": 1}}],
                        [{"name": "y", "parameters": {"shared_memory_region": "r"}}]):
            self.refused(self.path, self.body(outputs=outputs))

    def test_bytes_in_json_are_utf8_text(self):
        for city, rank in (("Zürich", 3.0), ("Bern", 1.0), ("\u0000", 0.0)):
            answer = self.v2("text", {"inputs": [tensor("city", "BYTES", data=[city])]})
            self.assertEqual(answer["rank"], [rank])
        self.refused("/v2/models/text/infer",
                     '{"inputs": [{"name": "city", "datatype": "BYTES", "shape": [1, 1], '
                     '"data": ["\\ud800"]}]}')


class Statistics(Case):
    def stats(self, path):
        answer = self.ask("GET", f"/v2/models{path}/stats")
        self.assertEqual(answer.status, 200, answer)
        return answer.json["model_stats"]

    def test_statistics_count_requests_rows_and_time(self):
        good = [Input("x", "FP32", [3, 1], [1.0, 2.0, 3.0])]
        (before,) = self.stats("/half_plus_three")
        for _ in range(4):
            self.assertEqual(self.client.infer("half_plus_three", good).status, 200)
        self.assertEqual(self.client.infer("half_plus_three", []).status, 400)
        (after,) = self.stats("/half_plus_three/versions/123")
        self.assertEqual((after["name"], after["version"]), ("half_plus_three", "123"))
        self.assertEqual(after["inference_count"] - before["inference_count"], 12)
        self.assertEqual(after["execution_count"] - before["execution_count"], 4)
        self.assertGreater(after["last_inference"], 1_600_000_000_000)
        self.assertEqual(set(after["inference_stats"]), set(STATS))
        for name in STATS:
            self.assertEqual(set(after["inference_stats"][name]), {"count", "ns"})
        counts = {name: after["inference_stats"][name]["count"]
                  - before["inference_stats"][name]["count"] for name in ("success", "fail")}
        self.assertEqual(counts, {"success": 4, "fail": 1})
        self.assertGreater(after["inference_stats"]["success"]["ns"], 0)
        self.assertIsInstance(after["batch_stats"], list)
        self.assertGreater(after["memory_usage"][0]["byte_size"], 0)
        self.assertEqual(after["memory_usage"][0]["type"], "CPU")

    def test_statistics_of_all_models(self):
        names = {one["name"] for one in self.stats("")}
        self.assertLessEqual({"simple", "iris"}, names)


class Repository(Case):
    """Index, load and unload: on the admin listener, and on data where configured."""

    @classmethod
    def setUpClass(cls):
        cls.models = tempfile.mkdtemp(prefix="roost-compat-")
        for name in ("half_plus_two", "half_plus_three", "simple", "halves"):
            shutil.copytree(os.path.join(MODELS, name), os.path.join(cls.models, name))
        broken = os.path.join(cls.models, "broken", "1")
        os.makedirs(broken)
        with open(os.path.join(broken, "model.yaml"), "w", encoding="utf-8") as handle:
            handle.write("format: 1\ninputs: {}\n")
        super().setUpClass()
        cls.admin = Client(cls.server.admin_port)

    @classmethod
    def tearDownClass(cls):
        cls.admin.close()
        super().tearDownClass()
        shutil.rmtree(cls.models)

    def call(self, path, body=None, status=200):
        answer = self.ask("POST", f"/v2/repository/{path}", body, client=self.admin)
        self.assertEqual(answer.status, status, answer)
        return answer

    def index(self, body=None):
        rows = self.call("index", body).json
        for row in rows:
            self.assertLessEqual(set(row), {"name", "version", "state", "reason"})
        return {(row["name"], row.get("version")): row.get("state") for row in rows}

    def ready(self, model, version=None):
        path = f"{model}/versions/{version}" if version else model
        return self.ask("GET", f"/v2/models/{path}/ready").status

    def test_index_takes_a_body_that_is_empty_and_has_no_length(self):
        # As published clients do: POST, no Content-Length, no body.
        out = self.server.raw(b"POST /v2/repository/index HTTP/1.1\r\nHost: localhost\r\n"
                              b"Connection: close\r\n\r\n", half_close=False, admin=True)
        self.assertTrue(out.startswith(b"HTTP/1.1 200"), out[:300])
        states = self.index()
        self.assertEqual(states["simple", "1"], "READY")
        self.assertEqual(states["half_plus_two", "124"], "READY")
        for body in (b"", {}, {"ready": False}):
            self.assertEqual(self.index(body).keys(), states.keys())

    def test_index_of_what_is_ready(self):
        states = self.index({"ready": True})
        self.assertEqual(set(states.values()), {"READY"})
        self.assertNotIn("broken", {name for name, _ in states})
        self.assertIn("broken", {name for name, _ in self.index()})

    def test_ready_must_be_a_boolean(self):
        answer = self.call("index", {"ready": 1}, 400)
        self.assertIn("Invalid value for 'ready': expected a boolean", answer.error)

    def test_unload_and_load_of_a_model_and_of_a_version(self):
        self.assertEqual(self.ready("half_plus_three"), 200)
        answer = self.call("models/half_plus_three/unload",
                           {"parameters": {"unload_dependents": False}})
        self.assertEqual(answer.raw, b"")
        # A group is ready while all of its members are.
        for name in ("half_plus_three", "halves"):
            self.assertGreaterEqual(self.ready(name), 400)
        states = self.index()
        self.assertEqual(states["half_plus_three", "123"], "UNAVAILABLE")
        self.assertNotEqual(states["halves", "1"], "READY")
        answer = self.client.infer("half_plus_three", [Input("x", "FP32", [1, 1], [1.0])])
        self.assertIn(answer.status, (404, 503), answer)
        answer = self.call("models/half_plus_three/load", {})
        self.assertEqual(answer.raw, b"")
        for name in ("half_plus_three", "halves"):
            self.assertEqual(self.ready(name), 200)
        # A version that the policy does not choose, beside the one that serves.
        one = [Input("x", "FP32", [1, 1], [1.0])]
        self.assertGreaterEqual(self.ready("half_plus_two", 123), 400)
        self.call("models/half_plus_two/versions/123/load", {})
        self.assertEqual((self.ready("half_plus_two", 123), self.ready("half_plus_two", 124)),
                         (200, 200))
        versions = self.ask("GET", "/v2/models/half_plus_two").json["versions"]
        self.assertEqual(sorted(versions), ["123", "124"])
        for version in ("123", "124"):
            answer = self.client.infer("half_plus_two", one, version=version)
            self.assertEqual(answer.json["model_version"], version)
        self.call("models/half_plus_two/versions/123/unload", {})
        self.assertGreaterEqual(self.ready("half_plus_two", 123), 400)
        self.assertEqual(self.ready("half_plus_two", 124), 200)

    def test_requests_survive_loads_and_unloads_under_them(self):
        one = [Input("x", "FP32", [1, 1], [1.0])]
        stop, wrong, answered = threading.Event(), [], []

        def work():
            with Client(self.server.port) as client:
                while not stop.is_set():
                    for version in ("", "123"):
                        answer = client.infer("half_plus_two", one, version=version)
                        if answer.status == 200 and answer["y"] == [2.5]:
                            answered.append(version)
                        elif version == "" or answer.status not in (404, 503):
                            wrong.append(answer)
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(15):
                for verb in ("load", "unload"):
                    self.call(f"models/half_plus_two/versions/123/{verb}")
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(wrong, [])
        self.assertIn("123", answered)

    def test_a_failure_says_failed_to_load(self):
        for path, status in (("models/broken/load", 400), ("models/nope/load", 404),
                             ("models/simple/versions/9/load", 404)):
            answer = self.call(path, {}, status)
            self.assertIn("failed to load", answer.error)
        self.assertEqual(self.ready("simple"), 200)

    def test_a_config_or_files_in_a_load_are_refused(self):
        for parameters in ({"config": "{}"}, {"file:1/model.yaml": "Zm9ybWF0OiAx"}):
            answer = self.call("models/simple/load", {"parameters": parameters}, 501)
            self.assertIn("failed to load", answer.error)

    def test_a_repositorys_name_in_the_path_is_501(self):
        for path in ("main/index", "main/models/simple/load"):
            self.call(path, {}, 501)

    def test_the_data_listener_has_no_such_calls(self):
        for path in ("index", "models/simple/load", "models/simple/unload"):
            self.refused(f"/v2/repository/{path}", {}, 403, kind="forbidden",
                         says="compat.control_on_data_port")
        self.assertEqual(self.ready("simple"), 200)


class OnData(Case):
    options = ("--set", "compat.control_on_data_port=true")

    def test_the_repository_stands_on_the_data_listener_where_configured(self):
        answer = self.ask("POST", "/v2/repository/index")
        self.assertEqual(answer.status, 200, answer)
        self.assertIn("simple", {row["name"] for row in answer.json})
        for verb in ("unload", "load"):
            answer = self.ask("POST", f"/v2/repository/models/simple/{verb}", b"{}")
            self.assertEqual((answer.status, answer.raw), (200, b""))


if __name__ == "__main__":
    main()
