"""Path - Create (which renames as well) and Path - Delete.

https://learn.microsoft.com/rest/api/storageservices/datalakestoragegen2/path/create
https://learn.microsoft.com/rest/api/storageservices/datalakestoragegen2/path/delete
"""

from __future__ import annotations

import base64
import uuid

import pytest

FILE, FOLDER = {"resource": "file"}, {"resource": "directory"}


def rename(fs, source: str, to: str, **headers: str):
    return fs.dfs("PUT", to, x_ms_rename_source=f"/{fs.name}/{source}", **headers)


# -- create ------------------------------------------------------------------------------------


def test_creating_makes_the_parents(fs):
    assert fs.dfs("PUT", "a/b/c", FILE).told == (201, "")
    assert fs.names() == ["a", "a/b", "a/b/c"]


def test_creating_over_a_file_empties_it_and_changes_its_etag(fs):
    before = fs.file("f", b"abc")
    after = fs.dfs("PUT", "f", FILE)
    assert after.status == 201
    assert after.headers["etag"] != before
    assert fs.content("f") == b""


def test_creating_over_a_folder_keeps_what_it_holds(fs):
    fs.file("d/f", b"abc")
    assert fs.dfs("PUT", "d", FOLDER).status == 201
    assert fs.content("d/f") == b"abc"


def test_create_if_absent_refuses_what_exists_with_409(fs):
    fs.file("f", b"abc")
    assert fs.dfs("PUT", "f", FILE, if_none_match="*").told == (409, "PathAlreadyExists")
    assert fs.content("f") == b"abc"
    assert fs.dfs("PUT", "g", FILE, if_none_match="*").told == (201, "")


def test_a_file_is_no_folder_and_has_none_below_it(fs):
    fs.file("f")
    fs.sdk.create_directory("d")
    assert fs.dfs("PUT", "f/g", FILE).status == 409
    assert fs.dfs("PUT", "d", FILE).status == 409
    assert fs.dfs("PUT", "f", FOLDER).status == 409


def test_resource_is_file_or_directory(fs):
    assert fs.dfs("PUT", "f", {"resource": "link"}).told == (400, "InvalidQueryParameterValue")


def test_properties_are_base64_and_come_back_as_metadata(fs):
    value = base64.b64encode(b"loaded by us").decode()
    assert fs.dfs("PUT", "f", FILE, x_ms_properties=f"origin={value}").status == 201
    assert fs.blob("HEAD", "f").headers["x-ms-meta-origin"] == "loaded by us"
    assert fs.dfs("HEAD", "f", {"action": "getStatus"}).headers["x-ms-properties"] == f"origin={value}"
    assert fs.dfs("PUT", "g", FILE, x_ms_properties="origin=plain text").told == (400, "InvalidHeaderValue")


@pytest.mark.parametrize("path", ["a//b", "a/./b", "a/../b", "a" * 1025, "/".join("a" * 64)])
def test_names_that_are_none_are_refused(own, path):
    assert own.dfs("PUT", path, FILE).told == (400, "InvalidResourceName")


@pytest.mark.parametrize("header", ["x_ms_acl", "x_ms_permissions", "x_ms_owner", "x_ms_nonsense"])
def test_what_is_not_done_is_refused_rather_than_passed_over(own, header):
    assert own.dfs("PUT", "f", FILE, **{header: "x"}).told == (400, "UnsupportedHeader")


def test_parameters_that_an_operation_does_not_know_are_refused(own):
    assert own.dfs("PUT", "f", {**FILE, "nonsense": "1"}).told == (400, "UnsupportedQueryParameter")


def test_a_file_can_be_born_with_a_lease(fs):
    lease = str(uuid.uuid4())
    made = fs.dfs("PUT", "f", FILE, x_ms_proposed_lease_id=lease, x_ms_lease_duration="-1")
    assert made.status == 201
    assert fs.dfs("DELETE", "f").told == (412, "LeaseIdMissing")
    assert fs.dfs("DELETE", "f", x_ms_lease_id=lease).status == 200


# -- rename ------------------------------------------------------------------------------------


def test_a_rename_moves_content_metadata_and_etag(fs):
    etag = fs.file("a", b"abc")
    assert rename(fs, "a", "b").told == (201, "")
    assert fs.names() == ["b"]
    assert fs.content("b") == b"abc"
    assert fs.sdk.get_file_client("b").get_file_properties().etag == etag


def test_a_rename_moves_a_folder_with_all_it_holds(fs):
    fs.file("a/b/c", b"abc")
    assert rename(fs, "a", "d").told == (201, "")
    assert fs.names() == ["d", "d/b", "d/b/c"]


