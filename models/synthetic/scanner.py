"""A scanner for drawn paper: the sheet becomes a grey picture with the faults of real scans.

A profile says which machine it was: the mailroom's feeder, a fax, a telephone held over the paper, or
a machine in need of service. It draws how strong each fault is, and the faults themselves stand in
`faults`; the picture is kept as JPEG.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import get_args

import cv2
import numpy as np
import pymupdf

from models.synthetic import faults
from models.synthetic.faults import Picture, Profile

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Machine:
    """How a machine takes pictures: spans to draw from, and how often each fault comes."""

    dpi: tuple[int, ...] = (200,)
    skew: float = 1.2
    """Degrees to either side."""
    blur: Span = (0.3, 0.8)
    noise: Span = (2, 5)
    jpeg: Span = (55, 75)
    light: Span = (0.93, 1.0)
    """The darkest and the brightest corner, as a share of white."""
    faults: Mapping[str, float] | None = None


MACHINES: dict[Profile, Machine] = {
    "office": Machine(
        faults={"streak": 0.2, "edge": 0.3, "speckle": 0.4, "holes": 0.12, "stamp": 0.06}
    ),
    "fax": Machine(
        skew=0.8, blur=(0.4, 0.9), noise=(1, 3), light=(0.98, 1.0),
        faults={"fax": 1.0, "speckle": 0.6, "streak": 0.3},
    ),
    "phone": Machine(
        skew=2.5, blur=(0.5, 1.1), noise=(3, 7), jpeg=(50, 80), light=(0.72, 1.0),
        faults={"perspective": 1.0, "shadow": 0.5, "crease": 0.4},
    ),
    "bad": Machine(
        dpi=(150, 200), skew=2.2, blur=(0.6, 1.2), noise=(4, 10), jpeg=(35, 60), light=(0.85, 1.0),
        faults={"low_ink": 0.4, "bleed": 0.5, "streak": 0.4, "edge": 0.5, "speckle": 0.8,
                "holes": 0.3, "stamp": 0.25, "crease": 0.3, "scribble": 0.2},
    ),
}  # fmt: skip
PROFILES: tuple[Profile, ...] = get_args(Profile)


@dataclass(frozen=True, slots=True)
class Scan:
    jpeg: bytes
    width: float
    height: float
    """Size of the fed page in points."""
    turned: int
    """Degrees clockwise by which the page lies turned in the file."""

    def lay(self, document: pymupdf.Document) -> pymupdf.Page:
        """Append the picture to `document` as a page."""
        page = document.new_page(width=self.width, height=self.height)
        page.insert_image(page.rect, stream=io.BytesIO(self.jpeg))
        return page


def scan_page(
    random: Random,
    page: pymupdf.Page,
    turned: int = 0,
    profile: Profile = "office",
    back: pymupdf.Page | None = None,
) -> Scan:
    """Scan a drawn page; `turned` lays it on the glass turned clockwise.

    `back` is what is printed on the other side of the sheet, which may shine through.
    """
    machine = MACHINES[profile]
    dpi = random.choice(machine.dpi)
    # A back that does not shine through need not be rendered, which is half the work.
    shines = back is not None and random.random() < (machine.faults or {}).get("bleed", 0)
    picture = _render(page, dpi)
    if shines and back is not None:
        picture = faults.bleed(random, picture, _render(back, dpi))
    return _scan(random, picture, turned, machine, dpi)


def scan_blank(random: Random, width: float, height: float, profile: Profile = "office") -> Scan:
    """A sheet with nothing on it, which is never perfectly white."""
    machine = MACHINES[profile]
    dpi = random.choice(machine.dpi)
    size = (round(height * dpi / 72), round(width * dpi / 72))
    plain = Machine(
        machine.dpi, machine.skew, machine.blur, machine.noise, machine.jpeg, machine.light,
        {name: share for name, share in (machine.faults or {}).items() if name in faults.ON_BLANKS},
    )  # fmt: skip
    return _scan(random, np.full(size, 255, np.uint8), 0, plain, dpi)


def _render(page: pymupdf.Page, dpi: int) -> Picture:
    drawn = page.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY, alpha=False)
    return np.frombuffer(drawn.samples, np.uint8).reshape(drawn.height, drawn.width)


def _scan(random: Random, picture: Picture, turned: int, machine: Machine, dpi: int) -> Scan:
    chances = machine.faults or {}
    wanted = [name for name, share in chances.items() if random.random() < share]
    for name in faults.ON_PAPER:
        if name in wanted:
            picture = faults.ON_PAPER[name](random, picture)
    if "perspective" in wanted:
        picture = faults.perspective(random, picture, machine.skew)
    else:
        picture = faults.skew(random, picture, machine.skew)
    picture = cv2.GaussianBlur(picture, (3, 3), random.uniform(*machine.blur)).astype(np.uint8)
    picture = faults.light(random, picture, *machine.light)
    for name in faults.IN_MACHINE:
        if name in wanted:
            picture = faults.IN_MACHINE[name](random, picture)
    picture = faults.noise(random, picture, random.uniform(*machine.noise))
    if turned:
        picture = np.ascontiguousarray(np.rot90(picture, -turned // 90))
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.uniform(*machine.jpeg))]
    jpeg = cv2.imencode(".jpg", picture, quality)[1]
    high, wide = picture.shape
    return Scan(jpeg.tobytes(), wide * 72 / dpi, high * 72 / dpi, turned)
