"""Shared access signatures of the account and of one resource, signed with the account's key."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime

from adls_server.answers import Refused
from adls_server.request import Request
from adls_server.shared_key import sign

__all__ = ["SAS_NAMES", "check_sas"]

ACCOUNT_FIELDS = ("sp", "ss", "srt", "st", "se", "sip", "spr", "sv", "ses")
BEFORE_RESOURCE = ("sp", "st", "se")
AFTER_RESOURCE = ("si", "sip", "spr", "sv", "sr", "snapshot", "ses", "rscc", "rscd", "rsce", "rscl", "rsct")
SAS_NAMES = {*ACCOUNT_FIELDS, *AFTER_RESOURCE, "sig", "sdd"} - {"snapshot"}
OLDEST = "2020-12-06"  # the string to sign has had this shape since then
DELEGATED = {"skoid", "sktid", "skt", "ske", "sks", "skv"}


def check_sas(
    request: Request, sas: Mapping[str, str], *, needs: str, level: str, account: str, key: str, now: float
) -> None:
    """Raise unless the signature is good, in its time, and grants one of the letters of ``needs``.

    ``level`` is ``s`` (account), ``c`` (file system) or ``o`` (path).
    """
    if DELEGATED & set(sas) or "si" in sas:
        raise Refused("AuthenticationFailed", "neither user delegation nor stored policies are known here")
    if sas.get("sv", "") < OLDEST or not sas.get("se") or not sas.get("sp"):
        raise Refused("AuthenticationFailed", f"sv (from {OLDEST}), se and sp are needed")
    text = _account_text(sas, account) if "ss" in sas else _service_text(sas, request, account)
    if not hmac.compare_digest(sign(key, text), sas["sig"]):
        raise Refused("AuthenticationFailed", "the signature does not match")
    _check_time(sas, now)
    if sas.get("spr") == "https" and not request.secure:
        raise Refused("AuthorizationProtocolMismatch")
    if sas.get("sip") and not _among("127.0.0.1", sas["sip"]):
        raise Refused("AuthorizationSourceIPMismatch")
    _check_scope(sas, level, needs)
    if not set(needs) & set(sas["sp"]):
        raise Refused("AuthorizationPermissionMismatch", f"needs one of {needs}, has {sas['sp']}")


def _account_text(sas: Mapping[str, str], account: str) -> str:
    return "\n".join([account, *(sas.get(name, "") for name in ACCOUNT_FIELDS), ""])


def _service_text(sas: Mapping[str, str], request: Request, account: str) -> str:
    path = request.path.strip("/")
    if sas.get("sr") == "c":
        path = ""
    elif sas.get("sr") == "d":
        depth = sas.get("sdd", "")
        if not depth.isdigit() or len(path.split("/")) < int(depth):
            raise Refused("AuthenticationFailed", "the path is not in the signed directory")
        path = "/".join(path.split("/")[: int(depth)])
    resource = f"/blob/{account}/{request.file_system}" + (f"/{path}" if path else "")
    fields = [
        *(sas.get(name, "") for name in BEFORE_RESOURCE),
        resource,
        *(sas.get(name, "") for name in AFTER_RESOURCE),
    ]
    return "\n".join(fields)


def _check_scope(sas: Mapping[str, str], level: str, needs: str) -> None:
    if "ss" in sas:
        if "b" not in sas["ss"]:
            raise Refused("AuthorizationServiceMismatch")
        if level not in sas.get("srt", ""):
            raise Refused("AuthorizationResourceTypeMismatch")
    elif sas.get("sr") not in ("b", "c", "d"):
        raise Refused("AuthenticationFailed", f"sr={sas.get('sr')}")
    elif level == "s" or (level == "c" and (sas["sr"] != "c" or needs != "l")):
        raise Refused("AuthorizationPermissionMismatch", "the signature is for something smaller")


def _check_time(sas: Mapping[str, str], now: float) -> None:
    if sas.get("st") and now < _time(sas["st"]):
        raise Refused("AuthenticationFailed", f"valid only from {sas['st']}")
    if now >= _time(sas["se"]):
        raise Refused("AuthenticationFailed", f"valid only until {sas['se']}")


def _time(text: str) -> float:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("AuthenticationFailed", f"not a time: {text}") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _among(address: str, allowed: str) -> bool:
    def number(text: str) -> tuple[int, ...]:
        return tuple(int(part) for part in text.split("."))

    first, _, last = allowed.partition("-")
    return number(first) <= number(address) <= number(last or first)
