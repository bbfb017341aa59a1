"""Every way to sign in, with azure-identity as it is, up to a file that is written; and how each fails."""

from __future__ import annotations

import json
import os
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest
from azure.core.pipeline.transport import HttpRequest, RequestsTransport
from azure.storage.filedatalake import (
    AccountSasPermissions,
    FileSystemClient,
    ResourceTypes,
    generate_account_sas,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

import hygge_adls.store
from adls_server import AdlsServer
from adls_server.transport import RewritingTransport
from hygge.errors import ConfigurationError, NeedsUser, TransientError
from hygge.model import Target
from hygge.secrets import redact
from hygge_adls.account import open_files
from hygge_adls.credentials import hide_signature
from login_server import Application, LoginServer
from login_server.server import HOST

TENANT, CLIENT = "5f0c0000-0000-0000-0000-00000000c0de", "a99c0000-0000-0000-0000-00000000c0de"
TOKEN_FOR = "account get-access-token --output json --resource https://storage.azure.com"
SECRET = "correct horse"
Config = Mapping[str, Any]


class Cloud(RewritingTransport):
    """Sends to the servers here what is meant for the account and for the place to sign in."""

    def __init__(self, lake: AdlsServer, login: LoginServer) -> None:
        super().__init__(lake)
        self._login = login.origin

    def send(self, request: HttpRequest, **options: Any) -> Any:
        parts = urlsplit(request.url)
        if parts.netloc not in (HOST, urlsplit(self._login).netloc):
            return super().send(request, **options)
        request.url = f"{self._login}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        return RequestsTransport.send(self, request, **options)


@pytest.fixture(autouse=True)
def nobody_is_signed_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(("AZURE_", "IDENTITY_", "MSI_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()


@pytest.fixture
def login(server: AdlsServer) -> Iterator[LoginServer]:
    with LoginServer(server.tokens.issue) as running:
        running.directory.tenants[TENANT] = {CLIENT: Application(secrets={SECRET})}
        yield running


@pytest.fixture
def application(login: LoginServer) -> Application:
    return login.directory.tenants[TENANT][CLIENT]


@pytest.fixture
def use(
    server: AdlsServer, lake: FileSystemClient, login: LoginServer, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """Write and read a file, signed in as configured; what was read."""
    config = {
        "account_url": server.real_url,
        "filesystem": lake.file_system_name,
        "path": "out",
        "tenant_id": TENANT,
        "client_id": CLIENT,
        "timeout": 1,
    }
    transport = Cloud(server, login)
    monkeypatch.setattr(hygge_adls.store, "open_files", partial(open_files, transport=transport))

    def used(**more: Any) -> str:
        asked = {key: value for key, value in {**config, **more}.items() if value is not None}
        try:
            (finding,) = hygge_adls.store.AdlsStore(asked).check(Target(flow="f", entity="t"))
        except ConfigurationError:
            raise
        except NeedsUser as error:
            return f"{error.message}\n{error.remedy}"
        assert finding.ok
        files = open_files(asked, "out", transport=transport)
        files.replace("signed", b"in")
        return files.read("signed").decode()

    return used


def az(tmp_path: Path, script: str) -> None:
    """An Azure CLI that does what the script says; it refuses any other command line than the SDK's."""
    path = tmp_path / "bin" / "az"
    path.write_text(
        f"#!{sys.executable}\n"
        "import json, sys, time\n"
        "said = ' '.join(sys.argv[1:])\n"
        "if said == 'version --output json': print('{}'); sys.exit()\n"
        f"assert said.startswith({TOKEN_FOR!r}), said\n"
        f"{script}\n"
    )
    path.chmod(0o755)
    (tmp_path / "bin" / "sh").symlink_to("/bin/sh")


def certificate(folder: Path, password: bytes | None = None) -> tuple[Path, x509.Certificate]:
    """A file with a key and its certificate."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hygge")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    sealed = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, sealed)
    path = folder / "app.pem"
    path.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return path, made


# -- what works ---------------------------------------------------------------------------------------


def test_an_application_signs_in_with_its_secret(use: Callable[..., str], login: LoginServer) -> None:
    assert use(client_secret=SECRET) == "in"
    assert f"/{TENANT}/oauth2/v2.0/token" in login.asked


@pytest.mark.parametrize("password", [None, b"pass"])
def test_an_application_signs_in_with_its_certificate(
    use: Callable[..., str], application: Application, tmp_path: Path, password: bytes | None
) -> None:
    path, made = certificate(tmp_path, password)
    application.certificates.append(made)
    more = {"certificate_password": password.decode()} if password else {}
    assert use(certificate=str(path), **more) == "in"


def test_a_pod_signs_in_with_the_token_of_its_service_account(
    use: Callable[..., str], application: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("of a service account")
    application.federated.add("of a service account")
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(tmp_path / "token"))
    assert use(credential="workload_identity") == "in"


@pytest.mark.parametrize("way", ["managed_identity", "default"])
@pytest.mark.parametrize("client", [None, CLIENT])
def test_a_machine_signs_in_with_its_identity(
    use: Callable[..., str],
    login: LoginServer,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
    client: str | None,
) -> None:
    login.machine_client = client
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{login.origin}/machine/token")
    monkeypatch.setenv("IDENTITY_HEADER", login.machine_header)
    assert use(credential=way, client_id=client) == "in"


@pytest.mark.parametrize("way", ["azure_cli", "default"])
def test_whoever_is_signed_in_at_the_azure_cli_is_taken(
    use: Callable[..., str], server: AdlsServer, tmp_path: Path, way: str
) -> None:
    token = json.dumps({"accessToken": server.tokens.issue(), "expires_on": 4_000_000_000})
    az(tmp_path, f"print('''{token}''')")
    assert use(credential=way, tenant_id=None, client_id=None) == "in"


def test_a_key_a_signature_or_a_connection_string_signs_in(
    server: AdlsServer, lake: FileSystemClient
) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    everything = AccountSasPermissions(read=True, write=True, delete=True, list=True, create=True)
    everywhere = ResourceTypes(service=True, file_system=True, object=True)
    sas = generate_account_sas(server.account, server.key, everywhere, everything, until)
    for config in (
        {"account_url": server.url, "account_key": server.key},
        {"account_url": server.url, "sas": sas},
        {"account_url": server.url, "sas": f"?{sas}"},
        {"connection_string": server.connection_string},
    ):
        files = open_files({**config, "filesystem": lake.file_system_name}, "out")
        files.replace("signed", b"in")
        files.rename("signed", "moved")
        assert files.read("moved") == b"in"
        files.delete("moved")


def test_a_signature_that_is_none_or_stands_in_the_address_is_told_without_it(server: AdlsServer) -> None:
    for config in (
        {"account_url": server.url, "sas": "sv=2020-01-01&sr=c"},
        {"account_url": server.url, "sas": "https://account/lake?sv=2020-01-01&sig=SECRET"},
        {"account_url": server.url, "sas": "sv=2020-01-01&sig=SECRET&of-next-year=1"},
        {"account_url": f"{server.url}?sv=2020-01-01&sig=SECRET", "account_key": server.key},
    ):
        with pytest.raises(ConfigurationError) as caught:
            open_files({**config, "filesystem": "lake"}, "out")
        assert "SECRET" not in caught.value.message + caught.value.remedy
        assert "sign" in caught.value.message


@pytest.mark.parametrize(
    "pasted", ["RAWx+YmFy/0bW9yZQ==", "UPPx%2BYmFy%2F0bW9yZQ%3D%3D", "LOWx%2bYmFy%2f0bW9yZQ%3d%3d"]
)
def test_a_signature_is_hidden_however_it_was_pasted_and_is_shown(pasted: str) -> None:
    assert hide_signature(f"sv=2020-01-01&sr=c&sig={pasted}&se=2031-01-01")
    plain = unquote(pasted)
    for shown in (pasted, plain, quote(plain, safe="")):
        assert pasted[:3] not in redact(f"https://account/lake?sig={shown}&se=2031-01-01")


def test_a_signature_with_too_few_rights_is_to_be_made_anew(
    server: AdlsServer, lake: FileSystemClient
) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    everywhere = ResourceTypes(service=True, file_system=True, object=True)
    sas = generate_account_sas(
        server.account, server.key, everywhere, AccountSasPermissions(read=True, list=True), until
    )
    files = open_files({"account_url": server.url, "sas": sas, "filesystem": lake.file_system_name}, "out")
    with pytest.raises(PermissionError) as caught:
        files.probe()
    assert "Sign anew with the rights to read, add, create, write, delete" in caught.value.remedy


def test_a_token_file_that_is_not_there_is_no_empty_lake(
    server: AdlsServer, lake: FileSystemClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*scopes: str, **options: Any) -> Any:
        raise FileNotFoundError(2, "No such file or directory", "/var/run/token")

    class Missing:
        get_token = get_token_info = staticmethod(asked)

    url = "https://account.dfs.core.windows.net"
    config = {"account_url": url, "filesystem": lake.file_system_name, "timeout": 1}
    files = open_files(config, "out", transport=RewritingTransport(server), credential=Missing())
    for ask in (lambda: files.list("x"), lambda: files.tree(10), lambda: files.info("x")):
        with pytest.raises(PermissionError, match="signing in needs /var/run/token") as caught:
            ask()
        assert "AZURE_FEDERATED_TOKEN_FILE" in caught.value.remedy
        assert caught.value.__cause__ not in (None, caught.value)


# -- what does not ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "advice"),
    [
        ({"client_secret": "wrong"}, "its value, not its id"),
        ({"client_secret": "of last year"}, "has ended"),
        ({"client_secret": SECRET, "client_id": "another"}, "correct client_id"),
        ({"client_secret": SECRET, "tenant_id": "another"}, "correct tenant_id"),
    ],
)
def test_why_an_application_is_not_let_in_is_told(
    use: Callable[..., str], application: Application, more: Config, advice: str
) -> None:
    application.ended_secrets.add("of last year")
    told = use(**more)
    assert advice in told
    assert "wrong" not in told


def test_a_disabled_application_is_told(use: Callable[..., str], application: Application) -> None:
    application.enabled = False
    assert "enable it" in use(client_secret=SECRET)


def test_a_certificate_that_the_application_does_not_know_is_told(
    use: Callable[..., str], tmp_path: Path
) -> None:
    path, _ = certificate(tmp_path)
    assert "upload its public part" in use(certificate=str(path))


def test_a_pod_that_no_federated_credential_is_for_is_told(
    use: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import jwt

    (tmp_path / "token").write_text(jwt.encode({"sub": "system:serviceaccount:a:b"}, "k" * 32))
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(tmp_path / "token"))
    assert "compare issuer, subject and audience" in use(credential="workload_identity")


@pytest.mark.parametrize(
    ("more", "advice"),
    [
        ({"credential": "azure_cli", "client_id": None}, "Install the Azure CLI"),
        ({"credential": "default"}, "run `az login`"),
    ],
)
def test_a_machine_where_nobody_is_signed_in_is_told(
    use: Callable[..., str], more: Config, advice: str
) -> None:
    assert advice in use(**more)


def test_an_azure_cli_without_a_sign_in_is_told(use: Callable[..., str], tmp_path: Path) -> None:
    az(tmp_path, "sys.exit(\"ERROR: Please run 'az login' to setup account.\")")
    assert "Nobody is signed in: run `az login`" in use(credential="azure_cli")


def test_a_machine_without_that_identity_is_told(
    use: Callable[..., str], login: LoginServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{login.origin}/machine/token")
    monkeypatch.setenv("IDENTITY_HEADER", login.machine_header)
    assert "assign one to it" in use(credential="managed_identity")


def test_a_place_to_sign_in_that_does_not_answer_is_asked_again_and_told(
    use: Callable[..., str], login: LoginServer
) -> None:
    login.__exit__(None, None, None)
    with pytest.raises(TransientError) as caught:
        use(client_secret=SECRET)
    assert "does not reach the place to sign in" in caught.value.remedy


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"client_secret": SECRET, "tenant_id": None}, "needs tenant_id"),
        ({"client_secret": SECRET, "tenant_id": "not a tenant!"}, "Invalid tenant ID"),
        ({"certificate": "/nowhere.pem"}, "No such file"),
        ({"certificate": "{folder}/none.pem"}, "Failed to deserialize certificate"),
        ({"credential": "workload_identity"}, "not fully configured"),
        ({"account_key": "no base 64"}, "account_key can't be made"),
        (
            {"account_key": b64encode(b"k").decode(), "sas": "sig=x"},
            "two ways to sign in: account_key and sas",
        ),
        ({"connection_string": "nothing"}, "connection_string is of no use"),
        ({"account_url": "http://elsewhere.example", "client_secret": SECRET}, "account_url is of no use"),
        ({"account_url": None, "client_secret": SECRET}, "the account is not said"),
    ],
)
def test_what_can_be_no_credential_is_a_configuration_error(
    use: Callable[..., str], tmp_path: Path, more: Config, said: str
) -> None:
    (tmp_path / "none.pem").write_text("nothing")
    asked = {key: value and value.replace("{folder}", str(tmp_path)) for key, value in more.items()}
    with pytest.raises(ConfigurationError) as caught:
        use(**asked)
    assert said in caught.value.message
    assert caught.value.code == "HYG105"
