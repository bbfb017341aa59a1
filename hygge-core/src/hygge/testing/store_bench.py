"""What the laws of a store stand on: the connector under test, and short words for moving rows."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from hygge import schemas
from hygge.capabilities import StoreCapabilities
from hygge.errors import CommitUnknown
from hygge.model import CommitPlan, Job, Mode, ReadRequest, Receipt, TargetState
from hygge.plugins import registry
from hygge.roles import Store
from hygge.testing import trials
from hygge.testing.gaps import Laws
from hygge.testing.trials import Splits
from hygge.testing.values import SCHEMA, counted, make_job, target
from hygge.testing.warm import Warm, warm

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "EMPTY",
    "FIRST",
    "NAMES",
    "SECOND",
    "THIRD",
    "Bench",
    "StoreLaws",
    "after",
    "rows_of",
    "until_known",
]

FIRST: Splits = {"a": (0, 9, "old"), "b": (9, 14, "old"), "c": (14, 15, "old")}
SECOND: Splits = {"a": (10, 18, "new"), "b.1": (18, 22, "new")}
THIRD: Splits = {"z": (30, 33, "third")}
KEYS = ("id",)
_IMPORTS: dict[str, Sequence[str]] = {}
MODES: tuple[Mode, ...] = ("replace", "append", "upsert")


class StoreLaws(Laws):
    """Subclass, name the type and say where it may settle and what a reader sees there."""

    type: ClassVar[str]
    """The name in ``store: {type: NAME}``, as the installed plugin registers it."""
    secrets: ClassVar[Sequence[str]] = ()
    """Values in `config` that must never be printed."""
    home: ClassVar[str | None] = None
    """A home type that reads what the store wrote, given the same configuration; `reread` uses it."""
    rounds: ClassVar[int] = 12
    """How often rivals race; each pair has a target of its own."""
    every: ClassVar[int] = 1
    """Of how many points of a commit one is tried, where a trial is dear; all with HYGGE_SWEEP=full."""

    @pytest.fixture
    def config(self) -> Mapping[str, Any]:
        """The store's configuration, for an empty place that holds many entities."""
        raise NotImplementedError("return the configuration of a store at an empty place")

    def visible(self, config: Mapping[str, Any], entity: str) -> pa.Table | None:
        """All rows that any reader of the target sees, by a means that is not hygge; None: no target."""
        raise NotImplementedError("read the target as its users do")

    def plant(self, config: Mapping[str, Any], entity: str) -> None:
        """Put data at the target that hygge did not write; `visible` need not be able to read it."""
        raise NotImplementedError("put something at the target that hygge did not write")

    def lose(self, config: Mapping[str, Any], entity: str) -> bool:
        """Take the table, or a part as large as a file, and leave the receipts; False: they go together."""
        return False

    def leftovers(self, config: Mapping[str, Any]) -> Sequence[str]:
        """Names of whatever staging and commits have left behind; receipts are none."""
        return ()

    def reread(self, config: Mapping[str, Any], entity: str, schema: pa.Schema) -> pa.Table:
        """All rows with all columns, as whoever knows the target's schema gets them; default: `home`."""
        if self.home is not None:
            return through_home(self.home, config, entity, schema)
        found = self.visible(config, entity)
        assert found is not None, f"{entity} is not there"
        return found

    # -- from here on nothing is to be overridden ------------------------------------------------

    @classmethod
    def capabilities(cls) -> StoreCapabilities:
        """What the installed plugin promises."""
        return registry().store_type(cls.type).capabilities

    def promised_modes(self) -> list[str]:
        return [mode for mode in MODES if mode in self.capabilities().modes]

    def missing_modes(self) -> list[str]:
        return [mode for mode in MODES if mode not in self.capabilities().modes]

    @pytest.fixture
    def warm(self, config: Mapping[str, Any], tmp_path: Path) -> Iterator[Warm]:
        """Processes that start in milliseconds, with all imported that the connector takes."""
        server = warm(*self._imports(config, tmp_path / "warming"))
        yield server
        server.end_trials()

    def _imports(self, config: Mapping[str, Any], notebook: Path) -> Sequence[str]:
        """Found out by one job, since connectors import at first use; once a type."""
        if self.type not in _IMPORTS:
            module = registry().store_type(self.type).factory.partition(":")[0]
            bench = Bench(self, config)
            job = bench.job(self.promised_modes()[0], entity="warming")
            with Warm(("hygge.testing.trials:warm_up", module)) as cold:
                found = cold.run(trials.modules_for, job, FIRST, str(notebook)).result()
            bench.store.close()
            _IMPORTS[self.type] = (*found, "hygge.testing.trials:warm_up")
        return _IMPORTS[self.type]

    def points(self, bench: Bench, warm: Warm, mode: str, tmp_path: Path) -> range:
        """Numbers of the failpoints that a job passes on its way from staging to its receipt."""
        log = tmp_path / "points"
        job = bench.job(mode, bench.landed(entity="count"), entity="count")
        warm.run(trials.move, job, SECOND, str(tmp_path / "count"), failpoint=f"count={log}").result()
        assert log.exists(), "the store passes no failpoint: call hygge.failpoints.failpoint at each step"
        every = 1 if os.environ.get("HYGGE_SWEEP") == "full" else self.every
        return range(1, len(log.read_text().splitlines()) + 1, every)

    @pytest.fixture
    def bench(self, config: Mapping[str, Any]) -> Iterator[Bench]:
        bench = Bench(self, config)
        yield bench
        bench.store.close()


