"""Secrets are resolved where they are used, and never shown."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hygge import secrets
from hygge.errors import ConfigurationError
from hygge.secrets import redact, remember, resolve

CANARY = "hunter2@:/%;{}]\"'<&>é\\"


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """No secret of one test is known to the next."""
    yield
    secrets._known.clear()
    secrets._pattern = None


def test_references_are_replaced_anywhere_in_a_configuration(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("H2_A", "alpha")
    (tmp_path / "b").write_text("beta\n")
    config = {
        "plain": "x",
        "port": 3,
        "password": "${secret:env:H2_A}",
        "nested": [{"dsn": f"a=${{secret:env:H2_A}};b=${{secret:file:{tmp_path}/b}}"}],
        "escaped": "$${secret:env:H2_A}",
    }
    assert resolve(config) == {
        "plain": "x",
        "port": 3,
        "password": "alpha",
        "nested": [{"dsn": "a=alpha;b=beta"}],
        "escaped": "${secret:env:H2_A}",
    }
    assert config["password"] == "${secret:env:H2_A}"


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("${secret:env:H2_UNSET}", "H2_UNSET is not set"),
        ("${secret:file:/nowhere/at/all}", "No such file"),
        ("${secret:vault:x}", "no installed plugin knows the provider 'vault'"),
    ],
)
def test_a_secret_that_cannot_be_had_is_a_configuration_error(reference: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        resolve({"password": reference})
    assert caught.value.code == "HYG108"
    assert caught.value.remedy


def test_a_secret_file_that_is_no_text_does_not_show_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "s").write_bytes(b"hunter2\xff")
    with pytest.raises(ConfigurationError) as caught:
        resolve(f"${{secret:file:{tmp_path}/s}}")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "text",
    [
        CANARY,
        quote(CANARY, safe=""),
        quote(CANARY, safe="").replace("%3A", "%3a"),
        quote(CANARY),
        quote_plus(CANARY),
        json.dumps({"p": CANARY}),
        json.dumps(CANARY, ensure_ascii=False),
        repr(CANARY),
        html.escape(CANARY),
    ],
)
def test_a_resolved_secret_is_redacted_in_every_usual_encoding(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("H2_A", CANARY)
    assert resolve("${secret:env:H2_A}") == CANARY
    shown = redact(f"before {text} after")
    assert "hunter2" not in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")


@given(
    before=st.binary(max_size=7),
    after=st.binary(max_size=7),
    secret=st.text(st.characters(codec="ascii"), min_size=9, max_size=40),
)
def test_base64_of_a_text_that_holds_a_secret_gives_none_of_it_away(
    before: bytes, after: bytes, secret: str
) -> None:
    secrets._known.clear()
    remember(secret)
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        shown = redact(encode(before + secret.encode() + after).decode())
        assert "***" in shown


def test_every_line_of_a_private_key_is_redacted() -> None:
    remember("-----BEGIN KEY-----\nMIIEvQIBADANBgkq\n-----END KEY-----\n")
    assert "MIIEvQIB" not in redact("  | MIIEvQIBADANBgkq")


def test_texts_are_left_as_they_are_without_secrets_and_by_tiny_ones() -> None:
    assert redact("nothing to hide") == "nothing to hide"
    remember("a")
    remember("")
    assert redact("a banana") == "a banana"


def test_secrets_are_hidden_whole_though_one_is_a_part_of_another() -> None:
    remember("abc")
    remember("abcdef")
    remember("another")
    assert redact("abcdef, abc, another") == "***, ***, ***"
