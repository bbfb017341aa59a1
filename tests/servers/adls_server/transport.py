"""For tests of the token path: the account's real https address, answered by a server on this machine."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials import AccessToken, AccessTokenInfo
from azure.core.pipeline.transport import HttpRequest, RequestsTransport

from adls_server.server import AdlsServer
from adls_server.tokens import Tokens

__all__ = ["IssuedToken", "RewritingTransport"]


class RewritingTransport(RequestsTransport):  # type: ignore[misc]  # resolved at run time by azure.core
    """Sends to a server what is meant for the cloud, and tells it which host was meant."""

    def __init__(self, server: AdlsServer, **options: Any) -> None:
        super().__init__(**options)
        self._origin = server.origin

    def send(self, request: HttpRequest, **options: Any) -> Any:
        meant = request.url
        parts = urlsplit(meant)
        request.headers["X-Forwarded-Host"] = parts.netloc
        request.url = self._origin + parts.path + (f"?{parts.query}" if parts.query else "")
        try:
            return super().send(request, **options)
        finally:
            request.url = meant  # a retry starts from there


class IssuedToken:
    """A credential with tokens of the server, for whichever audience is asked."""

    def __init__(self, tokens: Tokens, *, lifetime: float = 3600, audience: str | None = None) -> None:
        self._tokens, self._lifetime, self._audience = tokens, lifetime, audience
        self.asked: list[str] = []  # scopes, one for each token

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        token, until = self._issue(scopes[0])
        return AccessToken(token, until)

    def get_token_info(self, *scopes: str, options: Any = None) -> AccessTokenInfo:
        token, until = self._issue(scopes[0])
        return AccessTokenInfo(token, until)

    def _issue(self, scope: str) -> tuple[str, int]:
        self.asked.append(scope)
        audience = self._audience or scope.removesuffix("/.default")
        return self._tokens.issue(audience, self._lifetime), int(time.time() + 3600)
