"""Exit codes, and what stdout and stderr hold beside them."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest


def failure(cli: Any, code: int, *arguments: str, **options: Any) -> dict[str, Any]:
    """The error in the one document on stdout; stderr tells it, too."""
    done = cli(*arguments, "--output", "json", **options)
    assert done.returncode == code, done.stderr
    document = json.loads(done.stdout)
    assert document["status"] == "failed"
    error: dict[str, Any] = document["error"]
    assert error["message"].splitlines()[0] in done.stderr
    assert "Traceback" not in done.stderr
    return error


def test_0_says_that_all_succeeded(cli: Any) -> None:
    assert cli("run").returncode == 0
    assert cli("run").returncode == 0  # nothing new


def test_1_says_that_an_entity_failed_and_the_others_were_moved(cli: Any, flow: Any) -> None:
    flow("broken", "entities: [missing]")
    done = cli("run")
    assert done.returncode == 1
    assert "shop.orders     success" in done.stdout
    assert "HYG302: broken.missing: missing.json is missing\n  Write it." in done.stderr
    assert "1 entity failed" in done.stderr
    assert "the other 2 settled safely. Once that is mended, `hygge retry` moves" in done.stderr


def test_2_says_that_the_configuration_is_wrong_and_shows_every_problem(cli: Any, flow: Any) -> None:
    flow("shop", "run_tpye: incremental\nkyes: [id]")
    error = failure(cli, 2, "run")
    assert error["code"] == "HYG104"
    assert {(p["file"], p["line"]) for p in error["problems"]} == {
        ("flows/shop.yml", 3),
        ("flows/shop.yml", 4),
    }
    assert not (cli.root / ".hygge_journal").exists()


def test_2_says_that_no_project_is_there(cli: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    nowhere = tmp_path_factory.mktemp("nowhere")
    for command in ("run", "plan", "check", "runs"):
        assert failure(cli, 2, command, "--project", str(nowhere))["code"] == "HYG110"


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--concurency", "2"],
        ["run", "--concurrency", "0"],
        ["run", "--full-drop", "--incremental"],
        ["run", "nobody"],
        ["rnu"],
        ["runs", "no-such-run"],
        ["state", "reset"],
    ],
)
def test_2_says_that_the_command_line_is_wrong(cli: Any, arguments: list[str]) -> None:
    assert failure(cli, 2, *arguments)["message"]


def test_an_unknown_command_is_told_the_one_that_was_meant(cli: Any) -> None:
    assert "Did you mean 'plugins'?" in cli("plugin").stderr
    assert "The commands are: init, demo" in cli("xyzzy").stderr


def test_3_says_that_nobody_provides_the_type(cli: Any, flow: Any) -> None:
    flow("shop", "", {"type": "mssql", "path": "x"})
    error = failure(cli, 3, "run")
    assert error["code"] == "HYG201"
    assert "pip install hygge-mssql" in error["message"]


def test_75_says_that_another_run_holds_the_flow_and_names_it(cli: Any, flow: Any) -> None:
    flow("slow", "entities: [orders]", {"deaf": True})
    holder = cli.started("run", "slow")
    try:
        error = failure(cli, 75, "run", "slow")
    finally:
        holder.kill()
        holder.communicate()
    assert error["code"] == "HYG501"
    assert str(holder.pid) in error["message"]


def test_an_unexpected_error_of_a_connector_is_told_with_its_traceback_in_a_file(cli: Any, flow: Any) -> None:
    flow("broken", "entities: [orders]", {"raises": "${secret:env:PASSWORD}"})
    place = {"PASSWORD": "hunter2-and-more", "TMPDIR": str(cli.root)}
    done = cli("run", "broken", "--output", "json", environment=place)
    assert done.returncode == 1
    (entity,) = json.loads(done.stdout)["entities"]
    assert entity["error"]["code"] == "HYG900"
    (file,) = cli.root.glob("hygge-error-*.txt")
    assert str(file) in entity["error"]["message"]
    assert "RuntimeError: ***" in file.read_text()
    assert "rowfile_connector" in file.read_text()
    everything = done.stdout + done.stderr + file.read_text()
    journal = b"".join(path.read_bytes() for path in cli.root.glob(".hygge_journal/**/*") if path.is_file())
    assert "hunter2" not in everything
    assert b"hunter2" not in journal


def test_an_unexpected_error_of_a_command_is_told_with_its_traceback_in_a_file(cli: Any) -> None:
    (cli.root / "flows" / "shop.yml").unlink()
    # a module of that name in the working folder's way makes the command itself fail
    broken = cli.root / "shadow" / "hygge_broken.pth"
    broken.parent.mkdir()
    (broken.parent / "sitecustomize.py").write_text(
        "import hygge.config\ndef load_project(*given):\n    raise ZeroDivisionError('surprise')\n"
        "hygge.config.load_project = load_project\n"
    )
    environment = cli.environment(TMPDIR=str(cli.root))
    path = os.pathsep.join([str(broken.parent), environment["PYTHONPATH"]])
    error = failure(cli, 1, "runs", environment={"PYTHONPATH": path, "TMPDIR": str(cli.root)})
    assert error["code"] == "HYG900"
    (file,) = cli.root.glob("hygge-error-*.txt")
    assert str(file) in error["message"]
    assert "ZeroDivisionError: surprise" in file.read_text()


def test_a_connector_that_is_broken_hides_no_other_s_plan(cli: Any, flow: Any) -> None:
    flow("broken", "entities: [people]", {"raises": "a fault"})
    done = cli("plan", "--preview", "1", environment={"TMPDIR": str(cli.root)})
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert "HYG900" in said
    assert "shop.orders" in said


def test_a_connector_that_exits_is_no_success(cli: Any, flow: Any) -> None:
    flow("rude", "entities: [orders]", {"exits": True})
    done = cli("run", "rude", environment={"TMPDIR": str(cli.root)})
    assert done.returncode == 1
    assert "HYG900" in done.stderr
    assert cli("run", "shop").returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_run_within_seconds_and_the_next_one_moves_the_rest(
    cli: Any, flow: Any, number: signal.Signals
) -> None:
    flow("slow", "entities: [orders]", {"delay": 0.5})
    process = cli.started("run", "slow", "--output", "json")
    process.send_signal(number)
    said, told = process.communicate(timeout=10)
    assert process.returncode == 128 + number
    document = json.loads(said)
    assert document["status"] == "failed"
    assert document["entities"][0]["status"] == "aborted"
    assert f"{number.name}: stopping" in told
    assert cli("run", "slow").returncode == 0


def test_a_second_signal_ends_the_process_at_once(cli: Any, flow: Any) -> None:
    flow("slow", "entities: [orders]", {"deaf": True})
    process = cli.started("run", "slow")
    process.send_signal(signal.SIGTERM)
    assert "SIGTERM: stopping" in process.stderr.readline()
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode == 130
    assert time.monotonic() - began < 1
    flow("slow", "entities: [orders]")
    assert cli("run", "slow").returncode == 0


def test_a_source_that_is_deaf_to_a_signal_holds_the_process_for_ten_seconds_at_most(
    cli: Any, flow: Any
) -> None:
    flow("slow", "entities: [orders]", {"deaf": True})
    process = cli.started("run", "slow")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=10)
    assert process.returncode == 143


def test_a_signal_before_anything_began_is_no_traceback(cli: Any) -> None:
    slow = Path(cli.root) / "slow"
    slow.mkdir()
    (slow / "sitecustomize.py").write_text("import os, signal, time, hygge.config.project as p\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it is ignored\n"
        "p.find_project = lambda start: (os.kill(os.getpid(), signal.SIGINT), time.sleep(60))\n")  # fmt: skip
    path = os.pathsep.join([str(slow), cli.environment()["PYTHONPATH"]])
    done = cli("runs", environment={"PYTHONPATH": path})
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
