"""``hygge state discard`` of a commit that can't be finished, killed or put to sleep at each of its steps."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest

DISCARD = ("state", "discard", "shop.orders")
OLD, ALL = list(range(25)), list(range(40))


def rows_at(root: Path) -> list[int]:
    return sorted(ds.dataset(root / "out" / "orders").to_table()["id"].to_pylist())


@pytest.fixture(params=["append", "replace"])
def stuck(request: pytest.FixtureRequest, hygge: Any, cli: Any, rows: Any) -> Path:
    """A project whose second load of ``orders`` was killed amid its commit; what it had staged is gone."""
    flow = cli.root / "flows" / "shop.yml"
    flow.write_text(flow.read_text().replace("path: out}", "path: out, max_rows_per_file: 10}"))
    assert hygge("run", "shop.orders").code == 0
    rows("orders", [(n, n, f"order {n}") for n in ALL])
    full = ("--full-drop",) if request.param == "replace" else ()
    killed = cli("run", "shop.orders", *full, environment={"HYGGE_FAILPOINT": "kill:publish.moved@1"})
    assert killed.returncode == -signal.SIGKILL
    for part in (cli.root / "out").rglob("*.part"):
        part.unlink()
    return Path(cli.root)


def test_killed_at_any_step_it_is_done_again(
    hygge: Any, cli: Any, stuck: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    kept = tmp_path_factory.mktemp("kept")
    told = kept / "points"
    shutil.copytree(stuck / "out", kept / "out")
    shutil.copytree(stuck / ".hygge_journal", kept / ".hygge_journal")
    assert cli(*DISCARD, environment={"HYGGE_FAILPOINT": f"count={told}"}).returncode == 0
    passed = told.read_text().split()
    assert {"withdrawal.staged", "withdrawal.removed", "state.changed"} <= set(passed)
    for number, name in enumerate(passed, 1):
        for folder in ("out", ".hygge_journal"):
            shutil.rmtree(stuck / folder)
            shutil.copytree(kept / folder, stuck / folder)
        killed = cli(*DISCARD, environment={"HYGGE_FAILPOINT": f"kill@{number}"})
        assert killed.returncode == -signal.SIGKILL, name
        assert set(OLD) <= set(rows_at(stuck)), name
        again = hygge(*DISCARD)
        assert again.code == 0 or "HYG603" in again.err, f"{name}: {again.err}"
        assert rows_at(stuck) == OLD, name
        assert hygge("run", "shop.orders").code == 0, name
        assert rows_at(stuck) == ALL, name
        left = [one.name for one in (stuck / "out").rglob("*") if one.suffix in (".part", ".claim")]
        assert not left, name


@pytest.mark.parametrize("point", ["withdrawal.staged", "withdrawal.removed"])
def test_put_to_sleep_while_another_gives_it_up_and_loads_it_changes_nothing_of_that(
    hygge: Any, cli: Any, stuck: Path, point: str
) -> None:
    asleep = subprocess.Popen(
        cli.script(*DISCARD),
        cwd=stuck,
        env=cli.environment(HYGGE_FAILPOINT=f"stop:{point}"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until_stopped(asleep.pid)
        shutil.rmtree(stuck / ".hygge_journal")  # a host that does not share it: no lease keeps it away
        assert hygge(*DISCARD).code == 0
        assert hygge("run", "shop.orders").code == 0
        assert rows_at(stuck) == ALL
    finally:
        asleep.send_signal(signal.SIGCONT)
    asleep.communicate(timeout=60)
    assert asleep.returncode in (0, 1)
    assert rows_at(stuck) == ALL
    assert hygge("run", "shop.orders").code == 0
    assert rows_at(stuck) == ALL


def wait_until_stopped(pid: int) -> None:
    until = time.monotonic() + 30
    while "(stopped)" not in Path(f"/proc/{pid}/status").read_text():
        assert time.monotonic() < until, "it never slept"
        time.sleep(0.02)
