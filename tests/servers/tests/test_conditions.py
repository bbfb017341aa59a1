"""Specifying conditional headers for Blob service operations.

https://learn.microsoft.com/rest/api/storageservices/specifying-conditional-headers-for-blob-service-operations
"""

from __future__ import annotations

from email.utils import formatdate

import pytest

OTHER = '"0x8D0000000000001"'
PAST, FUTURE = formatdate(1_000_000_000, usegmt=True), formatdate(4_000_000_000, usegmt=True)
FLUSH = {"action": "flush", "position": "0"}


@pytest.mark.parametrize(
    ("conditions", "status"),
    [
        ({"if_match": "{etag}"}, 200),
        ({"if_match": "*"}, 200),
        ({"if_match": OTHER}, 412),
        ({"if_none_match": OTHER}, 200),
        ({"if_none_match": "{etag}"}, 304),
        ({"if_modified_since": PAST}, 200),
        ({"if_modified_since": FUTURE}, 304),
        ({"if_unmodified_since": FUTURE}, 200),
        ({"if_unmodified_since": PAST}, 412),
    ],
)
def test_a_read_is_answered_only_if_the_condition_holds(fs, conditions, status):
    etag = fs.file("f", b"abc")
    told = {name: value.replace("{etag}", etag) for name, value in conditions.items()}
    for verb in ("GET", "HEAD"):
        answer = fs.blob(verb, "f", **told)
        assert answer.status == status
        assert answer.code == ("" if status == 200 else "ConditionNotMet")


@pytest.mark.parametrize(
    ("conditions", "status"),
    [
        ({"if_match": "{etag}"}, 200),
        ({"if_match": OTHER}, 412),
        ({"if_none_match": OTHER}, 200),
        ({"if_none_match": "{etag}"}, 412),
        ({"if_modified_since": PAST}, 200),
        ({"if_modified_since": FUTURE}, 412),
        ({"if_unmodified_since": FUTURE}, 200),
        ({"if_unmodified_since": PAST}, 412),
    ],
)
@pytest.mark.parametrize("verb", ["flush", "delete", "metadata"])
def test_a_write_is_done_only_if_the_condition_holds(fs, verb, conditions, status):
    etag = fs.file("f")
    told = {name: value.replace("{etag}", etag) for name, value in conditions.items()}
    if verb == "flush":
        answer = fs.dfs("PATCH", "f", FLUSH, **told)
    elif verb == "delete":
        answer = fs.dfs("DELETE", "f", **told)
    else:
        answer = fs.blob("PUT", "f", {"comp": "metadata"}, **told)
    assert answer.told == (status, "" if status == 200 else "ConditionNotMet")


def test_if_match_of_what_is_not_there_is_412(fs):
    created = fs.dfs("PUT", "none", {"resource": "file"}, if_match=OTHER)
    assert created.told == (412, "ConditionNotMet")
    assert fs.names() == []


def test_conditions_that_do_not_go_together_are_refused(fs):
    etag = fs.file("f")
    answer = fs.blob("GET", "f", if_match=etag, if_none_match=OTHER)
    assert answer.told == (400, "MultipleConditionHeadersNotSupported")


def test_an_etag_without_quotes_is_refused(own):
    etag = own.file("f")
    assert own.blob("GET", "f", if_match=etag.strip('"')).told == (400, "InvalidHeaderValue")


def test_a_date_that_is_none_is_refused(fs):
    fs.file("f")
    assert fs.blob("GET", "f", if_modified_since="yesterday").status == 400


def test_a_read_of_a_changed_file_by_its_old_etag_is_refused(fs):
    etag = fs.file("f", b"abc")
    fs.file("f", b"abcd")
    assert fs.blob("GET", "f", if_match=etag, x_ms_range="bytes=0-1").told == (412, "ConditionNotMet")
