"""A quick yes: does a value surely meet a schema?

Importing jsonschema takes a tenth of what a run of a small table may take, and a sound
configuration needs none of its messages. So the plain keywords are checked here first; whatever is
not surely right, a keyword this module does not know included, goes to jsonschema, which alone
says no. See docs/decisions/schema-validation.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

__all__ = ["Check", "compile_check"]

Check: TypeAlias = Callable[[Any], bool]

_NOTES = frozenset(
    (
        *("$schema", "$id", "$defs", "$comment", "title", "description", "default", "examples"),
        *("format", "writeOnly", "readOnly", "deprecated"),
    )
)
_TYPES: Mapping[str, Check] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}


class _Unknown(Exception):
    """A keyword, or a use of one, that only jsonschema understands."""


def compile_check(schema: Mapping[str, Any]) -> Check:
    """A check that is true only for values that meet ``schema`` (JSON Schema 2020-12)."""
    try:
        return _Compiler(schema).check(schema)
    except (_Unknown, RecursionError, re.error):
        return lambda value: False


class _Compiler:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self.root = root

    def check(self, schema: Any) -> Check:
        if schema is True:
            return lambda value: True
        if not isinstance(schema, dict):
            raise _Unknown
        checks = [
            getattr(self, "_" + keyword.removeprefix("$"), _unknown)(limit, schema)
            for keyword, limit in schema.items()
            if keyword not in _NOTES
        ]
        return lambda value: all(check(value) for check in checks)

    def _ref(self, reference: Any, schema: Mapping[str, Any]) -> Check:
        match = re.fullmatch(r"#/\$defs/(\w+)", str(reference))
        target = self.root.get("$defs", {}).get(match[1]) if match else None
        if target is None or "$id" in self.root:
            raise _Unknown
        return self.check(target)

    def _type(self, limit: Any, schema: Mapping[str, Any]) -> Check:
        names = [limit] if isinstance(limit, str) else limit
        kinds = [_TYPES[name] for name in names if name in _TYPES]
        return lambda value: any(kind(value) for kind in kinds)

    def _enum(self, limit: Any, schema: Mapping[str, Any]) -> Check:
        texts = {choice for choice in limit if isinstance(choice, str)}
        return lambda value: isinstance(value, str) and value in texts

    def _const(self, limit: Any, schema: Mapping[str, Any]) -> Check:
        if not isinstance(limit, str | int):
            raise _Unknown
        return lambda value: type(value) is type(limit) and value == limit

    def _minimum(self, limit: Any, schema: Mapping[str, Any]) -> Check:
        return lambda value: not isinstance(value, int | float) or value >= limit

    def _maximum(self, limit: Any, schema: Mapping[str, Any]) -> Check:
        return lambda value: not isinstance(value, int | float) or value <= limit

    def _minLength(self, limit: Any, schema: Mapping[str, Any]) -> Check:  # noqa: N802  # the keyword
        return lambda value: not isinstance(value, str) or len(value) >= limit

    def _maxLength(self, limit: Any, schema: Mapping[str, Any]) -> Check:  # noqa: N802  # the keyword
        return lambda value: not isinstance(value, str) or len(value) <= limit

    def _pattern(self, limit: Any, schema: Mapping[str, Any]) -> Check:
        pattern = re.compile(limit)
        return lambda value: not isinstance(value, str) or pattern.search(value) is not None

    def _minItems(self, limit: Any, schema: Mapping[str, Any]) -> Check:  # noqa: N802  # the keyword
        return lambda value: not isinstance(value, list) or len(value) >= limit

    def _uniqueItems(self, limit: Any, schema: Mapping[str, Any]) -> Check:  # noqa: N802  # the keyword
        def unique(value: Any) -> bool:
            if limit is not True or not isinstance(value, list):
                return limit is True
            return all(isinstance(item, str) for item in value) and len(set(value)) == len(value)

        return unique

    def _items(self, limit: Any, schema: Mapping[str, Any]) -> Check:
        if "prefixItems" in schema:
            raise _Unknown
        check = self.check(limit)
        return lambda value: not isinstance(value, list) or all(check(item) for item in value)

    def _required(self, limit: Any, schema: Mapping[str, Any]) -> Check:
        return lambda value: not isinstance(value, dict) or all(key in value for key in limit)

    def _properties(self, limit: Any, schema: Mapping[str, Any]) -> Check:
        checks = {key: self.check(item) for key, item in limit.items()}

        def each(value: Any) -> bool:
            if not isinstance(value, dict):
                return True
            return all(checks[key](item) for key, item in value.items() if key in checks)

        return each

    def _dependentSchemas(self, limit: Any, schema: Mapping[str, Any]) -> Check:  # noqa: N802  # the keyword
        checks = {key: self._if_known(item) for key, item in limit.items()}

        def met(value: Any) -> bool:
            if not isinstance(value, dict):
                return True
            return all(check(value) for key, check in checks.items() if key in value)

        return met

    def _if_known(self, schema: Any) -> Check:
        """A check of a part that rarely matters; never true where only jsonschema understands it."""
        try:
            return self.check(schema)
        except _Unknown:
            return lambda value: False

    def _additionalProperties(self, limit: Any, schema: Mapping[str, Any]) -> Check:  # noqa: N802  # the keyword
        if "patternProperties" in schema:
            raise _Unknown
        known = schema.get("properties", {})
        check: Check = (lambda value: False) if limit is False else self.check(limit)

        def others(value: Any) -> bool:
            if not isinstance(value, dict):
                return True
            return all(check(item) for key, item in value.items() if key not in known)

        return others


def _unknown(limit: Any, schema: Mapping[str, Any]) -> Check:
    raise _Unknown
