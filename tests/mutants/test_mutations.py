"""The mutations are of the code as it is: `nox -s mutants` tries them."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOUND = tomllib.loads((Path(__file__).parent / "mutations.toml").read_text())


def test_what_a_mutation_changes_stands_once_in_its_file() -> None:
    lost = [
        f"{one['file']}: {one['old']}"
        for one in FOUND["mutation"]
        if (ROOT / one["file"]).read_text().count(one["old"]) != 1 or one["old"] == one["new"]
    ]
    assert lost == []


def test_its_suites_are_there() -> None:
    assert all(one["suites"] in FOUND["suites"] for one in FOUND["mutation"])
    paths = {path.partition("::")[0] for suites in FOUND["suites"].values() for path in suites}
    assert all((ROOT / path).exists() for path in paths)
