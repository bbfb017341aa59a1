"""Polish: the last changes to columns between home and store, applied once to each batch.

In this order: select, drop, cast, hash, rename, columns (rules for names), constants, timestamps.
Columns are named as the home names them; only the new names of ``rename``, constants and timestamps
are the store's. What comes out is fixed by the home's schema alone, before the first row is read.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

import pyarrow as pa

from hygge.config.model import ConstantConfig, HashConfig, PolishConfig
from hygge.errors import ConfigurationError, DataError
from hygge.naming import numbered, renamed, repeated
from hygge.secrets import resolve
from hygge.typenames import KNOWN, parse_type

__all__ = ["Polish"]

Make = Callable[[pa.RecordBatch], pa.Array]


@dataclass(frozen=True, slots=True)
class _Out:
    """One column as the store gets it."""

    source: str | None  # the home's name where each value stands for one of the home's
    field: pa.Field
    make: Make


class Polish:
    """The polish of one entity.

    ``schema`` is what the store gets; ``names`` leads from the home's name of a column to the
    store's, for columns whose values are the home's, cast or hashed one by one (then they are in
    ``remade``, by the store's name); ``made`` are constants and timestamps.

    ``known`` are the names that the last commit gave to the home's columns: where names are numbered,
    these stay, whatever order or further columns the home has today. ``given`` is that for the next one.
    """

    def __init__(
        self,
        config: PolishConfig,
        schema: pa.Schema,
        started_at: str,
        known: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._config = config
        self._known_names = known if config.collisions == "number" else {}
        self._home = schema
        self.notes: tuple[str, ...] = ()  # what people should know
        outs = [self._out(name) for name in self._chosen()]
        outs += [self._hash(one, schema.names) for one in config.hash if one.into not in schema.names]
        outs = self._named(outs)
        outs += [_constant(one) for one in config.constants]
        outs += [_timestamp(name, started_at) for name in config.timestamps]
        _refuse_repeated([out.field.name for out in outs])
        self._outs = outs
        self.schema = pa.schema([out.field for out in outs])
        self.names: Mapping[str, str] = {out.source: out.field.name for out in outs if out.source}
        remade = {one.into for one in config.hash} | set(config.cast)
        self.remade = frozenset(name for source, name in self.names.items() if source in remade)
        self.made = frozenset(config.timestamps) | {one.name for one in config.constants}
        self.given = {**self._known_names, **self.names}
        for name in config.rename:
            self.given.pop(name, None)

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch as the store gets it; raises `DataError` for a value that a cast would change."""
        if not self._changes_values():
            return pa.RecordBatch.from_arrays(
                [batch.column(out.source) for out in self._outs], schema=self.schema
            )
        return pa.RecordBatch.from_arrays([out.make(batch) for out in self._outs], schema=self.schema)

    def _changes_values(self) -> bool:
        config = self._config
        return bool(config.cast or config.hash or config.constants or config.timestamps)

    def of_keys(self, keys: Sequence[str]) -> Mapping[str, list[str | None]]:
        """What becomes of each key: something else where the same value might be stored otherwise."""
        salted = {one.into: _of_secret(resolve(one.salt)) for one in self._config.hash if one.into in keys}
        return {key: [self.names.get(key), self._config.cast.get(key), salted.get(key)] for key in keys}

    def of_values(self) -> str:
        """Another text where the same row might be stored otherwise; constants and timestamps don't count."""
        config = self._config
        hashes = [[one.columns, one.into, _of_secret(resolve(one.salt))] for one in config.hash]
        chosen = [sorted(config.select) if config.select else None, sorted(config.drop), dict(config.cast)]
        named = [dict(config.rename), config.case, config.special]
        text = json.dumps([*chosen, hashes, *named], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    # -- which columns ------------------------------------------------------------------------

    def _chosen(self) -> Sequence[str]:
        config, names = self._config, self._home.names
        for key in ("select", "drop", "cast", "rename"):
            self._known(f"polish.{key}", getattr(config, key) or ())
        for one in config.hash:
            self._known("polish.hash", one.columns)
        chosen = [name for name in config.select or names if name not in config.drop]
        if not chosen:
            raise _wrong("polish.select and polish.drop leave no column", "Keep at least one.")
        return chosen

    def _known(self, key: str, names: Sequence[str] | Mapping[str, str]) -> None:
        unknown = [name for name in names if name not in self._home.names]
        if unknown:
            raise _wrong(
                f"{key} names {', '.join(map(repr, unknown))}, no column of the source",
                f"The columns are: {', '.join(self._home.names)}.",
            )

    # -- how they are made ----------------------------------------------------------------------

    def _out(self, name: str) -> _Out:
        field = self._home.field(name)
        for one in self._config.hash:
            if one.into == name:
                return self._hash(one, self._home.names)
        return _Out(name, field.with_type(self._kind(name)), self._values(name))

    def _kind(self, name: str) -> pa.DataType:
        """The type of a column once it is cast."""
        if name not in self._config.cast:
            return self._home.field(name).type
        kind = parse_type(self._config.cast[name])
        if kind is None:
            said = self._config.cast[name]
            raise _wrong(f"polish.cast: {said!r} is no type", f"Types are: {KNOWN}.")
        return kind

    def _values(self, name: str) -> Make:
        """The values of a column once they are cast."""
        if name not in self._config.cast:
            return lambda batch: batch.column(name)
        kind = self._kind(name)
        return lambda batch: _cast(batch.column(name), kind, name)

    def _hash(self, config: HashConfig, names: Sequence[str]) -> _Out:
        from hygge.hashing import check_hashable, hashed

        if config.into in names and config.columns != (config.into,):
            raise _wrong(
                f"polish.hash: into {config.into!r} is a column of the source already",
                "Give the hash another name.",
            )
        for name in config.columns:
            check_hashable(name, self._kind(name))
        nullable = all(self._home.field(name).nullable for name in config.columns)
        salt, makes = resolve(config.salt), [self._values(name) for name in config.columns]
        return _Out(
            config.into if config.into in names else None,
            pa.field(config.into, pa.string(), nullable=nullable),
            lambda batch: hashed([make(batch) for make in makes], salt),
        )

    # -- what they are called -------------------------------------------------------------------

    def _named(self, outs: Sequence[_Out]) -> list[_Out]:
        before = [out.field.name for out in outs]
        names = [_ruled(self._config, name) for name in before]
        if self._config.collisions == "number":
            known = {name: new for name, new in self._known_names.items() if name not in self._config.rename}
            kept = [place for place, name in enumerate(before) if name in known]
            wanted = [known.get(name, new) for name, new in zip(before, names, strict=True)]
            by_rule, names = names, numbered(wanted, kept, known.values())
            self.notes = tuple(
                f"polish calls {old!r} {new!r}: another column is {rule!r} already"
                for old, rule, new in zip(before, by_rule, names, strict=True)
                if rule != new
            )
        elif found := repeated(names):
            name, places = next(iter(found.items()))
            raise _wrong(
                f"polish: {', '.join(repr(before[p]) for p in places)} would all be called {name!r}",
                "Rename one of them with polish.rename, or write columns: {collisions: number}.",
            )
        pairs = zip(outs, names, strict=True)
        return [_Out(out.source, out.field.with_name(name), out.make) for out, name in pairs]


def _ruled(config: PolishConfig, name: str) -> str:
    """What a column is called, unless another one is called so."""
    if name in config.rename:
        return config.rename[name]
    if (config.case, config.special) == ("keep", "keep"):
        return name
    found = renamed(name, config.case, only_letters=config.special == "remove")
    if not found:
        raise _wrong(
            f"polish: nothing would be left of the column name {name!r}",
            "Name it with polish.rename.",
        )
    return found


@functools.cache
def _of_secret(salt: str) -> str:
    """Another text for another salt, from which it is dear to guess one."""
    return hashlib.scrypt(salt.encode(), salt=b"hygge polish", n=2**14, r=8, p=1).hex()[:16] if salt else ""


def _cast(values: pa.Array, kind: pa.DataType, name: str) -> pa.Array:
    """The values in another type; raises `DataError` where one of them would not be the same there."""
    try:
        found = _between(values, kind)
        same = not _comparable(values.type, kind) or _equal(_between(found, values.type), values)
    except pa.ArrowException as error:
        raise _unfit(name, values.type, kind) from error
    if not same:
        raise _unfit(name, values.type, kind)
    return found


def _between(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """A cast by the way on which Arrow neither rounds nor asks for more room than the values need."""
    types = (values.type, kind)
    if any(map(pa.types.is_floating, types)) and any(map(pa.types.is_decimal, types)):
        return values.cast(pa.string()).cast(kind)  # multiplied, 19.99 would not be the double 19.99
    if pa.types.is_integer(values.type) and pa.types.is_decimal(kind):
        return values.cast(pa.decimal256(20, 0)).cast(kind)
    texts = pa.types.is_string(values.type) or pa.types.is_large_string(values.type)
    if pa.types.is_integer(kind) and texts:
        from hygge.files.text import has_hexadecimal  # few flows cast texts

        if has_hexadecimal(values):
            raise pa.ArrowInvalid("a text that is hexadecimal, or no number")
    if pa.types.is_floating(kind) and texts:
        from hygge.files.rounding import refuse_rounded

        refuse_rounded(values.cast(pa.string()), kind)
    return values.cast(kind)


def _comparable(before: pa.DataType, after: pa.DataType) -> bool:
    """Whether a cast between the types may change a value without a word, and the way back shows it."""
    return before != after and _is_measure(before) and _is_measure(after)


def _is_measure(kind: pa.DataType) -> bool:
    """Numbers, flags, dates and times: Arrow rounds, cuts or overflows some of them silently."""
    return bool(pa.types.is_primitive(kind) or pa.types.is_decimal(kind))


def _equal(back: pa.Array, values: pa.Array) -> bool:
    """Whether all values came back, two NaN being one value."""
    import pyarrow.compute as pc

    same = pc.equal(back, values)
    if pa.types.is_floating(values.type):
        same = pc.or_kleene(same, pc.and_(pc.is_nan(back), pc.is_nan(values)))
    return bool(pc.all(same, min_count=0).as_py())


def _unfit(name: str, before: pa.DataType, after: pa.DataType) -> DataError:
    return DataError(
        f"polish.cast: a value of {name!r} does not fit {after}: from {before} it would not stay the same",
        code="HYG301",
        remedy="Choose a type that holds every value, or leave the column as it is.",
        column=name,
    )


def _constant(config: ConstantConfig) -> _Out:
    named = parse_type(config.type) if config.type else None
    if config.type and named is None:
        raise _wrong(f"polish.constants: {config.type!r} is no type", f"Types are: {KNOWN}.")
    try:
        great = type(config.value) is int and config.value >= 2**63
        value = pa.scalar(config.value, named) if great else pa.scalar(config.value)
        value = value if named is None else value.cast(named)
    except (pa.ArrowException, OverflowError) as error:
        raise _wrong(
            f"polish.constants: {config.value!r} of {config.name!r} is no {config.type or 'int64'}",
            "Change value or type.",
        ) from error
    kind = value.type
    field = pa.field(config.name, kind, nullable=False)
    return _Out(None, field, lambda batch: pa.repeat(value, batch.num_rows))


def _timestamp(name: str, started_at: str) -> _Out:
    kind = pa.timestamp("us", "UTC")
    value = pa.scalar(datetime.fromisoformat(started_at), kind)
    return _Out(None, pa.field(name, kind, nullable=False), lambda batch: pa.repeat(value, batch.num_rows))


def _refuse_repeated(names: Sequence[str]) -> None:
    if found := list(repeated(names)):
        raise _wrong(
            f"polish: two columns would be called {found[0]!r}",
            "Give the constant, timestamp or hash another name.",
        )


def _wrong(what: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(what, code="HYG114", remedy=remedy)
