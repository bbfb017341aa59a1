"""Whoever types the first flow along sees what the page shows."""

from __future__ import annotations

from pathlib import Path

from walkthrough import Command, File, run, same, steps

PAGE = Path(__file__).parents[2] / "docs" / "first-flow.md"


def test_the_first_flow_prints_what_the_page_shows(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    done = 0
    for step in steps(PAGE):
        if isinstance(step, File):
            (folder / step.path).write_text(step.text)
            continue
        assert isinstance(step, Command)
        _, printed = run(step, folder)
        assert same(step.shown, printed), f"$ {step.line}\n{printed}\n-- the page shows:\n{step.shown}"
        done += 1
    assert done > 9
