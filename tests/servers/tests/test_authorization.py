"""Authorize with Shared Key, with a shared access signature, and with Microsoft Entra ID.

https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key
https://learn.microsoft.com/rest/api/storageservices/create-account-sas
https://learn.microsoft.com/rest/api/storageservices/create-service-sas
https://learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from email.utils import formatdate

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.storage.blob import generate_container_sas
from azure.storage.filedatalake import (
    DataLakeServiceClient,
    generate_account_sas,
    generate_directory_sas,
    generate_file_sas,
)

from adls_server.transport import IssuedToken, RewritingTransport

FILE = {"resource": "file"}


def in_minutes(minutes: float) -> datetime:
    return datetime.now(UTC) + timedelta(minutes=minutes)


# -- shared key --------------------------------------------------------------------------------


def test_a_request_without_authorization_is_refused(fs):
    assert fs.dfs("PUT", "f", FILE, authorization="none").status in (401, 403, 404)
    assert fs.names() == []


def test_a_wrong_key_is_refused(fs):
    wrong = base64.b64encode(b"another").decode()
    service = DataLakeServiceClient(
        fs.account.dfs, credential={"account_name": fs.account.name, "account_key": wrong}
    )
    with pytest.raises(ClientAuthenticationError, match="AuthenticationFailed"):
        service.get_file_system_client(fs.name).create_file("f")


def test_a_signature_is_for_its_request_only(own):
    own.file("f")
    signed = {}
    send = own.dfs("PUT", "f", FILE)
    assert send.status == 201
    signed["authorization"] = f"SharedKey {own.account.name}:{base64.b64encode(b'x' * 32).decode()}"
    assert own.dfs("PUT", "f", FILE, **signed).told == (403, "AuthenticationFailed")


def test_a_request_signed_more_than_15_minutes_ago_is_refused(fs):
    for shift in (-16 * 60, 16 * 60):
        date = formatdate(datetime.now(UTC).timestamp() + shift, usegmt=True)
        assert fs.dfs("PUT", "f", FILE, x_ms_date=date).told == (403, "AuthenticationFailed")


def test_a_service_clock_of_its_own_refuses_the_clients_signatures(server, own):
    server.clock.advance(16 * 60)
    assert own.dfs("PUT", "f", FILE).told == (403, "AuthenticationFailed")


@pytest.mark.parametrize("version", ["", "2999-01-01", "2009-09-19", "newest"])
def test_a_version_that_is_missing_or_unknown_is_refused(own, version):
    told = own.dfs("PUT", "f", FILE, x_ms_version=version).told
    assert told == (400, "InvalidHeaderValue" if version else "MissingRequiredHeader")


# -- shared access signatures ------------------------------------------------------------------


def account_sas(account, permission: str, *, types: str = "sco", **more: object) -> str:
    times = {"expiry": in_minutes(5), **more}
    return generate_account_sas(account.name, account.key, types, permission, **times)


def with_sas(account, sas: str) -> DataLakeServiceClient:
    return DataLakeServiceClient(account.dfs, credential=sas, retry_total=0)


def test_an_account_signature_allows_what_it_grants(fs):
    files = with_sas(fs.account, account_sas(fs.account, "rwdlacm")).get_file_system_client(fs.name)
    files.create_file("a").upload_data(b"abc", overwrite=True)
    files.get_file_client("a").rename_file(f"{fs.name}/b")
    assert [path.name for path in files.get_paths()] == ["b"]
    assert files.get_file_client("b").download_file().readall() == b"abc"
    files.get_file_client("b").delete_file()


@pytest.mark.parametrize(
    ("permission", "types", "code"),
    [
        ("l", "sco", "AuthorizationPermissionMismatch"),
        ("rwdlacm", "s", "AuthorizationResourceTypeMismatch"),
    ],
)
def test_an_account_signature_allows_nothing_else(fs, permission, types, code):
    files = with_sas(fs.account, account_sas(fs.account, permission, types=types)).get_file_system_client(
        fs.name
    )
    with pytest.raises(HttpResponseError, match=code):
        files.create_file("a")


@pytest.mark.parametrize(
    "more", [{"expiry": in_minutes(-1)}, {"start": in_minutes(20), "expiry": in_minutes(30)}]
)
def test_a_signature_is_good_in_its_time_only(fs, more):
    files = with_sas(fs.account, account_sas(fs.account, "rwdlac", **more)).get_file_system_client(fs.name)
    with pytest.raises(ClientAuthenticationError, match="AuthenticationFailed"):
        files.create_file("a")


def test_a_signature_that_was_changed_is_refused(fs):
    sas = account_sas(fs.account, "r").replace("sp=r", "sp=rwdlac")
    with pytest.raises(ClientAuthenticationError, match="AuthenticationFailed"):
        with_sas(fs.account, sas).get_file_system_client(fs.name).create_file("a")


def test_a_signature_for_https_is_refused_over_http(own):
    sas = account_sas(own.account, "rwdlac", protocol="https")
    with pytest.raises(HttpResponseError, match="AuthorizationProtocolMismatch"):
        with_sas(own.account, sas).get_file_system_client(own.name).create_file("a")


def test_a_container_signature_is_for_one_file_system(service, fs):
    sas = generate_container_sas(
        fs.account.name, fs.name, account_key=fs.account.key, permission="rwdl", expiry=in_minutes(5)
    )
    files = with_sas(fs.account, sas)
    files.get_file_system_client(fs.name).create_file("a")
    with pytest.raises(ClientAuthenticationError):
        files.get_file_system_client(f"{fs.name[:-1]}z").create_file("a")


def test_a_signature_that_lets_create_does_not_let_write_over(own):
    own.file("a", b"abc")
    files = with_sas(own.account, account_sas(own.account, "c")).get_file_system_client(own.name)
    files.create_file("b")
    with pytest.raises(HttpResponseError, match="AuthorizationPermissionMismatch"):
        files.create_file("a")
    assert own.content("a") == b"abc"


def test_a_service_signature_makes_and_deletes_no_file_system(own):
    sas = generate_container_sas(
        own.account.name, own.name, account_key=own.account.key, permission="racwdl", expiry=in_minutes(5)
    )
    with pytest.raises(HttpResponseError, match="AuthorizationPermissionMismatch"):
        with_sas(own.account, sas).delete_file_system(own.name)


def test_a_directory_signature_is_for_what_is_below_it(fs):
    fs.sdk.create_directory("a/b")
    sas = generate_directory_sas(
        fs.account.name, fs.name, "a/b", fs.account.key, permission="rwdl", expiry=in_minutes(5)
    )
    files = with_sas(fs.account, sas).get_file_system_client(fs.name)
    files.create_file("a/b/c")
    for outside in ("a/c", "x"):
        with pytest.raises(HttpResponseError):
            files.create_file(outside)


def test_a_file_signature_is_for_one_file(fs):
    fs.file("a/f", b"abc"), fs.file("a/g")
    sas = generate_file_sas(
        fs.account.name, fs.name, "a", "f", fs.account.key, permission="r", expiry=in_minutes(5)
    )
    files = with_sas(fs.account, sas).get_file_system_client(fs.name)
    assert files.get_file_client("a/f").download_file().readall() == b"abc"
    with pytest.raises(HttpResponseError):
        files.get_file_client("a/g").download_file()
    with pytest.raises(HttpResponseError, match="AuthorizationPermissionMismatch"):
        files.get_file_client("a/f").delete_file()


# -- tokens ------------------------------------------------------------------------------------


def with_token(server, credential: IssuedToken) -> DataLakeServiceClient:
    return DataLakeServiceClient(
        server.real_url, credential=credential, transport=RewritingTransport(server), retry_total=0
    )


def test_a_token_is_taken_under_the_real_address_of_both_endpoints(server):
    credential = IssuedToken(server.tokens)
    files = with_token(server, credential).create_file_system("data")
    files.get_file_client("a/f").upload_data(b"abc", overwrite=True)
    assert files.get_file_client("a/f").download_file().readall() == b"abc"
    files.get_file_client("a/f").rename_file("data/a/g")
    assert [path.name for path in files.get_paths()] == ["a", "a/g"]
    assert credential.asked == ["https://storage.azure.com/.default"] * len(credential.asked)
    assert {exchange.service for exchange in server.log} == {"dfs", "blob"}


def test_a_token_over_plain_http_is_refused(server, own):
    token = f"Bearer {server.tokens.issue()}"
    assert own.dfs("PUT", "f", FILE, authorization=token).told == (403, "AuthenticationFailed")


@pytest.mark.parametrize("audience", ["https://api.fabric.microsoft.com", "https://graph.microsoft.com"])
def test_a_token_for_another_audience_is_refused(server, audience):
    files = with_token(server, IssuedToken(server.tokens, audience=audience))
    with pytest.raises(ClientAuthenticationError) as error:
        files.create_file_system("data")
    assert error.value.status_code == 401


def test_an_expired_token_is_refused_with_a_challenge_and_a_new_one_taken(server):
    credential = IssuedToken(server.tokens)
    files = with_token(server, credential).create_file_system("data")
    server.clock.advance(3601)
    files.create_file("f")
    assert [exchange.status for exchange in server.log.of("create")] == [401, 201]
    assert len(credential.asked) == 2


def test_a_token_of_nobody_is_refused(own):
    told = own.dfs(
        "PUT", "f", FILE, authorization="Bearer not-one", x_forwarded_host="hyggetest.dfs.core.windows.net"
    )
    assert told.status in (401, 405)
