"""DuckDB with its SQLite extension, in the environment of the peers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["connected"]


def connected() -> Any:
    """A connection that reads and writes SQLite, with the extension from its package: nothing is fetched."""
    import duckdb
    import duckdb_extension_sqlite_scanner as scanner

    (extension,) = Path(scanner.__file__).parent.glob("extensions/*/*.duckdb_extension")
    connection = duckdb.connect(config={"allow_unsigned_extensions": True})
    connection.load_extension(str(extension))
    return connection
