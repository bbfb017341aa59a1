"""ADLS keeps the laws of a store and of a home, as whoever reads the file system sees it."""

from __future__ import annotations

import os
from typing import ClassVar

import pytest
from adls_laws import HomeSide, JournalSide, StoreSide

from hygge.testing import (
    REFUSED,
    HomeConformance,
    HomeServiceConformance,
    JournalConformance,
    PluginConformance,
    StoreConformance,
    StoreServiceConformance,
)


class TestPlugin(PluginConformance):
    distribution = "hygge-adls"


class TestAdlsStore(StoreSide, StoreConformance):
    types: ClassVar = {
        "date64": "date32[day]",
        "decimal128(5, -2)": REFUSED,
        "dictionary": "string",
        "interval": REFUSED,
        "binary_view": "binary",
        "string_view": "string",
        "time32[s]": "time32[ms]",
        "timestamp[s]": "timestamp[ms]",
        "timestamp[s, UTC]": "timestamp[ms, tz=UTC]",
    }


every_request = pytest.mark.skipif(
    os.environ.get("HYGGE_SWEEP") != "full", reason="each request fails in each way: `nox -s sweep`"
)


@every_request
class TestAdlsStoreFaults(StoreSide, StoreServiceConformance):
    pass


class TestAdlsHome(HomeSide, HomeConformance):
    pass


@every_request
class TestAdlsHomeFaults(HomeSide, HomeServiceConformance):
    pass


class TestAdlsJournal(JournalSide, JournalConformance):
    pass
