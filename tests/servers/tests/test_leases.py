"""Lease Blob and Path - Lease: who may do what in which state of a lease.

https://learn.microsoft.com/rest/api/storageservices/lease-blob
https://learn.microsoft.com/rest/api/storageservices/datalakestoragegen2/path/lease
"""

from __future__ import annotations

import uuid

import pytest

A, B = str(uuid.uuid4()), str(uuid.uuid4())
FLUSH = {"action": "flush", "position": "0"}


def act(fs, action: str, **headers: str):
    told = {f"x_ms_{name}": value for name, value in headers.items()}
    return fs.blob("PUT", "f", {"comp": "lease"}, x_ms_lease_action=action, **told)


def acquire(fs, lease: str = A, duration: str = "15"):
    return act(fs, "acquire", proposed_lease_id=lease, lease_duration=duration)


def state(fs) -> str:
    return fs.blob("HEAD", "f").headers["x-ms-lease-state"]


@pytest.fixture
def available(own):
    own.file("f")
    return own


@pytest.fixture(params=["leased", "expired", "breaking", "broken"])
def held(request, server, available):
    """A file with lease A in each state that remembers it."""
    acquire(available)
    if request.param == "expired":
        server.clock.advance(16)
    if request.param == "breaking":
        act(available, "break", lease_break_period="10")
    if request.param == "broken":
        act(available, "break", lease_break_period="0")
    assert state(available) == request.param
    return available, request.param


def test_the_states_of_a_lease_follow_the_service_clock(server, available):
    assert acquire(available).told == (201, "")
    server.clock.advance(14)
    assert state(available) == "leased"
    server.clock.advance(2)
    assert state(available) == "expired"


def test_an_infinite_lease_does_not_end(server, available):
    acquire(available, duration="-1")
    server.clock.advance(600)
    assert state(available) == "leased"


@pytest.mark.parametrize("duration", ["0", "14", "61", "x"])
def test_a_lease_lasts_15_to_60_seconds_or_for_ever(fs, duration):
    fs.file("f")
    assert acquire(fs, duration=duration).told == (400, "InvalidHeaderValue")


def test_a_lease_id_is_a_guid(fs):
    fs.file("f")
    assert acquire(fs, "mine").told == (400, "InvalidHeaderValue")


# Outcomes of use attempts on blobs by lease state

WRITE_BY_A = {
    "leased": (200, ""),
    "expired": (412, "LeaseLost"),
    "breaking": (200, ""),
    "broken": (412, "LeaseLost"),
}
WRITE_BY_NONE = {
    "leased": (412, "LeaseIdMissing"),
    "expired": (200, ""),
    "breaking": (412, "LeaseIdMissing"),
    "broken": (200, ""),
}


def test_a_write_with_the_lease(held):
    fs, now = held
    assert fs.dfs("PATCH", "f", FLUSH, x_ms_lease_id=A).told == WRITE_BY_A[now]


def test_a_write_with_another_lease_is_refused(held):
    fs, _ = held
    assert fs.dfs("PATCH", "f", FLUSH, x_ms_lease_id=B).told == (412, "LeaseIdMismatchWithBlobOperation")


def test_a_write_without_lease(held):
    fs, now = held
    assert fs.dfs("PATCH", "f", FLUSH).told == WRITE_BY_NONE[now]


def test_a_write_without_lease_makes_one_that_has_ended_forgotten(held):
    fs, now = held
    if fs.dfs("PATCH", "f", FLUSH).status == 200:
        assert now in ("expired", "broken")
        assert state(fs) == "available"
        assert act(fs, "renew", lease_id=A).told == (409, "LeaseIdMismatchWithLeaseOperation")
    else:
        assert state(fs) == now


def test_a_read_needs_no_lease_but_one_that_is_given_must_be_the_one(held):
    fs, now = held
    assert fs.blob("GET", "f").status == 200
    assert fs.blob("GET", "f", x_ms_lease_id=A).status == WRITE_BY_A[now][0]
    assert fs.blob("GET", "f", x_ms_lease_id=B).status == 412


def test_a_lease_id_for_what_has_none_is_refused(fs):
    fs.file("f")
    told = (412, "LeaseNotPresentWithBlobOperation")
    assert fs.dfs("PATCH", "f", FLUSH, x_ms_lease_id=A).told == told
    assert fs.dfs("DELETE", "f", x_ms_lease_id=A).told == told


