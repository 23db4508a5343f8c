"""Copies of files on a worker's disk come and go; nothing stays for good."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from service.house import House
from workers import cache


@pytest.fixture(autouse=True)
def own_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def test_a_file_is_fetched_once_and_forgotten_a_minute_after_its_last_use(house: House) -> None:
    house.objects.put_bytes("org_a/files/one", b"une pile")
    copy = cache.local_copy(house.objects, "org_a/files/one")
    assert copy.read_bytes() == b"une pile"
    house.objects.delete("org_a/files/one")
    assert cache.local_copy(house.objects, "org_a/files/one") == copy, "it was here already"
    cache.forget_old(time.time() + 59)
    assert copy.exists()
    cache.forget_old(time.time() + 61)
    assert not copy.exists()


def test_what_a_killed_worker_left_is_removed_and_what_a_living_one_uses_is_not() -> None:
    with cache.work_folder() as used:
        (used / "document.pdf").write_bytes(b"%PDF-")
        left = cache.folder() / "work-left"
        left.mkdir()
        (left / "m0001").write_bytes(b"x")
        half = cache.folder() / "half.part"
        half.write_bytes(b"x")
        long_ago = time.time() - 1_000
        for path in (left, half):
            os.utime(path, (long_ago, long_ago))
        cache.forget_old()
        assert used.is_dir()
        assert not left.exists()
        assert not half.exists()
    assert not used.exists()
