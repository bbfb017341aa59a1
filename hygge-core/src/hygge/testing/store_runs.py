"""Laws of a store in whole runs: signals, a lost journal, late rows, changed columns, secrets."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import hygge
from hygge import schemas
from hygge.testing.canaries import assert_untold
from hygge.testing.histories import LOOKBACK, history
from hygge.testing.run_bench import FileSource, Project, command_server
from hygge.testing.store_bench import Bench, StoreLaws
from hygge.testing.sweep import every
from hygge.testing.values import counted, table
from hygge.testing.warm import Trial, Warm

__all__ = ["StoreRunLaws"]

ROWS = table(range(30))
MORE = table(range(40))
KILLS = 6  # of one run, where not all points are tried
SIGNALS = {"SIGINT": [signal.SIGINT], "SIGTERM": [signal.SIGTERM], "both": [signal.SIGTERM, signal.SIGINT]}
SHAPES = {
    "added": lambda rows: rows.append_column("extra", pa.array(["x"] * len(rows))),
    "dropped": lambda rows: rows.drop_columns(["note"]),
    "renamed": lambda rows: rows.rename_columns(["id", "at", "remark"]),
    "reordered": lambda rows: rows.select(["note", "at", "id"]),
    "widened": lambda rows: rows.append_column("n", pa.array(range(len(rows)), pa.int64())),
    "retyped": lambda rows: rows.append_column("n", pa.array(["x"] * len(rows))),
}
BEFORE = {"widened": pa.int32(), "retyped": pa.int64()}  # the type of the column n before


class StoreRunLaws(StoreLaws):
    """From Parquet files of the kit's own into the store, as users do it."""

    @pytest.fixture
    def files(self, tmp_path: Path) -> FileSource:
        return FileSource(tmp_path / "conformance-source")

    @pytest.fixture
    def project(self, config: Mapping[str, Any], files: FileSource, tmp_path: Path) -> Project:
        return Project(tmp_path / "conformance", files.home, {"type": self.type, **config})

    @pytest.fixture
    def commands(self, project: Project, files: FileSource) -> Iterator[Warm]:
        """Processes that run commands of the project."""
        files.insert(ROWS, "warming")
        project.flow(["warming"])
        server = command_server(project, ["run"], ["parquet", self.type])
        yield server
        server.end_trials()

    # -- signals ---------------------------------------------------------------------------------

    @pytest.mark.parametrize("signals", list(SIGNALS))
    def test_stopped_by_signals_a_run_is_taken_up_by_the_next(
        self, bench: Bench, project: Project, files: FileSource, commands: Warm, signals: str
    ) -> None:
        points = self._run_points(project, files, commands)
        numbers = sorted({1, *every(max(1, points // 5), points)})
        entities = [f"e{number}" for number in numbers]
        project.flow(entities)
        stopped = []
        for number, entity in zip(numbers, entities, strict=True):
            files.insert(ROWS, entity)
            trial = project.start(commands, "run", f"laws.{entity}", failpoint=f"stop@{number}")
            stopped.append(self._signalled(trial, SIGNALS[signals]))
            assert bench.rows(entity) in (counted(None), counted(ROWS))
            project.command(commands, "run", f"laws.{entity}").result()
            assert bench.rows(entity) == counted(ROWS)
        assert stopped[0], "a signal before anything was read did not stop the run"
        assert bench.leftovers() == []

    def _run_points(self, project: Project, files: FileSource, commands: Warm) -> int:
        log = project.root.with_name("points")
        files.insert(ROWS, "count")
        project.flow(["count"])
        project.command(commands, "run", failpoint=f"count={log}").result()
        return len(log.read_text().splitlines())

    def _signalled(self, trial: Trial, signals: list[signal.Signals]) -> bool:
        """Whether the run ended by the signals, with the exit code that says so."""
        if trial.stopped():
            for number in signals:
                os.kill(trial.pid, number)
            trial.go_on()
        ended = trial.wait()
        codes = [128 + number for number in signals]
        if ended.code in codes:
            return True
        if ended.error is None:
            assert ended.code == 0, ended
            return False  # nothing was left to stop
        assert any(f"exit code {code}" in str(ended.error) for code in codes), ended.error
        return True

    # -- kill -9 ---------------------------------------------------------------------------------

    def test_killed_at_any_point_a_run_of_several_entities_is_taken_up_by_the_next(
        self, bench: Bench, project: Project, files: FileSource, commands: Warm, mode: str
    ) -> None:
        """All were loaded before: a store may see to them together, from first looks to last deletions."""
        log = project.root.with_name("points")
        self._loaded(project, files, mode, ["count0", "count1"])
        project.command(commands, "run", failpoint=f"count={log}").result()
        points = len(log.read_text().splitlines())
        step = 1 if os.environ.get("HYGGE_SWEEP") == "full" else max(1, points // KILLS)
        for number in every(step, points, seed=len(mode)):
            entities = [f"e{number}_{one}" for one in range(2)]
            self._loaded(project, files, mode, entities)
            ended = project.command(commands, "run", failpoint=f"kill@{number}")
            assert ended.killed or ended.result() is not None
            for _ in range(2):
                project.command(commands, "run").result()
                assert [bench.rows(entity) for entity in entities] == [counted(MORE)] * 2, number
        assert bench.leftovers() == []

    def _loaded(self, project: Project, files: FileSource, mode: str, entities: list[str]) -> None:
        """The flow has these entities only, with more to move since they were loaded."""
        self._keep_up(project, mode, entities)
        for rows in (ROWS, MORE.slice(len(ROWS))):
            for entity in entities:
                files.insert(rows, entity)
            if rows is ROWS:
                assert hygge.run(project.root).status == "success"

    # -- what is known ---------------------------------------------------------------------------

    def test_a_lost_journal_is_made_good_by_the_receipts(
        self, bench: Bench, project: Project, files: FileSource, mode: str
    ) -> None:
        self._keep_up(project, mode)
        for start in (0, 20, 40):
            files.insert(table(range(start, start + 20)))
            project.ran()
            shutil.rmtree(project.root / ".hygge_journal")
        assert project.ran().status in ("skipped", "success")
        assert bench.rows() == counted(table(range(60)))

    @pytest.mark.parametrize("seed", range(3))
    def test_late_rows_ties_and_nulls_arrive_once(
        self, bench: Bench, project: Project, files: FileSource, mode: str, seed: int
    ) -> None:
        self._keep_up(project, mode, lookback=LOOKBACK, nulls="include")
        truth = []
        for rows in history(seed):
            if rows.num_rows:
                files.insert(rows)
            truth.append(rows)
            project.ran()
            assert bench.rows() == counted(pa.concat_tables(truth))

    def _keep_up(
        self, project: Project, mode: str, entities: Sequence[str] = ("orders",), **watermark: Any
    ) -> None:
        """A flow that moves what is new, or everything in mode replace."""
        if mode == "replace":
            project.flow(entities)
        else:
            keys = {"keys": ["id"]} if mode == "upsert" else {}
            watermark = {"column": "at", **watermark}
            project.flow(entities, run_type="incremental", write=mode, watermark=watermark, **keys)

    # -- columns that change -----------------------------------------------------------------------

    @pytest.mark.parametrize("change", list(SHAPES))
    def test_a_changed_source_is_followed_or_refused_and_no_row_is_lost(
        self, bench: Bench, project: Project, files: FileSource, mode: str, change: str
    ) -> None:
        self._keep_up(project, mode)
        old, new = table(range(10)), table(range(20))
        if change in BEFORE:
            old = old.append_column("n", pa.array(range(10), BEFORE[change]))
        files.insert(old)
        project.ran()
        before = self._ids(bench)
        files.remake(SHAPES[change](new))
        result = project.run()
        if result.error is not None:
            assert result.error["code"].startswith("HYG4"), result.error
            assert self._ids(bench) == before, "refused, and changed all the same"
            project.ran(run_type="full_drop")
        assert self._ids(bench) == list(range(20))

    def _ids(self, bench: Bench) -> list[int]:
        schema = bench.state().schema
        assert schema is not None
        return sorted(self.reread(bench.config, "orders", schemas.unpack(schema))["id"].to_pylist())

    # -- secrets -----------------------------------------------------------------------------------

    def test_no_command_tells_a_secret(self, project: Project, files: FileSource, commands: Warm) -> None:
        files.insert(ROWS)
        project.flow()
        for argv in (["check"], ["plan"], ["run"], ["run", "--output", "json"], ["runs", "--output", "json"]):
            project.command(commands, *argv).result()
        project.flow(["nowhere"])
        assert project.command(commands, "run").error is not None
        assert_untold(self.secrets, project.texts())
