"""What the laws need to know of ADLS: where it settles, what its readers see, which request fails."""

from __future__ import annotations

import functools
import os
import re
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adls_server import AdlsServer, faults
from hygge.testing.faults import Fault, FaultScript
from hygge.testing.values import SCHEMA
from hygge_adls.journal import AdlsJournal

if TYPE_CHECKING:
    from azure.storage.filedatalake import FileSystemClient

    from hygge.roles import Journal

__all__ = ["HomeSide", "JournalSide", "StoreSide", "every_request", "open_journal"]

every_request = pytest.mark.skipif(
    os.environ.get("HYGGE_SWEEP") != "full", reason="each request fails in each way: `nox -s sweep`"
)

WAYS: Mapping[Fault, Callable[[FaultScript], faults.Fault]] = {
    "throttled": lambda script: faults.throttled(429, retry_after=script.pause),
    "unavailable": lambda _: faults.throttled(503),
    "broken": lambda _: faults.fails(500),
    "reset": lambda _: faults.reset(applied=False),
    "lost_reply": lambda _: faults.applied_then(500),
    "short": lambda _: faults.truncated(7),
    "refused": lambda _: faults.fails(401, "InvalidAuthenticationInfo"),
}


class Side:
    """One file system of the session's server, reached as its users do."""

    type = "adls"
    faults = tuple(fault for fault in WAYS if fault != "refused")
    lake: FileSystemClient

    @pytest.fixture
    def config(self, account: Mapping[str, Any], lake: FileSystemClient) -> Mapping[str, Any]:
        self.lake = lake
        self.secrets = (os.environ["LAKE_KEY"],)
        return {**account, "path": "out", "timeout": 2}

    @pytest.fixture
    def script(self, server: AdlsServer) -> Iterator[FaultScript]:
        script = FaultScript()

        def asked() -> faults.Fault | None:
            fault = script.next()
            return WAYS[fault](script) if fault else None

        server.faults.follow(asked)
        yield script
        server.faults.clear()


class StoreSide(Side):
    home = "adls"
    rounds = 3
    every = 5

    def visible(self, config: Mapping[str, Any], entity: str) -> pa.Table | None:
        if not self.lake.get_directory_client(f"out/{entity}").exists():
            return None
        files = [self.lake.get_file_client(one.name) for one in self.lake.get_paths(f"out/{entity}")]
        tables = [pq.read_table(BytesIO(file.download_file().readall())) for file in files]
        return pa.concat_tables(tables) if tables else SCHEMA.empty_table()

    def plant(self, config: Mapping[str, Any], entity: str) -> None:
        self.lake.get_file_client(f"out/{entity}/ledger.csv").upload_data(b"id\n1\n", overwrite=True)

    def lose(self, config: Mapping[str, Any], entity: str) -> bool:
        file, *_ = self.lake.get_paths(f"out/{entity}")
        self.lake.get_file_client(file.name).delete_file()
        return True

    def leftovers(self, config: Mapping[str, Any]) -> Sequence[str]:
        names = [one.name for one in self.lake.get_paths() if "/.hygge/" in one.name and not one.is_directory]
        return [name for name in names if not re.search(r"/\d+\.(.+\.)?(json|overlap)$", name)]


class HomeSide(Side):
    where = "id > 5"

    def make(self, config: Mapping[str, Any], entity: str) -> None:
        self.insert(config, entity, SCHEMA.empty_table())

    def insert(self, config: Mapping[str, Any], entity: str, rows: pa.Table) -> None:
        there = self.lake.get_directory_client(f"out/{entity}")
        number = len(list(self.lake.get_paths(f"out/{entity}"))) if there.exists() else 0
        data = BytesIO()
        pq.write_table(rows.cast(SCHEMA), data, row_group_size=11)
        there.get_file_client(f"{number:03d}.parquet").upload_data(data.getvalue(), overwrite=True)

    def remake(self, config: Mapping[str, Any], entity: str, rows: pa.Table) -> None:
        self.lake.get_directory_client(f"out/{entity}").delete_directory()
        data = BytesIO()
        pq.write_table(rows, data)
        self.lake.get_file_client(f"out/{entity}/000.parquet").upload_data(data.getvalue(), overwrite=True)


def open_journal(place: Mapping[str, Any], run_id: str) -> Journal:
    """The journal beside the store at ``place``; found by other processes through this module."""
    holder = {"pid": str(os.getpid()), "host": socket.gethostname(), "run": run_id}
    return AdlsJournal(place, run_id, holder)


class JournalSide(Side):
    opener = staticmethod(open_journal)

    @pytest.fixture
    def place(self, config: Mapping[str, Any]) -> Mapping[str, Any]:
        return config

    def damage(self, place: Mapping[str, Any]) -> Sequence[tuple[str, Callable[[], Callable[[], Any]]]]:
        log = "out/.hygge_journal/log"
        segments = sorted(one.name for one in self.lake.get_paths(log))
        spoilt = [
            (segments[2], lambda data: data[:40] + bytes([data[40] ^ 1]) + data[41:]),
            (segments[0], lambda data: b"\n".join(data.split(b"\n")[:1] + data.split(b"\n")[2:])),
            (segments[4], lambda data: b"PK\3\4 no journal\n" * 9),
            (f"{log}/notes.txt", lambda data: b"mine\n"),
        ]

        def spoil(path: str, how: Callable[[bytes], bytes]) -> Callable[[], Any]:
            file = self.lake.get_file_client(path)
            before = file.download_file().readall() if file.exists() else None
            file.upload_data(how(before or b""), overwrite=True)
            if before is None:
                return file.delete_file
            return lambda: file.upload_data(before, overwrite=True)

        return [(path.rpartition("/")[2], functools.partial(spoil, path, how)) for path, how in spoilt]
