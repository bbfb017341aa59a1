"""From the files of one flow to its `FlowConfig`, or to all that is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hygge.config.connectors import ConnectorConfigs, Role
from hygge.config.entities import entity_config
from hygge.config.files import FlowFiles, relative_name
from hygge.config.interpolation import Interpolation
from hygge.config.model import EntityConfig, FlowConfig
from hygge.config.names import is_pattern
from hygge.config.place import Node, Place, plain
from hygge.config.problem import Problem, problem_at
from hygge.config.reader import read_file
from hygge.config.rules import entity_rules, flow_rules
from hygge.config.semantics import Able, contradictions, name_problem
from hygge.config.settings import Setting, apply_setting, entity_at
from hygge.config.validation import validate

__all__ = ["FlowReader"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowReader:
    """Reads the flows of one project."""

    connectors: ConnectorConfigs
    interpolation: Interpolation

    def read(self, files: FlowFiles, settings: Sequence[Setting]) -> FlowConfig | list[Problem]:
        """The flow, or its problems."""
        problems = list(files.problems)
        if problems and not files.file.is_file():
            return problems
        flow, entities = self._nodes(files, settings, problems)
        if flow is None:
            return problems
        listed, left_out = _listed(flow)
        named = [*listed, *entities]
        if flow.get("entities") is None and not files.entity_files:
            named = [Node({"name": Node(files.name, flow.place)}, flow.place)]
        if left_out:
            _refuse_contradictions(flow.value["entities"].place, named, left_out, problems)
        found = [self._entity(files.name, flow, entity, problems) for entity in named]
        _refuse_repeated(named, problems)
        if problems:
            return problems
        configs = [config for config in found if config]
        return FlowConfig(
            name=files.name,
            entities=tuple(config for config in configs if not is_pattern(config.name)),
            file=files.file,
            patterns=tuple(config for config in configs if is_pattern(config.name)),
            left_out=left_out,
        )

    def _nodes(
        self, files: FlowFiles, settings: Sequence[Setting], problems: list[Problem]
    ) -> tuple[Node | None, list[Node]]:
        """The flow's node and those of its entity files, settings applied, references filled, checked."""
        root = self.connectors.root
        flow = read_file(files.file, relative_name(files.file, root), problems)
        entities = []
        for path in files.entity_files:
            node = read_file(path, relative_name(path, root), problems)
            if node is not None:
                entities.append(_named_after_file(node, path.stem))
        if flow is None:
            return None, []
        for setting in settings:
            flow = _apply(flow, entities, setting, problems)
        flow = self.interpolation.apply(_mapping(flow), problems)
        if not isinstance(flow.value, dict):
            validate(flow, flow_rules(), problems)
            return None, []
        entities = [self.interpolation.apply(_mapping(node), problems) for node in entities]
        validate(flow, flow_rules(), problems)
        for node in entities:
            validate(node, entity_rules(), problems)
        return flow, entities

    def _entity(
        self, flow_name: str, flow: Node, entity: Node, problems: list[Problem]
    ) -> EntityConfig | None:
        name = entity.get("name")
        if name is not None and (problem := name_problem(name, "an entity")):
            problems.append(problem)
        home = self._connector("home", flow_name, flow, entity, problems)
        store = self._connector("store", flow_name, flow, entity, problems)
        problems.extend(contradictions(flow, entity, self._able(home, store)))
        if problems or name is None:
            return None
        merged = {**flow.value, **entity.value}
        said = {key: plain(node) for key, node in merged.items() if key not in ("home", "store", "entities")}
        made = entity_config(flow_name, name.value, home, store, said)
        return replace(made, guard_at=f"entities.{name.value}.guard") if "guard" in entity.value else made

    def _connector(
        self, role: Role, name: str, flow: Node, entity: Node, problems: list[Problem]
    ) -> Mapping[str, Any]:
        nodes = [node for node in (flow.get(role), entity.get(role)) if node is not None]
        layers = [node for node in nodes if isinstance(node.value, dict)]
        if layers:
            return self.connectors.build(role, name, layers, problems)
        if not nodes:
            what = "Where the rows live" if role == "home" else "Where the rows settle"
            remedy = f"Add `{role}: {{type: ..., ...}}`: {what.lower()}."
            problems.append(problem_at(flow.place, "HYG106", f"the flow needs the key `{role}`", remedy))
        return {}

    def _able(self, home: Mapping[str, Any], store: Mapping[str, Any]) -> Able:
        known = self.connectors.registry
        source, target = known.homes.get(home.get("type", "")), known.stores.get(store.get("type", ""))
        return Able(
            counts_itself=source is None or source.capabilities.positions,
            store=target.name if target else "",
            modes=target.capabilities.modes if target else frozenset(),
        )


def _apply(flow: Node, entities: list[Node], setting: Setting, problems: list[Problem]) -> Node:
    """Apply a setting to the flow, or to the entity file that it names."""
    if setting.path[0] == "entities" and len(setting.path) > 1:
        names = [name.value if (name := node.get("name")) else None for node in entities]
        found = entity_at(setting.path[1:], names)
        if found:
            index, length = found
            own = Setting(
                flow=setting.flow,
                path=setting.path[1 + length :],
                value=setting.value,
                place=setting.place,
            )
            entities[index] = apply_setting(entities[index], own, problems)
            return flow
    return apply_setting(_mapping(flow), setting, problems)


def _mapping(node: Node) -> Node:
    """An empty file is an empty mapping: what it lacks is said key by key."""
    return Node({}, node.place) if node.value is None else node


def _named_after_file(node: Node, stem: str) -> Node:
    node = _mapping(node)
    if not isinstance(node.value, dict) or "name" in node.value:
        return node
    return Node({"name": Node(stem, node.place), **node.value}, node.place, node.keys)


def _listed(flow: Node) -> tuple[list[Node], tuple[str, ...]]:
    """The entities of the flow's own file, each a mapping, and the globs that leave out."""
    listed = flow.get("entities")
    items = [] if listed is None else listed.value if isinstance(listed.value, list) else [listed]
    nodes, left_out = [], []
    for item in items:
        if isinstance(item.value, str) and item.value.startswith("!"):
            left_out.append(item.value.removeprefix("!"))
        elif isinstance(item.value, str):
            nodes.append(Node({"name": item}, item.place, {"name": item.place}))
        elif isinstance(item.value, dict):
            nodes.append(item)
    return nodes, tuple(left_out)


def _refuse_contradictions(
    place: Place, named: Sequence[Node], left_out: Sequence[str], problems: list[Problem]
) -> None:
    """What is left out is a glob's match; an entity that is named, and is left out by its name, is a slip."""
    if not named:
        message = "`entities` only leaves out: there is nothing to move"
        problems.append(problem_at(place, "HYG114", message, 'Add "*" for all others.'))
    for entity in named:
        name = entity.get("name")
        if name is not None and name.value in left_out:
            message = f"`{name.value}` is named and left out, too"
            remedy = f'Remove one of them; "!{name.value}" leaves it out of what a glob matches.'
            problems.append(problem_at(name.place, "HYG114", message, remedy))


def _refuse_repeated(entities: Sequence[Node], problems: list[Problem]) -> None:
    first: dict[Any, Node] = {}
    for entity in entities:
        name = entity.get("name")
        if name is None or not isinstance(name.value, str):
            continue
        other = first.setdefault(name.value, name)
        if other is not name:
            where = f"{other.place.source.name}:{other.place.line}"
            message = f"the entity `{name.value}` stands twice in the flow, first in {where}"
            problems.append(problem_at(name.place, "HYG113", message, "Rename or remove one of them."))
