"""What a sound project becomes."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from hygge.config import EntityConfig, Problem, WatermarkConfig, find_project, load_project
from hygge.errors import ConfigurationError, MissingConnector

Write = Callable[[Mapping[str, str | bytes]], Path]
REST = "home: {type: rows, path: in.db}\nstore: {type: parquet, path: out}\n"


def only(root: Path, *settings: str) -> EntityConfig:
    (entity,) = load_project(root, settings).select()
    return entity


def test_a_project_is_found_from_any_folder_below_it(project: Write) -> None:
    root = project({"flows/f.yml": REST, "data/deep/x": ""})
    assert find_project(root / "data" / "deep") == root
    assert find_project(root / "hygge.yml") == root


def test_a_folder_without_a_project_names_the_way_to_begin_one(tmp_path: Path) -> None:
    (tmp_path / "hygge.yaml").touch()
    with pytest.raises(ConfigurationError, match=r"Rename hygge\.yaml") as caught:
        load_project(tmp_path)
    assert caught.value.code == "HYG110"
    with pytest.raises(ConfigurationError, match="does not exist"):
        load_project(tmp_path / "nowhere")


def test_an_entity_gets_every_key_of_its_flow(project: Write) -> None:
    root = project(
        {
            "flows/f.yml": """
home: {type: rows, path: data/in.db, table: "main.{entity}"}
store: {type: parquet, path: /out, compression: zstd}
run_type: incremental
write: append
watermark: {column: changed, lookback: 15m, nulls: skip}
keys: [id]
columns: [id, changed, note]
where: note <> ''
"""
        }
    )
    assert only(root) == EntityConfig(
        flow="f",
        name="f",
        home={"type": "rows", "path": str(root / "data/in.db"), "table": "main.{entity}"},
        store={"type": "parquet", "path": "/out", "compression": "zstd"},
        run_type="incremental",
        write="append",
        watermark=WatermarkConfig(column="changed", lookback="15m", nulls="skip"),
        keys=("id",),
        columns=("id", "changed", "note"),
        where="note <> ''",
    )


def test_home_and_store_merge_key_by_key_and_other_keys_are_replaced(project: Write) -> None:
    root = project(
        {
            "hygge.yml": "version: 1\nconnections: {c: {type: rows, path: conn.db, port: 1, tls: true}}\n",
            "flows/f.yml": """
home: {type: rows, connection: c, port: 2}
store: {type: parquet, path: out}
keys: [id]
entities:
  - a
  - {name: b, home: {port: 3}, keys: [x, y], store: {compression: none}}
""",
        }
    )
    a, b = load_project(root).select()
    assert a.home == {"type": "rows", "path": str(root / "conn.db"), "port": 2, "tls": True}
    assert b.home == {"type": "rows", "path": str(root / "conn.db"), "port": 3, "tls": True}
    assert (a.keys, b.keys) == (("id",), ("x", "y"))
    assert b.store["compression"] == "none"
    assert b.store["path"] == a.store["path"]


def test_a_connection_says_the_type_where_nobody_else_does(project: Write) -> None:
    root = project(
        {
            "hygge.yml": "version: 1\nconnections: {c: {type: rows, path: c.db}, p: {type: rows, path: o}}\n",
            "flows/f.yml": "home: {connection: c}\nstore: {connection: p, type: parquet}\nentities: [a]\n",
        }
    )
    (a,) = load_project(root).select()
    assert (a.home["type"], a.store["type"]) == ("rows", "parquet")


def test_an_entity_s_query_takes_the_place_of_the_inherited_table(project: Write) -> None:
    root = project(
        {
            "flows/f.yml": """
home: {type: rows, path: x, table: "t_{entity}"}
store: {type: parquet, path: out}
entities: [a, {name: b, home: {query: select 1}}]
"""
        }
    )
    a, b = load_project(root).select()
    assert a.home["table"] == "t_{entity}"
    assert "table" not in b.home
    assert b.home["query"] == "select 1"


def test_a_flow_s_name_stands_for_its_placeholder_in_texts_and_paths(project: Write) -> None:
    text = """
