"""Polish: names by rule, hashes that cannot collide, casts that lose nothing."""

from __future__ import annotations

import decimal
import hashlib
import math
from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hygge import hashing
from hygge.config.model import ConstantConfig, HashConfig, PolishConfig
from hygge.errors import HyggeError
from hygge.naming import numbered, renamed
from hygge.polish import Polish

AT = "2024-05-06T07:08:09.010+00:00"


@pytest.mark.parametrize(
    ("name", "snake", "camel", "pascal"),
    [
        ("OrderID", "order_id", "orderId", "OrderId"),
        ("HTTPServer2Name", "http_server2_name", "httpServer2Name", "HttpServer2Name"),
        ("already_snake", "already_snake", "alreadySnake", "AlreadySnake"),
        ("with  spaces - and.dots", "with_spaces_and_dots", "withSpacesAndDots", "WithSpacesAndDots"),
        ("ÅrligOmsättning", "årlig_omsättning", "årligOmsättning", "ÅrligOmsättning"),
        ("名前 ID", "名前_id", "名前Id", "名前Id"),
        ("a", "a", "a", "A"),
        ("X", "x", "x", "X"),
    ],
)
def test_names_are_written_as_asked(name: str, snake: str, camel: str, pascal: str) -> None:
    for case, wanted in ("snake", snake), ("camel", camel), ("pascal", pascal):
        assert renamed(name, case, only_letters=True) == wanted  # type: ignore[arg-type]  # a literal of Case


@pytest.mark.parametrize(
    ("name", "left"), [("Price (€)", "Price"), ("50% off!", "50_off"), ("नमस्ते?", "नमस्ते"), ("🎉", "")]
)
def test_special_characters_go_and_letters_of_any_script_stay(name: str, left: str) -> None:
    assert renamed(name, "keep", only_letters=True) == left


@given(st.text(max_size=30))
@example("A\U0001d50d")  # a capital that has no small form
@example("a\u21022")
def test_a_rule_applied_twice_is_the_rule_applied_once(name: str) -> None:
    once = renamed(name, "snake", only_letters=True)
    assert renamed(once, "snake", only_letters=True) == once


@given(st.lists(st.sampled_from(["id", "id_2", "id_3", "x"]), max_size=8))
def test_numbered_names_are_unique_and_the_first_keeps_its_own(names: list[str]) -> None:
    found = numbered(names)
    assert len(set(found)) == len(found)
    assert all(one == other for one, other in zip(found, names, strict=True) if names.count(other) == 1)


def polished(config: PolishConfig, **columns: Any) -> pa.RecordBatch:
    batch = pa.record_batch(columns)
    return Polish(config, batch.schema, AT)(batch)


def test_a_hash_is_what_anybody_can_compute_again() -> None:
    config = PolishConfig(hash=(HashConfig(columns=("a", "n"), into="h", salt="pepper"),))
    found = polished(config, a=pa.array(["smörg", None, None]), n=pa.array([1, 2, None]))["h"]
    wanted = [
        hashlib.sha256("6:pepper6:smörg1:1".encode()).hexdigest(),
        hashlib.sha256(b"6:pepper-:1:2").hexdigest(),
        None,
    ]
    assert found.to_pylist() == wanted


@given(
    st.tuples(st.text(), st.text()),
    st.tuples(st.text(), st.text()),
)
def test_parts_of_a_hash_cannot_run_into_each_other(one: tuple[str, str], other: tuple[str, str]) -> None:
    rows = [one, other]
    columns = [pa.array([row[n] for row in rows], pa.string()) for n in (0, 1)]
    first, second = hashing.hashed(columns, "").to_pylist()
    assert (first == second) == (one == other)


@given(st.lists(st.one_of(st.none(), st.text(), st.just("")), max_size=20))
def test_the_quick_and_the_plain_way_to_hash_agree(values: list[str | None]) -> None:
    pytest.importorskip("polars_hash")
    texts = hashing.framed(pa.array(values, pa.string()))
    assert hashing._fast(texts).equals(hashing._slowly(texts))


@pytest.mark.parametrize(
    "values",
    [
        pa.array([b"\x00\xff", None]),
        pa.array([1.5, None]),
        pa.array([True, None]),
        pa.array(["a", None]).dictionary_encode(),
        pa.array([0, None], pa.timestamp("us", "UTC")),
    ],
    ids=lambda v: str(v.type),
)
def test_values_of_every_flat_type_are_hashed_and_nulls_stay_null(values: pa.Array) -> None:
    found = hashing.hashed([values], "s").to_pylist()
    assert len(found[0]) == 64
    assert found[1] is None


