"""`hygge check` says in a sentence why the lake can't be used, and what to do."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import pytest

from adls_server import AdlsServer, faults
from adls_server.answers import Refused
from hygge.model import Finding, Target
from hygge_adls.home import AdlsHome
from hygge_adls.store import AdlsStore

OTHER_KEY = base64.b64encode(b"another key" * 6).decode()


def found(config: Mapping[str, Any]) -> Finding:
    """What the store's check finds, or the error that it ends in."""
    from hygge.errors import HyggeError

    try:
        (finding,) = AdlsStore(config).check(Target(flow="f", entity="t"))
    except HyggeError as error:
        return Finding(subject="", ok=False, message=error.message, fix=error.remedy)
    return finding


def refuses(server: AdlsServer, status: int, code: str) -> None:
    refused = Refused(code, "as the account says", status=status)
    server.faults.add(faults.Fault(name="refused", applied=False, error=refused), times=None)


@pytest.fixture
def config(account: Mapping[str, Any], server: AdlsServer) -> Any:
    yield {**account, "path": "out", "timeout": 1}
    server.faults.clear()


def test_a_lake_that_can_be_used_is_well(config: Mapping[str, Any]) -> None:
    assert found(config).ok


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        ({"account_key": OTHER_KEY}, "account key"),
        ({"filesystem": "not-there"}, "create the container"),
        ({"account_url": "http://127.0.0.1:9/gone"}, "account_url"),
    ],
    ids=["wrong key", "no file system", "nobody answers"],
)
def test_a_wrong_account_is_told_with_its_cause(
    config: Mapping[str, Any], change: Mapping[str, Any], advice: str
) -> None:
    finding = found({**config, **change})
    assert not finding.ok
    assert advice in str(finding.fix)


@pytest.mark.parametrize(
    ("status", "code", "advice"),
    [
        (403, "AuthorizationPermissionMismatch", "Storage Blob Data Contributor"),
        (403, "AuthorizationFailure", "firewall"),
        (401, "InvalidAuthenticationInfo", "tenant_id"),
        (409, "EndpointUnsupportedAccountFeatures", "hierarchical namespace"),
        (503, "ServerBusy", "Run again later"),
    ],
)
def test_a_refusal_is_told_with_its_cause(
    config: Mapping[str, Any], server: AdlsServer, status: int, code: str, advice: str
) -> None:
    refuses(server, status, code)
    finding = found(config)
    assert code in finding.message
    assert advice in str(finding.fix)


def test_a_home_tells_it_as_well(config: Mapping[str, Any], server: AdlsServer) -> None:
    refuses(server, 403, "AuthorizationPermissionMismatch")
    (finding,) = AdlsHome(config).check("t")
    assert "Storage Blob Data Contributor" in str(finding.fix)
