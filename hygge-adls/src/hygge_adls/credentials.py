"""From the keys of a configuration to a credential of the Azure SDK."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote, unquote_plus

from hygge.errors import ConfigurationError
from hygge.secrets import remember

__all__ = ["credential", "first_line", "hide_signature", "method"]

UNMADE = {
    "account_key": "Copy it whole from the account's access keys.",
    "sas": "Copy it whole, from sv= to sig=, without the address before the question mark.",
    "service_principal": "See that tenant_id is an id or a domain, and that certificate is a PEM or PKCS12 "
    "file that holds the key, too, with certificate_password if it has one.",
    "workload_identity": "It works in a pod with a federated service account, which sets AZURE_TENANT_ID, "
    "AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE.",
}

SECRETS = {
    "connection_string": "connection_string",
    "account_key": "account_key",
    "sas": "sas",
    "client_secret": "service_principal",
    "certificate": "service_principal",
}
"""What the keys mean that can only mean one way to sign in."""


def method(config: Mapping[str, Any]) -> str:
    """The way to sign in: ``credential``, or the one that the other keys can only mean.

    Raises `ConfigurationError` where they mean two.
    """
    said = config.get("credential")
    if said is not None:
        return str(said)
    given = [key for key in SECRETS if key in config]
    if len(given) > 1:
        raise ConfigurationError(
            f"there are two ways to sign in: {given[0]} and {given[1]}",
            code="HYG105",
            remedy="Remove one of them, or say which counts: `credential`.",
        )
    return SECRETS[given[0]] if given else "default"


def credential(config: Mapping[str, Any], **sdk: Any) -> Any:
    """A credential for `azure.storage.filedatalake`; azure-identity is imported only if it is needed.

    ``sdk`` goes to it as it is. Raises `ConfigurationError` for what can't be a credential.
    """
    way = method(config)
    try:
        return _MADE[way](config, sdk)
    except (ValueError, OSError) as error:
        raise ConfigurationError(
            f"credential: {way} can't be made: {first_line(error)}",
            code="HYG105",
            remedy=UNMADE.get(way, "Correct its keys."),
        ) from error


def first_line(error: Exception) -> str:
    """What the SDK says, without the links and lists that follow."""
    return str(error).partition("\n")[0].partition(" See the troubleshooting")[0]


def _default(config: Mapping[str, Any], sdk: Mapping[str, Any]) -> Any:
    from azure.identity import DefaultAzureCredential

    options = {"managed_identity_client_id": config["client_id"]} if "client_id" in config else {}
    return DefaultAzureCredential(**options, **sdk)


def _managed_identity(config: Mapping[str, Any], sdk: Mapping[str, Any]) -> Any:
    from azure.identity import ManagedIdentityCredential

    return ManagedIdentityCredential(client_id=config.get("client_id"), **sdk)


def _service_principal(config: Mapping[str, Any], sdk: Mapping[str, Any]) -> Any:
    from azure.identity import CertificateCredential, ClientSecretCredential

    tenant, client = _needed(config, "tenant_id"), _needed(config, "client_id")
    if "certificate" in config:
        password = config.get("certificate_password")
        return CertificateCredential(tenant, client, config["certificate"], password=password, **sdk)
    return ClientSecretCredential(tenant, client, _needed(config, "client_secret"), **sdk)


def _workload_identity(config: Mapping[str, Any], sdk: Mapping[str, Any]) -> Any:
    from azure.identity import WorkloadIdentityCredential

    named = {key: config[key] for key in ("tenant_id", "client_id") if key in config}
    return WorkloadIdentityCredential(**named, **sdk)


def _azure_cli(config: Mapping[str, Any], _: Mapping[str, Any]) -> Any:
    from azure.identity import AzureCliCredential

    return AzureCliCredential(tenant_id=config.get("tenant_id", ""))


def _account_key(config: Mapping[str, Any], _: Mapping[str, Any]) -> Any:
    key = _needed(config, "account_key")
    b64decode(key, validate=True)  # the SDK finds out with the first request, and says less
    return key


def _sas(config: Mapping[str, Any], _: Mapping[str, Any]) -> Any:
    sas = _needed(config, "sas").removeprefix("?")
    if not hide_signature(sas) or re.search(r"://|[?\s]", sas):
        raise ValueError("it is no signature, which begins with sv= or another key and holds sig=...")
    return sas  # as an AzureSasCredential it would not sign what a rename moves


def hide_signature(text: str) -> bool:
    """Keep the signature in a text, if there is one, from being shown where it stands apart: in addresses."""
    found = re.search(r"\bsig=([^&;]+)", text)
    if found is not None:
        remember(unquote(found[1]))
        remember(unquote_plus(found[1]))
    return found is not None


def _needed(config: Mapping[str, Any], key: str) -> str:
    if key not in config:
        raise ConfigurationError(
            f"credential: {method(config)} needs {key}",
            code="HYG105",
            remedy=f"Add {key}, or choose another credential: {', '.join(_MADE)}.",
        )
    return str(config[key])


_MADE: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Any]] = {
    "default": _default,
    "managed_identity": _managed_identity,
    "service_principal": _service_principal,
    "workload_identity": _workload_identity,
    "azure_cli": _azure_cli,
    "account_key": _account_key,
    "sas": _sas,
}
