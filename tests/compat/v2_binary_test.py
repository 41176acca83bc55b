#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Published clients of V2 against roost: tensors behind the JSON, byte by byte.

usage: v2_binary_test.py ROOST_BINARY
"""
import json
import struct
import threading

from ids import category_id, feature_id, signed
from support import Case, Client, main
from v2_client import HEADER, Input, body_of, output, pack

A, B = list(range(16)), [1] * 16
SUM, DIFFERENCE = [a + b for a, b in zip(A, B)], [a - b for a, b in zip(A, B)]
IRIS = ("sepal_length", "sepal_width", "petal_length", "petal_width")


def simple(a=None, b=None, rows=1, **more):
    a, b = A * rows if a is None else a, B * rows if b is None else b
    return [Input("INPUT0", "INT32", [rows, 16], a, **more),
            Input("INPUT1", "INT32", [rows, 16], b, **more)]


def flowers(rows, **more):
    return [Input(name, "FP32", [len(rows), 1], [row[i] for row in rows], **more)
            for i, name in enumerate(IRIS)]


class Simple(Case):
    """The model of Triton's examples, as its clients address it."""

    def check(self, answer, rows=1):
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer["OUTPUT0"], SUM * rows)
        self.assertEqual(answer["OUTPUT1"], DIFFERENCE * rows)

    def test_without_outputs_named_all_come_and_come_raw(self):
        answer = self.client.infer("simple", simple())
        self.check(answer)
        text = answer.raw[:int(answer.header)]
        self.assertEqual(answer.raw[len(text):], pack("INT32", SUM) + pack("INT32", DIFFERENCE))
        self.assertEqual(answer.headers["Content-Type"], "application/octet-stream")
        document = json.loads(text)
        self.assertEqual((document["model_name"], document["model_version"]), ("simple", "1"))
        self.assertNotIn("id", document)
        self.assertEqual(document["outputs"], [
            {"name": name, "datatype": "INT32", "shape": [1, 16],
             "parameters": {"binary_data_size": 64}} for name in ("OUTPUT0", "OUTPUT1")])

    def test_outputs_stand_in_the_order_asked_data_included(self):
        for names in (["OUTPUT1", "OUTPUT0"], ["OUTPUT1"], ["OUTPUT0"]):
            answer = self.client.infer("simple", simple(), [output(n) for n in names])
            self.assertEqual([o["name"] for o in answer.json["outputs"]], names)
            for name in names:
                self.assertEqual(answer[name], SUM if name == "OUTPUT0" else DIFFERENCE)

    def test_an_outputs_binary_data_overrides_binary_data_output(self):
        asked = [{"name": "OUTPUT0"}, output("OUTPUT1", False)]
        answer = self.client.infer("simple", simple(), asked, binary_data_output=True)
        self.check(answer)
        self.assertEqual(len(answer.raw) - int(answer.header), 64)
        asked = [{"name": "OUTPUT0"}, output("OUTPUT1", True)]
        answer = self.client.infer("simple", simple(), asked, binary_data_output=False)
        self.check(answer)
        self.assertEqual(answer.json["outputs"][0]["data"], SUM)

    def test_an_answer_without_raw_outputs_has_no_header(self):
        for asked in ([output("OUTPUT0", False), output("OUTPUT1", False)],
                      [{"name": "OUTPUT0"}, {"name": "OUTPUT1"}], []):
            answer = self.client.infer("simple", simple(), asked)
            self.check(answer)
            self.assertIsNone(answer.header)
            self.assertEqual(answer.headers["Content-Type"], "application/json")

    def test_raw_tensors_follow_in_the_order_of_inputs(self):
        self.check(self.client.infer("simple", simple()[::-1]))

    def test_raw_and_json_inputs_mix(self):
        inputs = simple()
        inputs[0] = Input("INPUT0", "INT32", [1, 16], A, binary=False)
        self.check(self.client.infer("simple", inputs))
        self.check(self.client.infer("simple", inputs[::-1]))

    def test_data_flat_or_nested_gives_the_same(self):
        for a in (A, [A], [[A[:8], A[8:]]]):
            self.check(self.client.infer("simple", simple(a, binary=False)))

    def test_the_cpp_client_sends_an_empty_id(self):
        with Client(self.server.port, dialect="cpp") as client:
            answer = client.infer("simple", simple(), timeout=5_000_000, priority=1)
            self.check(answer)
            self.assertEqual(answer.json.get("id", ""), "")

    def test_an_id_is_echoed(self):
        for one in ("7", "a \"quoted\" id", "ü" * 50):
            answer = self.client.infer("simple", simple(), request_id=one)
            self.assertEqual(answer.json["id"], one)

    def test_kserve_writes_the_header_in_lower_case_and_parameters_of_its_own(self):
        with Client(self.server.port, dialect="kserve") as client:
            self.check(client.infer("simple", simple()))
            answer = client.infer("simple", simple(binary=False, content_type="np"),
                                  content_type="pd", headers={"a": 1})
            self.check(answer)
            self.assertIsNone(answer.header)

    def test_a_version_may_stand_in_the_path_and_a_query_behind_it(self):
        self.check(self.client.infer("simple", simple(), version="1"))
        self.check(self.client.infer("simple", simple(), query="?test_1=1&test_2=2"))

    def test_gzip_and_deflate_requests_count_the_json_before_they_shrink(self):
        for squeeze in ("gzip", "deflate"):
            self.check(self.client.infer("simple", simple(rows=20), squeeze=squeeze), 20)
            self.check(self.client.infer("simple", simple(binary=False), squeeze=squeeze))

    def test_gzip_and_deflate_answers_count_the_json_before_it_shrank(self):
        for accept in ("gzip", "deflate"):
            answer = self.client.infer("simple", simple(rows=100), accept=accept)
            self.assertEqual(answer.headers["Content-Encoding"], accept)
            self.check(answer, 100)
            self.assertLess(len(answer.raw), len(answer.plain))
            asked = [output("OUTPUT0", False), output("OUTPUT1", False)]
            answer = self.client.infer("simple", simple(rows=100), asked, accept=accept,
                                       squeeze=accept)
            self.assertEqual(answer.headers["Content-Encoding"], accept)
            self.check(answer, 100)

    def test_an_answer_below_4_kb_or_not_asked_for_stays_plain(self):
        for accept, rows in (("gzip", 1), (None, 100), ("identity", 100), ("gzip;q=0", 100)):
            answer = self.client.infer("simple", simple(rows=rows), accept=accept)
            self.assertIsNone(answer.headers["Content-Encoding"], accept)
            self.check(answer, rows)

    def raw_answer(self, head, body):
        """The last answer to bytes written as they are."""
        _, size = body_of(simple())
        out = self.server.raw(b"POST /v2/models/simple/infer HTTP/1.1\r\nHost: x\r\n" + head +
                              b"%s: %d\r\nConnection: close\r\n\r\n" % (HEADER.encode(), size)
                              + body, wait=20, half_close=False)
        self.assertIn(b" 200 OK\r\n", out)
        self.assertEqual(out[-128:], pack("INT32", SUM) + pack("INT32", DIFFERENCE))
        return out

    def test_a_body_in_chunks_is_a_body(self):
        body, _ = body_of(simple())
        for size in (1, 7, 200, len(body)):
            pieces = [body[i:i + size] for i in range(0, len(body), size)]
            chunks = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces)
            self.raw_answer(b"Transfer-Encoding: chunked\r\n", chunks + b"0\r\n\r\n")

    def test_a_client_that_waits_for_100_continue_gets_it(self):
        body, _ = body_of(simple())
        head = b"Expect: 100-continue\r\nContent-Length: %d\r\n" % len(body)
        self.assertTrue(self.raw_answer(head, body).startswith(b"HTTP/1.1 100 Continue\r\n"))

    def test_one_connection_carries_many_requests(self):
        with Client(self.server.port) as client:
            self.check(client.infer("simple", simple()))
            socket = client.connection.sock
            for i in range(50):
                self.check(client.infer("simple", simple()))
                self.assertEqual(client.infer("nope", simple()).status, 404)
                self.assertEqual(client.infer("simple", simple()[:1]).status, 400)
            self.assertIs(client.connection.sock, socket)

    def test_async_requests_are_each_answered_with_their_own(self):
        wrong = []

        def work(number):
            with Client(self.server.port) as client:
                for i in range(25):
                    a = [number * 1000 + i + k for k in range(16)]
                    one = f"{number}-{i}"
                    answer = client.infer("simple", simple(a), request_id=one,
                                          squeeze="gzip" if i % 2 else None)
                    if (answer.status, answer.json.get("id")) != (200, one) or \
                            answer["OUTPUT0"] != [v + 1 for v in a] or \
                            answer["OUTPUT1"] != [v - 1 for v in a]:
                        wrong.append(answer)
        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_the_least_and_largest_of_int32_are_kept(self):
        low, high = -2**31, 2**31 - 1
        answer = self.client.infer("simple", simple([low, high] + [0] * 14, [0] * 16))
        self.assertEqual(answer["OUTPUT0"][:2], [low, high])

    def test_the_largest_batch_of_one_request(self):
        self.check(self.client.infer("simple", simple(rows=4096)), 4096)
        answer = self.client.infer("simple", simple(rows=4097))
        self.judge(answer, 400, kind="too-many")


