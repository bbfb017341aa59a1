"""What a violation of a rule is called, in the words of the one who wrote the file."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from hygge.config.masking import names_secret
from hygge.config.place import Node, Place, plain
from hygge.config.problem import Problem, problem_at
from hygge.config.rules import Rules
from hygge.config.vocabulary import EXAMPLES, IN_HYGGE_YML, NOT_YET, OTHER_WORDS, TYPES

__all__ = ["Violation", "tell"]


class Violation:
    """One violation: the library's error, and the node it is about."""

    def __init__(self, error: Any, node: Node, path: Sequence[str | int], rules: Rules) -> None:
        self.error = error
        self.node = node
        self.path = path
        self.rules = rules
        self.limit = error.validator_value

    @property
    def name(self) -> str:
        """What people call the value: "`watermark.column`"."""
        text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return f"`{text.lstrip('.')}`" if text else self.rules.subject

    @property
    def said(self) -> str:
        """The value as the file has it; never a variable's value, never what looks like a secret."""
        value = self.node.value
        if any(isinstance(step, str) and names_secret(step) for step in self.path):
            return "what it is now"
        if self.node.place in self.node.place.source.hidden:
            return "what it is now"
        if self.node.template is not None:
            known = len(self.node.template) <= 60
            return f"the value of {self.node.template}" if known else "what it is now"
        if isinstance(value, dict | list):
            return TYPES["object" if isinstance(value, dict) else "array"]
        if value is None:
            return "empty"
        text = value if isinstance(value, str) else self.node.place.marked
        return f"`{text}`" if len(text) <= 60 else f"`{text[:57]}...`"

    def problem(self, code: str, message: str, remedy: str, place: Place | None = None) -> Problem:
        return problem_at(place or self.node.place, code, message, remedy)


def _unknown_keys(case: Violation) -> Iterator[Problem]:
    schema = case.error.schema
    known = list(schema.get("properties", {}))
    for key in case.node.value:
        if key in known or _matches_pattern(key, schema):
            continue
        owner = case.name if case.path else case.rules.subject
        message = f"{owner} has no key `{key}`"
        remedy = _for_unknown(key, known)
        if list(case.node.value) == [key] and "name" in case.error.schema.get("required", ()):
            remedy = f"Write it as {{name: {key}, ...}}, its keys beside the name."
        yield case.problem("HYG104", message, remedy, case.node.key_place(key))


def _matches_pattern(key: str, schema: Mapping[str, Any]) -> bool:
    return any(re.search(pattern, key) for pattern in schema.get("patternProperties", {}))


def _for_unknown(key: str, known: Sequence[str]) -> str:
    if key in NOT_YET:
        return "This version of hygge does not have it; remove it."
    if key in ("flows", "flow") and "connections" in known:
        return "Each flow is a file of its own: flows/NAME.yml."
    if key in IN_HYGGE_YML:
        return f"`{key}` belongs into hygge.yml."
    ours = next((ours for ours, theirs in OTHER_WORDS.items() if key.lower() in theirs), None)
    if ours in known:
        return f"hygge's word for it is `{ours}`."
    if close := _closest(key, known):
        return f"Did you mean `{close}`?"
    return f"It has: {', '.join(known)}." if known else "Remove it."


def _missing_keys(case: Violation) -> Iterator[Problem]:
    for key in case.limit:
        if key not in case.node.value and case.error.message.startswith(repr(key)):
            owner = case.name if case.path else case.rules.subject
            yield case.problem("HYG106", f"{owner} needs the key `{key}`", _described(case.error.schema, key))


def _described(schema: Mapping[str, Any], key: str) -> str:
    found = schema.get("properties", {}).get(key, {})
    if not isinstance(found, dict):
        return ""
    text = found.get("description", "")
    text = f"{text[0].lower()}{text[1:].rstrip('.')}" if text else ""
    fixed = f"`{key}: {found['const']}`" if "const" in found else f"`{key}:`"
    return f"Add {fixed}" + (f", {text}." if text else ".")


def _wrong_type(case: Violation) -> Iterator[Problem]:
    wanted = [case.limit] if isinstance(case.limit, str) else list(case.limit)
    kinds = " or ".join(TYPES.get(kind, kind) for kind in wanted)
    message = f"{case.name} must be {kinds}, not {_described_value(case)}"
    yield case.problem("HYG105", message, _for_type(case, wanted))


def _described_value(case: Violation) -> str:
    value = case.node.value
    if value is None and case.node.template:
        return f"empty ({case.said})"
    if value is None or isinstance(value, dict | list):
        return case.said
    kind = {bool: "true or false", int: "a number", float: "a number", str: "text"}[type(value)]
    if isinstance(value, float) and not value.is_integer():
        kind = "a fraction"
    return f"{kind} ({case.said})"


def _for_type(case: Violation, wanted: Sequence[str]) -> str:
    value, shown = case.node.value, _as_example(case)
    if value is None:
        return "Write a value behind the colon, or remove the key."
    if "array" in wanted and isinstance(value, dict):
        return "Write a list: each entry behind `- `."
    if "array" in wanted:
        return f"Write a list: [{shown or 'first, second'}]."
    example = EXAMPLES.get(".".join(map(str, case.path)))
    if "object" in wanted and shown and example:
        return f"Write `{example.format(shown)}`."
    if "string" in wanted and not isinstance(value, dict | list):
        return "Put it in quotes."
    if "boolean" in wanted:
        return "Write true or false, without quotes."
    if {"integer", "number"} & set(wanted) and isinstance(value, str):
        return "Write a number, without quotes."
    if "object" in wanted:
        return "Write `key: value` pairs below it, indented."
    return f"Write {' or '.join(TYPES.get(kind, kind) for kind in wanted)}."


