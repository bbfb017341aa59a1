"""The guide to the kit names every law that there is, and none that there is not."""

from __future__ import annotations

import re
from pathlib import Path

from hygge.testing import (
    FAULTS,
    HomeConformance,
    HomeServiceConformance,
    JournalConformance,
    PluginConformance,
    StoreConformance,
    StoreServiceConformance,
)

PAGE = Path(__file__).parents[3] / "docs" / "guides" / "conformance-kit.md"
CLASSES = (
    HomeConformance,
    HomeServiceConformance,
    JournalConformance,
    PluginConformance,
    StoreConformance,
    StoreServiceConformance,
)


def test_the_guide_names_every_law() -> None:
    told = set(re.findall(r"^\| ([^|`]+) \|$", PAGE.read_text(), re.M))
    laws = {name[5:].replace("_", " ") for kind in CLASSES for name in dir(kind) if name.startswith("test_")}
    assert laws - told == set()
    titles = set(re.findall(r"^\| ([^|`]+) \|\n\|---\|$", PAGE.read_text(), re.M))
    assert told - laws == titles


def test_the_guide_names_every_class_and_fault() -> None:
    text = PAGE.read_text()
    assert [kind.__name__ for kind in CLASSES if f"`{kind.__name__}`" not in text] == []
    assert [fault for fault in FAULTS if f"`{fault}`" not in text] == []
