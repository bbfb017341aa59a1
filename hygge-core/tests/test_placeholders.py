"""The entity's name in configured names and paths stays one segment."""

from __future__ import annotations

import pytest

from hygge.errors import ConfigurationError
from hygge.placeholders import fill_name, fill_path, static_root


@pytest.mark.parametrize("name", ["orders", "a b", "ö", "a.b", "-x", "ü" * 127, "x" * 255])
def test_a_plain_name_names_a_folder(name: str) -> None:
    assert fill_path("a/{entity}/{entity}.x", name) == f"a/{name}/{name}.x"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "is empty"),
        (" ", "is empty"),
        ("a/b", "path separator"),
        ("a\\b", "path separator"),
        ("a\nb", "control character"),
        ("a\x7f", "control character"),
        ("..", "starts with '.' or '_'"),
        (".hidden", "starts with '.' or '_'"),
        ("_hidden", "starts with '.' or '_'"),
        ("x" * 256, "longer than 255 bytes"),
        ("ü" * 128, "longer than 255 bytes"),
    ],
)
def test_a_name_that_would_leave_its_folder_or_be_overlooked_is_refused(name: str, why: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        fill_path("a/{entity}", name)
    assert why in caught.value.message
    assert caught.value.code == "HYG113"
    assert fill_path("a/fixed", name) == "a/fixed", "it is not in the path"
    assert fill_name("t_{entity}", name) == f"t_{name}", "it is quoted there"


@pytest.mark.parametrize(
    ("template", "root"),
    [("a/b/{entity}/c", "a/b"), ("/a/x_{entity}", "/a"), ("{entity}/c", "."), ("a/b", "a/b")],
)
def test_what_lies_above_every_entity_is_the_root(template: str, root: str) -> None:
    assert static_root(template) == root
