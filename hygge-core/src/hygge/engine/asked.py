"""What a run was asked for besides its selection: kept with each attempt, said again by a retry."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace

from hygge.codec import decode, encode
from hygge.config.masking import mask
from hygge.errors import ConfigurationError
from hygge.flow.item import Backfill
from hygge.model import Asked, RunType

__all__ = ["asked_for", "from_text", "said_again", "to_text", "words"]


def asked_for(
    run_type: RunType | None, adopt: bool, backfill: Backfill | None, settings: Sequence[str]
) -> Asked | None:
    """The wishes as the journal keeps them, without secrets; None: there were none."""
    shown = [(text, mask(text, 1, 0)[0]) for text in settings]
    asked = Asked(
        run_type=run_type,
        adopt=adopt,
        lower=backfill.lower if backfill else None,
        upper=backfill.upper if backfill else None,
        settings=tuple(text for text, masked in shown if text == masked),
        hidden=tuple(text.partition("=")[0].rstrip() for text, masked in shown if text != masked),
    )
    return asked if asked != Asked() else None


def to_text(asked: Asked | None) -> str:
    """The wishes as a journal's row has them; `from_text` reads them."""
    return "" if asked is None else encode(asked).decode()


def from_text(text: str) -> Asked | None:
    """What `to_text` wrote."""
    return decode(text.encode(), Asked) if text else None


def words(asked: Asked | None) -> str:
    """The wishes as they are typed, for people."""
    return "" if asked is None else shlex.join(_words(asked))


def _words(asked: Asked) -> Iterator[str]:
    if asked.run_type is not None:
        yield "--full-drop" if asked.run_type == "full_drop" else "--incremental"
    if asked.adopt:
        yield "--adopt"
    for option, value in (("--from", asked.lower), ("--to", asked.upper)):
        if value is not None:
            yield from (option, value)
    for text in (*asked.settings, *(f"{path}=***" for path in asked.hidden)):
        yield from ("--set", text)


def said_again(
    before: Asked | None, run_id: str, run_type: RunType | None, adopt: bool, settings: Sequence[str]
) -> Asked:
    """What a retry of the run asks for: the same, but for what is said anew now.

    Raises `ConfigurationError` for a setting that held a secret and is not said again.
    """
    before = before or Asked()
    if run_type is not None and run_type != before.run_type:  # a window would contradict it
        before = replace(before, run_type=run_type, lower=None, upper=None)
    missing = [path for path in before.hidden if not any(_sets(text, path) for text in settings)]
    if missing:
        again = " ".join(f"--set {path}=VALUE" for path in missing)
        raise ConfigurationError(
            f"run {run_id} was given secrets with --set, which the journal does not keep",
            code="HYG108",
            remedy=f"Say them again: `hygge retry {run_id} {again}`.",
        )
    return replace(
        before, adopt=adopt or before.adopt, settings=(*before.settings, *settings), hidden=()
    )  # what is said later counts


def _sets(text: str, path: str) -> bool:
    return text.partition("=")[0].rstrip() == path
