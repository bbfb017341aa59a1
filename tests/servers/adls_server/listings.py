"""What is in an account, a file system or a folder, page by page."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

from adls_server.answers import Answer, Refused
from adls_server.clock import http_date
from adls_server.request import Request
from adls_server.state import State
from adls_server.tree import Node, split

__all__ = ["list_blobs", "list_file_systems", "list_paths"]

FILETIME_EPOCH = 11644473600  # seconds from 1601 to 1970
Entry = tuple[str, Node]


def list_paths(state: State, request: Request) -> Answer:
    """DFS: the paths below a folder as JSON, with a continuation while there are more."""
    recursive = request.flag("recursive")
    if recursive is None:
        raise Refused("MissingRequiredQueryParameter", "recursive")
    file_system = state.file_system(request)
    folder = request.query.get("directory", "").removeprefix("/").removesuffix("/")
    if state.onelake is not None:
        folder = state.onelake.directory(request, folder)
    node = file_system.find(folder)
    if node is None:
        raise Refused("PathNotFound")
    if not node.folder:
        raise Refused("PathConflict", "directory is a file")
    scope = [request.file_system, folder, recursive]
    found, more = _page(
        file_system.below(folder, recursive=recursive),
        _after(request.query.get("continuation"), scope),
        _size(state, request, "maxResults"),
    )
    headers = {"Content-Type": "application/json;charset=utf-8", **file_system.root.stamp()}
    if more:
        headers["x-ms-continuation"] = _token(found, scope)
    body = json.dumps({"paths": [_told(path, node) for path, node in found]})
    return Answer(status=200, headers=headers, body=body.encode())


def list_blobs(state: State, request: Request) -> Answer:
    """Blob: names that begin with a prefix as XML, folders folded where the delimiter is ``/``."""
    delimiter, prefix = request.query.get("delimiter", ""), request.query.get("prefix", "")
    if delimiter not in ("", "/"):
        raise Refused("InvalidQueryParameterValue", "the delimiter is / where the namespace is hierarchical")
    unknown = set(filter(None, request.query.get("include", "").split(","))) - {"metadata"}
    if unknown:
        raise Refused("UnsupportedQueryParameter", f"include={','.join(sorted(unknown))}")
    folder = prefix.rpartition("/")[0]
    scope = [request.file_system, prefix, delimiter]
    entries = state.file_system(request).below(folder, recursive=not delimiter)
    found, more = _page(
        (entry for entry in entries if entry[0].startswith(prefix)),
        _after(request.query.get("marker"), scope),
        _size(state, request, "maxresults"),
    )
    marker = _token(found, scope) if more else ""
    blobs = "".join(_blob(path, node, folded=bool(delimiter)) for path, node in found)
    head = f"<Prefix>{escape(prefix)}</Prefix>" + (f"<Delimiter>{delimiter}</Delimiter>" if delimiter else "")
    return _xml(request, f"{head}<Blobs>{blobs}</Blobs>", marker)


def list_file_systems(state: State, request: Request) -> Answer:
    """Blob: the containers of the account as XML."""
    prefix, scope = request.query.get("prefix", ""), ["", request.query.get("prefix", "")]
    every = sorted(state.tree.file_systems.items())
    found, more = _page(
        ((name, file_system.root) for name, file_system in every if name.startswith(prefix)),
        _after(request.query.get("marker"), scope),
        _size(state, request, "maxresults"),
    )
    marker = _token(found, scope) if more else ""
    inside = "".join(
        f"<Container><Name>{name}</Name><Properties>{_stamp(node)}</Properties></Container>"
        for name, node in found
    )
    return _xml(request, f"<Containers>{inside}</Containers>", marker)


# -- pages -------------------------------------------------------------------------------------


def _page(entries: Iterable[Entry], after: list[str] | None, size: int) -> tuple[list[Entry], bool]:
    found: list[Entry] = []
    for path, node in entries:
        if after is not None and path.split("/") <= after:
            continue
        if len(found) == size:
            return found, True
        found.append((path, node))
    return found, False


def _size(state: State, request: Request, name: str) -> int:
    asked = request.number(name)
    if asked == 0:
        raise Refused("OutOfRangeQueryParameterValue", f"{name}=0")
    return min(asked or 5000, 5000, state.limits.page)


def _token(found: list[Entry], scope: Sequence[object]) -> str:
    return base64.urlsafe_b64encode(json.dumps([*scope, found[-1][0]]).encode()).decode()


def _after(token: str | None, scope: Sequence[object]) -> list[str] | None:
    """Behind which path to go on; raises for a token of another listing."""
    if not token:
        return None
    try:
        *told, path = json.loads(base64.urlsafe_b64decode(token))
    except (binascii.Error, ValueError):
        told, path = [], ""
    if told != list(scope):
        raise Refused("InvalidQueryParameterValue", "the continuation is not of this listing")
    return split(path)


# -- entries -----------------------------------------------------------------------------------


def _told(path: str, node: Node) -> dict[str, str]:
    told = {
        "name": path,
        "contentLength": str(node.content.length),
        "creationTime": str(int((node.created + FILETIME_EPOCH) * 10_000_000)),
        "etag": node.etag.strip('"'),
        "lastModified": http_date(node.modified),
        "owner": "$superuser",
        "group": "$superuser",
        "permissions": "rwxr-x---" if node.folder else "rw-r-----",
    }
    return {**told, "isDirectory": "true"} if node.folder else told


def _blob(path: str, node: Node, *, folded: bool) -> str:
    name = escape(path)
    if folded and node.folder:
        return f"<BlobPrefix><Name>{name}/</Name></BlobPrefix>"
    kind = "directory" if node.folder else "file"
    told = {**node.metadata, **({"hdi_isfolder": "true"} if node.folder else {})}
    metadata = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in told.items())
    return (
        f"<Blob><Name>{name}</Name><Properties>{_stamp(node)}<Content-Length>{node.content.length}</Content-Length>"
        f"<BlobType>BlockBlob</BlobType><ResourceType>{kind}</ResourceType>{_lease(node)}</Properties>"
        f"<Metadata>{metadata}</Metadata></Blob>"
    )


def _lease(node: Node) -> str:
    told = node.lease.headers()
    status, state = told["x-ms-lease-status"], told["x-ms-lease-state"]
    return f"<LeaseStatus>{status}</LeaseStatus><LeaseState>{state}</LeaseState>"


def _stamp(node: Node) -> str:
    return f"<Last-Modified>{http_date(node.modified)}</Last-Modified><Etag>{escape(node.etag)}</Etag>"


def _xml(request: Request, inside: str, marker: str) -> Answer:
    """The frame of a listing; clients take its MaxResults for the next page as well."""
    asked = "".join(
        f"<{told}>{escape(request.query[name])}</{told}>"
        for name, told in (("marker", "Marker"), ("maxresults", "MaxResults"))
        if request.query.get(name)
    )
    text = (
        f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults>{asked}{inside}'
        f"<NextMarker>{marker}</NextMarker></EnumerationResults>"
    )
    return Answer(status=200, headers={"Content-Type": "application/xml"}, body=text.encode())
