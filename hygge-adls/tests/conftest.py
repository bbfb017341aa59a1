"""A strict service for a whole session, and a file system of its own for each test."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from azure.storage.filedatalake import FileSystemClient

sys.path.insert(0, str(Path(__file__).parent))

from adls_server import AdlsServer


@pytest.fixture(scope="session")
def server() -> Iterator[AdlsServer]:
    with AdlsServer() as running:
        yield running


@pytest.fixture
def lake(server: AdlsServer) -> FileSystemClient:
    """An empty file system, reached as its users do."""
    client = FileSystemClient(server.url, f"lake-{uuid.uuid4().hex[:12]}", credential=server.key)
    client.create_file_system()
    return client


@pytest.fixture
def account(server: AdlsServer, lake: FileSystemClient, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Any]:
    """The keys of a configuration that say where the file system is."""
    monkeypatch.setenv("LAKE_KEY", server.key)
    return {
        "account_url": server.url,
        "account_key": "${secret:env:LAKE_KEY}",
        "filesystem": lake.file_system_name,
    }
