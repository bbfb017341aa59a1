"""A project in a temporary folder, and the toys as an installed distribution."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest

import hygge
from hygge import plugins
from hygge.capabilities import HomeCapabilities, StoreCapabilities
from hygge.config.model import EntityConfig
from hygge.flow.item import Item
from hygge.hookspecs import HomeType, StoreType
from hygge.model import RunType

TOYS = Path(__file__).parent / "toys"
sys.path.insert(0, str(Path(__file__).parent))  # numbered


@pytest.fixture(autouse=True)
def toys() -> Iterator[Any]:
    """The module of the scripted home; its plugin is found as any installed one is."""
    sys.path.insert(0, str(TOYS))
    plugins._load.cache_clear()
    from hygge_toys import home

    home.SOURCES.clear()
    yield home
    sys.path.remove(str(TOYS))
    plugins._load.cache_clear()


def _item(
    name: str = "e",
    *,
    home_can: Mapping[str, Any] | None = None,
    store_can: Mapping[str, Any] | None = None,
    run_type: RunType = "full_drop",
    home_name: str = "h",
    store_name: str = "s",
    **config: Any,
) -> Item:
    """The entity ``name`` of flow ``f``, home and store promising as said; there is no connector."""
    told = {"factory": "x:Y", "config_schema": "x:y.schema.json", "summary": "s"}
    home = HomeCapabilities(**(home_can or {}))
    store = StoreCapabilities(**(store_can or {"modes": frozenset({"replace", "append"})}))
    return Item(
        config=EntityConfig(**{"flow": "f", "name": name, "home": {}, "store": {}, **config}),
        home_type=HomeType(name=home_name, capabilities=home, **told),
        store_type=StoreType(name=store_name, capabilities=store, **told),
        run_type=run_type,
        explicit=False,
        adopt=False,
    )


@pytest.fixture
def item() -> Callable[..., Item]:
    return _item


class Bench:
    """A project with one flow from the source ``s`` to Parquet, and ways to look at what came out."""

    def __init__(self, root: Path, toys: Any) -> None:
        self.root = root
        self.source = toys.SOURCES.setdefault("s", toys.Source())
        (root / "flows").mkdir()
        (root / "hygge.yml").write_text("version: 1\nname: bench\n")
        self.flow("")

    def flow(self, more: str, name: str = "f", store: str = "out", type: str = "parquet") -> None:
        """Write the flow; ``more`` are further lines of it."""
        text = f"home: {{type: scripted, source: s}}\nstore: {{type: {type}, path: {store}}}\n{more}\n"
        (self.root / "flows" / f"{name}.yml").write_text(text)

    def run(self, **options: Any) -> hygge.RunResult:
        return hygge.run(self.root, **options)

    def one(self, **options: Any) -> hygge.EntityResult:
        (result,) = self.run(**options).entities
        return result

    def landed(self, entity: str = "f", store: str = "out") -> Counter[tuple[Any, ...]]:
        folder = self.root / store / entity
        if not folder.exists():
            return Counter()
        return Counter(tuple(row.values()) for row in ds.dataset(folder).to_table().to_pylist())

    def leftovers(self) -> list[str]:
        """Names in `.hygge` that are neither receipts nor the folders hygge keeps."""
        control = self.root / "out" / ".hygge"
        return [
            str(p.relative_to(control))
            for p in control.rglob("*")
            if p.is_file() and not re.fullmatch(r"\d+\.(.+\.)?(json|overlap)", p.name)
        ]


@pytest.fixture
def bench(tmp_path: Path, toys: Any) -> Bench:
    return Bench(tmp_path, toys)
