"""What all operations share: the tree, the bytes and the settings of one server."""

from __future__ import annotations

from dataclasses import dataclass, field

from adls_server.answers import Refused
from adls_server.auth import Gate
from adls_server.clock import Clock
from adls_server.extents import Extents
from adls_server.onelake import OneLake
from adls_server.request import Request
from adls_server.tree import FileSystem, Node, Tree

__all__ = ["Limits", "State"]


@dataclass(kw_only=True)
class Limits:
    """What a service may do at any time, and tests want it to do now."""

    page: int = 5000  # entries of a listing's page, however many are asked for
    delete_page: int | None = None  # paths that one request of a paginated delete looks at
    newest_version: str = "2026-10-06"  # of the REST API


@dataclass(frozen=True, kw_only=True)
class State:
    """One account."""

    clock: Clock
    tree: Tree
    extents: Extents
    gate: Gate
    limits: Limits = field(default_factory=Limits)
    onelake: OneLake | None = None  # its rules, where the account is OneLake

    def file_system(self, request: Request) -> FileSystem:
        found = self.tree.file_systems.get(request.file_system)
        if found is None:
            raise Refused("FilesystemNotFound" if request.service == "dfs" else "ContainerNotFound")
        return found

    def node(self, request: Request) -> Node:
        """What the path names; raises in the words of the endpoint."""
        found = self.file_system(request).find(request.path)
        if found is None:
            raise Refused("PathNotFound" if request.service == "dfs" else "BlobNotFound")
        return found
