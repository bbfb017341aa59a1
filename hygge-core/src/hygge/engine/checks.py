"""Really open what a run would need: the journal, every source, every destination."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial

from hygge.codec import encode
from hygge.config import Project
from hygge.engine.around import new_id
from hygge.engine.executor import Slots, in_hand, side_by_side
from hygge.engine.globs import selected
from hygge.engine.journals import open_journal
from hygge.engine.preflight import footing, settled
from hygge.engine.recovery import answering
from hygge.engine.request import check_plan, read_request
from hygge.engine.told import named_in, told
from hygge.errors import (
    ConfigurationError,
    DataError,
    HyggeError,
    LeaseHeld,
    MissingConnector,
    Refused,
    TransientError,
)
from hygge.flow.item import Item, items
from hygge.flow.targets import distinct_targets
from hygge.model import Finding, Head, ReadRequest, TargetState
from hygge.plugins import registry
from hygge.roles import Journal, Store
from hygge.unexpected import edge

__all__ = ["Report", "check_project"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a check found, and the exit code that says the worst of it."""

    findings: tuple[Finding, ...]
    exit_code: int


def check_project(project: Project, select: Sequence[str] = (), exclude: Sequence[str] = ()) -> Report:
    """Check the journal, and home and store of each selected entity; reads and writes no row.

    Raises `ConfigurationError` and `MissingConnector` as a run does, before anything is opened.
    """
    found = items(selected(project, registry(), select, exclude), registry())
    chosen = distinct_targets(found, registry(), project)
    reading, at_once = in_hand(chosen, project.options.concurrency)
    heads: dict[str, Mapping[str, Head]] = {}
    first = _answered(_Check("journal", partial(_journal, project, chosen, heads)), {})
    slots = Slots(reading)
    others = {flow: settled(known) for flow, known in heads.items()}
    checks = [check for item in chosen for check in _checks(item, heads, others, slots)]
    answers = [first, *_all_answered(checks, at_once if at_once > reading else 1)]
    return Report(
        findings=tuple(found for answer in answers for found in answer.findings),
        exit_code=max(answer.exit_code for answer in answers),
    )


@dataclass(frozen=True, slots=True)
class _Check:
    """Something to look at: a part of what a run needs, and the place that it asks."""

    part: str
    call: Callable[[], Iterable[Finding]]
    item: Item | None = None
    place: bytes = b""


def _checks(
    item: Item,
    heads: Mapping[str, Mapping[str, Head]],
    others: Mapping[str, Mapping[str, str]],
    slots: Slots,
) -> tuple[_Check, ...]:
    head = heads.get(item.flow, {}).get(item.entity, Head())
    home = encode([item.home_type.name, item.config.home])
    if item.problem is not None:
        return (_Check(item.label, partial(_home, item, slots), item, home),)
    store = encode([item.store_type.name, item.config.store])
    settled_by = others.get(item.flow, {})
    return (
        _Check(f"{item.label} home", partial(_home, item, slots), item, home),
        _Check(f"{item.label} store", partial(_store, item, head, settled_by, slots), item, store),
    )


def _all_answered(checks: Sequence[_Check], at_once: int) -> list[Report]:
    """An answer for each, in order. Of a place that does not answer the first is waited for, no other."""
    silent: dict[bytes, HyggeError] = {}
    firsts = {check.place: number for number, check in reversed(list(enumerate(checks)))}
    later = [number for number, check in enumerate(checks) if firsts[check.place] != number]
    answers: dict[int, Report] = {}
    for numbers in (list(firsts.values()), later):
        found = side_by_side(lambda number: _answered(checks[number], silent), numbers, at_once)
        answers.update(zip(numbers, found, strict=True))
    return [answers[number] for number in range(len(checks))]


def _answered(check: _Check, silent: dict[bytes, HyggeError]) -> Report:
    """What one check found; an error of it is a finding. ``silent`` gets its place if that did not answer."""
    if check.place in silent:
        return _fault(check.part, silent[check.place])
    findings: list[Finding] = []
    try:
        with edge():  # one broken check must not hide the others
            for found in check.call():
                fix = found.fix if check.item is None else named_in(found.fix, check.item)
                subject = (
                    check.part if found.subject in ("", check.part) else f"{check.part}: {found.subject}"
                )
                findings.append(replace(found, fix=fix, subject=subject))
    except HyggeError as error:
        if isinstance(error, TransientError):
            silent[check.place] = error
        return _fault(check.part, error if check.item is None else told(error, check.item), findings)
    return Report(findings=tuple(findings), exit_code=0 if all(found.ok for found in findings) else 1)


