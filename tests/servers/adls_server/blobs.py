"""Blob: properties, ranged reads, whole blobs, metadata and headers. DFS reads the same way."""

from __future__ import annotations

import base64
import hashlib
import re

from adls_server.answers import Answer, Refused
from adls_server.conditions import check_conditions
from adls_server.extents import Slice
from adls_server.headers import describe, metadata, properties
from adls_server.request import Request
from adls_server.state import State
from adls_server.tree import Node

__all__ = ["get_properties", "put_blob", "read", "set_headers", "set_metadata"]

RANGE = re.compile(r"bytes=(\d+)-(\d*)")
MD5_LIMIT = 4 << 20  # bytes of a range whose MD5 may be asked for


def get_properties(state: State, request: Request) -> Answer:
    """The headers of a read without its body."""
    node = state.node(request)
    check_conditions(request.headers, node, read=True)
    node.lease.check_read(request.header("x-ms-lease-id"))
    return Answer(status=200, headers=describe(node, request.service), length=node.content.length)


def read(state: State, request: Request) -> Answer:
    """The flushed bytes of a file, all or a range of them."""
    node = state.node(request)
    if node.folder:
        raise Refused("PathConflict", "a folder has no content")
    check_conditions(request.headers, node, read=True)
    node.lease.check_read(request.header("x-ms-lease-id"))
    headers, length = describe(node, request.service), node.content.length
    asked = request.header("x-ms-range") or request.header("range")
    if not asked:
        return Answer(status=200, headers=headers, slices=node.content.slices(0, length), length=length)
    start, end = _range(asked, length)
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{length}"
    slices = node.content.slices(start, end - start)
    whole = headers.pop("Content-MD5", None)  # of the whole file, which is not what is sent
    if whole:
        headers["x-ms-blob-content-md5" if request.service == "blob" else "x-ms-content-md5"] = whole
    if request.header("x-ms-range-get-content-md5").lower() == "true":
        headers["Content-MD5"] = _md5(slices, end - start)
    return Answer(status=206, headers=headers, slices=slices, length=end - start)


def put_blob(state: State, request: Request) -> Answer:
    """Make or replace a whole file in one request."""
    if request.header("x-ms-blob-type") != "BlockBlob":
        raise Refused("MissingRequiredHeader", "x-ms-blob-type: BlockBlob")
    if request.body is None:
        raise Refused("MissingContentLengthHeader")
    file_system = state.file_system(request)
    file_system.parent(request.path, make=False)
    node = file_system.find(request.path)
    check_conditions(request.headers, node, exists="BlobAlreadyExists")
    if node is not None and node.folder:
        raise Refused("PathConflict")
    if node is not None:
        state.gate.check_overwrite(request)
    else:
        node = Node(state.tree, folder=False)
        file_system.put(request.path, node)
    node.lease.check_write(request.header("x-ms-lease-id"))
    md5 = base64.b64encode(request.body.md5 or b"").decode()
    node.content.replace(request.body.extent)
    node.metadata = metadata(request)
    node.properties = {"Content-MD5": md5, **properties(request, "x-ms-blob-")}
    node.touch()
    return Answer(status=201, headers={**node.stamp(), "Content-MD5": md5})


def set_metadata(state: State, request: Request) -> Answer:
    """Replace all metadata by that of the request."""
    node = _changeable(state, request)
    node.metadata = metadata(request)
    node.touch()
    return Answer(status=200, headers=node.stamp())


def set_headers(state: State, request: Request) -> Answer:
    """Replace all properties by those of the request; what is not sent is cleared."""
    node = _changeable(state, request)
    node.properties = properties(request, "x-ms-blob-")
    node.touch()
    return Answer(status=200, headers=node.stamp())


def _changeable(state: State, request: Request) -> Node:
    node = state.node(request)
    check_conditions(request.headers, node)
    node.lease.check_write(request.header("x-ms-lease-id"))
    return node


def _range(text: str, length: int) -> tuple[int, int]:
    """Start and end of a range, cut to the file; raises where it begins behind the end."""
    found = RANGE.fullmatch(text)
    if found is None or (found[2] and int(found[2]) < int(found[1])):
        raise Refused("InvalidHeaderValue", f"a range is bytes=FIRST-LAST or bytes=FIRST-, not {text}")
    start = int(found[1])
    if start >= length:
        raise Refused("InvalidRange", headers={"Content-Range": f"bytes */{length}"})
    return start, min(length, int(found[2]) + 1) if found[2] else length


def _md5(slices: tuple[Slice, ...], length: int) -> str:
    if length > MD5_LIMIT:
        raise Refused("OutOfRangeInput", "the MD5 of a range is for 4 MiB at most")
    digest = hashlib.md5(b"".join(part.read() for part in slices), usedforsecurity=False)
    return base64.b64encode(digest.digest()).decode()
