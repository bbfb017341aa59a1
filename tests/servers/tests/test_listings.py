"""Path - List, List Blobs, List Containers, and file systems themselves.

https://learn.microsoft.com/rest/api/storageservices/datalakestoragegen2/path/list
https://learn.microsoft.com/rest/api/storageservices/list-blobs
"""

from __future__ import annotations

import json

import pytest
from azure.storage.blob import BlobServiceClient

LIST = {"resource": "filesystem", "recursive": "true"}


@pytest.fixture
def tree(fs):
    for name in ("a/1", "a/2/x", "a.b", "c/3"):
        fs.file(name, b"abc")
    return fs


EVERYTHING = ["a", "a/1", "a/2", "a/2/x", "a.b", "c", "c/3"]


def test_a_listing_has_folders_and_files_or_only_the_first_level(tree):
    assert tree.names() == EVERYTHING
    assert [path.name for path in tree.sdk.get_paths(recursive=False)] == ["a", "a.b", "c"]
    assert [path.name for path in tree.sdk.get_paths("a", recursive=False)] == ["a/1", "a/2"]
    assert [path.name for path in tree.sdk.get_paths("a/2")] == ["a/2/x"]


def test_an_entry_is_told_in_strings_and_its_etag_without_quotes(tree):
    paths = json.loads(tree.dfs("GET", "", {**LIST, "directory": "c"}).body)["paths"]
    assert paths[0]["name"] == "c/3"
    assert paths[0]["contentLength"] == "3"
    assert "isDirectory" not in paths[0]
    assert f'"{paths[0]["etag"]}"' == tree.sdk.get_file_client("c/3").get_file_properties().etag
    top = json.loads(tree.dfs("GET", "", {**LIST, "recursive": "false"}).body)["paths"]
    assert [path.get("isDirectory") for path in top] == ["true", None, "true"]


@pytest.mark.parametrize("size", [1, 2, 3, 6])
def test_a_page_holds_max_results_and_the_continuation_leads_to_the_rest(tree, size):
    found, query = [], {**LIST, "maxResults": str(size)}
    while True:
        answer = tree.dfs("GET", "", query)
        page = json.loads(answer.body)["paths"]
        assert len(page) <= size
        found += [path["name"] for path in page]
        if "x-ms-continuation" not in answer.headers:
            break
        query["continuation"] = answer.headers["x-ms-continuation"]
    assert found == EVERYTHING


def test_a_page_may_hold_less_than_was_asked_for(server, own):
    for number in range(7):
        own.file(str(number))
    server.limits.page = 3
    server.log.clear()
    assert own.names() == [str(number) for number in range(7)]
    assert len(server.log.of("list-paths")) == 3


def test_a_continuation_survives_that_its_last_path_is_deleted(fs):
    for name in ("a", "b", "c"):
        fs.file(name)
    more = fs.dfs("GET", "", {**LIST, "maxResults": "2"}).headers["x-ms-continuation"]
    fs.dfs("DELETE", "b")
    rest = json.loads(fs.dfs("GET", "", {**LIST, "continuation": more}).body)["paths"]
    assert [path["name"] for path in rest] == ["c"]


def test_the_continuation_of_another_listing_is_refused(own):
    for name in ("a", "b"):
        own.file(f"d/{name}")
    more = own.dfs("GET", "", {**LIST, "maxResults": "1"}).headers["x-ms-continuation"]
    for query in ({**LIST, "directory": "d", "continuation": more}, {**LIST, "continuation": "nonsense"}):
        assert own.dfs("GET", "", query).told == (400, "InvalidQueryParameterValue")


def test_a_folder_that_is_not_there_is_404(fs):
    assert fs.dfs("GET", "", {**LIST, "directory": "none"}).told == (404, "PathNotFound")


def test_recursive_is_required(fs):
    assert fs.dfs("GET", "", {"resource": "filesystem"}).told == (400, "MissingRequiredQueryParameter")


def test_blobs_are_listed_by_prefix_and_by_level(tree):
    container = BlobServiceClient.from_connection_string(tree.account.connection_string).get_container_client(
        tree.name
    )
    assert [blob.name for blob in container.list_blobs("a/")] == ["a/1", "a/2", "a/2/x"]
    assert sorted(blob.name for blob in container.walk_blobs("a/")) == ["a/1", "a/2/"]
    pages = container.list_blobs(results_per_page=2).by_page()
    assert [[blob.name for blob in page] for page in pages][-1] == ["c/3"]


def test_a_file_system_is_created_once_and_gone_after_its_deletion(service, fs):
    assert fs.blob("PUT", "", {"restype": "container"}).told == (409, "ContainerAlreadyExists")
    assert fs.dfs("PUT", "", {"resource": "filesystem"}).told == (409, "FilesystemAlreadyExists")
    assert fs.name in [one.name for one in service.list_file_systems()]
    assert fs.sdk.exists()


def test_what_is_in_a_file_system_that_is_not_there_is_404(account, service):
    none = service.get_file_system_client("no-such-one-here")
    assert not none.exists()
    assert not none.get_file_client("f").exists()
    with pytest.raises(Exception, match="FilesystemNotFound"):
        none.get_file_client("f").create_file()


def test_the_name_of_a_deleted_file_system_is_not_free_for_30_seconds(server, own):
    assert own.blob("DELETE", "", {"restype": "container"}).told == (202, "")
    assert own.blob("PUT", "", {"restype": "container"}).told == (409, "ContainerBeingDeleted")
    assert own.dfs("PUT", "", {"resource": "filesystem"}).told == (409, "FilesystemBeingDeleted")
    server.clock.advance(31)
    assert own.blob("PUT", "", {"restype": "container"}).told == (201, "")


@pytest.mark.parametrize("name", ["ab", "Upper", "two--hyphens", "-first", "under_score", "x" * 64])
def test_a_file_system_has_a_name_by_the_rules(service, name):
    with pytest.raises(Exception, match="InvalidResourceName"):
        service.create_file_system(name)
