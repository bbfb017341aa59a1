"""A strict Azure Data Lake Storage Gen2 for tests; see ``README.md`` beside it for what it refuses."""

from __future__ import annotations

from adls_server.server import AdlsServer

__all__ = ["AdlsServer"]
