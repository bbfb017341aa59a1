"""Conditional headers, as "Specifying conditional headers for Blob service operations" has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from adls_server.answers import Refused
from adls_server.clock import parse_date

if TYPE_CHECKING:
    from adls_server.tree import Node

__all__ = ["CONDITIONS", "check_conditions"]

MATCH, NONE_MATCH = "if-match", "if-none-match"
SINCE, UNTIL = "if-modified-since", "if-unmodified-since"
CONDITIONS = (MATCH, NONE_MATCH, SINCE, UNTIL)
ALONE_OR_TOGETHER = ({NONE_MATCH, SINCE}, {MATCH, UNTIL})
ETAG = re.compile(r'"[^"]+"')


def check_conditions(
    headers: Mapping[str, str],
    node: Node | None,
    *,
    read: bool = False,
    prefix: str = "",
    exists: str = "ConditionNotMet",
) -> None:
    """Raise unless the resource, if it is there, is as the headers want it.

    ``prefix`` is ``x-ms-source-`` for the conditions on the source of a rename; ``exists`` is the code
    for what should not be there (If-None-Match: *) and is.
    """
    given = {name: headers[prefix + name] for name in CONDITIONS if headers.get(prefix + name)}
    if not given:
        return
    if len(given) > 1 and set(given) not in ALONE_OR_TOGETHER:
        raise Refused("MultipleConditionHeadersNotSupported", ", ".join(sorted(given)))
    if MATCH in given:
        met = _matches(given[MATCH], node)
    elif NONE_MATCH in given:
        met = _none_matches(given[NONE_MATCH], node, read=read)
    elif SINCE in given:
        met = node is None or int(node.modified) > _date(given[SINCE])
    else:
        met = node is not None and int(node.modified) <= _date(given[UNTIL])
    if met:
        return
    if read and (NONE_MATCH in given or SINCE in given):
        raise Refused("ConditionNotMet", status=304)
    if given.get(NONE_MATCH) == "*":
        raise Refused(exists)
    raise Refused("SourceConditionNotMet" if prefix else "ConditionNotMet")


def _matches(text: str, node: Node | None) -> bool:
    if text == "*":
        return node is not None
    return node is not None and node.etag == _etag(text)


def _none_matches(text: str, node: Node | None, *, read: bool) -> bool:
    if text != "*":
        return node is None or node.etag != _etag(text)
    if read:
        raise Refused("InvalidHeaderValue", "If-None-Match: * is for writes")
    return node is None


def _etag(text: str) -> str:
    if not ETAG.fullmatch(text):
        raise Refused("InvalidHeaderValue", f"an ETag has its quotes: {text}")
    return text


def _date(text: str) -> float:
    try:
        return parse_date(text)
    except ValueError:
        raise Refused("InvalidHeaderValue", f"not an RFC 1123 date: {text}") from None
