"""Whether rows come in the order of their key, so that an upsert need not sort them."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from hygge_sqlite.compiled import ascends

__all__ = ["Ascending"]


class Ascending:
    """Follows one integer key through the batches of a file; other keys are not looked at."""

    def __init__(self, schema: pa.Schema, keys: Sequence[str]) -> None:
        self._key = keys[0] if len(keys) == 1 and pa.types.is_integer(schema.field(keys[0]).type) else None
        self._last: int | None = None
        self.holds = self._key is not None
        """No two rows so far have the same key, and each has a greater one than the row before."""

    def see(self, batch: pa.RecordBatch) -> None:
        """The next rows; their key is never null."""
        if not self.holds or not batch.num_rows:
            return
        keys = batch.column(self._key)
        follows = self._last is None or self._last < keys[0].as_py()
        self.holds = follows and ascends(keys)
        self._last = keys[-1].as_py()
