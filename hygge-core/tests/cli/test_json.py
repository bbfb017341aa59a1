"""With ``--output json`` stdout is one document, whatever the command and however it ends."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

ENTITY = "shop.orders"
WELL = [
    *(["run"], ["plan"], ["check"], ["plugins"], ["retry"], ["runs"], ["runs", "last"], ["runs", "--fold"]),
    *(
        ["runs", "--flow", "nobody"],
        ["runs", "--prune", "--keep-runs", "3", "--yes"],
        ["state"],
        ["state", "get"],
    ),
    *(["state", "set", ENTITY, "7", "--yes"], ["state", "set", ENTITY, "24"], ["state", "reset", ENTITY]),
    ["state", "adopt", ENTITY],
]
WRONG = [
    *(["runs", "nobody"], ["retry", "nobody"], ["runs", "--since", "soon"], ["runs", "--prune"]),
    *(["state", "set", ENTITY, "soon"], ["state", "set", ENTITY, "99"], ["state", "set", ENTITY]),
    *(["state", "discard", ENTITY], ["state", "get", "nobody"], ["run", "tag:nobody"]),
    *(["retry", "--full-drop", "--incremental"], ["completion", "bash"], ["state", "--nonsense"]),
]
EVERY = [["run"], ["plan"], ["check"], ["retry"], ["runs"], ["state", "get"], ["state", "reset", ENTITY]]


@pytest.fixture
def moved(hygge: Any) -> Any:
    assert hygge("run").code == 0
    return hygge


@pytest.mark.parametrize("words", WELL, ids=" ".join)
def test_what_goes_well_is_one_document(moved: Any, words: list[str]) -> None:
    done = moved(*words, "--output", "json")
    assert done.code == 0, done.err
    assert isinstance(json.loads(done.out), dict)


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_a_refusal_is_one_document_with_its_code(moved: Any, words: list[str]) -> None:
    done = moved(*words, "--output=json")
    assert done.code in (1, 2)
    error = json.loads(done.out)["error"]
    assert error["code"].startswith("HYG")
    assert error["message"].splitlines()[0] in done.err


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_a_project_that_is_wrong_is_one_document(moved: Any, cli: Any, words: list[str]) -> None:
    (cli.root / "hygge.yml").write_text("version: 1\nnmae: x\n")
    done = moved(*words, "--output", "json")
    assert done.code == 2
    assert done.document["error"]["problems"][0]["line"] == 2


@pytest.mark.parametrize("words", [["run"], ["retry"], ["runs"], ["state", "get"]], ids=" ".join)
def test_a_journal_that_is_damaged_is_one_document(moved: Any, cli: Any, words: list[str]) -> None:
    (segment,) = cli.root.glob(".hygge_journal/log/*.jsonl")
    data = segment.read_bytes()
    segment.write_bytes(data.replace(b'"kind":"planned"', b'"kind":"plannet"', 1))
    done = moved(*words, "--output", "json")
    assert done.code == 1
    assert done.document["error"]["code"] == "HYG502"
    assert segment.name in done.document["error"]["message"]


def test_a_reader_that_leaves_early_changes_nothing(cli: Any) -> None:
    cli("run")
    for words in (["retry"], ["runs", "last"], ["state", "set", ENTITY, "24"], ["completion", "zsh"]):
        process = cli.start(*words)
        process.stdout.close()
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, (words, said)
        assert "BrokenPipe" not in said


def test_nothing_is_coloured_where_no_color_is_asked_for(cli: Any) -> None:
    for words in (["run"], ["runs"], ["state"], ["retry"], ["--help"], ["completion", "fish"]):
        done = cli(*words, environment={"NO_COLOR": "1", "CLICOLOR_FORCE": "1"})
        assert "\x1b[" not in done.stdout + done.stderr


def test_a_backup_can_be_put_back(moved: Any, cli: Any, rows: Any) -> None:
    before = [row["status"] for row in moved("runs", "--output", "json").document["runs"]]
    backup = Path(moved("state", "set", ENTITY, "7", "--yes", "--output", "json").document["backup"][7:])
    journal = cli.root / ".hygge_journal"
    for part in ("heads.json", "journal.parquet"):
        (journal / part).unlink(missing_ok=True)
    shutil.rmtree(journal / "log")
    shutil.copytree(backup, journal, dirs_exist_ok=True)
    (orders, _) = moved("state", "get", "--output", "json").document["entities"]
    assert orders["watermark"]["value"] == "24"
    assert [row["status"] for row in moved("runs", "--output", "json").document["runs"]] == before
    assert moved("run").code == 0


def test_words_of_state_stand_behind_its_command(moved: Any) -> None:
    done = moved("state", "--output", "json", "get")
    assert done.code == 2
    assert "behind 'get'" in done.err


def test_data_that_was_lost_cannot_be_adopted(moved: Any, cli: Any) -> None:
    shutil.rmtree(cli.root / "out" / "orders")
    done = moved("state", "adopt", ENTITY)
    assert done.code == 1
    assert "HYG404" in done.err
    assert f"hygge run {ENTITY} --full-drop" in done.err
    wrong = [line for line in moved("check", ENTITY).out.splitlines() if line.startswith("WRONG")]
    assert len(wrong) == 1
