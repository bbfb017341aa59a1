"""NDJSON, as a home reads it: one object a line, types declared or sampled.

A file is read in blocks of whole lines. Arrow parses a block; where it finds fault, the lines are decoded
one by one, so that an error names file, line and key, and what is exact but unusual is read all the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import unquote

import msgspec
import pyarrow as pa
import pyarrow.json as pjson

from hygge.errors import DataError
from hygge.files.blocks import BLOCK, PART, blocks, lines, worked
from hygge.files.declared import declared_types
from hygge.files.filesystem import FileSystem
from hygge.files.format import FormatReader
from hygge.files.json_values import Fraction, converted, is_native, kind_of_values
from hygge.files.misfit import Place, begins_like, first_misfit, json_misfit, unreadable
from hygge.files.rounding import guessed_floats, has_long_numbers, is_doubtful
from hygge.files.sampling import SAMPLED_BYTES, sampled
from hygge.files.streams import ENDINGS, opened
from hygge.files.text import flat, parsed
from hygge.model import Window

__all__ = ["NdjsonReader"]

_ARRAY = "It is one JSON array: write each of its objects on a line of its own (jq -c '.[]' does)."
_ADVICE = "Each line has to be one JSON object; correct the file, or name others with a glob."
_BEFORE_NUMBERS = r"[:\[,]"  # not the quote of a text
_decode_values = msgspec.json.Decoder(dict[str, Any], float_hook=Fraction).decode
_decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class NdjsonReader(FormatReader):
    """Reads one JSON object a line; a key that a line lacks is null. Option: ``types``.

    ``known`` are the keys of the plan: a line with another one is refused. Without them (or where only
    some keys are asked for) the keys that nobody asked for are passed over.
    """

    suffixes: Sequence[str] = tuple(
        name + ending for name in (".ndjson", ".jsonl", ".json") for ending in ("", *ENDINGS)
    )

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._types = declared_types(options.get("types", {}))
        self.known: frozenset[str] = frozenset()

    def schema(self, files: FileSystem, paths: Sequence[str], pinned: pa.Schema | None) -> pa.Schema:
        known = {field.name: field.type for field in pinned or ()} | self._types
        values: dict[str, list[Any]] = {name: [] for name in known}
        for path in sampled(paths):
            for row in self._sample(files, path):
                for name, value in row.items():
                    values.setdefault(name, []).append(value)
        found = {name: known.get(name) or kind_of_values(name, seen) for name, seen in values.items()}
        whole = pa.schema(list(found.items()))
        self.planned(whole)
        return whole

    def planned(self, schema: pa.Schema) -> None:
        self.known = frozenset(schema.names)

    def batches(
        self,
        files: FileSystem,
        path: str,
        schema: pa.Schema,
        window: Window | None,
        batch_rows: int,
        *,
        alone: bool = False,
        part: tuple[int, int] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        start, content = self._content(files, path, BLOCK)
        place, strict = start, self._strict(schema, path)
        for block, found in worked(
            content, lambda block: self._table(block, schema, start, strict=strict), alone=alone
        ):
            # a fault is looked for once more, now that the rows before the block are known
            table = self._table(block, schema, place, strict=strict) if found.exception() else found.result()
            yield from table.to_batches(max_chunksize=batch_rows)
            place = place.after(table.num_rows, block)

    # -- parts ------------------------------------------------------------------------------------

    def _content(self, files: FileSystem, path: str, size: int) -> tuple[Place, Iterator[bytes]]:
        address = files.address(path)
        place = Place(address=address, lines=lambda offset: lines(opened(files, path), offset))
        return place, _told(address, blocks(opened(files, path), _end_of_lines, size))

    def _table(self, block: bytes, schema: pa.Schema, place: Place, *, strict: bool) -> pa.Table:
        if not all(is_native(kind) for kind in schema.types if not flat(kind)):
            return self._line_by_line(block, schema, place, strict=strict)
        asked = pa.schema([pa.field(field.name, _native(field.type)) for field in schema])
        try:
            if b"\0" in block:  # Arrow takes it for the end
                raise pa.ArrowInvalid("a NUL")
            _expect_utf8(block)
            found = _parsed(block, asked, strict=strict)
            if any(map(is_doubtful, found.columns)) or self._may_round(schema, block):
                raise pa.ArrowInvalid("a number that may have been rounded")
            columns = [_as(found[field.name], field.type) for field in schema]
        except ValueError as error:
            return self._line_by_line(block, schema, place, strict=strict, twice="twice" in str(error))
        return pa.table(columns, schema=schema) if schema.names else found

    def _may_round(self, schema: pa.Schema, block: bytes) -> bool:
        """Whether a number whose type nobody declared could have lost digits."""
        return bool(guessed_floats(schema, self._types)) and has_long_numbers(block, _BEFORE_NUMBERS)

    def _strict(self, schema: pa.Schema, path: str) -> bool:
        """Whether all that the plan knows is asked for, but for what the folders' names say."""
        folders = {unquote(part.partition("=")[0]) for part in path.split("/")[:-1] if "=" in part}
        return bool(self.known) and self.known - folders <= set(schema.names)

    def _line_by_line(
        self, block: bytes, schema: pa.Schema, place: Place, *, strict: bool, twice: bool = False
    ) -> pa.Table:
        """The same rows, decoded line by line; raises the `DataError` that names the first fault."""
        rows: list[dict[str, msgspec.Raw]] = []
        lines: list[int] = []
        if twice:
            _refuse_twice(block, place)
        for line, row in _rows(block, place):
            other = next((key for key in row if key not in schema.names and key not in self.known), None)
            if other is not None and strict:
                raise _unknown_key(place, line, other)
            rows.append(row)
            lines.append(line)
        columns = [self._column(field, rows, lines, place) for field in schema]
        if not schema.names:
            return pa.table([pa.nulls(len(rows))], names=[""]).select([])
        return pa.table(columns, schema=schema)

    def _column(
        self, field: pa.Field, rows: Sequence[dict[str, msgspec.Raw]], lines: Sequence[int], place: Place
    ) -> pa.Array:
        raw = [row.get(field.name) for row in rows]
        convert = partial(converted, kind=field.type, exact=field.name not in self._types)
        try:
            return convert(raw)
        except ValueError as error:
            wrong = first_misfit(len(raw), lambda part: convert(raw[part]))
            value = raw[wrong]
            assert value is not None
            raise json_misfit(place, wrong, lines[wrong], field, bytes(value)) from error

    def _sample(self, files: FileSystem, path: str) -> Iterator[dict[str, Any]]:
        place, content = self._content(files, path, SAMPLED_BYTES)
        for line, text in enumerate(next(content, b"").split(b"\n"), 1):
            if text.strip():
                try:
                    yield _decode_values(text)
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                    raise _no_object(place, line, error, text) from error


