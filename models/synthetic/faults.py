"""What goes wrong between a sheet of paper and its picture, one function for each fault.

They take a grey picture (rows × columns, 0 black to 255 white) and return another, and work on
whole bytes: a page has four million pixels, and a stack hundreds of pages.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any, Literal

import cv2
import numpy as np

Profile = Literal["office", "fax", "phone", "bad"]
Picture = np.ndarray[tuple[int, int], np.dtype[np.uint8]]
Fault = Callable[[Random, Picture], Picture]

WHITE = 246
STAMPS = ("REÇU LE", "PAYÉ", "RECEIVED", "COPIE", "BEZAHLT", "INGEBOEKT", "À COMPTABILISER")
TILE = 256


def skew(random: Random, picture: Picture, degrees: float) -> Picture:
    """Fed a little askew."""
    high, wide = picture.shape
    angle = random.uniform(-degrees, degrees)
    turn = cv2.getRotationMatrix2D((wide / 2, high / 2), angle, 1.0)
    return _grey(cv2.warpAffine(picture, turn, (wide, high), borderValue=255))


def perspective(random: Random, picture: Picture, degrees: float) -> Picture:
    """Taken by hand from above a table, whose top shows at the edges."""
    high, wide = picture.shape
    pull = 0.008 * degrees

    def near(x: float, y: float) -> tuple[float, float]:
        return (
            wide * (x + (0.5 - x) * random.uniform(0.01, 2 * pull + 0.03)),
            high * (y + (0.5 - y) * random.uniform(0.01, 2 * pull + 0.03)),
        )

    corners = np.array([(0, 0), (wide, 0), (wide, high), (0, high)], np.float32)
    seen = np.array([near(0, 0), near(1, 0), near(1, 1), near(0, 1)], np.float32)
    view = cv2.getPerspectiveTransform(corners, seen)
    table = random.randint(60, 170)
    return _grey(cv2.warpPerspective(picture, view, (wide, high), borderValue=table))


def light(random: Random, picture: Picture, darkest: float, brightest: float) -> Picture:
    """Uneven light, from corner to corner; nothing is whiter than paper."""
    corners = [[random.uniform(darkest, brightest) * WHITE for _ in range(2)] for _ in range(2)]
    return _lit(picture, np.array(corners, np.uint8))


def shadow(random: Random, picture: Picture) -> Picture:
    """The shadow of the hand that holds the telephone."""
    field = np.full((24, 17), 255, np.uint8)
    x, y, size = random.randint(0, 17), random.randint(0, 24), random.randint(5, 12)
    cv2.circle(field, (x, y), size, random.randint(120, 190), -1)
    return _lit(picture, cv2.blur(field, (5, 5)))


def noise(random: Random, picture: Picture, strength: float) -> Picture:
    """The grain of the sensor. Tiles of grain are laid over the page: they are made once."""
    lighter, darker = _grain(random.randrange(4))
    high, wide = picture.shape
    dx, dy = random.randrange(TILE), random.randrange(TILE)
    reps = (high // TILE + 2, wide // TILE + 2)
    level = strength / 8
    for grain, change in ((lighter, cv2.add), (darker, cv2.subtract)):
        scaled = cv2.convertScaleAbs(grain, alpha=level)
        whole = np.tile(scaled, reps)[dy : dy + high, dx : dx + wide]
        picture = _grey(change(picture, whole))
    return picture


def streak(random: Random, picture: Picture) -> Picture:
    """Dirt on the feeder's glass draws a line down the page."""
    picture = picture.copy()
    for _ in range(random.randint(1, 3)):
        column = random.randrange(picture.shape[1])
        wide = random.choice((1, 1, 2))
        part = picture[:, column : column + wide]
        picture[:, column : column + wide] = part - np.minimum(part, random.randint(25, 90))
    return picture


def edge(random: Random, picture: Picture) -> Picture:
    """The lid was not closed: a dark border."""
    picture = picture.copy()
    size = random.randint(4, 26)
    side = random.choice((np.s_[:, :size], np.s_[:, -size:], np.s_[:size, :], np.s_[-size:, :]))
    picture[side] = (picture[side] * random.uniform(0.15, 0.7)).astype(np.uint8)
    return picture


def speckle(random: Random, picture: Picture) -> Picture:
    picture = picture.copy()
    high, wide = picture.shape
    for _ in range(random.randint(4, 60)):
        x, y, size = random.randrange(wide), random.randrange(high), random.randint(1, 3)
        picture[y : y + size, x : x + size] = random.randint(40, 150)
    return picture


def holes(random: Random, picture: Picture) -> Picture:
    """Punched for a binder; the lid behind is dark, or white."""
    picture = picture.copy()
    high, wide = picture.shape
    radius = max(4, round(wide * 0.0135))
    x = round(wide * 0.045) if random.random() < 0.85 else round(wide * 0.955)
    colour = random.choice((30, 90, 200))
    for place in random.choice(((0.36, 0.64), (0.12, 0.365, 0.635, 0.88))):
        cv2.circle(picture, (x, round(high * place)), radius, colour, -1, cv2.LINE_AA)
    return picture