class Bench:
    """One store and short words for what the laws do with it."""

    def __init__(self, laws: StoreLaws, config: Mapping[str, Any]) -> None:
        self.laws = laws
        self.config = config
        self.store = self.open()

    def open(self) -> Store:
        """Another instance, as another worker has it."""
        return registry().open_store(self.laws.type, self.config)

    def job(self, mode: str, base: Receipt | None = None, entity: str = "orders", **more: Any) -> Job:
        more.setdefault("keys", KEYS if mode == "upsert" else ())
        return make_job(
            entity,
            store_type=self.laws.type,
            store=self.config,
            target_identity=self.store.identity(target(entity)),
            mode=mode,  # type: ignore[arg-type]  # pytest's parameters are plain strings
            base=base,
            **more,
        )

    def seal(self, job: Job, splits: Splits) -> CommitPlan:
        self.store.foresee(job)
        staged = [self.store.stage(job, name, trials.batches_of(s)) for name, s in splits.items()]
        return self.store.seal(job, staged)

    def land(self, job: Job, splits: Splits) -> Receipt:
        return self.store.commit(job, self.seal(job, splits))

    def landed(self, mode: str = "replace", entity: str = "orders") -> Receipt:
        """Settle `FIRST`: what a second job finds; replace and append make no difference yet."""
        return self.land(self.job(mode, entity=entity), FIRST)

    def state(self, entity: str = "orders") -> TargetState:
        return self.store.state(target(entity))

    def rows(self, entity: str = "orders") -> Counter[tuple[Any, ...]]:
        return counted(self.laws.visible(self.config, entity))

    def reread(self, job: Job) -> pa.Table:
        """What the target of a job gives back, with its types."""
        return self.laws.reread(self.config, job.entity, schemas.unpack(job.schema))

    def leftovers(self) -> list[str]:
        return list(self.laws.leftovers(self.config))


def through_home(home_type: str, config: Mapping[str, Any], entity: str, schema: pa.Schema) -> pa.Table:
    """All rows of an entity, read by a home; one that samples types is told the schema."""
    import pyarrow as pa

    home = registry().open_home(home_type, config)
    try:
        request = ReadRequest(entity=entity, pinned=schemas.pack(schema))
        plan = home.plan(request)
        batches = [batch for split in plan.splits for batch in home.read(request, split)]
        return pa.Table.from_batches(batches, schemas.unpack(plan.schema))
    finally:
        home.close()


def until_known(bench: Bench, job: Job, plan: CommitPlan) -> Receipt:
    """Commit as the engine does: after a lost reply the receipt decides, then once more."""
    for _ in range(3):
        try:
            return bench.open().commit(job, plan)
        except CommitUnknown:
            receipt = bench.store.receipt(job)
            if receipt is not None:
                return receipt
    return bench.open().commit(job, plan)


def rows_of(splits: Splits) -> Counter[tuple[Any, ...]]:
    """The rows that the splits hold."""
    found: Counter[tuple[Any, ...]] = Counter()
    for split in splits.values():
        found += counted(trials.batches_of(split))
    return found


def after(mode: str, before: Splits, new: Splits) -> Counter[tuple[Any, ...]]:
    """What is visible once ``new`` was committed on top of ``before``."""
    old, added = rows_of(before), rows_of(new)
    if mode == "replace":
        return added
    if mode == "upsert":
        keys = {row[0] for row in added}
        old = Counter({row: n for row, n in old.items() if row[0] not in keys})
    return old + added


NAMES = tuple(SCHEMA.names)
EMPTY: Splits = {"empty": (0, 0, "none")}
