"""Metadata and properties of a path, in the headers of the two endpoints."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from adls_server.answers import Refused
from adls_server.clock import http_date

if TYPE_CHECKING:
    from adls_server.request import Request
    from adls_server.tree import Node

__all__ = ["describe", "dfs_metadata", "metadata", "properties", "refuse_unsupported"]

PROPERTIES = {
    "cache-control": "Cache-Control",
    "content-disposition": "Content-Disposition",
    "content-encoding": "Content-Encoding",
    "content-language": "Content-Language",
    "content-type": "Content-Type",
    "content-md5": "Content-MD5",
}
KNOWN = frozenset(
    [
        "x-ms-blob-type",
        "x-ms-client-request-id",
        "x-ms-content-crc64",
        "x-ms-date",
        "x-ms-lease-action",
        "x-ms-lease-break-period",
        "x-ms-lease-duration",
        "x-ms-lease-id",
        "x-ms-properties",
        "x-ms-proposed-lease-id",
        "x-ms-range",
        "x-ms-range-get-content-md5",
        "x-ms-rename-source",
        "x-ms-return-client-request-id",
        "x-ms-source-if-match",
        "x-ms-source-if-modified-since",
        "x-ms-source-if-none-match",
        "x-ms-source-if-unmodified-since",
        "x-ms-source-lease-id",
        "x-ms-version",
    ]
)
LARGEST = 8 << 10  # characters of all names and values of metadata
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")  # of metadata: a C# identifier


def refuse_unsupported(request: Request) -> None:
    """Raise for headers that ask for what this server does not do, rather than pass over them."""
    ours = (name for name in request.headers if name.startswith("x-ms-") and request.header(name))
    found = [
        name
        for name in ours
        if name not in KNOWN and not name.startswith("x-ms-meta-") and not _property(name)
    ]
    if found:
        raise Refused("UnsupportedHeader", ", ".join(found))


def _property(name: str) -> bool:
    return name.removeprefix("x-ms-").removeprefix("blob-") in PROPERTIES


def dfs_metadata(request: Request) -> dict[str, str]:
    """The metadata of ``x-ms-properties``: names with values in Base64."""
    found: dict[str, str] = {}
    for pair in filter(None, request.header("x-ms-properties").split(",")):
        name, equals, value = pair.strip().partition("=")
        try:
            text = base64.b64decode(value, validate=True).decode("latin-1")
        except ValueError:
            raise Refused("InvalidHeaderValue", f"x-ms-properties: {name} is not Base64") from None
        if not equals or not NAME.fullmatch(name):
            raise Refused("InvalidHeaderValue", f"x-ms-properties: {pair}")
        found[name] = text
    return _small(found)


def metadata(request: Request) -> dict[str, str]:
    """The metadata of ``x-ms-meta-…``."""
    start = "x-ms-meta-"
    found = {
        name.removeprefix(start): value for name, value in request.headers.items() if name.startswith(start)
    }
    for name in found:
        if not NAME.fullmatch(name):
            raise Refused("InvalidHeaderValue", f"not a name of metadata: {name}")
    return _small(found)


def properties(request: Request, prefix: str = "x-ms-") -> dict[str, str]:
    """The properties that are set by headers with this prefix."""
    found = {told: request.header(prefix + name) for name, told in PROPERTIES.items()}
    return {name: value for name, value in found.items() if value}


def _small(found: dict[str, str]) -> dict[str, str]:
    if sum(len(name) + len(value) for name, value in found.items()) > LARGEST:
        raise Refused("MetadataTooLarge")
    return found


def describe(node: Node, service: str) -> dict[str, str]:
    """The headers that tell of a path."""
    told = {
        "Content-Type": "application/octet-stream",
        **node.properties,
        **node.stamp(),
        **node.lease.headers(),
        "Accept-Ranges": "bytes",
        "x-ms-creation-time": http_date(node.created),
        "x-ms-resource-type": "directory" if node.folder else "file",
        "x-ms-server-encrypted": "true",
        "x-ms-owner": "$superuser",
        "x-ms-group": "$superuser",
        "x-ms-permissions": "rwxr-x---" if node.folder else "rw-r-----",
    }
    if service == "dfs":
        pairs = (
            f"{name}={base64.b64encode(value.encode('latin-1')).decode()}"
            for name, value in node.metadata.items()
        )
        told["x-ms-properties"] = ",".join(pairs)
        return told
    told["x-ms-blob-type"] = "BlockBlob"
    told |= {f"x-ms-meta-{name}": value for name, value in node.metadata.items()}
    if node.folder:
        told["x-ms-meta-hdi_isfolder"] = "true"
    return told
