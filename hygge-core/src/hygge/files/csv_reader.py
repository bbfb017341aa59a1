"""CSV, as a home reads it: types declared or sampled, never a value guessed at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.csv as pcsv

from hygge.errors import DataError, HyggeError
from hygge.files.declared import declared_types
from hygge.files.filesystem import FileSystem
from hygge.files.format import Bounds
from hygge.files.sampling import SAMPLED_BYTES, kind_of, sampled
from hygge.files.streams import BLOCKS, ENDINGS, by_blocks, opened
from hygge.files.text import parsed
from hygge.model import Window

__all__ = ["CsvReader"]

BLOCK = 1 << 20
_NATIVE = (
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_decimal128,
    pa.types.is_timestamp,
    pa.types.is_date32,
    pa.types.is_time,
    pa.types.is_string,
)
_COLUMN = re.compile(r"In CSV column #(\d+)")


class CsvReader:
    """Reads what RFC 4180 allows, and other delimiters and quotes.

    Nothing between delimiters is null, ``""`` an empty text. Options: ``types``, ``delimiter``, ``quote``,
    ``header``, ``null_values``, ``encoding``.
    """

    suffixes: Sequence[str] = (".csv", *(f".csv{ending}" for ending in ENDINGS))

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._types = declared_types(options.get("types", {}))
        self._delimiter: str = options.get("delimiter", ",")
        self._quote: str = options.get("quote", '"')
        self._header: bool = options.get("header", True)
        self._nulls: list[str] = list(options.get("null_values", [""]))
        self._encoding: str = options.get("encoding", "utf8")

    def schema(self, files: FileSystem, paths: Sequence[str], pinned: pa.Schema | None) -> pa.Schema:
        names: dict[str, int] = {}
        for path in paths:
            for name in self._names(files, path):
                names[name] = names.get(name, 0) + 1
        known = {field.name: field.type for field in pinned or ()} | self._types
        unknown = [name for name in names if name not in known]
        if unknown:
            found = [self._sample(files, path, unknown) for path in sampled(paths)]
            known |= {name: kind_of([part[name] for part in found if name in part]) for name in unknown}
        return pa.schema([pa.field(name, known[name]) for name in names])

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
        names = self._names(files, path)
        own = [name for name in schema.names if name in names]
        if not names:
            return
        asked = own or names[:1]  # rows are counted by some column
        types = {name: _native(schema.field(name).type) if name in own else pa.string() for name in asked}
        row = 1
        try:
            for batch in by_blocks(
                lambda block: self._open(files, path, names, types, block=block, threads=alone)
            ):
                yield self._typed(batch, schema, own, files, path, row)
                row += batch.num_rows
        except pa.ArrowInvalid as error:
            raise self._culprit(files, path, names, schema, error) from error
        self._expect_closed_quotes(files, path)

    def rows(self, files: FileSystem, path: str) -> int | None:
        return None

    def bounds(self, files: FileSystem, path: str, column: str) -> Bounds | None:
        return None

    def count(self, files: FileSystem, path: str) -> int:
        """Rows of a file, by parsing it."""
        return sum(batch.num_rows for batch in self.batches(files, path, pa.schema([]), None, BLOCK))

    # -- parts ----------------------------------------------------------------------------------

    def _names(self, files: FileSystem, path: str) -> list[str]:
        """The columns of a file; none for a file without a byte."""
        if not self._header and self._types:
            return list(self._types)
        try:
            names = self._first_line(files, path)
        except pa.ArrowInvalid as error:
            if "Empty CSV" in str(error):
                return []
            raise _unreadable(files, path, str(error)) from error
        odd = [name for name in names if not name or names.count(name) > 1]
        if odd:
            what = f"the column name {odd[0]!r} twice" if odd[0] else "a column without a name"
            raise _unreadable(files, path, f"its first line has {what}")
        return names

    def _first_line(self, files: FileSystem, path: str) -> list[str]:
        for block in BLOCKS:
            try:
                return list(self._open(files, path, None, {}, head=True, block=block).schema.names)
            except pa.ArrowInvalid as error:
                if "straddling" not in str(error) or block == BLOCKS[-1]:
                    raise
        return []

    def _open(
        self,
        files: FileSystem,
        path: str,
        names: list[str] | None,
        types: Mapping[str, pa.DataType],
        *,
        head: bool = False,
        block: int = BLOCK,
        threads: bool = True,
    ) -> pcsv.CSVStreamingReader:
        given = names is not None and not self._header
        return pcsv.open_csv(
            opened(files, path),
            read_options=pcsv.ReadOptions(
                block_size=block,
                use_threads=threads and not head,
                encoding=self._encoding,
                column_names=names if given else None,
                autogenerate_column_names=not self._header and not given,
            ),
            parse_options=pcsv.ParseOptions(
                delimiter=self._delimiter,
                quote_char=self._quote or False,
                newlines_in_values=True,
                ignore_empty_lines=names is None or len(names) > 1,
            ),
            convert_options=pcsv.ConvertOptions(
                column_types={name: pa.string() for name in types} if head else dict(types),
                include_columns=list(types) or None,
                null_values=self._nulls,
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                true_values=["true"],
                false_values=["false"],
                timestamp_parsers=[pcsv.ISO8601],
            ),
        )

    def _typed(
        self,
        batch: pa.RecordBatch,
        schema: pa.Schema,
        own: Sequence[str],
        files: FileSystem,
        path: str,
        row: int,
    ) -> pa.RecordBatch:
        if not schema.names:
            return batch
        columns = []
        for field in schema:
            if field.name not in own:
                columns.append(pa.nulls(batch.num_rows, field.type))
                continue
            values = batch.column(field.name)
            if not values.type.equals(field.type):
                try:
                    values = parsed(values, field.type)
                except ValueError as error:
                    raise _misfit(files, path, field, values, row) from error
            columns.append(values)
        return pa.RecordBatch.from_arrays(columns, schema=schema)

    def _sample(self, files: FileSystem, path: str, names: Sequence[str]) -> dict[str, pa.Array]:
        """The first texts of the named columns, as far as the file has them."""
        every = self._names(files, path)
        own = [name for name in names if name in every]
        found: list[pa.RecordBatch] = []
        size = 0
        try:
            types = dict.fromkeys(own, pa.string())
            for batch in (
                by_blocks(lambda block: self._open(files, path, every, types, block=block)) if own else ()
            ):
                found.append(batch)
                size += batch.nbytes
                if size >= SAMPLED_BYTES:
                    break
        except pa.ArrowInvalid as error:
            raise _unreadable(files, path, str(error)) from error
        table = pa.Table.from_batches(found) if found else None
        return {name: table[name].combine_chunks() for name in own} if table is not None else {}

    def _culprit(
        self, files: FileSystem, path: str, names: list[str], schema: pa.Schema, error: pa.ArrowInvalid
    ) -> HyggeError:
        """The error that names row and column: the file is read once more, as text."""
        match = _COLUMN.search(str(error))
        place = int(match[1]) if match else len(names)
        if place >= len(names) or names[place] not in schema.names:
            return _unreadable(files, path, str(error))
        field = schema.field(names[place])
        row = 1
        for batch in by_blocks(
            lambda block: self._open(
                files, path, names, {field.name: pa.string()}, block=block, threads=False
            )
        ):
            texts = batch.column(0)
            try:
                parsed(texts, field.type)
            except ValueError:
                return _misfit(files, path, field, texts, row)
            row += batch.num_rows
        return _unreadable(files, path, str(error))

    def _expect_closed_quotes(self, files: FileSystem, path: str) -> None:
        """A quote that nobody closed swallows the rest of a file; the parser takes it as it comes."""
        if not self._quote:
            return
        quotes = 0
        with opened(files, path) as stream:
            while data := stream.read(BLOCK):
                quotes += data.count(self._quote.encode())
        if quotes % 2:
            raise _unreadable(files, path, "a quote is opened and never closed")


def _native(kind: pa.DataType) -> pa.DataType:
    """The type that the parser itself reads exactly, or text."""
    exact = any(check(kind) for check in _NATIVE) and not pa.types.is_float16(kind)
    return kind if exact else pa.string()


def _misfit(files: FileSystem, path: str, field: pa.Field, texts: pa.Array, row: int) -> DataError:
    for number, text in enumerate(texts):
        try:
            parsed(pa.array([text.as_py()], pa.string()), field.type)
        except ValueError:
            return DataError(
                f"{files.address(path)}, row {row + number}: a value of {field.name!r} is no {field.type}: "
                f"{_shape(text.as_py())}",
                code="HYG301",
                remedy=f"Correct it, or declare the column: home: {{types: {{{field.name}: string}}}}.",
                row=row + number,
                column=field.name,
            )
    return _unreadable(files, path, f"a value of {field.name!r} is no {field.type}")


def _shape(text: str) -> str:
    """The value with its letters and digits made alike, so that no one's data is told."""
    shown = re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "0", text[:40]))
    return repr(shown + ("..." if len(text) > 40 else ""))


def _unreadable(files: FileSystem, path: str, why: str) -> DataError:
    return DataError(
        f"{files.address(path)} cannot be read as CSV: {why}",
        code="HYG300",
        remedy="Check home.delimiter, home.quote and home.encoding, and that the file is whole.",
    )
