"""What to do about an answer of the service, or about a sign-in that fails: one sentence each."""

from __future__ import annotations

import re

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    ServiceRequestError,
    ServiceResponseError,
)

__all__ = ["NO_TOKEN_FILE", "cut_off", "remedy"]

NO_NAMESPACE = (
    "The account has no hierarchical namespace: choose one that has, or upgrade it (Data Lake Gen2 upgrade)."
)
BY_CODE = {
    "AuthorizationPermissionMismatch": "Give the identity that hygge signs in with the role "
    "'Storage Blob Data Contributor' on the account or container; a new role takes some minutes to count.",
    "AuthorizationFailure": "Let this machine's network through the account's firewall "
    "(Networking), or reach the account by its private endpoint.",
    "AuthenticationFailed": "Check the account key or signature, that it belongs to this account and has not "
    "ended, and this machine's clock.",
    "InvalidAuthenticationInfo": "The token was not accepted: check tenant_id, and this machine's clock.",
    "ExpiredAuthenticationToken": "The token ended and no new one came: sign in again.",
    "AccountIsDisabled": "The account is disabled: look at it in Azure.",
    "KeyBasedAuthenticationNotPermitted": "The account takes no keys: use an identity (credential: default).",
    "FilesystemNotFound": "There is no such file system: create the container, or correct `filesystem`.",
    "ContainerNotFound": "There is no such file system: create the container, or correct `filesystem`.",
    "FilesystemBeingDeleted": "The file system is being deleted: wait, or choose another.",
    "ContainerBeingDeleted": "The file system is being deleted: wait, or choose another.",
    "HierarchicalNamespaceNotEnabled": NO_NAMESPACE,
    "EndpointUnsupportedAccountFeatures": NO_NAMESPACE,
    "UnsupportedRestVersion": "The service is older than this SDK: set api_version to an older one.",
    "LeaseIdMissing": "Somebody holds a lease on that file: break it in Azure, or wait for it to end.",
}
NO_TENANT = "There is no such tenant: correct tenant_id (Azure: Microsoft Entra ID, Overview)."
NO_FEDERATION = (
    "No federated credential of the application is for this pod: compare issuer, subject and audience "
    "with its service account."
)
ENDED = "The sign-in has ended: run `az login`."
NO_IDENTITY = (
    "This machine has no managed identity that hygge could use: assign one to it, with its client_id if it "
    "is user-assigned, or choose another `credential`."
)
BY_SIGN_IN = {
    "AADSTS90002": NO_TENANT,
    "AADSTS900023": NO_TENANT,
    "AADSTS700016": "The tenant has no such application: correct client_id, or tenant_id if it is another's.",
    "AADSTS7000215": "The secret is not this application's: give client_secret its value, not its id.",
    "AADSTS7000222": "The application's secret has ended: make a new one (Certificates & secrets).",
    "AADSTS7000112": "The application is disabled: let an administrator of the tenant enable it.",
    "AADSTS700027": "The application does not know this certificate: upload its public part "
    "(Certificates & secrets), or correct client_id.",
    "AADSTS70021": NO_FEDERATION,
    "AADSTS700213": NO_FEDERATION,
    "AADSTS53003": "A rule of conditional access forbids it: ask an administrator of the tenant.",
    "AADSTS50076": "A second factor is asked for: run `az login`, or use an application.",
    "AADSTS70043": ENDED,
    "AADSTS700082": ENDED,
    "authority configuration": NO_TENANT,
    "DefaultAzureCredential": "Nothing on this machine is signed in: run `az login`, or say `credential`.",
    "az login": "Nobody is signed in: run `az login`.",
    "Azure CLI not found": "Install the Azure CLI and run `az login`, or choose another `credential`.",
    "ManagedIdentity": NO_IDENTITY,
    "managed identity": NO_IDENTITY,
}
"""By what is in the message; the first that is there counts."""
SIGN_IN = "It could not sign in: check tenant_id, client_id and secret, or choose another `credential`."
NO_LOGIN = (
    "This machine does not reach the place to sign in, login.microsoftonline.com or AZURE_AUTHORITY_HOST: "
    "check name, proxy and network."
)
NO_TOKEN_FILE = "Correct AZURE_FEDERATED_TOKEN_FILE, or choose another `credential`."
WEAK_SIGNATURE = (
    "Sign anew with the rights to read, add, create, write, delete, list and move (racwdlm), for the "
    "container and all in it."
)
NO_HOST = "Check account_url and that this machine reaches it (name, proxy, network)."


def remedy(error: AzureError, code: str) -> str:
    """The user's next step; empty where nothing better than the general advice is known."""
    if code in ("AuthorizationPermissionMismatch", "InsufficientAccountPermissions") and _is_signed(error):
        return WEAK_SIGNATURE
    known = BY_CODE.get(code)
    if known is not None:
        return known
    if isinstance(error, ClientAuthenticationError):
        return _signing_in(error)
    if isinstance(error, ServiceRequestError):
        return NO_HOST
    return ""


def _is_signed(error: AzureError) -> bool:
    """Whether a shared access signature was the answer to who asks."""
    request = getattr(getattr(error, "response", None), "request", None)
    return "sig=" in str(getattr(request, "url", ""))


def _signing_in(error: ClientAuthenticationError) -> str:
    if cut_off(error):
        return NO_LOGIN
    said = re.findall(r"AADSTS\d+", str(error.message)) or str(error.message)
    return next((told for what, told in BY_SIGN_IN.items() if what in said), SIGN_IN)


def cut_off(error: BaseException) -> bool:
    """Whether a sign-in failed since its place did not answer."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ServiceRequestError | ServiceResponseError):
            return True
        cause = cause.__cause__
    return False
