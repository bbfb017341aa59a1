"""A Parquet store in a temporary folder, and short words for what happens to it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest

from hygge import failpoints
from hygge.errors import StopEntity
from hygge.files.layout import Layout, is_data_name, job_of, layout
from hygge.files.local import LocalFileSystem
from hygge.files.local_stores import ParquetStore
from hygge.files.receipts import Shelf
from hygge.model import CommitPlan, Job, Receipt
from hygge.testing.trials import Splits, batches_of
from hygge.testing.values import counted, make_job, target
from hygge.testing.warm import Warm, warm

sys.path.insert(0, str(Path(__file__).parent))  # loads, parquet_source, text_place

from parquet_source import Source  # of this folder
from remote_disk import make_remote
from text_place import Place


class Harbour:
    """One store of one configuration."""

    def __init__(self, root: Path, **config: Any) -> None:
        self.root = root
        self.config = {"path": str(root), **config}
        self.files = LocalFileSystem(root)
        self.store = ParquetStore(self.config)

    def job(self, mode: Any = "append", base: Receipt | None = None, entity: str = "e", **more: Any) -> Job:
        identity = self.store.identity(target(entity))
        return make_job(
            entity,
            store_type="parquet",
            store=self.config,
            target_identity=identity,
            mode=mode,
            base=base,
            **more,
        )

    def seal(self, job: Job, splits: Splits) -> CommitPlan:
        return self.store.seal(job, [self.store.stage(job, n, batches_of(s)) for n, s in splits.items()])

    def land(self, job: Job, splits: Splits) -> Receipt:
        return self.store.commit(job, self.seal(job, splits))

    def break_off(self, job: Job, plan: CommitPlan, point: str) -> None:
        """Begin the commit; at the failpoint the disk fails."""
        failpoints.arm(f"raise:{point}")
        try:
            with pytest.raises(StopEntity):
                self.store.commit(job, plan)
        finally:
            failpoints.arm("")

    def folder(self, entity: str = "e") -> Path:
        return self.root / entity

    def names(self, entity: str = "e") -> list[str]:
        return sorted(p.name for p in self.folder(entity).iterdir())

    def rows(self, entity: str = "e") -> Counter[tuple[Any, ...]]:
        folder = self.folder(entity)
        return counted(ds.dataset(folder).to_table()) if folder.exists() else Counter()

    def where(self, entity: str = "e") -> Layout:
        return layout("{entity}", entity)

    def shelf(self, entity: str = "e") -> Shelf:
        return Shelf(self.files, self.where(entity).control)

    def control(self) -> list[str]:
        """All files and folders of staging and exchange."""
        control = self.root / ".hygge"
        found = [p for p in control.rglob("*") if job_of(p.name) or is_data_name(p.name)]
        return sorted(str(p.relative_to(control)) for p in found)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return Source(tmp_path / "in")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What holds on a disk holds where each step is a request, which spares some; else it is marked."""
    if "harbour" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("places")
        here = "warm" in metafunc.fixturenames  # other processes are on a disk
        places = mark.args if mark else ("disk",) if here else ("disk", "remote")
        metafunc.parametrize("harbour", places, indirect=True)


@pytest.fixture
def harbour(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Harbour:
    if request.param == "remote":
        make_remote(monkeypatch)
    return Harbour(tmp_path / "out")


@pytest.fixture
def make_harbour(tmp_path: Path) -> Any:
    """A store with more configuration."""
    return lambda **config: Harbour(tmp_path / "out", **config)


@pytest.fixture
def files(tmp_path: Path) -> LocalFileSystem:
    return LocalFileSystem(tmp_path / "root")


@pytest.fixture(name="warm")
def warm_server() -> Iterator[Warm]:
    server = warm("hygge.testing.trials:warm_up", "hygge.files.local_stores", "hygge.files.parquet")
    yield server
    server.end_trials()


@pytest.fixture
def failing() -> Iterator[Callable[[str], None]]:
    yield failpoints.arm
    failpoints.arm("")
