"""From what a flow and its entity say, merged and checked, to an `EntityConfig`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hygge.config.model import (
    ConstantConfig,
    DriftConfig,
    EntityConfig,
    GuardConfig,
    HashConfig,
    PolishConfig,
    WatermarkConfig,
)

__all__ = ["entity_config"]


def entity_config(
    flow: str, name: str, home: Mapping[str, Any], store: Mapping[str, Any], said: Mapping[str, Any]
) -> EntityConfig:
    """The entity whose keys, besides home and store, are ``said``; they meet the schema."""
    watermark, columns = said.get("watermark"), said.get("columns")
    return EntityConfig(
        flow=flow,
        name=name,
        home=home,
        store=store,
        run_type=said.get("run_type", "full_drop"),
        write=said.get("write", "auto"),
        watermark=WatermarkConfig(**watermark) if watermark else None,
        keys=tuple(said.get("keys", ())),
        columns=tuple(columns) if columns is not None else None,
        where=said.get("where"),
        limit=said.get("limit"),
        tags=tuple(said.get("tags", ())),
        drift=_drift(said.get("drift", "evolve")),
        guard=_guard(said.get("guard", {})),
        polish=_polish(said.get("polish", {})),
    )


def _drift(said: str | Mapping[str, Any]) -> DriftConfig:
    if said == "strict":
        return DriftConfig(add_columns="stop", drop_columns="stop", change_types="stop", nullability="stop")
    return DriftConfig() if isinstance(said, str) else DriftConfig(**said)


def _guard(said: Mapping[str, Any]) -> GuardConfig:
    shrink = said.get("max_shrink")
    if isinstance(shrink, str):
        shrink = float(shrink.rstrip("% ")) / 100
    return GuardConfig(min_rows=said.get("min_rows"), max_shrink=shrink)


def _polish(said: Mapping[str, Any]) -> PolishConfig:
    names = said.get("columns", {})
    select = said.get("select")
    return PolishConfig(
        select=tuple(select) if select is not None else None,
        drop=tuple(said.get("drop", ())),
        cast=dict(said.get("cast", {})),
        hash=tuple(_hash(one) for one in said.get("hash", ())),
        rename=dict(said.get("rename", {})),
        case=names.get("case", "keep"),
        special=names.get("special", "keep"),
        collisions=names.get("collisions", "refuse"),
        constants=tuple(ConstantConfig(**one) for one in said.get("constants", ())),
        timestamps=tuple(said.get("timestamps", ())),
    )


def _hash(said: str | Mapping[str, Any]) -> HashConfig:
    if isinstance(said, str):
        return HashConfig(columns=(said,), into=said)
    columns = tuple(said["columns"])
    return HashConfig(columns=columns, into=said.get("into", columns[0]), salt=said.get("salt", ""))
