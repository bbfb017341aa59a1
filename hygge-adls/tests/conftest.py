"""A strict service for a whole session, or the account that `HYGGE_LIVE_ADLS` names."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from azure.storage.filedatalake import DataLakeServiceClient, FileSystemClient

sys.path.insert(0, str(Path(__file__).parent))  # adls_laws, streams

from adls_server import AdlsServer
from hygge_adls.account import open_files
from hygge_adls.dfs import DfsFileSystem

LIVE = os.environ.get("HYGGE_LIVE_ADLS", "")  # a connection string with an account key


@pytest.fixture(scope="session")
def server() -> Iterator[AdlsServer]:
    """The server here; what lets it fail, or looks into it, is not tried on a live account."""
    if LIVE:
        pytest.skip("a live account does not fail as it is told")
    with AdlsServer() as running:
        yield running


@pytest.fixture(scope="session")
def service(request: pytest.FixtureRequest) -> DataLakeServiceClient:
    """The account, reached as its users do."""
    if LIVE:
        return DataLakeServiceClient.from_connection_string(LIVE)
    server = request.getfixturevalue("server")
    return DataLakeServiceClient(server.url, credential=server.key)


@pytest.fixture
def lake(service: DataLakeServiceClient) -> Iterator[FileSystemClient]:
    """An empty file system."""
    client = service.get_file_system_client(f"lake-{uuid.uuid4().hex[:12]}")
    client.create_file_system()
    yield client
    if LIVE:
        client.delete_file_system()


@pytest.fixture
def account(
    service: DataLakeServiceClient, lake: FileSystemClient, monkeypatch: pytest.MonkeyPatch
) -> Mapping[str, Any]:
    """The keys of a configuration that say where the file system is."""
    monkeypatch.setenv("LAKE_KEY", service.credential.account_key)
    return {
        "account_url": service.url.rstrip("/"),
        "account_key": "${secret:env:LAKE_KEY}",
        "filesystem": lake.file_system_name,
    }


@pytest.fixture
def files(account: Mapping[str, Any]) -> DfsFileSystem:
    """What lies below a folder that nobody has made yet."""
    return open_files({**account, "timeout": 5}, "a root/b")
