"""A lease on a file: the states of "Lease Blob", and who may write in each of them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from adls_server.answers import Refused
from adls_server.clock import Clock

__all__ = ["Lease", "lease_operation"]

INFINITE = -1
GUID = re.compile(r"[{(]?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}[)}]?", re.IGNORECASE)


class Lease:
    """Available, leased, expired, breaking or broken; told by the clock of the service."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.id = ""
        self.duration = 0
        self._ends: float | None = None  # never, if infinite
        self._broken_at: float | None = None

    @property
    def state(self) -> str:
        if not self.id:
            return "available"
        now = self._clock.now()
        if self._broken_at is not None:
            return "breaking" if now < self._broken_at else "broken"
        return "expired" if self._ends is not None and now >= self._ends else "leased"

    @property
    def locked(self) -> bool:
        return self.state in ("leased", "breaking")

    def headers(self) -> dict[str, str]:
        told = {"x-ms-lease-state": self.state, "x-ms-lease-status": "locked" if self.locked else "unlocked"}
        if self.state == "leased":
            told["x-ms-lease-duration"] = "infinite" if self.duration == INFINITE else "fixed"
        return told

    # -- use ("Outcomes of use attempts on blobs by lease state") ---------------------------------

    def check_write(self, given: str) -> None:
        """Raise unless a write with this lease id, or with none (""), is allowed."""
        if given:
            self.check_read(given)
        elif self.locked:
            raise Refused("LeaseIdMissing")

    def check_read(self, given: str) -> None:
        """A read without a lease id is always allowed; one with an id needs that very lease."""
        if not given:
            return
        if self.state == "available":
            raise Refused("LeaseNotPresentWithBlobOperation")
        if not same(given, self.id):
            raise Refused("LeaseIdMismatchWithBlobOperation")
        if not self.locked:
            raise Refused("LeaseLost")

    def written(self) -> None:
        """A write without a lease ends the memory of one that has run out."""
        if not self.locked:
            self.id = ""

    # -- operations ("Outcomes of lease operations on blobs by lease state") ------------------------

    def acquire(self, proposed: str, duration: int) -> None:
        if self.locked and not same(proposed, self.id):
            raise Refused("LeaseAlreadyPresent")
        if self.state == "breaking":
            raise Refused("LeaseIsBreakingAndCannotBeAcquired")
        self.id, self.duration, self._broken_at = proposed, duration, None
        self._start()

    def renew(self, given: str) -> None:
        self._own(given)
        if self._broken_at is not None:
            raise Refused("LeaseIsBrokenAndCannotBeRenewed")
        self._start()

    def change(self, given: str, proposed: str) -> None:
        if self.state in ("available", "expired", "broken"):
            raise Refused("LeaseNotPresentWithLeaseOperation")
        if self.state == "breaking":
            raise Refused("LeaseIsBreakingAndCannotBeChanged")
        if not same(given, self.id) and not same(proposed, self.id):
            raise Refused("LeaseIdMismatchWithLeaseOperation")
        self.id = proposed

    def release(self, given: str) -> None:
        self._own(given)
        self.id = ""

    def break_(self, period: int | None) -> int:
        """End the lease after ``period`` seconds, at most what is left of it; the seconds it takes."""
        if self.state == "available":
            raise Refused("LeaseNotPresentWithLeaseOperation")
        now = self._clock.now()
        left = 0.0 if self._ends is None else max(0.0, self._ends - now)
        if self.state == "breaking":
            left = (self._broken_at or now) - now
        elif self._ends is None and self.state == "leased":
            left = float(period or 0)
        takes = left if period is None else min(left, float(period))
        if self.state != "broken":
            self._broken_at = now + takes
        return round(takes)

    def drop(self) -> None:
        self.id = ""

    def _own(self, given: str) -> None:
        if not self.id:
            raise Refused("LeaseIdMismatchWithLeaseOperation")
        if not same(given, self.id):
            raise Refused("LeaseIdMismatchWithLeaseOperation")

    def _start(self) -> None:
        self._ends = None if self.duration == INFINITE else self._clock.now() + self.duration


def lease_operation(lease: Lease, headers: Mapping[str, str]) -> tuple[int, dict[str, str]]:
    """Do what the headers of a lease request say; the status and headers of the answer."""
    match _required(headers, "x-ms-lease-action"):
        case "acquire":
            proposed = _guid(_required(headers, "x-ms-proposed-lease-id"))
            lease.acquire(proposed, lease_duration(_required(headers, "x-ms-lease-duration")))
            return 201, {"x-ms-lease-id": lease.id}
        case "renew":
            lease.renew(_guid(_required(headers, "x-ms-lease-id")))
            return 200, {"x-ms-lease-id": lease.id}
        case "change":
            given = _guid(_required(headers, "x-ms-lease-id"))
            lease.change(given, _guid(_required(headers, "x-ms-proposed-lease-id")))
            return 200, {"x-ms-lease-id": lease.id}
        case "release":
            lease.release(_guid(_required(headers, "x-ms-lease-id")))
            return 200, {}
        case "break":
            return 202, {"x-ms-lease-time": str(lease.break_(_period(headers)))}
        case other:
            raise Refused("InvalidHeaderValue", f"x-ms-lease-action: {other}")


def lease_duration(text: str) -> int:
    """15 to 60 seconds, or -1: never ends."""
    if text == str(INFINITE) or (text.isdigit() and 15 <= int(text) <= 60):
        return int(text)
    raise Refused("InvalidHeaderValue", f"x-ms-lease-duration: {text}")


def same(one: str, other: str) -> bool:
    return one.strip("{}()").replace("-", "").lower() == other.strip("{}()").replace("-", "").lower()


def _period(headers: Mapping[str, str]) -> int | None:
    text = headers.get("x-ms-lease-break-period")
    if text is None:
        return None
    if text.isdigit() and int(text) <= 60:
        return int(text)
    raise Refused("InvalidHeaderValue", f"x-ms-lease-break-period: {text}")


def _required(headers: Mapping[str, str], name: str) -> str:
    if not headers.get(name):
        raise Refused("MissingRequiredHeader", name)
    return headers[name]


def _guid(text: str) -> str:
    if not GUID.fullmatch(text):
        raise Refused("InvalidHeaderValue", f"not a lease id: {text}")
    return text
