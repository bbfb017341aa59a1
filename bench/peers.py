"""What other tools do with the same table: `peers.py NAME DATABASE`, writing out.parquet into this folder."""

from __future__ import annotations

import sys
from pathlib import Path


def duckdb(database: str) -> None:
    from duckdb_sqlite import connected

    connected().execute(f"COPY (SELECT * FROM sqlite_scan('{database}', 't')) TO 'out.parquet'")


def connectorx(database: str) -> None:
    import connectorx
    import pyarrow.parquet as pq

    reader = connectorx.read_sql(f"sqlite://{database}", "SELECT * FROM t", return_type="arrow_stream")
    with pq.ParquetWriter("out.parquet", reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)


def adbc(database: str) -> None:
    import pyarrow.parquet as pq
    from adbc_driver_sqlite import dbapi

    with dbapi.connect(f"file:{database}?mode=ro") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT * FROM t")
        reader = cursor.fetch_record_batch()
        with pq.ParquetWriter("out.parquet", reader.schema) as writer:
            for batch in reader:
                writer.write_batch(batch)


def polars(database: str) -> None:
    import sqlite3

    import polars

    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    polars.read_database("SELECT * FROM t", connection, infer_schema_length=1000).write_parquet("out.parquet")


def dlt(database: str) -> None:
    import os

    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    import dlt
    from dlt.sources.sql_database import sql_table

    table = sql_table(f"sqlite:///{database}", table="t", backend="connectorx",
                      backend_kwargs={"conn": f"sqlite://{database}"})  # fmt: skip
    here = Path.cwd() / "dlt"
    pipeline = dlt.pipeline("bench", pipelines_dir=str(here),
                            destination=dlt.destinations.filesystem(str(here / "out")))  # fmt: skip
    pipeline.run(table, loader_file_format="parquet", write_disposition="replace")


if __name__ == "__main__":
    peers = {"duckdb": duckdb, "connectorx": connectorx, "adbc": adbc, "polars": polars, "dlt": dlt}
    peers[sys.argv[1]](sys.argv[2])
