"""The kit finds what it is there to find, and a gap is declared or it is none."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from hygge.testing import Gap, StoreConformance

HERE = Path(__file__).parent
BROKEN = {
    "Peeking": "test_staged_and_sealed_rows_are_invisible",
    "Doubling": "test_a_commit_called_again_from_another_process_changes_nothing",
    "Baseless": "test_a_job_whose_base_is_not_the_last_receipt_is_superseded",
    "Undoing": "test_abort_never_undoes_a_commit",
    "Leaky": "test_abort_is_repeatable_and_needs_nothing_staged",
    "Trusting": "test_data_that_hygge_did_not_write_is_not_replaced_unless_adopted",
    "Emptying": "test_killed_at_any_point_the_next_process_ends_with_every_row_once[replace]",
    "Forgetful": "test_what_a_dead_process_sealed_is_committed_or_given_up_as_promised",
}
KEPT = "test_a_commit_shows_every_split_once[replace]"  # by all of them: it is the fault that is found


def run_kit(file: str, laws: Sequence[str], folder: Path) -> str:
    """Run laws of a file (none: all of them) where the reference connector and its mutants are installed."""
    command = [sys.executable, "-m", "pytest", "-rA", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist"]
    options = [
        "-c",
        os.devnull,
        "--rootdir",
        str(HERE),
        "--basetemp",
        str(folder / "base"),
        "--import-mode=importlib",
    ]
    ended = subprocess.run(
        [*command, *options, *(f"{HERE / file}::{law}".removesuffix("::") for law in laws or [""])],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (HERE / "reference", HERE / "faulty")))},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stdout + ended.stderr


def test_the_reference_connector_keeps_every_law(tmp_path: Path) -> None:
    said = run_kit("reference_laws.py", [], tmp_path)
    assert re.search(r"^=+ \d{3} passed", said, re.M), said
    assert not re.search(r"FAILED|ERROR", said), said


def test_every_broken_law_is_found_and_kept_ones_are_not(tmp_path: Path) -> None:
    laws = [f"Test{store}::{law}" for store, law in BROKEN.items()]
    kept = [f"Test{store}::{KEPT}" for store in BROKEN if store != "Peeking"]
    said = run_kit("broken_laws.py", laws + kept, tmp_path)
    failed = {re.sub(r"\[.*", "", found) for found in re.findall(r"^FAILED \S*?::(\S+)", said, re.M)}
    passed = set(re.findall(r"^PASSED \S*?::(\S+)", said, re.M))
    assert failed == {re.sub(r"\[.*", "", law) for law in laws}, said
    assert passed >= set(kept), said
    assert "ERROR" not in said, said


def test_a_gap_that_names_no_law_is_refused() -> None:
    with pytest.raises(TypeError, match="test_no_such_law"):

        class Mistaken(StoreConformance):
            gaps = {"test_no_such_law": Gap("a slip of the pen")}  # noqa: RUF012  # as users write it


GAPS = """
import pytest
from hygge.testing.gaps import Gap, Laws

class TestGaps(Laws):
    gaps = {"test_declared": Gap("no such thing here", ZeroDivisionError), "test_other": Gap("x", ValueError),
            "test_mended": Gap("it was so once")}

    def test_declared(self):
        1 / 0

    def test_other(self):
        1 / 0

    def test_mended(self):
        pass
"""


def test_a_gap_passes_only_with_its_error_and_fails_once_it_is_mended(tmp_path: Path) -> None:
    (tmp_path / "test_gaps.py").write_text(GAPS)
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", "-c", os.devnull, "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    outcomes = {
        name: outcome
        for outcome, name in re.findall(r"^(XFAIL|FAILED|PASSED) \S*::(\w+)", ended.stdout, re.M)
    }
    assert outcomes == {"test_declared": "XFAIL", "test_other": "FAILED", "test_mended": "FAILED"}, (
        ended.stdout
    )
    assert "no such thing here" in ended.stdout
