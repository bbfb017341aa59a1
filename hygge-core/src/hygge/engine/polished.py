"""What a receipt knows of how its rows were made, above all of their polish, and what must not follow on it.

It stands in `Receipt.reading`, which the next run compares: rows that were stored otherwise than today's
would be cannot be found again by their keys, or by all of their values.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from hygge import schemas
from hygge.errors import Refused
from hygge.flow.item import Item
from hygge.model import Receipt
from hygge.polish import Polish

__all__ = ["added", "check_backfill", "check_keys", "had", "known_names"]

KEYS = "keys as stored"
VALUES = "polish"
NAMES = "numbered names"
HAD = "columns of every row"
SEVERAL = "several"
"""In place of a digest: rows that stayed were polished in several ways."""


def known_names(item: Item, last: Receipt | None) -> Mapping[str, str]:
    """The names that a flow with ``collisions: number`` gave to columns, if its rule is still the same."""
    if last is None or NAMES not in last.reading:
        return {}
    told = json.loads(last.reading[NAMES])
    return told["names"] if told["rule"] == _rule(item) else {}


def had(last: Receipt) -> Sequence[str]:
    """The target's columns that came with every row that is there; of others, some rows are null for now."""
    names: Sequence[str] = schemas.unpack(last.schema).names
    return json.loads(last.reading[HAD]) if HAD in last.reading else names


def added(item: Item, polish: Polish, last: Receipt | None, names: Sequence[str]) -> Mapping[str, str]:
    """What a job's reading says of its rows.

    ``last`` is the receipt whose rows stay, ``names`` are the target's columns once the job has landed.
    """
    values = polish.of_values()
    before = last.reading.get(VALUES, values) if last is not None else values
    found = {
        KEYS: json.dumps(polish.of_keys(item.config.keys)),
        VALUES: values if before == values else SEVERAL,
    }
    if item.config.polish.collisions == "number":
        found[NAMES] = json.dumps({"rule": _rule(item), "names": polish.given})
    come = [name for name in (names if last is None else had(last)) if name in polish.schema.names]
    if len(come) < len(names):
        found[HAD] = json.dumps(come)
    return found


def check_keys(item: Item, last: Receipt, polish: Polish) -> None:
    """Raise `Refused` for an upsert that would not find the rows that are there."""
    if _finds_keys(item, last, polish):
        return
    raise Refused(
        f"{item.label}: the keys ({', '.join(item.config.keys)}), as polish makes them now, are not those of "
        "the rows that are stored; an upsert would double them",
        code="HYG406",
        remedy=f"Load it anew with `hygge run {item.term} --full-drop`, or leave the keys as they were.",
    )


def check_backfill(item: Item, last: Receipt, polish: Polish) -> None:
    """Raise `Refused` for an append of what is missing in a window if it would not know the rows there.

    They are told apart by watermark and keys; without keys, or if polish drops one, by all their values.
    """
    keys = bool(item.config.keys) and all(key in polish.names for key in item.config.keys)
    watermark = item.config.watermark
    if watermark is not None and watermark.column not in polish.names:
        raise Refused(
            f"{item.label}: which rows of the window are there already cannot be told: polish leaves out the "
            f"watermark {watermark.column!r}",
            code="HYG405",
            remedy="Give keys and a store that can upsert; or keep the column, and load it anew with "
            f"`hygge run {item.term} --full-drop`.",
        )
    named = watermark is None or polish.names.get(watermark.column) in schemas.unpack(last.schema).names
    if named and (_finds_keys(item, last, polish) if keys else _same_values(last, polish)):
        return
    raise Refused(
        f"{item.label}: which rows of the window are there already cannot be told: polish has changed since "
        "rows of it were loaded",
        code="HYG405",
        remedy=f"Load it anew with `hygge run {item.term} --full-drop`, or polish it as before.",
    )


def _finds_keys(item: Item, last: Receipt, polish: Polish) -> bool:
    before = json.loads(last.reading.get(KEYS, "{}"))
    committed = schemas.unpack(last.schema).names
    return all(
        polish.names.get(key) in committed
        and (before[key] == made if key in before else _same_values(last, polish))
        for key, made in polish.of_keys(item.config.keys).items()
    )


def _same_values(last: Receipt, polish: Polish) -> bool:
    values = polish.of_values()
    return last.reading.get(VALUES, values) == values


def _rule(item: Item) -> Sequence[str]:
    return [item.config.polish.case, item.config.polish.special]
