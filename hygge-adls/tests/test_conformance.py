"""ADLS keeps the laws of a store and of a home, as whoever reads the file system sees it."""

from __future__ import annotations

from adls_laws import HomeSide, JournalSide, StoreSide, every_request

from hygge import testing as kit


class TestPlugin(kit.PluginConformance):
    distribution = "hygge-adls"


class TestAdlsStore(StoreSide, kit.StoreConformance):
    types = kit.PARQUET_TYPES


@every_request
class TestAdlsStoreFaults(StoreSide, kit.StoreServiceConformance):
    pass


class TestAdlsHome(HomeSide, kit.HomeConformance):
    pass


@every_request
class TestAdlsHomeFaults(HomeSide, kit.HomeServiceConformance):
    pass


class TestAdlsJournal(JournalSide, kit.JournalConformance):
    pass
