"""One schema over many files, and the rows of each file in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pyarrow as pa

from hygge.errors import DataError
from hygge.widening import widest

__all__ = ["in_schema", "unified"]

_types = pa.types


def unified(found: Iterable[tuple[str, pa.Schema]], address: Callable[[str], str]) -> pa.Schema:
    """One field for each name, in the order in which the names turn up; ``found`` has the files' paths.

    Raises `DataError` HYG305 for types that no type holds together.
    """
    fields: dict[str, pa.Field] = {}
    origin: dict[str, str] = {}
    missing: set[str] = set()
    before: pa.Schema | None = None
    for number, (path, schema) in enumerate(found):
        if before is not None and schema.equals(before):
            continue  # thousands of files mostly have one schema
        before = schema
        if len(set(schema.names)) != len(schema.names):
            raise _contradiction(f"{address(path)} has two columns of one name")
        missing |= fields.keys() - set(schema.names)
        for field in schema:
            field = field.with_type(_plain(field.type)).remove_metadata()
            known = fields.get(field.name)
            if known is None:
                fields[field.name], origin[field.name] = field, path
                missing |= {field.name} if number else set()
                continue
            both = _joined(known, field)
            if both is None:
                raise _contradiction(
                    f"{field.name!r} is {known.type} in {address(origin[field.name])} "
                    f"and {field.type} in {address(path)}"
                )
            fields[field.name] = both
    return pa.schema([f.with_nullable(True) if f.name in missing else f for f in fields.values()])


def in_schema(batch: pa.RecordBatch, schema: pa.Schema, address: str) -> pa.RecordBatch:
    """The batch of a file in the unified schema; what the file lacks is null.

    Raises `DataError` HYG301 for a time that nanoseconds, which another file has, can't hold.
    """
    if not schema.names or batch.schema.equals(schema, check_metadata=False):
        return batch
    columns = []
    for field in schema:
        place = batch.schema.get_field_index(field.name)
        values = pa.nulls(batch.num_rows, field.type) if place < 0 else batch.column(place)
        try:
            columns.append(values if values.type.equals(field.type) else values.cast(field.type))
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
            raise DataError(
                f"{address}: {field.name!r} is {values.type} there, {field.type} over all files, "
                f"and a value does not fit: {error}",
                code="HYG301",
                remedy="Name the files of one kind with a glob, or write the others anew.",
            ) from error
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _plain(kind: pa.DataType) -> pa.DataType:
    """The type without an encoding that one file may have and another not."""
    if _types.is_dictionary(kind):
        return _plain(kind.value_type)
    if kind.equals(pa.string_view()):
        return pa.string()
    if kind.equals(pa.binary_view()):
        return pa.binary()
    return _nested(kind, lambda field: field.with_type(_plain(field.type)))


def _nested(kind: pa.DataType, change: Callable[[pa.Field], pa.Field]) -> pa.DataType:
    """The type with each of its own fields changed."""
    if _types.is_struct(kind):
        return pa.struct([change(field) for field in kind])
    if _types.is_fixed_size_list(kind):
        return pa.list_(change(kind.value_field), kind.list_size)
    if _types.is_map(kind):
        return pa.map_(change(kind.key_field), change(kind.item_field), kind.keys_sorted)
    if _types.is_large_list(kind):
        return pa.large_list(change(kind.value_field))
    return pa.list_(change(kind.value_field)) if _types.is_list(kind) else kind


def _joined(one: pa.Field, other: pa.Field) -> pa.Field | None:
    """A field that holds the values of both."""
    kind = _holding(one.type, other.type)
    if kind is None:
        return None
    return one.with_type(kind).with_nullable(one.nullable or other.nullable)


def _holding(one: pa.DataType, other: pa.DataType) -> pa.DataType | None:
    if one.equals(other):
        return one
    if _types.is_struct(one) and _types.is_struct(other):
        return _joined_struct(one, other)
    if _types.is_map(one) and _types.is_map(other):
        key, item = _joined(one.key_field, other.key_field), _joined(one.item_field, other.item_field)
        return pa.map_(key, item) if key is not None and item is not None else None
    if _is_list(one) and _is_list(other):
        value = _joined(one.value_field, other.value_field)
        large = _types.is_large_list(one) or _types.is_large_list(other)
        return None if value is None else pa.large_list(value) if large else pa.list_(value)
    if _types.is_timestamp(one) and _types.is_timestamp(other) and "ns" in (one.unit, other.unit):
        # a time that nanoseconds can't hold is an error where it is read
        finer = pa.timestamp("ns", one.tz)
        return widest(finer, pa.timestamp("ns", other.tz))
    return widest(_stored(one), _stored(other))


def _joined_struct(one: pa.StructType, other: pa.StructType) -> pa.DataType | None:
    theirs = {field.name: field for field in other}
    fields = []
    for field in one:
        also = theirs.pop(field.name, None)
        both = field.with_nullable(True) if also is None else _joined(field, also)
        if both is None:
            return None
        fields.append(both)
    return pa.struct([*fields, *(field.with_nullable(True) for field in theirs.values())])


def _is_list(kind: pa.DataType) -> bool:
    return bool(_types.is_list(kind) or _types.is_large_list(kind) or _types.is_fixed_size_list(kind))


def _stored(kind: pa.DataType) -> pa.DataType:
    """What is behind an extension type, which not every file's writer knew."""
    return kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind


def _contradiction(what: str) -> DataError:
    return DataError(
        f"the files contradict each other: {what}",
        code="HYG305",
        remedy="Name the files of one kind with a glob, or write the others anew.",
    )
