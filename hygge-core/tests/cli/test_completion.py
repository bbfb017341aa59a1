"""What a shell completes; bash itself is asked where it splits words."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from hygge.cli.group import COMMANDS

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")


@pytest.fixture
def shop(cli: Any, flow: Any) -> Any:
    flow("web", "tags: [nightly]\nentities: [clicks, 'a b', {name: pages, tags: [hourly]}]")
    return cli


def completed(cli: Any, line: str, shell: str = "fish", code: int = 0, **more: str) -> list[str]:
    """The words offered at the end of a line, by the protocol of click's fish script."""
    word = "" if line.endswith(" ") else line.rpartition(" ")[2]
    environment = {"_HYGGE_COMPLETE": f"{shell}_complete", "COMP_WORDS": line, "COMP_CWORD": word, **more}
    done = cli(environment=environment)
    assert done.returncode == code
    assert done.stderr == ""
    return [found.split(",", 1)[1].split("\t")[0] for found in done.stdout.splitlines()]


def test_flows_entities_and_tags_complete_a_selection(shop: Any) -> None:
    everything = ["shop", "web", "shop.orders", "shop.people", "web.clicks", "web.a b", "web.pages"]
    tags = ["tag:hourly", "tag:nightly"]
    for command in ("run", "plan", "check", "state get"):
        assert completed(shop, f"hygge {command} ") == everything + tags
    assert completed(shop, "hygge run shop.o") == ["shop.orders"]
    assert completed(shop, "hygge run tag:n") == ["tag:nightly"]
    assert completed(shop, "hygge run shop --exclude web.c") == ["web.clicks"]


def test_a_change_of_state_takes_entities_only(shop: Any) -> None:
    for command in ("set", "reset", "adopt", "discard"):
        assert completed(shop, f"hygge state {command} s") == ["shop.orders", "shop.people"]


def test_commands_and_choices_complete(shop: Any) -> None:
    assert completed(shop, "hygge ") == list(COMMANDS)
    assert completed(shop, "hygge run --output ") == ["text", "json"]
    assert completed(shop, "hygge completion ") == ["bash", "zsh", "fish"]
    assert completed(shop, "hygge runs --flow s") == ["shop"]
    assert completed(shop, "hygge runs --entity o") == ["orders"]


def test_run_ids_complete_newest_first(shop: Any) -> None:
    ids = [shop.json("run", "shop")["run_id"] for _ in range(2)]
    newest_first = sorted(ids, reverse=True)  # within one second the order is any
    for command in ("runs", "retry"):
        assert completed(shop, f"hygge {command} ") == ["last", *newest_first]


def test_the_project_that_the_line_names_is_asked(shop: Any, tmp_path: Path) -> None:
    elsewhere = tmp_path / "other"
    (elsewhere / "flows").mkdir(parents=True)
    (elsewhere / "hygge.yml").write_text("version: 1\njournal: {location: kept}\n")
    (elsewhere / "flows" / "far.yml").write_text("")
    assert completed(shop, f"hygge run --project {elsewhere} ") == ["far"]
    assert completed(shop, f"hygge state reset --project {elsewhere} ") == ["far.far"]


def test_a_shell_in_the_middle_of_a_line_is_never_shown_an_error(shop: Any, tmp_path: Path) -> None:
    (shop.root / "flows" / "web.yml").write_text("a: [")
    (shop.root / "flows" / "bin.yml").write_bytes(b"\xff\xfe\x00")
    assert completed(shop, "hygge run shop.o") == ["shop.orders"]
    (shop.root / ".hygge_journal" / "log").mkdir(parents=True)
    (shop.root / ".hygge_journal" / "log" / "torn.jsonl").write_bytes(b"{")
    (shop.root / ".hygge_journal" / "log" / "strange").write_bytes(b"{")
    assert completed(shop, "hygge runs ") == []
    (shop.root / "hygge.yml").unlink()
    assert completed(shop, "hygge run ") == []
    assert completed(shop, "hygge nonsense --what ") == list(COMMANDS)
    assert shop(environment={"_HYGGE_COMPLETE": "fish_complete"}).stderr == ""
    assert shop(environment={"_HYGGE_COMPLETE": "tcsh_complete"}).returncode == 1


def test_completing_loads_no_plugin_and_no_arrow(shop: Any) -> None:
    shop("run", "shop")
    for line in ("hygge run ", "hygge runs "):
        words = {"_HYGGE_COMPLETE": "fish_complete", "COMP_WORDS": line, "COMP_CWORD": ""}
        done = shop(environment={**words, "PYTHONPROFILEIMPORTTIME": "1"})
        assert done.stdout
        for module in ("pyarrow", "rowfile_connector", "hygge.plugin\n", "jsonschema"):
            assert module not in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_each_shell_is_printed(hygge: Any, shell: str) -> None:
    done = hygge("completion", shell)
    assert done.code == 0
    assert f"_HYGGE_COMPLETE={shell}_complete" in done.out
    assert done.err == ""
    assert hygge("completion", "tcsh").code == 2


def test_the_script_comes_also_by_the_variable_that_click_s_manual_names(cli: Any, hygge: Any) -> None:
    done = cli(environment={"_HYGGE_COMPLETE": "zsh_source"})
    assert done.stdout.strip() == hygge("completion", "zsh").out.strip()


@needs_bash
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["run", "shop.o"], ["shop.orders"]),
        (["run", "tag", ":"], ["hourly", "nightly"]),
        (["run", "tag", ":", "n"], ["nightly"]),
        (["run", "tag", ":", "nightly", "sh"], ["shop", "shop.orders", "shop.people"]),
        (["run", "tag:n"], ["tag:nightly"]),  # where the user took the colon from COMP_WORDBREAKS
        (["run", "--output", "=", "j"], ["json"]),
        (["run", "--output", "="], ["text", "json"]),
        (["run", "--exclude", "=", "tag", ":", "n"], ["nightly"]),
        (["run", "--output", "=", "json", ""], None),
        (["run", "web.a"], ["web.a\\ b"]),
        (["run", "web.a\\ "], ["web.a\\ b"]),
        (["sta"], ["state"]),
    ],
)
def test_bash_replaces_the_part_of_a_word_that_it_takes_for_one(
    shop: Any, words: list[str], offered: list[str] | None
) -> None:
    programs = shop.root / "bin"
    programs.mkdir()
    script = " ".join(f"'{word}'" for word in shop.script())
    (programs / "hygge").write_text(f'#!/bin/sh\nexec {script} "$@"\n')
    (programs / "hygge").chmod(0o755)
    line = " ".join(f"'{word}'" for word in ["hygge", *words])
    asked = (
        f'PATH="{programs}:$PATH"\neval "$(hygge completion bash)"\n'
        f"COMP_WORDS=({line}) COMP_CWORD={len(words)}\n_hygge_completion hygge\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", asked], cwd=shop.root, env=shop.environment(), capture_output=True, text=True
    )
    assert done.stderr == ""
    found = done.stdout.splitlines()
    assert found == offered if offered is not None else "shop" in found
