"""OneLake and Azure Data Lake Storage (ADLS) Gen2 API parity.

https://learn.microsoft.com/fabric/onelake/onelake-api-parity
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.storage.blob import BlobServiceClient
from azure.storage.filedatalake import DataLakeServiceClient, FileSystemClient

from adls_server import AdlsServer
from adls_server.transport import IssuedToken, RewritingTransport

ITEM = "orders.MirroredDatabase"


@dataclass(frozen=True)
class Tenant:
    server: AdlsServer
    service: DataLakeServiceClient
    workspace: str
    item: str

    def by_name(self) -> FileSystemClient:
        return self.service.get_file_system_client("sales")

    def by_id(self) -> FileSystemClient:
        return self.service.get_file_system_client(self.workspace)


@pytest.fixture
def tenant() -> Iterator[Tenant]:
    with AdlsServer(onelake=True) as server:
        workspace = server.onelake.workspace("sales")
        item = server.onelake.item(workspace, ITEM)
        yield Tenant(server, service(server), workspace, item)


def service(server: AdlsServer, **options: object) -> DataLakeServiceClient:
    credential = IssuedToken(server.tokens, **options)
    return DataLakeServiceClient(
        server.real_url, credential=credential, transport=RewritingTransport(server), retry_total=0
    )


def test_files_below_the_managed_folders_are_written_read_renamed_and_deleted(tenant):
    files = tenant.by_id()
    folder = f"{tenant.item}/Files/LandingZone"
    files.get_file_client(f"{folder}/new").upload_data(b"abc", overwrite=True)
    files.get_file_client(f"{folder}/new").rename_file(f"{tenant.workspace}/{folder}/1.parquet")
    assert files.get_file_client(f"{folder}/1.parquet").download_file().readall() == b"abc"
    files.delete_directory(folder)
    assert [path.name for path in files.get_paths()] == [
        tenant.item,
        f"{tenant.item}/Files",
        f"{tenant.item}/Tables",
    ]


def test_names_and_ids_lead_to_the_same_file(tenant):
    tenant.by_name().create_file(f"{ITEM}/Files/f")
    assert tenant.by_id().get_file_client(f"{tenant.item}/Files/f").exists()
    assert [path.name for path in tenant.by_id().get_paths(f"{tenant.item}/Files")] == [
        f"{tenant.item}/Files/f"
    ]
    assert [path.name for path in tenant.by_name().get_paths(f"{ITEM}/Files")] == [f"{ITEM}/Files/f"]


def test_names_and_ids_are_not_mixed(tenant):
    for files, item in ((tenant.by_name(), tenant.item), (tenant.by_id(), ITEM)):
        with pytest.raises(HttpResponseError, match="FriendlyNameSupportDisabled"):
            files.create_file(f"{item}/Files/f")
        with pytest.raises(HttpResponseError, match="FriendlyNameSupportDisabled"):
            list(files.get_paths(f"{item}/Files"))


@pytest.mark.parametrize("path", [ITEM, f"{ITEM}/Files", f"{ITEM}/Tables", f"{ITEM}/Other"])
def test_an_item_and_its_first_level_are_neither_made_renamed_nor_deleted(tenant, path):
    files = tenant.by_name()
    files.create_directory(f"{ITEM}/Files/d")
    for change in (
        lambda: files.create_directory(path),
        lambda: files.create_file(path),
        lambda: files.delete_directory(path),
        lambda: files.get_directory_client(path).rename_directory(f"sales/{ITEM}/Files/e"),
        lambda: files.get_directory_client(f"{ITEM}/Files/d").rename_directory(f"sales/{path}"),
    ):
        with pytest.raises(HttpResponseError) as error:
            change()
        assert error.value.status_code == 403
    assert [one.name for one in files.get_paths(ITEM)] == [
        f"{ITEM}/Files",
        f"{ITEM}/Files/d",
        f"{ITEM}/Tables",
    ]


def test_workspaces_are_neither_made_nor_deleted_nor_asked_with_get(tenant):
    for change in (
        lambda: tenant.service.create_file_system("another"),
        lambda: tenant.service.create_file_system("sales"),
        lambda: tenant.service.delete_file_system("sales"),
        lambda: tenant.by_name().get_file_system_properties(),
        lambda: list(tenant.service.list_file_systems()),
    ):
        with pytest.raises(HttpResponseError) as error:
            change()
        assert error.value.status_code in (404, 405)


def test_a_listing_of_blobs_is_refused_at_a_workspace(tenant):
    blobs = BlobServiceClient(
        tenant.server.real_url.replace(".dfs.", ".blob."),
        credential=IssuedToken(tenant.server.tokens),
        transport=RewritingTransport(tenant.server),
        retry_total=0,
    )
    with pytest.raises(HttpResponseError, match="UnsupportedHttpVerb"):
        list(blobs.get_container_client("sales").list_blobs())


def test_an_unknown_workspace_or_item_is_404(tenant):
    with pytest.raises(ResourceNotFoundError):
        tenant.service.get_file_system_client("nowhere").create_file(f"{ITEM}/Files/f")
    with pytest.raises(ResourceNotFoundError):
        tenant.by_name().create_file("none.Lakehouse/Files/f")


def test_headers_that_are_passed_over_are_named(tenant):
    answers = []
    tenant.by_name().get_file_client(f"{ITEM}/Files/f").create_file(
        permissions="0777", umask="0000", raw_response_hook=answers.append
    )
    rejected = answers[0].http_response.headers["x-ms-rejected-headers"]
    assert rejected.split(",") == ["x-ms-permissions", "x-ms-umask"]


def test_access_control_is_refused(tenant):
    client = tenant.by_name().get_file_client(f"{ITEM}/Files/f")
    client.create_file()
    with pytest.raises(HttpResponseError, match="UnsupportedQueryParameter"):
        client.set_access_control(permissions="0777")


def test_keys_and_account_signatures_are_refused(tenant):
    client = DataLakeServiceClient(
        tenant.server.real_url,
        credential={"account_name": "onelake", "account_key": tenant.server.key},
        transport=RewritingTransport(tenant.server),
        retry_total=0,
    )
    with pytest.raises(HttpResponseError, match="KeyBasedAuthenticationNotPermitted"):
        client.get_file_system_client("sales").create_file(f"{ITEM}/Files/f")


@pytest.mark.parametrize(
    "audience", ["https://api.fabric.microsoft.com", "https://analysis.windows.net/powerbi/api"]
)
def test_a_token_for_the_fabric_api_is_refused(tenant, audience):
    client = service(tenant.server, audience=audience)
    with pytest.raises(ClientAuthenticationError):
        client.get_file_system_client("sales").create_file(f"{ITEM}/Files/f")