@pytest.mark.parametrize("verb", ["append", "flush", "delete", "create", "metadata", "put"])
def test_every_write_to_a_leased_file_needs_the_lease(fs, verb):
    fs.file("f")
    acquire(fs)
    send = {
        "append": lambda **more: fs.dfs("PATCH", "f", {"action": "append", "position": "0"}, b"x", **more),
        "flush": lambda **more: fs.dfs("PATCH", "f", FLUSH, **more),
        "delete": lambda **more: fs.dfs("DELETE", "f", **more),
        "create": lambda **more: fs.dfs("PUT", "f", {"resource": "file"}, **more),
        "metadata": lambda **more: fs.blob("PUT", "f", {"comp": "metadata"}, **more),
        "put": lambda **more: fs.blob("PUT", "f", body=b"x", x_ms_blob_type="BlockBlob", **more),
    }[verb]
    assert send().told == (412, "LeaseIdMissing")
    assert send(x_ms_lease_id=B).told == (412, "LeaseIdMismatchWithBlobOperation")
    assert send(x_ms_lease_id=A).status < 300


# Outcomes of lease operations on blobs by lease state


def test_acquire_by_another(held):
    fs, now = held
    refused = (409, "LeaseAlreadyPresent")
    expected = {"leased": refused, "breaking": refused, "expired": (201, ""), "broken": (201, "")}
    assert acquire(fs, B).told == expected[now]


def test_acquire_by_the_holder(held):
    fs, now = held
    expected = (409, "LeaseIsBreakingAndCannotBeAcquired") if now == "breaking" else (201, "")
    assert acquire(fs).told == expected


def test_renew(held):
    fs, now = held
    refused = (409, "LeaseIsBrokenAndCannotBeRenewed")
    expected = {"leased": (200, ""), "expired": (200, ""), "breaking": refused, "broken": refused}
    assert act(fs, "renew", lease_id=A).told == expected[now]
    assert act(fs, "renew", lease_id=B).told == (409, "LeaseIdMismatchWithLeaseOperation")


def test_change(held):
    fs, now = held
    gone = (409, "LeaseNotPresentWithLeaseOperation")
    expected = {
        "leased": (200, ""),
        "expired": gone,
        "breaking": (409, "LeaseIsBreakingAndCannotBeChanged"),
        "broken": gone,
    }
    assert act(fs, "change", lease_id=A, proposed_lease_id=B).told == expected[now]


def test_a_change_repeated_is_a_success(available):
    acquire(available)
    for _ in range(2):
        assert act(available, "change", lease_id=A, proposed_lease_id=B).told == (200, "")


def test_release(held):
    fs, _ = held
    assert act(fs, "release", lease_id=B).told == (409, "LeaseIdMismatchWithLeaseOperation")
    assert act(fs, "release", lease_id=A).told == (200, "")
    assert state(fs) == "available"
    assert act(fs, "release", lease_id=A).told == (409, "LeaseIdMismatchWithLeaseOperation")


def test_break_leaves_nobody_who_holds_it(held):
    fs, _ = held
    assert act(fs, "break", lease_break_period="0").told == (202, "")
    assert state(fs) == "broken"
    assert acquire(fs, B).told == (201, "")


def test_break_of_what_has_no_lease_is_refused(available):
    assert act(available, "break").told == (409, "LeaseNotPresentWithLeaseOperation")


def test_break_without_period_waits_for_the_rest_of_the_lease(server, available):
    acquire(available, duration="30")
    server.clock.advance(10)
    assert int(act(available, "break").headers["x-ms-lease-time"]) in (19, 20)
    assert acquire(available, B).told == (409, "LeaseAlreadyPresent")
    server.clock.advance(21)
    assert acquire(available, B).told == (201, "")


def test_a_second_break_does_not_make_it_longer(server, available):
    acquire(available, duration="60")
    act(available, "break", lease_break_period="5")
    assert int(act(available, "break", lease_break_period="50").headers["x-ms-lease-time"]) <= 5


def test_the_dfs_endpoint_leases_with_post(fs):
    fs.file("f")
    made = fs.dfs(
        "POST", "f", x_ms_lease_action="acquire", x_ms_proposed_lease_id=A, x_ms_lease_duration="15"
    )
    assert made.told == (201, "")
    assert fs.dfs("POST", "f", x_ms_lease_action="release", x_ms_lease_id=A).told == (200, "")


def test_the_lease_client_of_the_sdk_works(fs):
    fs.file("f")
    lease = fs.sdk.get_file_client("f").acquire_lease(15)
    lease.renew()
    lease.change(B)
    assert lease.id == B
    lease.release()
    assert state(fs) == "available"
