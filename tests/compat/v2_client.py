# SPDX-License-Identifier: MIT
"""A client of the Open Inference Protocol that writes bytes as published clients do.

Three of them, since they differ in what a server must put up with:
- tritonclient (Python): compact ASCII JSON, inputs as raw bytes behind it; without outputs
  named it asks for `binary_data_output`; encodings first among the headers, then
  `Inference-Header-Content-Length` in that spelling; no Content-Type.
- tritonclient (C++): `"id":""` always, `timeout` in microseconds.
- KServe and MLServer: JSON with `data`, a lower-case header when tensors are raw, and
  parameters of their own (`content_type`) on the request and on inputs.

Nothing but the standard library, and nothing of roost's.
"""
import gzip
import http.client
import json
import struct
import zlib

HEADER = "Inference-Header-Content-Length"
# Datatype -> struct format of one value; BYTES is written by hand.
KINDS = {"BOOL": "?", "UINT8": "B", "UINT16": "H", "UINT32": "I", "UINT64": "Q",
         "INT8": "b", "INT16": "h", "INT32": "i", "INT64": "q", "FP16": "e",
         "FP32": "f", "FP64": "d"}


def pack(datatype, values):
    """Values -> the raw little-endian bytes of a tensor."""
    if datatype == "BYTES":
        items = [v.encode() if isinstance(v, str) else bytes(v) for v in values]
        return b"".join(struct.pack("<I", len(item)) + item for item in items)
    return struct.pack(f"<{len(values)}{KINDS[datatype]}", *values)


def unpack(datatype, raw):
    """The bytes of a tensor -> values (BYTES: a list of bytes). Nothing may be left over."""
    if datatype != "BYTES":
        size = struct.calcsize(KINDS[datatype])
        assert len(raw) % size == 0, (datatype, len(raw))
        return list(struct.unpack(f"<{len(raw) // size}{KINDS[datatype]}", raw))
    out = []
    while raw:
        size = struct.unpack_from("<I", raw)[0]
        assert len(raw) >= 4 + size, "a string runs over the end of its tensor"
        out.append(raw[4:4 + size])
        raw = raw[4 + size:]
    return out


class Input:
    """One tensor of a request: `data` goes into the JSON, `raw` behind it."""

    def __init__(self, name, datatype, shape, values=None, raw=None, binary=True, **more):
        self.name, self.datatype, self.shape, self.more = name, datatype, list(shape), more
        if raw is None and binary:
            raw = pack(datatype, values)
        self.raw, self.values = raw, values

    def head(self):
        out = {"name": self.name, "shape": self.shape, "datatype": self.datatype}
        parameters = dict(self.more)
        if self.raw is not None:
            parameters["binary_data_size"] = len(self.raw)
        if parameters:
            out["parameters"] = parameters
        if self.raw is None:
            out["data"] = self.values
        return out


def body_of(inputs, outputs=None, dialect="python", request_id="", **parameters):
    """(bytes, length of the JSON or None when nothing is raw)."""
    request = {}
    if request_id or dialect == "cpp":
        request["id"] = request_id
    request["inputs"] = [one.head() for one in inputs]
    if outputs is not None:
        request["outputs"] = outputs
    elif dialect in ("python", "cpp"):
        parameters["binary_data_output"] = True
    if parameters:
        request["parameters"] = parameters
    text = json.dumps(request, separators=(",", ":"), ensure_ascii=dialect == "python").encode()
    raw = b"".join(one.raw for one in inputs if one.raw is not None)
    binary = any(one.raw is not None for one in inputs)
    return text + raw, len(text) if binary else None


def output(name, binary=True, classification=0):
    """One entry of `outputs`."""
    parameters = {"classification": classification} if classification else {}
    return {"name": name, "parameters": {**parameters, "binary_data": binary}}


class Result:
    """An answer, taken apart: every byte behind the JSON must belong to an output."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.raw = status, headers, body
        coding = headers.get("Content-Encoding")
        if coding == "gzip":
            body = gzip.decompress(body)
        elif coding == "deflate":
            body = zlib.decompress(body)
        self.plain = body
        self.header = headers.get(HEADER)
        text = body if self.header is None else body[:int(self.header)]
        self.json = json.loads(text) if text else None
        self.values = {}
        if isinstance(self.json, dict) and "model_name" in self.json and status == 200:
            self.take(body[len(text):])

    def take(self, rest):
        for one in self.json["outputs"]:
            size = one.get("parameters", {}).get("binary_data_size")
            assert (size is None) == ("data" in one), one
            if size is None:
                self.values[one["name"]] = one["data"]
                continue
            assert len(rest) >= size, "less data than binary_data_size says"
            self.values[one["name"]] = unpack(one["datatype"], rest[:size])
            rest = rest[size:]
        assert rest == b"", f"{len(rest)} bytes belong to no output"

    @property
    def error(self):
        return self.json.get("error") if isinstance(self.json, dict) else None

    def __getitem__(self, name):
        return self.values[name]

    def shape(self, name):
        return next(o["shape"] for o in self.json["outputs"] if o["name"] == name)

    def datatype(self, name):
        return next(o["datatype"] for o in self.json["outputs"] if o["name"] == name)

    def __repr__(self):
        return f"{self.status} {self.plain[:300]!r}"


class Client:
    """One connection, used again and again; not for two threads at once."""

    def __init__(self, port, host="127.0.0.1", dialect="python"):
        self.connection = http.client.HTTPConnection(host, port, timeout=60)
        self.dialect = dialect

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.close()

    def send(self, method, path, body=None, headers=()):
        """Headers are written in this order and spelling, and no others but Host and, with
        a body, Content-Length: an empty POST is one without a length."""
        self.connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers:
            self.connection.putheader(name, str(value))
        if body is not None:
            self.connection.putheader("Content-Length", str(len(body)))
        self.connection.endheaders(body)
        reply = self.connection.getresponse()
        return Result(reply.status, reply.headers, reply.read())

    def get(self, path):
        return self.send("GET", path)

    def post(self, path, document=None):
        body = None if document is None else json.dumps(document).encode()
        return self.send("POST", path, body)

    def infer(self, model, inputs, outputs=None, *, version="", request_id="", squeeze=None,
              accept=None, query="", **parameters):
        """squeeze, accept: gzip or deflate, of the request and of the answer."""
        body, header = body_of(inputs, outputs, self.dialect, request_id, **parameters)
        headers = []
        if squeeze:
            headers.append(("Content-Encoding", squeeze))
            body = gzip.compress(body) if squeeze == "gzip" else zlib.compress(body)
        if accept:
            headers.append(("Accept-Encoding", accept))
        if self.dialect == "kserve":
            kind = "json" if header is None else "octet-stream"
            headers.append(("content-type", f"application/{kind}"))
        if header is not None:
            headers.append((HEADER.lower() if self.dialect == "kserve" else HEADER, header))
        choice = f"/versions/{version}" if version else ""
        return self.send("POST", f"/v2/models/{model}{choice}/infer{query}", body, headers)
