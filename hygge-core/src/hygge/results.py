"""What a run reports: the same from Python and as the command line's JSON document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hygge.model import Mode, RunType, Status

__all__ = ["EntityResult", "RunResult"]


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
