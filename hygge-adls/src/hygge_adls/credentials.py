"""From the keys of a configuration to a credential of the Azure SDK."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hygge.errors import ConfigurationError

__all__ = ["credential", "method"]

METHODS = (
    "default",
    "managed_identity",
    "service_principal",
    "workload_identity",
    "azure_cli",
    "account_key",
    "sas",
)


def method(config: Mapping[str, Any]) -> str:
    """The way to sign in: ``credential``, or the one that the other keys can only mean."""
    said = config.get("credential")
    if said is not None:
        return str(said)
    for key, meant in (
        ("connection_string", "connection_string"),
        ("account_key", "account_key"),
        ("sas", "sas"),
        ("client_secret", "service_principal"),
        ("certificate", "service_principal"),
    ):
        if key in config:
            return meant
    return "default"


def credential(config: Mapping[str, Any]) -> Any:
    """A credential for `azure.storage.filedatalake`; azure-identity is imported only if it is needed."""
    return _MADE[method(config)](config)


def _default(config: Mapping[str, Any]) -> Any:
    from azure.identity import DefaultAzureCredential

    options = {"managed_identity_client_id": config["client_id"]} if "client_id" in config else {}
    return DefaultAzureCredential(**options)


def _managed_identity(config: Mapping[str, Any]) -> Any:
    from azure.identity import ManagedIdentityCredential

    return ManagedIdentityCredential(client_id=config.get("client_id"))


def _service_principal(config: Mapping[str, Any]) -> Any:
    from azure.identity import CertificateCredential, ClientSecretCredential

    tenant, client = _needed(config, "tenant_id"), _needed(config, "client_id")
    if "certificate" in config:
        password = config.get("certificate_password")
        return CertificateCredential(tenant, client, config["certificate"], password=password)
    return ClientSecretCredential(tenant, client, _needed(config, "client_secret"))


def _workload_identity(config: Mapping[str, Any]) -> Any:
    from azure.identity import WorkloadIdentityCredential

    named = {key: config[key] for key in ("tenant_id", "client_id") if key in config}
    try:
        return WorkloadIdentityCredential(**named)
    except ValueError as error:
        raise ConfigurationError(
            f"credential: workload_identity lacks what its environment should hold: {error}",
            code="HYG105",
            remedy="It works in a pod with a federated service account, which sets AZURE_TENANT_ID, "
            "AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE.",
        ) from error


def _azure_cli(config: Mapping[str, Any]) -> Any:
    from azure.identity import AzureCliCredential

    return AzureCliCredential(tenant_id=config.get("tenant_id", ""))


def _account_key(config: Mapping[str, Any]) -> Any:
    return _needed(config, "account_key")


def _sas(config: Mapping[str, Any]) -> Any:
    from azure.core.credentials import AzureSasCredential

    return AzureSasCredential(_needed(config, "sas").removeprefix("?"))


def _needed(config: Mapping[str, Any], key: str) -> str:
    if key not in config:
        raise ConfigurationError(
            f"credential: {method(config)} needs {key}",
            code="HYG105",
            remedy=f"Add {key}, or choose another credential: {', '.join(_MADE)}.",
        )
    return str(config[key])


_MADE: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "default": _default,
    "managed_identity": _managed_identity,
    "service_principal": _service_principal,
    "workload_identity": _workload_identity,
    "azure_cli": _azure_cli,
    "account_key": _account_key,
    "sas": _sas,
}
