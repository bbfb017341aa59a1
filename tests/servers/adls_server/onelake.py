"""What OneLake does otherwise: "OneLake and Azure Data Lake Storage (ADLS) Gen2 API parity".

A workspace is a file system, an item the first folder in it; both have a name and an id. They are made
in Fabric, here by `OneLake.workspace` and `OneLake.item`. The documentation has no codes for what is
refused; the ones used here are those of the closest documented case.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, field, replace

from adls_server.answers import Answer, Refused
from adls_server.request import Request
from adls_server.tree import Node, Tree

__all__ = ["OneLake"]

GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
REJECTED = (
    "x-ms-owner",
    "x-ms-group",
    "x-ms-permissions",
    "x-ms-umask",
    "x-ms-acl",
    "x-ms-encryption-key",
    "x-ms-encryption-key-sha256",
    "x-ms-encryption-algorithm",
    "x-ms-encryption-scope",
    "x-ms-access-tier",
)
MANAGED = 2  # an item and what is directly in it belong to Fabric
READS = {"properties", "read", "list-paths"}


@dataclass
class Workspace:
    """A workspace with its items, names by id."""

    name: str
    items: dict[str, str] = field(default_factory=dict)


class OneLake:
    """The workspaces of a tenant, and the rules for them."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._workspaces: dict[str, Workspace] = {}

    def workspace(self, name: str) -> str:
        """Make a workspace as Fabric does; its id."""
        guid = str(uuid.uuid4())
        self._workspaces[guid] = Workspace(name)
        self._tree.create(name)
        return guid

    def item(self, workspace: str, name: str, folders: tuple[str, ...] = ("Files", "Tables")) -> str:
        """Make an item (``sales.Lakehouse``) with its folders in a workspace of this id; its own id."""
        guid = str(uuid.uuid4())
        found = self._workspaces[workspace]
        found.items[guid] = name
        for folder in folders:
            self._tree.file_systems[found.name].put(f"{name}/{folder}", Node(self._tree, folder=True))
        return guid

    # -- requests ----------------------------------------------------------------------------------

    def resolve(self, request: Request) -> Request:
        """The request with workspace and item by name, however they were told."""
        if not request.file_system:
            return request
        workspace = self._workspace(request.file_system)
        return replace(request, resolved=(workspace.name, _named(workspace, request.path, _by_id(request))))

    def directory(self, request: Request, told: str) -> str:
        """The folder of a listing with the item by name; the request is a resolved one."""
        return _named(self._workspace(request.file_system), told, _by_id(request))

    def check(self, request: Request, operation: str) -> None:
        """Raise for what Fabric alone may do."""
        if not request.path and operation != "list-paths" and request.verb != "HEAD":
            raise Refused("UnsupportedHttpVerb", "workspaces and the tenant answer HEAD only")
        if operation not in READS and request.path:
            self.check_path(request)

    def check_path(self, request: Request) -> None:
        """Raise for a change to an item or to a folder directly in it."""
        if len(request.path.split("/")) <= MANAGED:
            raise Refused("AuthorizationPermissionMismatch", f"{request.path} is managed by Fabric")

    def as_asked(self, request: Request, answer: Answer) -> Answer:
        """A listing with ids for items, where the workspace was told by its id."""
        if not _by_id(request) or not answer.body or answer.code:
            return answer
        ids = {name: guid for guid, name in self._workspace(request.file_system).items.items()}
        told = json.loads(answer.body)
        for entry in told["paths"]:
            item, slash, rest = entry["name"].partition("/")
            entry["name"] = ids.get(item, item) + slash + rest
        return replace(answer, body=json.dumps(told).encode())

    def rejected(self, request: Request) -> dict[str, str]:
        """The header that names the headers which are passed over."""
        found = [name for name in REJECTED if request.header(name)]
        return {"x-ms-rejected-headers": ",".join(found)} if found else {}

    def without_rejected(self, request: Request) -> Request:
        kept = {name: value for name, value in request.headers.items() if name not in REJECTED}
        return replace(request, headers=kept)

    def _workspace(self, told: str) -> Workspace:
        for guid, workspace in self._workspaces.items():
            if told in (guid, workspace.name):
                return workspace
        raise Refused("FilesystemNotFound", told)


def _by_id(request: Request) -> bool:
    """Whether the client told the workspace by its id, whatever it was resolved to."""
    return bool(GUID.fullmatch(replace(request, resolved=None).file_system))


def _named(workspace: Workspace, path: str, by_id: bool) -> str:
    item, slash, rest = path.partition("/")
    if not item:
        return path
    if bool(GUID.fullmatch(item)) != by_id:
        raise Refused("FriendlyNameSupportDisabled")
    name = workspace.items.get(item.lower()) if by_id else item
    if name not in workspace.items.values():
        raise Refused("PathNotFound", f"item {item}")
    return f"{name}{slash}{rest}"
