"""The number that names a customer in a spreadsheet, repaired before it is checked.

Spreadsheets spoil identifiers: leading zeros fall off, nine digits become ``7.3282932E8`` or
``732829320.0``. What can be repaired without doubt is; the check digits judge the result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from domain.identifiers import (
    belgian_enterprise_is_valid,
    compact,
    french_vat_is_valid,
    siren_is_valid,
    siret_is_valid,
    swiss_uid_is_valid,
)
from domain.spreadsheets.cells import Cell, Wrong, words_of

_MOST_ZEROS = 3
"""Leading zeros that are put back: the oldest SIREN in use begin with three."""


def legal_id_of(cell: Cell, country: str) -> tuple[str, bool]:
    """The identifier that companies of `country` have, as a customer keeps it, and whether it had
    to be repaired: SIREN (FR), UID as ``CHE123456789`` (CH), enterprise number in ten digits (BE).
    """
    if isinstance(cell, Decimal) and cell != cell.to_integral_value():
        raise Wrong("number_instead", "This is a number, not an identifier.")
    text = str(int(cell)) if isinstance(cell, Decimal) else words_of(cell, 60)
    found = _READERS[country](_digits_whole(text))
    return found, found != compact(text)


def _digits_whole(text: str) -> str:
    """`text` without what a number brought along: a decimal part of zeros, an exponent."""
    text = text.strip().replace("\u00a0", " ").replace("\u202f", " ")
    if text.isdecimal():
        return text
    if re.fullmatch(r"[\d ]+[.,]0+", text):
        return re.split(r"[.,]", text)[0]
    if re.fullmatch(r"\d(?:[.,]\d+)?[eE]\+?\d{1,2}", text):
        try:
            number = Decimal(text.replace(",", "."))
        except InvalidOperation:
            return text
        if number == number.to_integral_value():
            return f"{number:f}".split(".")[0]
    return text


@lru_cache(8192)
def _siren(text: str) -> str:
    bare = compact(text)
    if re.fullmatch(r"FR[0-9A-Z]{2}\d{9}", bare):
        if not french_vat_is_valid(bare):
            raise Wrong("vat_id_wrong", "The key of this VAT number is wrong.")
        return bare[4:]
    bare = bare.removeprefix("SIREN").removeprefix("SIRET")
    if not bare.isdecimal():
        raise Wrong(
            "siren_digits", "A SIREN has nine digits.", digits=sum(map(str.isdecimal, bare))
        )
    if len(bare) == 14:
        if not siret_is_valid(bare):
            raise Wrong("siret_wrong", "The check digit of this SIRET is wrong.")
        return bare[:9]
    if 9 - _MOST_ZEROS <= len(bare) < 9:
        bare = bare.zfill(9)
    if len(bare) != 9:
        raise Wrong("siren_digits", "A SIREN has nine digits.", digits=len(bare))
    if not siren_is_valid(bare):
        raise Wrong("siren_wrong", "The check digit of this SIREN is wrong.")
    return bare


@lru_cache(8192)
def _uid(text: str) -> str:
    bare = re.sub(r"(TVA|MWST|IVA|VAT|HR|RC)+$", "", compact(text))
    bare = bare.removeprefix("IDE").removeprefix("UID")
    if re.fullmatch(r"\d{9}", bare):
        bare = f"CHE{bare}"
    if not re.fullmatch(r"CHE\d{9}", bare):
        raise Wrong("uid_digits", "A UID is CHE and nine digits.")
    if not swiss_uid_is_valid(bare):
        raise Wrong("uid_wrong", "The check digit of this UID is wrong.")
    return bare


@lru_cache(8192)
def _enterprise_number(text: str) -> str:
    bare = compact(text).removeprefix("BE")
    if len(bare) == 9:
        bare = "0" + bare
    if not re.fullmatch(r"[01]\d{9}", bare):
        raise Wrong("enterprise_digits", "An enterprise number has ten digits.")
    if not belgian_enterprise_is_valid(bare):
        raise Wrong("enterprise_wrong", "The check digits of this enterprise number are wrong.")
    return bare


_READERS: Mapping[str, Callable[[str], str]] = {
    "FR": _siren,
    "CH": _uid,
    "BE": _enterprise_number,
}
