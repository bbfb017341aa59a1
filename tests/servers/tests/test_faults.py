"""What the fault script does, seen from the SDK."""

from __future__ import annotations

import threading

import pytest
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceResponseError,
)

from adls_server import faults

CALLS = {
    "create": (lambda fs: fs.sdk.create_file("new"), lambda fs: "new" in fs.names()),
    "append": (lambda fs: fs.sdk.get_file_client("f").append_data(b"abc", 3, 3), None),
    "flush": (
        lambda fs: fs.sdk.get_file_client("waiting").flush_data(3),
        lambda fs: fs.content("waiting") == b"abc",
    ),
    "rename": (
        lambda fs: fs.sdk.get_file_client("f").rename_file(f"{fs.name}/g"),
        lambda fs: "g" in fs.names(),
    ),
    "delete": (lambda fs: fs.sdk.get_file_client("f").delete_file(), lambda fs: "f" not in fs.names()),
}


@pytest.fixture
def ready(own):
    own.file("f", b"abc")
    own.file("waiting")
    own.sdk.get_file_client("waiting").append_data(b"abc", 0, 3)
    return own


def applied(fs, operation: str) -> bool:
    if operation == "append":
        return fs.dfs("PATCH", "f", {"action": "flush", "position": "6"}).status == 200
    return bool(CALLS[operation][1](fs))


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize(
    ("fault", "done", "error"),
    [
        (faults.fails(500), False, HttpResponseError),
        (faults.applied_then(500), True, HttpResponseError),
        (faults.throttled(429, retry_after=3), False, HttpResponseError),
        (faults.throttled(503), False, HttpResponseError),
        (faults.reset(applied=False), False, (ServiceRequestError, ServiceResponseError)),
        (faults.reset(applied=True), True, (ServiceRequestError, ServiceResponseError)),
        (faults.token_expired(), False, HttpResponseError),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_fault_happens_once_and_the_request_is_done_or_not(server, ready, operation, fault, done, error):
    server.faults.add(fault, operation=operation)
    with pytest.raises(error):
        CALLS[operation][0](ready)
    assert server.log.of(operation)[-1].fault == fault.name
    assert applied(ready, operation) is done


def test_a_fault_is_addressed_by_the_index_of_a_request(server, own):
    server.log.clear()
    server.faults.add(faults.fails(500), at=1)
    own.sdk.create_file("a")
    with pytest.raises(HttpResponseError):
        own.sdk.create_file("b")
    own.sdk.create_file("c")
    assert [exchange.status for exchange in server.log] == [201, 500, 201]


def test_a_fault_is_addressed_by_verb_and_path_may_skip_and_may_stay(server, own):
    server.faults.add(faults.fails(500), verb="PUT", path="data/x/*", skip=1, times=None)
    own.sdk.create_file("a"), own.sdk.create_file("x/1")
    for _ in range(3):
        with pytest.raises(HttpResponseError):
            own.sdk.create_file("x/2")
    server.faults.clear()
    own.sdk.create_file("x/2")


def test_throttling_tells_when_to_come_back(server, own):
    server.faults.add(faults.throttled(429, retry_after=7))
    answer = own.dfs("PUT", "f", {"resource": "file"})
    assert (answer.status, answer.headers["retry-after"]) == (429, "7")


def test_a_truncated_body_ends_the_connection_before_its_length(server, own):
    own.file("f", b"0123456789")
    server.faults.add(faults.truncated(4), operation="read", times=None)
    with pytest.raises((IncompleteReadError, HttpResponseError, ServiceResponseError)):
        own.sdk.get_file_client("f").download_file().readall()


def test_a_short_body_looks_whole(server, own):
    own.file("f", b"0123456789")
    server.faults.add(faults.shortened(3), operation="read")
    answer = own.blob("GET", "f", x_ms_range="bytes=0-9")
    assert (answer.status, answer.body, answer.headers["content-length"]) == (206, b"0123456", "7")


def test_a_dripping_body_comes_whole_in_the_end(server, own):
    own.file("f", b"0123456789")
    server.faults.add(faults.dripping(0.001), operation="read")
    assert own.content("f") == b"0123456789"


def test_a_corrupt_body_has_its_length(server, own):
    own.file("f", b"0123456789")
    server.faults.add(faults.corrupted(), operation="read")
    answer = own.blob("GET", "f")
    assert len(answer.body) == 10
    assert answer.body != b"0123456789"


def test_lost_bytes_are_answered_as_written(server, own):
    own.file("f")
    own.sdk.get_file_client("f").append_data(b"0123456789", 0, 10)
    server.faults.add(faults.loses(4), operation="flush")
    own.sdk.get_file_client("f").flush_data(10)
    assert own.content("f") == b"012345"


def test_an_answer_that_comes_too_late_was_applied(server, own):
    server.faults.add(faults.stalled(60, applied=True), operation="create")
    with pytest.raises(AzureError):
        own.sdk.get_file_client("f").create_file(read_timeout=0.2)
    assert own.names() == ["f"]


def test_a_request_that_is_applied_late_is_applied_after_the_client_gave_up(server, own):
    late = threading.Event()
    server.faults.add(faults.held(late), operation="create")
    with pytest.raises(AzureError):
        own.sdk.get_file_client("f").create_file(read_timeout=0.2)
    assert own.names() == []
    late.set()
    server.settled()
    assert own.names() == ["f"]
