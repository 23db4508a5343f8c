"""Reads words from a grey image with Tesseract, in process or, where that is missing, by its
command. One thread each: the machine's cores belong to as many workers.

Grey goes in as it is. Every kind of thresholding was measured and loses numbers; so does enlarging.
"""

from __future__ import annotations

import glob
import os
import sys
import time
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from PIL import Image

from models.inside.rendering import Pixels
from models.lines import Spot

try:
    import tesserocr  # type: ignore[import-untyped]
except ImportError:  # a platform without its wheel
    tesserocr = None

PLACES = (
    "/usr/share/tesseract-ocr/*/tessdata",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
    "/opt/homebrew/share/tessdata",
    "/opt/local/share/tessdata",
)
WORD_LEVEL = "5"
LEAST_DPI = 70


class Engine(Protocol):
    name: str

    def table(self, grey: Pixels, dpi: float, seconds: float) -> str:
        """Tesseract's TSV of the image."""


def data_folder() -> Path | None:
    """Where the language data of the system's package manager lies."""
    named = os.environ.get("TESSDATA_PREFIX")
    found = [p for pattern in PLACES for p in sorted(glob.glob(pattern), reverse=True)]  # noqa: PTH207
    for place in [named, f"{named}/tessdata", *found] if named else found:
        if place and any(Path(place).glob("*.traineddata")):
            return Path(place)
    return None


def installed(languages: tuple[str, ...], folder: Path | None) -> str:
    """Those of `languages` that are installed, as Tesseract wants them: ``fra+deu+eng``."""
    if folder is None:
        return "+".join(languages)
    there = [name for name in languages if (folder / f"{name}.traineddata").is_file()]
    return "+".join(there) or "eng"


class InProcess:
    """Tesseract as a library. Made before the fork, it costs a child nothing to have."""

    def __init__(self, languages: tuple[str, ...]) -> None:
        folder = data_folder()
        self._api: Any = tesserocr.PyTessBaseAPI(
            path=str(folder) if folder else "",
            lang=installed(languages, folder),
            psm=tesserocr.PSM.AUTO,
        )
        self.name = "tesserocr-" + tesserocr.tesseract_version().split()[1]

    def table(self, grey: Pixels, dpi: float, seconds: float) -> str:
        height, width = grey.shape
        self._api.SetImageBytes(grey.tobytes(), width, height, 1, width)
        self._api.SetSourceResolution(max(LEAST_DPI, round(dpi)))
        try:
            self._api.Recognize(int(seconds * 1000))
            return str(self._api.GetTSVText(0))
        finally:
            self._api.Clear()


class ByCommand:
    """Tesseract as a program: portable, twice as slow."""

    def __init__(self, languages: tuple[str, ...]) -> None:
        import pytesseract  # type: ignore[import-untyped]

        os.environ["OMP_THREAD_LIMIT"] = "1"  # more threads make it six times slower
        self._tool = pytesseract
        self._languages = installed(languages, data_folder())
        self.name = f"pytesseract-{pytesseract.get_tesseract_version()}"

    def table(self, grey: Pixels, dpi: float, seconds: float) -> str:
        return str(
            self._tool.image_to_data(
                Image.fromarray(grey),
                lang=self._languages,
                config=f"--psm 3 --dpi {max(LEAST_DPI, round(dpi))}",
                timeout=seconds,
            )
        )


_engines: dict[tuple[str, tuple[str, ...]], Engine] = {}


def engine(name: str, languages: tuple[str, ...]) -> Engine:
    """The engine ``tesserocr`` or ``pytesseract``, made once for each set of languages."""
    if name == "tesserocr" and tesserocr is None:
        name = "pytesseract"
    key = (name, languages)
    if key not in _engines:
        _engines[key] = (InProcess if name == "tesserocr" else ByCommand)(languages)
    return _engines[key]


def warm(languages: list[str]) -> str:
    """Make the usual engine before the first fork; its name, or why there is none."""
    try:
        made = engine("tesserocr", tuple(languages))
        # Reading one word touches what would otherwise be set up again in every child.
        made.table(np.full((40, 120), 255, np.uint8), 200, 10)
    except Exception as error:  # noqa: BLE001 - without Tesseract, digital pages still work
        sys.stderr.write(f"no OCR: {error}\n")
        return f"none: {error}"
    return made.name


class Reader:
    """Reads images with an engine within a time; `finished` tells whether it always sufficed."""

    def __init__(self, engine: Engine, seconds: float) -> None:
        self._engine = engine
        self._seconds = seconds
        self.finished = True

    def read(self, grey: Pixels, dpi: float) -> list[Spot]:
        """The words of the image with boxes in pixels and confidence between 0 and 1."""
        began = time.monotonic()
        table = self._engine.table(grey, dpi, self._seconds)
        self.finished = self.finished and time.monotonic() - began < self._seconds
        spots = []
        for row in table.splitlines():
            cells = row.split("\t")
            if len(cells) != 12 or cells[0] != WORD_LEVEL or not (text := cells[11].strip()):
                continue
            left, top, width, height = map(float, cells[6:10])
            sure = max(float(cells[10]), 0) / 100
            spots.append(Spot(text[:200], left, top, left + width, top + height, sure))
        return spots


def confidence(spots: list[Spot]) -> float:
    """Mean confidence by letter: short noise must not outvote words."""
    letters = sum(len(s.text) for s in spots)
    return sum(s.confidence * len(s.text) for s in spots) / letters if letters else 0.0
