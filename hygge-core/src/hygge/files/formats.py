"""The formats of data files by name, made from the keys of a connector's configuration.

Wherever files lie, on this disk or in a cloud, they are written and read by these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hygge.files.format import FileFormat, FormatReader

__all__ = ["FORMATS", "reader_back", "reader_of", "written_as"]

Config = Mapping[str, Any]
LINE_ENDS = {"crlf": "\r\n", "lf": "\n"}


def written_as(name: str, config: Config) -> FileFormat:
    """How a store writes files: the keys of `{name}_store.schema.json`."""
    return _WRITTEN[name](config)


def reader_back(name: str, config: Config) -> FormatReader:
    """Reads what a store of the same configuration wrote."""
    kept = {"delimiter": config["delimiter"]} if "delimiter" in config else {}
    return _READ[name](kept)


def reader_of(name: str, config: Config) -> FormatReader:
    """How a home reads files: the keys of `{name}_home.schema.json`."""
    return _READ[name](config)


# Each format's modules are imported when it is used: they need Arrow's kernels.


def _parquet(config: Config) -> FileFormat:
    from hygge.files.parquet import ParquetFormat

    return ParquetFormat(
        compression=config.get("compression", "snappy"),
        compression_level=config.get("compression_level"),
        row_group_rows=config.get("row_group_rows", 122_880),
    )


def _csv(config: Config) -> FileFormat:
    from hygge.files.csv_format import CsvFormat

    return CsvFormat(
        compression=config.get("compression", "none"),
        delimiter=config.get("delimiter", ","),
        line_end=LINE_ENDS[config.get("line_end", "crlf")],
    )


def _ndjson(config: Config) -> FileFormat:
    from hygge.files.ndjson_format import NdjsonFormat

    return NdjsonFormat(
        compression=config.get("compression", "none"), non_finite=config.get("non_finite", "fail")
    )


def _parquet_reader(config: Config) -> FormatReader:
    from hygge.files.parquet_reader import ParquetReader

    return ParquetReader()


def _csv_reader(config: Config) -> FormatReader:
    from hygge.files.csv_reader import CsvReader

    return CsvReader(config)


def _ndjson_reader(config: Config) -> FormatReader:
    from hygge.files.ndjson_reader import NdjsonReader

    return NdjsonReader(config)


_WRITTEN: Mapping[str, Callable[[Config], FileFormat]] = {
    "parquet": _parquet,
    "csv": _csv,
    "ndjson": _ndjson,
}
_READ: Mapping[str, Callable[[Config], FormatReader]] = {
    "parquet": _parquet_reader,
    "csv": _csv_reader,
    "ndjson": _ndjson_reader,
}
FORMATS = tuple(_WRITTEN)
