"""A client that sends exactly what it is told, signed, for the requests that no SDK makes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from urllib.parse import quote, urlsplit

__all__ = ["RawClient", "Reply"]

VERSION = "2025-01-05"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with its header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The error code, "" where all went well."""
        return self.headers.get("x-ms-error-code", "")

    @property
    def told(self) -> tuple[int, str]:
        return self.status, self.code


class RawClient:
    """Requests to one endpoint of an account; path-style where its address has a path."""

    def __init__(self, url: str, account: str, key: str) -> None:
        parts = urlsplit(url)
        self._host, self._prefix, self._secure = parts.netloc, parts.path, parts.scheme == "https"
        self._account, self._key = account, key

    def send(
        self,
        verb: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: bytes = b"",
        **headers: str,
    ) -> Reply:
        """Send one request; ``x_ms_lease_id`` is the header x-ms-lease-id, one of "" is left out."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"x-ms-version": VERSION, "x-ms-date": formatdate(time.time(), usegmt=True)}
        if verb not in ("GET", "HEAD", "DELETE"):
            sent["content-length"] = str(len(body))
        sent = {name: value for name, value in (sent | told).items() if value}
        target = f"{self._prefix}/{quote(path)}"
        sent.setdefault("authorization", self._authorization(verb, target, query or {}, sent))
        if sent["authorization"] == "none":
            del sent["authorization"]
        if query:
            target += "?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
        return self._exchange(verb, target, sent, body)

    def _exchange(self, verb: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = kind(self._host, timeout=30)
        try:
            connection.putrequest(verb, target, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders(body or None)
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, names, answer.read())
        finally:
            connection.close()

    def _authorization(
        self, verb: str, target: str, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> str:
        plain = (
            "content-encoding content-language content-length content-md5 content-type date "
            "if-modified-since if-match if-none-match if-unmodified-since range"
        )
        values = [headers.get(name, "") for name in plain.split()]
        values[2] = "" if values[2] == "0" else values[2]
        ours = [f"{name}:{headers[name]}" for name in sorted(headers) if name.startswith("x-ms-")]
        resource = f"/{self._account}{target}"
        asked = sorted(f"{name.lower()}:{value}" for name, value in query.items())
        text = "\n".join([verb, *values, *ours, resource, *asked])
        digest = hmac.new(base64.b64decode(self._key), text.encode(), hashlib.sha256).digest()
        return f"SharedKey {self._account}:{base64.b64encode(digest).decode()}"
