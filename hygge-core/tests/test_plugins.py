"""Plugins as real distributions in a folder on the path, each test in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

GOOD = """
from hygge import HomeType, hookimpl

@hookimpl
def hygge_homes():
    return [HomeType(name="{type}", factory="{module}_impl:Rest", config_schema="{module}:home.schema.json",
                     summary="a home")]
"""
REPORT = """
import json, sys
from hygge.plugins import registry
found = registry()
assert registry() is found
print(json.dumps({
    "plugins": {p.name: {"distribution": p.distribution, "version": p.version, "error": p.error,
                         "code": p.code, "types": p.types, "disabled": p.disabled} for p in found.plugins},
    "homes": sorted(found.homes), "stores": sorted(found.stores), "modules": sorted(sys.modules)}))
"""


class Site:
    """A folder with installed distributions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def install(self, distribution: str, code: str, *, entry: str = "", requires: str = "") -> None:
        """One distribution with one module, named after it, and an entry point for it."""
        module = distribution.replace("-", "_")
        info = self.folder / f"{module}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n{requires}\n"
        )
        (info / "entry_points.txt").write_text(f"[hygge]\n{entry or module} = {module}\n")
        text = textwrap.dedent(code).replace("{module}", module).replace("{type}", module)
        (self.folder / f"{module}.py").write_text(text)

    def add(self, name: str, code: str) -> None:
        (self.folder / f"{name}.py").write_text(textwrap.dedent(code))

    def python(self, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(self.folder), *sys.path])
        return subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            env={**os.environ, "PYTHONPATH": path, **environment},
            capture_output=True,
            text=True,
            timeout=60,
        )

    def report(self, **environment: str) -> dict[str, Any]:
        done = self.python(REPORT, **environment)
        assert done.returncode == 0, done.stderr
        report: dict[str, Any] = json.loads(done.stdout)  # stdout is exactly one document
        return report


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path / "site")
    site.install("good-one", GOOD)
    return site


BROKEN: Mapping[str, tuple[str, str, str]] = {
    "import-error": ("import nothing_of_this_name", "HYG202", "ModuleNotFoundError"),
    "syntax-error": ("def", "HYG202", "SyntaxError"),
    "system-exit": ("import sys; sys.exit('bye')", "HYG202", "SystemExit: bye"),
    "base-exception": ("class Odd(BaseException): pass\nraise Odd", "HYG202", "Odd"),
    "wrong-api": (GOOD.replace("summary=", "api=2, summary="), "HYG205", "API version 2"),
    "future-field": (GOOD.replace("summary=", "colour=1, summary="), "HYG202", "colour"),
    "misspelt-hook": (GOOD.replace("hygge_homes", "hygge_home"), "HYG202", "hygge_home"),
    "unmarked-hook": (GOOD.replace("@hookimpl", ""), "HYG202", "no @hookimpl"),
    "wrong-argument": (GOOD + "\n@hookimpl\ndef hygge_run_event(evnt): pass", "HYG202", "evnt"),
    "raising-hook": (GOOD + "\n@hookimpl\ndef hygge_stores(): raise KeyError('x')", "HYG202", "KeyError"),
    "no-list": (GOOD.replace("[HomeType", "(HomeType").replace('")]', '"))'), "HYG202", "HomeType"),
    "wrong-kind": (GOOD.replace("hygge_homes", "hygge_stores"), "HYG202", "list of StoreType"),
    "bad-name": (GOOD.replace("{type}", "My Type"), "HYG202", "'My Type'"),
    "bad-factory": (GOOD.replace("_impl:Rest", "_impl.Rest"), "HYG202", "package.module:Class"),
    "bad-schema": (GOOD.replace(":home.schema.json", ""), "HYG202", "package:file.schema.json"),
    "bad-capabilities": (GOOD.replace("summary=", "capabilities=3, summary="), "HYG202", "HomeCapabilities"),
    "no-summary": (GOOD.replace("a home", ""), "HYG202", "summary"),
    "same-name-twice": (GOOD + "hygge_homes = hookimpl(lambda f=hygge_homes: f() + f())", "HYG202", "twice"),
    "nothing-at-all": ("x = 1", "HYG202", "implements no hook"),
    "shadows-core": (
        GOOD.replace("HomeType", "StoreType").replace("_homes", "_stores").replace("{type}", "parquet"),
        "HYG203",
        "hygge-core and shadows-core",
    ),
}  # fmt: skip


