"""What to do about an answer of the service, or about a sign-in that fails: one sentence each."""

from __future__ import annotations

from azure.core.exceptions import AzureError, ClientAuthenticationError, ServiceRequestError

__all__ = ["remedy"]

NO_NAMESPACE = (
    "The account has no hierarchical namespace: choose one that has, or upgrade it (Data Lake Gen2 upgrade)."
)
BY_CODE = {
    "AuthorizationPermissionMismatch": "Give the identity that hygge signs in with the role "
    "'Storage Blob Data Contributor' on the account or container; a new role takes some minutes to count.",
    "InsufficientAccountPermissions": "Give the signature the rights to read, write, list and delete.",
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
SIGN_IN = (
    "Nobody is signed in that hygge can use: for `azure_cli` run `az login`, for an identity of the machine "
    "see that it is assigned, for an application check tenant_id, client_id and secret. `credential` chooses."
)
NO_HOST = "Check account_url and that this machine reaches it (name, proxy, network)."


def remedy(error: AzureError, code: str) -> str:
    """The user's next step; empty where nothing better than the general advice is known."""
    known = BY_CODE.get(code)
    if known is not None:
        return known
    if isinstance(error, ClientAuthenticationError):
        return SIGN_IN
    if isinstance(error, ServiceRequestError):
        return NO_HOST
    return ""
