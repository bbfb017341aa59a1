"""Write rows of the table ``t`` as a file, by the peers' DuckDB.

Called as `convert.py FORMAT DATABASE FIRST ROWS FILE`.
"""

from __future__ import annotations

import sys

from duckdb_sqlite import connected

OPTIONS = {
    "parquet": "FORMAT parquet, COMPRESSION snappy",
    "csv": "FORMAT csv, HEADER",
    "ndjson": "FORMAT json",
}
# Names that a polish rule has work with; without the longest text 10M rows are half a gigabyte.
COLUMNS = {
    "parquet": 'id, customer_id AS "customerId", name, amount, created_at AS "createdAt", '
    'updated_at AS "updatedAt", active::BOOLEAN AS "isActive"'
}
TEXT = "strftime({0}, '%Y-%m-%dT%H:%M:%S.%f') AS {0}"  # all digits: every reader takes them alike
COLUMNS["csv"] = COLUMNS["ndjson"] = (
    f"id, customer_id, name, note, amount, {TEXT.format('created_at')}, {TEXT.format('updated_at')}, "
    "active::BOOLEAN AS active"
)


def main() -> None:
    form, database, first, count, file = sys.argv[1:]
    connected().execute(
        f"COPY (SELECT {COLUMNS[form]} FROM sqlite_scan('{database}', 't') "
        f"WHERE id >= {first} AND id < {int(first) + int(count)} ORDER BY id) TO '{file}' ({OPTIONS[form]})"
    )


main()