def test_a_plugin_describes_its_types(site: Site) -> None:
    report = site.report()
    assert report["plugins"]["good_one"] == {
        "distribution": "good-one",
        "version": "1.2",
        "error": None,
        "code": None,
        "types": ["home good_one"],
        "disabled": False,
    }
    assert "good_one" in report["homes"]
    assert "parquet" in report["stores"]


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plugin_is_kept_with_its_error_and_publishes_nothing(site: Site, name: str) -> None:
    code, error_code, message = BROKEN[name]
    site.install(name, code)
    report = site.report()
    broken = report["plugins"][name.replace("-", "_")]
    assert broken["code"] == error_code
    assert message in broken["error"]
    assert "\n  " in broken["error"]  # the next step
    assert broken["types"] == []
    assert name.replace("-", "_") not in report["homes"]
    assert "good_one" in report["homes"]
    assert report["plugins"]["core"]["error"] is None


def test_all_broken_plugins_at_once_leave_the_others_alone(site: Site) -> None:
    for name, (code, _, _) in BROKEN.items():
        site.install(name, code)
    report = site.report()
    assert sum(plugin["error"] is not None for plugin in report["plugins"].values()) >= len(BROKEN)
    assert "good_one" in report["homes"]
    assert "parquet" in report["stores"]


def test_what_a_plugin_prints_goes_to_stderr(site: Site) -> None:
    site.install("noisy", "print('buy now')\n" + GOOD.replace("    return", "    print('again')\n    return"))
    done = site.python(REPORT)
    assert "buy now\nagain" in done.stderr
    assert "noisy" in json.loads(done.stdout)["homes"]


def test_an_interrupt_while_a_plugin_loads_ends_the_process(site: Site) -> None:
    site.install("interrupted", "raise KeyboardInterrupt")
    done = site.python(REPORT)
    assert done.returncode != 0
    assert "KeyboardInterrupt" in done.stderr


def test_a_type_of_two_distributions_is_used_from_neither(site: Site) -> None:
    for name in ("aaa-first", "zzz-second"):
        site.install(name, GOOD.replace("{type}", "twin"))
    report = site.report()
    for name in ("aaa_first", "zzz_second"):
        assert report["plugins"][name]["code"] == "HYG203"
        assert "aaa-first and zzz-second" in report["plugins"][name]["error"]
    assert "twin" not in report["homes"]
    report = site.report(HYGGE_DISABLE_PLUGINS="zzz_second")
    assert "twin" in report["homes"]


@pytest.mark.parametrize("listed", ["slow", " Slow.One ,other", "x,slow-one"])
def test_a_disabled_plugin_is_not_imported(site: Site, listed: str) -> None:
    site.install("slow-one", "import time; time.sleep(30)", entry="slow")
    report = site.report(HYGGE_DISABLE_PLUGINS=listed)
    assert report["plugins"]["slow"]["disabled"] is True
    assert "slow_one" not in report["modules"]


def test_core_cannot_be_disabled(site: Site) -> None:
    assert "parquet" in site.report(HYGGE_DISABLE_PLUGINS="core,hygge-core")["stores"]


def test_damaged_metadata_of_any_package_is_passed_over(site: Site) -> None:
    (site.folder / "ruin-1.dist-info").mkdir()
    (site.folder / "ruin-1.dist-info" / "entry_points.txt").write_bytes(b"[hygge]\nx = \xff\xfe")
    (site.folder / "bare-1.dist-info").mkdir()
    (site.folder / "bare-1.dist-info" / "entry_points.txt").write_text(
        "[hygge]\nbare = good_one\nno equals sign\n"
    )
    assert "good_one" in site.report()["homes"]


