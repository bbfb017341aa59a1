"""ADLS keeps the laws of a store and of a home, as whoever reads the file system sees it."""

from __future__ import annotations

import os

import pytest
from adls_laws import HomeSide, JournalSide, StoreSide

from hygge.testing import (
    PARQUET_TYPES,
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
    types = PARQUET_TYPES


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
