"""CSV and NDJSON between a plan and its reading, and where a disk or a name is unusual."""

from __future__ import annotations

import errno
import gzip
import io
import os
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from hygge import schemas
from hygge.errors import DataError, StopEntity
from hygge.files import ndjson_reader
from hygge.files.local import LocalFileSystem
from hygge.files.local_homes import CsvHome, NdjsonHome
from hygge.files.sampling import SAMPLED_FILES
from hygge.model import ReadRequest

if TYPE_CHECKING:
    from text_place import Place


@pytest.fixture
def short_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ndjson_reader, "SAMPLED_BYTES", 16)


@pytest.mark.parametrize("folder", ["", "day=1/", "a%20day=1/k=2/"])
def test_another_process_knows_the_keys_of_the_plan_too(
    place: Place, short_samples: None, folder: str
) -> None:
    """Else a key that came later would be left out without a word."""
    place.put(f"{folder}a.ndjson", '{"a":1}\n' * 10 + '{"a":1,"b":3}\n')
    request = ReadRequest(entity="t")
    (split,) = NdjsonHome({"path": str(place.root)}).plan(request).splits
    with pytest.raises(DataError, match="line 11: the key 'b' is not in the sample"):
        list(NdjsonHome({"path": str(place.root)}).read(request, split))


@pytest.mark.parametrize(("kind", "rows"), [(CsvHome, "n\n{}\n"), (NdjsonHome, '{{"n":{}}}\n')])
def test_a_value_that_no_longer_fits_what_was_committed_needs_all_rows_anew(
    place: Place, kind: Any, rows: str
) -> None:
    ending = kind.form
    place.put(f"a.{ending}", rows.format(1))
    pinned = place.plan(kind).schema
    place.put(f"a.{ending}", rows.format('"x"'))
    for request in (ReadRequest(entity="t", pinned=pinned), ReadRequest(entity="t")):
        home = kind({"path": str(place.root)})
        (split,) = home.plan(ReadRequest(entity="t", pinned=pinned)).splits
        with pytest.raises(DataError) as caught:
            list(home.read(request, split))
        assert ("--full-drop" in caught.value.remedy) == (request.pinned is not None)


@pytest.mark.parametrize(("kind", "row"), [(CsvHome, "n\n1\n"), (NdjsonHome, '{"n":1}\n')])
def test_a_type_that_is_declared_now_takes_the_place_of_the_one_that_was_found(
    place: Place, kind: Any, row: str
) -> None:
    place.put(f"a.{kind.form}", row)
    pinned = place.plan(kind).schema
    assert schemas.unpack(pinned).field("n").type == pa.int64()
    now = schemas.unpack(place.plan(kind, pinned=pinned, types={"n": "string"}).schema)
    assert now.field("n").type == pa.string()


def test_a_key_that_was_committed_stays_although_no_line_of_the_sample_has_it(place: Place) -> None:
    place.put("a.ndjson", '{"a":1,"b":true}\n')
    pinned = place.plan(NdjsonHome).schema
    place.put("a.ndjson", '{"a":1}\n')
    now = schemas.unpack(place.plan(NdjsonHome, pinned=pinned).schema)
    assert {field.name: str(field.type) for field in now} == {"a": "int64", "b": "bool"}


@pytest.mark.parametrize("kind", [CsvHome, NdjsonHome])
def test_a_disk_that_cannot_be_read_is_not_told_as_a_broken_file(
    place: Place, monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    class Failing(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    place.put(f"a.{kind.form}", "x")
    monkeypatch.setattr(LocalFileSystem, "input", lambda self, path: pa.PythonFile(Failing(), mode="r"))
    with pytest.raises(StopEntity, match="Input/output") as caught:
        place.plan(kind)
    assert "its disk" in caught.value.remedy


def test_the_ending_of_a_packed_file_may_be_in_capitals(place: Place) -> None:
    place.put("A.CSV.GZ", gzip.compress(b"x\n1\n", mtime=0))
    assert place.read(CsvHome)["x"].to_pylist() == [1]


@pytest.mark.parametrize("text", [b'\0{"k":"b"}\n{"k":"c"}\n', b'\0\n{"k":"c"}\n', b'{"k":"caf\xe9"}\n'])
def test_a_byte_that_no_json_has_is_refused_and_no_end_of_the_file(
    place: Place, short_samples: None, text: bytes
) -> None:
    place.put("a.ndjson", b'{"k":"a"}\n' * 5 + text)
    with pytest.raises(DataError, match="line 6"):
        place.read(NdjsonHome, types={"k": "string"})


def test_the_last_of_many_files_is_among_those_that_are_sampled(place: Place) -> None:
    for number in range(SAMPLED_FILES + 5):
        place.put(f"{number:03}.csv", "n\n1\n")
    place.put("999.csv", "n\ntext\n")
    assert schemas.unpack(place.plan(CsvHome).schema).field("n").type == pa.string()
