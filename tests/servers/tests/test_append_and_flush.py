"""Path - Update, append and flush.

https://learn.microsoft.com/rest/api/storageservices/datalakestoragegen2/path/update
"""

from __future__ import annotations

import base64
import hashlib

import pytest

from adls_server.answers import Refused
from adls_server.content import Content
from adls_server.extents import Extents

APPEND, FLUSH = {"action": "append"}, {"action": "flush"}


def at(position: int, action: dict[str, str] = APPEND, **more: str) -> dict[str, str]:
    return {**action, "position": str(position), **more}


def test_appended_data_is_invisible_until_it_is_flushed(fs):
    fs.file("f")
    assert fs.dfs("PATCH", "f", at(0), b"abc").told == (202, "")
    assert fs.sdk.get_file_client("f").get_file_properties().size == 0
    assert fs.content("f") == b""
    assert fs.dfs("PATCH", "f", at(3, FLUSH)).told == (200, "")
    assert fs.content("f") == b"abc"


def test_appends_come_in_any_order_and_lie_where_their_position_says(fs):
    fs.file("f")
    for position, data in ((6, b"ghi"), (0, b"abc"), (3, b"def")):
        assert fs.dfs("PATCH", "f", at(position), data).status == 202
    fs.dfs("PATCH", "f", at(9, FLUSH))
    assert fs.content("f") == b"abcdefghi"


def test_an_append_repeated_at_its_position_is_there_once(fs):
    fs.file("f")
    for _ in range(2):
        assert fs.dfs("PATCH", "f", at(0), b"abc").status == 202
    assert fs.dfs("PATCH", "f", at(3, FLUSH)).status == 200
    assert fs.content("f") == b"abc"


@pytest.mark.parametrize("position", [0, 2, 4, 100])
def test_a_flush_position_other_than_the_length_of_all_data_is_refused(fs, position):
    fs.file("f")
    fs.dfs("PATCH", "f", at(0), b"abc")
    if position == 0:
        fs.dfs("PATCH", "f", at(3, FLUSH))
    assert fs.dfs("PATCH", "f", at(position, FLUSH)).told == (400, "InvalidFlushPosition")


def test_a_flush_over_a_gap_is_refused(fs):
    fs.file("f")
    fs.dfs("PATCH", "f", at(0), b"abc")
    fs.dfs("PATCH", "f", at(4), b"efg")
    assert fs.dfs("PATCH", "f", at(7, FLUSH)).told == (400, "InvalidFlushPosition")
    assert fs.content("f") == b""


def test_an_append_below_the_flushed_length_is_refused(own):
    own.file("f", b"abc")
    assert own.dfs("PATCH", "f", at(1), b"x").told == (400, "InvalidFlushPosition")


def test_append_with_flush_makes_its_data_visible_in_one_request(fs):
    fs.file("f")
    assert fs.dfs("PATCH", "f", at(0, flush="true"), b"abc").status == 202
    assert fs.content("f") == b"abc"


def test_append_with_flush_repeated_is_refused_and_adds_nothing(own):
    own.file("f")
    for status in (202, 400):
        assert own.dfs("PATCH", "f", at(0, flush="true"), b"abc").status == status
    assert own.content("f") == b"abc"


def test_what_lies_behind_the_flush_is_dropped_unless_it_is_to_be_retained(fs):
    for retain, then in (("false", 400), ("true", 200)):
        fs.file(retain)
        fs.dfs("PATCH", retain, at(0), b"abc")
        fs.dfs("PATCH", retain, at(3), b"def")
        assert fs.dfs("PATCH", retain, at(3, FLUSH, retainUncommittedData=retain)).status == 200
        assert fs.dfs("PATCH", retain, at(6, FLUSH)).status == then


def test_position_is_required(fs):
    fs.file("f")
    assert fs.dfs("PATCH", "f", APPEND, b"abc").told == (400, "MissingRequiredQueryParameter")
    assert fs.dfs("PATCH", "f", FLUSH).told == (400, "MissingRequiredQueryParameter")


def test_an_append_has_a_body_and_a_flush_has_none(fs):
    fs.file("f")
    assert fs.dfs("PATCH", "f", at(0)).told == (400, "InvalidHeaderValue")
    fs.dfs("PATCH", "f", at(0), b"abc")
    assert fs.dfs("PATCH", "f", at(3, FLUSH), b"abc").told == (400, "ContentLengthMustBeZero")


@pytest.mark.parametrize(
    "query", [{"action": "append", "position": "-1"}, {"action": "append", "position": "x"}]
)
def test_a_position_is_a_number_from_0(fs, query):
    fs.file("f")
    assert fs.dfs("PATCH", "f", query, b"abc").told == (400, "InvalidQueryParameterValue")


