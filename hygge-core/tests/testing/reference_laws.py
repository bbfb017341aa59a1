"""The kit, inherited for the reference connector; run by test_kit.py where that is installed."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from hygge_reference.journal import open_journal
from hygge_reference.place import Folder, StagedInMemory
from hygge_reference.service import FakeService
from hygge_reference.store import data_name
from hygge_reference.tables import Content, read, written

from hygge.testing import (
    SCHEMA,
    FaultScript,
    HomeConformance,
    HomeServiceConformance,
    JournalConformance,
    PluginConformance,
    StoreConformance,
    StoreServiceConformance,
)

TOKEN = 'canary@:/%;{}]&="x'
SERVICES: dict[int, FakeService] = {}


class TestPlugin(PluginConformance):
    distribution = "hygge-reference"


class TestStore(StoreConformance):
    type = "reference"
    rounds, every = 4, 2

    @pytest.fixture
    def config(self, tmp_path: Path) -> Mapping[str, Any]:
        return {"path": str(tmp_path / "out")}

    def visible(self, config: Mapping[str, Any], entity: str) -> pa.Table | None:
        found = Folder(config["path"]).get(data_name(entity))
        return read(*found).table if found else None

    def plant(self, config: Mapping[str, Any], entity: str) -> None:
        Folder(config["path"]).replace(data_name(entity), b"a ledger")

    def lose(self, config: Mapping[str, Any], entity: str) -> bool:
        folder = Folder(config["path"])
        data, _ = folder.get(data_name(entity)) or (b"", "")
        folder.replace(data_name(entity), written(pa.ipc.open_stream(data).schema, []))
        return True

    def leftovers(self, config: Mapping[str, Any]) -> Sequence[str]:
        return Folder(config["path"]).names("staged/")


class TestTransientStore(TestStore):
    type = "transient"
    every = 4

    def leftovers(self, config: Mapping[str, Any]) -> Sequence[str]:
        return StagedInMemory(Folder(config["path"])).names("staged/")


class TestHome(HomeConformance):
    type = "reference"

    @pytest.fixture
    def config(self, tmp_path: Path) -> Mapping[str, Any]:
        return {"path": str(tmp_path / "in")}

    def make(self, config: Mapping[str, Any], entity: str) -> None:
        Folder(config["path"]).replace(data_name(entity), Content(table=SCHEMA.empty_table()).to_bytes())

    def insert(self, config: Mapping[str, Any], entity: str, rows: pa.Table) -> None:
        name = data_name(entity)
        before = Folder(config["path"]).get(name)
        both = pa.concat_tables([read(*before).table, rows]) if before else rows
        Folder(config["path"]).replace(name, Content(table=both).to_bytes())

    def remake(self, config: Mapping[str, Any], entity: str, rows: pa.Table) -> None:
        Folder(config["path"]).replace(data_name(entity), Content(table=rows).to_bytes())


class TestJournal(JournalConformance):
    opener = staticmethod(open_journal)

    @pytest.fixture
    def place(self, tmp_path: Path) -> Mapping[str, Any]:
        return {"path": str(tmp_path / "journal")}

    def damage(self, place: Mapping[str, Any]) -> Sequence[tuple[str, Callable[[], Callable[[], Any]]]]:
        file = Path(place["path"], "state")
        whole = file.read_bytes()

        def spoil(spoilt: bytes) -> Callable[[], Any]:
            file.write_bytes(spoilt)
            return lambda: file.write_bytes(whole)

        ways = (whole[:-9], whole[:99] + b"~" + whole[100:], b"", b"PK\3\4 no journal")
        return [("state", functools.partial(spoil, spoilt)) for spoilt in ways]


class Remote:
    """Both behind a service that fails as it is told."""

    type = "remote"
    secrets: ClassVar = (TOKEN,)

    @pytest.fixture
    def service(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeService]:
        monkeypatch.setenv("REFERENCE_TOKEN", TOKEN)
        with FakeService(TOKEN, stall=0.3) as service:
            yield service
            service.shutdown()

    @pytest.fixture
    def config(self, service: FakeService) -> Mapping[str, Any]:
        SERVICES[service.server_port] = service
        return {"port": service.server_port, "token": "${secret:env:REFERENCE_TOKEN}", "timeout": 0.15}

    @pytest.fixture
    def script(self, service: FakeService) -> FaultScript:
        return service.script


class RemoteStore(Remote):
    def visible(self, config: Mapping[str, Any], entity: str) -> pa.Table | None:
        data = SERVICES[config["port"]].objects.get(data_name(entity))
        return read(data).table if data is not None else None

    def plant(self, config: Mapping[str, Any], entity: str) -> None:
        SERVICES[config["port"]].objects[data_name(entity)] = b"a ledger"

    def leftovers(self, config: Mapping[str, Any]) -> Sequence[str]:
        return [name for name in SERVICES[config["port"]].objects if name.startswith("staged/")]


class TestRemoteStore(RemoteStore, StoreConformance):
    rounds, every = 2, 4


class TestRemoteStoreFaults(RemoteStore, StoreServiceConformance):
    pass


class RemoteHome(Remote):
    def make(self, config: Mapping[str, Any], entity: str) -> None:
        objects = SERVICES[config["port"]].objects
        objects[data_name(entity)] = Content(table=SCHEMA.empty_table()).to_bytes()

    def insert(self, config: Mapping[str, Any], entity: str, rows: pa.Table) -> None:
        objects = SERVICES[config["port"]].objects
        before = read(objects[data_name(entity)]).table
        objects[data_name(entity)] = Content(table=pa.concat_tables([before, rows])).to_bytes()

    def remake(self, config: Mapping[str, Any], entity: str, rows: pa.Table) -> None:
        SERVICES[config["port"]].objects[data_name(entity)] = Content(table=rows).to_bytes()


class TestRemoteHome(RemoteHome, HomeConformance):
    pass


class TestRemoteHomeFaults(RemoteHome, HomeServiceConformance):
    pass
