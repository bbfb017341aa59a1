"""Who may do it: the account's key, a shared access signature, or a bearer token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from adls_server.answers import Refused
from adls_server.clock import Clock
from adls_server.operations import Operation
from adls_server.request import Request
from adls_server.sas import check_sas
from adls_server.shared_key import check_shared_key
from adls_server.tokens import CHALLENGE, Tokens

__all__ = ["Gate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Lets a request in, or raises."""

    account: str
    key: str
    clock: Clock
    tokens: Tokens
    keys_allowed: bool = True  # OneLake knows tokens only

    def check(self, request: Request, operation: Operation) -> None:
        scheme, _, token = request.header("authorization").partition(" ")
        if scheme == "Bearer":
            self.tokens.check(token, secure=request.secure)
        elif not scheme and "sig" not in request.query:
            raise Refused("NoAuthenticationInformation", headers={"WWW-Authenticate": CHALLENGE})
        elif not self.keys_allowed:
            raise Refused("KeyBasedAuthenticationNotPermitted")
        elif scheme:
            check_shared_key(request, self.account, self.key, self.clock.now())
        else:
            self._check_sas(request, request.query, operation.permission, operation.level)

    def check_overwrite(self, request: Request) -> None:
        """A signature that lets create (c) does not let write over what is there (w)."""
        if "sig" in request.query and not request.header("authorization") and "w" not in request.query["sp"]:
            raise Refused("AuthorizationPermissionMismatch", "writing over what is there needs w")

    def check_source(self, request: Request, source: Request) -> None:
        """The source of a rename carries a signature of its own where the request has one."""
        if "sig" not in request.query or request.header("authorization"):
            return
        given = dict(parse_qsl(source.target.partition("?")[2]))
        if "sig" not in given:
            raise Refused("AuthenticationFailed", "the source of the rename is not signed")
        self._check_sas(source, given, "md", "o")

    def _check_sas(self, request: Request, sas: Mapping[str, str], needs: str, level: str) -> None:
        check_sas(
            request,
            sas,
            needs=needs,
            level=level,
            account=self.account,
            key=self.key,
            now=self.clock.now(),
        )
