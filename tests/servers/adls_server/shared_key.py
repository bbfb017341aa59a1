"""The signature of "Authorize with Shared Key", computed anew and compared."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

from adls_server.answers import Refused
from adls_server.clock import parse_date
from adls_server.request import Request

__all__ = ["check_shared_key", "sign"]

SIGNED_HEADERS = (
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
)
SKEW = 15 * 60  # seconds by which a request may be older or younger than the service's clock


def check_shared_key(request: Request, account: str, key: str, now: float) -> None:
    """Raise unless the request was signed with the account's key, and just now."""
    scheme, _, told = request.header("authorization").partition(" ")
    name, _, signature = told.partition(":")
    if scheme != "SharedKey" or name != account:
        raise Refused("AuthenticationFailed", "no such account or scheme")
    _check_date(request, now)
    # The documentation says that headers are sorted lexicographically; the service and its clients sort
    # them as a culture does. Either way the signature is that of all of them.
    for order in (_cultural, str):
        if hmac.compare_digest(sign(key, _string_to_sign(request, account, order)), signature):
            return
    raise Refused("AuthenticationFailed", "the signature is not that of this request")


def sign(key: str, text: str) -> str:
    """HMAC-SHA256 of the text under a Base64 key, in Base64."""
    digest = hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _cultural(name: str) -> tuple[str, str]:
    """Underscores before digits before letters; a hyphen counts only where all else is equal."""
    return name.replace("-", "").replace("_", "!"), name


def _string_to_sign(request: Request, account: str, order: Callable[[str], Any]) -> str:
    headers = request.headers
    plain = [headers.get(name, "") for name in SIGNED_HEADERS]
    plain[2] = "" if plain[2] == "0" else plain[2]
    plain[5] = "" if "x-ms-date" in headers else plain[5]
    ours = sorted((name for name in headers if name.startswith("x-ms-")), key=order)
    lines = [request.verb, *plain, *(f"{name}:{headers[name]}" for name in ours)]
    resource = f"/{account}{request.raw_path}"
    query = (f"\n{name}:{value}" for name, value in sorted((n.lower(), v) for n, v in request.query.items()))
    return "\n".join([*lines, resource]) + "".join(query)


def _check_date(request: Request, now: float) -> None:
    text = request.header("x-ms-date") or request.header("date")
    try:
        said = parse_date(text)
    except ValueError:
        raise Refused("AuthenticationFailed", f"not a date: {text!r}") from None
    if abs(said - now) > SKEW:
        raise Refused("AuthenticationFailed", f"the date header is too far from the service's clock: {text}")
