"""What no schema can say: keys that contradict each other, names that cannot be used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hygge.config.place import Node
from hygge.config.problem import Problem, problem_at
from hygge.model import Mode

__all__ = ["Able", "contradictions", "name_problem"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Able:
    """What the entity's connectors promise, as far as they are known."""

    counts_itself: bool  # the home knows what is new without a watermark
    store: str = ""  # its type; empty: not known
    modes: frozenset[Mode] = frozenset()


def contradictions(flow: Node, entity: Node, able: Able) -> Iterator[Problem]:
    """The problems of an entity whose keys do not go together, or not with its connectors."""
    layers = _Layers(flow, entity)
    yield from _run_type(layers, able)
    yield from _left_out(layers, "watermark", _watermark_columns(layers))
    yield from _left_out(layers, "keys", _texts(layers.get("keys")))


def name_problem(name: Node, what: str) -> Problem | None:
    """The problem with a name, which is data but has to be seen and typed."""
    if not isinstance(name.value, str):
        return None  # the schema has said so
    text = name.value
    reason = (
        "is empty" if not text.strip()
        else "begins or ends with a space" if text != text.strip()
        else "holds a control character" if any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text)
        else "is not UTF-8" if any(0xD800 <= ord(c) < 0xE000 for c in text)
        else ""
    )  # fmt: skip
    if not reason:
        return None
    return problem_at(name.place, "HYG113", f"the name of {what} {reason}", "Give it another name.")


class _Layers:
    """An entity's keys over its flow's."""

    def __init__(self, flow: Node, entity: Node) -> None:
        self.flow = flow
        self.entity = entity

    def get(self, key: str) -> Node | None:
        own = self.entity.get(key)
        return own if own is not None else self.flow.get(key)

    def inherited(self, key: str) -> bool:
        return self.entity.get(key) is None


def _run_type(layers: _Layers, able: Able) -> Iterator[Problem]:
    run_type, write = layers.get("run_type"), layers.get("write")
    incremental = run_type is not None and run_type.value == "incremental"
    if run_type and incremental and layers.get("watermark") is None and not able.counts_itself:
        message = "an incremental run needs a `watermark`: nothing says what is new"
        remedy = "Add `watermark: {column: NAME}`, or write `run_type: full_drop`."
        yield problem_at(run_type.place, "HYG114", message, remedy)
    if write is None or write.value not in ("append", "upsert"):
        return
    if able.store and write.value not in able.modes:
        message = f"a store of type `{able.store}` cannot {write.value}"
        remedy = f"It can {' and '.join(sorted(able.modes))}: write another mode, or choose another store."
        yield problem_at(write.place, "HYG114", message, remedy)
        return
    if write.value == "upsert" and layers.get("keys") is None:
        remedy = "Add `keys: [NAME]`, the columns that name a row uniquely."
        yield problem_at(write.place, "HYG114", "`write: upsert` needs `keys`", remedy)
    overridden = layers.inherited("write") and not layers.inherited("run_type")
    if not incremental and not overridden:
        message = f"`write: {write.value}` has no meaning for run_type full_drop, which replaces"
        remedy = "Add `run_type: incremental`, or remove `write`."
        yield problem_at(write.place, "HYG114", message, remedy)


def _watermark_columns(layers: _Layers) -> Sequence[Node]:
    watermark = layers.get("watermark")
    column = watermark.get("column") if watermark else None
    return [column] if column and isinstance(column.value, str) else []


def _left_out(layers: _Layers, key: str, needed: Sequence[Node]) -> Iterator[Problem]:
    columns = layers.get("columns")
    if columns is None or not isinstance(columns.value, list):
        return
    # sources that ignore case are many: only a name that no case would match is wrong here
    chosen = {column.value.casefold() for column in _texts(columns)}
    for column in needed:
        if column.value.casefold() not in chosen:
            message = f"the column `{column.value}` of `{key}` is not among `columns`"
            yield problem_at(column.place, "HYG114", message, "Add it to `columns`.")


def _texts(node: Node | None) -> Sequence[Node]:
    if node is None or not isinstance(node.value, list):
        return []
    return [item for item in node.value if isinstance(item.value, str)]
