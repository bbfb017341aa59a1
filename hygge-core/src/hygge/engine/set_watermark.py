"""A watermark, or a position, set by hand: an adoption of the target's receipt with another value in it.

The receipt beside the data keeps the watermark of its job. Only the journal knows of the value that
was set, until the next run commits: a journal that is lost takes it along, and `state adopt` undoes it.
"""

from __future__ import annotations

import shlex
from contextlib import ExitStack
from dataclasses import dataclass, replace

from hygge.config import Project
from hygge.engine.by_hand import Change, Changed, changing, named, unfinished
from hygge.engine.preflight import Footing, footing
from hygge.engine.request import read_request
from hygge.errors import ConfigurationError, Refused
from hygge.flow.item import Item
from hygge.model import Receipt, WatermarkValue
from hygge.plugins import registry
from hygge.watermark import given, later

__all__ = ["set_watermark"]


def set_watermark(project: Project, label: str, text: str, *, sure: bool = False) -> Changed:
    """Let the next run go on from another value of the watermark; ``start``, where the home counts by itself.

    Raises `Refused` (HYG604), unless the user is ``sure``, for what would leave rows out or append
    them a second time, and as a run does where journal, target and flow disagree.
    """
    item = replace(named(project, label), run_type="incremental", explicit=False)
    with changing(project, item) as change:
        if change.head.job is not None:
            raise unfinished(item, change.head)
        found = _footing(change)
        if item.config.watermark is None and item.home_type.capabilities.positions:
            return _set_position(change, found, text, sure=sure)
        before = _committed(item, found)
        after = replace(before, value=given(text, before.type))
        if after == before:
            return Changed(
                label=item.label,
                what=f"stands at {after.value} already",
                backup=None,
                before=before,
                after=after,
            )
        assert found.last is not None
        receipt = _moved(found.last, after)
        effect = _effect(item, replace(found, last=receipt), before, after)
        if effect.remedy and not sure:
            raise Refused(f"{item.label}: {effect.said}", code="HYG604", remedy=effect.remedy)
        backup = change.write("adopted", receipt)
        return Changed(label=item.label, what=effect.said, backup=backup, before=before, after=after)


def _set_position(change: Change, found: Footing, text: str, *, sure: bool) -> Changed:
    """Let the next run read from the source's start: the one position that hygge knows of any home."""
    item = change.item
    if text != "start":
        raise ConfigurationError(
            f"{item.label}: {text!r} is no position: the home counts by itself what is new",
            code="HYG105",
            remedy=f"`hygge state set {item.term} start` lets the next run read all that the source holds.",
        )
    if found.last is None or found.last.restart:
        return Changed(label=item.label, what="reads all that the source holds already", backup=None)
    if found.last.position is None:
        raise Refused(
            f"{item.label}: the target was loaded without a position, so there is none to set",
            code="HYG407",
            remedy=f"Load it once with `hygge run {item.term} --full-drop`.",
        )
    said = "the next incremental run reads all that the source holds"
    if item.mode("incremental") == "upsert":
        said += "; rows that are there are upserted"
    elif not sure:
        raise Refused(
            f"{item.label}: {said}; rows that are there already are appended a second time",
            code="HYG604",
            remedy=f"If the source was made anew, say so with `hygge state set {item.term} start --yes`.",
        )
    backup = change.write("adopted", replace(found.last, restart=True))
    return Changed(label=item.label, what=said, backup=backup)


def _footing(change: Change) -> Footing:
    """What the next run would stand on; refused as a run would refuse."""
    item = change.item
    with ExitStack() as opened:
        home = registry().open_home(item.home_type.name, item.config.home)
        opened.callback(home.close)
        store = registry().open_store(item.store_type.name, item.config.store)
        opened.callback(store.close)
        state = store.state(item.target)
        return footing(item, change.head, state, home.identity(item.entity), store.identity(item.target))


def _committed(item: Item, found: Footing) -> WatermarkValue:
    config = item.config.watermark
    if config is None or found.last is None or found.last.watermark is None:
        why = "the flow has no watermark" if config is None else "no watermark is committed yet"
        raise Refused(
            f"{item.label}: {why}, so there is none to set",
            code="HYG407",
            remedy=f"Give the flow a watermark, and seed it with `hygge run {item.term} --full-drop`.",
        )
    return found.last.watermark


def _moved(last: Receipt, after: WatermarkValue) -> Receipt:
    """The receipt with the value; an append is to read from there, identities kept or not."""
    kept = last.overlap
    if kept is not None and kept.lower is not None and after.value is not None:
        lowest = after.value if later(kept.lower, after.value, after.type) == kept.lower else kept.lower
        kept = replace(kept, lower=lowest)
    return replace(last, watermark=after, overlap=kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Effect:
    """What the next run will do with the rows between the old value and the new one."""

    said: str
    remedy: str = ""  # what to do instead; empty where nothing is left out or doubled


def _effect(item: Item, found: Footing, before: WatermarkValue, after: WatermarkValue) -> _Effect:
    window = read_request(item, found).window
    lower = window.lower if window else None
    assert lower is not None
    assert after.value is not None
    sure = f"say so with `hygge state set {item.term} {shlex.quote(after.value)} --yes`"
    said = f"the next incremental run reads {after.column} from {lower} on"
    if before.value is None:
        return _Effect(
            said=f"{said}; rows below that are left out", remedy=f"If that is what you want, {sure}."
        )
    if later(after.value, before.value, after.type) == after.value:
        if later(lower, before.value, after.type) == before.value:  # the lookback bridges it
            return _Effect(said=said)
        return _Effect(
            said=f"{said}; rows above {before.value} and below {lower} are left out",
            remedy=f"If that is what you want, {sure}.",
        )
    if item.mode("incremental") == "upsert":
        return _Effect(said=f"{said}; rows up to {before.value} come again and are upserted")
    missing = f"To add only those that are missing, use `hygge run {item.term} --from {shlex.quote(lower)}`. "
    return _Effect(
        said=f"{said}; rows up to {before.value} come again and are appended a second time, "
        "as far as their identities are not kept",
        remedy=(missing if item.store_type.capabilities.read_back else "")
        + f"If they are to come again, {sure}.",
    )
