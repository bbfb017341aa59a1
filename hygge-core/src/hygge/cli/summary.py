"""How a run ended, for people: a table of its entities, what failed and what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from hygge.cli.figures import count, duration, few, plural, table
from hygge.results import EntityResult, RunResult

__all__ = ["closing", "results"]

SHOWN_FAILURES = 20


def results(result: RunResult) -> str:
    """The entities of the run as a table."""
    return table(
        ["entity", "status", "mode", ">rows read", ">rows written", ">time", "verdict", "watermark"],
        [
            [
                label(one),
                one.status,
                one.mode,
                count(one.rows_read),
                count(one.rows_written),
                duration(one.seconds),
                one.verdict,
                _watermark(one),
            ]
            for one in result.entities
        ],
    )


def closing(result: RunResult) -> str:
    """Each failure with its next step, then the one line that says how it went."""
    alike: dict[tuple[str, str], list[str]] = {}
    for one in result.entities:
        if one.status == "failed":
            alike.setdefault(_error(one), []).append(label(one))
    parts = [f"{code}: {few(names)}: {said}" for (code, said), names in alike.items()]
    if len(parts) > SHOWN_FAILURES:
        more = f"... and {len(parts) - SHOWN_FAILURES} more; `hygge runs {result.run_id}` shows all."
        parts = [*parts[:SHOWN_FAILURES], more]
    return "\n\n".join([*parts, ". ".join(_outcome(result)) + "."])


def label(one: EntityResult) -> str:
    """The entity as the command line names it."""
    return f"{one.flow}.{one.entity}"


def _error(one: EntityResult) -> tuple[str, str]:
    """Code and message, which may name the entity."""
    error = one.error or {"code": "HYG600", "message": "failed"}
    return error["code"], error["message"].removeprefix(f"{label(one)}: ")


def _outcome(result: RunResult) -> Iterator[str]:
    total = len(result.entities)
    by_status = {
        status: [one for one in result.entities if one.status == status]
        for status in ("success", "skipped", "failed", "aborted")
    }
    rows = sum(one.rows_written for one in by_status["success"])
    took = f"in {duration(result.seconds)}"
    if len(by_status["skipped"]) == total:
        yield f"Nothing new: {_entities(total)} up to date, {took}"
    elif result.status == "success":
        yield f"All is home: {_entities(total)} settled, {plural(rows, 'row')} moved {took}"
    else:
        settled = len(by_status["success"]) + len(by_status["skipped"])
        parts = [f"{_entities(len(by_status['failed']))} failed"] if by_status["failed"] else []
        parts += [f"{_entities(len(by_status['aborted']))} stopped"] if by_status["aborted"] else []
        safe = f"; the other {count(settled)} settled safely" if settled else ""
        yield f"{', '.join(parts)} {took}{safe}"
        yield (
            "Once that is mended, `hygge retry` moves what is missing"
            if by_status["failed"]
            else "`hygge retry` moves what is missing"
        )


def _entities(number: int) -> str:
    return plural(number, "entity", "entities")


def _watermark(one: EntityResult) -> str:
    mark = one.watermark
    return f"{mark['column']} {mark['upper']}" if mark and mark["upper"] is not None else ""
