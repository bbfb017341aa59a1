"""What hygge-core itself provides, described through the same hooks as a stranger's connector."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from hygge.capabilities import HomeCapabilities, StoreCapabilities
from hygge.errors import ConfigurationError
from hygge.hookspecs import HomeType, StoreType, hookimpl

SECRET_FILE_BYTES = 64 * 1024


FILES = {
    "parquet": "Parquet files",
    "csv": "CSV files",
    "ndjson": "files of one JSON object a line",
}


@hookimpl
def hygge_homes() -> Sequence[HomeType]:
    return [
        HomeType(
            name=name,
            factory=f"hygge.files.local_homes:{name.capitalize()}Home",
            config_schema=f"hygge.files:{name}_home.schema.json",
            summary=f"{what}: one, a folder, a glob, hive partitions",
            capabilities=HomeCapabilities(incremental=True, positions=True, stable_splits=True),
        )
        for name, what in FILES.items()
    ]


@hookimpl
def hygge_stores() -> Sequence[StoreType]:
    return [
        StoreType(
            name=name,
            factory=f"hygge.files.local_stores:{name.capitalize()}Store",
            config_schema=f"hygge.files:{name}_store.schema.json",
            summary=f"{what} in a folder, one subfolder an entity",
            capabilities=StoreCapabilities(
                modes=frozenset({"replace", "append"}),
                atomicity="split",
                staging="durable",
                exclusive="target",
                parallel_staging=True,
                read_back=True,
            ),
        )
        for name, what in FILES.items()
    ]


@hookimpl
def hygge_resolve_secret(reference: str) -> str | None:
    """``env:NAME`` is an environment variable, ``file:PATH`` a file's text without its last line end."""
    provider, _, name = reference.partition(":")
    if provider == "env":
        return _from_environment(name)
    if provider == "file":
        return _from_file(Path(name))
    return None


def _from_environment(name: str) -> str:
    value = os.environ.get(name)
    if value is None:
        raise ConfigurationError(
            f"the secret env:{name} is not there: the environment variable {name} is not set",
            code="HYG108",
            remedy=f"Set {name} in the environment that runs hygge.",
        )
    return value


def _from_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(SECRET_FILE_BYTES + 1)
        if len(data) > SECRET_FILE_BYTES:
            raise ValueError(f"it is larger than {SECRET_FILE_BYTES} bytes")
        text = data.decode("utf-8")
    except (OSError, ValueError) as error:
        # UnicodeDecodeError prints the bytes around the fault, which are the secret's
        reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        raise ConfigurationError(
            f"the secret file:{path} cannot be read: {reason}",
            code="HYG108",
            remedy="Check the path and its permissions.",
        ) from None
    return text.removesuffix("\n").removesuffix("\r")
