"""What a run asks of its home: everything, or the window above the committed watermark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hygge import schemas
from hygge.engine.backfill import backfill_window
from hygge.engine.preflight import Footing
from hygge.errors import DataError, Refused
from hygge.flow.item import Item
from hygge.model import Plan, ReadRequest, Receipt, WatermarkValue, Window
from hygge.watermark import akin, check_lookback, later, minus, type_name

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["check_plan", "committed", "read_request", "shortened"]


def read_request(item: Item, footing: Footing) -> ReadRequest:
    """The request for the home's plan; its window is open at the top until the plan has fixed it."""
    return ReadRequest(
        entity=item.entity,
        columns=item.config.columns,
        where=item.config.where,
        limit=item.config.limit,
        window=_window(item, footing) if item.backfill is None else backfill_window(item, footing),
        position=_position(item, footing),
        pinned=(footing.last.home_schema or None) if footing.last else None,
    )


def committed(item: Item, footing: Footing) -> WatermarkValue | None:
    """The watermark to go on from; None: nothing is committed yet, or everything is read anew."""
    if footing.run_type == "full_drop" or footing.last is None or item.config.watermark is None:
        return None
    if footing.last.watermark is None:
        raise Refused(
            f"{item.label}: the target was loaded without a watermark, so hygge cannot tell what is new",
            code="HYG407",
            remedy=f"Load it once with `hygge run {item.term} --full-drop`; that seeds it.",
        )
    return footing.last.watermark


def _window(item: Item, footing: Footing) -> Window | None:
    config = item.config.watermark
    full = footing.run_type == "full_drop"
    if config is None or (full and not item.home_type.capabilities.incremental):
        return None  # without a window the watermark is still followed, batch by batch
    nulls = full or config.nulls == "include"
    value = committed(item, footing)
    lower = None
    if value is not None and value.value is not None:
        lower = minus(value.value, value.type, config.lookback)
        lower = _not_below_identities(item, footing.last, value.type, lower)
    return Window(
        column=config.column,
        type=value.type if value else None,
        lower=lower,
        nulls=nulls,
        fail_on_nulls=not nulls and config.nulls == "fail",
    )


def _not_below_identities(item: Item, last: Receipt | None, type_: str, lower: str) -> str:
    """An append can leave out only rows whose identities the last receipt kept."""
    if (
        last is None
        or last.overlap is None
        or last.overlap.lower is None
        or item.mode("incremental") == "upsert"
    ):
        return lower
    return later(last.overlap.lower, lower, type_)


def shortened(item: Item, footing: Footing) -> str | None:
    """Why this run looks back less far than configured, for people; None if it does not."""
    if item.backfill is not None:
        return None
    window, value, config = _window(item, footing), committed(item, footing), item.config.watermark
    if window is None or value is None or value.value is None or config is None:
        return None
    wanted = minus(value.value, value.type, config.lookback)
    if window.lower == wanted:
        return None
    return (
        f"reads from {window.lower}, not from {wanted}: the last load kept no identities below that, "
        f"rows there could be doubled (--full-drop once looks back the whole way)"
    )


def _position(item: Item, footing: Footing) -> str | None:
    """Where the home stood after the last commit; None: it reads everything."""
    if footing.run_type == "full_drop" or footing.last is None or item.config.watermark is not None:
        return None
    if footing.last.position is None:
        raise Refused(
            f"{item.label}: the target was loaded without a position, so hygge cannot tell what is new",
            code="HYG407",
            remedy=f"Load it once with `hygge run {item.term} --full-drop`; that seeds it.",
        )
    return None if footing.last.restart else footing.last.position


def check_plan(item: Item, footing: Footing, plan: Plan) -> None:
    """Refuse a plan that cannot be carried out exactly on this footing."""
    schema = schemas.unpack(plan.schema)
    if not schema.names:
        raise DataError(
            f"{item.label}: the source has no columns",
            code="HYG302",
            remedy="See to it that it is not empty, or that home.columns and home.types name some.",
        )
    _check_keys(item, schema)
    if item.config.watermark is not None:
        _check_watermark(item, footing, schema)
    appending = footing.run_type == "incremental" and footing.last is not None
    if appending and footing.last is not None and item.mode("incremental") == "append":
        _check_append(item, footing.last, plan)


def _check_keys(item: Item, schema: pa.Schema) -> None:
    missing = [key for key in item.config.keys if key not in schema.names]
    if missing:
        raise DataError(
            f"{item.label}: keys {missing} are no columns of the source",
            code="HYG302",
            remedy=f"The columns are: {', '.join(schema.names)}.",
        )


def _check_watermark(item: Item, footing: Footing, schema: pa.Schema) -> None:
    config = item.config.watermark
    assert config is not None
    if config.column not in schema.names:
        raise DataError(
            f"{item.label}: the watermark column {config.column!r} is not among the columns read",
            code="HYG303",
            remedy=f"The columns are: {', '.join(schema.names)}.",
        )
    name = type_name(schema.field(config.column).type)
    check_lookback(name, config.lookback)
    value = committed(item, footing)
    if value is not None and not (value.column == config.column and akin(value.type, name)):
        raise Refused(
            f"{item.label}: the committed watermark is {value.column} of type {value.type}, "
            f"the flow now has {config.column} of type {name}",
            code="HYG407",
            remedy=f"Load it anew with `hygge run {item.term} --full-drop`.",
        )


def _check_append(item: Item, last: Receipt, plan: Plan) -> None:
    if item.config.watermark is not None and last.overlap is None:
        raise Refused(
            f"{item.label}: the last load kept no identities, an append could double rows",
            code="HYG407",
            remedy=f"Load it once with `hygge run {item.term} --full-drop`.",
        )
    watermark = item.config.watermark
    if watermark is not None and watermark.nulls == "include" and last.overlap and last.overlap.nulls is None:
        raise Refused(
            f"{item.label}: rows without a value in {watermark.column!r} are committed whose identities "
            "were not kept: with nulls: include they would be doubled",
            code="HYG407",
            remedy=f"Load it once with `hygge run {item.term} --full-drop`; from then on they are known.",
        )
    if plan.repeats:
        raise Refused(
            f"{item.label}: the source holds rows again that were read before, an append would double them",
            code="HYG405",
            remedy="Give keys and a store that can upsert, or load it anew with "
            f"`hygge run {item.term} --full-drop`.",
        )
