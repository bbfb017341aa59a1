"""What an entity says over what its flow says over what a connection says."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from hygge.config.place import Node, Place
from hygge.config.problem import Problem, problem_at

__all__ = ["Connection", "merge", "with_connection"]

ALTERNATIVES = ("table", "query")
"""Keys of a home that exclude each other: an entity's own wins over the inherited other."""


class Connection:
    """A connection of hygge.yml; its problems are those of the flows that use it."""

    def __init__(self, node: Node, problems: Sequence[Problem]) -> None:
        self.node = node
        self.problems = problems


def merge(layers: Sequence[Node], problems: list[Problem]) -> Node:
    """The mappings as one, key by key, later ones winning; it stands where the last one stands."""
    items: dict[str, Node] = {}
    keys: dict[str, Place] = {}
    for layer in layers:
        own = [key for key in ALTERNATIVES if key in layer.value]
        if len(own) > 1:
            place = layer.key_place(own[1])
            message = f"`{own[0]}` and `{own[1]}` exclude each other"
            problems.append(problem_at(place, "HYG114", message, "Keep one of them."))
        for key in ALTERNATIVES if own else ():
            items.pop(key, None)
        items |= layer.value
        keys |= layer.keys
    return Node(items, layers[-1].place, keys)


def with_connection(
    node: Node, connections: Mapping[str, Connection], problems: list[Problem]
) -> Node | None:
    """The home or store, its connection's keys under its own, ``type`` among them, and ``connection`` gone.

    None, with a problem, where the connection is not defined.
    """
    named = node.get("connection")
    if named is None:
        return node
    if named.faulty or not isinstance(named.value, str):
        return None  # it has been told
    connection = connections.get(named.value)
    if connection is None:
        problems.append(_undefined(named, connections))
        return None
    problems.extend(connection.problems)
    if not isinstance(connection.node.value, dict):
        return node
    below = connection.node.value
    own = {key: item for key, item in node.value.items() if key != "connection"}
    layers = [Node(below, node.place, connection.node.keys), Node(own, node.place, node.keys)]
    return merge(layers, problems)


def _undefined(named: Node, connections: Mapping[str, Connection]) -> Problem:
    close = difflib.get_close_matches(named.value, list(connections), n=1)
    known = f"Defined are: {', '.join(sorted(connections))}." if connections else "None is defined."
    remedy = (
        f"Did you mean `{close[0]}`? {known}" if close else f"Add it to `connections` of hygge.yml. {known}"
    )
    return problem_at(named.place, "HYG109", f"the connection `{named.value}` is not defined", remedy)
