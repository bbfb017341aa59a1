"""One selected entity with everything decided that can be decided before any I/O."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hygge.config import EntityConfig
from hygge.errors import ConfigurationError, HyggeError, Refused
from hygge.hookspecs import HomeType, StoreType
from hygge.model import Mode, RunType, Target
from hygge.plugins import Registry

__all__ = ["Backfill", "Item", "items"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """The watermark values, both inclusive, between which a run completes what is there; as typed."""

    lower: str | None = None
    upper: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An entity as this run will move it."""

    config: EntityConfig
    home_type: HomeType
    store_type: StoreType
    run_type: RunType
    explicit: bool  # the command line said full drop: what is there gives way
    adopt: bool
    backfill: Backfill | None = None
    problem: HyggeError | None = None  # why it cannot be moved, known before home and store are asked

    @property
    def flow(self) -> str:
        return self.config.flow

    @property
    def entity(self) -> str:
        return self.config.name

    @property
    def target(self) -> Target:
        return Target(flow=self.flow, entity=self.entity)

    @property
    def label(self) -> str:
        return f"{self.flow}.{self.entity}"

    @property
    def term(self) -> str:
        """The label as it is typed in a shell."""
        return shlex.quote(self.label)

    def refuse(self) -> None:
        """Raise the item's problem, if it has one."""
        if self.problem is not None:
            raise self.problem

    def mode(self, run_type: RunType) -> Mode:
        """The run-type table: replace for a full drop; else as said, or upsert where both can.

        Raises `Refused` for a mode that the store does not promise, before any I/O.
        """
        can = self.store_type.capabilities.modes
        if run_type == "full_drop":
            wanted: Mode = "replace"
        elif self.config.write != "auto":
            wanted = "append" if self.config.write == "append" else "upsert"
        else:
            wanted = "upsert" if self.config.keys and "upsert" in can else "append"
        if wanted not in can:
            raise Refused(
                f"{self.label}: store type {self.store_type.name!r} cannot {wanted}",
                code="HYG405",
                remedy=f"It can {' or '.join(sorted(can))}: change run_type or write.",
            )
        if run_type == "incremental":
            self._refuse_unless_incremental()
        return wanted

    @property
    def likely_mode(self) -> Mode:
        """The mode of an attempt that ended before anything was known of its target."""
        try:
            return self.mode(self.run_type)
        except Refused:
            return "replace" if self.run_type == "full_drop" else "append"

    def _refuse_unless_incremental(self) -> None:
        promised, watermark = self.home_type.capabilities, self.config.watermark
        if promised.incremental or (promised.positions and watermark is None):
            return
        by = "by a watermark" if promised.positions else "incrementally"
        raise Refused(
            f"{self.label}: home type {self.home_type.name!r} cannot read {by}",
            code="HYG405",
            remedy="Leave out `watermark`: it knows what is new by itself."
            if promised.positions
            else "Use run_type: full_drop.",
        )

    def reading(self) -> Mapping[str, str]:
        """What the rows of an incremental target depend on, besides source and destination."""
        watermark = self.config.watermark
        parts = {
            "keys": list(self.config.keys),
            "columns": None if self.config.columns is None else list(self.config.columns),
            "where": self.config.where,
            "query": self.config.home.get("query"),
            "watermark": watermark.column if watermark else None,
            "limit": self.config.limit,
        }
        return {name: json.dumps(value) for name, value in parts.items()}


def items(
    entities: Iterable[EntityConfig],
    registry: Registry,
    *,
    run_type: RunType | None = None,
    adopt: bool = False,
    backfill: Backfill | None = None,
) -> tuple[Item, ...]:
    """Join configuration and connectors; raises `MissingConnector` for a type nobody provides."""
    made = []
    if backfill is not None:
        if run_type == "full_drop":
            raise ConfigurationError(
                "a window (--from, --to) and --full-drop contradict each other",
                code="HYG114",
                remedy="A full drop reads everything: leave one of them out.",
            )
        run_type = "incremental"
    for config in entities:
        home_type = registry.home_type(config.home["type"])
        if backfill is not None and config.watermark is None:
            add = "Add watermark: {column: ...} to the flow, or run it"
            if not home_type.capabilities.incremental:
                add = "Run it"
            raise ConfigurationError(
                f"{config.flow}.{config.name} has no watermark, of which --from and --to are values",
                code="HYG114",
                remedy=f"{add} without --from and --to.",
            )
        if run_type == "incremental" and config.watermark is None and not home_type.capabilities.positions:
            raise ConfigurationError(
                f"{config.flow}.{config.name} has no watermark and cannot run incrementally",
                code="HYG114",
                remedy="Add watermark: {column: ...} to the flow, or leave --incremental out.",
            )
        if config.limit is not None and (run_type or config.run_type) == "incremental":
            raise ConfigurationError(
                f"{config.flow}.{config.name} has a limit and cannot run incrementally: "
                "the watermark would move past rows that were not read",
                code="HYG114",
                remedy="Remove limit, or use run_type: full_drop.",
            )
        made.append(
            Item(
                config=config,
                home_type=home_type,
                store_type=registry.store_type(config.store["type"]),
                run_type=run_type or config.run_type,
                explicit=run_type == "full_drop",
                adopt=adopt,
                backfill=backfill,
                problem=config.unmatched,
            )
        )
    return tuple(made)
