"""The API, as strict as the real one: what a home and a store can ask of it, in memory.

GET    /tables                       names
GET    /tables/T                     version, columns, receipts, rows that each job brought
GET    /tables/T/ends?column=C       greatest value, number of nulls
GET    /tables/T/rows?page=P&limit=N and, for a window, column, since, until, nulls
GET    /tables/T/overlap             what the last commit kept
GET    /logs, /logs/L                names; id, columns and the offset at which the log ends
GET    /logs/L/messages?from=A&until=B   the messages from A on, up to but not B
POST   /tables/T                     commit parts, If-Match: the version; all of it or nothing
PUT    /parts/T/JOB/NAME             keep a part, over what had that name
GET    /parts/T                      jobs that have parts
DELETE /parts/T/JOB                  forget them

Every request names the digest of its body, every answer that of its own.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pyarrow as pa

from hygge.testing import FaultScript

REFUSED = {"throttled": 429, "unavailable": 503, "broken": 500, "refused": 401}


@dataclass
class Table:
    """A table and how it came about."""

    rows: pa.Table
    version: int = 1
    receipts: list[str] = field(default_factory=list)
    landed: dict[str, int] = field(default_factory=dict)
    overlap: bytes | None = None
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def shape(self) -> list[Mapping[str, str]]:
        return [{"name": column.name, "type": str(column.type)} for column in self.rows.schema]


class Refused(Exception):
    """The status to answer with."""

    def __init__(self, status: int) -> None:
        self.status = status


class Service(ThreadingHTTPServer):
    """One API on a port of its own; use it as a context manager."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, token: str, stall: float = 0.3) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.token, self.stall = token, stall
        self.script = FaultScript()
        self.tables: dict[str, Table] = {}
        self.parts: dict[tuple[str, str], dict[str, bytes]] = {}  # by table and job
        self.changing = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""

    # -- what it does ------------------------------------------------------------------------------

    def do(self, method: str, path: list[str], query: Mapping[str, str], body: bytes, match: str) -> Any:
        kind, *names = path
        if kind == "tables":
            return self._tables(method, names, query, body, match)
        if kind == "logs" and method == "GET":
            return self._logs(names, query)
        if kind == "parts" and names:
            return self._parts(method, names, body)
        raise Refused(404)

    def _tables(
        self, method: str, names: list[str], query: Mapping[str, str], body: bytes, match: str
    ) -> Any:
        if method == "POST" and len(names) == 1:
            return self._commit(names[0], json.loads(body), match)
        if method != "GET":
            raise Refused(405)
        if not names:
            return sorted(self.tables)
        if names[0] not in self.tables:
            raise Refused(404)
        table = self.tables[names[0]]
        match names[1:]:
            case []:
                told = {"version": str(table.version), "columns": table.shape()}
                return {**told, "receipts": table.receipts, "landed": table.landed}
            case ["ends"]:
                values = [value for value in _column(table, query["column"]) if value is not None]
                return {"greatest": max(values, default=None), "nulls": table.rows.num_rows - len(values)}
            case ["rows"]:
                return _page(table, query)
            case ["overlap"] if table.overlap is not None:
                return table.overlap
        raise Refused(404)

    def _logs(self, names: list[str], query: Mapping[str, str]) -> Any:
        """A log is a table whose rows have their number as offset."""
        if not names:
            return sorted(self.tables)
        if names[0] not in self.tables:
            raise Refused(404)
        table = self.tables[names[0]]
        match names[1:]:
            case []:
                return {"id": table.id, "columns": table.shape(), "end": table.rows.num_rows}
            case ["messages"]:
                begin, end = int(query["from"]), int(query["until"])
                rows = table.rows.slice(begin, end - begin).to_pylist()
                return {"columns": table.rows.column_names, "rows": rows}
        raise Refused(404)

    def _parts(self, method: str, names: list[str], body: bytes) -> Any:
        match method, names:
            case "PUT", [table, job, name]:
                with self.changing:
                    self.parts.setdefault((table, job), {})[name] = body
            case "GET", [table]:
                return sorted(job for one, job in list(self.parts) if one == table)
            case "DELETE", [table, job]:
                self.parts.pop((table, job), None)
            case _:
                raise Refused(405)
        return None

    def _commit(self, name: str, asked: Mapping[str, Any], match: str) -> None:
        with self.changing:
            before = self.tables.get(name)
            if match != (str(before.version) if before else "none"):
                raise Refused(412)
            kept = self.parts.get((name, asked["job"]), {})
            if not set(asked["parts"]) <= set(kept) or asked["mode"] not in ("replace", "append"):
                raise Refused(409)
            parts = [pa.ipc.open_stream(kept[part]).read_all() for part in asked["parts"]]
            new = pa.concat_tables(parts)
            appends = asked["mode"] == "append" and before is not None
            if appends and before and before.rows.schema != new.schema:
                raise Refused(422)
            self.tables[name] = Table(
                rows=pa.concat_tables([before.rows, new]) if appends and before else new,
                version=before.version + 1 if before else 1,
                receipts=[*(before.receipts if before else []), asked["receipt"]],
                landed={**(before.landed if before else {}), asked["job"]: new.num_rows},
                overlap=kept["overlap"] if asked["overlap"] else None,
                id=before.id if before else uuid.uuid4().hex,
            )