def stamp(random: Random, picture: Picture) -> Picture:
    """A rubber stamp with a date, slanting, over whatever stands there."""
    high, wide = picture.shape
    scale = wide / 1654
    mark = np.full((round(150 * scale), round(420 * scale)), 255, np.uint8)
    ink = random.randint(90, 150)
    thick = max(1, round(3 * scale))
    word = random.choice(STAMPS).replace("À", "A").replace("É", "E").replace("Ç", "C")
    day = f"{random.randint(1, 28):02d} {random.randint(1, 12):02d} {random.randint(2023, 2026)}"
    cv2.rectangle(mark, (4, 4), (mark.shape[1] - 5, mark.shape[0] - 5), ink, thick)
    for text, y in ((word, 60), (day, 120)):
        size = min(1.5, 20 / len(text)) * scale
        cv2.putText(mark, text, (round(24 * scale), round(y * scale)), cv2.FONT_HERSHEY_SIMPLEX,
                    size, ink, thick, cv2.LINE_AA)  # fmt: skip
    mark = _turned(mark, random.uniform(-18, 18))
    x = random.randrange(max(1, wide - mark.shape[1]))
    y = random.randrange(max(1, high - mark.shape[0]))
    return _darkest(picture, mark, x, y)


def scribble(random: Random, picture: Picture) -> Picture:
    """A pen: an account number or a paraph written by hand."""
    picture = picture.copy()
    high, wide = picture.shape
    x, y = random.uniform(0.1, 0.8) * wide, random.uniform(0.1, 0.9) * high
    points = []
    for _ in range(random.randint(8, 20)):
        x, y = x + random.uniform(-10, 30), y + random.uniform(-25, 25)
        points.append((round(x), round(y)))
    path = np.array(points, np.int32)
    cv2.polylines(picture, [path], False, random.randint(50, 120), 3, cv2.LINE_AA)
    return picture


def crease(random: Random, picture: Picture) -> Picture:
    """Folded for the envelope: a faint line across, a little darker on one side."""
    picture = picture.copy()
    high = picture.shape[0]
    for place in random.choice(((0.5,), (0.34, 0.67))):
        row = round(high * (place + random.uniform(-0.01, 0.01)))
        for n in range(14):
            part = picture[row + n : row + n + 1]
            picture[row + n : row + n + 1] = part - np.minimum(part, max(0, 26 - 2 * n))
    return picture


def low_ink(random: Random, picture: Picture) -> Picture:
    """A cartridge near its end: letters are grey and broken."""
    lighter, _ = _grain(random.randrange(4))
    high, wide = picture.shape
    paper = random.randint(70, 130)
    pale = cv2.convertScaleAbs(picture, alpha=(255 - paper) / 255, beta=paper)
    grain = cv2.resize(lighter, (wide, high), interpolation=cv2.INTER_NEAREST)
    return _grey(cv2.add(pale, cv2.convertScaleAbs(grain, alpha=random.uniform(2, 5))))


def bleed(random: Random, picture: Picture, back: Picture) -> Picture:
    """The other side shines through, mirrored and faint."""
    high, wide = picture.shape
    seen = cv2.resize(cv2.flip(back, 1), (wide, high))
    seen = cv2.GaussianBlur(seen, (5, 5), 1.5)
    faint = random.uniform(0.12, 0.3)
    return _grey(cv2.min(picture, cv2.convertScaleAbs(seen, alpha=faint, beta=255 * (1 - faint))))


def fax(random: Random, picture: Picture) -> Picture:
    """Half the rows, black or white: what a telephone line carries."""
    high, wide = picture.shape
    step = random.choice((1.0, 1.0, 2.0))
    small = cv2.resize(picture, (wide, round(high / step)), interpolation=cv2.INTER_AREA)
    bits = cv2.threshold(small, random.randint(120, 190), 255, cv2.THRESH_BINARY)[1]
    return _grey(cv2.resize(bits, (wide, high), interpolation=cv2.INTER_NEAREST))


ON_PAPER: dict[str, Fault] = {
    "low_ink": low_ink, "stamp": stamp, "scribble": scribble, "holes": holes, "crease": crease,
}  # fmt: skip
"""Faults of the sheet itself, which move with it."""
IN_MACHINE: dict[str, Fault] = {
    "shadow": shadow, "fax": fax, "streak": streak, "edge": edge, "speckle": speckle,
}  # fmt: skip
ON_BLANKS = frozenset({"streak", "edge", "holes", "perspective", "shadow", "crease"})
"""Faults that leave an empty sheet empty."""


@cache
def _grain(number: int) -> tuple[Picture, Picture]:
    """Grain of strength 8, what it adds and what it takes; drawn from a seed of its own."""
    drawn = np.random.default_rng(number).normal(0, 8, (TILE, TILE))
    return (
        np.clip(drawn, 0, 255).astype(np.uint8),
        np.clip(-drawn, 0, 255).astype(np.uint8),
    )


def _lit(picture: Picture, field: Any) -> Picture:
    high, wide = picture.shape
    whole = cv2.resize(field, (wide, high), interpolation=cv2.INTER_LINEAR)
    return _grey(cv2.multiply(picture, whole, scale=1 / 255))


def _turned(mark: Picture, degrees: float) -> Picture:
    high, wide = mark.shape
    side = int(np.hypot(high, wide)) + 2
    room = np.full((side, side), 255, np.uint8)
    y, x = (side - high) // 2, (side - wide) // 2
    room[y : y + high, x : x + wide] = mark
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), degrees, 1.0)
    return _grey(cv2.warpAffine(room, turn, (side, side), borderValue=255))


def _darkest(picture: Picture, mark: Picture, x: int, y: int) -> Picture:
    picture = picture.copy()
    high, wide = picture[y : y + mark.shape[0], x : x + mark.shape[1]].shape
    spot = np.s_[y : y + high, x : x + wide]
    picture[spot] = np.minimum(picture[spot], mark[:high, :wide])
    return picture


def _grey(picture: Any) -> Picture:
    """OpenCV types its answers loosely; they are bytes here."""
    return np.asarray(picture, np.uint8)