def _as_example(case: Violation) -> str:
    """The value as an example may repeat it; empty where it must not, or is too long."""
    said = case.said
    shown = isinstance(case.node.value, str) and said.startswith("`") and not said.endswith("...`")
    return said.strip("`") if shown else ""


def _wrong_choice(case: Violation) -> Iterator[Problem]:
    choices = [str(choice) for choice in ([case.limit] if case.error.validator == "const" else case.limit)]
    message = f"{case.name} cannot be {case.said}"
    if case.node.value in choices:  # the choice is no text, but was written as one
        message = f"{case.name} cannot be the text {case.said}"
        yield case.problem("HYG105", message, f"Write {case.node.value}, without quotes.")
        return
    close = _closest(str(case.node.value), choices) if case.node.template is None else None
    remedy = f"Did you mean `{close}`? " if close else ""
    listed = f"It can be: {', '.join(choices)}." if len(choices) > 1 else f"Write {choices[0]}."
    yield case.problem("HYG105", message, remedy + listed)


def _bounds(text: str) -> Callable[[Violation], Iterator[Problem]]:
    def out_of_bounds(case: Violation) -> Iterator[Problem]:
        rule = text.format(case.limit)
        yield case.problem("HYG105", f"{case.name} must {rule}, it is {case.said}", "Correct the value.")

    return out_of_bounds


def _empty_or_short(case: Violation) -> Iterator[Problem]:
    kind = "characters" if case.error.validator == "minLength" else "entries"
    if len(case.node.value) == 0:
        yield case.problem("HYG105", f"{case.name} is empty", "Write a value, or remove the key.")
    else:
        yield case.problem("HYG105", f"{case.name} needs at least {case.limit} {kind}", "Correct the value.")


def _repeated(case: Violation) -> Iterator[Problem]:
    seen: list[Any] = []
    for item in case.node.value:
        value = plain(item)
        if value in seen:
            yield case.problem("HYG105", f"{case.name} holds an entry twice", "Remove it.", item.place)
        seen.append(value)


def _wrong_form(case: Violation) -> Iterator[Problem]:
    wanted = case.error.schema.get("description", "")
    remedy = f"It is: {wanted[0].lower()}{wanted[1:]}" if wanted else f"It must match {case.limit}"
    yield case.problem("HYG105", f"{case.name} cannot be {case.said}", remedy)


def _company(case: Violation) -> Iterator[Problem]:
    for key, needed in case.limit.items():
        for other in needed if key in case.node.value else ():
            if other not in case.node.value:
                place = case.node.key_place(key)
                yield case.problem("HYG106", f"`{key}` needs the key `{other}`", f"Add `{other}:`.", place)


def _no_alternative(case: Violation) -> Iterator[Problem]:
    forms = [_form(schema) for schema in case.limit]
    wanted = case.error.schema.get("description", "")
    remedy = f"See the documentation of {case.rules.owner}."
    if wanted:
        remedy = f"It is: {wanted[0].lower()}{wanted[1:]}"
    elif all(forms):
        remedy = f"It can be: {'; '.join(forms)}."
    yield case.problem("HYG105", f"{case.name} cannot be {case.said}", remedy)


def _form(schema: Any) -> str:
    """One alternative, in words; empty where it has none."""
    if not isinstance(schema, dict):
        return ""
    if "enum" in schema:
        return ", ".join(str(choice) for choice in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    kinds = schema.get("type", [])
    return " or ".join(TYPES.get(kind, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _other(case: Violation) -> Iterator[Problem]:
    wanted = case.error.schema.get("description", "") if isinstance(case.error.schema, dict) else ""
    remedy = (
        f"It is: {wanted[0].lower()}{wanted[1:]}"
        if wanted
        else f"See the documentation of {case.rules.owner}."
    )
    message = f"{case.name} breaks the rule `{case.error.validator}`"
    message += f" of {case.rules.subject}" if case.path else ""
    yield case.problem("HYG105", message, remedy)


def _closest(word: str, known: Iterable[str]) -> str | None:
    close = difflib.get_close_matches(word.lower(), list(known), n=1)
    return close[0] if close else None


_TELLERS: Mapping[str, Callable[[Violation], Iterator[Problem]]] = {
    "additionalProperties": _unknown_keys,
    "unevaluatedProperties": _unknown_keys,
    "required": _missing_keys,
    "type": _wrong_type,
    "enum": _wrong_choice,
    "const": _wrong_choice,
    "minimum": _bounds("be at least {}"),
    "exclusiveMinimum": _bounds("be greater than {}"),
    "maximum": _bounds("be at most {}"),
    "exclusiveMaximum": _bounds("be less than {}"),
    "multipleOf": _bounds("be a multiple of {}"),
    "maxLength": _bounds("have at most {} characters"),
    "maxItems": _bounds("have at most {} entries"),
    "minLength": _empty_or_short,
    "minItems": _empty_or_short,
    "uniqueItems": _repeated,
    "pattern": _wrong_form,
    "dependentRequired": _company,
    "anyOf": _no_alternative,
    "oneOf": _no_alternative,
}


def tell(violation: Violation) -> Iterator[Problem]:
    """The problems behind a violation; mostly one."""
    return _TELLERS.get(violation.error.validator, _other)(violation)
