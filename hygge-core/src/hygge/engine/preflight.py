"""Do journal, target and configuration agree? Decides on what a run may build; does no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import quote, unquote

from hygge.errors import ConfigurationError, Refused
from hygge.files.layout import data_name
from hygge.flow.item import Item
from hygge.model import Head, Receipt, RunType, TargetState

__all__ = ["Footing", "footing", "settled"]

ANY_JOB = "20000101T000000-0000000000"
PACKED = {"gzip": ".gz", "zstd": ".zst", "bz2": ".bz2"}  # how names of packed texts end


@dataclass(frozen=True, slots=True, kw_only=True)
class Footing:
    """What the next job stands on."""

    run_type: RunType
    base: Receipt | None  # the target's last receipt; the job's commit depends on it
    last: Receipt | None  # whose watermark and definition count; None: start from nothing
    adopted: bool = False  # the journal did not know the receipt and is to learn it


def settled(heads: Mapping[str, Head]) -> Mapping[str, str]:
    """The entities of a flow by the addresses where they have settled, which places may write otherwise."""
    known = ((entity, head.receipt) for entity, head in heads.items())
    return {_as_named(last.target_identity): entity for entity, last in known if last is not None}


def footing(
    item: Item,
    head: Head,
    state: TargetState,
    source_identity: str,
    target_identity: str,
    others: Mapping[str, str] | None = None,
) -> Footing:
    """The footing of an entity's next job; ``others`` is what has `settled` of its flow.

    Raises `Refused` where going on could lose, double or overwrite rows; the message has the choices.
    """
    _refuse_itself(item, source_identity, target_identity)
    _refuse_copies(item, source_identity, others or {})
    if item.explicit or head.reset:
        _refuse_foreign(item, state, replacing=True)
        return Footing(run_type="full_drop", base=state.receipt, last=None)
    adopted = _newer_receipt(item, head, state, target_identity)
    last = state.receipt if adopted else head.receipt
    _refuse_foreign(item, state, replacing=item.run_type == "full_drop")
    if last is not None:
        _refuse_damage(item, state)
        _refuse_moved(item, state, last, source_identity, target_identity)
        if item.run_type == "incremental":
            _refuse_redefined(item, state, last)
    return Footing(run_type=item.run_type, base=state.receipt, last=last, adopted=adopted)


def _refuse_itself(item: Item, source: str, target: str) -> None:
    """A folder's subfolder that is named like the entity is what the next run would read of it.

    So is what a glob finds, where home and store speak of the same kind of files.
    """
    form = _form(item.store_type.name, item.config.store)
    packed = "" if form == "parquet" else PACKED.get(item.config.store.get("compression", ""), "")
    file = data_name(ANY_JOB, "all", 0, f".{form}{packed}")
    found = form == _form(item.home_type.name, item.config.home) and _finds(
        source, (target, f"{target}/{file}")
    )
    if found or _as_named(target) in _read_by(source, item.entity):
        raise ConfigurationError(
            f"{item.label}: the destination {target} is what is read, or would be from the next run on",
            code="HYG114",
            remedy="Give the store another path or table.",
        )


def _refuse_copies(item: Item, source: str, others: Mapping[str, str]) -> None:
    """What a glob has matched was chosen by nobody: it may be what another entity has settled beside it."""
    owners = [others.get(one) for one in _read_by(source, item.entity)]
    owner = next((one for one in owners if one not in (None, item.entity)), None)
    if item.config.glob is not None and owner is not None:
        raise ConfigurationError(
            f"{item.label}: a glob has matched what {item.flow}.{owner} settles: each run would copy copies",
            code="HYG114",
            remedy=f'Leave it out of entities ("!{item.entity}", or a glob for all such names), or give the '
            "store another path.",
        )


def _read_by(source: str, entity: str) -> tuple[str, str]:
    return _as_named(source), _as_named(f"{source}/{quote(entity)}")


def _as_named(identity: str) -> str:
    """An identity as its place compares it: databases take tables without the case of ASCII letters."""
    place, mark, table = identity.partition("#")
    if "://" in place:  # files
        return identity
    return place + mark + "".join(c.lower() if c.isascii() else c for c in table)


def _form(kind: str, config: Mapping[str, Any]) -> str:
    """The format of the files of a connector, as far as it has any."""
    return str(config.get("format", kind if kind in ("csv", "ndjson") else "parquet"))


def _finds(pattern: str, places: Sequence[str]) -> bool:
    """Whether a glob finds one of the places; nothing is found whose name begins with ``_`` or ``.``."""
    wanted = unquote(pattern)
    return any(sign in wanted for sign in "*?[") and any(
        _meets(wanted.split("/"), unquote(one).split("/")) for one in places
    )


def _meets(wanted: Sequence[str], names: Sequence[str]) -> bool:
    if not wanted or not names:
        return list(wanted) in ([], ["**"]) and not names
    if names[0] != wanted[0] and names[0].startswith(("_", ".")):
        return False
    if wanted[0] == "**":
        return _meets(wanted[1:], names) or _meets(wanted, names[1:])
    return fnmatchcase(names[0], wanted[0]) and _meets(wanted[1:], names[1:])


def _newer_receipt(item: Item, head: Head, state: TargetState, target_identity: str) -> bool:
    known, found = head.receipt, state.receipt
    if found is not None and (known is None or found.number > known.number):
        return True
    if known is None or (found is not None and found.job_id == known.job_id):
        return False
    if known.target_identity != target_identity:
        raise _moved(item, state, known, "destination", known.target_identity, target_identity)
    there = f"job {found.job_id} (number {found.number})" if found else "no receipt at all"
    choices = f"Load it anew with {_anew(item, state)}"
    if found is not None and state.damage is None:
        choices += f", or go on from what is there with `hygge state adopt {item.term}`"
    raise Refused(
        f"{item.label}: the destination was lost or restored: the journal knows receipt {known.number} "
        f"of job {known.job_id}, the target {target_identity} has {there}",
        code="HYG403",
        remedy=f"{choices}.",
    )


def _refuse_foreign(item: Item, state: TargetState, *, replacing: bool) -> None:
    if state.taken is not None and (replacing or state.receipt is None):
        raise Refused(
            f"{item.label}: what stands in the place of the target is never replaced: {state.taken}",
            code="HYG402",
            remedy="Give the target another name or place, or move that away.",
        )
    if state.foreign is None or (item.adopt and replacing):
        return
    if state.receipt is not None and not replacing:
        return  # an append touches nobody else's files
    raise Refused(
        f"{item.label}: the target holds data that hygge did not write: {state.foreign}",
        code="HYG402",
        remedy=f"Move it away, or replace it with `hygge run {item.term} --full-drop --adopt`.",
    )


def _refuse_damage(item: Item, state: TargetState) -> None:
    if state.damage is not None:
        raise Refused(
            f"{item.label}: data was lost or changed at the destination: {state.damage}",
            code="HYG404",
            remedy=f"Restore it, or load it anew with {_anew(item, state)}.",
        )


def _refuse_moved(item: Item, state: TargetState, last: Receipt, source: str, target: str) -> None:
    if last.source_identity != source:
        raise _moved(item, state, last, "source", last.source_identity, source)
    if last.target_identity != target:
        raise _moved(item, state, last, "destination", last.target_identity, target)


def _moved(item: Item, state: TargetState, last: Receipt, what: str, before: str, now: str) -> Refused:
    remedy = f"Load it anew with {_anew(item, state)}."
    if state.receipt is not None and _adoptable(item, _redefined(item, last)):
        remedy = f"If it is another one, load it anew with {_anew(item, state)}; if it is the same one "
        remedy += f"at a new address, say so with `hygge state adopt {item.term}`."
    return Refused(f"{item.label}: the {what} has moved from {before} to {now}", code="HYG406", remedy=remedy)


def _anew(item: Item, state: TargetState) -> str:
    """The command that replaces what is at the target, whatever that is."""
    adopt = "" if state.foreign is None else " --adopt"
    return f"`hygge run {item.term} --full-drop{adopt}`"


def _refuse_redefined(item: Item, state: TargetState, last: Receipt) -> None:
    changed = _redefined(item, last)
    if changed:
        now = item.reading()
        parts = ", ".join(f"{name} from {last.reading[name]} to {now[name]}" for name in changed)
        remedy = f"Load it anew with {_anew(item, state)}"
        if _adoptable(item, changed):
            remedy += f", or keep the rows that are there and go on with `hygge state adopt {item.term}`"
        raise Refused(f"{item.label}: what is read has changed: {parts}", code="HYG406", remedy=f"{remedy}.")


def _redefined(item: Item, last: Receipt) -> list[str]:
    now = item.reading()
    return [name for name in now if name in last.reading and last.reading[name] != now[name]]


def _adoptable(item: Item, changed: Iterable[str]) -> bool:
    """Whether rows that were read before the changes can stay; another watermark needs them anew.

    So does another limit: of the rows that it left out some lie below the watermark.
    """
    harmless = {"keys", "query", "where"}
    drift = item.config.drift
    by_keys = bool(item.config.keys) and item.store_type.capabilities.add_columns
    if by_keys and "stop" not in (drift.add_columns, drift.drop_columns):
        harmless.add("columns")
    return item.run_type == "full_drop" or harmless.issuperset(changed)
