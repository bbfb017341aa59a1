"""Tenants and their applications: who may sign in, and with what."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import jwt
from cryptography.hazmat.primitives import hashes
from jwt.utils import base64url_encode

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

__all__ = ["Application", "Directory", "NoSignIn"]

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
STORAGE = "https://storage.azure.com/.default"
LIFETIME = 3600  # seconds


class NoSignIn(Exception):
    """The answer of the endpoint; numbers and kinds as Microsoft lists them for its identity platform."""

    def __init__(self, number: int, kind: str, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.number, self.kind, self.text, self.status = number, kind, text, status


@dataclass(slots=True, kw_only=True)
class Application:
    """What proves that somebody is it."""

    secrets: set[str] = field(default_factory=set)
    ended_secrets: set[str] = field(default_factory=set)
    certificates: list[Certificate] = field(default_factory=list)
    federated: set[str] = field(default_factory=set)  # tokens of service accounts
    enabled: bool = True


@dataclass(slots=True, kw_only=True)
class Directory:
    """The applications of each tenant. ``issue`` makes a token for an audience."""

    issue: Callable[[str], str]
    tenants: dict[str, dict[str, Application]] = field(default_factory=dict)

    def check_tenant(self, tenant: str) -> Mapping[str, Application]:
        if tenant not in self.tenants:
            raise NoSignIn(90002, "invalid_tenant", f"Tenant '{tenant}' not found.")
        return self.tenants[tenant]

    def token(self, tenant: str, endpoint: str, form: Mapping[str, str]) -> str:
        """A token for the client credentials in ``form``."""
        applications = self.check_tenant(tenant)
        if form.get("grant_type") != "client_credentials":
            raise NoSignIn(
                70003, "unsupported_grant_type", f"The grant {form.get('grant_type')!r} is not known."
            )
        client = form.get("client_id", "")
        if client not in applications:
            raise NoSignIn(700016, "unauthorized_client", f"Application '{client}' is not in '{tenant}'.")
        application = applications[client]
        if not application.enabled:
            raise NoSignIn(7000112, "unauthorized_client", f"Application '{client}' is disabled.")
        if "client_assertion" in form:
            _check_assertion(application, client, endpoint, form)
        else:
            _check_secret(application, form.get("client_secret", ""))
        if form.get("scope", "").split()[:1] != [STORAGE]:
            raise NoSignIn(70011, "invalid_scope", f"The scope {form.get('scope')!r} is not valid.")
        return self.issue(STORAGE.removesuffix("/.default"))


def _check_secret(application: Application, secret: str) -> None:
    if secret in application.ended_secrets:
        raise NoSignIn(7000222, "invalid_client", "The client secret keys are expired.", 401)
    if secret not in application.secrets:
        raise NoSignIn(7000215, "invalid_client", "Invalid client secret provided.", 401)


def _check_assertion(application: Application, client: str, endpoint: str, form: Mapping[str, str]) -> None:
    if form.get("client_assertion_type") != ASSERTION:
        raise NoSignIn(700021, "invalid_client", "The kind of assertion is not known.", 401)
    assertion = form["client_assertion"]
    if assertion in application.federated:
        return
    header = _header(assertion)
    signer = next((one for one in application.certificates if _is_named(one, header)), None)
    if signer is None and ("x5t" in header or "x5t#S256" in header):
        raise NoSignIn(700027, "invalid_client", "The certificate is not registered on the application.", 401)
    if signer is None:
        raise NoSignIn(700213, "invalid_client", "No matching federated identity record found.", 401)
    claims = jwt.decode(
        assertion,
        signer.public_key(),  # type: ignore[arg-type]  # an RSA key, as the tests make them
        algorithms=["RS256", "PS256"],
        audience=endpoint,
        issuer=client,
        options={"require": ["aud", "iss", "sub", "exp", "jti"]},
    )
    if claims["sub"] != client or claims["exp"] > time.time() + 24 * LIFETIME:
        raise NoSignIn(700024, "invalid_client", "The assertion is not within its valid time.", 401)


def _header(assertion: str) -> Mapping[str, str]:
    try:
        return jwt.get_unverified_header(assertion)
    except jwt.PyJWTError as error:
        raise NoSignIn(50027, "invalid_request", f"The assertion is no token: {error}") from error


def _is_named(certificate: Certificate, header: Mapping[str, str]) -> bool:
    """Whether the header has the certificate's print; padded or not, as MSAL pads it."""

    def print_of(kind: hashes.HashAlgorithm) -> str:
        return base64url_encode(certificate.fingerprint(kind)).decode()

    found = {name: header[name].rstrip("=") for name in ("x5t#S256", "x5t") if name in header}
    return found.get("x5t#S256", found.get("x5t")) in (print_of(hashes.SHA256()), print_of(hashes.SHA1()))
