"""Laws of a store: names, identities, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from hygge.errors import ConfigurationError, HyggeError, NeedsUser
from hygge.testing.canaries import assert_sendable, assert_untold, said
from hygge.testing.store_bench import FIRST, SECOND, Bench, StoreLaws, rows_of
from hygge.testing.values import target
from hygge.testing.warm import Warm

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["RefusalLaws"]


class RefusalLaws(StoreLaws):
    """Where a target is, and what must not settle there."""

    # -- names -------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        "entity",
        ["Order Lines", "group", "a'b", 'a"b', "a]b", "a;--b", "a.b", "ümläut", "数据", "🙂", "%41", "a%2Fb",
         "../up", "/root", "a/b", "a\\b", "..", ".", "", " ", "a\nb", "x" * 128, "x" * 300, ".hygge", "CON"],
    )  # fmt: skip
    def test_an_entity_name_is_data_or_refused_before_any_io(self, bench: Bench, entity: str) -> None:
        """Refused by `Store.identity`, which every run asks first and which does no I/O."""
        try:
            bench.store.identity(target(entity))
        except ConfigurationError:
            return
        except HyggeError as error:
            pytest.fail(f"a name is refused with ConfigurationError (HYG113), not {type(error).__name__}")
        bench.landed(entity="orders")
        bench.landed(self.promised_modes()[0], entity=entity)
        assert bench.rows(entity) == rows_of(FIRST)
        assert bench.rows("orders") == rows_of(FIRST)

    def test_an_identity_is_the_same_everywhere_and_tells_no_secret(self, bench: Bench, warm: Warm) -> None:
        here = bench.store.identity(target())
        assert here == bench.open().identity(target())
        assert here != bench.store.identity(target("invoices"))
        assert here == warm.run(identity, self.type, bench.config, "orders").result()
        assert not any(secret in here for secret in self.secrets)
        bench.landed()
        assert bench.store.identity(target()) == here

    # -- what is refused ----------------------------------------------------------------------------

    def test_a_mode_that_is_not_promised_is_refused_before_any_io(
        self, bench: Bench, missing_mode: str
    ) -> None:
        def never() -> Iterator[pa.RecordBatch]:
            raise AssertionError("a row was read for a job that cannot be")
            yield

        with pytest.raises(NeedsUser) as caught:
            bench.store.stage(bench.job(missing_mode), "a", never())
        assert_sendable(caught.value)
        assert self.visible(bench.config, "orders") is None
        assert bench.leftovers() == []

    def test_foreseeing_a_job_that_can_land_says_nothing_and_touches_nothing(
        self, bench: Bench, mode: str
    ) -> None:
        for base, entity in ((None, "new"), (bench.landed(), "orders")):
            job = bench.job(mode, base, entity)
            before = bench.state(entity), self.visible(bench.config, entity), bench.leftovers()
            bench.open().foresee(job)
            assert (bench.state(entity), self.visible(bench.config, entity), bench.leftovers()) == before

    def test_data_that_is_gone_while_its_receipt_stayed_is_noticed(self, bench: Bench, mode: str) -> None:
        bench.landed(mode)
        assert bench.state().damage is None
        if not self.lose(bench.config, "orders"):
            pytest.skip("data and receipts go together")
        assert bench.open().state(target()).damage, "`TargetState.damage` says what is missing"

    def test_data_that_hygge_did_not_write_is_named(self, bench: Bench) -> None:
        self.plant(bench.config, "orders")
        assert bench.state().foreign

    def test_data_that_hygge_did_not_write_is_not_replaced_unless_adopted(self, bench: Bench) -> None:
        self.plant(bench.config, "orders")
        named = bench.state().foreign
        for mode in self.promised_modes():
            job = bench.job(mode)
            with pytest.raises(NeedsUser) as caught:
                bench.land(job, FIRST)
            assert_sendable(caught.value)
            bench.store.abort(job)
            assert bench.state().foreign == named
            assert bench.state().receipt is None
        if "replace" in self.promised_modes():
            bench.land(bench.job("replace", adopt=True), FIRST)
            assert bench.rows() == rows_of(FIRST)
            assert bench.state().foreign is None

    def test_errors_survive_pickle(self, bench: Bench, mode: str) -> None:
        bench.landed()
        with pytest.raises(HyggeError) as caught:
            bench.land(bench.job(mode, None), SECOND)
        assert_sendable(caught.value)
        assert_untold(self.secrets, [said(caught.value)])


def identity(store_type: str, config: Mapping[str, Any], entity: str) -> str:
    """The identity as another process gives it."""
    from hygge.plugins import registry

    return registry().open_store(store_type, config).identity(target(entity))
