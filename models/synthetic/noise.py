"""Cheap OCR noise: what a reader makes of a worn page, without drawing, scanning and reading it.

Reading a page takes a third of a second, so training needs most of its faults from here: letters
taken for others, words torn apart, joined or lost, boxes a little off, confidence to match.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

from domain.text import Box, PageText, Word

LOOKALIKES = {
    "0": "OoD8", "1": "lI7|", "2": "Z7", "3": "8", "4": "A", "5": "S6", "6": "5G", "7": "1/",
    "8": "B3", "9": "g", "O": "0Q", "I": "l1", "l": "1I", "S": "5", "B": "8", "Z": "2", "G": "6",
    "é": "eè", "è": "eé", "ê": "e", "à": "a", "ç": "c", "ü": "ii", "ö": "o", "ä": "a", "ß": "B",
    "e": "c", "c": "e", "n": "u", "u": "n", "h": "b", "t": "f", "f": "t", "i": "l", "o": "0",
    ".": ",", ",": ".", ":": ".", "-": "_", "'": "`", "€": "EC", "°": "o", "/": "l",
}  # fmt: skip
FOLDED = {"rn": "m", "m": "rn", "cl": "d", "vv": "w", "w": "vv", "ll": "11"}


def noisy_words(random: Random, page: PageText, strength: float | None = None) -> PageText:
    """`page` as OCR would have read it. `strength` is the share of wrong letters, 0 to 0.1.

    Drawn when not given: most pages are read nearly well, few badly.
    """
    if strength is None:
        strength = min(0.1, random.expovariate(1 / 0.012))
    dx, dy = random.gauss(0, 0.002), random.gauss(0, 0.002)
    slant = random.gauss(0, 0.004)
    words: list[Word] = []
    for word in page.words:
        if random.random() < strength * 0.6:
            continue
        text, wrong = _misread(random, word.text, strength)
        box = _off(random, word.box, dx, dy + slant * (word.box.x0 - 0.5))
        sure = max(0.05, min(0.99, random.gauss(0.95 - 2 * strength - 0.3 * wrong, 0.05)))
        read = Word(text, box, sure, word.line)
        if words and words[-1].line == word.line and random.random() < strength * 0.4:
            before = words.pop()
            words.append(
                Word(before.text + text, Box.around((before.box, box)), min(before.confidence, sure),
                     word.line)
            )  # fmt: skip
        elif len(text) > 5 and random.random() < strength * 0.5:
            words.extend(_torn(random, read))
        else:
            words.append(read)
    return replace(
        page,
        words=tuple(words + list(_specks(random, page, strength))),
        source="ocr",
        ink=page.ink or 0.05,
        reader="noise",
    )


def misread(random: Random, text: str, strength: float) -> str:
    """A word as a poor reader has it."""
    return _misread(random, text, strength)[0]


def _misread(random: Random, text: str, strength: float) -> tuple[str, bool]:
    if random.random() > strength * max(1, len(text)):
        return text, False
    at = random.randrange(len(text))
    for pair, other in FOLDED.items():
        if text.startswith(pair, at) and random.random() < 0.5:
            return text[:at] + other + text[at + len(pair) :], True
    letter = text[at]
    if random.random() < 0.12 and len(text) > 1:
        return text[:at] + text[at + 1 :], True
    other = random.choice(LOOKALIKES.get(letter, letter))
    return text[:at] + other + text[at + 1 :], other != letter


def _off(random: Random, box: Box, dx: float, dy: float) -> Box:
    jitter = [random.gauss(0, 0.0006) for _ in range(4)]
    return Box.clipped(
        box.x0 + dx + jitter[0], box.y0 + dy + jitter[1],
        box.x1 + dx + jitter[2], box.y1 + dy + jitter[3],
    )  # fmt: skip


def _torn(random: Random, word: Word) -> tuple[Word, Word]:
    at = random.randrange(2, len(word.text) - 1)
    middle = word.box.x0 + (word.box.x1 - word.box.x0) * at / len(word.text)
    left = replace(word.box, x1=middle)
    right = replace(word.box, x0=middle)
    return replace(word, text=word.text[:at], box=left), replace(
        word, text=word.text[at:], box=right
    )


def _specks(random: Random, page: PageText, strength: float) -> list[Word]:
    """Dirt, rules and logos that were read as letters, on lines of their own."""
    line = max((word.line for word in page.words), default=0)
    found = []
    for _ in range(int(random.random() * strength * 120)):
        x, y = random.uniform(0.02, 0.95), random.uniform(0.02, 0.97)
        line += 1
        text = random.choice((".", "|", "-", "~", "_", "'", "=", "ll", "i", ":", "\\", "7"))
        found.append(Word(text, Box(x, y, x + 0.01, y + 0.01), random.uniform(0.1, 0.6), line))
    return found
