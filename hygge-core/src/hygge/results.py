"""What a run reports: the same from Python and as the command line's JSON document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hygge.model import Mode, RunType, Status

__all__ = ["EntityResult", "RunResult"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityResult:
    """How one entity fared; the fields are those of the JSON document."""

    flow: str  # its name
    entity: str  # its name in the flow
    status: Status  # success, failed, skipped (nothing to do) or aborted
    run_type: RunType  # full_drop or incremental
    mode: Mode  # replace, append or upsert
    rows_read: int = 0  # from the home
    rows_written: int = 0  # into the store; less than read where rows were there already
    bytes_written: int = 0  # at the store
    seconds: float = 0.0  # from plan to end
    verdict: str = "not_verified"  # verified, not_verified or unsupported: were the counts compared?
    watermark: dict[str, str | None] | None = None  # column, type, lower, upper
    error: dict[str, str] | None = None  # code, message
    warnings: tuple[str, ...] = ()  # what changed in the schema or is amiss at the home, for people


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