class Raw(Case):
    """Inference-Header-Content-Length: 0, the body is the data of the one input."""

    def raw(self, model, body):
        return self.ask("POST", f"/v2/models/{model}/infer", body, [(HEADER, 0)])

    def test_a_vector_is_one_row_and_all_outputs_are_raw(self):
        answer = self.raw("half_plus_two_pair", struct.pack("<2f", 1.0, 2.0))
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual((answer["y"], answer.shape("y")), ([2.5, 3.0], [1, 2]))
        self.assertEqual(answer.raw[int(answer.header):], struct.pack("<2f", 2.5, 3.0))

    def test_a_string_is_the_body_as_it_is(self):
        for city, rank in (("Bern", 1.0), ("Zürich", 3.0), ("elsewhere", 0.0)):
            answer = self.raw("text", city.encode())
            self.assertEqual(answer.status, 200, answer)
            self.assertEqual(answer["rank"], [rank])

    def test_a_raw_request_needs_a_model_of_one_input(self):
        for model in ("simple", "iris"):
            self.judge(self.raw(model, b"\0" * 64), 400)

    def test_a_body_of_another_size_than_the_input_is_refused(self):
        for size in (1, 4, 7, 9, 12, 16):
            self.judge(self.raw("half_plus_two_pair", b"\0" * size), 400)


