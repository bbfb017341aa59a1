"""Where the journal of each flow is kept: in the project, in a folder, or beside the flow's data."""

from __future__ import annotations

import getpass
import json
import logging
import os
import socket
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack, closing
from functools import partial
from typing import Any

from hygge.config import FlowConfig, Project
from hygge.engine.around import now
from hygge.errors import ConfigurationError
from hygge.files.local import LocalFileSystem
from hygge.journal import FOLDER, FileJournal
from hygge.plugins import registry
from hygge.roles import Journal

__all__ = ["open_journal"]

log = logging.getLogger("hygge")

BESIDE = ("auto", "store")  # locations that leave it to the flow's store


def open_journal(project: Project, run_id: str, flows: Collection[str] | None = None) -> Journal:
    """The project's journal, or that of some ``flows``; nothing is written before the first entry.

    One beside a flow's data is opened when it is first asked; raises `ConfigurationError` HYG105, now or
    then, where ``journal.location`` is ``store`` and a store keeps none.
    """
    location = project.journal.location
    holder = _holder(run_id)
    folder = project.root / (FOLDER if location in (*BESIDE, "project") else location)
    here = FileJournal(LocalFileSystem(folder), run_id, holder)
    if location not in BESIDE:
        return here
    open_one = partial(registry().open_journal, run_id=run_id, holder=holder)
    places: dict[str, Callable[[], Journal]] = {}
    for name, flow in project.flows.items():
        if flows is None or name in flows:
            stores = _stores(flow)
            kind = _journal_type(stores)
            if kind:
                places[name] = partial(
                    _beside, flow, kind, stores, open_one, here, needed=location == "store"
                )
            elif location == "store":
                raise _nowhere(flow, kind)
    if flows is not None and len(flows) == len(places) == 1:
        return next(iter(places.values()))()
    if not places:
        return here
    from hygge.journal.by_flow import JournalByFlow

    return JournalByFlow(places, here)


def _stores(flow: FlowConfig) -> Sequence[Mapping[str, Any]]:
    """The stores of the flow's entities, each once."""
    told = (entity.store for entity in (*flow.entities, *flow.patterns))
    return list({json.dumps(store, sort_keys=True): store for store in told}.values())


def _journal_type(stores: Sequence[Mapping[str, Any]]) -> str:
    """What keeps a journal beside the data of all of them; empty for none."""
    connectors = registry()
    types = {str(store["type"]) for store in stores}
    kinds = {connectors.stores[name].journal for name in types if name in connectors.stores}
    return kinds.pop() if len(kinds) == 1 else ""


def _beside(
    flow: FlowConfig,
    kind: str,
    stores: Sequence[Mapping[str, Any]],
    open_one: Callable[[str, Mapping[str, Any]], Journal],
    here: Journal,
    *,
    needed: bool,
) -> Journal:
    """The journal beside the flow's data; ``here`` if that lies in several places."""
    with ExitStack() as opened:
        first, *others = [opened.enter_context(closing(open_one(kind, store))) for store in stores]
        if all(other.address() == first.address() for other in others):
            if here.heads(flow.name) and not first.heads(flow.name):
                log.warning(
                    "flow %s: the record so far is in %s; from now on it is in %s, beside the data, "
                    "and what is there says where to go on",
                    flow.name,
                    here.address(),
                    first.address(),
                )
            opened.pop_all()
            for other in others:
                other.close()
            return first
    if needed:
        raise _nowhere(flow, kind)
    return here


def _nowhere(flow: FlowConfig, kind: str) -> ConfigurationError:
    why = "its entities have stores in several places" if kind else "its store keeps none beside the data"
    return ConfigurationError(
        f"flow {flow.name}: `journal.location` is `store`, and {why}",
        code="HYG105",
        remedy="Write auto, which keeps it in the project then, or project, or a folder.",
    )


def _holder(run_id: str) -> Mapping[str, str]:
    """What others are told of who holds a lease."""
    return {
        "pid": str(os.getpid()),
        "host": socket.gethostname(),
        "user": _user(),
        "run": run_id,
        "since": now(),
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in many containers
        return str(os.getuid())
