"""Reads YAML into nodes that know their place; what a configuration needs and no more of YAML.

PyYAML parses, its events are built into nodes here: its own constructor would follow anchors
(a bomb), obey tags, keep the last of duplicate keys and read ``NO`` as false.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from hygge.config.place import Node, Place, Source
from hygge.config.problem import Problem, problem_at
from hygge.config.scalars import resolve_scalar
from hygge.config.syntax import explain

__all__ = ["read_file", "read_text"]

LARGEST_FILE = 1024 * 1024
DEEPEST = 40
ENOUGH = 100  # problems of one file; with so many, reading on helps nobody

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser where PyYAML has it
_LINE_END = re.compile("\r\n|[\r\n\x85\u2028\u2029]")  # as YAML 1.1 counts lines
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufeff\ufffe\uffff]")


def read_file(path: Path, name: str, problems: list[Problem]) -> Node | None:
    """The file's content; None, with the reason in ``problems``, where it can't be read."""
    start = Source(name=name).start
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        problems.append(
            problem_at(start, "HYG116", f"the file cannot be read: {reason}", "Check it and its permissions.")
        )
        return None
    if len(data) > LARGEST_FILE:
        remedy = "Split it: a flow can be a folder with one file an entity."
        problems.append(problem_at(start, "HYG115", "the file is larger than 1 MB", remedy))
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        problems.append(_not_utf8(name, data, error.start))
        return None
    return read_text(text, name, problems)


def read_text(
    text: str, name: str, problems: list[Problem], *, lines: tuple[str, ...] | None = None
) -> Node | None:
    """The value that YAML ``text`` holds; every fault goes to ``problems``.

    ``lines`` are shown to people instead of the text's own.
    """
    text = text.removeprefix("\ufeff")
    source = Source(name=name, lines=tuple(_LINE_END.split(text)) if lines is None else lines)
    forbidden = _FORBIDDEN.search(text)
    if forbidden:
        place = _place_of(source, text, forbidden.start())
        message = f"a control character (U+{ord(forbidden[0]):04X})"
        problems.append(problem_at(place, "HYG101", message, 'Remove it, or write it as "\\x.." in quotes.'))
        return None
    found = len(problems)
    try:
        return _Builder(text, source, problems).document()
    except _TooDeep as error:
        problems.append(problem_at(error.place, "HYG101", f"more than {DEEPEST} levels deep", "Flatten it."))
    except _TooManyProblems:
        pass
    except yaml.MarkedYAMLError as error:
        problems.append(explain(error, source, text))
    except yaml.YAMLError as error:
        remedy = "Correct the file."
        problems.append(problem_at(source.start, "HYG101", f"not valid YAML: {error}", remedy))
    assert len(problems) > found
    return None


class _TooDeep(Exception):
    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.place = place


class _TooManyProblems(Exception):
    pass


class _Builder:
    """Builds nodes from the parser's events."""

    def __init__(self, text: str, source: Source, problems: list[Problem]) -> None:
        self.next: Callable[[], Any] = _LOADER(text).get_event
        self.source = source
        self.problems = problems
        self.depth = 0
        self.reported = 0

    def document(self) -> Node:
        self.next()  # the start of the stream
        event = self.next()
        if isinstance(event, yaml.StreamEndEvent):
            return Node(None, self.source.start)
        node = self.node(self.next())
        self.next()  # the end of the document
        event = self.next()
        if not isinstance(event, yaml.StreamEndEvent):
            self.report(self.place(event), "HYG101", "a second document", "Keep one document a file.")
        return node

    def node(self, event: Any) -> Node:
        place = self.place(event)
        if isinstance(event, yaml.AliasEvent):
            self.refuse(place, f"the alias *{event.anchor}")
            return Node(None, place)
        if event.anchor is not None:
            self.refuse(place, f"the anchor &{event.anchor}")
        if event.tag is not None:
            self.refuse(place, f"the tag {event.tag.replace('tag:yaml.org,2002:', '!!')}")
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event, place)
        self.depth += 1
        if self.depth > DEEPEST:
            raise _TooDeep(place)
        sequence = isinstance(event, yaml.SequenceStartEvent)
        node = self.sequence(place) if sequence else self.mapping(place)
        self.depth -= 1
        return node

    def scalar(self, event: Any, place: Place) -> Node:
        unquoted = event.style is None  # libyaml's name for plain; block scalars are text
        unquoted = unquoted or event.style == ""
        value = resolve_scalar(event.value) if unquoted else event.value
        return Node(value, place, unquoted=unquoted)

    def sequence(self, place: Place) -> Node:
        items = []
        while not isinstance(event := self.next(), yaml.SequenceEndEvent):
            items.append(self.node(event))
        return Node(items, place)

    def mapping(self, place: Place) -> Node:
        items: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        while not isinstance(event := self.next(), yaml.MappingEndEvent):
            key_place = self.place(event)
            key = self.key(event, key_place)
            value = self.node(self.next())
            if key is None:
                continue
            if key in keys:
                first = keys[key].line
                remedy = "Keep one of them."
                self.report(
                    key_place, "HYG102", f"the key `{key}` stands twice, first in line {first}", remedy
                )
                continue
            keys[key] = key_place
            items[key] = value
        return Node(items, place, keys)

    def key(self, event: Any, place: Place) -> str | None:
        """The key's text; None for one that is no text."""
        if isinstance(event, yaml.ScalarEvent) and not (event.value == "<<" and not event.style):
            self.node(event)  # for its anchor or tag
            return str(event.value)
        if isinstance(event, yaml.ScalarEvent):
            self.refuse(place, "the merge key <<")
            return None
        self.node(event)
        if not isinstance(event, yaml.AliasEvent):
            self.report(place, "HYG105", "a key must be text", "Write `key: value`.")
        return None

    def refuse(self, place: Place, what: str) -> None:
        self.report(place, "HYG103", f"{what}, which hygge does not read", "Write the value out.")

    def report(self, place: Place, code: str, message: str, remedy: str) -> None:
        self.problems.append(problem_at(place, code, message, remedy))
        self.reported += 1
        if self.reported == ENOUGH:
            raise _TooManyProblems

    def place(self, event: Any) -> Place:
        start, end = event.start_mark, event.end_mark
        place = Place(self.source, start.line + 1, start.column + 1)
        if isinstance(event, yaml.CollectionStartEvent):
            return place
        last = end.column if end.line == start.line else len(place.text)
        return replace(place, width=max(1, last - start.column))


def _place_of(source: Source, text: str, index: int) -> Place:
    ends = list(_LINE_END.finditer(text, 0, index))
    return Place(source, len(ends) + 1, index - (ends[-1].end() if ends else 0) + 1)


def _not_utf8(name: str, data: bytes, index: int) -> Problem:
    before = data[:index].decode("utf-8", "replace")
    line = _LINE_END.split(before)[-1]
    place = Place(Source(name=name), len(_LINE_END.split(before)), len(line) + 1)
    what = "UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else f"byte 0x{data[index]:02X}"
    message = f"the file is not UTF-8 ({what})"
    return problem_at(place, "HYG115", message, "Save it as UTF-8 in your editor.")
