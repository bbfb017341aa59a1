"""DFS: append to a file, flush it, and set its properties."""

from __future__ import annotations

from adls_server.answers import Answer, Refused
from adls_server.conditions import CONDITIONS, check_conditions
from adls_server.headers import dfs_metadata, properties
from adls_server.leases import lease_operation
from adls_server.request import Request
from adls_server.state import State
from adls_server.tree import Node

__all__ = ["append", "flush", "lease", "set_properties"]

LARGEST = 4000 << 20  # bytes of one append


def append(state: State, request: Request) -> Answer:
    """Keep a body for its position, seen by nobody; with flush=true, seen at once."""
    node = _writable(state, request)
    position = _position(request)
    conditions = [name for name in CONDITIONS if request.header(name)]
    if conditions:
        raise Refused("UnsupportedHeader", f"{', '.join(conditions)}, in an append")
    if request.body is None or not request.length:
        raise Refused("InvalidHeaderValue", "Content-Length of an append is greater than 0")
    node.content.append(position, request.body.extent)
    if request.flag("flush"):
        node.content.flush(position + request.length)
        _changed(node, request)
    return Answer(
        status=202, headers={**_checksums(request), **(node.stamp() if request.flag("flush") else {})}
    )


def flush(state: State, request: Request) -> Answer:
    """Make what was appended visible, up to a position that must be its end."""
    node = _writable(state, request)
    if request.length:
        raise Refused("ContentLengthMustBeZero")
    position = _position(request)
    check_conditions(request.headers, node)
    request.flag("close")
    node.content.flush(position, retain=bool(request.flag("retainUncommittedData")))
    _changed(node, request)
    return Answer(status=200, headers={**node.stamp(), "x-ms-request-server-encrypted": "true"})


def set_properties(state: State, request: Request) -> Answer:
    """Replace all metadata by that of x-ms-properties."""
    node = state.node(request)
    if request.length:
        raise Refused("ContentLengthMustBeZero")
    check_conditions(request.headers, node)
    node.lease.check_write(request.header("x-ms-lease-id"))
    node.metadata = dfs_metadata(request)
    node.properties |= properties(request)
    node.touch()
    return Answer(status=200, headers=node.stamp())


def lease(state: State, request: Request) -> Answer:
    """Acquire, renew, change, release or break the lease of a path."""
    node = state.node(request)
    check_conditions(request.headers, node)
    status, headers = lease_operation(node.lease, request.headers)
    return Answer(status=status, headers={**node.stamp(), **headers})


def _writable(state: State, request: Request) -> Node:
    node = state.node(request)
    if node.folder:
        raise Refused("PathConflict", "data is appended to files only")
    if request.header("x-ms-lease-action"):
        raise Refused("UnsupportedHeader", "x-ms-lease-action, in an update")
    node.lease.check_write(request.header("x-ms-lease-id"))
    return node


def _position(request: Request) -> int:
    position = request.number("position")
    if position is None:
        raise Refused("MissingRequiredQueryParameter", "position")
    return position


def _changed(node: Node, request: Request) -> None:
    node.properties.pop("Content-MD5", None)  # it was that of the content before
    node.properties |= properties(request)
    node.touch()


def _checksums(request: Request) -> dict[str, str]:
    names = {"content-md5": "Content-MD5", "x-ms-content-crc64": "x-ms-content-crc64"}
    return {told: request.header(name) for name, told in names.items() if request.header(name)}
