"""A lock across hosts: a lease on a small file, renewed while it is held.

A process that is killed leaves its lease to run out within a minute; the next one on the same host sees
that its holder has ended and takes the lease over at once, by its id: one of several who try succeeds.
A process that is paused for longer than a minute may find that somebody else holds the lease: then its
commits are refused by their base, as after any other run that came first.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
import uuid
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import ResourceExistsError

from hygge.errors import LeaseHeld
from hygge_adls.patience import Patience
from hygge_adls.process import has_ended, myself
from hygge_adls.trouble import STUMBLES, code_of, meant, status_of

if TYPE_CHECKING:
    from azure.storage.filedatalake import DataLakeFileClient, DataLakeLeaseClient

__all__ = ["leased"]

SECONDS = 60  # the longest lease that ends by itself
RENEWED = 20.0  # seconds after which it is renewed
AGAIN = 2.0  # after a renewal that failed
TIMEOUTS: dict[str, Any] = {"connection_timeout": 5.0, "read_timeout": 10.0}
"""Of a renewal, in seconds: two may get no answer."""
HELD = frozenset({"LeaseAlreadyPresent", "LeaseIsBreakingAndCannotBeAcquired"})
LOST = frozenset({404, 409, 412})  # what the service answers to whoever does not hold it any more
HOLDER = "hygge_holder"  # the metadata that tells of it, in JSON with these keys among others
LEASE, PROCESS = "lease_id", "process"
log = logging.getLogger("hygge")


@contextlib.contextmanager
def leased(
    client: DataLakeFileClient, address: str, holder: Mapping[str, str], patience: Patience
) -> Iterator[None]:
    """Hold the lease of a file that is there while the block runs; raises `LeaseHeld` naming its holder."""
    lease = _acquired(client, address, holder, patience)
    renewing = _Renewing(lease, address)
    renewing.start()
    try:
        yield
    finally:
        renewing.end()
        with contextlib.suppress(*STUMBLES):  # else it runs out by itself
            lease.release()


def _acquired(
    client: DataLakeFileClient, address: str, holder: Mapping[str, str], patience: Patience
) -> DataLakeLeaseClient:
    wanted = str(uuid.uuid4())  # proposed: asking again after a lost answer gives the same lease
    own = {LEASE: wanted, PROCESS: myself()}

    def acquire() -> DataLakeLeaseClient:
        try:
            lease = client.acquire_lease(SECONDS, lease_id=wanted)
        except ResourceExistsError as error:
            if code_of(error) not in HELD:
                raise
            found = _holder(client)
            taken = _taken_over(client, found, wanted)
            if taken is None:
                raise _held(address, found) from None
            lease = taken
        try:
            client.set_metadata({HOLDER: _packed({**holder, **own})}, lease=lease)
        except STUMBLES:
            with contextlib.suppress(*STUMBLES):  # else nobody could take it for as long as it lasts
                lease.release()
            raise
        return lease

    return patience.ask(acquire, address)


def _taken_over(
    client: DataLakeFileClient, found: Mapping[str, Any], wanted: str
) -> DataLakeLeaseClient | None:
    """The lease, under a new id, if its holder has ended on this host and nobody else was faster."""
    from azure.storage.filedatalake import DataLakeLeaseClient

    if not has_ended(str(found.get(PROCESS, ""))):
        return None
    lease = DataLakeLeaseClient(client, lease_id=str(found.get(LEASE, "")))
    try:
        lease.change(wanted)
        lease.renew()
    except ResourceExistsError:  # it has another id by now
        return None
    log.info("%s was left by a process of this host that has ended: taken over", client.path_name)
    return lease


def _holder(client: DataLakeFileClient) -> dict[str, Any]:
    """What the holder wrote about itself; empty where it had no time to."""
    try:
        return _unpacked((client.get_file_properties().metadata or {}).get(HOLDER, ""))
    except ValueError:
        return {}


def _held(address: str, found: Mapping[str, Any]) -> LeaseHeld:
    holder = {key: value for key, value in found.items() if key not in (LEASE, PROCESS)}
    who = ", ".join(f"{key} {value}" for key, value in holder.items()) or "an unknown process"
    name = address.rpartition("/")[2].removesuffix(".lock")
    return LeaseHeld(
        f"another run holds {name!r}: {who}",
        remedy=f"Wait for it to end and run again; if it was killed, the lease ends within {SECONDS} s.",
        **holder,
    )


def _packed(holder: Mapping[str, str]) -> str:
    """JSON with nothing but ASCII, as headers want it."""
    return json.dumps(dict(holder), ensure_ascii=True)


def _unpacked(text: str) -> dict[str, Any]:
    found = json.loads(text or "{}")
    return found if isinstance(found, dict) else {}


class _Renewing:
    """Renews a lease until it is told to end."""

    def __init__(self, lease: DataLakeLeaseClient, address: str) -> None:
        self._lease, self._address = lease, address
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="lease", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        self._thread.join(AGAIN)  # it may wait for an answer, which nobody needs any more

    def _renew(self) -> None:
        pause = RENEWED
        while not self._ended.wait(pause):
            pause = RENEWED
            try:
                self._lease.renew(**TIMEOUTS)
            except STUMBLES as raised:
                if self._ended.is_set():  # it was released meanwhile
                    return
                error = meant(raised)
                what = code_of(error) or error
                if status_of(error) in LOST:
                    log.warning(
                        "the lease on %s is lost (%s): another run of the flow may begin, and whoever "
                        "commits second is refused",
                        self._address,
                        what,
                    )
                    return
                pause = AGAIN
                log.warning("the lease on %s could not be renewed: %s", self._address, what)
