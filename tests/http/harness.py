# SPDX-License-Identifier: MIT
"""A roost server of a test's own, and ways to talk to it: whole requests or raw bytes.

Ports are chosen by the kernel and read from the log's `ready` line. A server that a test
started is ended by the test, by pid.
"""
import http.client
import json
import os
import select
import signal
import socket
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEMO = os.path.join(ROOT, "registry", "demo", "models")
START_SECONDS = 60  # sanitizers and a busy machine


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


class Server:
    """with Server(binary, models) as server: ... server.post(path, body)"""

    def __init__(self, binary, models, *options, state=None):
        self.log = []
        state = state or os.path.join("/tmp", f"roost-test-{os.getpid()}-{id(self)}.json")
        self.state = state
        # Python starts with SIGPIPE ignored; the server must set up its own signals.
        self.process = subprocess.Popen(
            [binary, "serve", "--models", models, "--listen", "127.0.0.1:0",
             "--admin-listen", "127.0.0.1:0", "--set", "drain.delay=0",
             "--set", f"registry.state_file={state}", *options],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        ready = self.wait_line(lambda line: line.get("msg") == "ready", START_SECONDS)
        self.port, self.admin_port = ready["data_port"], ready["admin_port"]

    def lines(self, seconds):
        """Log lines as they come, for at most so long."""
        end = time.monotonic() + seconds
        os.set_blocking(self.process.stderr.fileno(), False)
        rest = b""
        while time.monotonic() < end:
            select.select([self.process.stderr], [], [], 0.1)
            data = self.process.stderr.read()
            if data == b"":
                return
            rest += data or b""
            while b"\n" in rest:
                line, rest = rest.split(b"\n", 1)
                try:
                    parsed = json.loads(line)
                except ValueError:
                    parsed = {"raw": line.decode("utf-8", "replace")}
                self.log.append(parsed)
                yield parsed

    def wait_line(self, wanted, seconds=20):
        for line in self.lines(seconds):
            if wanted(line):
                return line
        raise AssertionError(f"no such log line; the log: {self.log[-20:]}")

    def connect(self, admin=False):
        return http.client.HTTPConnection("127.0.0.1",
                                          self.admin_port if admin else self.port,
                                          timeout=30)

    def ask(self, method, path, body=None, headers=None, admin=False):
        connection = self.connect(admin)
        try:
            if isinstance(body, (dict, list)):
                body = json.dumps(body)
            if isinstance(body, str):
                body = body.encode()
            connection.request(method, path, body, headers or {})
            reply = connection.getresponse()
            return Answer(reply.status, reply.headers, reply.read())
        finally:
            connection.close()

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def post(self, path, body, **more):
        return self.ask("POST", path, body, **more)

    def admin(self, action, model, body=None):
        return self.ask("POST", f"/admin/v1/models/{model}:{action}",
                        {} if body is None else body,
                        {"Content-Type": "application/json"}, admin=True)

    def metrics(self):
        """{'name{labels}': value}, as of now: a scrape is kept for 100 ms."""
        time.sleep(0.15)
        text = self.get("/metrics", admin=True).body.decode()
        pairs = (line.rsplit(" ", 1) for line in text.splitlines() if line[:1] != "#")
        return {name: float(value) for name, value in pairs}

    def raw(self, data, wait=2.0, half_close=True, admin=False):
        """Send bytes as they are; what comes back until the server closes or `wait` ends."""
        address = ("127.0.0.1", self.admin_port if admin else self.port)
        with socket.create_connection(address, timeout=10) as sock:
            sock.sendall(data)
            if half_close:
                sock.shutdown(socket.SHUT_WR)
            sock.settimeout(wait)
            out = b""
            try:
                while piece := sock.recv(65536):
                    out += piece
            except (socket.timeout, ConnectionResetError):
                pass
            return out

    def stop(self, sig=signal.SIGTERM):
        """The exit status; the log must not end in a sanitizer's report."""
        if self.process.poll() is None:
            self.process.send_signal(sig)
        for _ in self.lines(30):
            pass
        status = self.process.wait(30)
        self.process.stderr.close()
        if os.path.exists(self.state):
            os.unlink(self.state)
        return status

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        status = self.stop()
        if failure[0] is None and status != 0:
            raw = "\n".join(line["raw"] for line in self.log if "raw" in line)
            raise AssertionError(f"the server ended with {status}\n{raw}")
        return False
