"""The changes that a process made to a folder, as steps that can be taken again, all or some of them.

Read from a trace of system calls. Files and folders are numbered, so a step means the same whether or
not those before it were taken. `Recording.disk` after all steps has to equal the folder itself: that
proves that nothing went by unseen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hygge.testing.system_calls import Call

__all__ = ["Cut", "Disk", "Name", "Recording", "Step", "Sync", "Write", "record"]

ROOT = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Bytes put into a file."""

    node: int
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A file made shorter or longer."""

    node: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """Names changed in one step: each a folder, a name in it, and what it leads to from now on."""

    changes: tuple[tuple[int, str, int | None], ...]  # None: nothing any more

    @property
    def folders(self) -> frozenset[int]:
        """The folders whose names change."""
        return frozenset(folder for folder, _, _ in self.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sync:
    """What was done to this file, or to the names in this folder, is on the disk."""

    node: int


Step = Write | Cut | Name | Sync


@dataclass(slots=True)
class Disk:
    """Files and folders by number; ``files`` maps a file to its bytes, ``folders`` to its names."""

    files: dict[int, bytearray] = field(default_factory=dict)
    folders: dict[int, dict[str, int]] = field(default_factory=dict)
    origins: dict[int, Path] = field(default_factory=dict)  # of files that nobody has changed

    def copy(self) -> Disk:
        """One that changes for itself."""
        return Disk(
            {node: bytearray(data) for node, data in self.files.items()},
            {node: dict(names) for node, names in self.folders.items()},
            dict(self.origins),
        )

    def take(self, step: Step) -> None:
        """Change as the step says."""
        if isinstance(step, Write):
            self.origins.pop(step.node, None)
            data = self.files[step.node]
            data.extend(bytes(max(0, step.offset - len(data))))
            data[step.offset : step.offset + len(step.data)] = step.data
        elif isinstance(step, Cut):
            self.origins.pop(step.node, None)
            data = self.files[step.node]
            del data[step.size :]
            data.extend(bytes(step.size - len(data)))
        elif isinstance(step, Name):
            for folder, name, node in step.changes:
                if node is None:
                    self.folders[folder].pop(name, None)
                else:
                    self.folders[folder][name] = node

    def find(self, path: str) -> int | None:
        """What a path leads to."""
        node = ROOT
        for part in [part for part in path.split("/") if part]:
            if part not in self.folders.get(node, {}):
                return None
            node = self.folders[node][part]
        return node

    def tree(self, node: int = ROOT, path: str = "") -> Iterator[tuple[str, int]]:
        """Every path below a folder, parents first; what no name leads to is not there."""
        for name, child in sorted(self.folders[node].items()):
            yield f"{path}{name}", child
            if child in self.folders:
                yield from self.tree(child, f"{path}{name}/")

    def content(self) -> Mapping[str, bytes | None]:
        """All files by path; None is a folder."""
        return {path: None if node in self.folders else bytes(self.files[node]) for path, node in self.tree()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A folder as it was (all of it on the disk) and what was done to it, in order."""

    start: Disk
    steps: Sequence[Step]

    def disk(self) -> Disk:
        """The folder after all steps."""
        disk = self.start.copy()
        for step in self.steps:
            disk.take(step)
        return disk


def record(folder: Path, root: str, calls: Iterable[Call]) -> Recording:
    """The recording of calls that were made below ``root`` when it was what ``folder`` is now."""
    start = _read(folder)
    tape = _Tape(start.copy(), root)
    for call in calls:
        if call.result is not None and call.result >= 0:
            tape.see(call)
    for node in tape.disk.folders.keys() - start.folders.keys():
        start.folders[node] = {}
    for node in tape.disk.files.keys() - start.files.keys():
        start.files[node] = bytearray()
    return Recording(start=start, steps=tape.steps)


def _read(folder: Path) -> Disk:
    disk = Disk(folders={ROOT: {}})
    nodes = {folder: ROOT}
    for number, path in enumerate(sorted(folder.rglob("*")), ROOT + 1):
        nodes[path] = number
        disk.folders[nodes[path.parent]][path.name] = number
        if path.is_dir():
            disk.folders[number] = {}
        else:
            disk.files[number] = bytearray(path.read_bytes())
            disk.origins[number] = path
    return disk


