"""HTTP: read requests, let faults happen, send answers.

`http.server` with a thread for each connection. An ASGI server would parse and schedule in Python as
well, and copy every byte through its queues; here bodies go from the socket into a file in pieces of
1 MiB, and back by sendfile, both without the interpreter's lock. What is left is about half a
millisecond a request.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import sys
import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from adls_server.answers import Answer, Refused, refusal
from adls_server.clock import http_date
from adls_server.extents import Received, send
from adls_server.faults import Fault, FaultScript
from adls_server.log import Exchange, RequestLog
from adls_server.request import Request
from adls_server.service import Service

__all__ = ["Front"]

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: send RST at close


class Front(ThreadingHTTPServer):
    """The listening socket of one account, on this machine only."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, service: Service, port: int, account: str) -> None:
        self.service, self.account = service, account
        self.log, self.faults = RequestLog(), FaultScript()
        self.closing = threading.Event()
        self._busy, self._idle = 0, threading.Condition()
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), Handler)

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """Count a request as under way."""
        with self._idle:
            self._busy += 1
        try:
            yield
        finally:
            with self._idle:
                self._busy -= 1
                self._idle.notify_all()

    def settled(self, seconds: float) -> bool:
        """Wait until no request is under way, and say whether it came to that."""
        with self._idle:
            return self._idle.wait_for(lambda: not self._busy, seconds)

    def pause(self, fault: Fault) -> None:
        """Wait as the fault wants it, at most until the server closes."""
        while fault.until is not None and not fault.until.wait(0.02) and not self.closing.is_set():
            pass
        if fault.stall:
            self.closing.wait(fault.stall)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error of the server; anything else is told on stderr."""
        if not isinstance(sys.exception(), ConnectionError | EOFError):
            super().handle_error(request, client_address)

    def server_close(self) -> None:
        self.closing.set()
        super().server_close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Front

    def answer(self) -> None:
        with self.server.working():
            self._answer(self._request())

    def _answer(self, request: Request) -> None:
        exchange = self._begin(request)
        fault = self.server.faults.take(
            exchange.index, exchange.operation, exchange.verb, exchange.path
        ) or Fault(name="")
        exchange.fault = fault.name
        if fault.reset and not fault.applied:
            self._reset()
            return
        request = self._with_body(request)
        exchange.received = request.length
        self.server.pause(fault)
        answer = self._apply(request, fault)
        if fault.stall_after:
            self.server.closing.wait(fault.stall_after)
        if fault.reset:
            self._reset()
            return
        exchange.status, exchange.code = answer.status, answer.code
        exchange.sent = self._send(answer, fault)

    do_GET = do_HEAD = do_PUT = do_PATCH = do_POST = do_DELETE = answer  # noqa: N815  # names of http.server

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on stderr: there is a request log."""

    # -- in ----------------------------------------------------------------------------------------

    def _request(self) -> Request:
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            headers[name.lower()] = value.strip()
        return Request(verb=self.command, target=self.path, headers=headers, account=self.server.account)

    def _begin(self, request: Request) -> Exchange:
        try:
            path, service = "/".join(request.resource), request.service
        except Refused:
            path, service = "", "blob"
        return self.server.log.begin(
            verb=request.verb,
            target=request.target,
            path=path,
            operation=self.server.service.operation(request),
            service=service,
        )

    def _with_body(self, request: Request) -> Request:
        text = request.header("content-length")
        if not text.isdigit() or int(text) == 0:
            self.close_connection |= bool(request.header("transfer-encoding"))
            if request.verb == "PUT" and request.header("x-ms-blob-type") and text == "0":
                return replace(request, body=self._receive(request, 0))
            return request
        try:
            return replace(request, body=self._receive(request, int(text)), length=int(text))
        except EOFError:
            self.close_connection = True
            raise

    def _receive(self, request: Request, length: int) -> Received:
        return self.server.service.state.extents.receive(
            self.rfile,
            length,
            md5=bool(request.header("content-md5") or request.header("x-ms-blob-type")),
            crc=bool(request.header("x-ms-content-crc64")),
        )

    # -- work --------------------------------------------------------------------------------------

    def _apply(self, request: Request, fault: Fault) -> Answer:
        service = self.server.service
        answer = service.answer(request) if fault.applied else Answer(status=500)
        if fault.lose and not answer.code:
            service.state.node(request).content.cut(fault.lose)
        return refusal(fault.error, request.service) if fault.error else answer

    # -- out ---------------------------------------------------------------------------------------

    def _send(self, answer: Answer, fault: Fault) -> int:
        body = b"".join(part.read() for part in answer.slices) if _tampers(fault) else answer.body
        slices = () if _tampers(fault) else answer.slices
        if fault.corrupt and body:
            body = bytes([body[0] ^ 0xFF]) + body[1:]
        if fault.shorten:
            body = body[: -fault.shorten]
        length = answer.length if slices or self.command == "HEAD" else len(body)
        self.connection.sendall(self._head(answer, length))
        if self.command == "HEAD" or answer.status == HTTPStatus.NOT_MODIFIED:
            return 0
        if fault.truncate is not None:
            self.connection.sendall(body[: fault.truncate])
            self.close_connection = True
            return fault.truncate
        if slices:
            send(slices, self.connection.fileno())
        elif body:
            self.connection.sendall(body)
        return length

    def _head(self, answer: Answer, length: int) -> bytes:
        headers = {
            "Server": "Windows-Azure-HDFS/1.0",
            "Date": http_date(self.server.service.state.clock.now()),
            "x-ms-request-id": str(uuid.uuid4()),
            "x-ms-version": self.headers.get("x-ms-version", ""),
            "x-ms-client-request-id": self.headers.get("x-ms-client-request-id", ""),
            **answer.headers,
            "Content-Length": str(length),
        }
        if self.close_connection:
            headers["Connection"] = "close"
        lines = [f"HTTP/1.1 {answer.status} {_reason(answer.status)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        os.close(self.connection.detach())
        self.close_connection = True


def _tampers(fault: Fault) -> bool:
    return fault.corrupt or bool(fault.shorten) or fault.truncate is not None


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
