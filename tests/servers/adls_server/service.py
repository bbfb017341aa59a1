"""From a request to its answer: version, operation, rules of the account, permission, and then the work."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Callable
from dataclasses import replace

from adls_server import blobs, file_systems, listings, paths, updates
from adls_server.answers import Answer, Refused, refusal
from adls_server.headers import refuse_unsupported
from adls_server.operations import Operation, operation_of
from adls_server.request import Request
from adls_server.state import State

__all__ = ["Service"]

HANDLERS: dict[str, Callable[[State, Request], Answer]] = {
    "append": updates.append,
    "create": paths.create,
    "create-file-system": file_systems.create_file_system,
    "delete": paths.delete,
    "delete-file-system": file_systems.delete_file_system,
    "file-system-properties": file_systems.describe_file_system,
    "flush": updates.flush,
    "lease": updates.lease,
    "list-blobs": listings.list_blobs,
    "list-file-systems": listings.list_file_systems,
    "list-paths": listings.list_paths,
    "properties": blobs.get_properties,
    "put-blob": blobs.put_blob,
    "read": blobs.read,
    "rename": paths.rename,
    "set-headers": blobs.set_headers,
    "set-metadata": blobs.set_metadata,
    "set-properties": updates.set_properties,
}
OLDEST_VERSION = "2019-12-12"
VERSION = re.compile(r"\d{4}-\d{2}-\d{2}")


class Service:
    """Answers requests, one change at a time."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._lock = threading.Lock()

    def operation(self, request: Request) -> str:
        """What the request asks for, "" where that is nothing."""
        try:
            return operation_of(request).name
        except Refused:
            return ""

    def answer(self, request: Request) -> Answer:
        """Do it, or say in the endpoint's words why not."""
        try:
            return self._answer(request)
        except Refused as refused:
            return refusal(refused, _service(request))

    def lose(self, request: Request, by: int) -> None:
        """Let the file of a request lose its last bytes, as a broken service would."""
        rules = self.state.onelake
        with self._lock:
            self.state.node(rules.resolve(request) if rules else request).content.cut(by)

    def _answer(self, request: Request) -> Answer:
        self._check_version(request)
        operation = operation_of(request)
        self.state.gate.check(request, operation)
        _check_body(request, operation)
        rules = self.state.onelake
        if rules is None:
            return self._do(request, operation)
        rejected = rules.rejected(request)
        resolved = rules.resolve(rules.without_rejected(request))
        rules.check(resolved, operation.name)
        answer = self._do(resolved, operation)
        if operation.name == "list-paths":
            answer = rules.as_asked(request, answer)
        return replace(answer, headers={**answer.headers, **rejected})

    def _do(self, request: Request, operation: Operation) -> Answer:
        refuse_unsupported(request)
        with self._lock:
            return HANDLERS[operation.name](self.state, request)

    def _check_version(self, request: Request) -> None:
        version = request.header("x-ms-version") or request.query.get("sv", "")
        if not version:
            raise Refused("MissingRequiredHeader", "x-ms-version")
        known = OLDEST_VERSION <= version <= self.state.limits.newest_version
        if not VERSION.fullmatch(version) or not known:
            raise Refused("InvalidHeaderValue", f"x-ms-version: {version}")


def _check_body(request: Request, operation: Operation) -> None:
    if request.verb in ("PUT", "PATCH", "POST") and "content-length" not in request.headers:
        raise Refused("MissingContentLengthHeader")
    if operation.body and request.length > updates.LARGEST:
        raise Refused("RequestBodyTooLarge")
    if not operation.body and request.length:
        raise Refused("ContentLengthMustBeZero")
    if request.body is None:
        return
    _check_sum(request.header("content-md5"), request.body.md5, 16, "InvalidMd5", "Md5Mismatch")
    _check_sum(
        request.header("x-ms-content-crc64"), request.body.crc64, 8, "InvalidHeaderValue", "Crc64Mismatch"
    )


def _check_sum(told: str, found: bytes | None, size: int, invalid: str, mismatch: str) -> None:
    if not told:
        return
    try:
        expected = base64.b64decode(told, validate=True)
    except ValueError:
        expected = b""
    if len(expected) != size:
        raise Refused(invalid, told)
    if expected != found:
        raise Refused(mismatch)


def _service(request: Request) -> str:
    return request.service