def _column(table: Table, name: str) -> list[Any]:
    if name not in table.rows.column_names:
        raise Refused(400)
    return list(table.rows[name].to_pylist())


def _page(table: Table, query: Mapping[str, str]) -> Mapping[str, Any]:
    rows = table.rows.to_pylist()
    if "column" in query:
        rows = [row for row in rows if _inside(row[query["column"]], query)]
    limit, page = int(query["limit"]), int(query["page"])
    first = limit * page
    more = page + 1 if first + limit < len(rows) else None
    return {"columns": table.rows.column_names, "rows": rows[first : first + limit], "next": more}


def _inside(value: Any, query: Mapping[str, str]) -> bool:
    if value is None:
        return query["nulls"] == "1"
    kind = type(value)
    since, until = query.get("since"), query.get("until")
    low = since is None or value >= kind(since)
    return "empty" not in query and low and (until is None or value <= kind(until))


class Handler(BaseHTTPRequestHandler):
    """Answers as the script says, else as the service does."""

    server: Service

    def do_GET(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers["Authorization"] != f"Bearer {self.server.token}":
            self._answer(401)
            return
        fault = self.server.script.next()
        if fault in REFUSED:
            self._answer(REFUSED[fault])
        elif fault in ("reset", "stalled"):
            time.sleep(self.server.stall if fault == "stalled" else 0)
            self._drop()
        elif (fault == "truncated" and body) or self.headers["Digest"] != digest(body):
            self._answer(500)  # it did not come whole
        else:
            self._carry_out(body, fault)

    def _carry_out(self, body: bytes, fault: str | None) -> None:
        parts = urlsplit(self.path)
        path = [unquote(name) for name in parts.path.split("/")[2:]]  # behind /v1
        try:
            found = self.server.do(
                self.command, path, dict(parse_qsl(parts.query)), body, self.headers.get("If-Match", "")
            )
        except Refused as refused:
            self._answer(refused.status)
            return
        if fault == "lost_reply":
            self._drop()
        else:
            self._answer(200, found if isinstance(found, bytes) else json.dumps(found).encode(), fault)

    def _answer(self, status: int, data: bytes = b"", fault: str | None = None) -> None:
        sent = data[: len(data) // 2] if fault in ("short", "truncated") else data
        self.send_response(status)
        self.send_header("Content-Length", str(len(sent if fault == "truncated" else data)))
        self.send_header("Digest", digest(data))
        self.send_header("Retry-After", str(self.server.script.pause))
        self.end_headers()
        self.wfile.write(sent)
        if fault == "short":
            self._drop()

    def _drop(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
