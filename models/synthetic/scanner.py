"""A scanner for drawn paper: the sheet becomes a grey picture with the faults of real scans.

Rendered, set askew by a degree or so, blurred, speckled, unevenly lit, sometimes fed upside down
or sideways, and kept as JPEG: what a mailroom's multi-function device sends.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import cv2
import numpy as np
import pymupdf

DPI = 200
WHITE = 246.0
Picture = np.ndarray[tuple[int, int], np.dtype[np.uint8]]


@dataclass(frozen=True, slots=True)
class Scan:
    jpeg: bytes
    width: float
    height: float
    """Size of the fed page in points."""
    turned: int
    """Degrees clockwise by which the page lies turned in the file."""


def scan_page(random: Random, page: pymupdf.Page, turned: int = 0) -> Scan:
    """Scan a drawn page; `turned` lays it on the glass turned clockwise."""
    drawn = page.get_pixmap(dpi=DPI, colorspace=pymupdf.csGRAY, alpha=False)
    picture = np.frombuffer(drawn.samples, np.uint8).reshape(drawn.height, drawn.width)
    return _scan(random, picture, turned)


def scan_blank(random: Random, width: float, height: float) -> Scan:
    """A sheet with nothing on it, which is never perfectly white."""
    size = (round(height * DPI / 72), round(width * DPI / 72))
    return _scan(random, np.full(size, 255, np.uint8), 0)


def _scan(random: Random, picture: Picture, turned: int) -> Scan:
    noise = np.random.default_rng(random.getrandbits(32))
    high, wide = picture.shape
    angle = random.uniform(-1.2, 1.2)
    turn = cv2.getRotationMatrix2D((wide / 2, high / 2), angle, 1.0)
    picture = cv2.warpAffine(picture, turn, (wide, high), borderValue=255).astype(np.uint8)
    picture = cv2.GaussianBlur(picture, (3, 3), random.uniform(0.3, 0.8)).astype(np.uint8)
    light = np.linspace(random.uniform(0.93, 1.0), random.uniform(0.93, 1.0), wide)[None, :]
    grey = picture.astype(np.float32) / 255 * WHITE * light
    # One tile of noise laid over the page costs a tenth of noise for every pixel.
    tile = noise.normal(0, random.uniform(2, 5), (256, 256)).astype(np.float32)
    grey += np.tile(tile, (high // 256 + 1, wide // 256 + 1))[:high, :wide]
    if random.random() < 0.3:
        column = random.randrange(wide)
        grey[:, column : column + 1] -= 40
    if random.random() < 0.3:
        grey[:, : random.randint(4, 18)] *= 0.6
    for _ in range(random.randint(0, 25)):
        x, y = random.randrange(wide), random.randrange(high)
        grey[y : y + 2, x : x + 2] = 90
    picture = np.clip(grey, 0, 255).astype(np.uint8)
    if turned:
        picture = np.ascontiguousarray(np.rot90(picture, -turned // 90))
    jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, random.randint(55, 75)])[1]
    high, wide = picture.shape
    return Scan(jpeg.tobytes(), wide * 72 / DPI, high * 72 / DPI, turned)
