"""Bearer tokens that the server itself issues: who may use them where, and until when."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets

from adls_server.answers import Refused
from adls_server.clock import Clock

__all__ = ["STORAGE", "Tokens"]

STORAGE = "https://storage.azure.com"
CHALLENGE = (
    "Bearer authorization_uri=https://login.microsoftonline.com/00000000-0000-0000-0000-00000000c0de"
    f"/oauth2/authorize resource_id={STORAGE}"
)


class Tokens:
    """Issues and checks tokens; the time that counts is the server's."""

    def __init__(self, clock: Clock, audiences: tuple[str, ...] = (STORAGE,)) -> None:
        self._clock = clock
        self._audiences = audiences
        self._secret = secrets.token_bytes(32)

    def issue(self, audience: str = STORAGE, lifetime: float = 3600) -> str:
        """A token for an audience, good for ``lifetime`` seconds of the server's clock."""
        claims = {"aud": audience.rstrip("/"), "exp": self._clock.now() + lifetime}
        text = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode()
        return f"{text}.{self._seal(text)}"

    def check(self, token: str, *, secure: bool) -> None:
        if not secure:
            raise Refused("AuthenticationFailed", "a bearer token is for https only")
        text, _, seal = token.partition(".")
        if not hmac.compare_digest(seal, self._seal(text)):
            raise self._refused("signature validation failed")
        claims = json.loads(base64.urlsafe_b64decode(text))
        if claims["aud"] not in self._audiences:
            raise self._refused("audience validation failed")
        if self._clock.now() >= claims["exp"]:
            raise self._refused("lifetime validation failed: the token is expired")

    def _seal(self, text: str) -> str:
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()

    def _refused(self, why: str) -> Refused:
        return Refused("InvalidAuthenticationInfo", why, headers={"WWW-Authenticate": CHALLENGE})
