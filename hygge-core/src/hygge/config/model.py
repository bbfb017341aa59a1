"""What the files say, checked: the values that the rest of hygge works with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from hygge.config.problem import Problem
from hygge.errors import HyggeError
from hygge.model import RunType

__all__ = [
    "ConstantConfig",
    "DriftConfig",
    "EntityConfig",
    "FlowConfig",
    "GuardConfig",
    "HashConfig",
    "JournalConfig",
    "Options",
    "PolishConfig",
    "Project",
    "WatermarkConfig",
]

Write = Literal["auto", "append", "upsert"]
Nulls = Literal["fail", "include", "skip"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatermarkConfig:
    """The column that says what is new."""

    column: str
    lookback: str | int | None = None  # as written: "15m", 100
    nulls: Nulls = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftConfig:
    """What to do with each kind of schema change."""

    add_columns: Literal["evolve", "ignore", "stop"] = "evolve"
    drop_columns: Literal["evolve", "stop"] = "evolve"
    change_types: Literal["evolve", "stop"] = "evolve"
    nullability: Literal["evolve", "stop"] = "evolve"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardConfig:
    """What a full_drop must bring to be committed."""

    min_rows: int | None = None
    max_shrink: float | None = None  # part of the last load's rows, 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class HashConfig:
    """A column made of the SHA-256 of others."""

    columns: tuple[str, ...]
    into: str
    salt: str = ""  # a reference to a secret


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstantConfig:
    """A column with one value."""

    name: str
    value: str | int | float | bool
    type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolishConfig:
    """Last changes to columns; column names are the home's, except in `rename`'s new names."""

    select: tuple[str, ...] | None = None
    drop: tuple[str, ...] = ()
    cast: Mapping[str, str] = field(default_factory=dict)
    hash: tuple[HashConfig, ...] = ()
    rename: Mapping[str, str] = field(default_factory=dict)
    case: Literal["keep", "snake", "camel", "pascal"] = "keep"
    special: Literal["keep", "remove"] = "keep"
    collisions: Literal["refuse", "number"] = "refuse"
    constants: tuple[ConstantConfig, ...] = ()
    timestamps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityConfig:
    """One entity with everything its flow says, the entity's own words winning.

    ``home`` and ``store`` hold ``type`` and the connector's keys: the connection merged in, paths
    absolute, secrets as references, ``{entity}`` still a placeholder.
    """

    flow: str
    name: str
    home: Mapping[str, Any]
    store: Mapping[str, Any]
    run_type: RunType = "full_drop"
    write: Write = "auto"
    watermark: WatermarkConfig | None = None
    keys: tuple[str, ...] = ()
    columns: tuple[str, ...] | None = None
    where: str | None = None
    limit: int | None = None
    tags: tuple[str, ...] = ()
    drift: DriftConfig = DriftConfig()
    guard: GuardConfig = GuardConfig()
    guard_at: str = "guard"  # where in the flow it stands
    polish: PolishConfig = PolishConfig()
    glob: str | None = None  # of the flow's patterns the one that matched it
    unmatched: HyggeError | None = None  # it stands for what a glob would match, and this is why nobody knows


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowConfig:
    """One flow, all of it usable."""

    name: str
    entities: tuple[EntityConfig, ...]
    file: Path
    patterns: tuple[EntityConfig, ...] = ()  # named with a glob: one entity for each table it matches
    left_out: tuple[str, ...] = ()  # globs that no pattern's match may meet


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalConfig:
    """Where the journal lies: "auto", "project", "store", or an absolute path."""

    location: str = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a run behaves."""

    concurrency: int | None = None
    memory: int = 1024**3  # bytes
    fail_fast: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The project around a ``hygge.yml``: flows that can run, and why others can't."""

    root: Path
    name: str
    journal: JournalConfig = JournalConfig()
    options: Options = Options()
    flows: Mapping[str, FlowConfig] = field(default_factory=dict)
    problems: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)  # by flow

    def select(self, select: Sequence[str] = (), exclude: Sequence[str] = ()) -> tuple[EntityConfig, ...]:
        """The entities that ``FLOW`` and ``FLOW.ENTITY`` terms name, globs allowed; all without terms.

        Raises `ConfigurationError` if a selected flow is broken or a term matches nothing, and
        `MissingConnector` if connectors are all that is missing.
        """
        from hygge.config.selection import select_entities

        return select_entities(self, select, exclude)
