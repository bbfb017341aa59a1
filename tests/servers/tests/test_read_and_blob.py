"""Get Blob, Get Blob Properties, Put Blob, Set Blob Metadata, Set Blob Properties.

https://learn.microsoft.com/rest/api/storageservices/get-blob
https://learn.microsoft.com/rest/api/storageservices/put-blob
"""

from __future__ import annotations

import base64
import hashlib

import pytest


@pytest.mark.parametrize(
    ("asked", "content", "told"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=4-", b"456789", "bytes 4-9/10"),
        ("bytes=8-100", b"89", "bytes 8-9/10"),
    ],
)
def test_a_range_is_answered_with_206_and_what_it_is(fs, asked, content, told):
    fs.file("f", b"0123456789")
    answer = fs.blob("GET", "f", x_ms_range=asked)
    assert (answer.status, answer.body, answer.headers["content-range"]) == (206, content, told)


def test_a_range_behind_the_end_is_416(fs):
    fs.file("f", b"0123456789")
    assert fs.blob("GET", "f", x_ms_range="bytes=10-12").told == (416, "InvalidRange")
    fs.file("empty")
    assert fs.blob("GET", "empty", x_ms_range="bytes=0-12").told == (416, "InvalidRange")


def test_x_ms_range_goes_before_range(fs):
    fs.file("f", b"0123456789")
    assert fs.blob("GET", "f", x_ms_range="bytes=0-0", range="bytes=5-5").body == b"0"
    assert fs.blob("GET", "f", range="bytes=5-5").body == b"5"


@pytest.mark.parametrize("asked", ["bytes=3-1", "bytes=-3", "lines=1-2"])
def test_other_ranges_are_refused(own, asked):
    own.file("f", b"0123456789")
    assert own.blob("GET", "f", x_ms_range=asked).told == (400, "InvalidHeaderValue")


def test_a_range_over_several_appends_is_put_together(fs):
    fs.file("f")
    for position in range(0, 9, 3):
        body = bytes(range(position, position + 3))
        fs.dfs("PATCH", "f", {"action": "append", "position": str(position)}, body)
    fs.dfs("PATCH", "f", {"action": "flush", "position": "9"})
    assert fs.blob("GET", "f", x_ms_range="bytes=2-6").body == bytes(range(2, 7))


def test_the_md5_of_a_range_is_told_if_asked_for(fs):
    fs.file("f", b"0123456789")
    answer = fs.blob("GET", "f", x_ms_range="bytes=2-4", x_ms_range_get_content_md5="true")
    assert answer.headers["content-md5"] == base64.b64encode(hashlib.md5(b"234").digest()).decode()


def test_both_endpoints_read_the_same(fs):
    fs.file("f", b"abc")
    assert fs.dfs("GET", "f").body == fs.blob("GET", "f").body == b"abc"


def test_what_is_not_there_is_404_in_the_words_of_the_endpoint(fs):
    assert fs.blob("GET", "none").told == (404, "BlobNotFound")
    assert fs.blob("HEAD", "none").told == (404, "BlobNotFound")
    assert fs.dfs("HEAD", "none", {"action": "getStatus"}).told == (404, "PathNotFound")


def test_errors_are_json_at_one_endpoint_and_xml_at_the_other(fs):
    assert fs.dfs("DELETE", "none").body.startswith(b'{"error":')
    assert b"<Error><Code>BlobNotFound</Code>" in fs.blob("GET", "none").body


def test_a_folder_tells_that_it_is_one(fs):
    fs.sdk.create_directory("d")
    headers = fs.blob("HEAD", "d").headers
    assert headers["x-ms-resource-type"] == "directory"
    assert headers["x-ms-meta-hdi_isfolder"] == "true"


def test_a_blob_is_put_in_one_request_and_refused_if_it_must_not_exist(fs):
    put = {"body": b"abc", "x_ms_blob_type": "BlockBlob"}
    assert fs.blob("PUT", "a/b", if_none_match="*", **put).told == (201, "")
    assert fs.blob("PUT", "a/b", if_none_match="*", **put).told == (409, "BlobAlreadyExists")
    assert fs.content("a/b") == b"abc"
    assert fs.names() == ["a", "a/b"]


def test_a_put_blob_with_a_wrong_md5_changes_nothing(fs):
    fs.file("f", b"old")
    wrong = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    answer = fs.blob("PUT", "f", body=b"new", x_ms_blob_type="BlockBlob", content_md5=wrong)
    assert answer.told == (400, "Md5Mismatch")
    assert fs.content("f") == b"old"


def test_metadata_is_replaced_as_a_whole(fs):
    fs.file("f")
    fs.sdk.get_file_client("f").set_metadata({"a": "1", "a_b": "2", "ab": "3", "a1": "4"})
    fs.sdk.get_file_client("f").set_metadata({"c": "5"})
    assert fs.sdk.get_file_client("f").get_file_properties().metadata == {"c": "5"}


def test_metadata_names_are_identifiers(fs):
    fs.file("f")
    assert fs.blob("PUT", "f", {"comp": "metadata"}, x_ms_meta_1a="x").status == 400


def test_metadata_is_8_kib_at_most(fs):
    fs.file("f")
    for size, status in ((8000, 200), (9000, 400)):
        assert fs.blob("PUT", "f", {"comp": "metadata"}, x_ms_meta_a="x" * size).status == status


def test_headers_that_are_not_sent_are_cleared(fs):
    fs.file("f")
    fs.blob(
        "PUT", "f", {"comp": "properties"}, x_ms_blob_content_type="text/csv", x_ms_blob_content_language="nb"
    )
    fs.blob("PUT", "f", {"comp": "properties"}, x_ms_blob_content_type="text/csv")
    headers = fs.blob("HEAD", "f").headers
    assert headers["content-type"] == "text/csv"
    assert "content-language" not in headers


@pytest.mark.parametrize("comp", ["block", "blocklist", "snapshot", "copy", "tags", "tier"])
def test_operations_that_are_not_there_are_refused(own, comp):
    own.file("f")
    assert own.blob("PUT", "f", {"comp": comp}).told == (405, "UnsupportedHttpVerb")


def test_the_sdk_reads_an_empty_file_a_small_one_and_one_of_many_ranges(fs):
    for size in (0, 10, 5_000_000):
        data = bytes(range(256)) * (size // 256 + 1)
        fs.file("f", data[:size])
        client = fs.sdk.get_file_client("f")
        assert client.download_file(max_concurrency=2).readall() == data[:size]
        if size:
            assert (
                client.download_file(offset=size // 2, length=3).readall() == data[size // 2 : size // 2 + 3]
            )
