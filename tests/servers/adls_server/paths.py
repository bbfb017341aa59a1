"""DFS: create, rename and delete a path."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from adls_server.answers import Answer, Refused
from adls_server.conditions import check_conditions
from adls_server.headers import dfs_metadata, properties
from adls_server.leases import GUID, lease_duration
from adls_server.request import Request
from adls_server.state import State
from adls_server.tree import FileSystem, Node, split

__all__ = ["create", "delete", "rename"]


def create(state: State, request: Request) -> Answer:
    """Create a file or folder and its parents; what is there is replaced (a folder keeps what it holds)."""
    kind = request.query["resource"]
    if kind not in ("file", "directory"):
        raise Refused("InvalidQueryParameterValue", f"resource={kind}")
    file_system = state.file_system(request)
    file_system.parent(request.path, make=False)  # raises where a file is in the way
    before = file_system.find(request.path)
    check_conditions(request.headers, before, exists="PathAlreadyExists")
    if before is not None:
        state.gate.check_overwrite(request)
        if before.folder != (kind == "directory"):
            raise Refused("PathConflict")
        # The documentation says that the lease of what is overwritten is broken. Relying on that is
        # never meant, so it is refused as every other write is.
        before.lease.check_write(request.header("x-ms-lease-id"))
    made = Node(state.tree, folder=kind == "directory")
    made.metadata, made.properties = dfs_metadata(request), properties(request)
    if before is not None:
        made.lease, made.children = before.lease, before.children
        made.lease.written()
    _lease_at_birth(made, request)
    file_system.put(request.path, made)
    return Answer(status=201, headers={**made.stamp(), "x-ms-request-server-encrypted": "true"})


def rename(state: State, request: Request) -> Answer:
    """Move a file or folder in one step, over a file or an empty folder of the same type."""
    if request.query.get("mode", "posix") not in ("posix", "legacy"):
        raise Refused("InvalidQueryParameterValue", f"mode={request.query['mode']}")
    if request.header("x-ms-properties"):
        raise Refused("UnsupportedHeader", "x-ms-properties, in a rename")
    origin = source_of(request)
    state.gate.check_source(request, origin)
    if state.onelake is not None:
        origin = state.onelake.resolve(origin)
        state.onelake.check_path(origin)
    source = _source(state, request, origin)
    file_system = state.file_system(request)
    if file_system.parent(request.path, make=False) is None:
        raise Refused("RenameDestinationParentPathNotFound")
    target = file_system.find(request.path)
    check_conditions(request.headers, target, exists="PathAlreadyExists")
    if (request.file_system, *split(request.path))[: len(split(origin.path)) + 1] == (
        origin.file_system,
        *split(origin.path),
    ):
        if target is source:
            raise Refused("PathAlreadyExists", "source and destination are one")
        raise Refused("InvalidRenameSourcePath")
    if target is not None:
        state.gate.check_overwrite(request)
        _check_target(source, target, request)
    state.tree.file_systems[origin.file_system].take(origin.path)
    file_system.put(request.path, source)
    # As the service does it, a rename keeps ETag and time of what is renamed; a lease stays behind.
    source.lease.drop()
    return Answer(status=201, headers={"x-ms-request-server-encrypted": "true"})


def source_of(request: Request) -> Request:
    """The source of a rename as a request of its own, which is how it is authorized."""
    text = request.header("x-ms-rename-source")
    if not text.startswith("/") or text.count("/") < 2:
        raise Refused("InvalidSourceUri", text)
    path, _, sas = text.partition("?")
    if not path.isascii() or quote(path, safe="/%!$&'()*+,;=:@-._~") != path:
        raise Refused("InvalidSourceUri", f"not percent-encoded: {path}")
    account = "" if request.secure else f"/{request.account}"
    return replace(request, target=account + path + (f"?{sas}" if sas else ""), resolved=None)


def delete(state: State, request: Request) -> Answer:
    """Delete a file, or a folder: with all it holds if recursive, else only if it is empty."""
    file_system = state.file_system(request)
    node = state.node(request)
    check_conditions(request.headers, node)
    node.lease.check_write(request.header("x-ms-lease-id"))
    recursive = request.flag("recursive")
    if node.folder and not recursive:
        if node.children:
            raise Refused("DirectoryNotEmpty")
        if recursive is None and request.service == "dfs":
            raise Refused("MissingRequiredQueryParameter", "recursive, for a directory")
    _check_nothing_leased(node)
    more = _continued(state, request, node)
    if more:
        return Answer(status=200, headers={"x-ms-continuation": more})
    file_system.take(request.path)
    return Answer(status=200 if request.service == "dfs" else 202)


def _continued(state: State, request: Request, node: Node) -> str:
    """The continuation of a paginated delete, "" when all has been looked at."""
    if request.flag("paginated") and not request.flag("recursive"):
        raise Refused("InvalidQueryParameterValue", "paginated without recursive")
    done = request.number("continuation") or 0
    page = state.limits.delete_page
    if page is None or not request.flag("paginated") or done + page >= sum(1 for _ in node.walk()):
        return ""
    return str(done + page)


def _source(state: State, request: Request, origin: Request) -> Node:
    file_system: FileSystem | None = state.tree.file_systems.get(origin.file_system)
    found = file_system.find(origin.path) if file_system and origin.path else None
    if found is None:
        raise Refused("SourcePathNotFound")
    check_conditions(request.headers, found, prefix="x-ms-source-")
    found.lease.check_write(request.header("x-ms-source-lease-id"))
    _check_nothing_leased(found)
    return found


def _check_target(source: Node, target: Node, request: Request) -> None:
    if source.folder != target.folder:
        raise Refused("InvalidSourceOrDestinationResourceType")
    if target.children:
        raise Refused("PathAlreadyExists", "the destination is a folder that is not empty")
    target.lease.check_write(request.header("x-ms-lease-id"))


def _check_nothing_leased(node: Node) -> None:
    """What is below a folder and leased keeps the folder where it is; not documented, so refused."""
    if any(below.lease.locked for below in node.walk() if below is not node):
        raise Refused("LeaseIdMissing", "something below the folder is leased")


def _lease_at_birth(made: Node, request: Request) -> None:
    proposed, duration = request.header("x-ms-proposed-lease-id"), request.header("x-ms-lease-duration")
    if not proposed and not duration:
        return
    if not proposed or not duration:
        raise Refused("MissingRequiredHeader", "x-ms-proposed-lease-id and x-ms-lease-duration go together")
    if not GUID.fullmatch(proposed):
        raise Refused("InvalidHeaderValue", f"not a lease id: {proposed}")
    made.lease.acquire(proposed, lease_duration(duration))