def opened(site: Site, type_name: str, **environment: str) -> str:
    code = f"""
from hygge.errors import HyggeError
from hygge.plugins import registry
try:
    print("opened", registry().open_home({type_name!r}, {{"a": 1}}).config)
except HyggeError as error:
    print(error.code, error.exit_code, error)
"""
    done = site.python(code, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_home_is_opened_with_its_configuration(site: Site) -> None:
    site.add(
        "good_one_impl",
        """
        from hygge import Home
        print("imported")
        class Rest(Home):
            def identity(self, entity): return entity
            def plan(self, request): raise NotImplementedError
            def read(self, request, split): raise NotImplementedError
        """,
    )
    assert opened(site, "good_one") == "opened {'a': 1}\n"


FACTORIES: Mapping[str, tuple[str, str]] = {
    "needs-package": ("import pyodbc_not_here", "HYG204 3 the connector 'good_one' of good-one needs"),
    "needs-declared": ("import some_driver.part", "pip install Some-Driver"),
    "needs-extra": ("import other_driver", 'pip install "good-one[fast]"'),
    "no-library": ("raise ImportError('libodbc.so.2: cannot open')", "libodbc.so.2: cannot open"),
    "raises": ("1 / 0", "is broken: good_one_impl fails on import"),
    "exits": ("raise SystemExit(3)", "HYG202"),
    "no-class": ("x = 1", "is not a subclass of hygge.Home"),
    "no-home": ("class Rest: pass", "is not a subclass of hygge.Home"),
}  # fmt: skip


@pytest.mark.parametrize("name", FACTORIES)
def test_a_factory_that_cannot_be_used_says_what_to_do(tmp_path: Path, name: str) -> None:
    site = Site(tmp_path / "site")
    requires = "Requires-Dist: Some-Driver>=1\nRequires-Dist: other-driver; extra == 'fast'"
    site.install("good-one", GOOD, requires=requires)
    code, message = FACTORIES[name]
    site.add("good_one_impl", code)
    assert message in opened(site, "good_one")


def test_a_factory_without_its_module_is_a_broken_connector(site: Site) -> None:
    assert "its module good_one_impl does not exist" in opened(site, "good_one")


def test_an_unknown_type_lists_what_is_known_what_failed_and_what_to_install(site: Site) -> None:
    site.install("failing", "raise RuntimeError('no luck')")
    said = opened(site, "mssql", HYGGE_DISABLE_PLUGINS="sqlite,adls")
    assert said.startswith("HYG201 3 no installed connector provides the home type 'mssql'")
    assert "known home types: csv, good_one, ndjson, parquet" in said
    assert "failing failed to load: RuntimeError: no luck" in said
    assert "pip install hygge-mssql" in said
    assert "Did you mean 'good_one'?" in opened(site, "good_on")


OBSERVERS = """
from hygge import hookimpl

@hookimpl
def hygge_run_event(event):
    {action}

@hookimpl
def hygge_resolve_secret(reference):
    {secret}
"""


def test_one_failing_observer_or_provider_takes_nothing_from_the_others(site: Site) -> None:
    site.install("a-fails", OBSERVERS.format(action="1 / 0", secret="1 / 0"))
    site.install("b-works", OBSERVERS.format(action="print('saw', event)", secret="return 'from b'"))
    site.install("c-odd", OBSERVERS.format(action="pass", secret="return 3"))
    code = """
from hygge.plugins import registry
registry().emit("event")
print(registry().resolve_secret("vault:x"))
"""
    done = site.python(code)
    assert (done.returncode, done.stdout) == (0, "saw event\nfrom b\n")
    assert "a_fails failed on an event" in done.stderr
    done = site.python(code, HYGGE_DISABLE_PLUGINS="b_works")
    assert "a_fails failed with ZeroDivisionError; c_odd answered with int, not text" in done.stderr


def test_a_stranger_does_not_answer_for_the_secrets_of_core(site: Site) -> None:
    site.install("a-thief", OBSERVERS.format(action="pass", secret="return 'stolen'"))
    code = "from hygge.plugins import registry; print(registry().resolve_secret('env:H2_A'))"
    assert site.python(code, H2_A="mine").stdout == "mine\n"


HEAVY = ("polars", "pyarrow", "jsonschema", "yaml", "sqlite3")


@pytest.mark.parametrize(
    "code",
    ["import hygge", "import hygge.plugins", "from hygge.plugins import registry; registry()"],
)
def test_plugins_are_known_without_a_heavy_import(code: str) -> None:
    code += f"; import sys; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


def test_a_sound_project_loads_without_jsonschema(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "hygge.yml").write_text("version: 1\n")
    flow = "home: {type: none}\nstore: {type: parquet, path: out}\n"
    (tmp_path / "flows" / "f.yml").write_text(flow)
    code = f"""
import sys
from pathlib import Path
from hygge.config import load_project
project = load_project(Path({str(tmp_path)!r}))
assert [p.code for p in project.problems["f"]] == ["HYG201"]
print([name for name in ("polars", "pyarrow", "jsonschema", "sqlite3") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
