"""The hierarchical namespace: file systems, folders and files, with one lock around all of them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping

from adls_server.answers import Refused
from adls_server.clock import Clock, http_date
from adls_server.content import Content
from adls_server.leases import Lease

__all__ = ["FileSystem", "Node", "Tree", "split"]

NAME = re.compile(r"[$a-z0-9](?!.*--)[-a-z0-9]{1,61}[a-z0-9]")
DEEPEST = 63  # directories, where the namespace is hierarchical
DELETION = 30  # seconds at least, until a deleted file system can be made again
LONGEST = 1024  # characters of a path


class Node:
    """A folder or a file."""

    def __init__(self, tree: Tree, *, folder: bool) -> None:
        self._tree = tree
        self.folder = folder
        self.children: dict[str, Node] = {}
        self.content = Content()
        self.lease = Lease(tree.clock)
        self.metadata: dict[str, str] = {}
        self.properties: dict[str, str] = {}  # content type and the like, by response header
        self.created = self.modified = tree.clock.now()
        self.etag = tree.next_etag()

    def touch(self) -> None:
        """It has changed: another ETag, another time."""
        self.modified = self._tree.clock.now()
        self.etag = self._tree.next_etag()
        self.lease.written()

    def stamp(self) -> dict[str, str]:
        return {"ETag": self.etag, "Last-Modified": http_date(self.modified)}

    def walk(self) -> Iterator[Node]:
        """Itself and all that is below."""
        yield self
        for child in self.children.values():
            yield from child.walk()


class FileSystem:
    """One file system, which the Blob endpoint calls a container."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.root = Node(tree, folder=True)

    def find(self, path: str) -> Node | None:
        node = self.root
        for name in split(path):
            child = node.children.get(name)
            if child is None:
                return None
            node = child
        return node

    def parent(self, path: str, *, make: bool) -> Node | None:
        """The folder of ``path``; made with its parents, or None. Raises where a file is in the way."""
        node = self.root
        for name in split(path)[:-1]:
            child = node.children.get(name)
            if child is None:
                if not make:
                    return None
                child = node.children[name] = Node(self._tree, folder=True)
            if not child.folder:
                raise Refused("PathConflict", name)
            node = child
        return node

    def put(self, path: str, node: Node) -> None:
        parent = self.parent(path, make=True)
        assert parent is not None
        parent.children[split(path)[-1]] = node

    def take(self, path: str) -> Node:
        parent = self.parent(path, make=False)
        assert parent is not None
        return parent.children.pop(split(path)[-1])

    def below(self, folder: str, *, recursive: bool) -> Iterator[tuple[str, Node]]:
        """What is in a folder, by name, a folder before what it holds."""
        node = self.find(folder)
        if node is not None:
            yield from _below(node, folder, recursive)


class Tree:
    """All file systems of the account."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.file_systems: dict[str, FileSystem] = {}
        self._deleted: dict[str, float] = {}  # until when a name can't be taken again
        self._etags = itertools.count(0x8DC0000000000)

    def next_etag(self) -> str:
        return f'"0x{next(self._etags):X}"'

    def create(
        self,
        name: str,
        metadata: Mapping[str, str] | None = None,
        being_deleted: str = "ContainerBeingDeleted",
    ) -> FileSystem | None:
        """A new file system, or None if there is one of this name."""
        if name in self.file_systems:
            return None
        if self.clock.now() < self._deleted.get(name, 0):
            raise Refused(being_deleted)
        made = self.file_systems[name] = FileSystem(self)
        made.root.metadata = dict(metadata or {})
        return made

    def delete(self, name: str) -> None:
        """Forget a file system; its name is free again only after a while."""
        del self.file_systems[name]
        self._deleted[name] = self.clock.now() + DELETION


def check_file_system_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise Refused("InvalidResourceName", name)


def split(path: str) -> list[str]:
    """The names of a path; raises where it is not one."""
    names = path.split("/") if path else []
    if len(path) > LONGEST or len(names) > DEEPEST or any(name in ("", ".", "..") for name in names):
        raise Refused("InvalidResourceName", path)
    return names


def _below(node: Node, prefix: str, recursive: bool) -> Iterator[tuple[str, Node]]:
    for name in sorted(node.children):
        child = node.children[name]
        path = f"{prefix}/{name}" if prefix else name
        yield path, child
        if recursive:
            yield from _below(child, path, recursive)