def test_without_content_length_nothing_is_taken(own):
    own.file("f")
    answer = own.dfs("PATCH", "f", at(0), content_length="")
    assert answer.told == (411, "MissingContentLengthHeader")


def test_close_is_for_a_flush_only(own):
    own.file("f")
    assert own.dfs("PATCH", "f", at(0, close="true"), b"abc").told == (400, "UnsupportedQueryParameter")


def test_data_goes_into_files_that_are_there(fs):
    fs.sdk.create_directory("d")
    assert fs.dfs("PATCH", "none", at(0), b"abc").told == (404, "PathNotFound")
    assert fs.dfs("PATCH", "d", at(0), b"abc").status == 409


def test_content_md5_is_compared_with_the_body(fs):
    fs.file("f")
    good = base64.b64encode(hashlib.md5(b"abc").digest()).decode()
    assert fs.dfs("PATCH", "f", at(0), b"abd", content_md5=good).told == (400, "Md5Mismatch")
    assert fs.dfs("PATCH", "f", at(0), b"abc", content_md5="AAAA").told == (400, "InvalidMd5")
    assert fs.dfs("PATCH", "f", at(3, FLUSH)).told == (400, "InvalidFlushPosition")
    assert fs.dfs("PATCH", "f", at(0), b"abc", content_md5=good).told == (202, "")


def test_crc64_is_compared_with_the_body(fs):
    fs.file("f")
    good = base64.b64encode(0xAE8B14860A799888.to_bytes(8, "little")).decode()
    assert fs.dfs("PATCH", "f", at(0), b"123456780", x_ms_content_crc64=good).told == (400, "Crc64Mismatch")
    assert fs.dfs("PATCH", "f", at(0), b"123456789", x_ms_content_crc64=good).told == (202, "")


def test_the_md5_given_with_a_flush_is_told_until_the_content_is_another(fs):
    fs.file("f")
    fs.dfs("PATCH", "f", at(0), b"abc")
    md5 = base64.b64encode(hashlib.md5(b"abc").digest()).decode()
    fs.dfs("PATCH", "f", at(3, FLUSH), x_ms_content_md5=md5)
    assert fs.blob("HEAD", "f").headers["content-md5"] == md5
    fs.dfs("PATCH", "f", at(3), b"d")
    fs.dfs("PATCH", "f", at(4, FLUSH))
    assert "content-md5" not in fs.blob("HEAD", "f").headers


def test_a_flush_gives_another_etag(fs):
    before = fs.file("f")
    fs.dfs("PATCH", "f", at(0), b"abc")
    assert fs.sdk.get_file_client("f").get_file_properties().etag == before
    assert fs.dfs("PATCH", "f", at(3, FLUSH)).headers["etag"] != before


def test_creating_a_file_again_forgets_what_was_only_appended(fs):
    fs.file("f")
    fs.dfs("PATCH", "f", at(0), b"abc")
    fs.file("f")
    assert fs.dfs("PATCH", "f", at(3, FLUSH)).told == (400, "InvalidFlushPosition")


@pytest.mark.parametrize("header", ["if_match", "if_none_match"])
def test_an_append_knows_no_conditions(own, header):
    etag = own.file("f")
    assert own.dfs("PATCH", "f", at(0), b"abc", **{header: etag}).told == (400, "UnsupportedHeader")


def test_what_the_blob_endpoint_put_is_not_written_on_by_the_other(fs):
    fs.blob("PUT", "f", body=b"abc", x_ms_blob_type="BlockBlob")
    assert fs.dfs("PATCH", "f", at(3), b"def").told == (409, "InvalidAppendOperation")
    assert fs.dfs("PATCH", "f", at(3, FLUSH)).told == (409, "InvalidFlushOperation")
    fs.file("f", b"new")
    assert fs.content("f") == b"new"


@pytest.mark.parametrize("action", ["setAccessControl", "setAccessControlRecursive", "nonsense"])
def test_other_actions_are_refused(own, action):
    own.file("f")
    assert own.dfs("PATCH", "f", {"action": action}).told == (400, "UnsupportedQueryParameter")


def test_a_file_is_made_of_50_000_appends_at_most(tmp_path):
    content, extent = Content(), Extents(tmp_path).keep(b"x")
    for position in range(50_000):
        content.append(position, extent)
    content.append(49_999, extent)
    with pytest.raises(Refused, match="BlockCountExceedsLimit"):
        content.append(50_000, extent)


def test_a_chunked_parallel_upload_of_the_sdk_arrives_whole(fs):
    data = bytes(range(256)) * 40_000
    client = fs.sdk.get_file_client("f")
    client.upload_data(data, overwrite=True, chunk_size=1 << 20, max_concurrency=4)
    assert fs.content("f") == data
