"""Laws of a home in whole runs: what is new arrives once, whatever comes late, and no secret is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from hygge.testing.canaries import assert_untold
from hygge.testing.histories import LOOKBACK, history
from hygge.testing.home_bench import HomeBench, HomeLaws
from hygge.testing.run_bench import Project, command_server
from hygge.testing.values import SCHEMA, counted, table
from hygge.testing.warm import Warm

__all__ = ["HomeRunLaws"]


class HomeRunLaws(HomeLaws):
    """From the home into Parquet files of the kit's own, as users do it."""

    @pytest.fixture
    def project(self, config: Mapping[str, Any], tmp_path: Path) -> Project:
        store = {"type": "parquet", "path": str(tmp_path / "conformance-out")}
        return Project(tmp_path / "conformance", {"type": self.type, **config}, store)

    @pytest.fixture
    def commands(self, project: Project, source: HomeBench) -> Iterator[Warm]:
        """Processes that run commands of the project."""
        source.fill(table(range(5)), "warming")
        project.flow(["warming"])
        server = command_server(project, ["run"], [self.type, "parquet"])
        yield server
        server.end_trials()

    def test_a_full_drop_brings_every_row_once(self, source: HomeBench, project: Project) -> None:
        project.flow()
        source.fill(table(range(100)))
        for _ in range(2):
            assert project.ran().rows_read == 100
            assert _arrived(project) == counted(table(range(100)))

    @pytest.mark.parametrize("limit", [1, 7, 100, 1_000])
    def test_of_a_limit_no_row_more_and_none_less_arrives(
        self, source: HomeBench, project: Project, limit: int
    ) -> None:
        """A home may read what it likes: the run cuts off what is beyond. Too few nobody can mend."""
        project.flow(limit=limit)
        source.fill(table(range(100)))
        result = project.ran()
        assert (result.rows_written, result.verdict) == (min(limit, 100), "verified")
        arrived = _arrived(project)
        assert arrived.total() == min(limit, 100)
        assert arrived <= counted(table(range(100)))

    @pytest.mark.parametrize("seed", range(3))
    def test_late_rows_ties_and_nulls_arrive_once(
        self, source: HomeBench, project: Project, seed: int
    ) -> None:
        if not self.capabilities().incremental:
            pytest.skip("incremental reading is not promised")
        watermark = {"column": "at", "lookback": LOOKBACK, "nulls": "include"}
        project.flow(run_type="incremental", watermark=watermark)
        self._arrives(source, project, seed)

    @pytest.mark.parametrize("seed", range(3))
    def test_what_is_new_by_position_arrives_once(
        self, source: HomeBench, project: Project, seed: int
    ) -> None:
        if not self.capabilities().positions:
            pytest.skip("positions are not promised")
        project.flow(run_type="incremental")
        self._arrives(source, project, seed)

    def _arrives(self, source: HomeBench, project: Project, seed: int) -> None:
        source.fill()
        truth: list[pa.Table] = [SCHEMA.empty_table()]
        for rows in history(seed):
            if rows.num_rows:
                source.insert(rows)
            truth.append(rows)
            project.ran()
            assert _arrived(project) == counted(pa.concat_tables(truth))

    def test_no_command_tells_a_secret(self, source: HomeBench, project: Project, commands: Warm) -> None:
        source.fill(table(range(10)))
        project.flow()
        for argv in (["check"], ["plan"], ["run"], ["run", "--output", "json"], ["runs", "--output", "json"]):
            project.command(commands, *argv).result()
        project.flow(["nowhere"])
        assert project.command(commands, "run").error is not None
        assert_untold(self.secrets, project.texts())


def _arrived(project: Project) -> Counter[tuple[Any, ...]]:
    folder = project.root.with_name("conformance-out") / "orders"
    return counted(ds.dataset(folder, schema=SCHEMA).to_table())
