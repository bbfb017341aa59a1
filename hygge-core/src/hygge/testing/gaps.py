"""A law that a connector does not keep is declared, with its reason; never skipped in silence.

::

    class TestMine(StoreConformance):
        gaps = {
            "test_reading_back": Gap("the service has no query"),                     # in every form
            "test_a_column_name_is_data[a/b]": Gap("no slashes", raises=NeedsUser),   # in one form
        }

A gap that no longer fails makes the suite fail, so that the list of gaps stays true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

__all__ = ["Gap", "Laws", "gap_rows"]


@dataclass(frozen=True, slots=True)
class Gap:
    """Why a law does not hold, and the error that shows it; the test fails once it does hold."""

    reason: str
    raises: type[BaseException] | tuple[type[BaseException], ...] = AssertionError

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise TypeError("a gap needs its reason")


class Laws:
    """Laws to subclass; a test's name is the law, ``gaps`` names those that do not hold."""

    gaps: ClassVar[Mapping[str, Gap]] = {}
    """By the law's name, or by its name with the parameters in brackets, as pytest shows it."""

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        unknown = sorted(name for name in cls.gaps if not _names_law(cls, name))
        if unknown:
            raise TypeError(f"{cls.__name__}.gaps names no law: {', '.join(unknown)}")

    @pytest.fixture(autouse=True)
    def _declared_gap(self, request: pytest.FixtureRequest) -> None:
        gap = self.gaps.get(request.node.name) or self.gaps.get(request.function.__name__)
        if gap is not None:
            request.applymarker(pytest.mark.xfail(reason=gap.reason, raises=gap.raises, strict=True))

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """A law that takes ``mode`` is tried in every mode that is promised."""
        if "mode" in metafunc.fixturenames:
            metafunc.parametrize("mode", self.promised_modes())
        if "missing_mode" in metafunc.fixturenames:
            metafunc.parametrize("missing_mode", self.missing_modes())

    def promised_modes(self) -> list[str]:
        """Modes to try; only a store has any."""
        return []

    def missing_modes(self) -> list[str]:
        """Modes that have to be refused."""
        return []


def gap_rows(laws: type[Laws]) -> list[tuple[str, str]]:
    """The laws that a connector declares not to keep, each with its reason; for a page that shows them."""
    return [(name, gap.reason) for name, gap in sorted(laws.gaps.items())]


def _names_law(laws: type[Laws], name: str) -> bool:
    function, bracket, parameters = name.partition("[")
    return (
        function.startswith("test_")
        and hasattr(laws, function)
        and (not bracket or (parameters.endswith("]") and len(parameters) > 1))
    )