home: {type: rows, path: "in/{flow}", table: "{flow}_{entity}"}
store: {type: parquet, path: "out/{flow}/{entity}"}
entities: [a]
"""
    root = project({"flows/erp.yml": text, "flows/crm.yml": text})
    crm, erp = load_project(root).select()
    assert (crm.home["path"], crm.home["table"]) == (str(root / "in" / "crm"), "crm_{entity}")
    assert erp.store["path"] == str(root / "out" / "erp" / "{entity}")


def test_a_folder_flow_has_its_listed_entities_and_those_of_its_files(project: Write) -> None:
    root = project(
        {
            "flows/f/flow.yml": REST + "entities: [z]\n",
            "flows/f/entities/a.yml": "where: x\n",
            "flows/f/entities/b.yml": "name: Bee.1\n",
            "flows/f/entities/.hidden.yml": "nonsense: [",
            "flows/f/notes.txt": "no configuration",
        }
    )
    assert [entity.name for entity in load_project(root).select()] == ["z", "a", "Bee.1"]


def test_yaml_means_what_its_core_schema_says(project: Write) -> None:
    text = """
home: {type: rows, path: 2024-01-01}
store: {type: parquet, path: NO}
where: on
entities: [NO, yes, off, 12:30, 1_000, 0b1, .inf, .nan, "7", '8', =, 2024-01-01T00:00:00Z]
"""
    entities = load_project(project({"flows/f.yml": text})).select()
    assert [entity.name for entity in entities] == (
        ["NO", "yes", "off", "12:30", "1_000", "0b1", ".inf", ".nan", "7", "8", "=", "2024-01-01T00:00:00Z"]
    )
    assert entities[0].where == "on"
    assert Path(entities[0].home["path"]).name == "2024-01-01"


def test_numbers_have_the_forms_of_the_core_schema(project: Write) -> None:
    text = "home: {type: rows, path: x, port: 0x1F, ratio: 1.5e0}\n"
    text += "store: {type: parquet, path: o, row_group_rows: 0o17}\n"
    entity = only(project({"flows/f.yml": text}))
    assert (entity.home["port"], entity.home["ratio"], entity.store["row_group_rows"]) == (31, 1.5, 15)


def test_variables_fill_values_and_only_a_whole_unquoted_one_can_be_a_number(
    project: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("H2_PORT", "1433")
    monkeypatch.setenv("H2_EMPTY", "")
    root = project(
        {
            "flows/f.yml": """
home:
  type: rows
  path: ${H2_UNSET:-data}/${H2_EMPTY:-x}/$${H2_PORT}/$H2_PORT
  port: ${H2_PORT}
  table: "${H2_PORT}"
  query: ""
store: {type: parquet, path: out}
"""
        }
    )
    (root / "flows/f.yml").write_text((root / "flows/f.yml").read_text().replace('  query: ""\n', ""))
    home = only(root).home
    assert home["path"] == str(root / "data/x/${H2_PORT}/$H2_PORT")
    assert home["port"] == 1433
    assert home["table"] == "1433"


def test_a_secret_stays_a_reference_and_a_variable_under_a_secret_key_becomes_one(
    project: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("H2_PW", "hunter2")
    root = project(
        {
            "flows/f.yml": """
