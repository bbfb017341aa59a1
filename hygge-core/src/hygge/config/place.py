"""Where something stands in a configuration file, and the values that know their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Node", "Place", "Source", "follow", "hide", "plain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file, or the ``--set`` options of a command line, one a line."""

    name: str
    lines: tuple[str, ...] = ()
    hidden: set[Place] = field(default_factory=set, compare=False)
    """Where secrets stand in plain text; no problem of this source shows them."""

    @property
    def start(self) -> Place:
        """The first character."""
        return Place(self, 1, 1)


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of one line; line and column count from 1, in characters."""

    source: Source
    line: int
    column: int
    width: int = 1

    @property
    def text(self) -> str:
        """The whole line."""
        return self.source.lines[self.line - 1] if self.line <= len(self.source.lines) else ""

    @property
    def marked(self) -> str:
        """What stands here, as the file has it."""
        return self.text[self.column - 1 : self.column - 1 + self.width]


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its place: a scalar, a list of nodes, or a dict of nodes by key."""

    value: Any
    place: Place
    keys: Mapping[str, Place] = field(default_factory=dict)  # where the keys of a dict stand
    unquoted: bool = False
    template: str | None = None  # the text before interpolation, where that changed it
    faulty: bool = False  # its interpolation failed, and has been told

    def get(self, key: str) -> Node | None:
        """The node under ``key``; None where there is none or this is no mapping."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def key_place(self, key: str) -> Place:
        """Where ``key`` stands; the mapping's own place where it doesn't."""
        return self.keys.get(key, self.place)


def plain(node: Node) -> Any:
    """The value without places, as JSON knows it."""
    value = node.value
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def hide(node: Node) -> None:
    """Keep what stands at the node, and below it, out of every problem that is told from now on."""
    if isinstance(node.value, dict | list):
        for item in node.value.values() if isinstance(node.value, dict) else node.value:
            hide(item)
    else:
        node.place.source.hidden.add(node.place)


def follow(node: Node, path: Sequence[str | int]) -> Node:
    """The node at ``path``, as far as it goes."""
    for step in path:
        try:
            node = node.value[step]
        except (KeyError, IndexError, TypeError):
            return node
    return node
