"""The edge where an error that nobody expected becomes one that a user can report."""

from __future__ import annotations

import contextlib
import os
import tempfile
import traceback
from collections.abc import Iterator

from hygge.errors import HyggeError
from hygge.secrets import redact

__all__ = ["edge", "interrupts", "unexpected"]


@contextlib.contextmanager
def edge() -> Iterator[None]:
    """The edge to a connector: what nobody expected of it leaves as a `HyggeError`, HYG900.

    So it ends what was asked of it, and nothing beside that.
    """
    try:
        yield
    except HyggeError:
        raise
    except BaseException as error:
        if interrupts(error):
            raise
        raise unexpected(error) from error


def interrupts(error: BaseException) -> bool:
    """Whether somebody outside wants an end: Ctrl-C, an exit, a host's time limit. It is to pass.

    A panic of an extension in Rust is no `Exception` either, but a fault as any other.
    """
    panic = (type(error).__module__, type(error).__name__) == ("pyo3_runtime", "PanicException")
    return not (panic or isinstance(error, Exception))


def unexpected(error: BaseException) -> HyggeError:
    """The error with its whole traceback in a file, whose path is part of the message."""
    text = redact("".join(traceback.format_exception(error)))
    summary = redact(f"{type(error).__name__}: {error}".splitlines()[0])
    try:
        path = _kept(text)
    except OSError as full:  # no place for a file: then the message has to carry it
        return HyggeError(
            f"unexpected error: {summary}\n{text}",
            code="HYG900",
            remedy=f"No file could be written for it ({full.strerror}). Report it with these lines.",
        )
    return HyggeError(
        f"unexpected error: {summary}",
        code="HYG900",
        traceback=path,
        remedy=f"The traceback is in {path}. Report it with that file. Run again: what was begun is "
        "finished or taken back.",
    )


def _kept(text: str) -> str:
    handle, path = tempfile.mkstemp(prefix="hygge-error-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return path
