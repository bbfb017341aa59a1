"""The page of error codes: what `hygge explain` shows, all together."""

from __future__ import annotations

import re

from hygge.explaining.pages import GROUPS, group_text

__all__ = ["page"]

HEAD = """# Error codes

Every error begins with its code and ends with your next step; a command in it works as it is typed.
`hygge explain CODE` prints the same page in the terminal. [Commands](commands.md) has the exit codes.
"""


def page() -> str:
    """All groups, each a level lower than in its own file, each code with an anchor of its own."""
    return "\n".join([HEAD, *(_anchored(group_text(group)) for group in GROUPS)])


def _anchored(text: str) -> str:
    lower = re.sub(r"^(#+ )", r"#\1", text, flags=re.MULTILINE)
    return re.sub(r"^### (HYG\d{3}):", r"(\1)=\n### \1:", lower, flags=re.MULTILINE)