def test_a_list_cannot_be_hashed() -> None:
    with pytest.raises(HyggeError, match="cannot be hashed"):
        polished(PolishConfig(hash=(HashConfig(columns=("a",), into="a"),)), a=pa.array([[1]]))


def test_collisions_are_refused_or_numbered() -> None:
    columns = {"Order ID": pa.array([1]), "OrderId": pa.array([2])}
    with pytest.raises(HyggeError, match="'Order ID', 'OrderId' would all be called 'order_id'"):
        polished(PolishConfig(case="snake"), **columns)
    found = polished(PolishConfig(case="snake", collisions="number"), **columns)
    assert found.to_pydict() == {"order_id": [1], "order_id_2": [2]}
    polish = Polish(PolishConfig(case="snake", collisions="number"), pa.schema(
        [("Order ID", pa.int8()), ("OrderId", pa.int8())]
    ), AT)  # fmt: skip
    assert polish.notes == ("polish calls 'OrderId' 'order_id_2': another column is 'order_id' already",)


def test_names_are_known_to_the_next_load_but_for_those_that_the_flow_spells_out() -> None:
    schema = pa.schema([("Order ID", pa.int8()), ("OrderId", pa.int8())])
    spelt = PolishConfig(case="snake", collisions="number", rename={"OrderId": "other"})
    polish = Polish(spelt, schema, AT, {"gone": "gone_2"})
    assert polish.names == {"Order ID": "order_id", "OrderId": "other"}
    assert polish.given == {"Order ID": "order_id", "gone": "gone_2"}


def test_the_order_is_select_drop_cast_hash_rename() -> None:
    config = PolishConfig(
        select=("b", "a", "c"),
        drop=("c",),
        cast={"b": "string"},
        rename={"a": "Final Name"},
        case="snake",
        special="remove",
    )
    found = polished(config, a=pa.array([1]), b=pa.array([2]), c=pa.array([3]), d=pa.array([4]))
    assert found.to_pydict() == {"b": ["2"], "Final Name": [1]}


def test_a_column_of_the_source_is_never_hidden_by_a_hash_of_another() -> None:
    config = PolishConfig(hash=(HashConfig(columns=("a",), into="b"),))
    with pytest.raises(HyggeError, match="'b' is a column of the source already"):
        polished(config, a=pa.array(["x"]), b=pa.array(["y"]))


def test_a_column_that_is_made_cannot_take_the_name_of_another() -> None:
    with pytest.raises(HyggeError, match="two columns would be called 'a'"):
        polished(PolishConfig(timestamps=("a",)), a=pa.array([1]))


@pytest.mark.parametrize("values", [pa.array([300]), pa.array([1.5]), pa.array([-129])])
def test_a_cast_refuses_the_value_that_it_would_change(values: pa.Array) -> None:
    with pytest.raises(HyggeError, match="a value of 'a' does not fit int8"):
        polished(PolishConfig(cast={"a": "int8"}), a=values)


def test_whoever_asks_is_told_which_columns_are_the_homes_and_which_were_remade() -> None:
    config = PolishConfig(
        cast={"n": "string"},
        rename={"a": "b"},
        hash=(HashConfig(columns=("a",), into="a"), HashConfig(columns=("n", "k"), into="h")),
        timestamps=("at",),
    )
    schema = pa.schema([("a", pa.string()), ("n", pa.int8()), pa.field("k", pa.int8(), nullable=False)])
    polish = Polish(config, schema, AT)
    assert polish.names == {"a": "b", "n": "n", "k": "k"}
    assert polish.remade == {"b", "n"}
    assert polish.made == {"at"}
    assert [field.name for field in polish.schema if not field.nullable] == ["k", "h", "at"]


def test_a_batch_without_rows_is_polished_like_any_other() -> None:
    config = PolishConfig(hash=(HashConfig(columns=("a",), into="a"),), timestamps=("at",))
    found = polished(config, a=pa.array([], pa.string()))
    assert found.schema.names == ["a", "at"]
    assert found.num_rows == 0


