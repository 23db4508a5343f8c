"""One process reads for all, comes back when it dies, and never costs a page its first reading."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.text import PageText
from models.lines import Spot
from models.sandbox import Sandbox
from models.strong import process
from models.strong.reader import StrongReader, StrongReaderFailed
from models.strong.strengthening import Strengthener
from tests.models import drawing


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="b-") as name:  # a socket's name must be short
        yield Path(name)


@pytest.fixture(scope="module")
def reader(folder: Path) -> Iterator[StrongReader]:
    made = StrongReader(folder=folder)
    yield made
    made.close()


@pytest.fixture(scope="module")
def slip(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, int, int]:
    """A small till receipt, grey, one byte a pixel."""
    place = tmp_path_factory.mktemp("slip")
    image = drawing.picture(
        place / "slip.pdf", dpi=90, lines=drawing.LINES[:1] + drawing.LINES[6:9]
    )
    image = image.crop((40, 80, 640, 240))
    return image.tobytes(), image.width, image.height


def process_of(reader: StrongReader) -> int:
    assert reader._process is not None
    return reader._process.pid


def test_a_page_comes_out_as_words_with_their_places(
    reader: StrongReader, slip: tuple[bytes, int, int]
) -> None:
    found = reader.read(*slip)
    by_text = {spot.text: spot for spot in found}
    assert {"Menuiserie", "Bernard", "SARL", "1440,00"} <= set(by_text)
    assert by_text["Menuiserie"].x1 <= by_text["Bernard"].x0 + 3
    assert by_text["Menuiserie"].y1 < by_text["1440,00"].y0
    assert min(spot.confidence for spot in found) > 0.5


def test_two_workers_share_one_process_and_a_killed_one_is_replaced(
    reader: StrongReader, folder: Path, slip: tuple[bytes, int, int]
) -> None:
    other = StrongReader(folder=folder)
    assert reader.read(*slip) == other.read(*slip)
    assert other._process is None
    os.kill(process_of(reader), signal.SIGKILL)
    assert len(reader.read(*slip)) == len(other.read(*slip)) > 5
    other.close()


def test_a_page_that_is_no_picture_fails_alone(
    reader: StrongReader, slip: tuple[bytes, int, int]
) -> None:
    pixels, width, height = slip
    with pytest.raises(StrongReaderFailed):
        reader.read(pixels, width + 1, height)
    assert reader.read(*slip)


def test_a_page_keeps_its_first_reading_when_the_file_or_the_reader_fails(tmp_path: Path) -> None:
    class Broken(StrongReader):
        def read(self, grey: bytes, width: int, height: int) -> list[Spot]:
            raise StrongReaderFailed("gone")

    whole = drawing.pdf(tmp_path / "whole.pdf")
    torn = tmp_path / "torn.pdf"
    torn.write_bytes(whole.read_bytes()[:300])
    first = PageText(0, 595, 842, "ocr", reader="tesserocr-5")
    with Sandbox() as sandbox:
        strong = Strengthener(sandbox, Broken())
        assert strong.of(torn)(first) is first
        assert strong.of(whole)(first) is first
        beyond = replace(first, number=7)
        assert strong.of(whole)(beyond) is beyond


def test_the_process_leaves_when_nobody_holds_it(
    reader: StrongReader, slip: tuple[bytes, int, int]
) -> None:
    reader.read(*slip)
    running = reader._process or pytest.fail("it runs")
    reader.close()
    until = time.monotonic() + 10
    while running.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    assert running.poll() == 0


def test_words_of_a_line_stand_where_their_letters_do() -> None:
    box = [[0, 0], [100, 0], [100, 10], [0, 10]]
    letters = [[[x, 0], [x + 8, 0], [x + 8, 10], [x, 10]] for x in (0, 10, 60, 70, 80)]
    assert process.words("ab cde", 0.9, box, letters) == [
        Spot("ab", 0, 0, 18, 10, 0.9),
        Spot("cde", 60, 0, 88, 10, 0.9),
    ]


def test_words_share_the_line_out_when_their_letters_are_not_told() -> None:
    box = [[0, 0], [60, 0], [60, 10], [0, 10]]
    assert process.words("ab cde", 0.9, box, []) == [
        Spot("ab", 0, 0, 20, 10, 0.9),
        Spot("cde", 30, 0, 60, 10, 0.9),
    ]
