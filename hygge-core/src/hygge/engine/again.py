"""What of a run is left to do: entities that failed, were stopped, or were cut off."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path

from hygge.config import Project, load_project
from hygge.config.names import is_pattern
from hygge.engine.around import new_id
from hygge.engine.asked import from_text
from hygge.engine.globs import selected
from hygge.engine.journals import open_journal
from hygge.errors import ConfigurationError
from hygge.model import Asked, Job, Row
from hygge.plugins import registry
from hygge.roles import Journal

__all__ = ["Again", "left_of", "newest_run", "unknown_run"]

MOVED = ("success", "skipped")
LOOKED_AT = 1000  # newest rows: among them is one of the run that began last
Label = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What to run again."""

    project: Project
    run_id: str | None  # None: nothing has run yet
    entities: tuple[Label, ...] = ()  # flow and name, sorted
    asked: Asked | None = None  # of that run
    since: tuple[Label, ...] = ()  # moved by a later run
    gone: tuple[Label, ...] = ()  # no longer in the project
    exclude: tuple[Label, ...] = ()  # what a glob would match, and has been moved

    @property
    def terms(self) -> list[str]:
        """The entities as terms: names, not globs that they may look like.

        A glob that failed under its own name is meant as one; for one that was corrected since, all of the
        flow are.
        """
        found = [f"{flow}.{part}" for flow, name in self.entities for part in self._parts(flow, name)]
        return list(dict.fromkeys(found))

    def _parts(self, flow: str, name: str) -> Sequence[str]:
        globs = _globs(self.project, flow)
        if name in globs:
            return [name]
        corrected = globs and is_pattern(name) and not _listed(self.project, flow, name)
        return globs if corrected else [glob.escape(name)]

    @property
    def excluded(self) -> list[str]:
        """What was moved, as terms."""
        return [f"{flow}.{glob.escape(name)}" for flow, name in self.exclude]


def left_of(start: Path | None, run_id: str | None, settings: Sequence[str] = ()) -> Again:
    """What the run, or the last one, left undone in the project around ``start``.

    Raises `ConfigurationError` for an unknown id.
    """
    project = load_project(start, settings)
    journal = open_journal(project, new_id())
    try:
        open_jobs = list(_open_jobs(project, journal))
        asked = run_id or newest_run(journal, open_jobs)
        if asked is None:
            return Again(project=project, run_id=None)
        rows = {(row.flow, row.entity): row for row in reversed(list(journal.rows(run_id=asked)))}
        cut_off = {(job.flow, job.entity): job for job in open_jobs if job.run_id == asked}
        if not rows and not cut_off:
            raise unknown_run(asked)
        unmoved = {label for label, row in rows.items() if row.status in ("failed", "aborted")}
        since = {label for label in unmoved - cut_off.keys() if _moved_since(journal, label, asked)}
    finally:
        journal.close()
    left = (unmoved | cut_off.keys()) - since
    then = _asked(rows.values(), cut_off.values())
    if then is not None:  # it may have had other entities then
        project = load_project(start, (*then.settings, *settings))
    gone = {label for label in left if not _known(project, label)}
    gone |= _no_longer_held(project, left - gone)
    stuck = {flow for flow, name in left - gone if is_pattern(name)}
    moved = {label for label, row in rows.items() if label[0] in stuck and row.status in MOVED}
    return Again(
        project=project,
        run_id=asked,
        entities=tuple(sorted(left - gone)),
        asked=then,
        since=tuple(sorted(since)),
        gone=tuple(sorted(gone)),
        exclude=tuple(sorted(moved)),
    )


def newest_run(journal: Journal, open_jobs: list[Job] | None = None) -> str | None:
    """The run that began last; a job that a later run finished is in the journal under its own run."""
    attempts: list[Row | Job] = [*islice(journal.rows(), LOOKED_AT), *(open_jobs or ())]
    return max(attempts, key=lambda one: one.started_at).run_id if attempts else None


def unknown_run(run_id: str) -> ConfigurationError:
    """The error for an id that is in no row."""
    return ConfigurationError(
        f"the journal knows no run and no attempt {run_id!r}",
        code="HYG111",
        remedy="`hygge runs` lists the newest, their ids first; `hygge runs --flow NAME` those of a flow.",
    )


def _open_jobs(project: Project, journal: Journal) -> Iterator[Job]:
    for flow in (*project.flows, *project.problems):
        for head in journal.heads(flow).values():
            if head.job is not None:
                yield head.job


def _moved_since(journal: Journal, label: Label, run_id: str) -> bool:
    """Whether a later run has moved the entity, or, of a glob that failed, anything that it matches."""
    flow, name = label
    entity = None if is_pattern(name) else name
    for row in journal.rows(flow=flow, entity=entity):
        if row.run_id == run_id:
            return False
        moved = row.status in MOVED
        if moved and (row.entity == name or fnmatchcase(row.entity, name)):
            return True
    return False


def _known(project: Project, label: Label) -> bool:
    flow, entity = label
    if flow in project.problems:  # its problems are what has to be told
        return True
    return bool(_globs(project, flow)) or _listed(project, flow, entity)


def _no_longer_held(project: Project, labels: Iterable[Label]) -> set[Label]:
    """What globs had matched and their homes, as far as they can be asked, no longer hold."""
    matched = {
        (flow, name)
        for flow, name in labels
        if _globs(project, flow) and not is_pattern(name) and not _listed(project, flow, name)
    }
    held: set[Label] = set()
    for flow in {flow for flow, _ in matched}:
        found = selected(project, registry(), (flow,))
        if any(entity.unmatched is not None for entity in found):
            held |= {label for label in matched if label[0] == flow}  # nobody knows
        held |= {(entity.flow, entity.name) for entity in found}
    return matched - held


def _globs(project: Project, flow: str) -> Sequence[str]:
    found = project.flows.get(flow)
    return [pattern.name for pattern in found.patterns] if found else []


def _listed(project: Project, flow: str, entity: str) -> bool:
    found = project.flows.get(flow)
    return found is not None and any(one.name == entity for one in found.entities)


def _asked(rows: Iterable[Row], jobs: Iterable[Job]) -> Asked | None:
    """What the run was asked for: all its attempts know it."""
    found = (*(from_text(row.asked) for row in rows), *(job.asked for job in jobs))
    return next((asked for asked in found if asked is not None), None)
