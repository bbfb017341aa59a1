"""Home and store over the service of `hygge_reference.service`: the same, with another place."""

from __future__ import annotations

import hashlib
import http.client
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from hygge.errors import CommitUnknown, NeedsUser, TransientError
from hygge.secrets import resolve
from hygge_reference.home import ReferenceHome
from hygge_reference.place import Conflict, Place
from hygge_reference.store import ReferenceStore

LATER = "Run again later."


class Lost(TransientError):
    """No answer, or that of a service in trouble: it may have been carried out all the same."""


class Service:
    """Objects behind HTTP; whatever the network does is told as what happens next."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._port: int = config["port"]
        self._token = resolve(config.get("token", ""))
        self._timeout: float = config.get("timeout", 30)

    def address(self) -> str:
        return f"reference://localhost:{self._port}"

    def get(self, name: str) -> tuple[bytes, str] | None:
        status, data, version = self._ask("GET", name)
        if status == 404:
            return None
        if hashlib.sha256(data).hexdigest() != version:
            raise _transient(f"{name} came incomplete")
        return data, version

    def put(self, name: str, data: bytes, version: str | None) -> None:
        try:
            status, _, written = self._ask("PUT", name, data, {"If-Match": version or "none"})
        except Lost as error:
            raise CommitUnknown(str(error), remedy="The receipt says what became of it.") from error
        if status == 412:
            raise Conflict(name)
        if written != hashlib.sha256(data).hexdigest():
            raise CommitUnknown(f"{name} was kept incomplete", remedy="The receipt says what became of it.")

    def replace(self, name: str, data: bytes) -> None:
        _, _, written = self._ask("PUT", name, data)
        if written != hashlib.sha256(data).hexdigest():
            raise _transient(f"{name} was kept incomplete")

    def delete(self, name: str) -> None:
        self._ask("DELETE", name)

    def names(self, prefix: str) -> Sequence[str]:
        _, data, version = self._ask("GET", "", headers={"Prefix": quote(prefix)})
        if hashlib.sha256(data).hexdigest() != version:
            raise _transient("the list of objects came incomplete")
        found: list[str] = json.loads(data)
        return found

    def _ask(
        self, method: str, name: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=self._timeout)
        asked = {"Authorization": self._token, **(headers or {})}
        if body is not None:
            asked["Digest"] = hashlib.sha256(body).hexdigest()
        try:
            connection.request(method, f"/{quote(name, safe='')}", body, asked)
            answer = connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Lost(f"the service: {method} {name}: {type(error).__name__}", remedy=LATER) from error
        finally:
            connection.close()
        if answer.status == 401:
            raise NeedsUser("the service refuses the token", code="HYG400", remedy="Correct `token`.")
        if answer.status == 429 or answer.status >= 500:
            kind = TransientError if answer.status == 429 else Lost
            asked = float(answer.headers["Retry-After"])
            said = f"the service: {method} {name}: it answered {answer.status}"
            raise kind(said, remedy=LATER, retry_after=asked)
        return answer.status, data, answer.headers.get("ETag", "")


class RemoteStore(ReferenceStore):
    def place(self) -> Place:
        return Service(self.config)


class RemoteHome(ReferenceHome):
    def place(self) -> Place:
        return Service(self.config)


def _transient(what: str) -> TransientError:
    return TransientError(f"the service: {what}", remedy=LATER)
