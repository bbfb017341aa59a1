"""From ``FLOW``, ``FLOW.ENTITY`` and ``tag:T`` terms to entities."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING

from hygge.config.names import NamedFlow, is_pattern, read_names
from hygge.config.problem import configuration_error
from hygge.errors import ConfigurationError

if TYPE_CHECKING:
    from hygge.config.model import EntityConfig, Project

__all__ = ["TAG", "listed", "select_entities"]

TAG = "tag:"
FEW = 5  # broken flows that can be left out by hand
MANY = 20  # names that one message lists


@dataclass(frozen=True, slots=True)
class _Term:
    """One term; a flow's name holds no dot, so the first one ends it, an entity's name may.

    Neither holds a colon before a dot, so nothing else begins like a tag's term.
    """

    text: str

    @property
    def tag(self) -> str | None:
        return self.text.removeprefix(TAG) if self.text.startswith(TAG) else None

    @property
    def parts(self) -> tuple[str, str]:
        flow, _, entity = self.text.partition(".")
        return flow, entity

    def has(self, entity: EntityConfig) -> bool:
        if self.tag is not None:
            return any(_matches(tag, self.tag) for tag in entity.tags)
        flow, name = self.parts
        return _matches(entity.flow, flow) and (not name or _matches(entity.name, name))

    def could_have(self, entity: EntityConfig) -> bool:
        """Whether it has the entity, or what that stands for where nobody can tell."""
        if self.has(entity) or entity.unmatched is None or self.tag is not None:
            return self.has(entity)
        flow, name = self.parts
        return _matches(entity.flow, flow) and (is_pattern(name) or _matches(name, entity.name))

    def may_have(self, flow: NamedFlow) -> bool:
        """Whether an entity of a broken flow could be meant."""
        if self.tag is None:
            return _matches(flow.name, self.parts[0])
        return not flow.whole or any(_matches(tag, self.tag) for tag in flow.tags)

    def has_all(self, flow: str) -> bool:
        """Whether every entity of the flow is meant, whatever they are."""
        return self.tag is None and _matches(flow, self.parts[0]) and self.parts[1] in ("", "*")


def select_entities(
    project: Project, select: Sequence[str], exclude: Sequence[str]
) -> tuple[EntityConfig, ...]:
    """What `Project.select` promises."""
    return _Selection(
        project, tuple(_Term(text) for text in select), tuple(_Term(text) for text in exclude)
    ).entities()


@dataclass(frozen=True)  # without slots: what it finds out is kept
class _Selection:
    project: Project
    wanted: tuple[_Term, ...]
    unwanted: tuple[_Term, ...]

    def entities(self) -> tuple[EntityConfig, ...]:
        self._refuse_empty_project()
        self._refuse(self._unmatched())
        self._refuse_broken()
        chosen = tuple(
            entity
            for entity in self._all
            if (not self.wanted or any(self._means(term, entity) for term in self.wanted))
            and not any(term.has(entity) for term in self.unwanted)
        )
        if not chosen:
            self._refuse(self._unmatched(globs=True))
            raise ConfigurationError(
                "everything that was selected is excluded, too",
                code="HYG111",
                remedy="Drop one of the --exclude terms.",
            )
        return chosen

    def _means(self, term: _Term, entity: EntityConfig) -> bool:
        """Whether the entity is meant; one that stands for unknown ones only where no known one is."""
        if term.has(entity):
            return True
        known = any(term.has(one) for one in self._all if one.unmatched is None)
        return not known and term.could_have(entity)

    def _known(self, term: _Term, flows: Sequence[str]) -> str:
        """What a term that matches nothing could have named: entities of its flow, or a flow."""
        flow = self.project.flows.get(term.parts[0])
        if flow is None:
            return f"The flows are: {listed(flows)}."
        return f"The entities of {flow.name} are: {listed([entity.name for entity in flow.entities])}."

    @cached_property
    def _all(self) -> tuple[EntityConfig, ...]:
        return tuple(entity for flow in self.project.flows.values() for entity in flow.entities)

    @cached_property
    def _broken(self) -> tuple[NamedFlow, ...]:
        """The broken flows; read again, for their tags, only where a term asks for tags."""
        problems = self.project.problems
        if problems and any(term.tag is not None for term in (*self.wanted, *self.unwanted)):
            return tuple(flow for flow in read_names(self.project.root) if flow.name in problems)
        return tuple(NamedFlow(name=name, entities=(), tags=(), whole=False) for name in problems)

    def _refuse_broken(self) -> None:
        broken = [
            flow.name
            for flow in self._broken
            if (not self.wanted or any(term.may_have(flow) for term in self.wanted))
            and not any(term.has_all(flow.name) for term in self.unwanted)
        ]
        if not broken:
            return
        error = configuration_error(problem for name in broken for problem in self.project.problems[name])
        if (
            not self.wanted
            and self.project.flows
            and len(broken) <= FEW
            and all(map(str.isprintable, broken))
        ):
            left_out = " ".join(f"--exclude {shlex.quote(name)}" for name in broken)
            error.remedy = f"The other flows can go on meanwhile: {left_out}"
        raise error

    def _refuse_empty_project(self) -> None:
        project = self.project
        if not project.flows and not project.problems:
            raise ConfigurationError(
                f"the project {project.name!r} has no flows",
                code="HYG111",
                remedy=f"Write one into {project.root / 'flows'}, as NAME.yml.",
            )

    def _unmatched(self, *, globs: bool = False) -> list[_Term]:
        """Terms that match nothing; a flow's own globs, of which others match, only if asked for."""
        return [
            term
            for term in (*self.wanted, *self.unwanted)
            if not any(term.could_have(entity) for entity in self._all)
            and not any(term.may_have(flow) for flow in self._broken)
            and (globs or not self._is_glob(term))
        ]

    def _is_glob(self, term: _Term) -> bool:
        flow = self.project.flows.get(term.parts[0])
        return flow is not None and any(pattern.name == term.parts[1] for pattern in flow.patterns)

    def _refuse(self, unmatched: Sequence[_Term]) -> None:
        if not unmatched:
            return
        flows = sorted({*self.project.flows, *self.project.problems})
        tags = sorted({t for e in self._all for t in e.tags} | {t for f in self._broken for t in f.tags})
        names = [*flows, *(f"{e.flow}.{e.name}" for e in self._all)]
        known = list(dict.fromkeys(self._known(term, flows) for term in unmatched if term.tag is None))
        if any(term.tag is not None for term in unmatched):
            known.append(f"The tags are: {listed(tags)}." if tags else "No flow and no entity has tags.")
        raise ConfigurationError(
            "\n".join(f"{term.text!r} matches nothing{_hint(term, names, tags)}" for term in unmatched),
            code="HYG111",
            remedy=" ".join(known),
            terms=[term.text for term in unmatched],
        )


def _matches(name: str, pattern: str) -> bool:
    return name == pattern or fnmatchcase(name, pattern)


def listed(names: Sequence[str]) -> str:
    """The names for a message, not too many of them."""
    more = f" and {len(names) - MANY} more" if len(names) > MANY else ""
    return ", ".join(names[:MANY]) + more


def _hint(term: _Term, names: Sequence[str], tags: Sequence[str]) -> str:
    if term.tag is None:
        written = PurePath(term.text)
        if written.suffix in (".yml", ".yaml") and written.stem in names:
            return f"; did you mean {written.stem!r}?"
        close = difflib.get_close_matches(term.text, names, n=1)
    else:
        close = [f"{TAG}{tag}" for tag in difflib.get_close_matches(term.tag, tags, n=1)]
    return f"; did you mean {close[0]!r}?" if close else ""
