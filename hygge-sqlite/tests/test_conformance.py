"""The SQLite home keeps every law of a home; the store's laws are in test_store_conformance.py."""

from __future__ import annotations

from sqlite_laws import HomeSide

from hygge.testing import HomeConformance, PluginConformance


class TestPlugin(PluginConformance):
    distribution = "hygge-sqlite"


class TestSqliteHome(HomeSide, HomeConformance):
    pass
