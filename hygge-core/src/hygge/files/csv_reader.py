"""CSV, as a home reads it: types declared or sampled, never a value guessed at.

A file is read in blocks of whole records. Arrow parses a block; where it finds fault the block is looked
at again as text, so that an error names file, row, line and column.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.csv as pcsv

from hygge.errors import ConfigurationError, DataError
from hygge.files.blocks import BLOCK, PART, blocks, lines, worked
from hygge.files.csv_doubts import Doubts
from hygge.files.csv_records import CONTROLS, Records
from hygge.files.declared import declared_types
from hygge.files.filesystem import FileSystem
from hygge.files.format import FormatReader
from hygge.files.json_values import from_json
from hygge.files.misfit import Place, begins_like, first_misfit, misfit, unreadable
from hygge.files.rounding import refuse_rounded
from hygge.files.sampling import SAMPLED_BYTES, Odd, is_odd, kind_of, sampled
from hygge.files.streams import ENDINGS, decoded, known_encoding, opened
from hygge.files.text import flat, parsed
from hygge.model import Window

__all__ = ["CsvReader"]

HEAD = 1 << 16  # bytes read at once where only the names are wanted
_ADVICE = "Check home.delimiter, home.quote and home.encoding, and that the file is whole."
_NATIVE = (
    pa.types.is_integer,
    pa.types.is_float32,
    pa.types.is_float64,
    pa.types.is_decimal128,
    pa.types.is_boolean,
    pa.types.is_timestamp,
    pa.types.is_date32,
    pa.types.is_time,
    pa.types.is_string,
    pa.types.is_large_string,
)


class CsvReader(FormatReader):
    """Reads what RFC 4180 allows, with other delimiters, quotes, line ends and encodings, too.

    Nothing between delimiters is null, ``""`` an empty text. A quote has to stand around a whole value;
    each line has as many values as the header, only empty lines are passed over. In files of one column an
    empty line is a null. Options: ``types``, ``delimiter``, ``quote``, ``header``, ``null_values``,
    ``quoted_nulls``, ``encoding``.
    """

    suffixes: Sequence[str] = (".csv", *(f".csv{ending}" for ending in ENDINGS))

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._types = declared_types(options.get("types", {}))
        delimiter, quote = options.get("delimiter", ","), options.get("quote", '"')
        if delimiter == quote:
            raise ConfigurationError(
                f"home.delimiter and home.quote are both {quote!r}",
                code="HYG105",
                remedy="Set quote: '' if values are never quoted.",
            )
        self._records = Records(delimiter.encode("ascii"), quote.encode("ascii"))
        self._doubts = Doubts(self._records, self._types)
        self._header: bool = options.get("header", True)
        self._nulls: list[str] = list(options.get("null_values", [""]))
        self._quoted_nulls: bool = options.get("quoted_nulls", False)
        self._encoding = known_encoding(options.get("encoding", "utf8"))

    def schema(self, files: FileSystem, paths: Sequence[str], pinned: pa.Schema | None) -> pa.Schema:
        names: dict[str, None] = {}
        for path in paths:
            names |= dict.fromkeys(self._content(files, path, HEAD)[0])
        if not names:
            raise _empty(files, paths)
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
        part: tuple[int, int] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        names, start, content = self._content(files, path, BLOCK)
        own = pa.schema([field for field in schema if field.name in names])
        place = start
        for block, found in worked(content, lambda block: self._table(block, names, own, start), alone=alone):
            # a fault is looked for once more, now that the rows before the block are known
            table = self._table(block, names, own, place) if found.exception() else found.result()
            yield from _in_order(table, schema).to_batches(max_chunksize=batch_rows)
            place = place.after(table.num_rows, block)

    def count(self, files: FileSystem, path: str) -> int:
        """Rows of a file, by parsing it."""
        names, place, content = self._content(files, path, BLOCK)
        nothing = pa.schema([])
        found = worked(content, lambda block: self._table(block, names, nothing, place).num_rows, alone=True)
        return sum(rows.result() for _, rows in found)

    # -- structure --------------------------------------------------------------------------------

    def _content(self, files: FileSystem, path: str, size: int) -> tuple[list[str], Place, Iterator[bytes]]:
        """The names of the columns, where the first row stands, and the rows in blocks."""
        address = files.address(path)
        place = Place(address=address, lines=lambda offset: lines(self._stream(files, path), offset))
        content = _told(address, blocks(self._stream(files, path), self._records.end, size))
        first = next(content, b"")
        if not self._header:
            return self._numbered(first, place), place, itertools.chain([first] if first else [], content)
        names, begin = self._names(first, address)
        rest = first[begin:]
        return names, place.after(0, first[:begin]), itertools.chain([rest] if rest else [], content)

    def _stream(self, files: FileSystem, path: str) -> pa.NativeFile:
        return decoded(opened(files, path), self._encoding)

    def _names(self, block: bytes, address: str) -> tuple[list[str], int]:
        """The names in the first line that is not empty, and where it ends."""
        try:
            found = next((record for record in self._records.records(block) if record.values != [b""]), None)
            if found is None:
                return [], len(block)
            names = [self._records.unquoted(value).decode() for value in found.values]
            if CONTROLS.search("".join(names)):
                raise ValueError("it holds control characters")
        except ValueError as error:
            why = f"its first line is no header: {error}"
            raise unreadable(address, "CSV", why, begins_like(block) or _ADVICE) from error
        odd = [name for name in names if not name or names.count(name) > 1]
        if odd:
            what = f"the column name {odd[0]!r} twice" if odd[0] else "a column without a name"
            raise unreadable(address, "CSV", f"its first line has {what}", _ADVICE)
        return names, found.end

    def _numbered(self, block: bytes, place: Place) -> list[str]:
        """Names of a file without a header: those of the declared types, else f0, f1 ..."""
        if self._types:
            return list(self._types)
        try:
            first = next((found for found in self._records.records(block) if found.values != [b""]), None)
        except ValueError as error:
            raise unreadable(place.address, "CSV", f"line 1: {error}", _ADVICE) from error
        return [f"f{n}" for n in range(len(first.values))] if first else []

    # -- values -----------------------------------------------------------------------------------

    def _table(self, block: bytes, names: list[str], own: pa.Schema, place: Place) -> pa.Table:
        """The rows of a block with the columns of ``own``; without any, some column stands for the rows."""
        if not self._records.sound(block):
            raise self._fault(block, names, place)
        if not block.endswith((b"\n", b"\r")):
            block += b"\n"  # or Arrow takes a last empty value behind a quoted one for a quoted one, too
        asked = own if own.names else pa.schema([pa.field(name, pa.string()) for name in names[:1]])
        native = pa.schema(
            [field if _is_native(field.type) else field.with_type(pa.binary()) for field in asked]
        )
        try:
            table = self._parsed(block, names, native)
            doubtful = self._doubts.about(block, table, lambda types: self._parsed(block, names, types))
        except (pa.ArrowInvalid, pa.ArrowKeyError):
            return self._from_text(block, names, asked, asked.names, place)
        converted = [field.name for field in asked if not _is_native(field.type)]
        if not converted and not doubtful:
            return table
        again = self._from_text(block, names, asked, [*converted, *sorted(doubtful)], place)
        for name in again.schema.names:
            column = table.schema.get_field_index(name)
            table = table.set_column(column, asked.field(name), again[name])
        return table

    def _from_text(
        self, block: bytes, names: list[str], asked: pa.Schema, which: Sequence[str], place: Place
    ) -> pa.Table:
        """The same rows, by way of text; raises the `DataError` that names the first fault."""
        fields = [asked.field(name) for name in dict.fromkeys(which)]
        try:
            raw = self._parsed(block, names, pa.schema([field.with_type(pa.binary()) for field in fields]))
        except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
            raise self._fault(block, names, place, str(error)) from error
        columns = []
        for field in fields:
            values = raw[field.name].combine_chunks()
            columns.append(self._converted(values, field, block, len(names), place))
        return pa.table(columns, schema=pa.schema(fields))

    def _converted(
        self, values: pa.Array, field: pa.Field, block: bytes, width: int, place: Place
    ) -> pa.Array:
        def convert(part: pa.Array) -> pa.Array:
            texts = part.cast(pa.string())
            if not flat(field.type):
                return from_json(texts, field.type)
            found = parsed(texts, field.type)
            if field.name not in self._types:
                refuse_rounded(texts, field.type)
                if is_odd(texts, field.type):
                    raise Odd("not as sampled")
            return found

        try:
            return convert(values)
        except ValueError as error:
            wrong = first_misfit(len(values), lambda part: convert(values[part]))
            line = self._records.line(block, wrong, blank=width == 1)
            odd = _is_only_odd(lambda: convert(values[wrong : wrong + 1]))
            raise misfit(place, wrong, line, field, values[wrong].as_py(), odd=odd) from error

    def _parsed(self, block: bytes, names: list[str], types: pa.Schema) -> pa.Table:
        options = self._options(names, types)
        for size in (PART, len(block) + 1):
            read = pcsv.ReadOptions(column_names=names, block_size=size, use_threads=False)
            try:
                return pcsv.read_csv(pa.BufferReader(block), read, *options)
            except pa.ArrowInvalid as error:
                if "straddl" not in str(error) or size > PART:  # a record that is longer than a part
                    raise
        raise AssertionError("the second size holds every record")

    def _options(self, names: list[str], types: pa.Schema) -> tuple[pcsv.ParseOptions, pcsv.ConvertOptions]:
        true, false = self._doubts.flags
        return (
            pcsv.ParseOptions(
                delimiter=self._records.delimiter.decode(),
                quote_char=self._records.quote.decode() or False,
                newlines_in_values=bool(self._records.quote),
                ignore_empty_lines=len(names) > 1,
            ),
            pcsv.ConvertOptions(
                column_types=types,
                include_columns=types.names,
                null_values=self._nulls,
                strings_can_be_null=True,
                quoted_strings_can_be_null=self._quoted_nulls,
                true_values=true,
                false_values=false,
                timestamp_parsers=[pcsv.ISO8601],
            ),
        )

    def _fault(self, block: bytes, names: list[str], place: Place, why: str = "") -> DataError:
        fault = self._records.fault(block, len(names))
        if fault is None:
            return unreadable(place.address, "CSV", f"after row {place.rows}: {why}", _ADVICE)
        row, line = place.rows + fault.record, place.line + fault.line - 1
        return DataError(
            f"{place.address}, row {row} (line {line}): {fault.why}",
            code="HYG301",
            remedy=_ADVICE,
            path=place.address,
            row=row,
            line=line,
        )

    def _sample(self, files: FileSystem, path: str, names: Sequence[str]) -> dict[str, pa.Array]:
        """The first texts of the named columns, as far as the file has them."""
        every, place, content = self._content(files, path, SAMPLED_BYTES)
        own = pa.schema([pa.field(name, pa.string()) for name in names if name in every])
        block = next(content, None)
        if block is None or not own.names:
            return {}
        table = self._table(block, every, own, place)
        return {name: table[name].combine_chunks() for name in own.names}


def _empty(files: FileSystem, paths: Sequence[str]) -> DataError:
    others = f", and so are {len(paths) - 1} others" if len(paths) > 1 else ""
    advice = "See to it that it is written whole, or declare its columns: home: {header: false, types: ...}."
    return unreadable(files.address(paths[0]), "CSV", f"it is empty{others}", advice)


def _is_native(kind: pa.DataType) -> bool:
    """Whether Arrow's parser itself reads the type exactly."""
    return any(check(kind) for check in _NATIVE)


def _is_only_odd(convert: Callable[[], object]) -> bool:
    try:
        convert()
    except ValueError as error:
        return isinstance(error, Odd)
    return False


def _in_order(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table in the given schema; columns that it lacks are null."""
    if not schema.names:
        return table.select([])
    columns = [
        table[field.name] if field.name in table.schema.names else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def _told(address: str, content: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from content
    except (ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise unreadable(address, "CSV", str(error), _ADVICE) from error
