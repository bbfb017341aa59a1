"""A tiny object service over HTTP that fails as its script says; strict about what it is sent."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from hygge.testing.faults import Fault, FaultScript

STATUS = {"throttled": 429, "unavailable": 503, "broken": 500, "refused": 401}


class FakeService(ThreadingHTTPServer):
    """Objects in memory, on a port of its own; use it as a context manager."""

    daemon_threads = True
    block_on_close = False  # a stalled request must not hold up the end

    def __init__(self, token: str, stall: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.token, self.stall = token, stall
        self.script = FaultScript()
        self.objects: dict[str, bytes] = {}
        self.writing = threading.Lock()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone away is no news."""

    def version(self, name: str) -> str:
        return version(self.objects[name]) if name in self.objects else "none"


class _Handler(BaseHTTPRequestHandler):
    server: FakeService

    def do_GET(self) -> None:  # the standard library's name
        self._carry_out(lambda body: None, b"")

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._carry_out(self._put, body)

    def do_DELETE(self) -> None:
        self._carry_out(lambda body: self.server.objects.pop(self._name(), None), b"")

    def _carry_out(self, change: Any, body: bytes) -> None:
        if self.headers["Authorization"] != self.server.token:
            self._answer(401)
            return
        fault = self.server.script.next()
        if fault in STATUS:
            self._answer(STATUS[fault])
            return
        if fault in ("reset", "stalled"):
            time.sleep(self.server.stall if fault == "stalled" else 0)
            self._drop()
            return
        status = change(body[: len(body) // 2] if fault == "truncated" and self.command == "PUT" else body)
        if fault == "lost_reply":
            self._drop()
        elif isinstance(status, int):
            self._answer(status)
        else:
            self._give(fault)

    def _put(self, body: bytes) -> int | None:
        with self.server.writing:
            wanted = self.headers.get("If-Match")
            if wanted is not None and wanted != self.server.version(self._name()):
                return 412
            if wanted is not None and self.headers["Digest"] != version(body):
                return 500  # what is written under a condition is checked before it is kept
            self.server.objects[self._name()] = body
        return None

    def _give(self, fault: Fault | None) -> None:
        name = self._name()
        if self.command == "PUT":
            self._answer(201, b"", self.server.version(name))
        elif name in self.server.objects or not name:
            data = self.server.objects[name] if name else self._list()
            self._answer(200, data, version(data), fault)
        else:
            self._answer(404)

    def _list(self) -> bytes:
        prefix = unquote(self.headers["Prefix"])
        return json.dumps(
            sorted(name for name in list(self.server.objects) if name.startswith(prefix))
        ).encode()

    def _answer(self, status: int, data: bytes = b"", etag: str = "", fault: Fault | None = None) -> None:
        sent = data[: len(data) // 2] if fault in ("short", "truncated") else data
        self.send_response(status)
        self.send_header("Content-Length", str(len(sent if fault == "truncated" else data)))
        self.send_header("ETag", etag)
        self.send_header("Retry-After", str(self.server.script.pause))
        self.end_headers()
        self.wfile.write(sent)
        if fault == "short":
            self._drop()

    def _drop(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        self.connection.close()

    def _name(self) -> str:
        return unquote(self.path[1:])

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


def version(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
