"""What a trial is given, whenever its server began."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hygge.testing.warm import Warm

if TYPE_CHECKING:
    import pytest


def test_a_trial_has_the_environment_of_its_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONE", "1")
    with Warm() as server:
        monkeypatch.delenv("GONE")
        monkeypatch.setenv("TOKEN", "came later")
        assert server.run(os.getenv, "TOKEN").result() == "came later"
        assert server.run(os.getenv, "GONE").result() is None
        assert server.run(os.getenv, "TOKEN", env={"TOKEN": "its own"}).result() == "its own"
