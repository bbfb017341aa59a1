"""The laws of a plugin: what has to hold before any of its types is opened.

::

    class TestPlugin(PluginConformance):
        distribution = "hygge-rest"
"""

from __future__ import annotations

import functools
import json
import pickle
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, get_args, get_type_hints

import pytest

from hygge import discovery
from hygge.capabilities import HomeCapabilities, StoreCapabilities
from hygge.config.masking import names_secret
from hygge.config.rules import Rules, connector_rules, local
from hygge.config.schema import check_connector_schema
from hygge.descriptors import Descriptor, role
from hygge.discovery import Candidate
from hygge.hookspecs import API_VERSION, HomeType, JournalType, StoreType
from hygge.plugins import Registry, registry
from hygge.roles import Home, Store
from hygge.testing.gaps import Laws

__all__ = ["PluginConformance"]

LOADS = """
import json, sys
from hygge import discovery
before = set(sys.modules)
(candidate,) = [c for c in discovery.candidates() if [c.distribution, c.name] == json.loads(sys.argv[1])]
loaded = discovery.load(candidate)
print(json.dumps({
    "error": str(loaded.error) if loaded.error else None,
    "types": len(loaded.descriptors),
    "modules": sorted(set(sys.modules) - before),
}))
"""


class PluginConformance(Laws):
    """Subclass and name the distribution, as it is installed."""

    distribution: ClassVar[str]
    """The name that ``pip install`` takes."""

    # -- from here on nothing is to be overridden ------------------------------------------------

    @pytest.fixture
    def plugins(self) -> Sequence[Candidate]:
        """The entry points of the distribution in the group ``hygge``."""
        wanted = _normalised(self.distribution)
        return [found for found in discovery.candidates() if _normalised(found.distribution) == wanted]

    @pytest.fixture
    def alone(self, plugins: Sequence[Candidate]) -> Sequence[Mapping[str, Any]]:
        """What loading each of them, alone and in an interpreter of its own, comes to."""
        return [_loaded_alone(plugin) for plugin in plugins]

    @pytest.fixture
    def types(self, plugins: Sequence[Candidate]) -> Sequence[Descriptor]:
        """What they describe."""
        return [found for plugin in plugins for found in discovery.load(plugin).descriptors]

    # -- loading ---------------------------------------------------------------------------------

    def test_the_distribution_has_an_entry_point_in_the_group_hygge(
        self, plugins: Sequence[Candidate]
    ) -> None:
        assert plugins, f'{self.distribution} is not installed, or lacks [project.entry-points."hygge"]'

    def test_it_loads_with_hooks_and_descriptors_that_hygge_can_use(
        self, alone: Sequence[Mapping[str, Any]]
    ) -> None:
        assert [plugin["error"] for plugin in alone] == [None] * len(alone)

    def test_loading_it_says_nothing(self, alone: Sequence[Mapping[str, Any]]) -> None:
        assert [plugin["printed"] for plugin in alone] == [""] * len(alone)

    def test_loading_it_imports_only_the_standard_library_hygge_and_itself(
        self, alone: Sequence[Mapping[str, Any]], plugins: Sequence[Candidate]
    ) -> None:
        for found, plugin in zip(alone, plugins, strict=True):
            allowed = {"hygge", "pluggy", plugin.module.partition(".")[0], *sys.stdlib_module_names}
            heavy = {name.partition(".")[0] for name in found["modules"]} - allowed
            assert not heavy, f"{plugin.module} imports {sorted(heavy)}: name classes by path, import later"

    def test_its_descriptors_are_the_same_whenever_it_is_asked(
        self, plugins: Sequence[Candidate], types: Sequence[Descriptor]
    ) -> None:
        again = [found for plugin in plugins for found in discovery.load(plugin).descriptors]
        assert again == list(types)
        assert all(found.api == API_VERSION for found in types)

    def test_its_descriptors_survive_pickle(self, types: Sequence[Descriptor]) -> None:
        assert pickle.loads(pickle.dumps(types)) == types

    def test_its_types_are_published_under_their_names(self, types: Sequence[Descriptor]) -> None:
        wanted = _normalised(self.distribution)
        trouble = [p.error for p in registry().plugins if _normalised(p.distribution) == wanted]
        assert trouble == [None] * len(trouble)
        for found in types:
            assert _published(registry(), found) == found
            assert _normalised(registry().provider(found)) == wanted

    # -- what the descriptors say ------------------------------------------------------------------

    def test_every_factory_is_a_class_of_its_role(self, types: Sequence[Descriptor]) -> None:
        for found in types:
            made = registry().load_class(found)
            missing = sorted(getattr(made, "__abstractmethods__", ()))
            assert not missing, f"{role(found)} {found.name} lacks {missing}"

    def test_every_summary_is_one_line(self, types: Sequence[Descriptor]) -> None:
        for found in types:
            assert found.summary.splitlines() == [found.summary], found.name

    def test_every_journal_that_a_store_names_is_there(self, types: Sequence[Descriptor]) -> None:
        known = {found.name for found in types if isinstance(found, JournalType)}
        named = {found.journal for found in types if isinstance(found, StoreType) and found.journal}
        assert named <= known

    def test_capabilities_contradict_neither_themselves_nor_the_class(
        self, types: Sequence[Descriptor]
    ) -> None:
        faults = [
            f"{role(found)} {found.name}: {fault}"
            for found in types
            if not isinstance(found, JournalType)
            for fault in _faults(found)
        ]
        assert faults == []

    # -- configuration -----------------------------------------------------------------------------

    def test_every_configuration_schema_is_valid_json_schema_2020_12(
        self, types: Sequence[Descriptor]
    ) -> None:
        for found, rules in _rules(types):
            check_connector_schema(found, rules.owner)
            assert rules.schema["$schema"] == "https://json-schema.org/draft/2020-12/schema", found.name
            assert rules.schema["type"] == "object", found.name

    def test_every_configuration_refuses_keys_that_it_does_not_know(
        self, types: Sequence[Descriptor]
    ) -> None:
        for found, rules in _rules(types):
            errors = rules.validator.iter_errors({"no_such_key": 1})
            by = {error.validator for error in errors if not error.absolute_path}
            assert by & {"additionalProperties", "unevaluatedProperties"}, f"{found.name}: no_such_key passes"
            for path, schema in _objects(rules.schema, rules.schema):
                closed = {"additionalProperties", "unevaluatedProperties"} & set(schema)
                assert closed, f"{found.name}: {path} takes keys that it does not know"

    def test_every_key_is_described(self, types: Sequence[Descriptor]) -> None:
        for found, rules in _rules(types):
            for path, schema in _objects(rules.schema, rules.schema):
                for key, rule in schema["properties"].items():
                    said = rule.get("description") or local(rule, rules.schema).get("description", "")
                    assert said.strip(), f"{found.name}: {path}{key} has no description"

    def test_keys_that_hold_secrets_say_so(self, types: Sequence[Descriptor]) -> None:
        """``writeOnly`` keeps what stands there out of files and messages."""
        for found, rules in _rules(types):
            for key, rule in rules.schema.get("properties", {}).items():
                secret = local(rule, rules.schema).get("writeOnly") is True
                assert secret or not names_secret(key), f"{found.name}: {key} lacks writeOnly: true"


