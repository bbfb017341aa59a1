"""Every message says what to do next: what it says is done as it stands, and the next run succeeds."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from hygge.cli import main

COMMAND = re.compile(r"`(hygge [^`]+)`")
NAME = "two words"  # a name that a shell would take apart


class Project:
    """One flow of one entity, from a SQLite table or a folder of CSV files, and what a user does to it."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self._capsys = capsys
        self._stated: dict[str, Any] = {}
        (root / "flows").mkdir(parents=True)
        (root / "hygge.yml").write_text("version: 1\nname: remedies\n")

    def flow(self, **keys: Any) -> None:
        """State keys of the flow; None takes one away."""
        stated = {"entities": [NAME], **self._stated, **keys}
        self._stated = {key: value for key, value in stated.items() if value is not None}
        (self.root / "flows" / "f.yml").write_text(yaml.safe_dump(self._stated))

    def table(self, *rows: tuple[Any, ...], columns: str = "id INTEGER, at INTEGER, note TEXT") -> None:
        with closing(sqlite3.connect(self.root / "source.db")) as db, db:
            db.execute(f'DROP TABLE IF EXISTS "{NAME}"')
            db.execute(f'CREATE TABLE "{NAME}" ({columns})')
            db.executemany(f'INSERT INTO "{NAME}" VALUES ({", ".join("?" * len(rows[0]))})', rows)

    def csv(self, name: str, text: str) -> None:
        (self.root / "landing").mkdir(exist_ok=True)
        (self.root / "landing" / name).write_text(text)

    def type(self, line: str) -> tuple[int, dict[str, Any]]:
        """Type a command line in the project's folder: its exit code, and the document where it ran."""
        program, *words = shlex.split(line)
        assert program == "hygge"
        before = os.getcwd()
        os.chdir(self.root)
        try:
            code = main([*words, "--output", "json"])
        finally:
            os.chdir(before)
        return code, json.loads(self._capsys.readouterr().out)

    def failing(self, line: str = "hygge run") -> tuple[str, str]:
        """Code and message of a command that fails."""
        code, document = self.type(line)
        assert code != 0, document
        error = document.get("error") or document["entities"][0]["error"]
        return error["code"], error["message"]

    def copied(self, to: Path) -> None:
        """This project at another place, to follow one piece of advice there."""
        shutil.copytree(self.root, to, symlinks=True)


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Project:
    found = Project(tmp_path / "project", capsys)
    found.table((1, 1, "a"), (2, 2, "b"), (3, 3, "c"))
    found.flow(
        home={"type": "sqlite", "path": "source.db"},
        store={"type": "parquet", "path": "out"},
        run_type="incremental",
        watermark={"column": "at"},
    )
    return found


def target(project: Project) -> Path:
    return project.root / "out" / NAME


def data(project: Project) -> Path:
    return next(target(project).glob("*.parquet"))


def by_files(project: Project, **home: Any) -> None:
    project.csv("1.csv", "id,at\n1,1\n2,2\n")
    project.flow(home={"type": "csv", "path": "landing", **home}, watermark=None)


def into_sqlite(project: Project, **keys: Any) -> None:
    project.flow(store={"type": "sqlite", "path": "out.db"}, **keys)


# -- what goes wrong: the code, what the user did before and after the first run ---------------------


def foreign(project: Project) -> None:
    target(project).mkdir(parents=True)
    pq.write_table(pa.table({"x": [1]}), target(project) / "mine.parquet")


def lost(project: Project) -> None:
    shutil.rmtree(project.root / "out")


def receipts_lost(project: Project) -> None:
    shutil.rmtree(project.root / "out" / ".hygge")


def restored(project: Project) -> None:
    shutil.copytree(project.root / "out", project.root / "yesterday")
    project.table((1, 1, "a"), (4, 4, "d"))
    assert project.type("hygge run")[0] == 0
    lost(project)
    (project.root / "yesterday").rename(project.root / "out")


def restored_in_part(project: Project) -> None:
    restored(project)
    data(project).unlink()


