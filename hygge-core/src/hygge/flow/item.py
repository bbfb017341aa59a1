"""One selected entity with everything decided that can be decided before any I/O."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from hygge.config import EntityConfig, Project
from hygge.errors import ConfigurationError, Refused
from hygge.hookspecs import HomeType, StoreType
from hygge.model import Mode, RunType, Target
from hygge.plugins import Registry

__all__ = ["Backfill", "Item", "distinct_targets", "items"]


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

    def refuse_unmatched(self) -> None:
        """Raise the reason why nobody knows what the flow's glob matches, if the item stands for that."""
        if self.config.unmatched is not None:
            raise self.config.unmatched

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
            raise ConfigurationError(
                f"{config.flow}.{config.name} has no watermark, of which --from and --to are values",
                code="HYG114",
                remedy="Add watermark: {column: ...} to the flow, or run it without --from and --to.",
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
            )
        )
    return tuple(made)


def distinct_targets(found: Sequence[Item], registry: Registry, project: Project) -> None:
    """Raise `ConfigurationError` where two entities of the project would settle on one target.

    One folder within another is one target, too. Entities that are not selected count as far as they can
    be told without a connector that this run does not need.
    """
    needed = {item.store_type.name for item in found}
    owners: dict[str, str] = {}
    mine = {(item.flow, item.entity) for item in found}
    known = (item.config for item in found if item.config.unmatched is None)
    others = (
        entity
        for flow in project.flows.values()
        for entity in flow.entities
        if (entity.flow, entity.name) not in mine and entity.store["type"] in needed
    )
    for config in (*known, *others):
        label = f"{config.flow}.{config.name}"
        try:
            with closing(registry.open_store(config.store["type"], config.store)) as store:
                identity = store.identity(Target(flow=config.flow, entity=config.name))
        except ConfigurationError as error:
            matched = config.glob is not None and error.code == "HYG113"  # a name that nobody has chosen
            if matched or (config.flow, config.name) not in mine:
                continue  # what it lacks is told when it moves, or is selected
            error.message = f"{label}: store: {error.message}"
            raise
        other = owners.setdefault(identity, label)
        if other != label:
            raise _shared(other, label, identity)
    for identity, label in owners.items():
        for folder in _folders_above(identity):
            if folder in owners:
                raise _nested(owners[folder], folder, label, identity)


def _folders_above(identity: str) -> Iterator[str]:
    """The addresses of the folders that hold the target, where its own is that of a folder."""
    scheme, found, path = identity.partition("://")
    while found and "/" in path.strip("/"):
        path = path.rstrip("/").rpartition("/")[0]
        yield f"{scheme}://{path}"


def _shared(one: str, other: str, identity: str) -> ConfigurationError:
    return ConfigurationError(
        f"{one} and {other} settle on one target: {identity}",
        code="HYG112",
        remedy="Give one of them another path or table, or put {entity} in it.",
    )


def _nested(outer: str, folder: str, inner: str, identity: str) -> ConfigurationError:
    return ConfigurationError(
        f"the target of {inner} ({identity}) lies within that of {outer} ({folder}), "
        "which holds nothing but its own files",
        code="HYG112",
        remedy="Give one of them a path beside the other's.",
    )
