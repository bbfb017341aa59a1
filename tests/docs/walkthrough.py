"""A page as somebody who types along would live it: files to write, commands to run, what they print."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Command", "File", "blocks", "run", "same", "steps"]

BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
CHANGING = (
    (r"\d{8}T\d{6}-[0-9a-f]{10}", "ID"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", "MOMENT"),
    (r"[\d.,]+ (ms|s|min)\b", "TIME"),
    (r"(?<=TIME )+ *[\d,.]+ (?= *(verified|\n))", "SPEED "),
    (r"[\d.,]+ (B|kB|MB)\b", "SIZE"),
    (r"^(\S+ +success +\w+ +[\d,]+ +[\d,]+ +SIZE +TIME) +[\d,]+", r"\1 SPEED"),
    (r"(success +\w+ +[\d,]+ +TIME) +[\d,]+", r"\1 SPEED"),
    (r"[ \t]+", " "),
)
"""What is another in each run, or follows from it."""
HOME = "/home/ada"


@dataclass(frozen=True, slots=True)
class File:
    """A block whose first line names the file that it is."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Command:
    """A line behind ``$``, and what the page shows below it."""

    line: str
    shown: str


def blocks(page: Path, kind: str) -> list[str]:
    """The code blocks of a kind, in their order."""
    return [match["text"] for match in BLOCK.finditer(page.read_text()) if match["kind"] == kind]


def steps(page: Path) -> Iterator[File | Command]:
    """What a reader does: writes each YAML block that names its file, runs each ``console`` block."""
    for match in BLOCK.finditer(page.read_text()):
        first, _, rest = match["text"].partition("\n")
        if match["kind"] == "yaml" and first.startswith("# ") and first.endswith(".yml"):
            yield File(first[2:], rest)
        elif match["kind"] == "console":
            for command in re.split(r"^\$ ", match["text"], flags=re.MULTILINE)[1:]:
                line, _, shown = command.partition("\n")
                yield Command(line, shown)


def run(command: Command, folder: Path) -> tuple[int, str]:
    """Exit code and output, both streams as a terminal mixes them, paths as the page has them."""
    tools = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": tools, "NO_COLOR": "1", "COLUMNS": "200"}
    done = subprocess.run(
        ["sh", "-c", command.line],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout.replace(str(folder.parent.resolve()), HOME)


def same(shown: str, printed: str) -> bool:
    """Are both the same but for what changes? Lines may stand in another order: two streams are mixed."""
    return sorted(_settled(shown)) == sorted(_settled(printed))


def _settled(text: str) -> list[str]:
    for pattern, word in CHANGING:
        text = re.sub(pattern, word, text, flags=re.MULTILINE)
    return [line.strip() for line in text.splitlines() if line.strip()]
