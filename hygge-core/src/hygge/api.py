"""`hygge.run`: what the command line does, from Python, with the same result."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hygge.model import RunType
from hygge.results import RunResult

__all__ = ["run"]


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
