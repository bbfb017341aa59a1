"""hygge's conformance kit: what makes a connector one that can be trusted."""

import pyarrow as pa
import pytest
from service import Service, Table

from hygge.testing import (
    SCHEMA,
    HomeConformance,
    HomeServiceConformance,
    PluginConformance,
    StoreConformance,
    StoreServiceConformance,
)

TOKEN = 'canary@:/%;{}]&="x'
SERVICES: dict[str, Service] = {}  # by URL: the laws give a configuration, and what lies behind it is here


class TestPlugin(PluginConformance):
    distribution = "hygge-rest"


class Rest:
    """A service for each test."""

    type, secrets = "rest", (TOKEN,)

    @pytest.fixture
    def service(self, monkeypatch):
        monkeypatch.setenv("REST_TOKEN", TOKEN)
        with Service(TOKEN) as service:
            SERVICES[service.url] = service
            yield service

    @pytest.fixture
    def config(self, service):
        return {"url": service.url, "token": "${secret:env:REST_TOKEN}", "timeout": 0.15}

    @pytest.fixture
    def script(self, service):
        return service.script


class RestHome(Rest):
    def make(self, config, entity):
        self.remake(config, entity, SCHEMA.empty_table())

    def insert(self, config, entity, rows):
        table = SERVICES[config["url"]].tables[entity]
        table.rows = pa.concat_tables([table.rows, rows])

    def remake(self, config, entity, rows):
        SERVICES[config["url"]].tables[entity] = Table(rows)


class RestStore(Rest):
    rounds, every = 2, 3

    def visible(self, config, entity):
        table = SERVICES[config["url"]].tables.get(entity)
        return table.rows if table else None

    def plant(self, config, entity):
        SERVICES[config["url"]].tables[entity] = Table(SCHEMA.empty_table())

    def leftovers(self, config):
        return [str(key) for key in SERVICES[config["url"]].parts]


class TestRestHome(RestHome, HomeConformance): ...


class TestRestHomeFaults(RestHome, HomeServiceConformance): ...


class TestLogHome(RestHome, HomeConformance):
    type = "rest_log"


class TestLogHomeFaults(RestHome, HomeServiceConformance):
    type = "rest_log"


class TestRestStore(RestStore, StoreConformance): ...


class TestRestStoreFaults(RestStore, StoreServiceConformance): ...
