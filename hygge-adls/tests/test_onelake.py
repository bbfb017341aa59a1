"""OneLake is reached like any account: its address, a workspace as file system, an item's folder as path."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from functools import partial
from io import BytesIO
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from azure.storage.filedatalake import DataLakeServiceClient, FileSystemClient

import hygge
from adls_server import AdlsServer
from adls_server.transport import IssuedToken, RewritingTransport
from hygge_adls import home, journal, store
from hygge_adls.account import open_files


@pytest.fixture
def onelake(monkeypatch: pytest.MonkeyPatch) -> Iterator[AdlsServer]:
    with AdlsServer(onelake=True) as server:
        reached = {"transport": RewritingTransport(server), "credential": IssuedToken(server.tokens)}
        for module in (home, journal, store):
            monkeypatch.setattr(module, "open_files", partial(open_files, **reached))
        yield server


def rows(workspace: FileSystemClient, folder: str) -> Counter[int]:
    files = [one.name for one in workspace.get_paths(folder) if one.name.endswith(".parquet")]
    tables = [
        pq.read_table(BytesIO(workspace.get_file_client(name).download_file().readall())) for name in files
    ]
    return Counter(id for table in tables for id in table["id"].to_pylist())


@pytest.mark.parametrize("by", ["name", "id"])
@pytest.mark.parametrize("run_type", ["full_drop", "incremental"])
def test_a_lakehouse_is_a_store_and_a_home_with_its_journal(
    tmp_path: Path, onelake: AdlsServer, run_type: str, by: str
) -> None:
    workspace = onelake.onelake.workspace("sales")
    item = onelake.onelake.item(workspace, "orders.Lakehouse", folders=("Files", "Tables"))
    named = ("sales", "orders.Lakehouse") if by == "name" else (workspace, item)
    lake = {"type": "adls", "account_url": onelake.real_url, "filesystem": named[0]}
    common = {"entities": ["t"], "run_type": run_type, "watermark": {"column": "at"}}
    there = {**lake, "path": f"{named[1]}/Files"}  # which Fabric manages
    back = {**lake, "path": f"{named[1]}/Files/again"}
    (tmp_path / "hygge.yml").write_text("version: 1\n")
    (tmp_path / "flows").mkdir()
    source = {"type": "ndjson", "path": str(tmp_path / "in")}
    for name, flow in (("a", {"home": source, "store": there}), ("b", {"home": there, "store": back})):
        (tmp_path / "flows" / f"{name}.yml").write_text(json.dumps({**flow, **common}))
    (tmp_path / "in").mkdir()
    client = DataLakeServiceClient(
        onelake.real_url, credential=IssuedToken(onelake.tokens), transport=RewritingTransport(onelake)
    ).get_file_system_client("sales")
    for count in (3, 5, 5, 9):
        lines = (json.dumps({"id": at, "at": at}) + "\n" for at in range(count))
        (tmp_path / "in" / "t.ndjson").write_text("".join(lines))
        for flow_name in "ab":
            (moved,) = hygge.run(tmp_path, select=[flow_name]).entities
            assert moved.status in ("success", "skipped"), moved.error
        for folder in ("Files", "Files/again"):
            assert rows(client, f"orders.Lakehouse/{folder}/t") == Counter(range(count))
    assert not (tmp_path / ".hygge_journal").exists()
