"""Read the pages: one file for each kind of trouble, in it one section for each code."""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

__all__ = ["GROUPS", "Page", "group_text", "pages"]

GROUPS = ("configuration", "connectors", "source", "destination", "journal", "run")
"""The files, in the order of their codes."""

_SECTION = re.compile(r"^## (HYG\d{3}): (.+)$", re.MULTILINE)
_PARTS = re.compile(
    r"(?P<happened>.+?)\n\n\*\*Cause\.\*\* (?P<cause>.+?)\n\n\*\*What to do\.\*\* (?P<remedy>.+?)\n\n"
    r"```text\n(?P<example>.+?)\n```",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All there is to say of one code; texts are Markdown without links."""

    code: str
    title: str
    happened: str
    cause: str
    remedy: str
    example: str  # as a terminal shows it

    def __str__(self) -> str:
        return (
            f"{self.code}: {self.title}\n\n{self.happened}\n\nCause\n{_indented(self.cause)}\n\n"
            f"What to do\n{_indented(self.remedy)}\n\nExample\n{_indented(self.example)}"
        )


def pages() -> Mapping[str, Page]:
    """Every page by its code, in the order of the codes."""
    return {page.code: page for group in GROUPS for page in _pages_of(group_text(group))}


def group_text(group: str) -> str:
    """The file of one of `GROUPS`: Markdown."""
    return importlib.resources.files(__package__).joinpath(f"{group}.md").read_text("utf-8")


def _pages_of(text: str) -> Iterator[Page]:
    _, *sections = _SECTION.split(text)
    for code, title, body in zip(sections[::3], sections[1::3], sections[2::3], strict=True):
        parts = _PARTS.fullmatch(body.strip())
        if parts is None:
            raise ValueError(f"the page of {code} has not the form of the others")
        prose = {name: " ".join(parts[name].split()) for name in ("happened", "cause", "remedy")}
        yield Page(code=code, title=title, **prose, example=parts["example"])


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
