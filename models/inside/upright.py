"""Which way up a scanned page lies, how skewed it is, how much is printed on it.

All three come from one cheap look at half size: the dark spots that have the size of letters.
On upright text the feet of letters stand on common lines, sharper than their heads (only some
letters have ascenders) and far sharper than their left and right sides. The answer about 180
degrees is a hint that OCR confirms; nothing here decides alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
MOST_SKEW = 5.0
ENOUGH_LETTERS = 25
DARKER = 40
"""How much darker than the paper around it ink is, of 255; show-through and shadows are less."""


SIDEWAYS = 1.3
HEAD_DOWN = 1.1
SURE = 1.2


@dataclass(frozen=True, slots=True)
class Look:
    """`turn` is the clockwise turn that sets the page upright, as far as can be seen; `sure` when
    feet and heads differ clearly. `skew` is the angle in degrees that levels the lines then.
    """

    letters: int
    ink: float
    turn: int = 0
    sure: bool = False
    skew: float = 0.0


def look(grey: Grey, dpi: float) -> Look:
    """What a page rendered at `dpi` looks like."""
    # Never larger than it is: a poster drawn coarse has letters of pixels enough.
    scale = min(1.0, 100 / dpi)
    small = np.asarray(
        cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
    )
    mask = ink_mask(small)
    height, width = mask.shape
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    stats = stats[1:count]
    w, h = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    area = stats[:, cv2.CC_STAT_AREA]
    letter = (w >= 3) & (h >= 4) & (w <= 90) & (h <= 90) & (area >= 8) & (area < 0.9 * w * h + 4)
    kept = stats[letter]
    ink = float(area[(area >= 8)].sum()) / (width * height)
    if len(kept) < ENOUGH_LETTERS:
        return Look(len(kept), ink)
    # Letters only: rules, logos and stamps have no feet to stand on.
    tall = np.maximum(kept[:, 2], kept[:, 3])
    usual = np.median(tall)
    kept = kept[(tall > 0.5 * usual) & (tall < 2.5 * usual)]
    if len(kept) < ENOUGH_LETTERS:
        return Look(len(kept), ink)
    left, top = kept[:, 0].astype(np.float64), kept[:, 1].astype(np.float64)
    right, bottom = left + kept[:, 2], top + kept[:, 3]
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
    level_angle, flat = _level(middle_x, bottom)
    stand_angle, stood = _level(middle_y, right)
    if stood > SIDEWAYS * flat:
        slope = np.tan(np.radians(stand_angle)) * middle_y
        # Letters that lie on their backs have their feet on the left or on the right.
        rights, lefts = _sharpness(right - slope), _sharpness(left - slope)
        turn, ratio = (90, rights / lefts) if rights > lefts else (270, lefts / rights)
        return Look(len(kept), ink, turn, ratio > SURE, -stand_angle)
    slope = np.tan(np.radians(level_angle)) * middle_x
    ratio = _sharpness(top - slope) / _sharpness(bottom - slope)
    head_down = ratio > HEAD_DOWN
    sure = ratio > SURE if head_down else ratio < 1 / SURE
    return Look(len(kept), ink, 180 if head_down else 0, sure, level_angle)


def ink(grey: Grey) -> float:
    """The share of a clean, drawn page that is printed on."""
    return (
        1
        - cv2.countNonZero(cv2.threshold(grey, 254 - DARKER, 255, cv2.THRESH_BINARY)[1]) / grey.size
    )


def ink_mask(grey: Grey) -> Grey:
    """White where something is printed: clearly darker than the paper around it."""
    paper = cv2.dilate(cv2.medianBlur(grey, 3), np.ones((15, 15), np.uint8))
    paper = cv2.blur(paper, (15, 15))
    dark = cv2.subtract(paper, grey)
    mask = cv2.threshold(dark, DARKER, 255, cv2.THRESH_BINARY)[1]
    border = max(2, round(0.012 * min(grey.shape)))  # the scanner's lid, punched paper edges
    mask[:border] = mask[-border:] = 0
    mask[:, :border] = mask[:, -border:] = 0
    return np.asarray(mask, np.uint8)


def _level(along: NDArray[np.float64], across: NDArray[np.float64]) -> tuple[float, float]:
    """The angle at which `across` gathers on lines most, and how much it then does."""
    if len(along) > 4000:
        pick = np.linspace(0, len(along) - 1, 4000).astype(int)
        along, across = along[pick], across[pick]
    best, sharpest = 0.0, -1.0
    for centre_step in ((0.0, 0.5, 10), (None, 0.1, 5)):
        centre, step, reach = centre_step
        middle = best if centre is None else centre
        for i in range(-reach, reach + 1):
            angle = middle + i * step
            if abs(angle) > MOST_SKEW:
                continue
            sharp = _sharpness(across - np.tan(np.radians(angle)) * along)
            if sharp > sharpest + 1e-12:
                best, sharpest = angle, sharp
    return best, sharpest


def _sharpness(positions: NDArray[np.float64]) -> float:
    """The chance that two letters stand on the same line of pixels."""
    low = int(np.floor(positions.min()))
    bins = np.bincount((positions - low).astype(np.int64))
    both = bins.astype(np.float64)
    both[:-1] += bins[1:]
    return float((both**2).sum() / (len(positions) ** 2))


def turn(grey: Grey, degrees: int) -> Grey:
    """The image turned clockwise by a multiple of 90."""
    return np.ascontiguousarray(np.rot90(grey, k=-(degrees // 90) % 4))


def level(grey: Grey, angle: float) -> tuple[Grey, NDArray[np.float64]]:
    """The image turned by a small angle, and the matrix that leads back from it."""
    height, width = grey.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    turned = cv2.warpAffine(
        grey, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(turned, np.uint8), np.asarray(cv2.invertAffineTransform(matrix))
