"""A filter over files: an SQL condition, evaluated by polars to a mask; the rows themselves stay Arrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from hygge.errors import DataError

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Condition"]


class Condition:
    """One condition in polars' SQL; a row belongs where it is true, not where it is null.

    ``columns`` are the columns it needs. Raises `DataError` HYG302 for what is no condition over the schema.
    """

    def __init__(self, text: str, schema: pa.Schema) -> None:
        import polars as pl  # a tenth of a second that only a filter costs

        self._pl = pl
        self._text = text
        try:
            self._expression: pl.Expr = pl.sql_expr(text)
            self.columns = tuple(dict.fromkeys(self._expression.meta.root_names()))
            unknown = [name for name in self.columns if name not in schema.names]
            if unknown:
                raise _wrong(text, f"it names {', '.join(map(repr, unknown))}", schema)
            self.mask(pa.RecordBatch.from_pylist([], schema=schema))
        except (pl.exceptions.PolarsError, pa.ArrowException, TypeError) as error:
            raise _wrong(text, str(error).split("\n")[0], schema) from error

    def mask(self, batch: pa.RecordBatch) -> pa.Array:
        """For each row whether it belongs."""
        pl = self._pl
        frame = pl.DataFrame(
            [pl.Series(name, pl.from_arrow(batch.column(name))) for name in self.columns]
            or [pl.Series("", [0] * batch.num_rows)]
        )
        found = frame.select(self._expression.cast(pl.Boolean, strict=True).alias("mask")).to_series()
        if len(found) != batch.num_rows:  # a condition without columns, such as 1 = 1
            found = found.new_from_index(0, batch.num_rows)
        mask: pa.Array = found.fill_null(value=False).to_arrow()
        return mask


def _wrong(text: str, why: str, schema: pa.Schema) -> DataError:
    return DataError(
        f"where cannot be evaluated: {text!r}: {why}",
        code="HYG302",
        remedy=f"Write a condition in SQL over the columns: {', '.join(schema.names)}.",
    )
