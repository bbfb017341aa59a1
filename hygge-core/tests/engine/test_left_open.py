"""What a run left open: what was sealed lands, what has landed is noted, what lost its base is given up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

import hygge
from hygge.config import load_project
from hygge.engine.journals import open_journal
from hygge.failpoints import arm
from hygge.journal import FileJournal


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A full drop of three rows, which has run once."""
    (tmp_path / "flows").mkdir()
    (tmp_path / "hygge.yml").write_text("version: 1\n")
    flow = "home: {type: parquet, path: in.parquet}\nstore: {type: parquet, path: out}\nentities: [t]\n"
    (tmp_path / "flows" / "f.yml").write_text(flow)
    pq.write_table(pa.table({"id": [1, 2, 3]}), tmp_path / "in.parquet")
    assert hygge.run(tmp_path).status == "success"
    return tmp_path


def rows(project: Path) -> list[int]:
    found: list[int] = ds.dataset(project / "out" / "t").to_table()["id"].to_pylist()
    return found


def attempts(project: Path) -> list[tuple[str, str]]:
    """Status and message of each, newest first; nothing is open."""
    with closing(open_journal(load_project(project, ()), "look")) as journal:
        assert journal.heads("f")["t"].job is None
        return [(row.status, row.message) for row in journal.rows()]


def test_a_sealed_job_is_given_up_once_somebody_else_has_committed(project: Path) -> None:
    arm("raise:engine.sealed")
    assert hygge.run(project).status == "failed"
    arm("")
    journal = project / ".hygge_journal"
    journal.rename(project / "ours")
    assert hygge.run(project).status == "success"  # another host, which knows nothing of this journal
    journal.rename(project / "theirs")
    (project / "ours").rename(journal)
    result = hygge.run(project)
    assert result.status == "success", result
    assert rows(project) == [1, 2, 3]
    assert "not finished by its run" in [message for _, message in attempts(project)]
    assert list((project / "out" / ".hygge").rglob("*.part")) == []


def test_a_sealed_job_lands_as_it_was_sealed_whatever_the_source_says_now(project: Path) -> None:
    pq.write_table(pa.table({"id": [4]}), project / "in.parquet")
    arm("raise:engine.sealed")
    assert hygge.run(project).status == "failed"
    (project / "in.parquet").unlink()
    arm("")
    assert hygge.run(project).status == "failed"  # the source is gone, but not what was sealed
    assert rows(project) == [4]
    assert ("success", "finished by a later run") in attempts(project)


def test_a_job_that_has_landed_is_noted_although_the_journal_knows_only_its_plan(project: Path) -> None:
    pq.write_table(pa.table({"id": [4]}), project / "in.parquet")
    arm("raise:commit.done")
    assert hygge.run(project).status == "failed"
    arm("")
    newest = max((project / ".hygge_journal" / "log").iterdir(), key=lambda file: file.stat().st_mtime_ns)
    lines = newest.read_bytes().splitlines(keepends=True)
    newest.write_bytes(b"".join(lines[:2]))  # its header and *planned*
    assert hygge.run(project).status == "success"
    assert rows(project) == [4]
    assert ("success", "finished by a later run") in attempts(project)


def test_rows_that_are_gone_when_a_commit_is_noted_are_said_to_be_lost(project: Path) -> None:
    pq.write_table(pa.table({"id": [4]}), project / "in.parquet")
    arm("raise:commit.done")
    assert hygge.run(project).status == "failed"
    arm("")
    (file,) = (project / "out" / "t").glob("*.parquet")
    file.unlink()
    (entity,) = hygge.run(project).entities
    assert entity.error is not None
    assert entity.error["code"] == "HYG601"
    assert "1 staged, 0 found at the destination" in entity.error["message"]
    assert (
        "failed",
        "finished by a later run; rows read: unknown, 1 staged, 0 found at the destination",
    ) in (attempts(project))
    assert hygge.run(project, run_type="full_drop").status == "success"
    assert rows(project) == [4]


def test_where_entities_stand_is_read_once_no_other_run_can_change_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else's run ends between this one's first look and its lease."""
    real, others = FileJournal.lease, iter([True])

    @contextmanager
    def late(self: FileJournal, flow: str) -> Iterator[None]:
        if next(others, False):
            assert hygge.run(project).status == "success"
            arm("raise:engine.sealed")
            assert hygge.run(project).status == "failed"
            arm("")
        with real(self, flow):
            yield

    monkeypatch.setattr(FileJournal, "lease", late)
    assert hygge.run(project).status == "success"
    assert [status for status, _ in attempts(project)] == [
        "success",
        "success",
        "failed",
        "success",
        "success",
    ]
