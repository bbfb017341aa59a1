"""One fault of the configuration: where it stands, what is wrong, what to do."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hygge.config.masking import mask
from hygge.config.place import Place
from hygge.errors import ConfigurationError, MissingConnector

__all__ = ["Problem", "configuration_error", "problem_at"]

SHOWN_PROBLEMS = 50
SHOWN_COLUMNS = 100
LONGEST_LINE = 10_000  # a longer one is no line that a person wrote; it is not searched and not shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One fault; ``str(problem)`` is what people read."""

    code: str
    file: str  # relative to the project's folder; "--set" for the command line
    line: int  # from 1
    column: int  # from 1, in characters
    message: str
    remedy: str
    source: str = ""  # the line as it stands in the file, what looks like a secret masked
    caret: tuple[int, int] = (1, 1)  # column in ``source`` and width of what the caret marks

    def __str__(self) -> str:
        lines = [f"{self.code} {self.file}:{self.line}:{self.column}: {self.message}"]
        if self.source.strip():
            shown, marks = _excerpt(self.source, *self.caret)
            number = f"{self.line:>5}"
            lines += [f"{number} | {shown}", f"{' ' * len(number)} | {marks}"]
        if self.remedy:
            lines.append(f"  {self.remedy}")
        return "\n".join(lines)


def problem_at(place: Place, code: str, message: str, remedy: str) -> Problem:
    """The problem at ``place``, with the line that people see."""
    hidden = [(spot.column, spot.width) for spot in place.source.hidden if spot.line == place.line]
    text = place.text if len(place.text) <= LONGEST_LINE else ""
    source, column, width = mask(text, place.column, place.width, hidden)
    return Problem(
        code=code,
        file=place.source.name,
        line=place.line,
        column=place.column,
        message=message,
        remedy=remedy,
        source=source,
        caret=(column, width),
    )


def configuration_error(problems: Iterable[Problem]) -> ConfigurationError | MissingConnector:
    """One error that shows all problems; `MissingConnector` if nothing but connectors is amiss."""
    found = sorted(dict.fromkeys(problems), key=lambda p: (p.file, p.line, p.column))
    codes = {problem.code for problem in found}
    kind = MissingConnector if all(code.startswith("HYG2") for code in codes) else ConfigurationError
    return kind(
        _report(found),
        code=codes.pop() if len(codes) == 1 else kind.default_code,
        problems=found,
    )


def _report(problems: Sequence[Problem]) -> str:
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    parts = [f"{count} in the configuration, nothing was touched"]
    parts += [str(problem) for problem in problems[:SHOWN_PROBLEMS]]
    if len(problems) > SHOWN_PROBLEMS:
        parts.append(f"... and {len(problems) - SHOWN_PROBLEMS} more; these come first.")
    return "\n\n".join(parts)


def _excerpt(line: str, column: int, width: int) -> tuple[str, str]:
    """The line, cut around the caret and safe for a terminal, and the carets under it."""
    start = 0
    if len(line) > SHOWN_COLUMNS:
        start = max(0, min(column - 1 - SHOWN_COLUMNS // 3, len(line) - SHOWN_COLUMNS))
    cut = line[start : start + SHOWN_COLUMNS]
    before = cut[: column - 1 - start]
    under = cut[len(before) : len(before) + width] or " "
    head, tail = "… " * (start > 0), " …" * (start + SHOWN_COLUMNS < len(line))
    padding = " " * len(head) + "".join("\t" if c == "\t" else " " * _cells(c) for c in before)
    return head + _printable(cut) + tail, padding + "^" * max(1, sum(_cells(c) for c in under))


def _printable(text: str) -> str:
    return "".join(
        c if c == "\t" or unicodedata.category(c)[0] != "C" else "\N{REPLACEMENT CHARACTER}" for c in text
    )


def _cells(character: str) -> int:
    """How many columns of a terminal the character takes."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
