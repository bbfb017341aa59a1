"""Really open what a run would need: the journal, every source, every destination."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial

from hygge.config import Project
from hygge.engine.around import new_id
from hygge.engine.session import open_journal
from hygge.engine.unexpected import unexpected
from hygge.errors import HyggeError, LeaseHeld, MissingConnector
from hygge.flow.item import Item, distinct_targets, items
from hygge.flow.patterns import selected
from hygge.model import Finding, ReadRequest, TargetState
from hygge.plugins import registry
from hygge.roles import Journal

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
    chosen = items(selected(project, registry(), select, exclude), registry())
    distinct_targets(chosen, registry())
    gathered = _Gathered()
    gathered.add("journal", partial(_journal, project, chosen))
    for item in chosen:
        gathered.add(f"{item.label} home", partial(_home, item))
        gathered.add(f"{item.label} store", partial(_store, item))
    return Report(findings=tuple(gathered.findings), exit_code=gathered.exit_code)


class _Gathered:
    """Findings so far; an error of one check is a finding and stops no other."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.exit_code = 0

    def add(self, part: str, check: Callable[[], Iterable[Finding]]) -> None:
        try:
            for found in check():
                self._keep(part, found)
        except HyggeError as error:
            self._fault(part, error)
        except Exception as error:  # a connector's edge: one broken check must not hide the others
            self._fault(part, unexpected(error))

    def _keep(self, part: str, found: Finding) -> None:
        named = part if found.subject in ("", part) else f"{part}: {found.subject}"
        self.findings.append(replace(found, subject=named))
        self.exit_code = max(self.exit_code, 0 if found.ok else 1)

    def _fault(self, part: str, error: HyggeError) -> None:
        self.findings.append(
            Finding(subject=part, ok=False, message=f"{error.code}: {error.message}", fix=error.remedy)
        )
        missing = isinstance(error, MissingConnector)
        self.exit_code = max(self.exit_code, error.exit_code if missing else 1)


def _journal(project: Project, chosen: Sequence[Item]) -> Iterator[Finding]:
    """Its heads can be read, its place written and locked: a lease proves both."""
    with closing(open_journal(project, new_id())) as journal:
        for flow in sorted({item.flow for item in chosen}):
            heads = journal.heads(flow)
            yield _lease(journal, flow, len(heads))


def _lease(journal: Journal, flow: str, known: int) -> Finding:
    try:
        with journal.lease(flow):
            said = f"flow {flow}: readable, writable, lockable; knows {known} of its entities"
    except LeaseHeld as error:  # a lock that works, and is at work
        said = f"flow {flow}: readable and lockable; {error.message}"
    return Finding(subject="journal", ok=True, message=said)


def _home(item: Item) -> Iterator[Finding]:
    config = item.config
    with closing(registry().open_home(item.home_type.name, config.home)) as home:
        told = list(home.check(item.entity))
        yield from told
        if not all(found.ok for found in told):
            return
        plan = home.plan(ReadRequest(entity=item.entity, columns=config.columns, where=config.where))
        from hygge import schemas

        columns = schemas.unpack(plan.schema).names
        yield Finding(
            subject="", ok=True, message=f"{home.identity(item.entity)} opened, {len(columns)} columns"
        )
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


def _store(item: Item) -> Iterator[Finding]:
    item.mode(item.run_type)  # raises what the store does not promise
    with closing(registry().open_store(item.store_type.name, item.config.store)) as store:
        state = store.state(item.target)
        amiss = list(_amiss(item, state))
        # what the state tells comes once, with the command that mends it
        told = [one for one in store.check(item.target) if one.message not in (state.damage, state.foreign)]
        yield from (*told, *amiss)
        if told or amiss:
            return
        last = f"last written by job {state.receipt.job_id}" if state.receipt else "empty so far"
        yield Finding(subject="", ok=True, message=f"{store.identity(item.target)} opened, {last}")


def _amiss(item: Item, state: TargetState) -> Iterator[Finding]:
    full = f"hygge run {item.label} --full-drop"
    if state.damage:
        yield Finding(
            subject="data",
            ok=False,
            message=f"HYG404: data was lost or changed: {state.damage}",
            fix=f"Restore it, or load it anew with `{full}`.",
        )
    if state.foreign and state.receipt is None:
        yield Finding(
            subject="data",
            ok=False,
            message=f"HYG402: the target holds data that hygge did not write: {state.foreign}",
            fix=f"Move it away, or replace it with `{full} --adopt`.",
        )
