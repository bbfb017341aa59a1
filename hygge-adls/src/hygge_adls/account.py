"""An ADLS Gen2 account: where it is, who we are there, and the clients that reach it."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
from azure.core.pipeline.transport import RequestsTransport
from azure.storage.blob import BlobServiceClient
from azure.storage.filedatalake import DataLakeServiceClient
from requests.adapters import HTTPAdapter

from hygge.errors import ConfigurationError
from hygge.secrets import resolve
from hygge_adls.credentials import credential, first_line, hide_signature, method
from hygge_adls.dfs import DfsFileSystem
from hygge_adls.patience import Patience

__all__ = ["open_files"]

NO_RETRIES = {"retry_total": 0, "retry_connect": 0, "retry_read": 0, "retry_status": 0}
CONNECTIONS = 64  # kept open: entities at once, times the requests of one file under way
KEYS = frozenset(
    {
        "account_url",
        "account_key",
        "api_version",
        "certificate",
        "certificate_password",
        "client_id",
        "client_secret",
        "connection_string",
        "credential",
        "filesystem",
        "sas",
        "tenant_id",
        "timeout",
    }
)
"""What says which account, and how it is reached."""
TIMEOUTS = {"connection_timeout": 20.0, "read_timeout": 60.0}
"""Seconds until a request counts as lost: to connect, and to wait for the next bytes of an answer."""
USEFUL = {
    "account_url": "Write https://ACCOUNT.dfs.core.windows.net; by http only keys and signatures sign in.",
    "connection_string": "Copy it whole from the account's access keys: AccountName=...;AccountKey=...",
}
_open: dict[str, DfsFileSystem] = {}
_opening = threading.Lock()
if logging.getLogger("azure").level == logging.NOTSET:  # its warnings repeat what an error tells, at length
    logging.getLogger("azure").setLevel(logging.ERROR)


def open_files(config: Mapping[str, Any], root: str, **sdk: Any) -> DfsFileSystem:
    """What lies below ``root`` (a path in the file system) of the configured account.

    All who ask for the same in one process share it: its connections, its token, and what it has seen.
    ``sdk`` goes to the clients of the Azure SDK as it is: a ``transport`` or ``credential`` of one's own.
    """
    if ".." in root.split("/"):
        raise ConfigurationError(
            f"path: {root!r} goes up with '..', which no path in a file system of ADLS can",
            code="HYG105",
            remedy="Write it from the file system's root on.",
        )
    config = {key: value for key, value in resolve(config).items() if key in KEYS}
    if sdk:
        return _opened(config, root, sdk)
    told = json.dumps([os.getpid(), root, config], sort_keys=True)  # connections are not for children
    asked = hashlib.sha256(told.encode()).hexdigest()  # there are secrets in it
    with _opening:
        if asked not in _open:
            _open[asked] = _opened(config, root, {})
        return _open[asked]


def _opened(config: Mapping[str, Any], root: str, sdk: Mapping[str, Any]) -> DfsFileSystem:
    files, blobs = _services(config, sdk)
    name = config["filesystem"]
    patience = Patience(total=float(config.get("timeout", 60)))
    return DfsFileSystem(
        files.get_file_system_client(name),
        blobs.get_container_client(name),
        root,
        f"abfss://{name}@{_host(files.url)}",
        patience,
    )


def _services(
    config: Mapping[str, Any], sdk: Mapping[str, Any]
) -> tuple[DataLakeServiceClient, BlobServiceClient]:
    options: dict[str, Any] = {**NO_RETRIES, **sdk}
    options.setdefault("transport", _transport())
    if "api_version" in config:
        options["api_version"] = config["api_version"]
    if method(config) == "connection_string":
        with _refusing("connection_string"):
            text = config["connection_string"]
            hide_signature(text)
            return (
                DataLakeServiceClient.from_connection_string(text, **options),
                BlobServiceClient.from_connection_string(text, **options),
            )
    url = _account_url(config)
    if "credential" not in options:
        through = {"transport": sdk["transport"]} if "transport" in sdk else TIMEOUTS
        options["credential"] = credential(config, **through)
    with _refusing("account_url"):
        files = DataLakeServiceClient(url, **options)
        if method(config) == "sas" and "sig=" not in files.url:
            raise ConfigurationError(
                "credential: the SDK takes sas for no signature: something in it is new to this version",
                code="HYG105",
                remedy="Sign anew with less, or install a newer azure-storage-file-datalake.",
            )
        return files, BlobServiceClient(url.replace(".dfs.", ".blob.", 1), **options)


@contextmanager
def _refusing(key: str) -> Iterator[None]:
    """Tell what the SDK cannot make a client of."""
    try:
        yield
    except ValueError as error:
        raise ConfigurationError(
            f"{key} is of no use: {first_line(error)}",
            code="HYG105",
            remedy=USEFUL[key],
        ) from error


def _transport() -> RequestsTransport:
    session = requests.Session()
    adapter = HTTPAdapter(pool_connections=4, pool_maxsize=CONNECTIONS, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return RequestsTransport(session=session, **TIMEOUTS)  # clients give theirs only to what they make


def _account_url(config: Mapping[str, Any]) -> str:
    if "account_url" not in config:
        raise ConfigurationError(
            "the account is not said",
            code="HYG105",
            remedy="Add account_url: https://ACCOUNT.dfs.core.windows.net, to the connection or here.",
        )
    url = str(config["account_url"])
    if "?" in url:
        raise ConfigurationError(
            "account_url has a question mark in it, with what may be a signature behind it",
            code="HYG105",
            remedy="Keep what stands before it, and write sas: ${secret:env:NAME} for the signature, which "
            "has to be made anew: it was written down.",
        )
    return url.rstrip("/")


def _host(url: str) -> str:
    """The account as one name, whichever of its addresses was used."""
    parts = urlsplit(url)
    return (parts.netloc.replace(".blob.", ".dfs.", 1) + parts.path).rstrip("/").lower()
