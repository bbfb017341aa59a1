"""What hygge says of wrong configurations, word for word.

Each file in `golden/` holds cases: `## a title`, then sections that begin with `--- `: files,
`env` (NAME=value), `set` and `select` (one a line), and last `says`. To write what is said now
into the files, run with HYGGE_GOLDEN=write and read the difference.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from hygge.config import load_project
from hygge.errors import HyggeError

FOLDER = Path(__file__).with_name("golden")
REST = "home: {type: rows, path: in.db}\nstore: {type: parquet, path: out}\n"


class Case:
    """One case of a golden file."""

    def __init__(self, file: Path, text: str) -> None:
        self.file = file
        self.title, _, body = text.partition("\n")
        parts = re.split(r"^--- (.*)\n", body, flags=re.MULTILINE)
        self.sections = dict(zip(parts[1::2], parts[2::2], strict=True))
        self.says = self.sections.pop("says", "").rstrip("\n")

    def lines(self, section: str) -> list[str]:
        return [line for line in self.sections.get(section, "").splitlines() if line]

    @property
    def files(self) -> Mapping[str, str]:
        files = {k: v for k, v in self.sections.items() if k not in ("env", "set", "select", "exclude")}
        # a case shows the keys that it is about; HOME_AND_STORE stands for the two others
        return {name: text.replace("HOME_AND_STORE\n", REST) for name, text in files.items()}


def cases() -> Iterator[Case]:
    for file in sorted(FOLDER.glob("*.txt")):
        for text in re.split(r"^## ", file.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            yield Case(file, text)


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: f"{case.file.stem}: {case.title}")
def test_a_wrong_configuration_is_refused_with_these_words(
    case: Case, project: Callable[[Mapping[str, str]], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for line in case.lines("env"):
        monkeypatch.setenv(*line.split("=", 1))
    root = project(case.files)
    with pytest.raises(HyggeError) as caught:
        load_project(root, case.lines("set")).select(case.lines("select"), case.lines("exclude"))
    said = f"exit {caught.value.exit_code}\n{caught.value}".replace(str(root), "/project")
    said = "\n".join(line.rstrip() for line in said.splitlines())
    if os.environ.get("HYGGE_GOLDEN") == "write":
        rewrite(case, said)
    else:
        assert said == case.says


def rewrite(case: Case, said: str) -> None:
    text = case.file.read_text(encoding="utf-8")
    head, title, rest = text.partition(f"## {case.title}\n")
    body, mark, tail = rest.partition("\n## ")
    kept = re.split(r"^--- says\n", body, flags=re.MULTILINE)[0].rstrip("\n")
    case.file.write_text(f"{head}{title}{kept}\n--- says\n{said}\n{mark}{tail}", encoding="utf-8")


def test_there_are_at_least_sixty_cases_with_titles_of_their_own() -> None:
    titles = [f"{case.file.stem}: {case.title}" for case in cases()]
    assert len(titles) >= 60
    assert len(set(titles)) == len(titles)
