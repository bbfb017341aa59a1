"""Attempts of the journal as people and programs read them: many, one run, or one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hygge.cli.figures import count, duration, moment, plural, size, table
from hygge.codec import to_builtins
from hygge.model import Row, Status

__all__ = ["document", "table_of", "whole"]

STATUSES: tuple[Status, ...] = ("success", "skipped", "failed", "aborted")


def document(row: Row) -> dict[str, Any]:
    """The attempt for JSON: the journal's columns and ``seconds``."""
    return {**to_builtins(row), "seconds": round(_seconds(row), 3)}


def table_of(found: Sequence[Row]) -> str:
    """Attempts of any runs, a line each."""
    return table(
        ["run", "started", "entity", "status", "mode", ">rows", ">time", ">rows/s", "verdict", "message"],
        [
            [
                row.run_id,
                moment(row.started_at),
                f"{row.flow}.{row.entity}",
                row.status,
                row.mode,
                count(row.rows_written),
                duration(_seconds(row)),
                _pace(row),
                row.verdict,
                _first_line(row.message),
            ]
            for row in found
        ],
    )


def whole(found: Sequence[Row], id: str) -> str:
    """All there is to know of an attempt, or of a run: its sums, its entities, what they had to say."""
    if found[0].run_id != id and all(row.entity_run_id == id for row in found):
        return "\n\n".join(_block(row) for row in found)
    said = [f"{row.flow}.{row.entity}: {row.message}" for row in found if row.message != "nothing new"]
    return "\n\n".join([_sums(found), _entities(found), *(line for line in said if not line.endswith(": "))])


def _sums(found: Sequence[Row]) -> str:
    began = min(row.started_at for row in found)
    ended = max(row.finished_at for row in found)
    took = (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()
    ends = Counter(row.status for row in found)
    facts = {
        "project": found[0].project,
        "started": moment(began),
        "finished": f"{moment(ended)}, after {duration(took)}",
        "entities": ", ".join(f"{count(ends[status])} {status}" for status in STATUSES if ends[status]),
        "written": f"{plural(sum(row.rows_written for row in found), 'row')}, "
        f"{size(sum(row.bytes_written for row in found))}",
        "asked for": _asked(found[0]),
        "hygge": found[0].hygge_version,
    }
    facts = {name: value for name, value in facts.items() if value}
    return "\n".join([f"run {found[0].run_id}", *(f"  {name:<10} {value}" for name, value in facts.items())])


def _entities(found: Sequence[Row]) -> str:
    return table(
        [
            "entity",
            "status",
            "mode",
            ">rows read",
            ">written",
            ">bytes",
            ">time",
            ">rows/s",
            "verdict",
            "window",
        ],
        [
            [
                f"{row.flow}.{row.entity}",
                row.status,
                row.mode,
                count(row.rows_read),
                count(row.rows_written),
                size(row.bytes_written),
                duration(_seconds(row)),
                _pace(row),
                row.verdict,
                _window(row),
            ]
            for row in sorted(found, key=lambda row: (row.flow, row.entity))
        ],
    )


def _block(row: Row) -> str:
    facts = {
        "run": row.run_id,
        "attempt": row.entity_run_id,
        "status": row.status,
        "message": row.message,
        "mode": f"{row.mode} ({row.run_type})",
        "source": row.source_identity,
        "target": row.target_identity,
        "started": moment(row.started_at),
        "finished": f"{moment(row.finished_at)}, after {duration(_seconds(row))}",
        "rows read": count(row.rows_read),
        "written": f"{plural(row.rows_written, 'row')}, {size(row.bytes_written)}, {_pace(row)} rows/s",
        "verdict": row.verdict,
        "watermark": _window(row),
        "position": row.position or "",
        "schema": row.schema_fingerprint,
        "asked for": _asked(row),
        "hygge": row.hygge_version,
    }
    lines = [f"{row.flow}.{row.entity}"]
    for name, value in facts.items():
        if value:
            lines.append(f"  {name:<10} " + value.replace("\n", f"\n  {'':<10} "))
    return "\n".join(lines)


def _asked(row: Row) -> str:
    from hygge.engine.asked import from_text, words

    return words(from_text(row.asked))


def _window(row: Row) -> str:
    if row.watermark_column is None:
        return ""
    lower = row.watermark_lower if row.watermark_lower is not None else "the beginning"
    upper = row.watermark_upper if row.watermark_upper is not None else "no value"
    return f"{row.watermark_column} ({row.watermark_type}) from {lower} to {upper}"


def _seconds(row: Row) -> float:
    began, ended = (datetime.fromisoformat(at) for at in (row.started_at, row.finished_at))
    return max(0.0, (ended - began).total_seconds())


def _pace(row: Row) -> str:
    seconds = _seconds(row)
    return count(round(row.rows_written / seconds)) if row.rows_written and seconds > 0 else "-"


def _first_line(text: str) -> str:
    line = text.split("\n", 1)[0]
    return line if len(line) <= 60 else line[:59] + "…"
