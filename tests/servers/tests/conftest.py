"""The account that the rules are tried on: the server here, and a real one that `HYGGE_LIVE_ADLS` names."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from azure.storage.filedatalake import DataLakeServiceClient, FileSystemClient

from adls_server import AdlsServer
from adls_server.raw import RawClient, Reply

LIVE = os.environ.get("HYGGE_LIVE_ADLS", "")  # a connection string with an account key


@dataclass(frozen=True)
class Account:
    """Where an account is, and the key to it."""

    name: str
    key: str
    dfs: str
    blob: str
    connection_string: str


@dataclass(frozen=True)
class FileSystem:
    """A file system of the test's own, through the SDK and by raw requests."""

    name: str
    sdk: FileSystemClient
    account: Account

    def dfs(
        self, verb: str, path: str, query: dict[str, str] | None = None, body: bytes = b"", **headers: str
    ) -> Reply:
        """A request to the DFS endpoint."""
        client = RawClient(self.account.dfs, self.account.name, self.account.key)
        headers.setdefault("accept", "application/json")
        return client.send(verb, f"{self.name}/{path}".rstrip("/"), query, body, **headers)

    def blob(
        self, verb: str, path: str, query: dict[str, str] | None = None, body: bytes = b"", **headers: str
    ) -> Reply:
        """A request to the Blob endpoint."""
        client = RawClient(self.account.blob, self.account.name, self.account.key)
        headers.setdefault("accept", "application/xml")
        return client.send(verb, f"{self.name}/{path}".rstrip("/"), query, body, **headers)

    def file(self, path: str, content: bytes = b"") -> str:
        """Make a file; its ETag."""
        client = self.sdk.get_file_client(path)
        client.create_file()
        if content:
            client.append_data(content, 0, len(content))
            client.flush_data(len(content))
        return str(client.get_file_properties().etag)

    def content(self, path: str) -> bytes:
        return bytes(self.sdk.get_file_client(path).download_file().readall())

    def names(self) -> list[str]:
        return [path.name for path in self.sdk.get_paths()]


@pytest.fixture(scope="session")
def shared_server() -> Iterator[AdlsServer]:
    with AdlsServer() as server:
        yield server


@pytest.fixture(params=["server", *(["live"] if LIVE else [])])
def account(request: pytest.FixtureRequest) -> Account:
    """Each rule is tried on the server, and where there is one on a real account."""
    if request.param == "live":
        parts = dict(part.split("=", 1) for part in LIVE.split(";") if part)
        name, suffix = parts["AccountName"], parts.get("EndpointSuffix", "core.windows.net")
        return Account(
            name,
            parts["AccountKey"],
            parts.get("DfsEndpoint", f"https://{name}.dfs.{suffix}"),
            parts.get("BlobEndpoint", f"https://{name}.blob.{suffix}"),
            LIVE,
        )
    server: AdlsServer = request.getfixturevalue("shared_server")
    return Account(server.account, server.key, server.url, server.url, server.connection_string)


@pytest.fixture
def service(account: Account) -> DataLakeServiceClient:
    return DataLakeServiceClient.from_connection_string(account.connection_string)


@pytest.fixture
def fs(account: Account, service: DataLakeServiceClient) -> Iterator[FileSystem]:
    name = f"hygge-{uuid.uuid4().hex}"
    client = service.create_file_system(name)
    yield FileSystem(name, client, account)
    service.delete_file_system(name)


@pytest.fixture
def server() -> Iterator[AdlsServer]:
    """A server of the test's own, whose clock, faults and limits it may change."""
    with AdlsServer() as server:
        yield server


@pytest.fixture
def own(server: AdlsServer) -> FileSystem:
    """A file system on the test's own server, whose SDK does not retry."""
    account = Account(server.account, server.key, server.url, server.url, server.connection_string)
    service = DataLakeServiceClient(server.url, credential=server.key, retry_total=0)
    return FileSystem("data", service.create_file_system("data"), account)
