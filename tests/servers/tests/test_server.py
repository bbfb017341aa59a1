"""The server itself: bounded memory, its process, its log, and what it does with broken clients."""

from __future__ import annotations

import http.client
import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from azure.storage.filedatalake import DataLakeServiceClient, generate_account_sas

import adls_server
from adls_server import AdlsServer, faults
from adls_server.answers import STATUS
from adls_server.raw import RawClient

PACKAGE = Path(adls_server.__file__).parent
APPEND = {"action": "append", "position": "0"}


def test_the_request_log_tells_what_was_asked_in_order(server, own):
    server.log.clear()
    own.sdk.get_file_client("a/f").upload_data(b"abc", overwrite=True)
    own.sdk.get_file_client("a/f").rename_file("data/a/g")
    told = [(one.operation, one.path, one.status, one.received) for one in server.log]
    assert told == [
        ("create", "data/a/f", 201, 0),
        ("append", "data/a/f", 202, 3),
        ("flush", "data/a/f", 200, 0),
        ("rename", "data/a/g", 201, 0),
    ]
    assert [one.index for one in server.log.of("append")] == [1]


def test_a_request_whose_body_never_comes_whole_is_not_carried_out(server, own):
    own.file("f")
    connection = socket.create_connection(("127.0.0.1", server.port))
    connection.sendall(
        b"PATCH /hyggetest/data/f?action=append&position=0 HTTP/1.1\r\n"
        b"Host: x\r\nContent-Length: 9\r\n\r\nabc"
    )
    connection.close()
    while not server.log.of("append"):
        time.sleep(0.01)
    server.settled()
    assert own.dfs("PATCH", "f", {"action": "flush", "position": "3"}).told == (400, "InvalidFlushPosition")


def test_a_body_in_chunks_without_its_length_is_refused(server, own):
    own.file("f")
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(
            b"PATCH /hyggetest/data/f?action=append&position=0 HTTP/1.1\r\nHost: x\r\n"
            b"x-ms-version: 2025-01-05\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        )
        assert connection.makefile("rb").readline().split()[1] in (b"401", b"411")


@pytest.mark.parametrize("length", [b"-1", b"1, 1", b"x"])
def test_a_content_length_that_is_none_is_refused_and_ends_the_connection(server, own, length):
    own.file("f")
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(
            b"PATCH /hyggetest/data/f?action=append&position=0 HTTP/1.1\r\nHost: x\r\n"
            b"x-ms-version: 2025-01-05\r\nContent-Length: " + length + b"\r\n\r\nabc"
        )
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_of_many_creations_if_absent_one_is_the_first(own):
    create = {"resource": "file"}
    with ThreadPoolExecutor(8) as pool:
        told = [
            pool.submit(own.dfs, "PUT", f"f{number}", create, if_none_match="*")
            for number in range(20)
            for _ in range(4)
        ]
    statuses = Counter(one.result().told for one in told)
    assert statuses == {(201, ""): 20, (409, "PathAlreadyExists"): 60}


def test_of_many_renames_of_one_file_one_finds_it(own):
    for number in range(20):
        own.file(f"a{number}")
    with ThreadPoolExecutor(8) as pool:
        told = [
            pool.submit(own.dfs, "PUT", f"b{number}{to}", x_ms_rename_source=f"/data/a{number}")
            for number in range(20)
            for to in "xyz"
        ]
    statuses = Counter(one.result().told for one in told)
    assert statuses == {(201, ""): 20, (404, "SourcePathNotFound"): 40}
    assert len(own.names()) == 20


def test_a_read_under_way_gives_the_file_as_it_was(server, own):
    old, new = b"a" * 20_000_000, b"b" * 10
    own.sdk.get_file_client("f").upload_data(old, overwrite=True)
    sas = generate_account_sas(server.account, server.key, "o", "r", datetime.now(UTC) + timedelta(minutes=5))
    asked = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    asked.request("GET", f"/{server.account}/data/f?{sas}")
    answer = asked.getresponse()
    own.sdk.get_file_client("f").upload_data(new, overwrite=True)
    assert answer.read() == old
    assert own.content("f") == new
    asked.close()


def test_another_account_is_refused(server):
    answer = RawClient(f"{server.origin}/another", "another", server.key).send(
        "PUT", "data", {"restype": "container"}
    )
    assert answer.status >= 400


def test_every_code_that_is_refused_with_has_its_documented_status():
    text = "\n".join(path.read_text() for path in PACKAGE.glob("*.py"))
    used = set(re.findall(r'Refused\(\s*"(\w+)"', text)) | set(re.findall(r'exists="(\w+)"', text))
    assert used - set(STATUS) == set()
    assert all(300 <= status < 600 for status, _ in STATUS.values())


def test_the_server_is_on_this_machine_only(server):
    assert server.origin.startswith("http://127.0.0.1:")


def test_nothing_is_left_on_disk_of_what_was_deleted_or_written_over(server, own):
    folder = Path(server._folder.name)  # the server tells nobody where it keeps bodies
    for _ in range(3):
        own.file("f", b"abc")
        own.sdk.get_file_client("g").upload_data(b"abc", overwrite=True)
    own.sdk.get_file_client("f").delete_file()
    own.sdk.get_file_client("g").delete_file()
    server.settled()
    assert list(folder.iterdir()) == []


def ask(client: RawClient) -> None:
    with suppress(OSError, http.client.HTTPException):
        client.send("GET", "data")


def launched() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "adls_server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PACKAGE.parent,
    )


def test_it_runs_as_a_process_of_its_own_in_bounded_memory():
    with launched() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        files = DataLakeServiceClient.from_connection_string(told["connection_string"]).create_file_system(
            "data"
        )
        chunk = bytes(64 << 20)
        client = files.create_file("f")
        for number in range(4):
            client.append_data(chunk, number * len(chunk), len(chunk))
        client.flush_data(4 * len(chunk))
        assert client.download_file(offset=3 * len(chunk), length=10).readall() == bytes(10)
        peak = int(re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())[0])
        process.stdin.close()
        assert process.wait(30) == 0
    assert peak < 64 << 10  # KiB: less than one of the four chunks


def test_a_server_that_ends_waits_for_no_stalled_request():
    with AdlsServer() as server:
        client = RawClient(server.url, server.account, server.key)
        server.faults.add(faults.held(threading.Event()))
        asking = threading.Thread(target=ask, args=(client,))
        asking.start()
        while not server.log:
            pass
    asking.join(30)
    assert not asking.is_alive()
