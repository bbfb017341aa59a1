"""NDJSON, as a home reads it: one object a line, types declared or sampled."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.json as pjson

from hygge.errors import DataError, HyggeError
from hygge.files.declared import declared_types
from hygge.files.filesystem import FileSystem
from hygge.files.format import Bounds
from hygge.files.sampling import SAMPLED_BYTES, kind_of, sampled
from hygge.files.streams import ENDINGS, by_blocks, opened
from hygge.files.text import flat, parsed
from hygge.model import Window

__all__ = ["NdjsonReader"]

BLOCK = 1 << 20
_decode = msgspec.json.Decoder().decode
_NATIVE = (
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_decimal128,
    pa.types.is_timestamp,
    pa.types.is_boolean,
    pa.types.is_string,
    pa.types.is_nested,
)


class NdjsonReader:
    """Reads one JSON object a line; a key that a line lacks is null. Option: ``types``."""

    suffixes: Sequence[str] = tuple(
        name + ending for name in (".ndjson", ".jsonl", ".json") for ending in ("", *ENDINGS)
    )

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._types = declared_types(options.get("types", {}))

    def schema(self, files: FileSystem, paths: Sequence[str], pinned: pa.Schema | None) -> pa.Schema:
        known = {field.name: field.type for field in pinned or ()} | self._types
        values: dict[str, list[Any]] = {name: [] for name in known}
        for path in sampled(paths):
            for row in _first_rows(files, path):
                for name, value in row.items():
                    values.setdefault(name, []).append(value)
        return pa.schema([pa.field(name, known.get(name) or _kind(found)) for name, found in values.items()])

    def batches(
        self,
        files: FileSystem,
        path: str,
        schema: pa.Schema,
        window: Window | None,
        batch_rows: int,
        *,
        alone: bool = False,
    ) -> Iterator[pa.RecordBatch]:
        asked = pa.schema([field.with_type(_native(field.type)).with_nullable(True) for field in schema])
        row = 1
        try:
            for batch in by_blocks(lambda block: self._open(files, path, asked, block=block, threads=alone)):
                yield _typed(batch, schema, files, path, row)
                row += batch.num_rows
        except pa.ArrowInvalid as error:
            raise _culprit(files, path, schema, error) from error

    def rows(self, files: FileSystem, path: str) -> int | None:
        return None

    def bounds(self, files: FileSystem, path: str, column: str) -> Bounds | None:
        return None

    def _open(
        self, files: FileSystem, path: str, schema: pa.Schema, *, block: int, threads: bool
    ) -> Iterable[pa.RecordBatch]:
        stream = opened(files, path)
        if not stream.read(1):
            return ()
        found: Iterable[pa.RecordBatch] = pjson.open_json(
            opened(files, path),
            read_options=pjson.ReadOptions(use_threads=threads, block_size=block),
            parse_options=pjson.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
        )
        return found


def _native(kind: pa.DataType) -> pa.DataType:
    """The type that the parser itself reads exactly, or text."""
    exact = any(check(kind) for check in _NATIVE) and not pa.types.is_float16(kind)
    return kind if exact else pa.string()


def _typed(
    batch: pa.RecordBatch, schema: pa.Schema, files: FileSystem, path: str, row: int
) -> pa.RecordBatch:
    if not schema.names:
        return batch
    columns = []
    for field in schema:
        values = batch.column(field.name)
        if not values.type.equals(field.type):
            try:
                values = parsed(values, field.type) if flat(field.type) else values.cast(field.type)
            except ValueError as error:
                raise _misfit(files, path, field, values, row) from error
        columns.append(values)
    return pa.RecordBatch.from_arrays(columns, schema=schema)


# -- types that nobody declared -------------------------------------------------------------------


def _first_rows(files: FileSystem, path: str) -> Iterator[dict[str, Any]]:
    size = 0
    for number, line in _lines(files, path):
        row = _row(files, path, number, line)
        if row is not None:
            yield row
        size += len(line)
        if size >= SAMPLED_BYTES:
            return


def _lines(files: FileSystem, path: str) -> Iterator[tuple[int, bytes]]:
    rest = b""
    numbers = itertools.count(1)
    with opened(files, path) as stream:
        while data := stream.read(BLOCK):
            *whole, rest = (rest + data).split(b"\n")
            for line in whole:
                yield next(numbers), line
    if rest:
        yield next(numbers), rest


def _row(files: FileSystem, path: str, number: int, line: bytes) -> dict[str, Any] | None:
    """The object of a line; None for an empty one."""
    if not line.strip():
        return None
    try:
        row = _decode(line)
    except (ValueError, RecursionError) as error:
        raise _unreadable(files, path, f"line {number}: {error}") from error
    if not isinstance(row, dict):
        raise _unreadable(files, path, f"line {number} is no object")
    return row


def _kind(values: Sequence[Any]) -> pa.DataType:
    """The type that all values of a key have; texts that are times are times."""
    found = [value for value in values if value is not None]
    kinds = {type(value) for value in found}
    if kinds == {str}:
        kind = kind_of([pa.array(found, pa.string())])
        return kind if pa.types.is_temporal(kind) else pa.string()
    if kinds == {int}:
        great = any(not -(2**63) <= value < 2**63 for value in found)
        return pa.decimal128(38, 0) if great else pa.int64()
    if kinds and kinds <= {int, float}:
        return pa.float64()
    if not kinds:
        return pa.string()
    try:
        return pa.array(found).type
    except pa.ArrowException as error:
        names = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise DataError(
            f"a key has values of several kinds: {names}",
            code="HYG305",
            remedy="Declare its type: home: {types: {KEY: string}}.",
        ) from error


# -- errors ---------------------------------------------------------------------------------------


def _culprit(files: FileSystem, path: str, schema: pa.Schema, error: pa.ArrowInvalid) -> HyggeError:
    """The error that names line and key: the file is read once more, line by line."""
    for number, line in _lines(files, path):
        try:
            row = _row(files, path, number, line)
        except DataError as found:
            return found
        for field in schema if row else ():
            value = row.get(field.name) if row else None
            if value is not None and not _suits(value, field):
                return _told(files, path, field, number, type(value).__name__)
    return _unreadable(files, path, str(error))


def _suits(value: Any, field: pa.Field) -> bool:
    kind = field.type
    text = json.dumps({"v": value}).encode() + b"\n"
    try:
        schema = pa.schema([pa.field("v", _native(kind))])
        options = pjson.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
        read = pjson.read_json(pa.BufferReader(text), parse_options=options)["v"].combine_chunks()
        if not read.type.equals(kind):
            parsed(read, kind)
    except ValueError:
        return False
    return True


def _misfit(files: FileSystem, path: str, field: pa.Field, texts: pa.Array, row: int) -> DataError:
    for number, text in enumerate(texts.to_pylist()):
        try:
            parsed(pa.array([text], pa.string()), field.type)
        except ValueError:
            return _told(files, path, field, row + number, "str")
    return _unreadable(files, path, f"a value of {field.name!r} is no {field.type}")


def _told(files: FileSystem, path: str, field: pa.Field, row: int, kind: str) -> DataError:
    return DataError(
        f"{files.address(path)}, line {row}: the value of {field.name!r} ({kind}) is no {field.type}",
        code="HYG301",
        remedy=f"Correct it, or declare the key: home: {{types: {{{field.name}: string}}}}.",
        row=row,
        column=field.name,
    )


def _unreadable(files: FileSystem, path: str, why: str) -> DataError:
    return DataError(
        f"{files.address(path)} cannot be read as NDJSON: {why}",
        code="HYG300",
        remedy="Each line has to be one JSON object; correct the file, or name others with a glob.",
    )
