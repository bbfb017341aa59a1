"""What the laws of a home stand on: a source that the connector's test can fill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from hygge import schemas
from hygge.capabilities import HomeCapabilities
from hygge.codec import decode
from hygge.model import Plan, ReadRequest, Split, Window
from hygge.plugins import registry
from hygge.testing.gaps import Laws
from hygge.testing.values import counted
from hygge.testing.warm import Warm, warm

if TYPE_CHECKING:
    from collections import Counter

    import pyarrow as pa

    from hygge.roles import Home

__all__ = ["HomeBench", "HomeLaws", "read_elsewhere", "request", "schema_of", "window"]


class HomeLaws(Laws):
    """Subclass, name the type, and say how a source is made and how rows come to it."""

    type: ClassVar[str]
    """The name in ``home: {type: NAME}``, as the installed plugin registers it."""
    secrets: ClassVar[Sequence[str]] = ()
    """Values in `config` that must never be printed."""
    where: ClassVar[str | None] = None
    """A filter in the source's language that keeps the rows whose id is above 5; None: it has none."""

    @pytest.fixture
    def config(self) -> Mapping[str, Any]:
        """The home's configuration, for an empty source that may hold many entities."""
        raise NotImplementedError("return the configuration of a home over an empty source")

    def make(self, config: Mapping[str, Any], entity: str) -> None:
        """Make an entity without rows, its columns those of `hygge.testing.SCHEMA`, id its key."""
        raise NotImplementedError("make an empty table with the columns id, at and note")

    def insert(self, config: Mapping[str, Any], entity: str, rows: pa.Table) -> None:
        """Add rows to it; they are committed in the source when this returns."""
        raise NotImplementedError("insert the rows into the table")

    def remake(self, config: Mapping[str, Any], entity: str, rows: pa.Table) -> None:
        """Let the entity have the columns and rows of this table in place of its own.

        Columns are id, at and note or some of them, also in another order or as text, and others of text.
        """
        raise NotImplementedError("drop the table and make it anew, with the columns of these rows")

    # -- from here on nothing is to be overridden ------------------------------------------------

    @classmethod
    def capabilities(cls) -> HomeCapabilities:
        """What the installed plugin promises."""
        return registry().home_type(cls.type).capabilities

    @pytest.fixture
    def warm(self) -> Iterator[Warm]:
        """Processes that start in milliseconds, with the connector imported."""
        module = registry().home_type(self.type).factory.partition(":")[0]
        server = warm("hygge.testing.trials:warm_up", module)
        yield server
        server.end_trials()

    @pytest.fixture
    def source(self, config: Mapping[str, Any]) -> Iterator[HomeBench]:
        bench = HomeBench(self, config)
        yield bench
        bench.home.close()


class HomeBench:
    """One home and short words for what the laws do with it."""

    def __init__(self, laws: HomeLaws, config: Mapping[str, Any]) -> None:
        self.laws = laws
        self.config = config
        self.home = self.open()

    def open(self) -> Home:
        """Another instance, as another worker has it."""
        return registry().open_home(self.laws.type, self.config)

    def fill(self, rows: pa.Table | None = None, entity: str = "orders") -> None:
        """Make an entity, with rows."""
        self.laws.make(self.config, entity)
        if rows is not None:
            self.insert(rows, entity)

    def insert(self, rows: pa.Table, entity: str = "orders") -> None:
        self.laws.insert(self.config, entity, rows)

    def plan(self, request: ReadRequest) -> tuple[ReadRequest, Plan]:
        """The plan, and the request that goes with reading it."""
        plan = self.home.plan(request)
        return replace(request, window=plan.window), plan

    def batches(self, request: ReadRequest, splits: Sequence[Split]) -> Iterator[pa.RecordBatch]:
        for split in splits:
            yield from self.home.read(request, split)

    def rows(self, request: ReadRequest) -> Counter[tuple[Any, ...]]:
        """Plan and read all of it."""
        request, plan = self.plan(request)
        return counted(self.batches(request, plan.splits))


def request(entity: str = "orders", **more: Any) -> ReadRequest:
    """A request for batches small enough that a few rows make several."""
    return ReadRequest(entity=entity, **{"batch_rows": 7, **more})


def window(lower: int | None = None, upper: int | None = None, **more: Any) -> Window:
    """A window of the column ``at``."""
    low, high = (None if end is None else str(end) for end in (lower, upper))
    return Window(column="at", lower=low, upper=high, **more)


def read_elsewhere(home_type: str, config: Mapping[str, Any], document: bytes, split: bytes) -> list[Any]:
    """Read a split in another process; the rows as they came."""
    home = registry().open_home(home_type, config)
    try:
        batches = home.read(decode(document, ReadRequest), decode(split, Split))
        return sorted(counted(batches).items(), key=repr)
    finally:
        home.close()


def schema_of(plan: Plan) -> pa.Schema:
    """The planned schema."""
    return schemas.unpack(plan.schema)
