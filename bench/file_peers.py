"""What other tools do with the same files: `file_peers.py NAME SOURCE`, writing out.* into this folder."""

from __future__ import annotations

import sqlite3
import sys

ROWS = 10_000


def polars_parquet(folder: str) -> None:
    import polars

    polars.scan_parquet(f"{folder}/*.parquet").sink_parquet("out.parquet", compression="snappy")


def polars_csv(file: str) -> None:
    import polars

    polars.scan_csv(file, try_parse_dates=True).sink_parquet("out.parquet", compression="snappy")


def polars_ndjson(file: str) -> None:
    import polars

    moments = polars.col("created_at", "updated_at").str.to_datetime(time_unit="us", strict=True)
    polars.scan_ndjson(file).with_columns(moments).sink_parquet("out.parquet", compression="snappy")


def duckdb(folder: str) -> None:
    from duckdb_sqlite import connected

    connection = connected()
    connection.execute("ATTACH 'out.db' AS x (TYPE sqlite)")
    connection.execute(f"CREATE TABLE x.t AS SELECT * FROM read_parquet('{folder}/*.parquet')")


def adbc(folder: str) -> None:
    import pyarrow.dataset as ds
    from adbc_driver_sqlite import dbapi

    table = ds.dataset(folder, format="parquet")
    with dbapi.connect("out.db") as connection, connection.cursor() as cursor:
        cursor.adbc_ingest("t", table.scanner().to_reader(), mode="create")
        connection.commit()


def executemany(folder: str) -> None:
    import pyarrow.dataset as ds

    table = ds.dataset(folder, format="parquet")
    database = sqlite3.connect("out.db")
    database.execute(f"CREATE TABLE t ({', '.join(table.schema.names)})")
    marks = ", ".join("?" * len(table.schema.names))
    for batch in table.to_batches(batch_size=ROWS):
        columns = [
            (values.cast("string") if str(values.type).startswith("timestamp") else values).to_pylist()
            for values in batch.columns
        ]
        database.executemany(f"INSERT INTO t VALUES ({marks})", zip(*columns, strict=True))
    database.commit()
    database.close()


def sqlite_upsert(database: str) -> None:
    """From the table ``t`` of another database into out/lake.db, as one statement."""
    target = sqlite3.connect("out/lake.db")
    target.execute("ATTACH ? AS new", (database,))
    names = [name for _, name, *_ in target.execute("PRAGMA new.table_info(t)")]
    changes = ", ".join(f"{name} = excluded.{name}" for name in names if name != "id")
    listed = ", ".join(names)
    target.execute(
        f"INSERT INTO t ({listed}) SELECT {listed} FROM new.t WHERE true "
        f"ON CONFLICT (id) DO UPDATE SET {changes}"
    )
    target.commit()
    target.close()


if __name__ == "__main__":
    known = (polars_parquet, polars_csv, polars_ndjson, duckdb, adbc, executemany, sqlite_upsert)
    {peer.__name__: peer for peer in known}[sys.argv[1]](sys.argv[2])
