"""Files that break, hang or fill their readers harm themselves alone."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.failures import papers
from tests.installation import Installation

pytestmark = pytest.mark.slow
WORDS = ("POISON-SEGFAULT", "POISON-HANG", "POISON-MEMORY")


def test_poison_pages_are_set_aside_and_the_good_ones_beside_them_are_read(
    there: Installation,
) -> None:
    before = there.pids()
    files = {f"good-{n}.pdf": papers.invoice() for n in range(12)}
    files |= {f"{word.lower()}.pdf": papers.invoice(word, pages=2) for word in WORDS}
    found = there.settled(there.upload(files)["id"])
    by_name = {file["name"]: file for file in found["files"]}
    for name, file in by_name.items():
        assert file["status"] == "ready", file
        aside = [page["page"] for page in file["set_aside"]]
        assert aside == ([] if name.startswith("good") else [0]), file
        if aside:
            assert file["set_aside"][0]["reason"] == "unreadable"
            assert file["set_aside"][0]["problem"].startswith("parser_")
            assert [group["pages"] for group in file["groups"]] == [[1]]
    assert there.pids() == before
    assert max(there.runs("read")) <= 3
    there.sound(found)


def test_files_that_cannot_even_be_opened_fail_with_a_reason_and_can_be_tried_again(
    there: Installation,
) -> None:
    before = there.pids()
    files = {f"good-{n}.pdf": papers.invoice() for n in range(3)}
    files |= {f"{word.lower()}.pdf": at_opening(word) for word in WORDS}
    found = there.settled(there.upload(files)["id"])
    assert found["status"] == "ready"
    for file in found["files"]:
        if file["name"].startswith("good"):
            assert file["status"] == "ready"
            continue
        assert file["status"] == "failed", file
        assert file["problem"]["code"] in ("parser_crashed", "parser_timeout", "parser_memory")
        assert file["problem"]["advice"]
    assert there.pids() == before
    there.sound(found)

    answer = there.post(f"/imports/{found['id']}/retry")
    assert answer.status_code == 202, answer.text
    again = there.settled(found["id"])
    assert statuses(again) == statuses(found)
    there.sound(again, times_ready=2)


def test_a_file_that_kills_its_worker_is_given_up_after_three_attempts(
    there: Installation,
) -> None:
    found = there.upload({"poison.pdf": papers.invoice("POISON-WORKER", pages=2)})
    began = time.monotonic()
    found = there.settled(found["id"])
    # Everything in one group, for a person to cut.
    [file] = found["files"]
    assert [group["pages"] for group in file["groups"]] == [[0, 1]]
    assert file["groups"][0]["cut"]["reasons"] == ["the file could not be split"]
    assert not file["groups"][0]["sure"]
    assert max(there.runs("split")) == 4, time.monotonic() - began
    there.sound(found)


def at_opening(word: str) -> bytes:
    return papers.invoice() + f"\n% OPENING {word}\n".encode()


def statuses(found: dict[str, Any]) -> dict[str, str]:
    return {file["name"]: file["status"] for file in found["files"]}
