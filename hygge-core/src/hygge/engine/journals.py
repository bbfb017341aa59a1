"""Where the journal of each flow is kept: in the project, in a folder, or beside the flow's data."""

from __future__ import annotations

import getpass
import json
import os
import socket
from collections.abc import Mapping, Sequence

from hygge.config import FlowConfig, Project
from hygge.engine.around import now
from hygge.errors import ConfigurationError
from hygge.files.local import LocalFileSystem
from hygge.journal import FOLDER, FileJournal
from hygge.plugins import Registry, registry
from hygge.roles import Journal

__all__ = ["open_journal"]

BESIDE = ("auto", "store")  # locations that leave it to the flow's store


def open_journal(project: Project, run_id: str, flows: Sequence[str] | None = None) -> Journal:
    """The project's journal, or that of some ``flows``; nothing is written before the first entry.

    Raises `ConfigurationError` HYG105 where ``journal.location`` is ``store`` and a store keeps none.
    """
    location = project.journal.location
    holder = _holder(run_id)
    folder = project.root / (FOLDER if location in (*BESIDE, "project") else location)
    here = FileJournal(LocalFileSystem(folder), run_id, holder)
    if location not in BESIDE:
        return here
    chosen = [flow for name, flow in project.flows.items() if flows is None or name in flows]
    apart = _beside(chosen, registry(), run_id, holder, needed=location == "store")
    if flows is not None and len(flows) == 1 and apart:
        return next(iter(apart.values()))
    if not apart:
        return here
    from hygge.journal.by_flow import JournalByFlow

    return JournalByFlow(apart, here)


def _beside(
    flows: Sequence[FlowConfig], connectors: Registry, run_id: str, holder: Mapping[str, str], *, needed: bool
) -> dict[str, Journal]:
    """The journals beside the data of the flows whose stores keep one; one place is opened once."""
    found: dict[str, Journal] = {}
    opened: dict[tuple[str, str], Journal] = {}
    for flow in flows:
        told = (entity.store for entity in (*flow.entities, *flow.patterns))
        stores = list({json.dumps(store, sort_keys=True): store for store in told}.values())
        types = {str(store["type"]) for store in stores}
        kinds = {connectors.stores[name].journal for name in types if name in connectors.stores}
        kind = kinds.pop() if len(kinds) == 1 else ""
        journals = {
            one.address(): one
            for one in (connectors.open_journal(kind, store, run_id, holder) for store in stores if kind)
        }
        if len(journals) == 1:
            address, journal = next(iter(journals.items()))
            found[flow.name] = opened.setdefault((kind, address), journal)
        elif needed:
            raise _nowhere(flow, kind)
    return found


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