class Types(Case):
    """Each datatype, JSON and raw, and how sparse features and lists travel."""

    @staticmethod
    def score(row):
        """The model `kinds` by hand: see make_models.py."""
        cities = {"Bern": 32.0, "Genf": 64.0, "Zürich": 128.0}
        total = row.get("number", 0) + 2 * row.get("double", 0) + 4 * row.get("whole", 0)
        total += 8 * row.get("small", 0) + 16 * row.get("flag", 0)
        total += cities.get(row.get("city"), 0.0)
        total += sum(256.0 + category_id("tags", tag, 4) for tag in row.get("tags", ()))
        total += sum(w * x for w, x in zip((0.5, 0.25, 0.125), row.get("place", ())))
        return total + sum((1024.0 + (feature_id(word) & 63)) * amount
                           for word, amount in row.get("words", {}).items())

    rows = [{"number": 1.5, "double": 0.125, "whole": 3, "small": -2, "flag": True,
             "city": "Zürich", "tags": ["a", "b", ""], "words": {"red": 1.0, "blue": 0.5},
             "place": [1.0, 2.0, 4.0]},
            {"number": -8.0, "double": 1e9, "whole": -2**40, "small": 2**31 - 1,
             "flag": False, "city": "", "tags": [], "words": {}, "place": [0.0, 0.0, 0.0]},
            {"number": 0.0, "double": -0.0, "whole": 0, "small": 0, "flag": True,
             "city": "Bern", "tags": ["größe"], "words": {"größe": 2.0, "x": 1.0, "y": 1.0},
             "place": [8.0, 0.0, -8.0]}]

    def tensors(self, binary, ids=False, rows=None):
        rows = self.rows if rows is None else rows
        n = len(rows)

        def one(name, kind, values, shape=None):
            return Input(name, kind, shape or [n, 1], values, binary=binary)

        def offsets(name):
            at = [0]
            for row in rows:
                at.append(at[-1] + len(row[name]))
            return Input(f"{name}.offsets", "INT64", [n + 1], at, binary=binary)
        words = [word for row in rows for word in row["words"]]
        tags = [tag for row in rows for tag in row["tags"]]
        who = one("words.ids", "INT64", [signed(feature_id(w)) for w in words], [len(words)]) \
            if ids else one("words.names", "BYTES", words, [len(words)])
        kinds = (("number", "FP32"), ("double", "FP64"), ("whole", "INT64"),
                 ("small", "INT32"), ("flag", "BOOL"), ("city", "BYTES"))
        return [*(one(name, kind, [row[name] for row in rows]) for name, kind in kinds),
                one("place", "FP32", [x for row in rows for x in row["place"]], [n, 3]),
                offsets("tags"), one("tags.values", "BYTES", tags, [len(tags)]),
                offsets("words"), who,
                one("words.values", "FP32", [a for row in rows for a in row["words"].values()],
                    [len(words)])]

    def check(self, answer, rows=None):
        self.assertEqual(answer.status, 200, answer)
        wanted = [self.score(row) for row in (self.rows if rows is None else rows)]
        self.assertEqual(answer["score"], wanted)
        self.assertEqual((answer.datatype("score"), answer.shape("score")),
                         ("FP64", [len(wanted), 1]))

    def test_every_datatype_raw(self):
        self.check(self.client.infer("kinds", self.tensors(True)))

    def test_every_datatype_in_json(self):
        self.check(self.client.infer("kinds", self.tensors(False), [{"name": "score"}]))

    def test_sparse_by_ids_is_sparse_by_names(self):
        for binary in (True, False):
            self.check(self.client.infer("kinds", self.tensors(binary, ids=True)))

    def test_the_same_by_tensorflow_servings_api(self):
        wanted = [self.score(row) for row in self.rows]
        self.assertEqual(self.tfs("kinds:predict", {"instances": self.rows}),
                         {"predictions": wanted})

    def test_inputs_in_any_order(self):
        self.check(self.client.infer("kinds", self.tensors(True)[::-1]))

    def test_a_scalar_may_be_a_vector_of_the_batch(self):
        inputs = [Input("number", "FP32", [2], [1.0, 2.0]), Input("city", "BYTES", [2],
                                                                  ["Bern", "Genf"])]
        answer = self.client.infer("kinds", inputs)
        self.assertEqual(answer["score"], [33.0, 66.0])

    def test_bytes_of_every_length_are_taken_apart_right(self):
        cities = ["", "Bern", "B" * 300, "Genf", "\n", "Zürich"]
        for binary in (True, False):
            one = Input("city", "BYTES", [6, 1], cities, binary=binary)
            answer = self.client.infer("text", [one])
            self.assertEqual(answer["rank"], [0.0, 1.0, 0.0, 2.0, 0.0, 3.0])

    def test_context_stands_once_for_all_rows(self):
        rows = [{**row, "number": 4.0, "city": "Genf", "words": {"red": 1.0, "blue": 0.5}}
                for row in self.rows]
        for binary in (True, False):
            inputs = {one.name: one for one in self.tensors(binary, rows=rows)}
            common = {one.name: one for one in self.tensors(binary, rows=rows[:1])}
            for name in ("number", "city", "words.offsets", "words.names", "words.values"):
                inputs[name] = common[name]
                inputs[name].more["context"] = True
            self.check(self.client.infer("kinds", list(inputs.values())), rows)