def _end_of_lines(block: bytes) -> int:
    return block.rfind(b"\n") + 1


def _rows(block: bytes, place: Place) -> Iterator[tuple[int, dict[str, msgspec.Raw]]]:
    """Each object of a block and its line, counted from 1 within the block."""
    for line, text in enumerate(block.split(b"\n"), 1):
        if text.strip():
            try:
                text.decode()  # nobody else looks into texts
                yield line, _decode(text)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                raise _no_object(place, line, error, text) from error


def _expect_utf8(block: bytes) -> None:
    """Raise `pa.ArrowInvalid` unless the block is UTF-8: Arrow's parser does not look."""
    if not block.isascii():
        ends = pa.array([0, len(block)], pa.int64()).buffers()[1]
        pa.Array.from_buffers(pa.large_string(), 1, [None, ends, pa.py_buffer(block)]).validate(full=True)


def _refuse_twice(block: bytes, place: Place) -> None:
    """Raise the error that names the first object with one key twice."""

    def checked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError("it has one key twice")
        return dict(pairs)

    for line, text in enumerate(block.split(b"\n"), 1):
        try:
            json.loads(text or b"{}", object_pairs_hook=checked)
        except (ValueError, RecursionError) as error:
            raise _no_object(place, line, error, text) from error


def _parsed(block: bytes, types: pa.Schema, *, strict: bool) -> pa.Table:
    options = pjson.ParseOptions(
        explicit_schema=types, unexpected_field_behavior="error" if strict else "ignore"
    )
    for size in (PART, len(block) + 1):
        try:
            read = pjson.ReadOptions(block_size=size, use_threads=False)
            return pjson.read_json(pa.BufferReader(block), read, options)
        except pa.ArrowInvalid as error:
            if "straddl" not in str(error) or size > PART:  # a line that is longer than a part
                raise
    raise AssertionError("the second size holds every line")


def _native(kind: pa.DataType) -> pa.DataType:
    """The type that Arrow's parser itself reads exactly, or text."""
    return kind if is_native(kind) else pa.string()


def _as(values: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if values.type.equals(kind):
        return values
    return pa.chunked_array([parsed(chunk, kind) for chunk in values.chunks], kind)


def _told(address: str, content: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from content
    except (ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise unreadable(address, "NDJSON", str(error), _ADVICE) from error


def _no_object(place: Place, line: int, error: Exception, text: bytes) -> DataError:
    why = f"line {place.line + line - 1} is no object: {error}"
    advice = _ARRAY if text.lstrip().startswith(b"[") else begins_like(text) or _ADVICE
    return unreadable(place.address, "NDJSON", why, advice)


def _unknown_key(place: Place, line: int, key: str) -> DataError:
    line += place.line - 1
    return DataError(
        f"{place.address}, line {line}: the key {key!r} is not in the sample that the columns come from",
        code="HYG301",
        remedy=f"Declare it: home: {{types: {{{key}: string}}}}, or name the columns that are wanted.",
        path=place.address,
        line=line,
        column=key,
    )
