"""What a receipt keeps of a polish: another text where rows would be stored otherwise, else the same."""

from __future__ import annotations

import hashlib
from typing import Any

import pyarrow as pa
import pytest

from hygge.config.model import ConstantConfig, HashConfig, PolishConfig
from hygge.errors import HyggeError
from hygge.hashing import hashed
from hygge.naming import renamed
from hygge.polish import Polish

AT = "2024-05-06T07:08:09.010+00:00"
SCHEMA = pa.schema([("id", pa.int64()), ("a", pa.string()), ("b b", pa.string())])


def polish(**config: Any) -> Polish:
    return Polish(PolishConfig(**config), SCHEMA, AT)


def hashing(*columns: str, into: str = "h", salt: str = "") -> dict[str, Any]:
    return {"hash": (HashConfig(columns=columns, into=into, salt=salt),)}


OTHERWISE: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"select": ("id", "a")}),
    ({"select": ("id", "a")}, {"select": ("id", "b b")}),
    ({}, {"drop": ("a",)}),
    ({}, {"cast": {"id": "string"}}),
    ({"cast": {"id": "string"}}, {"cast": {"id": "int32"}}),
    ({}, {"rename": {"a": "A"}}),
    ({"case": "snake"}, {"case": "pascal"}),
    ({}, {"special": "remove"}),
    (hashing("a"), hashing("b b")),
    (hashing("a"), hashing("a", into="other")),
    (hashing("a"), hashing("a", salt="pepper")),
    (hashing("a", salt="salt"), hashing("a", salt="pepper")),
]


@pytest.mark.parametrize(("before", "after"), OTHERWISE)
def test_rows_that_would_be_stored_otherwise_are_told_apart(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert polish(**before).of_values() != polish(**after).of_values()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"select": ("id", "a")}, {"select": ("a", "id")}),
        ({"drop": ("a", "b b")}, {"drop": ("b b", "a")}),
        ({}, {"constants": (ConstantConfig(name="c", value=1),)}),
        ({"timestamps": ("loaded",)}, {"timestamps": ("at",)}),
        (hashing("a", salt="pepper"), hashing("a", salt="pepper")),
    ],
)
def test_what_no_row_is_known_by_may_change(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert polish(**before).of_values() == polish(**after).of_values()


@pytest.mark.parametrize(
    "after",
    [
        {"rename": {"a": "A"}},
        {"cast": {"a": "binary"}},
        {"drop": ("a",)},
        hashing("a", into="a"),
        hashing("a", into="a", salt="pepper"),
    ],
)
def test_a_key_that_would_be_stored_otherwise_is_told(after: dict[str, Any]) -> None:
    assert polish().of_keys(["a"]) != polish(**after).of_keys(["a"])
    assert polish().of_keys(["id"]) == polish(**after).of_keys(["id"])


def test_a_salt_is_in_no_digest_as_it_is() -> None:
    salted = polish(**hashing("a", into="a", salt="pepper"))
    assert "pepper" not in str(salted.of_keys(["a"])) + salted.of_values()


def test_what_polish_makes_itself_is_no_value_of_the_source() -> None:
    found = polish(constants=(ConstantConfig(name="c", value=1),), timestamps=("loaded",))
    assert found.made == {"c", "loaded"}


def test_names_that_were_given_count_only_where_names_are_numbered_and_not_spelt_out() -> None:
    schema = pa.schema([("Order ID", pa.int8()), ("OrderId", pa.int8())])
    known = {"Order ID": "order_id_2", "OrderId": "order_id"}
    numbered = Polish(PolishConfig(case="snake", collisions="number"), schema, AT, known)
    assert numbered.names == known
    spelt = PolishConfig(case="snake", collisions="number", rename={"Order ID": "number"})
    assert Polish(spelt, schema, AT, known).names == {"Order ID": "number", "OrderId": "order_id"}
    refused = PolishConfig(rename={"OrderId": "order"})
    assert Polish(refused, schema, AT, known).names == {"Order ID": "Order ID", "OrderId": "order"}


@pytest.mark.parametrize("case", ["keep", "snake", "pascal"])
def test_a_name_is_the_same_however_its_accents_are_encoded(case: Any) -> None:
    assert renamed("cafe\u0301", case, only_letters=True) == renamed("caf\u00e9", case, only_letters=True)
    twice = pa.schema([("cafe\u0301", pa.int8()), ("caf\u00e9", pa.int8())])
    with pytest.raises(HyggeError, match="would all be called"):
        Polish(PolishConfig(case=case, special="remove"), twice, AT)


def test_a_salt_is_framed_by_its_length_in_bytes_as_a_value_is() -> None:
    wanted = hashlib.sha256("9:påfågel1:x".encode()).hexdigest()
    assert hashed([pa.array(["x"])], "påfågel").to_pylist() == [wanted]
