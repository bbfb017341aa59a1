"""Bugs on purpose, to see that histories find them; each is put into a child before it does anything."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import hygge.engine.entity as entity
import hygge.engine.preflight as preflight
import hygge.engine.request as request
from hygge.engine.preflight import Footing
from hygge.journal import FileJournal
from hygge.overlap import Known, Tracker

__all__ = ["SEEDS"]


def _put(owner: Any, name: str, bug: Any) -> None:
    """Put the bug in the place of what is there."""
    setattr(owner, name, bug)


def _watermark_ahead() -> None:
    """The watermark is committed one value above what was read."""
    honest = Tracker.watermark

    def ahead(self: Tracker) -> Any:
        found = honest(self)
        return found if found.value is None else replace(found, value=str(int(found.value) + 1))

    _put(Tracker, "watermark", ahead)


def _overlap_doubled() -> None:
    """Rows that are committed already are appended again."""

    def doubled(self: Tracker, batch: Any, again: Any, committed: Any) -> Any:
        return batch

    _put(Tracker, "_leave_out", doubled)


def _boundary_exclusive() -> None:
    """A window begins above its lower end."""
    honest = request._window

    def exclusive(*args: Any) -> Any:
        found = honest(*args)
        if found is None or found.lower is None:
            return found
        return replace(found, lower=str(int(found.lower) + 1))

    _put(request, "_window", exclusive)


def _twins_lost() -> None:
    """A committed identity leaves out every row that bears it."""
    honest = Known.take

    def lost(self: Known, ids: Any) -> Any:
        for known, place in zip(honest(self, ids), self._find(ids).to_pylist(), strict=True):
            yield known or place is not None

    _put(Known, "take", lost)


def _lookback_forgotten() -> None:
    """The window begins at the watermark, whatever the lookback."""
    _put(request, "minus", lambda text, name, lookback: text)


def _landed_again() -> None:
    """Recovery does not look for the receipt and lets the next run read what landed again."""

    def again(head: Any, around: Any) -> Any:
        return replace(head, job=None, plan=None)

    def footing(*args: Any) -> Footing:
        found = honest(*args)
        return replace(found, last=args[1].receipt or found.last)

    honest = preflight.footing
    _put(entity, "recover", again)
    _put(entity, "footing", footing)


def _restore_unseen() -> None:
    """A destination that was restored passes for the one the journal knows."""

    def unseen(item: Any, head: Any, state: Any, target_identity: str) -> bool:
        known, found = head.receipt, state.receipt
        return found is not None and (known is None or found.number > known.number)

    _put(preflight, "_newer_receipt", unseen)


def _redefinition_unseen() -> None:
    """A flow whose condition changed goes on as if nothing had."""
    _put(preflight, "_redefined", lambda item, last: [])


def _damage_unseen() -> None:
    """A file that is gone is passed over."""
    _put(preflight, "_refuse_damage", lambda item, state: None)


def _nulls_lost() -> None:
    """Rows without a watermark value are not read."""
    honest = request._window

    def without(*args: Any) -> Any:
        found = honest(*args)
        return None if found is None else replace(found, nulls=False)

    _put(request, "_window", without)


def _reset_ignored() -> None:
    """A run after `state reset` goes on where it stood."""
    honest = preflight.footing

    def ignoring(item: Any, head: Any, *rest: Any) -> Footing:
        return honest(item, replace(head, reset=False), *rest)

    _put(entity, "footing", ignoring)


def _lease_ignored() -> None:
    """Two runs of a flow may go on at once."""
    _put(FileJournal, "lease", lambda self, flow: contextlib.nullcontext())


SEEDS: Mapping[str, Callable[[], None]] = {
    seed.__name__.strip("_"): seed
    for seed in (
        _watermark_ahead,
        _overlap_doubled,
        _boundary_exclusive,
        _twins_lost,
        _lookback_forgotten,
        _landed_again,
        _restore_unseen,
        _redefinition_unseen,
        _damage_unseen,
        _nulls_lost,
        _reset_ignored,
        _lease_ignored,
    )
}
