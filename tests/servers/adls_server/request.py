"""A request as the service reads it: which endpoint it is for, whose path it names, what it wants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl, unquote, urlsplit

from adls_server.answers import Refused
from adls_server.extents import Received

__all__ = ["FORWARDED_HOST", "Request"]

FORWARDED_HOST = "x-forwarded-host"  # set by `RewritingTransport`: the host the client meant, by https
DFS_QUERY = {"resource", "action", "recursive", "mode", "continuation"}
BLOB_QUERY = {"restype", "comp"}


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request; header names are in lower case."""

    verb: str
    target: str  # path and query, as they came
    headers: Mapping[str, str]
    account: str
    body: Received | None = None
    length: int = 0
    resolved: tuple[str, str] | None = None  # what the path means, where it is not what it says

    @cached_property
    def host(self) -> str:
        """The host that the client meant, if it came through the transport that rewrites."""
        return self.headers.get(FORWARDED_HOST, "")

    @property
    def secure(self) -> bool:
        """Whether the client believes that it speaks https."""
        return bool(self.host)

    @cached_property
    def raw_path(self) -> str:
        return urlsplit(self.target).path

    @cached_property
    def query(self) -> Mapping[str, str]:
        pairs = parse_qsl(urlsplit(self.target).query, keep_blank_values=True)
        found = dict(pairs)
        if len(found) != len(pairs):
            raise Refused("InvalidQueryParameterValue", "a query parameter is given twice")
        return found

    @cached_property
    def resource(self) -> tuple[str, str]:
        """File system and path below it, without quoting; "" for what is not said."""
        if self.resolved is not None:
            return self.resolved
        raw = self.raw_path.removeprefix("/")
        if not self.secure:
            account, _, raw = raw.partition("/")
            if account != self.account:
                raise Refused("InvalidUri", f"this is not account {account}")
        try:
            file_system, _, path = unquote(raw, errors="strict").partition("/")
        except UnicodeDecodeError:
            raise Refused("InvalidUri", "the path is not UTF-8") from None
        return file_system, path

    @property
    def file_system(self) -> str:
        return self.resource[0]

    @property
    def path(self) -> str:
        return self.resource[1]

    @cached_property
    def service(self) -> str:
        """Whether this is for the endpoint ``dfs`` or ``blob``.

        By host where there is one; on a path-style address, which serves both, by what only one of
        them knows, and where even that is missing by the kind of answer that is asked for.
        """
        if self.host:
            return "blob" if ".blob." in self.host else "dfs"
        names = {part.partition("=")[0] for part in urlsplit(self.target).query.split("&")}
        if names & BLOB_QUERY:
            return "blob"
        if names & DFS_QUERY or "x-ms-rename-source" in self.headers or self.verb in ("PATCH", "POST"):
            return "dfs"
        return "dfs" if "json" in self.headers.get("accept", "") else "blob"

    def header(self, name: str) -> str:
        """The value of a header, "" if it was not sent."""
        return self.headers.get(name, "")

    def flag(self, name: str) -> bool | None:
        """A query parameter that is true or false, None if it was not sent."""
        text = self.query.get(name)
        if text is None:
            return None
        if text.lower() not in ("true", "false"):
            raise Refused("InvalidQueryParameterValue", f"{name}={text}")
        return text.lower() == "true"

    def number(self, name: str) -> int | None:
        """A query parameter that is a number from 0, None if it was not sent."""
        text = self.query.get(name)
        if text is None:
            return None
        if not text.isascii() or not text.isdigit():
            raise Refused("InvalidQueryParameterValue", f"{name}={text}")
        return int(text)
