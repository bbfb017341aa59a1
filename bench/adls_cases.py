"""What is measured against the test server for ADLS, which runs on the same machine."""

from __future__ import annotations

import atexit
import functools
import json
import os
import subprocess
from collections.abc import Mapping

import data
from commands import Case, hygge
from measure import Command
from places import HERE, HYGGE

__all__ = ["CASES"]


@functools.cache
def server() -> Mapping[str, str]:
    """Where it is; it ends with the benchmark."""
    process = subprocess.Popen(
        [HYGGE / "bin" / "python", "-m", "adls_server"],
        env=os.environ | {"PYTHONPATH": str(HERE.parent / "tests" / "servers")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(process.communicate)
    assert process.stdout is not None
    told: Mapping[str, str] = json.loads(process.stdout.readline())
    return told


def _upload(who: str) -> Command:
    argv = [
        str(HYGGE / "bin" / "python"),
        str(HERE / "adls_upload.py"),
        who,
        server()["url"],
        server()["key"],
    ]
    return Command(name=who, argv=argv, cwd=HERE)


def _into(name: str, home: str, entities: str, more: str = "") -> Command:
    """`hygge run` into a folder of the lake that it empties before, unless ``more`` makes it incremental."""
    told = server()
    os.environ["LAKE_KEY"] = told["key"]
    key = "${secret:env:LAKE_KEY}"
    store = f"type: adls, account_url: '{told['url']}', account_key: '{key}', filesystem: bench, path: {name}"
    root = data.project(name, f"home: {{{home}}}\nstore: {{{store}}}\nentities: [{entities}]\n{more}")
    return hygge(root, "run", before=lambda: None if more else _empty(name))


def _empty(name: str) -> None:
    code = (
        "import sys; from azure.storage.filedatalake import DataLakeServiceClient as Lake\n"
        "lake = Lake(sys.argv[1], credential=sys.argv[2]).get_file_system_client('bench')\n"
        "if not lake.exists(): lake.create_file_system()\n"
        "if lake.get_directory_client(sys.argv[3]).exists(): lake.delete_directory(sys.argv[3])\n"
    )
    python = str(HYGGE / "bin" / "python")
    subprocess.run([python, "-c", code, server()["url"], server()["key"], name], check=True)


def _large() -> Command:
    return _into("large", f"type: sqlite, path: {data.one_table(15_000_000)}", "t")


def _small(more: str = "") -> Command:
    names = ", ".join(f"t{number}" for number in range(200))
    return _into("small-new" if more else "small", f"type: sqlite, path: {data.tables(200)}", names, more)


def _nothing_new() -> list[Command]:
    _empty("small-new")
    return [_small("run_type: incremental\nwatermark: {column: updated_at}\n")]


CASES = {
    "adls-3GB": Case(
        title="15M rows x 8 columns (3 GB) to ADLS (the test server)",
        commands=lambda: [_large()],
        runs=1,
        target="256 MiB",
    ),
    "adls-200": Case(
        title="200 tables x 1,000 rows to ADLS (the test server)", commands=lambda: [_small()], runs=3
    ),
    "adls-nothing": Case(
        title="200 tables on ADLS (the test server), nothing new", commands=_nothing_new, runs=3
    ),
    "adls-upload": Case(
        title="1 GiB to ADLS (the test server), chunks of 8 MiB",
        commands=lambda: [_upload("hygge"), _upload("sdk")],
        runs=5,
        target="1.15 x the CPU",
    ),
}