def file_lost(project: Project) -> None:
    data(project).unlink()


def file_lost_and_another_there(project: Project) -> None:
    data(project).unlink()
    (target(project) / "notes").mkdir()


def source_moved(project: Project) -> None:
    (project.root / "source.db").rename(project.root / "moved.db")
    project.flow(home={"type": "sqlite", "path": "moved.db"})


def destination_moved(project: Project) -> None:
    project.flow(store={"type": "parquet", "path": "elsewhere"})


def destination_moved_to_data(project: Project) -> None:
    destination_moved(project)
    (project.root / "elsewhere" / NAME).mkdir(parents=True)
    pq.write_table(pa.table({"x": [1]}), project.root / "elsewhere" / NAME / "mine.parquet")


def destination_renamed(project: Project) -> None:
    (project.root / "out").rename(project.root / "elsewhere")
    destination_moved(project)


def other_condition(project: Project) -> None:
    project.flow(where="id > 0")


def other_columns(project: Project) -> None:
    project.flow(columns=["id", "at"])


def keys_added(project: Project) -> None:
    project.flow(keys=["id"])


def other_watermark(project: Project) -> None:
    project.flow(watermark={"column": "id"})


def no_watermark_any_more(project: Project) -> None:
    by_files(project)


def watermark_of_another_type(project: Project) -> None:
    project.table((1, "1", "a"), columns="id INTEGER, at TEXT, note TEXT")


def column_gone(project: Project) -> None:
    project.table((5, 5), columns="id INTEGER, at INTEGER")


def column_added(project: Project) -> None:
    project.table((5, 5, "e", 1), columns="id INTEGER, at INTEGER, note TEXT, more INTEGER")


def file_changed(project: Project) -> None:
    project.csv("1.csv", "id,at\n1,1\n2,2\n3,3\n")


def value_of_another_type(project: Project) -> None:
    project.csv("2.csv", "id,at\nx7,3\n")


def fewer_rows(project: Project) -> None:
    project.table((1, 1, "a"))


def in_the_database(statement: str) -> Step:
    """What somebody else does to the SQLite store."""

    def step(project: Project) -> None:
        with closing(sqlite3.connect(project.root / "out.db")) as db, db:
            db.execute(statement)

    return step


def database_lost(project: Project) -> None:
    for file in project.root.glob("out.db*"):
        file.unlink()


Step = Callable[[Project], None]


def nothing(project: Project) -> None:
    """The first run is what goes wrong."""


