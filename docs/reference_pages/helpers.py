"""The page of what a connector may call: functions and classes of the public modules."""

from __future__ import annotations

import importlib
import inspect
import types
from collections.abc import Iterator

from reference_pages.markdown import code, table

__all__ = ["MODULES", "page"]

MODULES = (
    "hygge.errors",
    "hygge.schemas",
    "hygge.codec",
    "hygge.watermark",
    "hygge.jobs",
    "hygge.placeholders",
    "hygge.secrets",
    "hygge.failpoints",
    "hygge.widening",
    "hygge.files.trouble",
    "hygge.files.refusals",
    "hygge.files.filesystem",
    "hygge.files.store",
    "hygge.files.home",
    "hygge.files.formats",
    "hygge.files.format",
    "hygge.files.layout",
    "hygge.files.discovery",
    "hygge.files.ranges",
    "hygge.journal",
)

HEAD = """# What a connector may call

The public modules beside `hygge.roles` and `hygge.model`, which are on the
[page of the plugin API](plugin-api.md). Whatever is not listed here or there may change without notice.
"""


def page() -> str:
    """Each public module: what it is for, and what it offers."""
    parts = [HEAD]
    for name in MODULES:
        module = importlib.import_module(name)
        said = inspect.getdoc(module) or ""
        parts += [f"## `{name}`\n", f"{said}\n", table(["name", "means"], _offered(module)), ""]
    return "\n".join(parts)


def _offered(module: types.ModuleType) -> Iterator[list[str]]:
    for name in module.__all__:
        value = getattr(module, name)
        if inspect.isclass(value):
            yield [code(name + _inherits(value)), inspect.cleandoc(vars(value).get("__doc__") or "")]
            yield from (_method(name, *one) for one in vars(value).items() if _is_method(*one))
        elif inspect.isfunction(value):
            yield [code(name + _signature(value)), inspect.getdoc(value) or ""]


def _inherits(value: type) -> str:
    base = value.__base__
    return f"({base.__name__})" if base is not None and base is not object else ""


def _is_method(name: str, value: object) -> bool:
    return inspect.isfunction(value) and not name.startswith("_") and bool(value.__doc__)


def _method(owner: str, name: str, value: object) -> list[str]:
    assert inspect.isfunction(value)
    return [code(f"{owner}.{name}{_signature(value, bound=True)}"), inspect.getdoc(value) or ""]


def _signature(value: types.FunctionType, *, bound: bool = False) -> str:
    """As it is written: annotations are text, and stand without quotes."""
    signature = inspect.signature(value)
    given = list(signature.parameters.values())[1 if bound else 0 :]
    told = [one.replace(annotation=_bare(one.annotation)) for one in given]
    return str(signature.replace(parameters=told, return_annotation=_bare(signature.return_annotation)))


class _Bare(str):
    __slots__ = ()
    __repr__ = str.__str__


def _bare(annotation: object) -> object:
    return _Bare(annotation) if isinstance(annotation, str) else annotation
