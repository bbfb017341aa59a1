"""Finds the project around a folder and loads it."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from hygge.config.connectors import ConnectorConfigs
from hygge.config.files import FlowFiles, find_flows
from hygge.config.flows import FlowReader
from hygge.config.interpolation import Interpolation
from hygge.config.layers import Connection
from hygge.config.model import FlowConfig, JournalConfig, Options, Project
from hygge.config.place import Node, plain
from hygge.config.problem import Problem, configuration_error, problem_at
from hygge.config.reader import read_file
from hygge.config.rules import project_rules
from hygge.config.settings import Setting, read_settings
from hygge.config.validation import validate
from hygge.errors import ConfigurationError
from hygge.plugins import registry

__all__ = ["PROJECT_FILE", "find_project", "load_project"]

PROJECT_FILE = "hygge.yml"
JOURNAL_WORDS = ("auto", "project", "store")
LEAST_MEMORY = 16 * 2**20
MOST_MEMORY = 2**62  # bytes; no machine has more
_UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def find_project(start: Path | None = None) -> Path:
    """The nearest folder with a ``hygge.yml``, from ``start`` (default: here) upwards.

    Raises `ConfigurationError` (HYG110) where there is none.
    """
    start = Path(start or ".").resolve()
    for folder in (start, *start.parents):
        if os.path.isfile(folder / PROJECT_FILE):  # false, too, where the folder can't be read
            return folder
    if start.is_file():
        return find_project(start.parent)
    remedy = "Run `hygge init` to begin a project, or name its folder with --project."
    if (start / "hygge.yaml").exists():
        remedy = "Rename hygge.yaml to hygge.yml."
    missing = "" if start.exists() else " (the folder does not exist)"
    raise ConfigurationError(
        f"no {PROJECT_FILE} in {start}{missing} or above it", code="HYG110", remedy=remedy, start=str(start)
    )


def load_project(start: Path | None = None, settings: Sequence[str] = ()) -> Project:
    """The project around ``start``, with ``settings`` (``flow.path=value``) applied.

    A broken flow is kept with its problems in `Project.problems`. Raises `ConfigurationError` with
    every problem of ``hygge.yml`` and of the settings.
    """
    root = find_project(start)
    environment = dict(os.environ)
    interpolation = Interpolation(environment=environment, root=root)
    problems: list[Problem] = []
    found = find_flows(root)
    applied = read_settings(settings, problems)
    _refuse_unknown_flows(applied, found, problems)
    node, connections = _project_node(root, interpolation, problems)
    journal, options = _journal(node, root, problems), _options(node, problems)
    if problems:
        raise configuration_error(problems)
    connectors = ConnectorConfigs(
        root=root, registry=registry(), connections=connections, environment=environment
    )
    reader = FlowReader(connectors=connectors, interpolation=interpolation)
    flows: dict[str, FlowConfig] = {}
    broken: dict[str, tuple[Problem, ...]] = {}
    for files in found:
        flow = reader.read(files, [setting for setting in applied if setting.flow == files.name])
        if isinstance(flow, FlowConfig):
            flows[files.name] = flow
        else:
            broken[files.name] = tuple(dict.fromkeys(flow))
    named = node.get("name")
    return Project(
        root=root,
        name=named.value if named else root.name,
        journal=journal,
        options=options,
        flows=flows,
        problems=broken,
    )


def _project_node(
    root: Path, interpolation: Interpolation, problems: list[Problem]
) -> tuple[Node, Mapping[str, Connection]]:
    """hygge.yml, checked; a connection's references are the affair of the flows that use it."""
    read = read_file(root / PROJECT_FILE, PROJECT_FILE, problems)
    if read is None:
        raise configuration_error(problems)
    node = Node({}, read.place) if read.value is None else read
    listed = node.get("connections")
    if listed is not None:
        rest = Node({k: v for k, v in node.value.items() if k != "connections"}, node.place, node.keys)
        filled = interpolation.apply(rest, problems)
        node = Node({**filled.value, "connections": listed}, node.place, node.keys)
    else:
        node = interpolation.apply(node, problems)
    validate(node, project_rules(), problems)
    items = listed.value if listed is not None and isinstance(listed.value, dict) else {}
    return node, {name: _connection(item, interpolation) for name, item in items.items()}


def _connection(node: Node, interpolation: Interpolation) -> Connection:
    problems: list[Problem] = []
    return Connection(interpolation.apply(node, problems), problems)


def _journal(node: Node, root: Path, problems: list[Problem]) -> JournalConfig:
    journal = node.get("journal")
    location = journal.get("location") if journal else None
    if location is None or not isinstance(location.value, str):
        return JournalConfig()
    text = location.value
    if text in JOURNAL_WORDS:
        return JournalConfig(location=text)
    close = difflib.get_close_matches(text.lower(), JOURNAL_WORDS, n=1)
    if close and "/" not in text:
        remedy = f"Did you mean `{close[0]}`? A folder of that name is written ./{text}"
        problems.append(
            problem_at(location.place, "HYG105", f"`journal.location` cannot be `{text}`", remedy)
        )
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", text):
        message = "`journal.location` is a folder of this computer, not a URL"
        problems.append(problem_at(location.place, "HYG105", message, "Write auto, project or a path."))
    return JournalConfig(location=str(root / Path(text).expanduser()))


def _options(node: Node, problems: list[Problem]) -> Options:
    listed = node.get("options")
    if listed is None or not isinstance(listed.value, dict):
        return Options()
    said = plain(listed)
    if isinstance(said.get("memory"), str):
        said["memory"] = _bytes(said["memory"])
        if said["memory"] < LEAST_MEMORY:
            place = listed.value["memory"].place
            remedy = "Write 16MiB or more; 1GiB is the default."
            problems.append(problem_at(place, "HYG105", "`options.memory` is less than 16MiB", remedy))
    known = {field.name for field in fields(Options)}
    return Options(**{key: value for key, value in said.items() if key in known})


def _bytes(text: str) -> int:
    """The bytes of "1.5GiB"; where the schema has refused the text, any number will do."""
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?([A-Za-z]+)", text)
    if match is None or match[2] not in _UNITS:
        return LEAST_MEMORY
    return round(min(float(match[1]) * _UNITS[match[2]], MOST_MEMORY))


def _refuse_unknown_flows(
    settings: Sequence[Setting], found: Sequence[FlowFiles], problems: list[Problem]
) -> None:
    names = [files.name for files in found]
    for setting in settings:
        if setting.flow in names:
            continue
        close = difflib.get_close_matches(setting.flow, names, n=1)
        remedy = f"Did you mean `{close[0]}`?" if close else f"The flows are: {', '.join(names) or 'none'}."
        problems.append(problem_at(setting.place, "HYG111", f"there is no flow `{setting.flow}`", remedy))
