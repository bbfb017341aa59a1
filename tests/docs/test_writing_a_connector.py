"""The tutorial shows what is tested: each of its blocks stands in the stranger's connector."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "writing-a-connector.md").read_text()
BLOCK = re.compile(r"^<!-- in (?P<path>\S+) -->\n```\w+\n(?P<text>.*?)\n```$", re.DOTALL | re.MULTILINE)
BLOCKS = [(match["path"], match["text"]) for match in BLOCK.finditer(PAGE)]


@pytest.mark.parametrize(("path", "text"), BLOCKS, ids=[text.split("\n")[0].strip() for _, text in BLOCKS])
def test_a_block_stands_in_the_file_that_it_names(path: str, text: str) -> None:
    assert text in (ROOT / path).read_text()


def test_every_block_of_python_names_its_file() -> None:
    assert len(re.findall(r"^```python$", PAGE, re.MULTILINE)) == sum(
        path.endswith(".py") for path, _ in BLOCKS
    )


@pytest.mark.parametrize("module", re.findall(r"`(hygge(?:\.\w+)*)`", PAGE.partition("## What is public")[2]))
def test_what_is_called_public_is_there(module: str) -> None:
    importlib.import_module(module)


def test_the_stranger_uses_nothing_but_what_is_called_public() -> None:
    public = set(re.findall(r"`(hygge(?:\.\w+)*)`", PAGE.partition("## What is public")[2]))
    imported = re.compile(r"^(?:from|import) (hygge(?:\.\w+)*)\b", re.MULTILINE)
    files = (ROOT / "tests" / "thirdparty" / "hygge-rest").rglob("*.py")
    used = {module for file in files for module in imported.findall(file.read_text())}
    assert used <= public