class Classification(Case):
    flowers = [[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]]

    def test_k_best_as_value_index_label(self):
        plain = self.client.infer("iris", flowers(self.flowers), [output("species")])
        for binary in (True, False):
            answer = self.client.infer("iris", flowers(self.flowers),
                                       [output("species", binary, classification=2)])
            self.assertEqual(answer.status, 200, answer)
            self.assertEqual((answer.datatype("species"), answer.shape("species")),
                             ("BYTES", [2, 2]))
            got = [v.decode() if binary else v for v in answer["species"]]
            names = ["setosa", "versicolor", "virginica"]
            for row in range(2):
                p = plain["species"][row * 3:row * 3 + 3]
                best = sorted(range(3), key=lambda k: -p[k])[:2]
                for rank, k in enumerate(best):
                    value, index, label = got[row * 2 + rank].split(":")
                    self.assertEqual((int(index), label), (k, names[k]))
                    self.assertAlmostEqual(float(value), p[k], places=5)

    def test_more_than_there_are_classes_gives_them_all(self):
        answer = self.client.infer("iris", flowers(self.flowers),
                                   [output("species", classification=9)])
        self.assertEqual(answer.shape("species"), [2, 3])

    def test_without_labels_value_index(self):
        answer = self.client.infer("simple", simple(), [output("OUTPUT0", classification=3)])
        self.assertEqual(answer.shape("OUTPUT0"), [1, 3])
        got = [v.decode().split(":") for v in answer["OUTPUT0"]]
        self.assertEqual([(float(value), int(index)) for value, index in got],
                         [(16.0, 15), (15.0, 14), (14.0, 13)])

    def test_beside_an_output_that_is_not_classified(self):
        answer = self.client.infer("simple", simple(), [
            output("OUTPUT1", False), output("OUTPUT0", classification=1)])
        self.assertEqual(answer["OUTPUT1"], DIFFERENCE)
        self.assertEqual(len(answer["OUTPUT0"]), 1)


