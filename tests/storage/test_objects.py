from __future__ import annotations

import hashlib
import io
import resource
import threading
from pathlib import Path

import pytest
import urllib3.exceptions

from domain.errors import NotFound
from service.house import House
from storage.objects import PART_BYTES, Objects


class Endless:
    """A stream of unknown length: gives what is asked for, a little at a time, until its end."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.hash = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        count = min(self.left, 100_000 if size < 0 else min(size, 100_000))
        self.left -= count
        chunk = (self.left % 251).to_bytes(1, "big") * count
        self.hash.update(chunk)
        return chunk


def test_bytes_come_back_as_they_went_in(any_house: House) -> None:
    content = bytes(range(256)) * 10
    stored = any_house.objects.put_bytes("org_1/a.bin", content)
    assert (stored.bytes, stored.sha256) == (2560, hashlib.sha256(content).hexdigest())
    assert any_house.objects.get("org_1/a.bin") == content
    assert any_house.objects.size("org_1/a.bin") == 2560


@pytest.mark.parametrize("size", [0, 1, PART_BYTES - 1, PART_BYTES, 2 * PART_BYTES + 3])
def test_a_stream_of_unknown_length_is_stored_whole_and_counted(
    any_house: House, size: int
) -> None:
    source = Endless(size)
    stored = any_house.objects.put("org_1/streamed", source)
    assert (stored.bytes, stored.sha256) == (size, source.hash.hexdigest())
    assert any_house.objects.size("org_1/streamed") == size
    assert hashlib.sha256(any_house.objects.get("org_1/streamed")).hexdigest() == stored.sha256


def test_a_long_stream_is_not_held_in_memory(house: House) -> None:
    house.objects.put("warm", Endless(PART_BYTES * 2))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    house.objects.put("long", Endless(160 * 1024 * 1024))
    grown_mib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown_mib < 60
    assert house.objects.size("long") == 160 * 1024 * 1024


def test_a_stream_that_breaks_leaves_no_object(any_house: House) -> None:
    class Breaks(Endless):
        def read(self, size: int = -1, /) -> bytes:
            if self.left < PART_BYTES:
                raise ConnectionResetError("the sender is gone")
            return super().read(size)

    with pytest.raises(ConnectionResetError):
        any_house.objects.put("org_1/broken", Breaks(3 * PART_BYTES))
    assert not any_house.objects.exists("org_1/broken")


def test_what_is_not_there_is_not_found(any_house: House) -> None:
    with pytest.raises(NotFound):
        any_house.objects.get("org_1/nothing")
    assert not any_house.objects.exists("org_1/nothing")
    assert any_house.objects.size("org_1/nothing") is None
    any_house.objects.delete("org_1/nothing")  # nothing to do, nothing wrong


def test_a_deleted_object_is_gone(any_house: House) -> None:
    any_house.objects.put_bytes("org_1/a", b"a")
    any_house.objects.delete("org_1/a")
    assert not any_house.objects.exists("org_1/a")


def test_a_file_goes_up_and_comes_down(any_house: House, tmp_path: Path) -> None:
    (tmp_path / "up").write_bytes(b"x" * 3_000_000)
    any_house.objects.put_file("org_1/file.pdf", tmp_path / "up", "application/pdf")
    any_house.objects.fetch("org_1/file.pdf", tmp_path / "down")
    assert (tmp_path / "down").read_bytes() == (tmp_path / "up").read_bytes()


def test_an_object_is_read_a_piece_at_a_time(any_house: House) -> None:
    any_house.objects.put("org_1/pieces", io.BytesIO(b"abc" * 1000))
    with any_house.objects.open("org_1/pieces") as stream:
        assert stream.read(4) == b"abca"
        assert stream.read(3) == b"bca"


def test_many_threads_share_one_store_of_objects(any_house: House) -> None:
    wrong: list[int] = []

    def work(number: int) -> None:
        for turn in range(10):
            content = f"{number}-{turn}".encode() * 1000
            any_house.objects.put(f"org_1/{number}/{turn}", io.BytesIO(content))
            if any_house.objects.get(f"org_1/{number}/{turn}") != content:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_several_processes_may_make_the_bucket_at_once(any_house: House) -> None:
    known = any_house.objects
    faults: list[Exception] = []

    def make() -> None:
        fresh = Objects("http://127.0.0.1:1", "", "", f"{known.bucket}-new", "us-east-1")
        fresh.client = known.client
        try:
            fresh.ensure_bucket()
        except Exception as fault:  # noqa: BLE001 - reported below
            faults.append(fault)

    threads = [threading.Thread(target=make) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_a_server_that_is_away_is_a_fault_and_not_an_empty_answer() -> None:
    away = Objects("http://127.0.0.1:9", "a", "b", "bucket", "us-east-1")
    with pytest.raises(urllib3.exceptions.HTTPError):
        away.exists("org_1/a")
