"""A table of many pages comes also where the API slows its reader down."""

import threading

import pyarrow as pa
import pytest
from hygge_rest.home import RestHome
from service import Service, Table

from hygge.errors import TransientError
from hygge.model import ReadRequest
from hygge.testing import SCHEMA

ROWS = pa.Table.from_pylist([{"id": n, "at": n, "note": "x"} for n in range(50)], SCHEMA)


@pytest.fixture
def service():
    with Service("token") as service:
        service.tables["t"] = Table(ROWS)
        yield service


@pytest.fixture
def home(service):
    return RestHome({"url": service.url, "token": "token"})


def read(home):
    request = ReadRequest(entity="t", batch_rows=5)
    (split,) = home.plan(request).splits
    return sum(batch.num_rows for batch in home.read(request, split))


def test_a_pause_between_two_pages_begins_no_split_again(service, home):
    service.script.arm("throttled", 5, 3, pause=1)
    assert read(home) == 50
    assert (service.script.fired, service.script.early) == (3, 0)


def test_a_reader_that_is_cancelled_pauses_no_longer(service, home):
    service.script.arm("throttled", 5, 100, pause=600)
    threading.Timer(0.2, home.cancel).start()
    with pytest.raises(TransientError, match="too many requests"):
        read(home)


def test_a_service_that_wants_nothing_but_pauses_is_told(service, home):
    service.script.arm("throttled", 5, 100, pause=0.01)
    with pytest.raises(TransientError, match="too many requests"):
        read(home)