def _normalised(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


@functools.cache
def _loaded_alone(plugin: Candidate) -> Mapping[str, Any]:
    ended = subprocess.run(
        [sys.executable, "-c", LOADS, json.dumps([plugin.distribution, plugin.name])],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    *printed, last = ended.stdout.splitlines()
    return {**json.loads(last), "printed": "".join(printed) + ended.stderr}


def _published(found: Registry, descriptor: Descriptor) -> Descriptor | None:
    tables: Mapping[str, Mapping[str, Descriptor]] = {
        "home": dict(found.homes),
        "store": dict(found.stores),
        "journal": dict(found.journals),
    }
    return tables[role(descriptor)].get(descriptor.name)


def _rules(types: Sequence[Descriptor]) -> Iterator[tuple[HomeType | StoreType, Rules]]:
    for found in types:
        if not isinstance(found, JournalType):
            yield found, connector_rules(found, registry().provider(found))


def _objects(
    schema: Mapping[str, Any], root: Mapping[str, Any], path: str = ""
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every mapping with named keys that a configuration can hold, with where it stands."""
    schema = local(schema, root)
    if "properties" in schema:
        yield path, schema
    for key, rule in schema.get("properties", {}).items():
        yield from _objects(rule, root, f"{path}{key}.")
    if isinstance(schema.get("items"), dict):
        yield from _objects(schema["items"], root, f"{path}[].")


def _faults(descriptor: HomeType | StoreType) -> Iterator[str]:
    """What the descriptor promises and cannot mean, or its class does not hold."""
    promised = descriptor.capabilities
    for name, kind in get_type_hints(type(promised)).items():
        choices = get_args(kind)
        value = getattr(promised, name)
        if choices and all(isinstance(choice, str) for choice in choices) and value not in choices:
            yield f"{name} is {value!r}, one of {choices} is wanted"
    made = registry().load_class(descriptor)
    if isinstance(promised, HomeCapabilities):
        yield from _home_faults(promised)
    else:
        yield from _store_faults(promised, made)


def _home_faults(promised: HomeCapabilities) -> Iterator[str]:
    if promised.operations and not promised.positions:
        yield "operations are promised without positions: nothing would tell which are new"


def _store_faults(promised: StoreCapabilities, made: type) -> Iterator[str]:
    modes = set(promised.modes)
    if not modes or modes - {"replace", "append", "upsert"}:
        yield f"modes are {sorted(modes)}: replace, append and upsert are the modes"
    if promised.deletes and "upsert" not in modes:
        yield "deletes are promised without upsert: no other mode has keys to delete by"
    if (promised.add_columns or promised.widen_types) and not modes & {"append", "upsert"}:
        yield "columns can be added or widened only where rows stay: append or upsert"
    if promised.identifier_limit is not None and promised.identifier_limit < 1:
        yield "identifier_limit is a number of characters, or None"
    if promised.read_back and not _written(made, Store, "read_back"):
        yield "read_back is promised and not written"
    if promised.exclusive == "connection" and not _written(made, Store, "connection"):
        yield "commits are exclusive on a connection that `connection` does not name"
    if "append" in modes and not (
        _written(made, Store, "stage_overlap") and _written(made, Store, "overlap")
    ):
        yield "append needs stage_overlap and overlap: what the next one leaves out"


def _written(made: type, role: type[Home] | type[Store], method: str) -> bool:
    """Whether the class has a method of its own in place of the role's."""
    return getattr(made, method) is not getattr(role, method)
