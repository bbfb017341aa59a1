"""One connection: read its requests, let faults happen, send the answers."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

from adls_server.answers import Answer, Refused, refusal
from adls_server.extents import Received, send
from adls_server.faults import Fault
from adls_server.log import Exchange
from adls_server.request import Request
from adls_server.sending import head, send_slowly, tampered

if TYPE_CHECKING:
    from adls_server.front import Front

__all__ = ["Handler"]

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: send RST at close


class Handler(BaseHTTPRequestHandler):
    """Requests of one client, one after the other."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Front

    def answer(self) -> None:
        request = self._request()
        exchange = self._begin(request)
        fault = self.server.faults.take(exchange.index, exchange.operation, exchange.verb, exchange.path)
        with self.server.working():
            self._answer(request, exchange, fault or Fault(name=""))

    do_GET = do_HEAD = do_PUT = do_PATCH = do_POST = do_DELETE = answer  # noqa: N815  # names of http.server

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on stderr: there is a request log."""

    def _answer(self, request: Request, exchange: Exchange, fault: Fault) -> None:
        exchange.fault = fault.name
        if fault.reset and not fault.applied:
            self._reset()
            return
        try:
            request = self._with_body(request)
        except Refused as refused:
            answer = refusal(refused, exchange.service)
        else:
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

    # -- in ----------------------------------------------------------------------------------------

    def _request(self) -> Request:
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            known = headers.get(name.lower())
            headers[name.lower()] = value.strip() if known is None else f"{known},{value.strip()}"
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
        """The request with its body, which is on disk then."""
        with self._last_one():
            text = request.header("content-length")
            if request.header("transfer-encoding"):
                raise Refused("MissingContentLengthHeader", "a body in chunks is not taken")
            if text and not (text.isascii() and text.isdigit()):
                raise Refused("InvalidHeaderValue", f"Content-Length: {text}")
            length = int(text or 0)
            if not length and not request.header("x-ms-blob-type"):
                return request
            return replace(request, body=self._receive(request, length), length=length)

    @contextlib.contextmanager
    def _last_one(self) -> Iterator[None]:
        """Where a body was not read to its end, nothing that follows on the connection can be read."""
        try:
            yield
        except (EOFError, Refused):
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
            service.lose(request, fault.lose)
        return refusal(fault.error, request.service) if fault.error else answer

    # -- out ---------------------------------------------------------------------------------------

    def _send(self, answer: Answer, fault: Fault) -> int:
        if answer.body or answer.slices:
            answer = tampered(answer, fault)
        length = answer.length if answer.slices or self.command == "HEAD" else len(answer.body)
        if fault.truncate is not None:
            self.close_connection = True
        now = self.server.service.state.clock.now()
        self.connection.sendall(head(answer, length, self.headers, now, last=self.close_connection))
        if self.command == "HEAD" or answer.status == HTTPStatus.NOT_MODIFIED:
            return 0
        body = answer.body[: fault.truncate]
        if answer.slices:
            send(answer.slices, self.connection.fileno())
        elif fault.drip:
            send_slowly(self.connection, body, fault.drip, self.server.closing)
        elif body:
            self.connection.sendall(body)
        return length if fault.truncate is None else len(body)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        os.close(self.connection.detach())
        self.close_connection = True
