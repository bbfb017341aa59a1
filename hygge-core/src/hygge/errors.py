"""One error tree, ordered by what happens next: the user fixes it, try again, stop, unknown.

Every error has a stable ``code`` (see `CODES`), ends with the user's next step (``remedy``),
keeps its facts in ``details`` and survives pickle, so that a worker's error reaches the driver whole.
A command in a remedy stands in backticks and works as it is typed; ``FLOW.ENTITY`` in it, from a home or
store that knows neither, is filled in by the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

__all__ = [
    "CODES",
    "CommitUnknown",
    "ConfigurationError",
    "DataError",
    "HyggeError",
    "JournalDamaged",
    "LeaseHeld",
    "MissingConnector",
    "NeedsUser",
    "Refused",
    "RunStopped",
    "StopEntity",
    "Superseded",
    "TransientError",
]

CODES: Mapping[str, str] = {
    # 1xx: configuration; the command ends with exit code 2 and nothing was touched
    "HYG100": "the configuration is wrong",
    "HYG101": "a file is not valid YAML",
    "HYG102": "a key stands twice in one mapping",
    "HYG103": "an anchor, alias or tag that hygge does not read",
    "HYG104": "an unknown key",
    "HYG105": "a value of the wrong type or outside its choices",
    "HYG106": "a required key is missing",
    "HYG107": "an environment variable is not set",
    "HYG108": "a secret could not be resolved",
    "HYG109": "a reference to a connection that is not defined",
    "HYG110": "no project was found",
    "HYG111": "the selection matches nothing",
    "HYG112": "two entities settle on one target",
    "HYG113": "an entity or flow name that cannot be used",
    "HYG114": "keys of the configuration contradict each other",
    "HYG115": "a file is too large or not UTF-8",
    "HYG116": "a file cannot be read or written",
    # 2xx: connectors
    "HYG201": "no installed connector provides this type",
    "HYG202": "a connector failed to load",
    "HYG203": "two distributions provide the same type",
    "HYG204": "a package that the connector needs is not installed",
    "HYG205": "a connector was written for another API version",
    # 3xx: the source
    "HYG300": "the source cannot be read",
    "HYG301": "a value does not fit its column's type",
    "HYG302": "a table or column does not exist in the source",
    "HYG303": "the watermark column cannot be used",
    "HYG304": "the watermark column holds nulls",
    "HYG305": "a column has no type that hygge could rely on",
    "HYG306": "the source is busy or could not be reached",
    "HYG307": "a file changed after it was read, or while it was",
    # 4xx: the destination
    "HYG400": "the destination cannot be written",
    "HYG401": "another job has committed to this target",
    "HYG402": "the target holds data that hygge did not write",
    "HYG403": "the destination was lost or restored",
    "HYG404": "the destination's data and its last receipt disagree",
    "HYG405": "the store cannot do what was asked",
    "HYG406": "the source, destination or definition of the flow changed",
    "HYG407": "the committed watermark cannot be used",
    "HYG408": "too many rows share the watermark's overlap",
    "HYG409": "the reply to a commit was lost",
    "HYG410": "the disk is full",
    "HYG411": "the schema changed since the last commit",
    "HYG412": "a full_drop brings fewer rows than its guard allows",
    # 5xx: the journal
    "HYG501": "another run holds the flow",
    "HYG502": "a file of the journal is damaged or foreign",
    "HYG503": "the journal cannot be written",
    "HYG504": "the journal's file system has no working locks",
    # 6xx: the run
    "HYG600": "the entity failed",
    "HYG601": "rows were lost between home and store",
    "HYG602": "the run was stopped",
    "HYG603": "a job cannot be discarded",
    "HYG604": "a change by hand that has to be confirmed",
    # 9xx
    "HYG900": "an unexpected error; the traceback is in the named file",
}


class HyggeError(Exception):
    """Root of all errors that hygge expects; ``str(error)`` is the message and the next step."""

    default_code: ClassVar[str] = "HYG600"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, code: str | None = None, remedy: str = "", **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.remedy = remedy
        self.details = details

    def __str__(self) -> str:
        return f"{self.message}\n  {self.remedy}" if self.remedy else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.message, self.code, self.remedy, self.details))


def _rebuild(
    kind: type[HyggeError], message: str, code: str, remedy: str, details: dict[str, Any]
) -> HyggeError:
    return kind(message, code=code, remedy=remedy, **details)


# -- the user fixes it -----------------------------------------------------------------------


class NeedsUser(HyggeError):
    """Running again changes nothing until the user has changed something."""


class ConfigurationError(NeedsUser):
    """The project's files or the command line are wrong; nothing was touched."""

    default_code = "HYG100"
    exit_code = 2


class MissingConnector(NeedsUser):
    """A flow names a type, or a connector needs a package, that is not installed."""

    default_code = "HYG201"
    exit_code = 3


class DataError(NeedsUser):
    """The source holds something that cannot be moved exactly; ``details`` say where."""

    default_code = "HYG301"


class Refused(NeedsUser):
    """Going on could lose, double or overwrite rows; the message lists the choices."""

    default_code = "HYG406"


class JournalDamaged(NeedsUser):
    """A journal file is torn in its acknowledged part, or not hygge's; it is never skipped."""

    default_code = "HYG502"


# -- try again -------------------------------------------------------------------------------


class TransientError(HyggeError):
    """The same call may succeed later: a busy database, a throttled service, a dropped link.

    Give it ``retry_after=`` where the service says how many seconds it wants to be left alone: nobody
    asks earlier.
    """

    default_code = "HYG306"

    @property
    def retry_after(self) -> float:
        """Seconds that the service asked for; 0 where it said nothing."""
        return float(self.details.get("retry_after", 0))


class LeaseHeld(TransientError):
    """Another run holds the flow; ``details`` name the holder."""

    default_code = "HYG501"
    exit_code = 75


# -- stop ------------------------------------------------------------------------------------


class StopEntity(HyggeError):
    """This entity ends here; nothing of it is visible, the other entities go on."""

    default_code = "HYG600"


class Superseded(StopEntity):
    """The target's last receipt is not the job's base: somebody else committed; nothing happened."""

    default_code = "HYG401"


class RunStopped(StopEntity):
    """A signal, ``--fail-fast`` or the other side of the pipeline ended the work."""

    default_code = "HYG602"


# -- unknown ---------------------------------------------------------------------------------


class CommitUnknown(HyggeError):
    """The reply to a commit was lost: neither retried nor aborted, the receipt decides."""

    default_code = "HYG409"
