"""`journal: auto` keeps the record of a flow beside its data, for all hosts that write there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import hygge
from hygge.config import load_project
from hygge.engine.journals import open_journal
from hygge.errors import ConfigurationError

if TYPE_CHECKING:
    from azure.storage.filedatalake import FileSystemClient

HOLDING = """
import sys
from hygge.config import load_project
from hygge.engine.journals import open_journal
from pathlib import Path
with open_journal(load_project(Path(sys.argv[1]), ()), "other", ["lake"]).lease("lake"):
    print("held", flush=True)
    sys.stdin.read()
"""
Host = Callable[..., Path]


@pytest.fixture
def host(tmp_path: Path, account: Mapping[str, Any]) -> Host:
    """A project folder as one host has it: a flow to the lake, one to its own disk, the same source."""
    write(tmp_path, 2)

    def make(name: str, location: str = "auto") -> Path:
        root = tmp_path / name
        (root / "flows").mkdir(parents=True)
        (root / "hygge.yml").write_text(f"version: 1\njournal: {{location: {location}}}\n")
        flow = {
            "home": {"type": "ndjson", "path": str(tmp_path / "source.ndjson")},
            "entities": ["t"],
            "run_type": "incremental",
            "watermark": {"column": "at"},
        }
        lake = {**flow, "store": {**account, "type": "adls", "path": "raw/{entity}"}}
        here = {**flow, "store": {"type": "parquet", "path": "out"}}
        (root / "flows" / "lake.yml").write_text(json.dumps(lake))
        (root / "flows" / "here.yml").write_text(json.dumps(here))
        return root

    return make


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hygge", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120)


def moved(root: Path, flow: str) -> tuple[int, int]:
    """Exit code, and rows written."""
    done = run(root, "run", flow, "--output", "json")
    return done.returncode, json.loads(done.stdout)["entities"][0]["rows_written"]


def write(tmp_path: Path, count: int) -> None:
    """Let the source have so many rows, the newest with the highest ``at``."""
    rows = ({"id": number, "at": number} for number in range(1, count + 1))
    (tmp_path / "source.ndjson").write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.mark.parametrize("flows", [(), ("here", "lake")])
def test_each_flow_is_recorded_where_its_data_is(
    host: Host, lake: FileSystemClient, flows: Sequence[str]
) -> None:
    root = host("one")
    done = run(root, "run", *flows)
    assert done.returncode == 0, done.stderr
    logs = [one.name for one in lake.get_paths("raw/.hygge_journal/log")]
    assert len(logs) == 1
    assert len(list((root / ".hygge_journal" / "log").iterdir())) == 1
    told = run(root, "runs").stdout
    assert "lake.t" in told
    assert "here.t" in told


def test_hosts_that_share_the_place_go_on_from_one_another(host: Host, tmp_path: Path) -> None:
    one, two = host("one"), host("two")
    assert moved(one, "lake") == (0, 2)
    assert moved(two, "lake") == (0, 0)
    write(tmp_path, 3)
    assert moved(two, "lake") == (0, 1)
    assert moved(one, "lake") == (0, 0)


def test_one_host_at_a_time_runs_a_flow(host: Host) -> None:
    one, two = host("one"), host("two")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(one)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    done = run(two, "run", "lake")
    here = moved(two, "here")
    holder.communicate()
    assert (done.returncode, here) == (75, (0, 2))
    assert f"pid {holder.pid}" in done.stdout + done.stderr
    assert moved(two, "lake") == (0, 2)


def test_hosts_that_share_no_journal_still_agree_by_the_receipts(host: Host, tmp_path: Path) -> None:
    one, two = host("one", "project"), host("two", "project")
    assert moved(one, "lake") == (0, 2)
    assert moved(two, "lake") == (0, 0)
    write(tmp_path, 3)
    assert moved(two, "lake") == (0, 1)
    assert moved(one, "lake") == (0, 0)


def test_a_project_that_wants_it_beside_the_data_is_refused_where_there_is_no_place(host: Host) -> None:
    root = host("one", "store")
    with pytest.raises(ConfigurationError, match=r"flow here: .* its store keeps none"):
        open_journal(load_project(root, ()), "run")
    with closing(open_journal(load_project(root, ()), "run", ["lake"])) as journal:
        assert journal.address().endswith("raw/.hygge_journal")


def test_a_record_that_is_beside_the_data_from_now_on_is_said_once(host: Host, tmp_path: Path) -> None:
    root = host("one", "project")
    assert moved(root, "lake") == (0, 2)
    (root / "hygge.yml").write_text("version: 1\n")
    write(tmp_path, 3)
    done = run(root, "run", "lake", "--output", "json")
    assert json.loads(done.stdout)["entities"][0]["rows_written"] == 1
    assert "flow lake: the record so far is in" in done.stderr
    assert "raw/.hygge_journal" in done.stderr
    assert "the record so far" not in run(root, "run", "lake").stderr


@pytest.mark.parametrize("command", [("state", "get", "here"), ("runs", "--flow", "here"), ("run", "here")])
def test_a_command_about_one_flow_does_not_need_the_place_of_another(
    host: Host, account: Mapping[str, Any], command: Sequence[str]
) -> None:
    root = host("one")
    assert moved(root, "here") == (0, 2)
    gone = {**account, "type": "adls", "path": "raw", "account_key": "${secret:env:NOBODY_HAS_THIS}"}
    flow = json.loads((root / "flows" / "lake.yml").read_text())
    (root / "flows" / "lake.yml").write_text(json.dumps({**flow, "store": gone, "entities": ["*"]}))
    done = run(root, *command)
    assert (done.returncode, done.stderr.count("NOBODY")) == (0, 0), done.stderr
    assert "here.t" in done.stdout + done.stderr


def test_what_a_flow_lacks_stops_only_that_flow(host: Host, account: Mapping[str, Any]) -> None:
    root = host("one")
    gone = {**account, "type": "adls", "path": "elsewhere", "account_key": "${secret:env:NOBODY_HAS_THIS}"}
    flow = json.loads((root / "flows" / "lake.yml").read_text())
    (root / "flows" / "other.yml").write_text(json.dumps({**flow, "store": gone}))
    assert moved(root, "lake") == (0, 2)
    done = run(root, "run", "other")
    assert done.returncode == 2
    assert "HYG108: other.t: store: the secret env:NOBODY_HAS_THIS is not there" in done.stderr


def test_a_place_that_was_emptied_between_runs_of_one_process_is_begun_anew(
    host: Host, lake: FileSystemClient
) -> None:
    root = host("one")
    for _ in range(2):
        (moved,) = hygge.run(root, select=["lake"]).entities
        assert (moved.status, moved.rows_written) == ("success", 2), moved.error
        lake.delete_directory("raw")


def test_what_ended_is_folded_and_pruned_by_whoever_asks(
    host: Host, lake: FileSystemClient, tmp_path: Path
) -> None:
    one, two = host("one"), host("two")
    for count in (2, 3, 4):
        write(tmp_path, count)
        assert moved(one, "lake") == (0, 2 if count == 2 else 1)
    assert run(two, "runs", "--fold").returncode == 0
    names = [one.name.removeprefix("raw/.hygge_journal/") for one in lake.get_paths("raw/.hygge_journal")]
    assert "journal.parquet" in names
    assert not [name for name in names if name.startswith("log/")]
    pruned = run(two, "runs", "--prune", "--keep-runs", "1", "--keep-days", "0", "--yes", "--output", "json")
    assert json.loads(pruned.stdout)["removed"] == 2
    assert moved(one, "lake") == (0, 0)


def test_a_job_whose_key_has_another_name_now_is_told_and_can_be_given_up(
    tmp_path: Path, account: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, 2)
    (tmp_path / "flows").mkdir()
    (tmp_path / "hygge.yml").write_text("version: 1\njournal: {location: project}\n")

    def flow(key: str) -> None:
        store = {**account, "type": "adls", "path": "raw", "account_key": f"${{secret:env:{key}}}"}
        home = {"type": "ndjson", "path": str(tmp_path / "source.ndjson")}
        written = {"home": home, "store": store, "entities": ["t"]}
        (tmp_path / "flows" / "f.yml").write_text(json.dumps(written))

    flow("OLD_KEY")
    monkeypatch.setenv("OLD_KEY", os.environ["LAKE_KEY"])
    with monkeypatch.context() as killing:
        killing.setenv("HYGGE_FAILPOINT", "kill:engine.sealed")
        assert run(tmp_path, "run").returncode == -9
    assert run(tmp_path, "check").returncode == 0
    flow("LAKE_KEY")
    monkeypatch.delenv("OLD_KEY")
    for command in ("check", "run"):
        done = run(tmp_path, command)
        assert done.returncode == 1
        assert "hygge state discard f.t --yes" in done.stdout + done.stderr, command
        assert "OLD_KEY" in done.stdout + done.stderr
    assert run(tmp_path, "state", "discard", "f.t", "--yes").returncode == 0
    assert moved(tmp_path, "f") == (0, 2)
