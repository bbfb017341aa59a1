"""The files that a new connector begins with: a whole one, named ``acme``, under another name."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from importlib.resources import files

from hygge.errors import ConfigurationError
from hygge.factories import FIRST_PARTY
from hygge.plugins import registry

__all__ = ["connector_files", "distribution"]

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
PLACES: Mapping[str, str] = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "__init__.py": "src/hygge_acme/__init__.py",
    "py.typed": "src/hygge_acme/py.typed",
    "plugin.py": "src/hygge_acme/plugin.py",
    "acme.schema.json": "src/hygge_acme/acme.schema.json",
    "place.py": "src/hygge_acme/place.py",
    "home.py": "src/hygge_acme/home.py",
    "store.py": "src/hygge_acme/store.py",
    "test_laws.py": "tests/test_laws.py",
}
"""Where each template stands in the new distribution."""


def distribution(name: str) -> str:
    """The name that `pip install` takes."""
    return f"hygge-{name.replace('_', '-')}"


def connector_files(name: str) -> dict[str, str]:
    """Texts by path; raises `ConfigurationError` HYG113 for a name that pip, Python or hygge cannot take."""
    _check(name)
    folder = files("hygge.cli") / "connector"
    return {
        _renamed(place, name): _renamed((folder / f"{template}.txt").read_text(encoding="utf-8"), name)
        for template, place in PLACES.items()
    }


def _renamed(text: str, name: str) -> str:
    spoken = name.replace("_", " ").title().replace(" ", "")
    text = text.replace("hygge-acme", distribution(name)).replace("Acme", spoken)
    return text.replace("acme", name)


def _check(name: str) -> None:
    taken = {*FIRST_PARTY, *registry().homes, *registry().stores, "core"}
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        why, remedy = (
            "is no name for a connector",
            "Use lower-case letters, digits and single _, beginning with a letter.",
        )
    elif name in taken:
        why, remedy = "is the name of a connector that there is", "Choose another one."
    else:
        return
    raise ConfigurationError(f"{name!r} {why}", code="HYG113", remedy=remedy)
