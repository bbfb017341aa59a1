"""From "package.module:Class" to the class, with errors that say what to install."""

from __future__ import annotations

import importlib
import re
from importlib.metadata import PackageNotFoundError, requires

from hygge.discovery import quiet_stdout
from hygge.errors import HyggeError, MissingConnector

__all__ = ["FIRST_PARTY", "import_class"]

FIRST_PARTY = {
    "sqlite": "hygge-sqlite",
    "mssql": "hygge-mssql",
    "adls": "hygge-adls",
    "onelake": "hygge-fabric",
    "open_mirroring": "hygge-fabric",
}
"""Types that hygge's own distributions provide, for the pip command of a type that is unknown."""


def import_class(factory: str, kind: type, *, type_name: str, distribution: str) -> type:
    """The class behind ``factory``, a subclass of ``kind``.

    Raises `MissingConnector`: HYG204 where a package the connector needs is not installed, HYG202
    for any other fault of the connector.
    """
    module_name, _, class_name = factory.partition(":")
    try:
        with quiet_stdout():
            found = getattr(importlib.import_module(module_name), class_name, None)
    except (KeyboardInterrupt, HyggeError):
        raise
    except ImportError as error:
        raise _import_error(error, module_name, type_name, distribution) from error
    except BaseException as error:  # boundary: a connector's module may raise anything on import
        reason = f"{type(error).__name__}: {error}"
        raise _broken(type_name, distribution, f"{module_name} fails on import: {reason}") from error
    if not isinstance(found, type) or not issubclass(found, kind):
        raise _broken(type_name, distribution, f"{factory} is not a subclass of hygge.{kind.__name__}")
    return found


def _import_error(
    error: ImportError, module_name: str, type_name: str, distribution: str
) -> MissingConnector:
    missing = error.name or ""
    if not isinstance(error, ModuleNotFoundError):
        return _dependency(type_name, f"a package that cannot be loaded ({error})", missing, distribution)
    if module_name == missing or module_name.startswith(missing + "."):
        return _broken(type_name, distribution, f"its module {module_name} does not exist")
    return _dependency(type_name, f"the package {missing!r}, which is not installed", missing, distribution)


def _dependency(type_name: str, needs: str, module: str, distribution: str) -> MissingConnector:
    return MissingConnector(
        f"the connector {type_name!r} of {distribution} needs {needs}",
        code="HYG204",
        remedy=f"Install it: pip install {_what_to_install(module, distribution)}",
        package=module,
        distribution=distribution,
    )


def _what_to_install(module: str, distribution: str) -> str:
    """The requirement of ``distribution`` that brings ``module``; else the distribution anew."""
    top = _normalised(module.partition(".")[0])
    try:
        declared = requires(distribution) or []
    except PackageNotFoundError:
        declared = []
    for requirement in declared:
        name = re.match(r"[\w.-]+", requirement)
        if top and name and _normalised(name[0]) == top:
            extra = re.search(r"extra\s*==\s*['\"]([\w.-]+)['\"]", requirement)
            return f'"{distribution}[{extra[1]}]"' if extra else name[0]
    return f"--upgrade --force-reinstall {distribution}"


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _broken(type_name: str, distribution: str, reason: str) -> MissingConnector:
    return MissingConnector(
        f"the connector {type_name!r} of {distribution} is broken: {reason}",
        code="HYG202",
        remedy=f"Upgrade {distribution}, or report this to its author.",
        distribution=distribution,
    )