def _fault(part: str, error: HyggeError, before: Sequence[Finding] = ()) -> Report:
    found = Finding(subject=part, ok=False, message=f"{error.code}: {error.message}", fix=error.remedy)
    code = error.exit_code if isinstance(error, MissingConnector) else 1
    return Report(findings=(*before, found), exit_code=max(code, 1))


def _journal(
    project: Project, chosen: Sequence[Item], found: dict[str, Mapping[str, Head]]
) -> Iterator[Finding]:
    """Its heads, kept in ``found``, can be read, its place written and locked: a lease proves both."""
    flows = sorted({item.flow for item in chosen})
    with closing(open_journal(project, new_id(), flows)) as journal:
        for flow in flows:
            found[flow] = journal.heads(flow)
            yield _lease(journal, flow, len(found[flow]))


def _lease(journal: Journal, flow: str, known: int) -> Finding:
    try:
        with journal.lease(flow):
            said = f"flow {flow}: readable, writable, lockable; knows {known} of its entities"
    except LeaseHeld as error:  # a lock that works, and is at work
        said = f"flow {flow}: readable and lockable; {error.message}"
    return Finding(subject="journal", ok=True, message=said)


def _home(item: Item, slots: Slots) -> Iterator[Finding]:
    item.refuse()
    config = item.config
    with slots.one(), closing(registry().open_home(item.home_type.name, config.home)) as home:
        told = list(home.check(item.entity))
        yield from told
        if not all(found.ok for found in told):
            return
        plan = home.plan(ReadRequest(entity=item.entity, columns=config.columns, where=config.where))
        from hygge import schemas

        columns = schemas.unpack(plan.schema).names
        many = "1 column" if len(columns) == 1 else f"{len(columns)} columns"
        opened = "planned" if told else f"{home.identity(item.entity)} opened"  # the home has said that
        yield Finding(subject="", ok=True, message=f"{opened}, {many}")
        yield from (Finding(subject="", ok=True, message=warning) for warning in plan.warnings)
        yield from _named_columns(item, columns)


def _named_columns(item: Item, columns: Sequence[str]) -> Iterator[Finding]:
    """The columns that the flow relies on are there."""
    watermark = item.config.watermark
    wanted = [*item.config.keys, *([watermark.column] if watermark else [])]
    missing = [name for name in dict.fromkeys(wanted) if name not in columns]
    if missing:
        yield Finding(
            subject="columns",
            ok=False,
            message=f"HYG302: {', '.join(missing)} not among the columns read",
            fix=f"Correct keys or watermark; the columns are: {', '.join(columns)}.",
        )


def _store(item: Item, head: Head, others: Mapping[str, str], slots: Slots) -> Iterator[Finding]:
    item.mode(item.run_type)  # raises what the store does not promise
    with closing(registry().open_store(item.store_type.name, item.config.store)) as store:
        state = store.state(item.target)
        refused = list(_refused(item, head, others, store, state, slots))
        # what the state tells comes once, with the command that mends it
        told = [one for one in store.check(item.target) if one.message not in (state.damage, state.foreign)]
        yield from (*told, *refused)
        if told or refused:
            return
        last = f"last written by job {state.receipt.job_id}" if state.receipt else "empty so far"
        yield Finding(subject="", ok=True, message=f"{store.identity(item.target)} opened, {last}")


def _refused(
    item: Item, head: Head, others: Mapping[str, str], store: Store, state: TargetState, slots: Slots
) -> Iterator[Finding]:
    """Why the next run would not begin, by the very rules of a run."""
    if head.job is not None:
        answering(head.job, registry(), store.identity(item.target))
    if head.job is not None or state.pending is not None:
        return  # what there is to agree on is known once that is finished
    try:
        with closing(registry().open_home(item.home_type.name, item.config.home)) as home:
            source = home.identity(item.entity)
            found = footing(item, head, state, source, store.identity(item.target), others)
            if found.last is not None and found.run_type == "incremental" and item.config.watermark is None:
                with slots.one():  # does it know its position?
                    plan = home.plan(read_request(item, found))
                check_plan(item, found, plan)
    except (ConfigurationError, DataError, Refused) as error:
        yield Finding(subject="data", ok=False, message=f"{error.code}: {error.message}", fix=error.remedy)
    except HyggeError:
        return  # a finding of the home's own
