"""Whatever stands in the files: a project or a configuration error, never a traceback."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hygge.config import load_project
from hygge.config.acceptance import compile_check
from hygge.errors import ConfigurationError, MissingConnector

Write = Callable[[Mapping[str, str | bytes]], Path]
PROJECT = b"""version: 1
name: p
connections: {c: {type: rows, path: data, password: "${secret:env:P}"}}
journal: {location: auto}
options: {concurrency: 2, memory: 64MiB, fail_fast: true}
"""
FLOW = b"""home: {type: rows, connection: c, table: "{entity}", tags: [a, b], size: small}
store:
  type: parquet
  path: ${OUT:-out}
run_type: incremental
watermark: {column: changed, lookback: 15m}
keys: [id]
entities:
  - a
  - {name: b, where: "x > 1", columns: [id, changed]}
"""
FRAGMENTS = [
    *(b"\t", b": ", b"- ", b"&a ", b"*a", b"<<", b"!!int ", b"${", b"}", b"$${", b"[", b"]", b"{", b"\n"),
    *(b'"', b"'", b"null", b"-1", b"1e999", b"|\n", b"? ", b"---\n", b"%YAML 9.9\n", b"\xff", b"\x00"),
    *("\u2028".encode(), "\ufeff".encode(), b"\xf0\x9f", b"${secret:a:b}", b"name", b"# ", b"~", b"\r"),
    b"9" * 5000,
]
quiet = settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])


def loads_or_tells(root: Path, sets: tuple[str, ...] = ()) -> None:
    try:
        loaded = load_project(root, sets)
        loaded.select()
    except (ConfigurationError, MissingConnector):
        return


@st.composite
def mutations(draw: st.DrawFn, original: bytes) -> bytes:
    data = original
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from([0, 0, 1, 3, 20])))
        data = data[:start] + draw(st.sampled_from(FRAGMENTS)) + data[end:]
    return data


@quiet
@given(project_file=st.one_of(st.just(PROJECT), mutations(PROJECT)), flow_file=mutations(FLOW))
def test_no_bytes_in_the_files_cause_a_traceback(
    project: Write, project_file: bytes, flow_file: bytes
) -> None:
    loads_or_tells(project({"hygge.yml": project_file, "flows/f.yml": flow_file}))


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
)
KEYS = """
    home store type path connection run_type watermark column lookback keys columns entities name write where
    tags size auth kind nested file password ratio user port version options memory journal location
"""
keys = st.sampled_from(KEYS.split())
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@quiet
@given(value=values, rest=st.booleans())
def test_no_value_of_any_shape_causes_a_traceback(project: Write, value: Any, rest: bool) -> None:
    import yaml

    dumped = {"home": {"type": "rows", "path": "x"}, "store": {"type": "settled", "path": "y"}}
    if isinstance(value, dict) and rest:
        dumped = {**dumped, **value}
        value = {**dumped, "home": {"type": "rows", **value}}
    text = yaml.safe_dump(value, allow_unicode=False)
    loads_or_tells(
        project(
            {
                "hygge.yml": b"version: 1\n",
                "flows/f.yml": text,
                "flows/g/flow.yml": "",
                "flows/g/entities/e.yml": text,
            }
        )
    )
    loads_or_tells(project({"hygge.yml": text}))


@quiet
@example(text="1=\n1\n1")
@given(text=st.text(alphabet="f.=home[]{}:'\"&*!${}\\ \n\t1", max_size=20))
def test_no_setting_causes_a_traceback(project: Write, text: str) -> None:
    root = project({"hygge.yml": PROJECT, "flows/f.yml": FLOW})
    loads_or_tells(root, (text, f"f.{text}", f"f.home.{text}"))


TYPES = ["string", "integer", "number", "boolean", "null", "array", "object"]
schemas = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from([*TYPES, ["string", "integer"]]),
            "enum": st.lists(st.sampled_from(["a", "b", 1, True, None]), min_size=1),
            "const": st.sampled_from(["a", 1, 1.0, True, None]),
            "minimum": st.integers(-2, 2),
            "maximum": st.integers(-2, 2),
            "minLength": st.integers(0, 2),
            "maxLength": st.integers(0, 2),
            "pattern": st.sampled_from(["^a", "b$", "."]),
            "minItems": st.integers(0, 2),
            "uniqueItems": st.booleans(),
            "required": st.lists(st.sampled_from("ab"), unique=True),
            "not": st.just({"type": "string"}),
        },
    ),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(st.sampled_from("ab"), inner),
            "additionalProperties": st.booleans() | inner,
            "items": inner | st.booleans(),
            "$ref": st.just("#/$defs/d"),
            "$defs": st.fixed_dictionaries({"d": inner}),
            "type": st.sampled_from(["array", "object"]),
        },
    ),
    max_leaves=4,
)  # fmt: skip
instances = st.recursive(
    st.sampled_from([None, True, False, 0, 1, 2, 1.0, -1.5, "", "a", "b", "ab"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=1500)
@given(schema=schemas, instance=instances)
def test_the_quick_check_accepts_nothing_that_jsonschema_refuses(schema: Any, instance: Any) -> None:
    from jsonschema import Draft202012Validator

    if compile_check(schema)(instance):
        assert Draft202012Validator(schema).is_valid(instance)


@pytest.mark.parametrize("name", ["project", "flow", "entity"])
def test_the_quick_check_knows_every_keyword_of_the_core_schemas(name: str) -> None:
    from hygge.config import rules

    watermark = {"column": "c", "lookback": 3}
    sound: Mapping[str, Any] = {
        "project": {"version": 1, "connections": {"c": {"type": "x"}}, "options": {"memory": "1GiB"}},
        "flow": {"home": {"type": "x"}, "entities": ["a", {"name": "b"}], "watermark": watermark},
        "entity": {"name": "b", "watermark": watermark, "keys": ["k"]},
    }
    assert getattr(rules, f"{name}_rules")().accepts(sound[name])
