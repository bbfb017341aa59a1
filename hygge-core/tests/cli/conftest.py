"""A project that other processes can run, and ways to run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hygge import plugins
from hygge.cli import main

CONNECTOR = Path(__file__).parent / "connector"
HYGGE = [sys.executable, "-W", "error", "-c", "import sys; from hygge.cli import main; sys.exit(main())"]
"""What the installed script ``hygge`` does, with warnings as errors."""


class Cli:
    """Runs ``hygge`` as a process of its own, in the project's folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @staticmethod
    def script(*arguments: str) -> list[str]:
        """The words of a command line."""
        return [*HYGGE, *arguments]

    @staticmethod
    def environment(**more: str) -> dict[str, str]:
        """The process's environment, the test connector installed."""
        path = os.pathsep.join([str(CONNECTOR), *filter(None, sys.path)])
        kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
        return {**kept, "PYTHONPATH": path, "TERM": "xterm", **more}

    def __call__(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        more = options.pop("environment", {})
        return subprocess.run(
            self.script(*arguments),
            cwd=self.root,
            env=self.environment(**more),
            text=True,
            timeout=60,
            **{
                "stdin": subprocess.DEVNULL,
                "stdout": subprocess.PIPE,
                "stderr": subprocess.PIPE,
                **options,
            },
        )

    def json(self, *arguments: str, code: int = 0, **options: Any) -> Any:
        """The one document on stdout of a command that ends with ``code``."""
        done = self(*arguments, "--output", "json", **options)
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """The running process; who starts it waits for its end."""
        return subprocess.Popen(
            self.script(*arguments),
            cwd=self.root,
            env=self.environment(),
            text=True,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
        )

    def started(self, *arguments: str) -> subprocess.Popen[str]:
        """The running process, once it has begun to read: its journal has been written then."""
        process = self.start(*arguments)
        until = time.monotonic() + 30
        while not any(path.stat().st_size > 500 for path in self.root.glob(".hygge_journal/log/*")):
            assert process.poll() is None, "it ended before it began"
            assert time.monotonic() < until, "it never began"
            time.sleep(0.01)
        return process


Rows = list[tuple[int, int | None, str]]


@pytest.fixture
def rows(tmp_path: Path) -> Callable[[str, Rows], None]:
    """Writes the source of an entity."""

    def write(entity: str, content: Rows) -> None:
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / f"{entity}.json").write_text(json.dumps(content))

    return write


@pytest.fixture
def flow(tmp_path: Path) -> Callable[..., None]:
    """Writes a flow; ``home`` adds to its home, ``more`` are its further lines."""

    def write(name: str, more: str = "", home: Mapping[str, Any] | None = None) -> None:
        source = {"type": "rowfile", "path": "data", **(home or {})}
        place = "out" if name == "shop" else f"out-{name}"
        text = f"home: {json.dumps(source)}\nstore: {{type: parquet, path: {place}}}\n{more}\n"
        (tmp_path / "flows").mkdir(exist_ok=True)
        (tmp_path / "flows" / f"{name}.yml").write_text(text)

    return write


@pytest.fixture
def cli(tmp_path: Path, rows: Callable[[str, Rows], None], flow: Callable[..., None]) -> Cli:
    """A project with the flow ``shop`` of two entities, 25 and 5 rows, followed by ``at``."""
    (tmp_path / "hygge.yml").write_text("version: 1\nname: bench\n")
    flow("shop", "run_type: incremental\nwatermark: {column: at}\nkeys: [id]\nentities: [orders, people]")
    rows("orders", [(n, n, f"order {n}") for n in range(25)])
    rows("people", [(n, n, f"guest {n}") for n in range(5)])
    return Cli(tmp_path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A command that ran in this process."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def hygge(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Done]]:
    """Runs a command line in this process, in the project's folder."""
    monkeypatch.chdir(cli.root)
    monkeypatch.syspath_prepend(str(CONNECTOR))
    plugins._load.cache_clear()

    def run(*arguments: str) -> Done:
        code = main(arguments)
        captured = capsys.readouterr()
        return Done(code=code, out=captured.out, err=captured.err)

    yield run
    plugins._load.cache_clear()


@pytest.fixture
def counting(hygge: Any, cli: Any) -> Any:
    """A project whose home knows by itself which files are new; one has landed."""
    (cli.root / "in").mkdir()
    (cli.root / "in" / "1.csv").write_text("id\n1\n2\n")
    text = "home: {type: csv, path: in}\nstore: {type: parquet, path: lake}\nrun_type: incremental\n"
    (cli.root / "flows" / "new.yml").write_text(text)
    assert hygge("run", "new").code == 0
    return hygge
