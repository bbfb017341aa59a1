"""Which operation of the REST API a request asks for, and what a signature must grant for it."""

from __future__ import annotations

from dataclasses import dataclass

from adls_server.answers import Refused
from adls_server.request import Request
from adls_server.sas import SAS_NAMES

__all__ = ["Operation", "operation_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of the API."""

    name: str  # as the request log and fault scripts call it
    permission: str  # letters of a shared access signature, one of which is needed
    level: str  # s: the account, c: a file system, o: a path
    query: frozenset[str] = frozenset()  # parameters it knows
    body: bool = False
    write: bool = True


def _op(
    name: str, permission: str, level: str, query: str = "", *, body: bool = False, write: bool = True
) -> Operation:
    return Operation(
        name=name,
        permission=permission,
        level=level,
        query=frozenset(query.split()),
        body=body,
        write=write,
    )


ACCOUNT = _op("list-file-systems", "l", "s", "comp include prefix marker maxresults", write=False)
CREATE_FS = _op("create-file-system", "cw", "c", "restype resource")
DELETE_FS = _op("delete-file-system", "d", "c", "restype resource")
FS_PROPERTIES = _op("file-system-properties", "r", "c", "restype resource", write=False)
LIST_PATHS = _op(
    "list-paths", "l", "c", "resource recursive directory maxResults continuation upn", write=False
)
LIST_BLOBS = _op(
    "list-blobs", "l", "c", "restype comp prefix delimiter marker maxresults include showonly", write=False
)
CREATE = _op("create", "cw", "o", "resource mode")
RENAME = _op("rename", "cw", "o", "mode")
APPEND = _op("append", "w", "o", "action position flush", body=True)
FLUSH = _op("flush", "w", "o", "action position retainUncommittedData close")
SET_PROPERTIES = _op("set-properties", "w", "o", "action")
DELETE = _op("delete", "d", "o", "recursive continuation paginated")
LEASE = _op("lease", "w", "o", "comp")
PUT_BLOB = _op("put-blob", "cw", "o", body=True)
SET_METADATA = _op("set-metadata", "w", "o", "comp")
SET_HEADERS = _op("set-headers", "w", "o", "comp")
PROPERTIES = _op("properties", "r", "o", "action upn", write=False)
READ = _op("read", "r", "o", write=False)


def operation_of(request: Request) -> Operation:
    """The operation; raises where there is none, or where it does not know a parameter."""
    find = _account if not request.file_system else _path if request.path else _file_system
    operation = find(request)
    if operation is None:
        raise Refused("UnsupportedHttpVerb", f"{request.verb} with {sorted(request.query)}")
    unknown = set(request.query) - operation.query - SAS_NAMES - {"timeout"}
    if unknown:
        raise Refused("UnsupportedQueryParameter", ", ".join(sorted(unknown)))
    return operation


def _account(request: Request) -> Operation | None:
    return ACCOUNT if request.verb == "GET" and request.query.get("comp") == "list" else None


def _file_system(request: Request) -> Operation | None:
    comp = request.query.get("comp")
    if request.service == "blob":
        if request.query.get("restype") != "container" or comp not in (None, "list"):
            return None
        if comp == "list":
            return LIST_BLOBS if request.verb == "GET" else None
    elif request.query.get("resource") != "filesystem":
        return None
    elif request.verb == "GET":
        return LIST_PATHS
    return {"PUT": CREATE_FS, "DELETE": DELETE_FS, "HEAD": FS_PROPERTIES, "GET": FS_PROPERTIES}.get(
        request.verb
    )


def _path(request: Request) -> Operation | None:
    return _dfs_path(request) if request.service == "dfs" else _blob_path(request)


def _dfs_path(request: Request) -> Operation | None:
    action = request.query.get("action")
    match request.verb:
        case "PUT":
            if "x-ms-rename-source" in request.headers:
                return RENAME
            return CREATE if "resource" in request.query else None
        case "PATCH":
            found = {"append": APPEND, "flush": FLUSH, "setProperties": SET_PROPERTIES}.get(action or "")
            if found is None:
                raise Refused("UnsupportedQueryParameter", f"action={action}")
            return found
        case "HEAD":
            if action not in (None, "getStatus"):
                raise Refused("UnsupportedQueryParameter", f"action={action}")
            return PROPERTIES
        case verb:
            return {"DELETE": DELETE, "POST": LEASE, "GET": READ}.get(verb)


def _blob_path(request: Request) -> Operation | None:
    comp = request.query.get("comp")
    if request.verb == "PUT" and comp is not None:
        return {"lease": LEASE, "metadata": SET_METADATA, "properties": SET_HEADERS}.get(comp)
    if comp is not None:
        return None
    return {"PUT": PUT_BLOB, "HEAD": PROPERTIES, "GET": READ, "DELETE": DELETE}.get(request.verb)
