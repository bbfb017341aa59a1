"""From ``FLOW`` and ``FLOW.ENTITY`` terms to entities."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from hygge.config.problem import configuration_error
from hygge.errors import ConfigurationError

if TYPE_CHECKING:
    from hygge.config.model import EntityConfig, Project

__all__ = ["select_entities"]


@dataclass(frozen=True, slots=True)
class _Term:
    """One term; a flow's name holds no dot, so the first one ends it, an entity's name may."""

    text: str

    @property
    def parts(self) -> tuple[str, str]:
        flow, _, entity = self.text.partition(".")
        return flow, entity

    def has_flow(self, flow: str) -> bool:
        return _matches(flow, self.parts[0])

    def has_whole_flow(self, flow: str) -> bool:
        return self.has_flow(flow) and self.parts[1] in ("", "*")

    def has(self, entity: EntityConfig) -> bool:
        return self.has_flow(entity.flow) and (not self.parts[1] or _matches(entity.name, self.parts[1]))


def select_entities(
    project: Project, select: Sequence[str], exclude: Sequence[str]
) -> tuple[EntityConfig, ...]:
    """What `Project.select` promises."""
    wanted, unwanted = [_Term(text) for text in select], [_Term(text) for text in exclude]
    _refuse_empty_project(project)
    _refuse_unmatched(project, [*wanted, *unwanted])
    broken = [
        problem
        for flow, problems in project.problems.items()
        if (not wanted or any(term.has_flow(flow) for term in wanted))
        and not any(term.has_whole_flow(flow) for term in unwanted)
        for problem in problems
    ]
    if broken:
        raise configuration_error(broken)
    chosen = tuple(
        entity
        for flow in project.flows.values()
        for entity in flow.entities
        if (not wanted or any(term.has(entity) for term in wanted))
        and not any(term.has(entity) for term in unwanted)
    )
    if not chosen:
        raise ConfigurationError(
            "everything that was selected is excluded, too",
            code="HYG111",
            remedy="Drop one of the --exclude terms.",
        )
    return chosen


def _matches(name: str, pattern: str) -> bool:
    return name == pattern or fnmatchcase(name, pattern)


def _refuse_empty_project(project: Project) -> None:
    if not project.flows and not project.problems:
        raise ConfigurationError(
            f"the project {project.name!r} has no flows",
            code="HYG111",
            remedy=f"Write one into {project.root / 'flows'}, as NAME.yml.",
        )


def _refuse_unmatched(project: Project, terms: Iterable[_Term]) -> None:
    entities = [entity for flow in project.flows.values() for entity in flow.entities]
    unmatched = [
        term
        for term in terms
        if not any(term.has(entity) for entity in entities)
        and not any(term.has_flow(flow) for flow in project.problems)
    ]
    if not unmatched:
        return
    names = [*project.flows, *project.problems, *(f"{e.flow}.{e.name}" for e in entities)]
    raise ConfigurationError(
        "\n".join(f"{term.text!r} matches nothing{_hint(term.text, names)}" for term in unmatched),
        code="HYG111",
        remedy=f"The flows are: {', '.join(sorted({*project.flows, *project.problems}))}.",
        terms=[term.text for term in unmatched],
    )


def _hint(text: str, names: Sequence[str]) -> str:
    if text.startswith("tag:"):
        return "; this version of hygge has no tags"
    close = difflib.get_close_matches(text, names, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
