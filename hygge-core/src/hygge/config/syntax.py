"""The parser's complaints, in the words of someone who wants the file to work."""

from __future__ import annotations

from typing import Any

from hygge.config.place import Place, Source
from hygge.config.problem import Problem, problem_at

__all__ = ["explain"]


def explain(error: Any, source: Source, text: str) -> Problem:
    """The problem behind a ``yaml.MarkedYAMLError``."""
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return problem_at(source.start, "HYG101", f"not valid YAML: {error.problem}", "Correct the file.")
    place = Place(source, mark.line + 1, mark.column + 1)
    line = place.text
    if "\t" in line[: mark.column + 1] and line[: mark.column].strip() == "":
        column = line.index("\t") + 1
        place = Place(source, place.line, column)
        return problem_at(place, "HYG101", "a tab in the indentation", "Indent with spaces.")
    if "quoted scalar" in (error.context or "") and error.context_mark:
        start = Place(source, error.context_mark.line + 1, error.context_mark.column + 1)
        if "escape" in error.problem:
            backslash = line.rfind("\\", 0, mark.column + 1) + 1
            place = Place(source, place.line, max(1, backslash), 2)
            remedy = "Double the backslash, or use single quotes."
            return problem_at(place, "HYG101", "a backslash in double quotes that means nothing", remedy)
        return problem_at(start, "HYG101", "a quote that is never closed", "Close the quote.")
    if "${" in line:
        return problem_at(
            place,
            "HYG101",
            "not valid YAML: inside { } and [ ] a reference needs quotes",
            'Write it as "${...}".',
        )
    opened = error.context_mark
    if opened and ("simple key" in error.context or "flow" in error.context):
        place = Place(source, opened.line + 1, opened.column + 1)  # the fault shows later, it is here
    message, remedy = _known(
        str(error.problem or ""), str(error.context or ""), line[mark.column : mark.column + 1]
    )
    return problem_at(place, "HYG101", message, remedy)


def _known(complaint: str, context: str, character: str) -> tuple[str, str]:
    if "mapping values are not allowed" in complaint:
        return "a second `key:` on this line, or a wrong indentation", "Quote a text that holds `: `."
    if "could not find expected ':'" in complaint:
        return "a key without its colon", "Write `key: value`."
    if "cannot start any token" in complaint and character:
        return f"a value cannot start with `{character}`", "Put it in quotes."
    if "flow sequence" in context or "flow mapping" in context:
        return "a bracket that is not closed, or a missing comma", "Close the bracket, or add the comma."
    if "did not find expected key" in complaint or "expected <block end>" in complaint:
        return "this line does not fit the lines above", "Align keys of one mapping in one column."
    reason = f"{context}: {complaint}" if context else complaint
    return f"not valid YAML: {reason}", "Correct the line."