class Lengths(Case):
    """What stands behind the JSON must be what the JSON says."""

    def send(self, inputs, cut=0, more=b"", header=None):
        body, size = body_of(inputs)
        body = body[:len(body) - cut] + more
        return self.ask("POST", "/v2/models/simple/infer", body,
                        [(HEADER, size if header is None else header)])

    def test_left_over_bytes_are_unexpected_additional_input_data(self):
        self.judge(self.send(simple(), more=b"\0"), 400,
                   "unexpected additional input data for model 'simple'")

    def test_missing_bytes_are_named_with_the_input(self):
        self.judge(self.send(simple(), cut=4), 400, "unexpected size for input 'INPUT1'")

    def test_a_size_that_is_not_the_shapes(self):
        for size in (60, 68, 0):
            inputs = simple()
            inputs[0].raw = b"\0" * size
            self.judge(self.send(inputs), 400)

    def test_a_string_that_runs_over_its_tensor(self):
        for raw in (struct.pack("<I", 5) + b"Bern", struct.pack("<I", 2**32 - 1) + b"Bern",
                    b"\4\0\0", pack("BYTES", ["Bern", "Genf"]), b""):
            inputs = [Input("city", "BYTES", [1, 1], raw=raw)]
            body, size = body_of(inputs)
            self.refused("/v2/models/text/infer", body, headers=[(HEADER, size)])

    def test_the_header_is_within_the_body(self):
        body, size = body_of(simple())
        for value in ("99999999999", "-1", str(len(body) + 1), "18446744073709551616", "1e2",
                      "0x10", "", " ", "abc", "12 34"):
            answer = self.send(simple(), header=value)
            self.judge(answer, 400)
        # As long as the body: all of it is JSON, which raw bytes are not.
        self.judge(self.send(simple(), header=len(body)), 400)
        # Within the JSON: what is left of it is none.
        self.judge(self.send(simple(), header=size - 1), 400)


if __name__ == "__main__":
    main()
