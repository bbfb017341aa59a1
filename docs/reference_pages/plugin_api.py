"""The page of what a connector's author meets first: hooks, descriptors, capabilities, events."""

from __future__ import annotations

import ast
import inspect
import itertools
import types
from collections.abc import Iterator
from typing import get_args

from hygge import capabilities, events, hookspecs, model, results, roles
from reference_pages.markdown import code, table

__all__ = ["ROLES", "SHAPES", "fields_of", "hooks", "methods_of", "page"]

SHAPES = (
    (hookspecs, ("HomeType", "StoreType", "JournalType")),
    (capabilities, ("HomeCapabilities", "StoreCapabilities")),
    (
        model,
        (
            "ReadRequest",
            "Window",
            "Split",
            "Plan",
            "Job",
            "Target",
            "TargetState",
            "Staged",
            "CommitPlan",
            "Receipt",
            "WatermarkValue",
            "Overlap",
            "Finding",
        ),
    ),
    (events, ("Event",)),
    (results, ("EntityResult",)),
)
"""The classes that hooks give and get, by module, in the page's order."""

ROLES = (roles.Home, roles.Store, roles.Journal)
"""The classes that a connector's own inherit from."""

HEAD = """# Plugin API

Hooks describe; data never passes through them. A distribution points the entry point group `hygge` at a light
module that implements what it offers. The classes behind the factories inherit from `Home`, `Store` and
`Journal` of `hygge.roles`; what they are given and give back are the values of `hygge.model`.
"""


def page() -> str:
    """Every hook, and every field of what hooks give and get."""
    parts = [HEAD, "## Hooks\n", table(["hook", "means"], hooks()), ""]
    for role in ROLES:
        doc = inspect.getdoc(role) or ""
        parts += [f"## `{role.__name__}`\n", f"{doc}\n", table(["method", "", "means"], methods_of(role)), ""]
    told: dict[str, str] = {}  # a field that means the same in the next class is explained once in the source
    for module, names in SHAPES:
        for name in names:
            doc = inspect.getdoc(getattr(module, name)) or ""
            rows = [[*row[:3], row[3] or told.get(row[0], "")] for row in fields_of(module, name)]
            told |= {row[0]: row[3] for row in rows}
            parts += [
                f"## `{name}`\n",
                f"{doc}\n",
                table(["field", "type", "default", "means"], rows),
                "",
            ]
    parts += [
        f"`Event.kind` is one of {_listed(events.EventKind)}; `Event.phase` one of {_listed(events.Phase)}.",
        "",
    ]
    return "\n".join(parts)


def hooks() -> list[list[str]]:
    """Signature and meaning of each hook."""
    found = [value for name, value in vars(hookspecs).items() if name.startswith("hygge_")]
    return [
        [code(f"{hook.__name__}{inspect.signature(hook)}".replace("'", "")), inspect.getdoc(hook) or ""]
        for hook in found
    ]


def methods_of(role: type) -> list[list[str]]:
    """Signature of each method, whether it has to be written, and what it means."""
    return [
        [
            code(_called(name, inspect.signature(value))),
            "required" if getattr(value, "__isabstractmethod__", False) else "",
            inspect.getdoc(value) or "",
        ]
        for name, value in vars(role).items()
        if inspect.isfunction(value) and not name.startswith("_")
    ]


def _called(name: str, signature: inspect.Signature) -> str:
    _, *given = signature.parameters.values()
    return f"{name}{signature.replace(parameters=given)}".replace("'", "")


def fields_of(module: types.ModuleType, name: str) -> list[list[str]]:
    """Name, type, default and meaning of each field, the meaning from the text below it or behind it."""
    source = inspect.getsource(module)
    owner = next(n for n in ast.parse(source).body if isinstance(n, ast.ClassDef) and n.name == name)
    return list(_fields(owner, source.splitlines()))


def _fields(owner: ast.ClassDef, lines: list[str]) -> Iterator[list[str]]:
    body = [*owner.body, ast.Pass()]
    for node, after in itertools.pairwise(body):
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        below = after.value if isinstance(after, ast.Expr) else None
        said = below.value if isinstance(below, ast.Constant) and isinstance(below.value, str) else ""
        said = said or lines[node.lineno - 1].partition("  # ")[2]
        default = ast.unparse(node.value) if node.value else ""
        yield [code(node.target.id), code(ast.unparse(node.annotation)), code(default), said]


def _listed(words: object) -> str:
    return ", ".join(f"`{word}`" for word in get_args(words))
