"""A project in a temporary folder, with hygge-core's types and those of `connector/`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from hygge import discovery
from hygge.plugins import Registry

CONNECTOR = discovery.Candidate(
    name="rows", module="rows_connector.plugin", distribution="rows-connector", version="1.0"
)


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """What is installed: hygge-core and the connector of these tests, whatever else the machine has."""
    monkeypatch.syspath_prepend(str(Path(__file__).with_name("connector")))
    core = discovery.candidates()[0]
    registry = Registry([discovery.load(core), discovery.load(CONNECTOR)])
    monkeypatch.setattr("hygge.config.project.registry", lambda: registry)
    monkeypatch.setattr("hygge.config.schema.registry", lambda: registry)
    yield registry
    for name in [name for name in sys.modules if name.startswith("rows_connector")]:
        del sys.modules[name]


@pytest.fixture
def project(tmp_path: Path) -> Callable[[Mapping[str, str | bytes]], Path]:
    """Writes a project's files and returns its folder; hygge.yml is there without being asked for."""

    def write(files: Mapping[str, str | bytes]) -> Path:
        root = tmp_path / "project"
        for name, content in {"hygge.yml": "version: 1\nname: p\n", **files}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return root

    return write
