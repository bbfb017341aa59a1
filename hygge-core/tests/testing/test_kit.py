"""The kit finds what it is there to find, and a gap is declared or it is none."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hygge.testing import Gap, StoreConformance

pytestmark = pytest.mark.timeout(400)  # hundreds of laws each, also on a busy machine
SERVICE = [
    f"TestRemoteStore::test_{law}"
    for law in (
        "no_command_tells_a_secret",
        "an_identity_is_the_same_everywhere_and_tells_no_secret",
        "errors_survive_pickle",
        "a_lost_journal_is_made_good_by_the_receipts",
    )
]
TRANSIENT = [
    f"TestTransientStore::test_{law}"
    for law in (
        "what_a_dead_process_sealed_is_committed_or_given_up_as_promised",
        "killed_at_any_point_the_next_process_ends_with_every_row_once",
        "killed_again_while_healing_the_next_process_ends_with_every_row_once",
        "of_a_job_that_sleeps_and_a_rival_one_lands_whole",
        "abort_at_any_moment_of_a_commit_takes_nothing_back",
        "stopped_by_signals_a_run_is_taken_up_by_the_next",
        "operations_are_applied_kept_as_data_or_refused_before_a_row_is_read",
    )
]


@pytest.mark.parametrize(
    ("laws", "least"),
    [
        (["TestPlugin", "TestHome", "TestJournal", "TestRemoteHomeFaults"], 80),
        (["TestStore"], 200),
        (["TestRemoteStoreFaults", *SERVICE, *TRANSIENT], 50),
    ],
    ids=["home and journal", "store", "service and transient staging"],
)
def test_the_reference_connector_keeps_every_law(
    run_kit: Callable[..., str], laws: list[str], least: int
) -> None:
    said = run_kit("reference_laws.py", laws)
    passed = re.search(r"^=+ (\d+) passed", said, re.M)
    assert passed, said
    assert int(passed[1]) >= least, said
    assert not re.search(r"FAILED|ERROR", said), said


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
