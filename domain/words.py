"""Words as they are compared: without case, accents or punctuation.

Whole tokens only: "bar" is not found in "barre", "Free" not in "freelance".
"""

from __future__ import annotations

import unicodedata


def folded(text: str) -> str:
    """`text` in lower-case tokens of letters and digits, one space between and around them.

    The spaces around make ``folded(phrase) in folded(text)`` a search for whole tokens. A phrase
    of nothing but punctuation folds to one space and must be dropped by the caller.
    """
    bare = "".join(
        ch for ch in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(ch)
    )
    tokens = "".join(ch if ch.isalnum() else " " for ch in bare).split()
    return f" {' '.join(tokens)} "


def holds(folded_text: str, needle: str) -> bool:
    """Whether a folded phrase stands in a folded text, its last word perhaps in the plural."""
    bare = needle.rstrip()
    return needle in folded_text or f"{bare}s " in folded_text or f"{bare}x " in folded_text


def found(phrases: tuple[str, ...], folded_text: str) -> str | None:
    """The first of `phrases` that stands in a folded text, or None."""
    for phrase in phrases:
        needle = folded(phrase)
        if needle.strip() and holds(folded_text, needle):
            return phrase
    return None
