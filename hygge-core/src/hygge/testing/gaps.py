"""A law that a connector does not keep is declared, with its reason; never skipped in silence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

__all__ = ["Gap", "Laws"]


@dataclass(frozen=True, slots=True)
class Gap:
    """Why a law does not hold, and the error that shows it; the test fails once it does hold."""

    reason: str
    raises: type[BaseException] | tuple[type[BaseException], ...] = AssertionError


class Laws:
    """Laws to subclass; a test's name is the law, ``gaps`` names those that do not hold."""

    gaps: ClassVar[Mapping[str, Gap]] = {}

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        unknown = sorted(name for name in cls.gaps if not name.startswith("test_") or not hasattr(cls, name))
        if unknown:
            raise TypeError(f"{cls.__name__}.gaps names no law: {', '.join(unknown)}")

    @pytest.fixture(autouse=True)
    def _declared_gap(self, request: pytest.FixtureRequest) -> None:
        gap = self.gaps.get(request.function.__name__)
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