class _Tape:
    """Follows handles and names from call to call."""

    def __init__(self, disk: Disk, root: str) -> None:
        self.disk = disk
        self.steps: list[Step] = []
        self._root = root.rstrip("/")
        self._handles: dict[int, int] = {}
        self._offsets: dict[int, int] = {}

    def see(self, call: Call) -> None:
        see = getattr(self, f"_{call.name.removesuffix('at2').removesuffix('at')}", None)
        if see is not None:
            see(call)
        elif any(self._inside(path) for path in call.paths()):
            raise ValueError(f"a recording cannot follow {call}")

    # -- handles ---------------------------------------------------------------------------------

    def _open(self, call: Call) -> None:
        assert call.result is not None
        self._close_handle(call.result)
        (path,), flags = call.paths(), call.arguments[2]
        if not self._inside(path):
            return
        node = None if "O_TMPFILE" in flags else self.disk.find(self._below(path))
        if node is None:
            node = self._new_file()
            if "O_TMPFILE" not in flags:
                self._name((path, node))
        elif "O_TRUNC" in flags and self.disk.files[node]:
            self._take(Cut(node=node, size=0))
        self._handles[call.result] = node
        self._offsets[call.result] = 0

    def _close(self, call: Call) -> None:
        self._close_handle(self._number(call))

    def _close_handle(self, handle: int) -> None:
        self._handles.pop(handle, None)
        self._offsets.pop(handle, None)

    def _lseek(self, call: Call) -> None:
        if self._node(call) is not None and call.result is not None:
            self._offsets[self._number(call)] = call.result

    # -- contents --------------------------------------------------------------------------------

    def _write(self, call: Call) -> None:
        node, handle = self._node(call), self._number(call)
        if node is not None and call.result:
            offset = self._offsets[handle]
            self._take(Write(node=node, offset=offset, data=call.data(1)[: call.result]))
            self._offsets[handle] = offset + call.result

    def _pwrite64(self, call: Call) -> None:
        node = self._node(call)
        if node is not None and call.result:
            self._take(Write(node=node, offset=int(call.arguments[3]), data=call.data(1)[: call.result]))

    def _ftruncate(self, call: Call) -> None:
        node = self._node(call)
        if node is not None:
            self._take(Cut(node=node, size=int(call.arguments[1])))

    def _fsync(self, call: Call) -> None:
        node = self._node(call)
        if node is not None:
            self._take(Sync(node=node))

    _fdatasync = _fsync

    # -- names -----------------------------------------------------------------------------------

    def _mkdir(self, call: Call) -> None:
        (path,) = call.paths()
        if self._inside(path):
            node = self._new_number()
            self.disk.folders[node] = {}
            self._name((path, node))

    def _rmdir(self, call: Call) -> None:
        self._unlink(call)

    def _unlink(self, call: Call) -> None:
        (path,) = call.paths()
        if self._inside(path):
            self._name((path, None))

    def _rename(self, call: Call) -> None:
        source, target = call.paths()
        if not self._inside(source):
            return
        moved, there = self.disk.find(self._below(source)), self.disk.find(self._below(target))
        exchanged = call.name == "renameat2" and "RENAME_EXCHANGE" in call.arguments[4]
        self._name((source, there if exchanged else None), (target, moved))

    def _link(self, call: Call) -> None:
        source, target = call.paths()
        if not self._inside(target):
            return
        if source.startswith("/proc/self/fd/"):
            node: int | None = self._handles[int(source.rpartition("/")[2])]
        else:
            node = self.disk.find(self._below(source))
        self._name((target, node))

    # -- parts -----------------------------------------------------------------------------------

    def _name(self, *changes: tuple[str, int | None]) -> None:
        found = []
        for path, node in changes:
            parent, _, name = self._below(path).rpartition("/")
            folder = self.disk.find(parent)
            assert folder is not None, path
            found.append((folder, name, node))
        self._take(Name(changes=tuple(found)))

    def _take(self, step: Step) -> None:
        self.disk.take(step)
        self.steps.append(step)

    def _node(self, call: Call) -> int | None:
        return self._handles.get(self._number(call)) if self._inside(call.path(0)) else None

    def _number(self, call: Call) -> int:
        return int(call.arguments[0].partition("<")[0])

    def _new_file(self) -> int:
        node = self._new_number()
        self.disk.files[node] = bytearray()
        return node

    def _new_number(self) -> int:
        return max([*self.disk.files, *self.disk.folders]) + 1

    def _inside(self, path: str) -> bool:
        return path == self._root or path.startswith(f"{self._root}/")

    def _below(self, path: str) -> str:
        return path[len(self._root) + 1 :]
