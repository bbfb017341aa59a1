"""The one schema for editors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from hygge.config.schema import check_connector_schema, whole_schema
from hygge.errors import MissingConnector

if TYPE_CHECKING:
    from hygge import HomeType, StoreType
    from hygge.plugins import Registry


@pytest.fixture
def validator() -> Draft202012Validator:
    schema = whole_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


SOUND: dict[str, dict[str, Any]] = {
    "hygge.yml": {"version": 1, "name": "w", "options": {"memory": "1GiB"}},
    "a flow": {"home": {"type": "rows", "path": "x"}, "store": {"type": "parquet", "path": "o"}},
    "a flow with a connection": {"home": {"type": "rows", "connection": "c", "table": "t"}},
    "entities that override keys": {"entities": ["a", {"name": "b", "home": {"table": "t"}}]},
    "an entity's file": {"name": "b", "where": "x > 1"},
    "a nested reference of a connector": {"home": {"type": "rows", "nested": {"file": "x"}}},
    "a connector without a readable schema": {"home": {"type": "schemaless", "anything": 1}},
}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a misspelt key of hygge.yml": ({"version": 1, "nam": "w"}, "'nam' was unexpected"),
    "a misspelt key of a flow": ({"run_typ": "x"}, "'run_typ' was unexpected"),
    "an unknown type": ({"home": {"type": "rowz"}}, "'rowz' is not one of"),
    "a misspelt key of a connector": ({"store": {"type": "parquet", "pat": "x"}}, "'pat' was unexpected"),
    "a key of an entity's connector": (
        {"entities": [{"name": "b", "home": {"type": "rows", "port": "x"}}]},
        "'x' is not of type 'integer'",
    ),
    "a nested reference of a connector": (
        {"home": {"type": "rows", "nested": {"file": 3}}},
        "3 is not of type 'string'",
    ),
}


@pytest.mark.parametrize("name", SOUND)
def test_an_editor_finds_nothing_wrong_with(validator: Draft202012Validator, name: str) -> None:
    assert [error.message for error in validator.iter_errors(SOUND[name])] == []


@pytest.mark.parametrize("name", WRONG)
def test_an_editor_marks(validator: Draft202012Validator, name: str) -> None:
    instance, message = WRONG[name]
    (error,) = validator.iter_errors(instance)
    assert message in error.message


def test_every_key_of_core_s_schemas_is_described() -> None:
    def undescribed(schema: Any, path: str) -> list[str]:
        found = []
        for key, item in schema.get("properties", {}).items():
            if isinstance(item, dict) and "$ref" not in item:
                found += [f"{path}.{key}"] if "description" not in item else []
                found += undescribed(item, f"{path}.{key}")
        return found

    schema = whole_schema()
    core = {name: item for name, item in schema["$defs"].items() if not name.startswith(("home_", "store_"))}
    core["store_parquet"] = schema["$defs"]["store_parquet"]
    core["store_parquet"]["properties"] = {
        key: item for key, item in core["store_parquet"]["properties"].items() if item is not True
    }
    assert [name for part, item in core.items() for name in undescribed(item, part)] == []


def test_a_connector_s_schema_can_be_checked_before_it_is_needed(installed: Registry) -> None:
    described: list[HomeType | StoreType] = [*installed.homes.values(), *installed.stores.values()]
    for descriptor in described:
        if descriptor.name == "schemaless":
            with pytest.raises(MissingConnector, match="is not in its package"):
                check_connector_schema(descriptor, "rows-connector")
        else:
            check_connector_schema(descriptor, installed.provider(descriptor))
