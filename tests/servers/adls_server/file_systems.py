"""Create, delete and describe a file system, at either endpoint."""

from __future__ import annotations

from adls_server.answers import Answer, Refused
from adls_server.conditions import check_conditions
from adls_server.headers import dfs_metadata, metadata
from adls_server.request import Request
from adls_server.state import State
from adls_server.tree import check_file_system_name

__all__ = ["create_file_system", "delete_file_system", "describe_file_system"]


def create_file_system(state: State, request: Request) -> Answer:
    check_file_system_name(request.file_system)
    dfs = request.service == "dfs"
    told = dfs_metadata(request) if dfs else metadata(request)
    being_deleted = "FilesystemBeingDeleted" if dfs else "ContainerBeingDeleted"
    made = state.tree.create(request.file_system, told, being_deleted)
    if made is None:
        raise Refused("FilesystemAlreadyExists" if dfs else "ContainerAlreadyExists")
    return Answer(status=201, headers={**made.root.stamp(), "x-ms-namespace-enabled": "true"})


def delete_file_system(state: State, request: Request) -> Answer:
    found = state.file_system(request)
    check_conditions(request.headers, found.root)
    state.tree.delete(request.file_system)
    return Answer(status=202)


def describe_file_system(state: State, request: Request) -> Answer:
    root = state.file_system(request).root
    told = {f"x-ms-meta-{name}": value for name, value in root.metadata.items()}
    return Answer(
        status=200,
        headers={**root.stamp(), **root.lease.headers(), "x-ms-namespace-enabled": "true", **told},
    )
