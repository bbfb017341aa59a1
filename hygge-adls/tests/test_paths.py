"""Where a store and a home of ADLS may be: at the root of the file system, and whoever signs the requests."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from ssl import SSLCertVerificationError
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest
from azure.core.exceptions import ServiceRequestError
from azure.storage.filedatalake import FileSystemSasPermissions, generate_file_system_sas
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProxyError, SSLError

import hygge
from adls_server import AdlsServer
from hygge import secrets
from hygge.errors import ConfigurationError
from hygge.model import Target
from hygge.secrets import redact
from hygge_adls.store import AdlsStore
from hygge_adls.trouble import said


@pytest.fixture
def signed(
    account: Mapping[str, Any], server: AdlsServer, monkeypatch: pytest.MonkeyPatch
) -> Mapping[str, Any]:
    """The account as a signature for the file system opens it."""
    until = datetime.now(UTC) + timedelta(hours=1)
    rights = FileSystemSasPermissions(
        read=True, add=True, create=True, write=True, delete=True, list=True, move=True
    )
    sas = generate_file_system_sas(server.account, account["filesystem"], server.key, rights, until)
    monkeypatch.setenv("LAKE_SAS", sas)
    return {
        **{key: value for key, value in account.items() if key != "account_key"},
        "sas": "${secret:env:LAKE_SAS}",
    }


@pytest.mark.parametrize("by", ["account", "signed"])
@pytest.mark.parametrize("path", ["/", "{entity}", "{entity}/data", "/{entity}", "raw"])
def test_rows_come_and_go_wherever_the_path_begins(
    tmp_path: Path, request: pytest.FixtureRequest, path: str, by: str
) -> None:
    lake = {**request.getfixturevalue(by), "type": "adls", "path": path}
    (tmp_path / "flows").mkdir()
    (tmp_path / "hygge.yml").write_text("version: 1\n")
    source = {"type": "ndjson", "path": "in.ndjson"}
    for name, home, store in (("there", source, lake), ("back", lake, {"type": "ndjson", "path": "out"})):
        flow = {"home": home, "store": store, "entities": ["t"]}
        (tmp_path / "flows" / f"{name}.yml").write_text(json.dumps(flow))
    for count in (2, 3):
        rows = [{"id": number} for number in range(count)]
        (tmp_path / "in.ndjson").write_text("".join(json.dumps(row) + "\n" for row in rows))
        for name in ("there", "back"):
            (moved,) = hygge.run(tmp_path, select=[name]).entities
            assert moved.status == "success", moved.error
        (landed,) = (tmp_path / "out" / "t").glob("*.ndjson")
        assert [json.loads(line) for line in landed.read_text().splitlines()] == rows
    assert os.environ["LAKE_KEY"] not in "".join(
        file.read_text(errors="replace") for file in tmp_path.rglob("*") if file.is_file()
    )


@pytest.mark.parametrize(
    "broken",
    [
        SSLError(SSLCertVerificationError(1, "certificate verify failed")),
        NewConnectionError(SimpleNamespace(host="h", port=1), "refused"),  # type: ignore[arg-type]  # a pool
    ],
    ids=["TLS", "refused"],
)
def test_a_connection_that_fails_is_told_without_the_signature_in_its_address(broken: Exception) -> None:
    url = "/lake/raw?resource=file&sv=2020-01-01&sig=SECRET%2F"
    text = str(MaxRetryError(SimpleNamespace(host="h", port=443), url, broken))  # type: ignore[arg-type]  # a pool
    assert "SECRET" in text
    told = said(ServiceRequestError(text))
    assert "SECRET" not in told
    assert "refused" in told or "verify failed" in told
    assert said(ServiceRequestError("why? a = b")) == "why? a = b"


def test_a_proxy_that_is_not_there_is_told_in_words() -> None:
    refused = NewConnectionError(SimpleNamespace(host="h", port=1), "[Errno 111] refused")  # type: ignore[arg-type]  # a pool
    broken = ProxyError("Unable to connect to proxy", refused)
    text = str(MaxRetryError(SimpleNamespace(host="h", port=443), "/lake", broken))  # type: ignore[arg-type]  # a pool
    assert said(ServiceRequestError(text)) == "Unable to connect to proxy: [Errno 111] refused"


@pytest.mark.parametrize("by", ["sas", "connection_string"])
def test_a_signature_is_hidden_wherever_it_is_shown(
    signed: Mapping[str, Any], server: AdlsServer, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    monkeypatch.setattr(secrets, "_known", set())
    monkeypatch.setattr(secrets, "_pattern", None)
    text = (
        f"BlobEndpoint={server.url};DfsEndpoint={server.url};SharedAccessSignature={os.environ['LAKE_SAS']}"
    )
    monkeypatch.setenv("LAKE_TEXT", text)
    config = signed if by == "sas" else {"filesystem": "lake", by: "${secret:env:LAKE_TEXT}"}
    AdlsStore({**config, "path": f"raw-{by}"}).identity(Target(flow="f", entity="t"))
    signature = os.environ["LAKE_SAS"].partition("sig=")[2].partition("&")[0]
    for text in (signature, unquote(signature)):
        assert redact(f"GET /lake?sig={text}&sv=1") == "GET /lake?sig=***&sv=1"


@pytest.mark.parametrize("name", ["que?sv=2020-01-01&sig=x", "x?sig=a&sv=2020-01-01"])
def test_a_name_that_reads_like_a_signature_is_refused(account: Mapping[str, Any], name: str) -> None:
    store = AdlsStore({**account, "path": "raw"})
    with pytest.raises(ConfigurationError) as caught:
        store.identity(Target(flow="f", entity=name))
    assert caught.value.code == "HYG113"
    assert store.identity(Target(flow="f", entity="what?")).endswith("raw/what?")
    with pytest.raises(ConfigurationError):
        AdlsStore({**account, "path": "{entity}/data"}).identity(Target(flow="f", entity=name))
