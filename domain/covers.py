"""Sheets that people lay between documents: they part a stack, and may say what follows.

A bought separator carries the barcode PATCHT and says no more than “here begins another”. Our own
cover sheet carries a QR code that also names the company and the category of what follows:

    BANNETTE1;company=cmp_01J…;category=purchase_invoice

Such a sheet is nobody's document: it is set aside and forces a cut. What it says comes from paper,
so that whoever acts on it checks that the company is one of the organisation's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, unquote

from domain.text import PageText

MARK = "BANNETTE1"
PATCH = re.compile(r"PATCH[ -]?T", re.IGNORECASE)
MOST_WORDS = 120
"""A page that says more than this is a document, whatever code is printed on it."""
LONGEST_VALUE = 100


@dataclass(frozen=True, slots=True)
class Separator:
    """What a separating sheet says of the documents behind it; nothing for a bought one."""

    company: str | None = None
    """Id of a company, as the sheet claims."""
    category: str | None = None

    def to_code(self) -> str:
        """The text of the QR code that says this."""
        said = (("company", self.company), ("category", self.category))
        return ";".join((MARK, *(f"{name}={quote(v, safe='')}" for name, v in said if v)))

    @classmethod
    def from_code(cls, text: str) -> Self | None:
        """What a code says; None when it is no separator's. Words we do not know are passed over,
        so that an older version reads the sheets of a newer one.
        """
        if PATCH.fullmatch(text.strip()):
            return cls()
        mark, *parts = text.strip().split(";")
        if mark != MARK:
            return None
        said = dict(part.partition("=")[::2] for part in parts)
        return cls(_value(said.get("company")), _value(said.get("category")))


def separator(page: PageText) -> Separator | None:
    """The separator that `page` is, or None for a page of a document."""
    if len(page.words) > MOST_WORDS:
        return None
    found = [s for code in page.codes if (s := Separator.from_code(code.text)) is not None]
    # A cover sheet that also carries a patch code says more than the patch.
    return max(
        found, key=lambda s: (s.company is not None) + (s.category is not None), default=None
    )


def _value(text: str | None) -> str | None:
    value = unquote(text or "").strip()
    return value if value and len(value) <= LONGEST_VALUE and value.isprintable() else None