AFTER_A_RUN: dict[str, tuple[str, Step, Step]] = {
    "destination lost": ("HYG403", nothing, lost),
    "receipts lost": ("HYG403", nothing, receipts_lost),
    "restored": ("HYG403", nothing, restored),
    "restored in part": ("HYG403", nothing, restored_in_part),
    "file lost": ("HYG404", nothing, file_lost),
    "file lost, another there": ("HYG404", nothing, file_lost_and_another_there),
    "source moved": ("HYG406", nothing, source_moved),
    "destination moved": ("HYG406", nothing, destination_moved),
    "destination moved to data": ("HYG406", nothing, destination_moved_to_data),
    "destination renamed": ("HYG406", nothing, destination_renamed),
    "another condition": ("HYG406", nothing, other_condition),
    "other columns": ("HYG406", nothing, other_columns),
    "other columns by key": ("HYG406", lambda p: into_sqlite(p, keys=["id"]), other_columns),
    "keys added": ("HYG406", nothing, keys_added),
    "keys added where they upsert": ("HYG406", into_sqlite, keys_added),
    "another watermark": ("HYG406", nothing, other_watermark),
    "another watermark where it upserts": (
        "HYG406", lambda p: into_sqlite(p, keys=["id"]), other_watermark
    ),
    "by files now": ("HYG406", nothing, no_watermark_any_more),
    "watermark of another type": ("HYG407", nothing, watermark_of_another_type),
    "column gone": ("HYG411", nothing, column_gone),
    "column added": ("HYG411", nothing, column_added),
    "file changed": ("HYG307", by_files, file_changed),
    "file changed, to be read again": (
        "HYG405", lambda p: by_files(p, changed="reread"), file_changed
    ),
    "database lost": ("HYG403", into_sqlite, database_lost),
    "table dropped": ("HYG404", into_sqlite, in_the_database(f'DROP TABLE "{NAME}"')),
    "its receipts deleted": (
        "HYG403", into_sqlite, in_the_database("DELETE FROM _hygge_receipts")
    ),
    "fewer rows": ("HYG412", lambda p: p.flow(run_type="full_drop", guard={"max_shrink": 0.5}), fewer_rows),
    "fewer rows of one entity": (
        "HYG412",
        lambda p: p.flow(run_type="full_drop", entities=[{"name": NAME, "guard": {"max_shrink": 0.5}}]),
        fewer_rows,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", AFTER_A_RUN)
def test_every_command_of_a_message_works_as_it_stands(project: Project, case: str, tmp_path: Path) -> None:
    code, before, wrong = AFTER_A_RUN[case]
    before(project)
    assert project.type("hygge run")[0] == 0
    wrong(project)
    follow(project, code, tmp_path)


def test_data_of_others_can_be_replaced_as_the_message_says(project: Project, tmp_path: Path) -> None:
    foreign(project)
    follow(project, "HYG402", tmp_path)


def test_a_backfill_of_nothing_says_what_comes_first(project: Project, tmp_path: Path) -> None:
    follow(project, "HYG407", tmp_path, "hygge run --from 1")


@pytest.mark.parametrize("value", ["2", "9"])
def test_a_watermark_that_is_set_needs_what_the_message_says(
    project: Project, tmp_path: Path, value: str
) -> None:
    assert project.type("hygge run")[0] == 0
    follow(project, "HYG604", tmp_path, f"hygge state set 'f.{NAME}' {value}")


def killed_before_it_commits(project: Project) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", "import sys; from hygge.cli import main; sys.exit(main(['run']))"],
        cwd=project.root,
        env={**os.environ, "HYGGE_FAILPOINT": "kill:commit.claiming"},
        check=False,
    )
    assert killed.returncode == -9


def test_a_sealed_job_that_lost_its_staging_is_given_up_as_the_message_says(
    project: Project, tmp_path: Path
) -> None:
    killed_before_it_commits(project)
    staged = list((project.root / "out" / ".hygge").rglob("*.part"))
    staged[0].unlink()
    follow(project, "HYG404", tmp_path)


@pytest.mark.parametrize("change", ["reset", "adopt", "set"])
def test_a_change_of_state_before_a_sealed_job_has_an_end_says_how_to_end_it(
    project: Project, tmp_path: Path, change: str
) -> None:
    killed_before_it_commits(project)
    value = " 2" if change == "set" else ""
    follow(project, "HYG603", tmp_path, f"hygge state {change} 'f.{NAME}'{value}")


# -- what is mended in a file: the message, and what a reader of it writes ---------------------------


def declared(project: Project) -> None:
    project.flow(home={"type": "csv", "path": "landing", "types": {"id": "string"}})
    assert project.type(f"hygge run 'f.{NAME}' --full-drop")[0] == 0


def drift_evolves(project: Project) -> None:
    project.flow(drift={"drop_columns": "evolve"})


def drift_ignores(project: Project) -> None:
    project.flow(drift={"add_columns": "ignore"})


def journal_aside(project: Project) -> None:
    (project.root / ".hygge_journal").rename(project.root / "aside")


def journal_damaged(project: Project) -> None:
    (segment,) = (project.root / ".hygge_journal" / "log").iterdir()
    segment.write_bytes(segment.read_bytes().replace(b'"planned"', b'"plan ed"', 1))


def receipt_damaged(project: Project) -> None:
    receipt_of(project).write_bytes(b"not ours")


def receipt_of(project: Project) -> Path:
    return next((project.root / "out" / ".hygge" / "targets").rglob("*.json"))


def receipt_deleted(project: Project) -> None:
    receipt_of(project).unlink()
    assert project.type(f"hygge run 'f.{NAME}' --full-drop --adopt")[0] == 0


def receipt_in_sqlite_damaged(project: Project) -> None:
    in_the_database("UPDATE _hygge_receipts SET receipt = 'not ours'")(project)


def receipt_in_sqlite_deleted(project: Project) -> None:
    in_the_database("DELETE FROM _hygge_receipts")(project)
    assert project.type(f"hygge run 'f.{NAME}' --full-drop --adopt")[0] == 0


def history_damaged(project: Project) -> None:
    assert project.type("hygge runs --fold")[0] == 0
    (project.root / ".hygge_journal" / "journal.parquet").write_bytes(b"not ours")
    assert project.type("hygge run")[0] == 0, "history is not needed to go on"


def history_aside(project: Project) -> None:
    (project.root / ".hygge_journal" / "journal.parquet").rename(project.root / "aside.parquet")
    assert project.type("hygge runs")[0] == 0


def heads_damaged(project: Project) -> None:
    assert project.type("hygge runs --fold")[0] == 0
    (project.root / ".hygge_journal" / "heads.json").write_bytes(b"not ours\n")


def nulls(project: Project) -> None:
    project.table((1, None, "a"), (2, 2, "b"))


MENDED_IN_A_FILE: dict[str, tuple[str, Step, Step, str, Step]] = {
    "value of another type": (
        "HYG301", by_files, value_of_another_type, "home: {types: {id: string}}", declared
    ),
    "column gone": (
        "HYG411",
        lambda p: into_sqlite(p, keys=["id"], drift="strict"),
        column_gone,
        "drift: {drop_columns: evolve}",
        drift_evolves,
    ),
    "column added": ("HYG411", nothing, column_added, "drift: {add_columns: ignore}", drift_ignores),
    "nulls": (
        "HYG304",
        nothing,
        nulls,
        "Set watermark.nulls to include",
        lambda p: p.flow(watermark={"column": "at", "nulls": "skip"}),
    ),
    "heads damaged": ("HYG502", nothing, heads_damaged, "move that folder away", journal_aside),
    "receipt damaged": ("HYG404", nothing, receipt_damaged, "--full-drop --adopt", receipt_deleted),
    "receipt in SQLite damaged": (
        "HYG404", into_sqlite, receipt_in_sqlite_damaged, "--full-drop --adopt", receipt_in_sqlite_deleted
    ),
    "journal damaged": ("HYG502", nothing, journal_damaged, "move that folder away", journal_aside),
}  # fmt: skip


def test_a_damaged_history_stops_no_run_and_is_moved_away(project: Project) -> None:
    assert project.type("hygge run")[0] == 0
    history_damaged(project)
    code, message = project.failing("hygge runs")
    assert (code, "Move that file away" in message) == ("HYG502", True)
    history_aside(project)


@pytest.mark.parametrize("case", MENDED_IN_A_FILE)
def test_what_a_message_says_to_write_is_enough(project: Project, case: str) -> None:
    expected, before, wrong, said, mend = MENDED_IN_A_FILE[case]
    before(project)
    assert project.type("hygge run")[0] == 0
    wrong(project)
    code, message = project.failing()
    assert (code, said in message) == (expected, True), message
    mend(project)
    done, document = project.type("hygge run")
    assert done == 0, document


def follow(project: Project, expected: str, tmp_path: Path, line: str = "hygge run") -> None:
    """Fail, then follow each command of the message in a copy of the project."""
    code, message = project.failing(line)
    assert code == expected, message
    commands = COMMAND.findall(message)
    assert commands, message
    original = project.root
    for number, command in enumerate(commands):
        aside = tmp_path / f"before-{number}"
        project.copied(aside)
        done, document = project.type(command)
        assert done == 0, (command, document)
        done, document = project.type("hygge run")
        assert done == 0, (command, document)
        shutil.rmtree(original)
        aside.rename(original)
