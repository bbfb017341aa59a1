"""What becomes of a batch between home and store: polish, then the settled schema of the target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hygge import schemas
from hygge.config.model import PolishConfig
from hygge.drift import Change, conform, settle
from hygge.engine.polished import added, check_backfill, check_keys, known_names
from hygge.engine.preflight import Footing
from hygge.engine.promises import refuse_unpromised
from hygge.errors import ConfigurationError, Refused
from hygge.flow.item import Item
from hygge.model import Mode, Plan
from hygge.polish import Polish

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Shape", "Shaping", "shape"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What the store will see."""

    schema: str  # packed
    keys: tuple[str, ...]  # the store's names
    latest_by: str | None
    absent: tuple[str, ...]  # columns of the schema that the source does not have
    changes: tuple[Change, ...]
    notes: tuple[str, ...]  # what people should know
    polish: Polish
    known: Mapping[str, str]  # names of columns that stay
    reading: Mapping[str, str]  # what the next job has to know of this one's rows


def shape(item: Item, footing: Footing, plan: Plan, started_at: str) -> Shape:
    """The shape of a planned job; raises where polish or the schema policy forbid it."""
    mode = item.mode(footing.run_type)
    home = schemas.unpack(plan.schema)
    last = footing.last
    known = known_names(item, last)
    polish = Polish(item.config.polish, home, started_at, known)
    settled = settle(
        schemas.unpack(last.schema) if last else None,
        polish.schema,
        item.config.drift,
        mode,
        item.store_type.capabilities,
        item.label,
    )
    if last is not None and mode == "append":
        _check_identities(item, footing, home)
        if item.backfill is not None:
            check_backfill(item, last, polish)
    keys = _keys(item, polish, mode)
    if last is not None and mode == "upsert":
        check_keys(item, last, polish)
    promised = item.store_type.capabilities
    refuse_unpromised(promised, mode, settled.schema.names, item.label, operations=plan.operations)
    return Shape(
        schema=schemas.pack(settled.schema),
        keys=keys,
        latest_by=_latest_by(item, polish),
        absent=tuple(name for name in settled.schema.names if name not in polish.schema.names),
        changes=settled.changes,
        notes=(*polish.notes, *_of_equal_keys(item, polish, mode)),
        polish=polish,
        known=known,
        reading=added(item, polish, None if mode == "replace" else last, settled.schema.names),
    )


class Shaping:
    """Shapes the batches of one job; built anew wherever they are read."""

    def __init__(
        self, config: PolishConfig, home: str, target: str, started_at: str, known: Mapping[str, str]
    ) -> None:
        self._target = schemas.unpack(target)
        unchanged = config == PolishConfig()
        self._polish = None if unchanged else Polish(config, schemas.unpack(home), started_at, known)

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch as the store gets it."""
        return conform(batch if self._polish is None else self._polish(batch), self._target)


def _keys(item: Item, polish: Polish, mode: Mode) -> tuple[str, ...]:
    lost = [key for key in item.config.keys if key not in polish.names]
    if lost and mode == "upsert":
        raise ConfigurationError(
            f"{item.label}: polish takes away {', '.join(map(repr, lost))}, on which rows are upserted",
            code="HYG114",
            remedy="Keep the keys, or write: append.",
        )
    return () if lost else tuple(polish.names[key] for key in item.config.keys)


def _latest_by(item: Item, polish: Polish) -> str | None:
    watermark = item.config.watermark
    name = polish.names.get(watermark.column) if watermark else None
    return None if name in polish.remade else name


def _of_equal_keys(item: Item, polish: Polish, mode: Mode) -> Iterator[str]:
    watermark = item.config.watermark
    if mode == "upsert" and watermark is not None and _latest_by(item, polish) is None:
        yield f"polish changes {watermark.column!r}: of rows with equal keys, the last one counts"


def _check_identities(item: Item, footing: Footing, home: pa.Schema) -> None:
    """Refuse an append whose rows could not be told from the committed ones any more."""
    last = footing.last
    assert last is not None
    if last.overlap is None or not last.home_schema:
        return
    from hygge.overlap import comparable  # it needs Arrow's kernels, which are slow to import

    before = schemas.unpack(last.home_schema)
    for name in last.overlap.columns:
        if name in home.names and comparable(before.field(name).type, home.field(name).type):
            continue
        is_now = f"is {home.field(name).type} now" if name in home.names else "is gone"
        raise Refused(
            f"{item.label}: the committed rows at the watermark are known by their {name!r} "
            f"({before.field(name).type}), which {is_now}; an append could double them",
            code="HYG411",
            remedy=f"Load it anew with `hygge run {item.term} --full-drop`, and name keys that stay.",
        )
