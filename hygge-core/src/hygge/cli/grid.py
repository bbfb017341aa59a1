"""Rows under their names, as lines of text of equal columns."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

__all__ = ["grid"]

WIDEST = 32  # cells of a terminal that one value takes


def grid(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """One line a row; long values are cut, and nothing in them moves the cursor."""
    lines = [[_cell(text) for text in row] for row in (names, *rows)]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(set_cell_size(cell, width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _cell(text: str) -> str:
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return shown if cell_len(shown) <= WIDEST else set_cell_size(shown, WIDEST - 1) + "…"
