"""`hygge.run`: what the command line does, from Python, with the same result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from hygge.model import Mode, RunType, Status

__all__ = ["EntityResult", "RunResult", "run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityResult:
    """How one entity fared; the fields are those of the JSON document."""

    flow: str
    entity: str
    status: Status
    run_type: RunType
    mode: Mode
    rows_read: int = 0
    rows_written: int = 0
    bytes_written: int = 0
    seconds: float = 0.0
    verdict: str = "not_verified"
    watermark: dict[str, str | None] | None = None  # column, type, lower, upper
    error: dict[str, str] | None = None  # code, message


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """How a run fared; `hygge.codec.to_builtins` of it is the JSON document."""

    run_id: str
    project: str
    status: Literal["success", "failed"]
    started_at: str
    finished_at: str
    seconds: float
    entities: tuple[EntityResult, ...]


def run(
    project: str | Path | None = None,
    *,
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
    run_type: RunType | None = None,
    adopt: bool = False,
    from_: str | None = None,
    to: str | None = None,
    settings: Sequence[str] = (),
    concurrency: int | None = None,
    fail_fast: bool = False,
) -> RunResult:
    """Run the selected entities of a project and return what became of each.

    ``project`` is the folder of `hygge.yml` (default: found by walking up); ``select`` holds
    ``FLOW`` or ``FLOW.ENTITY``; ``settings`` holds ``flow.path=value``. ``from_`` and ``to`` are
    watermark values: the run completes what is there between them, and moves no watermark. Raises
    `ConfigurationError`, `MissingConnector` or `LeaseHeld` before anything is touched; an entity
    that fails is part of the result.
    """
    from hygge.engine.session import run_project
    from hygge.flow.item import Backfill

    options: dict[str, Any] = {
        "select": select,
        "exclude": exclude,
        "run_type": run_type,
        "adopt": adopt,
        "backfill": Backfill(lower=from_, upper=to) if from_ is not None or to is not None else None,
        "settings": settings,
        "concurrency": concurrency,
        "fail_fast": fail_fast,
    }
    return run_project(project, **options)
