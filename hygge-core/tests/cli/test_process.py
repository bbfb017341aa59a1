"""The command as a process: imports, streams, pipes."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hygge.cli.group import COMMANDS

HEAVY = ("polars", "pyarrow", "jsonschema", "yaml", "rich", "msgspec", "sqlite3", "tenacity", "logging")
MODULES = """
import sys
from hygge.cli import main
code = main(sys.argv[1:])
print(*sorted(sys.modules), file=sys.stderr)
sys.exit(code)
"""


def modules(*arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", MODULES, *arguments], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


def test_the_module_is_the_command_with_its_exit_code() -> None:
    command = [sys.executable, "-m", "hygge", "nothing"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "No such command 'nothing'" in done.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], []])
def test_help_and_version_import_no_plugin_and_nothing_heavy(arguments: list[str]) -> None:
    loaded = modules(*arguments)
    assert not loaded & {*HEAVY, "hygge.plugins", "hygge.config", "hygge.plugin", "hygge.engine.session"}


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_the_help_of_a_command_imports_no_plugin_and_nothing_heavy(command: str) -> None:
    loaded = modules(command, "--help")
    assert not loaded & {*HEAVY, "hygge.plugins", "hygge.config", "hygge.engine.session"}


def test_listing_plugins_imports_no_driver_and_no_arrow(cli: Any) -> None:
    done = cli("plugins", environment={"PYTHONPROFILEIMPORTTIME": "1"})
    assert done.returncode == 0
    assert "hygge.plugins" in done.stderr
    assert "pyarrow" not in done.stderr
    assert "rich" not in done.stderr


def test_a_run_without_a_terminal_imports_no_rich(cli: Any) -> None:
    done = cli("run", environment={"PYTHONPROFILEIMPORTTIME": "1"})
    assert done.returncode == 0
    assert " rich" not in done.stderr


def test_every_command_of_the_help_has_its_own_help(cli: Any) -> None:
    said = cli("--help").stdout
    for command in COMMANDS:
        assert f"  {command} " in said
        assert cli(command, "--help").stdout.startswith(f"Usage: hygge {command}")


def test_with_json_stdout_is_one_document_and_messages_go_to_stderr(cli: Any) -> None:
    done = cli("run", "--output", "json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["status"] == "success"
    assert {one["entity"]: one["rows_written"] for one in document["entities"]} == {"orders": 25, "people": 5}
    assert "All is home: 2 entities settled, 30 rows moved" in done.stderr


def test_what_a_connector_prints_is_not_in_the_document(cli: Any, flow: Any) -> None:
    flow("loud", "entities: [orders, people]", {"prints": True})
    done = cli("run", "loud", "--output", "json")
    assert json.loads(done.stdout)["status"] == "success"
    assert "a connector's own words" in done.stderr


def test_the_document_holds_what_the_contract_lists(cli: Any) -> None:
    document = cli.json("run", "shop.orders")
    assert list(document) == [
        "run_id", "project", "status", "started_at", "finished_at", "seconds", "entities"
    ]  # fmt: skip
    (entity,) = document["entities"]
    assert list(entity) == [
        "flow", "entity", "status", "run_type", "mode", "rows_read", "rows_written", "bytes_written",
        "seconds", "verdict", "watermark", "error", "warnings",
    ]  # fmt: skip
    assert entity["watermark"] == {"column": "at", "type": "int64", "lower": None, "upper": "24"}


def test_a_reader_that_leaves_early_changes_nothing(cli: Any) -> None:
    for command in (["run"], ["--help"], ["run", "--help"], ["runs"], ["schema"]):
        process = cli.start(*command)
        assert process.stdout is not None
        process.stdout.close()
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, (command, said)
        assert "BrokenPipe" not in said


def test_a_listener_that_leaves_early_stops_no_run(cli: Any) -> None:
    process = cli.start("run")
    assert process.stderr is not None
    process.stderr.close()
    process.stderr = None
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "shop.orders  success" in said


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&-"])
def test_closed_streams_stop_no_run(cli: Any, closed: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", *cli.script("run")],
        cwd=cli.root, env=cli.environment(), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert cli.json("runs")["runs"][0]["status"] == "success"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_output_that_cannot_be_written_is_an_error(cli: Any) -> None:
    with Path("/dev/full").open("w") as full:
        done = cli("plugins", stdout=full)
    assert done.returncode == 1
    assert "the output could not be written" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_characters_that_stdout_lacks_are_escaped(cli: Any, flow: Any, rows: Any, encoding: str) -> None:
    flow("many", "entities: ['blåbær-日本']")
    rows("blåbær-日本", [(1, 1, "x")])
    for command in (["run", "many"], ["plan", "many"]):
        done = cli(*command, environment={"PYTHONIOENCODING": encoding}, encoding=encoding)
        assert done.returncode == 0, done.stderr
        assert "bl" in done.stdout


def test_names_cannot_steer_the_terminal(cli: Any) -> None:
    done = cli("run", "nobody\x1b[2J")
    assert done.returncode == 2
    assert "\x1b" not in done.stdout + done.stderr


def on_terminal(cli: Any, *arguments: str, **more: str) -> tuple[int, str]:
    """Exit code and what a terminal gets on stderr; stdout is a file."""
    main, side = pty.openpty()
    process = subprocess.Popen(
        cli.script(*arguments),
        cwd=cli.root,
        env=cli.environment(**more),
        stdout=subprocess.DEVNULL,
        stderr=side,
    )
    os.close(side)
    seen = b""
    while True:
        try:
            part = os.read(main, 65536)
        except OSError:  # the terminal's end, as Linux tells it
            break
        if not part:
            break
        seen += part
    os.close(main)
    return process.wait(60), seen.decode()


def test_a_terminal_shows_a_live_table(cli: Any, flow: Any) -> None:
    flow("slow", "entities: [orders]", {"delay": 0.5})
    code, seen = on_terminal(cli, "run", "slow")
    assert code == 0
    assert "slow.orders" in seen
    assert "staging" in seen
    assert "MB/s" in seen
    assert "0 of 1 entity done" in seen
    assert seen.rstrip().endswith("s.")
    assert seen.rfind("\x1b[?25h") > seen.rfind("\x1b[?25l")  # the cursor is back


def test_a_short_run_draws_nothing(cli: Any) -> None:
    code, seen = on_terminal(cli, "runs")
    assert code == 0
    assert "\x1b" not in seen


def test_a_dumb_terminal_gets_plain_lines(cli: Any, flow: Any) -> None:
    flow("slow", "entities: [orders]", {"delay": 0.3})
    code, seen = on_terminal(cli, "run", "slow", TERM="dumb")
    assert code == 0
    assert "\x1b" not in seen


def test_no_color_is_heeded(cli: Any, flow: Any) -> None:
    flow("slow", "entities: [orders]", {"delay": 0.5})
    code, seen = on_terminal(cli, "run", "slow", NO_COLOR="1")
    assert code == 0
    assert "\x1b[3" not in seen  # colours; the cursor may move
    assert "\x1b[9" not in seen


def test_messages_can_be_json_lines(cli: Any, flow: Any) -> None:
    flow("broken", "entities: [missing]")
    done = cli("run", "--log-format", "json")
    assert done.returncode == 1
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert lines[-1]["level"] == "error"
    assert "HYG302: broken.missing: missing.json is missing" in lines[-1]["message"]
