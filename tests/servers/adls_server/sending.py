"""The bytes of an answer, and what faults make of them."""

from __future__ import annotations

import socket
import threading
import uuid
from collections.abc import Mapping
from dataclasses import replace
from email.message import Message
from http import HTTPStatus

from adls_server.answers import Answer
from adls_server.clock import http_date
from adls_server.faults import Fault

__all__ = ["head", "send_slowly", "tampered"]


def head(answer: Answer, length: int, asked: Message | Mapping[str, str], now: float, *, last: bool) -> bytes:
    """Status line and headers; ``asked`` are the headers of the request."""
    headers = {
        "Server": "Windows-Azure-HDFS/1.0",
        "Date": http_date(now),
        "x-ms-request-id": str(uuid.uuid4()),
        "x-ms-version": asked.get("x-ms-version", ""),
        "x-ms-client-request-id": asked.get("x-ms-client-request-id", ""),
        **answer.headers,
        "Content-Length": str(length),
    }
    if last:
        headers["Connection"] = "close"
    lines = [f"HTTP/1.1 {answer.status} {_reason(answer.status)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def tampered(answer: Answer, fault: Fault) -> Answer:
    """The answer with the body that the fault makes of it; as it is, where the fault leaves it alone."""
    if not (fault.corrupt or fault.shorten or fault.drip or fault.truncate is not None):
        return answer
    body = answer.body or b"".join(part.read() for part in answer.slices)
    if fault.corrupt:
        body = bytes([body[0] ^ 0xFF]) + body[1:]
    if fault.shorten:
        body = body[: -fault.shorten]
    return replace(answer, body=body, slices=())


def send_slowly(connection: socket.socket, body: bytes, seconds: float, closing: threading.Event) -> None:
    """Send byte after byte with a pause before each."""
    for byte in body:
        if closing.wait(seconds):
            return
        connection.sendall(bytes([byte]))


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
