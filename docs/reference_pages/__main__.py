"""Write every page that is made."""

from __future__ import annotations

from pathlib import Path

from reference_pages.pages import all_pages

DOCS = Path(__file__).parents[1]

for name, text in all_pages().items():
    page = DOCS / name
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(text, encoding="utf-8")
