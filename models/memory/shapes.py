"""What a printed value looks like, as a shape that a similar value fits.

`F-2026/0012` has the shape ``F-#4/#4``: runs of digits become ``#n`` with their length, spaces
``_``, letters stay. A shape is data from paper: it becomes a regular expression only here, with
everything else escaped and every repetition bounded.
"""

from __future__ import annotations

import functools
import re

MOST = 60
"""Longer values are prose, not references."""
_RUN = re.compile(r"\d+|[^\W\d_]+|\s+|.", re.DOTALL)
_PART = re.compile(r"#(\d{1,2})|(_)|\\(.)|([^\W\d_]+)|(.)", re.DOTALL)


def shape_of(printed: str) -> str:
    """The shape of a value as printed; empty for one that is too long to have any."""
    if len(printed) > MOST:
        return ""
    parts = []
    for run in _RUN.findall(printed.strip()):
        if run.isdecimal():
            parts.append(f"#{len(run)}")
        elif run.isspace():
            parts.append("_")
        else:
            parts.append(f"\\{run}" if run in "#_\\" else run)
    return "".join(parts)


@functools.lru_cache(maxsize=4_096)
def pattern_of(shape: str, *, any_letters: bool = False) -> re.Pattern[str]:
    """What fits a shape: numbers may have grown or shrunk by a few digits, and with `any_letters`
    the letters may be others.
    """
    parts = []
    for digits, space, escaped, letters, other in _PART.findall(shape):
        if digits:
            parts.append(rf"\d{{{max(1, int(digits) - 3)},{int(digits) + 3}}}")
        elif space:
            parts.append(r"\s{1,3}")  # never none: runs of digits must not touch
        elif letters and any_letters:
            parts.append(rf"[^\W\d_]{{1,{len(letters) + 2}}}")
        else:
            parts.append(re.escape(escaped or letters or other))
    return re.compile(rf"(?<![^\W_]){''.join(parts)}(?![^\W_])", re.IGNORECASE)
