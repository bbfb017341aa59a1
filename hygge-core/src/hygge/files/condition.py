"""A filter over files: an SQL condition, evaluated by polars to a mask; the rows themselves stay Arrow."""

from __future__ import annotations

import re

import pyarrow as pa

from hygge.errors import DataError
from hygge.unexpected import interrupts

__all__ = ["Condition"]

# texts, names in quotes, comments, words: enough to tell what a condition speaks of
_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|--[^\n]*|/\*.*?\*/|[^\W\d]\w*""", re.DOTALL)
# What looks at several rows would say something else of each batch.
_CLAUSES = frozenset({"explode", "over", "select", "unnest"})
_AGGREGATES = re.compile(
    "array_agg|avg|bit_(and|or|xor)|corr|count|covar(_pop|_samp)?|first|last|max|median|min"
    "|quantile_(cont|disc)|(std|stdev|stddev|var)(_pop|_samp)?|string_agg|sum|variance",
    re.IGNORECASE,
)


class Condition:
    """One condition in polars' SQL; a row belongs where it is true, not where it is null.

    ``columns`` are the columns it needs. Raises `DataError` HYG302 for what is no condition over the
    single rows of the schema.
    """

    def __init__(self, text: str, schema: pa.Schema) -> None:
        names, across = _spoken_of(text)
        if across:
            raise _wrong(text, f"{across!r} looks at several rows, and a condition sees one", schema)
        self.columns = tuple(name for name in schema.names if name in names)
        self._text = text
        for name in self.columns:
            _refuse_wide(text, schema.field(name))
        self.mask(pa.RecordBatch.from_pylist([], schema=schema))

    def mask(self, batch: pa.RecordBatch) -> pa.Array:
        """For each row whether it belongs; `DataError` HYG302 where that cannot be told."""
        from polars.exceptions import ColumnNotFoundError, PolarsError  # a tenth of a second, for filters

        try:
            return self._evaluated(batch)
        except ColumnNotFoundError as error:  # of which versions of polars say more or less
            named = re.search(r'column "(.*?)"', str(error))
            name = named[1] if named else str(error).split("\n")[0]
            raise _wrong(self._text, f"there is no column {name!r}", batch.schema) from _bare(error)
        except (PolarsError, pa.ArrowException, TypeError, ValueError) as error:
            raise _wrong(self._text, str(error).split("\n")[0], batch.schema) from _bare(error)
        except BaseException as error:  # a panic of polars
            if interrupts(error):
                raise
            raise _wrong(self._text, str(error).split("\n")[0], batch.schema) from _bare(error)

    def _evaluated(self, batch: pa.RecordBatch) -> pa.Array:
        import polars as pl

        frame = pl.DataFrame(
            [pl.Series(name, pl.from_arrow(batch.column(name))) for name in self.columns]
            or [pl.Series("", [0] * batch.num_rows)]
        )
        found = frame.sql(f"SELECT (\n{self._text}\n) AS mask FROM self")
        kinds = {name: kind == pl.Boolean for name, kind in found.schema.items()}
        if kinds != {"mask": True} or found.height != batch.num_rows:
            raise ValueError("it is not true or false for each row")
        mask: pa.Array = found["mask"].fill_null(value=False).to_arrow()
        return mask


def _bare(error: BaseException) -> BaseException:
    """The error without its frames: they hold polars' context, which polars up to 1.30 wants to be
    dropped by the thread that made it."""
    return error.with_traceback(None)


def _spoken_of(text: str) -> tuple[frozenset[str], str]:
    """All that could be a column's name, and what looks at more than one row, if anything does."""
    names, across = set(), ""
    for found in _TOKEN.finditer(text):
        token = found[0]
        if token[0] in "'-/":
            continue
        if token[0] in '"`':
            names.add(token[1:-1].replace(token[0] * 2, token[0]))
            continue
        names.add(token)
        called = text[found.end() :].lstrip().startswith("(")
        if token.lower() in _CLAUSES or (called and _AGGREGATES.fullmatch(token)):
            across = token
    return frozenset(names), across


def _refuse_wide(text: str, column: pa.Field) -> None:
    """Polars panics at decimals of 256 bits, and prints that it does."""
    if "decimal256(" in str(column.type):
        raise DataError(
            f"where cannot be evaluated: {text!r}: {column.name} is {column.type}, more than the 38 digits "
            "that are compared",
            code="HYG302",
            remedy=f"Leave {column.name} out of the condition.",
        )


def _wrong(text: str, why: str, schema: pa.Schema) -> DataError:
    return DataError(
        f"where cannot be evaluated: {text!r}: {why}",
        code="HYG302",
        remedy=f"Write a condition in SQL over the columns: {', '.join(schema.names)}.",
    )
