"""A sweep of each scenario, with as many trials as there is time for.

By default a sample, always the same; some kinds of fault then meet every fourth scenario only, each kind
others, so that CI has its answer in minutes. ``nox -s sweep`` sets HYGGE_SWEEP=full and, if asked to,
HYGGE_SEED, HYGGE_TRIALS (of each kind), HYGGE_SECONDS (for each kind) and HYGGE_TALLIES (the file that tells
what became of them).
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from faulting.project import Project
from faulting.scenarios import SCENARIOS, Scenario
from hygge.testing.sweep import Command, Limits, Sweep

FULL = os.environ.get("HYGGE_SWEEP") == "full"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "sample(trials, among=1): how many trials of each kind there are without HYGGE_SWEEP, and in which "
        "scenarios: one among so many",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    swept = [item for item in items if "sweep" in getattr(item, "fixturenames", ())]
    if FULL:
        for item in swept:
            item.add_marker(pytest.mark.timeout(0))
        return
    left = [item for item in swept if not _in_sample(item)]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


def _in_sample(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("sample")
    among = marker.kwargs.get("among", 1) if marker else 1
    assert isinstance(item, pytest.Function)
    number = list(SCENARIOS).index(item.callspec.params["scenario"])
    return (number + zlib.crc32(item.originalname.encode())) % among == 0


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty folder for a project."""
    return Project(tmp_path / "project")


@pytest.fixture
def scenario(request: pytest.FixtureRequest) -> Scenario:
    """The one that the test is given by name."""
    return SCENARIOS[request.param]


@pytest.fixture
def sweep(request: pytest.FixtureRequest, project: Project, scenario: Scenario) -> Iterator[Sweep]:
    """A sweep of the scenario's command; a reader is to see what was there or what comes."""
    project.write(scenario.flow, scenario.home, scenario.store)
    scenario.prepare(project)
    old = {entity: project.settled(entity) for entity in project.entities}

    def look() -> None:
        for entity, before in old.items():
            seen, new = project.settled(entity), project.source(entity)
            assert seen in (before, new) or (not scenario.whole() and before <= seen <= new), entity

    def landed() -> None:
        for entity in project.entities:
            assert project.settled(entity) == project.source(entity), entity

    name = next(name for name, one in SCENARIOS.items() if one is scenario)
    with Sweep(
        Command(argv=scenario.command),
        project.root,
        look,
        project.check,
        landed=landed,
        name=name,
        limits=_limits(request),
        tallies=_tallies(),
    ) as sweep:
        yield sweep


def _limits(request: pytest.FixtureRequest) -> Limits:
    if not FULL:
        marker = request.node.get_closest_marker("sample")
        return Limits(seed=20200229, trials=marker.args[0] if marker else 3)
    trials, seconds = os.environ.get("HYGGE_TRIALS"), os.environ.get("HYGGE_SECONDS")
    return Limits(
        seed=int(os.environ.get("HYGGE_SEED", "0")),
        trials=int(trials) if trials else None,
        seconds=float(seconds) if seconds else None,
    )


def _tallies() -> Path | None:
    found = os.environ.get("HYGGE_TALLIES")
    return Path(found) if found else None
