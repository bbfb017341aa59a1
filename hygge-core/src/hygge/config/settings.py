"""``--set flow.path=value``: keys of a flow, replaced from the command line before anything is checked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hygge.config.place import Node, Place, Source
from hygge.config.problem import Problem, problem_at
from hygge.config.reader import read_text

__all__ = ["Setting", "apply_setting", "entity_at", "read_settings"]

_FORM = re.compile(r"(?P<flow>[^.=\s]+)\.(?P<path>[^=]*[^=.\s])\s*=(?P<value>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One ``--set``: where it goes and what it puts there."""

    flow: str
    path: tuple[str, ...]
    value: Node
    place: Place  # of flow.path


def read_settings(settings: Sequence[str], problems: list[Problem]) -> list[Setting]:
    """The settings; those of a wrong form go to ``problems``."""
    source = Source(name="--set", lines=tuple(settings))
    found = []
    for index, text in enumerate(settings):
        match = _FORM.fullmatch(text)
        if match is None:
            place = Place(source, index + 1, 1, len(text))
            remedy = "Write --set FLOW.KEY=VALUE, as in --set erp.home.path=/data/erp.db."
            problems.append(problem_at(place, "HYG100", "a setting of an unknown form", remedy))
            continue
        # blank lines and spaces put the value where it stands among the settings
        padded = "\n" * index + " " * match.start("value") + match["value"]
        value = read_text(padded, source.name, problems, lines=source.lines)
        if value is not None:
            if value.value is None and not match["value"].strip():
                value = Node(None, Place(source, index + 1, len(text) + 1))
            path = tuple(part.strip() for part in match["path"].split("."))
            place = Place(source, index + 1, 1, match.end("path"))
            found.append(Setting(flow=match["flow"], path=path, value=value, place=place))
    return found


def apply_setting(node: Node, setting: Setting, problems: list[Problem]) -> Node:
    """The flow or entity with the setting's value in its place."""
    return _put(node, setting.path, setting, problems)


def entity_at(path: Sequence[str], names: Sequence[object]) -> tuple[int, int] | None:
    """Which of the entities ``path`` begins with, and how many parts its name takes; names may hold dots."""
    for length in range(len(path), 0, -1):
        name = ".".join(path[:length])
        if name in names:
            return names.index(name), length
    return None


def _put(node: Node, path: Sequence[str], setting: Setting, problems: list[Problem]) -> Node:
    if not path:
        return setting.value
    if isinstance(node.value, list):
        return _put_entity(node, path, setting, problems)
    if not isinstance(node.value, dict):
        message = f"`{path[0]}` cannot be set in something that is no mapping"
        problems.append(problem_at(setting.place, "HYG105", message, "Set the key above it as a whole."))
        return node
    head = path[0]
    below = node.value.get(head, Node({}, setting.place))
    items = {**node.value, head: _put(below, path[1:], setting, problems)}
    return replace(node, value=items, keys={head: setting.place, **node.keys})


def _put_entity(node: Node, path: Sequence[str], setting: Setting, problems: list[Problem]) -> Node:
    names = [_name(item) for item in node.value]
    found = entity_at(path, names)
    if found is None:
        message = f"the list has no entry named `{path[0]}`"
        problems.append(problem_at(setting.place, "HYG105", message, "Name an entity of the flow."))
        return node
    index, length = found
    item = node.value[index]
    if isinstance(item.value, str):
        item = Node({"name": item}, item.place, {"name": item.place})
    items = list(node.value)
    items[index] = _put(item, path[length:], setting, problems)
    return replace(node, value=items)


def _name(item: Node) -> object:
    named = item.get("name")
    return named.value if named else item.value