def test_a_rename_without_its_source_is_404(fs):
    assert rename(fs, "none", "b").told == (404, "SourcePathNotFound")


def test_a_rename_makes_no_parents(fs):
    fs.file("a")
    assert rename(fs, "a", "no/b").told == (404, "RenameDestinationParentPathNotFound")


def test_a_rename_overwrites_a_file(fs):
    fs.file("a", b"new")
    fs.file("b", b"old")
    assert rename(fs, "a", "b").status == 201
    assert fs.content("b") == b"new"


def test_a_rename_if_absent_refuses_what_exists_with_409(fs):
    fs.file("a", b"new")
    fs.file("b", b"old")
    assert rename(fs, "a", "b", if_none_match="*").told == (409, "PathAlreadyExists")
    assert fs.content("b") == b"old"
    assert fs.content("a") == b"new"


def test_a_rename_onto_a_folder_that_holds_something_is_refused(fs):
    fs.sdk.create_directory("a")
    fs.file("b/c")
    assert fs.dfs("PUT", "b", {"mode": "posix"}, x_ms_rename_source=f"/{fs.name}/a").status == 409
    assert fs.names() == ["a", "b", "b/c"]


def test_a_rename_onto_the_other_type_is_refused(own):
    own.file("f")
    own.sdk.create_directory("d")
    assert rename(own, "f", "d").told == (409, "InvalidSourceOrDestinationResourceType")
    assert rename(own, "d", "f").told == (409, "InvalidSourceOrDestinationResourceType")


def test_a_folder_does_not_go_below_itself(fs):
    fs.sdk.create_directory("a")
    assert rename(fs, "a", "a/b").told == (409, "InvalidRenameSourcePath")


def test_conditions_on_the_source_of_a_rename_are_kept(fs):
    etag = fs.file("a", b"abc")
    assert rename(fs, "a", "b", x_ms_source_if_match='"0x1"').told == (412, "SourceConditionNotMet")
    assert rename(fs, "a", "b", x_ms_source_if_match=etag).status == 201


@pytest.mark.parametrize("source", ["no-slash", "/only-a-file-system"])
def test_a_rename_source_names_file_system_and_path(own, source):
    assert own.dfs("PUT", "b", x_ms_rename_source=source).told == (400, "InvalidSourceUri")


def test_a_rename_source_is_percent_encoded(fs):
    fs.file("a ä+", b"abc")
    assert rename(fs, "a%20%C3%A4%2B", "b").status == 201
    assert fs.content("b") == b"abc"


def test_a_leased_source_needs_its_lease_and_a_leased_destination_its_own(fs):
    fs.file("a"), fs.file("b")
    a = fs.sdk.get_file_client("a").acquire_lease(15).id
    b = fs.sdk.get_file_client("b").acquire_lease(15).id
    assert rename(fs, "a", "b", x_ms_lease_id=b).told == (412, "LeaseIdMissing")
    assert rename(fs, "a", "b", x_ms_source_lease_id=a).told == (412, "LeaseIdMissing")
    assert rename(fs, "a", "b", x_ms_source_lease_id=a, x_ms_lease_id=b).status == 201


# -- delete ------------------------------------------------------------------------------------


def test_a_deleted_file_is_gone_and_deleting_it_again_is_404(fs):
    fs.file("f")
    assert fs.dfs("DELETE", "f").told == (200, "")
    assert fs.dfs("DELETE", "f").told == (404, "PathNotFound")


def test_a_folder_that_holds_something_goes_only_recursively(fs):
    fs.file("d/e/f")
    assert fs.dfs("DELETE", "d", {"recursive": "false"}).told == (409, "DirectoryNotEmpty")
    assert fs.dfs("DELETE", "d", {"recursive": "true"}).told == (200, "")
    assert fs.names() == []


def test_recursive_is_required_for_a_folder(own):
    own.sdk.create_directory("d")
    assert own.dfs("DELETE", "d").told == (400, "MissingRequiredQueryParameter")


def test_a_paginated_delete_goes_on_until_there_is_no_continuation(server, own):
    for number in range(5):
        own.file(f"d/{number}")
    server.limits.delete_page = 2
    query = {"recursive": "true", "paginated": "true"}
    steps = 0
    while more := own.dfs("DELETE", "d", query).headers.get("x-ms-continuation"):
        query["continuation"] = more
        steps += 1
        assert "d/4" in own.names()
    assert steps == 2
    assert own.names() == []


def test_a_folder_with_a_leased_file_stays(own):
    own.file("d/f")
    own.sdk.get_file_client("d/f").acquire_lease(15)
    assert own.dfs("DELETE", "d", {"recursive": "true"}).told == (412, "LeaseIdMissing")
    assert rename(own, "d", "e").told == (412, "LeaseIdMissing")
