"""The API over HTTP: whatever the network does is told as what has to happen next."""

from __future__ import annotations

import hashlib
import http.client
import json
from collections.abc import Mapping
from threading import Event
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from hygge.errors import CommitUnknown, NeedsUser, TransientError
from hygge.secrets import resolve

PAUSES = 5  # that the API may ask for at one page


class Missing(Exception):
    """There is nothing of that name."""


class Conflict(Exception):
    """It has another version than was expected; nothing was changed."""


class Lost(TransientError):
    """No whole answer came, or that of a service in trouble: it may have been carried out all the same."""


class Api:
    """One API; the engine knows when to try again, so a request is made once, but for those of `page`."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.url = config["url"].rstrip("/")
        self._token = resolve(config.get("token", ""))  # not before it is used, and never kept in an error
        self._timeout = config.get("timeout", 30)

    def get(self, *path: str, **query: Any) -> Any:
        """The JSON document; raises `Missing`."""
        return json.loads(self.get_bytes(*path, **query))

    def page(self, stopped: Event, *path: str, **query: Any) -> Any:
        """One part of a split, behind the pauses that the API asks for, until somebody has ``stopped`` it.

        An error would begin the whole split again, and a long one that is slowed down would never end.
        """
        for _ in range(PAUSES):
            try:
                return self.get(*path, **query)
            except TransientError as error:
                if not error.retry_after or stopped.wait(error.retry_after):
                    raise
        return self.get(*path, **query)

    def get_bytes(self, *path: str, **query: Any) -> bytes:
        return self._ask("GET", path, query=query)

    def put(self, *path: str, data: bytes) -> None:
        self._ask("PUT", path, body=data)

    def delete(self, *path: str) -> None:
        self._ask("DELETE", path)

    def commit(self, *path: str, document: Any, version: str) -> None:
        """Change a table that still has this version; raises `Conflict`.

        A lost answer is told as `CommitUnknown`: the engine asks for the receipt before it tries again.
        """
        try:
            self._ask("POST", path, body=json.dumps(document).encode(), headers={"If-Match": version})
        except Lost as error:
            raise CommitUnknown(error.message, remedy="The receipt says what became of it.") from error

    def _ask(
        self,
        method: str,
        path: tuple[str, ...],
        *,
        query: Mapping[str, Any] | None = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.netloc, timeout=self._timeout)
        place = "/".join([parts.path, *(quote(name, safe="") for name in path)])
        sent = {"Authorization": f"Bearer {self._token}", "Digest": digest(body), **(headers or {})}
        try:
            connection.request(method, f"{place}?{urlencode(query or {})}", body, sent)
            answer = connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise self._lost(method, place, type(error).__name__) from error
        finally:
            connection.close()
        self._judge(answer, method, place)
        if answer.headers["Digest"] != digest(data):  # a proxy that cut it short says nothing
            raise self._lost(method, place, "the answer is not whole")
        return data

    def _judge(self, answer: http.client.HTTPResponse, method: str, place: str) -> None:
        status = answer.status
        if status in (401, 403):
            raise NeedsUser(
                f"{self.url} refuses the token ({status})",
                code="HYG300",
                remedy="Correct `token`, or have it given the right to these tables.",
            )
        if status == 404:
            raise Missing(place)
        if status == 412:
            raise Conflict(place)
        if status == 429:  # it did nothing, and says how long it wants to be left alone
            asked = answer.headers.get("Retry-After", "0")
            raise TransientError(
                f"{self.url}: {method} {place}: too many requests",
                remedy="Run again later, or have fewer flows run at once.",
                retry_after=float(asked) if asked.isdigit() else 0,
            )
        if status >= 500:
            raise self._lost(method, place, f"it answered {status}")
        if status >= 400:
            raise NeedsUser(
                f"{self.url}: {method} {place}: it answered {status}",
                code="HYG300",
                remedy="Compare `url` with the API's documentation.",
            )

    def _lost(self, method: str, place: str, what: str) -> Lost:
        return Lost(f"{self.url}: {method} {place}: {what}", remedy="Run again later.")


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