D = decimal.Decimal
NOON, MIDNIGHT = datetime(2024, 1, 1, 12), datetime(2024, 1, 1)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pa.array([19.999]), "decimal(10,2)"),
        (pa.array([D("1.25")]), "decimal(5,1)"),
        (pa.array([1e300]), "float32"),
        (pa.array([16_777_217.0]), "float32"),
        (pa.array([D(10**38 - 1)], pa.decimal128(38, 0)), "float64"),
        (pa.array([2**53 + 1]), "float64"),
        (pa.array([7]), "bool"),
        (pa.array([0.5]), "bool"),
        (pa.array([1000]), "decimal(4,1)"),
        (pa.array([NOON], pa.timestamp("us")), "date"),
        (pa.array([NOON], pa.timestamp("us")), "time"),
        (pa.array(["7", "0x10"]), "int64"),
    ],
    ids=str,
)
def test_a_cast_never_rounds_cuts_or_overflows(values: pa.Array, kind: str) -> None:
    with pytest.raises(HyggeError, match="does not fit") as caught:
        polished(PolishConfig(cast={"a": kind}), a=values)
    assert not isinstance(caught.value.__cause__, HyggeError)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pa.array([19.99, None]), "decimal(10,2)"),
        (pa.array([7, None]), "decimal(5,1)"),
        (pa.array([2**64 - 1], pa.uint64()), "decimal(20,0)"),
        (pa.array([0.5, math.nan, -math.inf, None]), "float32"),
        (pa.array([D("0.1"), None]), "float64"),
        (pa.array([0, 1, None]), "bool"),
        (pa.array([MIDNIGHT, None], pa.timestamp("us")), "date"),
        (pa.array([None, None], pa.float64()), "int8"),
        (pa.array([], pa.float64()), "int8"),
    ],
    ids=str,
)
def test_a_cast_takes_every_value_that_fits(values: pa.Array, kind: str) -> None:
    found = polished(PolishConfig(cast={"a": kind}), a=values).column("a")
    assert found.null_count == values.null_count
    assert len(found) == len(values)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("9007199254740993", "float64"), ("0.1234567890123456789", "float64"), ("16777217", "float32")],
)
def test_a_text_that_a_float_would_round_is_no_float(text: str, kind: str) -> None:
    config = PolishConfig(cast={"a": kind})
    with pytest.raises(HyggeError, match="does not fit"):
        polished(config, a=pa.array([text]))
    found = polished(config, a=pa.array(["0.1", "1e300" if kind == "float64" else "1e30", "-7", None]))
    assert found["a"][3].as_py() is None


def test_what_is_cast_is_hashed_as_it_was_cast() -> None:
    values, amounts = pa.array([1.0]), pa.array([decimal.Decimal("1.00")], pa.decimal128(5, 2))
    wanted = hashing.hashed([amounts], "").to_pylist()
    for into in ("x", "h"):
        config = PolishConfig(cast={"x": "decimal(5,2)"}, hash=(HashConfig(columns=("x",), into=into),))
        assert polished(config, x=values)[into].to_pylist() == wanted


def test_constants_hold_what_their_type_holds() -> None:
    great = ConstantConfig(name="c", value=2**63, type="uint64")
    assert polished(PolishConfig(constants=(great,)), a=pa.array([1]))["c"].to_pylist() == [2**63]
    for value, kind in ((2**63, None), (2**64, "uint64"), (-1, "uint8")):
        with pytest.raises(HyggeError, match=r"polish\.constants"):
            polished(
                PolishConfig(constants=(ConstantConfig(name="c", value=value, type=kind),)), a=pa.array([1])
            )


some = st.lists(st.sampled_from(["a", "b", "c", "d"]), unique=True)


@given(some, some)
def test_numbered_names_that_are_known_stay_and_are_taken(known: list[str], order: list[str]) -> None:
    before = dict(zip(known, numbered(["id"] * len(known)), strict=True))
    kept = [place for place, name in enumerate(order) if name in before]
    wanted = [before.get(name, "id") for name in order]
    found = dict(zip(order, numbered(wanted, kept, before.values()), strict=True))
    assert len(set(found.values())) == len(order)
    assert {name: found[name] for name in known if name in found} == {
        n: before[n] for n in known if n in found
    }
    new = [found[name] for name in order if name not in before]
    assert not set(new) & set(before.values()), "a column that is gone may come back"
