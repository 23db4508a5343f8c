"""Strings from paper and from files, made harmless and comparable.

Every string that reaches us was written by somebody else: control characters, direction overrides
and endless lines are taken out here, once. `fold` makes two spellings of the same words equal.
"""

from __future__ import annotations

import functools
import re
import unicodedata

_SPACES = re.compile(r"\s+")
LONGEST = 500


def clean(text: str, longest: int = LONGEST) -> str:
    """`text` on one line, without control, format or private-use characters, cut at `longest`."""
    if text.isascii() and text.isprintable():  # most words by far
        if " " not in text:
            return text[:longest]
        return _SPACES.sub(" ", text).strip()[:longest]
    text = text.replace("\u2010", "-").replace("\u2011", "-")
    kept = "".join(
        c if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn") else " "
        for c in text[: longest * 4]
    )
    return _SPACES.sub(" ", kept).strip()[:longest]


@functools.lru_cache(maxsize=20_000)
def fold(text: str) -> str:
    """`text` without case, accents or typography, with one name for the sign of a number."""
    if text.isascii():  # most words by far
        return _SPACES.sub(" ", text.casefold().replace("`", "'")).strip()
    plain = unicodedata.normalize("NFKD", text.replace("°", "°").replace("№", "n°")).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = plain.replace("’", "'").replace("`", "'").replace("–", "-").replace("—", "-")
    return _SPACES.sub(" ", plain).strip()


@functools.lru_cache(maxsize=20_000)
def words(text: str) -> tuple[str, ...]:
    """The letters-and-digits words of a folded text."""
    return tuple(re.findall(r"[a-z0-9]+", fold(text)))


def as_words(text: str) -> frozenset[str]:
    """A set of words written as one line."""
    return frozenset(text.split())
