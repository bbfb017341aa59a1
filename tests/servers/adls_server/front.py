"""HTTP: the listening socket, its connections, and what is under way on them.

`http.server` with a thread for each connection. An ASGI server would parse and schedule in Python as
well, and copy every byte through its queues; here bodies go from the socket into a file in pieces of
1 MiB, and back by sendfile, both without the interpreter's lock. What is left is about half a
millisecond a request.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from typing import Any

from adls_server.faults import Fault, FaultScript
from adls_server.handler import Handler
from adls_server.log import RequestLog
from adls_server.service import Service

__all__ = ["Front"]


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
