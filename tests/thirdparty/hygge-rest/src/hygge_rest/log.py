"""The home ``type: rest_log``: messages of a log, each at its offset, read from where the last run ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from hygge import schemas
from hygge.errors import DataError, NeedsUser, Refused
from hygge.model import Plan, ReadRequest, Split
from hygge.roles import Home
from hygge_rest.api import Api, Missing
from hygge_rest.home import batches_of

SPLIT = 100_000  # messages that are read by one worker


class LogHome(Home):
    """Messages are only added, and none is forgotten before it was read."""

    def identity(self, entity: str) -> str:
        return f"{self._api().url}/logs/{entity}"

    def entities(self) -> Sequence[str]:
        return sorted(self._api().get("logs"))

    def plan(self, request: ReadRequest) -> Plan:
        if request.where is not None or request.window is not None:
            raise NeedsUser(
                "a log has neither filters nor windows",
                code="HYG405",
                remedy="Leave out `where` and `watermark`: an incremental run goes on at its offset.",
            )
        log = self._log(request.entity)
        schema = self._schema(log, request)
        begin, end = self._begin(request, log), log["end"]
        return Plan(
            schema=schema,
            splits=tuple(
                Split(id=str(at), payload={"from": at, "until": min(at + SPLIT, end), "schema": schema})
                for at in range(begin, max(end, begin + 1), SPLIT)
            ),
            position=f"{log['id']}:{end}",  # where the next run goes on, once this one has landed
        )

    def _begin(self, request: ReadRequest, log: Any) -> int:
        """The offset to go on from; an offset alone would not tell this log from the next of its name."""
        if request.position is None:
            return 0
        known, _, offset = request.position.partition(":")
        if known != log["id"] or int(offset) > log["end"]:
            raise Refused(
                f"{self.identity(request.entity)} is not the log that the last run read up to {offset}",
                code="HYG406",
                remedy="Add all that it holds to what is there with `hygge state set FLOW.ENTITY start`, "
                "or replace that with `hygge run FLOW.ENTITY --full-drop`.",
            )
        return int(offset)

    def read(self, request: ReadRequest, split: Split) -> Iterator[pa.RecordBatch]:
        schema, until = schemas.unpack(split.payload["schema"]), split.payload["until"]
        at = split.payload["from"]
        while at < until:
            end = min(at + request.batch_rows, until)
            yield from batches_of(self._messages(request.entity, at, end), schema, request)
            at = end

    def _messages(self, entity: str, begin: int, end: int) -> Any:
        return self._api().get("logs", entity, "messages", **{"from": begin, "until": end})

    def _log(self, entity: str) -> Any:
        try:
            return self._api().get("logs", entity)
        except Missing:
            raise DataError(
                f"{self.identity(entity)} does not exist", code="HYG302", remedy="Name a log that is there."
            ) from None

    def _schema(self, log: Any, request: ReadRequest) -> str:
        kinds = {column["name"]: pa.type_for_alias(column["type"]) for column in log["columns"]}
        wanted = kinds if request.columns is None else request.columns
        for name in wanted:
            if name not in kinds:
                known = ", ".join(kinds)
                raise DataError(
                    f"there is no column {name!r}", code="HYG302", remedy=f"The columns are: {known}."
                )
        return schemas.pack(pa.schema([(name, kinds[name]) for name in wanted]))

    def _api(self) -> Api:
        return Api(self.config)
