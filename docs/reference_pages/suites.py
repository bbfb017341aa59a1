"""The conformance suites of hygge's own connectors, found in their distributions' tests."""

from __future__ import annotations

import functools
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from hygge.testing import HomeConformance, JournalConformance, StoreConformance

__all__ = ["Suite", "suites"]

ROOT = Path(__file__).parents[2]
ROLES: Mapping[str, type] = {
    "home": HomeConformance,
    "store": StoreConformance,
    "journal": JournalConformance,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """One connector's test class in one role."""

    role: str
    type: str
    file: str  # below the repository's root
    tests: type

    def link(self, text: str, law: str) -> str:
        """The text, linked to the file and naming the test that proves it."""
        return f'[{text}](../{self.file} "{self.tests.__name__}::{law}")'


@functools.cache
def suites() -> Mapping[tuple[str, str], Suite]:
    """By role and type; raises ImportError where a connector or what its tests need is not installed."""
    return {(suite.role, suite.type): suite for suite in _found()}


def _found() -> Iterator[Suite]:
    for file in sorted(ROOT.glob("hygge-*/tests/test_*conformance*.py")):
        module = _load(file)
        for tests in vars(module).values():
            role = _role(tests)
            if role is not None and tests.__module__ == module.__name__:
                yield Suite(
                    role=role,
                    type=getattr(tests, "type", "files"),
                    file=str(file.relative_to(ROOT)),
                    tests=tests,
                )


def _role(tests: object) -> str | None:
    if not isinstance(tests, type) or "Faults" in tests.__name__:
        return None
    return next((role for role, laws in ROLES.items() if issubclass(tests, laws)), None)


def _load(file: Path) -> ModuleType:
    for folder in (file.parent, ROOT / "tests" / "servers"):  # beside them stands what they build on
        if str(folder) not in sys.path:
            sys.path.append(str(folder))
    name = f"suite_{file.parts[-3].replace('-', '_')}_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and annotations look there
    spec.loader.exec_module(module)
    return module
