"""What runs in a child of the warm server: hygge, as a program calls it and as a person does."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import logging
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import hygge
from hygge.cli import main
from hygge.config import load_project
from hygge.errors import HyggeError

__all__ = ["Done", "call", "modules", "prime", "type_lines"]

Done = tuple[str, str, str]
"""Code of the error or "ok", status, and what was said."""

LAKE = {"type": "adls", "account_url": "https://a.dfs.core.windows.net", "filesystem": "lake", "path": "x"}
PLACES = [LAKE, *({"type": kind, "path": "x"} for kind in ("sqlite", "parquet", "csv", "ndjson"))]


def prime() -> None:
    """Do once in the server what every child would have to: no thread is started by it."""
    logging.getLogger("hygge").addHandler(logging.NullHandler())  # warnings of a run are no output here
    importlib.import_module("hygge.testing.trials").warm_up()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "flows").mkdir()
        (root / "hygge.yml").write_text("version: 1\nname: warm\n")
        for place in PLACES:
            flow = {"home": place, "store": place, "run_type": "incremental", "watermark": {"column": "at"}}
            (root / "flows" / "f.yml").write_text(json.dumps(flow))
            load_project(root)


def modules(root: str) -> Sequence[str]:
    """What a run imports."""
    hygge.run(root)
    type_lines(root, [["plan"], ["state", "get", "f.t"], ["retry"]], "")
    return [name for name in sys.modules if name != "__main__"]


def call(root: str, times: int, options: dict[str, Any], bug: str) -> list[Done]:
    """Run the project from Python, again only after a success."""
    _seed(bug)
    done: list[Done] = []
    while len(done) < times and (not done or done[-1][0] == "ok"):
        try:
            (one,) = hygge.run(root, **options).entities
        except HyggeError as error:
            done.append((error.code, "failed", str(error)))
        else:
            code, said = (one.error["code"], one.error["message"]) if one.error else ("ok", "")
            done.append((code, one.status, said))
    return done


def type_lines(root: str, lines: Sequence[Sequence[str]], bug: str) -> list[Done]:
    """Type command lines in the project's folder, again only after a success."""
    _seed(bug)
    os.chdir(root)
    done: list[Done] = []
    for line in lines:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            exit_code = main([*line, "--output", "json"])
        done.append(_told(exit_code, out.getvalue(), err.getvalue()))
        if done[-1][0] != "ok":
            break
    return done


def _told(exit_code: int, out: str, err: str) -> Done:
    found = json.loads(out) if out.strip() else {}
    entities = found.get("entities") or [{}]
    error = found.get("error") or entities[0].get("error")
    if error:
        return (error["code"], "failed", f"{error['message']}\n{err}")
    return ("ok" if exit_code == 0 else f"exit {exit_code}", entities[0].get("status", ""), err)


def _seed(bug: str) -> None:
    if bug:
        from histories import bugs

        bugs.SEEDS[bug]()