home: {type: rows, path: x, user: me, password: "a${H2_PW}b${secret:env:OTHER}"}
store: {type: settled, path: y, user: me, password: "${secret:file:keys/pw}"}
"""
        }
    )
    entity = only(root)
    assert entity.home["password"] == "a${secret:env:H2_PW}b${secret:env:OTHER}"
    assert entity.store["password"] == f"${{secret:file:{root}/keys/pw}}"
    assert "hunter2" not in repr(load_project(root))


def test_what_looks_like_a_reference_in_a_variable_is_data(
    project: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hygge.secrets import resolve

    monkeypatch.setenv("H2_EVIL", "${secret:env:H2_OTHER}${H2_OTHER}")
    monkeypatch.setenv("H2_OTHER", "hunter2")
    entity = only(project({"flows/f.yml": REST + 'where: "${H2_EVIL} $${secret:env:H2_OTHER}"\n'}))
    assert resolve(entity.where) == "${secret:env:H2_OTHER}${H2_OTHER} ${secret:env:H2_OTHER}"


def test_paths_are_absolute_also_in_nested_keys_and_tilde_is_the_home_folder(project: Write) -> None:
    text = (
        "home: {type: rows, path: ~/in.db, nested: {file: sub/x}}\nstore: {type: parquet, path: '{entity}/o'}"
    )
    root = project({"flows/f.yml": text})
    entity = only(root)
    assert entity.home["path"] == os.path.expanduser("~/in.db")
    assert entity.home["nested"] == {"file": str(root / "sub/x")}
    assert entity.store["path"] == str(root / "{entity}/o")


def test_settings_replace_keys_before_anything_is_checked(project: Write) -> None:
    root = project(
        {
            "flows/f/flow.yml": REST + "entities: [a, {name: b.c}]\n",
            "flows/f/entities/d.yml": "where: x\n",
        }
    )
    settings = [
        "f.home.path=/else",
        "f.keys=[id, x=y]",
        "f.entities.b.c.where=a = 1",
        "f.entities.d.where='z'",
    ]
    settings += ["f.entities.a.store.compression=zstd", "f.home.nested={file: y}"]
    a, b, d = load_project(root, settings).select()
    assert a.home == {"type": "rows", "path": "/else", "nested": {"file": str(root / "y")}}
    assert a.store["compression"] == "zstd"
    assert a.keys == ("id", "x=y")
    assert (b.where, d.where) == ("a = 1", "z")


def test_options_journal_and_name_have_defaults_and_values(project: Write) -> None:
    plain = load_project(project({"hygge.yml": "version: 1\n"}))
    assert (plain.name, plain.journal.location, plain.options.memory) == ("project", "auto", 2**30)
    root = project(
        {
            "hygge.yml": "version: 1\nname: w\njournal: {location: state/j}\n"
            "options: {concurrency: 3, memory: 1.5 GB, fail_fast: true}\n"
        }
    )
    loaded = load_project(root)
    assert (loaded.name, loaded.journal.location) == ("w", str(root / "state/j"))
    assert (loaded.options.concurrency, loaded.options.memory, loaded.options.fail_fast) == (
        3,
        1_500_000_000,
        True,
    )


def test_more_memory_than_there_can_be_is_no_fault(project: Write) -> None:
    root = project({"hygge.yml": f"version: 1\noptions: {{memory: {'9' * 400}GiB}}\n"})
    assert load_project(root).options.memory == 2**62


def test_selection_takes_flows_entities_and_globs_in_the_order_of_the_files(project: Write) -> None:
    root = project(
        {
            "flows/crm.yml": REST + "entities: [people, 'weird[1]']\n",
            "flows/erp.yml": REST + "entities: [orders, dbo.orders, customers]\n",
        }
    )
    loaded = load_project(root)

    def chosen(*select: str, exclude: tuple[str, ...] = ()) -> list[str]:
        return [f"{entity.flow}.{entity.name}" for entity in loaded.select(select, exclude)]

    assert chosen() == ["crm.people", "crm.weird[1]", "erp.orders", "erp.dbo.orders", "erp.customers"]
    assert chosen("erp") == ["erp.orders", "erp.dbo.orders", "erp.customers"]
    assert chosen("erp.*orders") == ["erp.orders", "erp.dbo.orders"]
    assert chosen("*.dbo.orders", "crm.weird[1]") == ["crm.weird[1]", "erp.dbo.orders"]
    assert chosen("e*", exclude=("erp.customers", "*.dbo.*")) == ["erp.orders"]


def test_a_broken_flow_blocks_only_runs_that_select_it(project: Write) -> None:
    root = project({"flows/good.yml": REST, "flows/bad.yml": "home: ["})
    loaded = load_project(root)
    assert [entity.flow for entity in loaded.select(["good"])] == ["good"]
    assert [entity.flow for entity in loaded.select(exclude=["bad"])] == ["good"]
    for select in ([], ["bad"], ["*"]):
        with pytest.raises(ConfigurationError) as caught:
            loaded.select(select)
        assert caught.value.code == "HYG101"


def test_a_connection_s_missing_variable_blocks_only_the_flows_that_use_it(project: Write) -> None:
    root = project(
        {
            "hygge.yml": 'version: 1\nconnections: {c: {type: rows, path: "${H2_UNSET}"}}\n',
            "flows/good.yml": REST,
            "flows/bad.yml": "home: {type: rows, connection: c}\nstore: {type: parquet, path: o}\n",
        }
    )
    loaded = load_project(root)
    assert [entity.flow for entity in loaded.select(["good"])] == ["good"]
    assert [problem.code for problem in loaded.problems["bad"]] == ["HYG107"]


def test_a_missing_connector_has_its_own_exit_code_unless_files_are_wrong_too(project: Write) -> None:
    text = "home: {type: mssql, server: x}\nstore: {type: parquet, path: o}\n"
    root = project({"flows/f.yml": text, "flows/good.yml": REST})
    loaded = load_project(root)
    assert len(loaded.select(["good"])) == 1
    with pytest.raises(MissingConnector, match="pip install hygge-mssql") as caught:
        loaded.select()
    assert caught.value.exit_code == 3


def test_the_error_carries_its_problems_and_survives_pickle(project: Write) -> None:
    root = project({"flows/f.yml": REST + "kez: [id]\n"})
    with pytest.raises(ConfigurationError) as caught:
        load_project(root).select()
    error = pickle.loads(pickle.dumps(caught.value))
    (problem,) = error.details["problems"]
    assert isinstance(problem, Problem)
    assert (problem.code, problem.file, problem.line, problem.column) == ("HYG104", "flows/f.yml", 3, 1)
    assert str(error) == str(caught.value)


def test_what_is_loaded_survives_pickle_and_is_json(project: Write) -> None:
    loaded = load_project(project({"flows/f.yml": REST}))
    assert pickle.loads(pickle.dumps(loaded)) == loaded
    (entity,) = loaded.select()
    assert json.loads(json.dumps(dict(entity.home))) == entity.home


def test_a_byte_order_mark_and_any_line_end_are_fine(project: Write) -> None:
    root = project({"flows/f.yml": b"\xef\xbb\xbf" + REST.replace("\n", "\r\n").encode()})
    assert only(root).name == "f"


@pytest.mark.parametrize(
    ("content", "code", "line", "message"),
    [
        (b"home: x\nwhere: caf\xe9\n", "HYG115", 2, "not UTF-8 (byte 0xE9)"),
        (REST.encode("utf-16"), "HYG115", 1, "UTF-16"),
        (b"# " + b"x" * 2**20, "HYG115", 1, "larger than 1 MB"),
        (b"home: {type: rows}\0\n", "HYG101", 1, "U+0000"),
    ],
)
def test_bytes_that_are_no_text_are_refused_with_their_place(
    project: Write, content: bytes, code: str, line: int, message: str
) -> None:
    loaded = load_project(project({"flows/f.yml": content}))
    (problem,) = loaded.problems["f"]
    assert (problem.code, problem.line) == (code, line)
    assert message in problem.message


def test_a_file_that_cannot_be_read_is_the_problem_of_its_flow(project: Write) -> None:
    root = project({"flows/good.yml": REST})
    (root / "flows/gone.yml").symlink_to(root / "nowhere.yml")
    (problem,) = load_project(root).problems["gone"]
    assert problem.code == "HYG116"
    assert "No such file" in problem.message


def test_a_file_name_that_is_not_utf_8_can_be_told_and_printed(project: Write) -> None:
    root = project({"flows/good.yml": REST, "flows/f/flow.yml": REST})
    for name in (b"flows/caf\xe9.yml", b"flows/f/entities/caf\xe9.yml"):
        path = os.fsencode(root) + b"/" + name
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(b"where: x\n" if b"entities" in name else REST.encode())
    with pytest.raises(ConfigurationError, match=r"caf\\udce9\.yml") as caught:
        load_project(root).select()
    assert str(caught.value).encode("utf-8")
    assert {problem.code for problem in caught.value.details["problems"]} == {"HYG113"}


HUGE = {
    "aliases": "a: &a [" + "*a, " * 200_000 + "]",
    "numbers": REST + "entities: [" + "1, " * 300_000 + "]",
    "duplicates": REST + "k: 1\n" * 150_000,
    "nesting": "[" * 1_000_000,
    "open braces": "{a: " * 200_000,
    "quote": 'where: "' + "x" * 1_000_000,
    "references": 'where: "' + "${A-} " * 150_000 + '"',
    "unknown keys": REST + "".join(f"k{n}: 1\n" for n in range(90_000)),
}


@pytest.mark.parametrize("name", HUGE)
@pytest.mark.timeout(60)
def test_a_hostile_megabyte_is_refused_in_seconds(project: Write, name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_project(project({"flows/f.yml": HUGE[name]})).select()
    assert len(str(caught.value)) < 50_000


def test_one_name_or_glob_needs_no_list(project: Write) -> None:
    rest = "home: {type: rows, path: in.db}\nstore: {type: parquet, path: out}\n"
    root = project({"flows/f.yml": f"{rest}entities: orders\n", "flows/g.yml": f"{rest}entities: 'dbo.*'\n"})
    flows = load_project(root).flows
    assert [entity.name for entity in flows["f"].entities] == ["orders"]
    assert [entity.name for entity in flows["g"].patterns] == ["dbo.*"]
