"""The number that law gives a company: SIREN, UID or enterprise number, repaired before it is checked.

People copy them from anywhere and spreadsheets spoil them: leading zeros fall off, nine digits become
``7.3282932E8`` or ``732829320.0``, a SIRET or a VAT number stands in their place. What can be repaired
without doubt is; the check digits judge the result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from domain.identifiers import (
    belgian_enterprise_is_valid,
    compact,
    french_vat_is_valid,
    siren_is_valid,
    siret_is_valid,
    swiss_uid_is_valid,
)

_MOST_ZEROS = 3
"""Leading zeros that are put back: the oldest SIREN in use begin with three."""


class WrongLegalId(ValueError):  # noqa: N818 - it becomes a fault of a cell, as data
    """Why a legal number cannot be: a code, an English sentence, and what it speaks of."""

    def __init__(self, code: str, message: str, **values: Any) -> None:
        super().__init__(message)
        self.code, self.message, self.values = code, message, values


def legal_id_of(country: str, written: str) -> str:
    """The number as a customer keeps it: nine digits (FR), ``CHE123456789`` (CH), ten digits (BE), the
    bare letters and digits elsewhere; empty for nothing. WrongLegalId when it cannot be.
    """
    if not compact(written):
        return ""
    reader = _READERS.get(country)
    return reader(_digits_whole(written)) if reader else compact(written)[:20]


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
            raise WrongLegalId("vat_id_wrong", "The key of this VAT number is wrong.")
        return bare[4:]
    bare = bare.removeprefix("SIREN").removeprefix("SIRET")
    if not bare.isdecimal():
        raise WrongLegalId(
            "siren_digits", "A SIREN has nine digits.", digits=sum(map(str.isdecimal, bare))
        )
    if len(bare) == 14:
        if not siret_is_valid(bare):
            raise WrongLegalId("siret_wrong", "The check digit of this SIRET is wrong.")
        return bare[:9]
    if 9 - _MOST_ZEROS <= len(bare) < 9:
        bare = bare.zfill(9)
    if len(bare) != 9:
        raise WrongLegalId("siren_digits", "A SIREN has nine digits.", digits=len(bare))
    if not siren_is_valid(bare):
        raise WrongLegalId("siren_wrong", "The check digit of this SIREN is wrong.")
    return bare


@lru_cache(8192)
def _uid(text: str) -> str:
    bare = re.sub(r"(TVA|MWST|IVA|VAT|HR|RC)+$", "", compact(text))
    bare = bare.removeprefix("IDE").removeprefix("UID")
    if re.fullmatch(r"\d{9}", bare):
        bare = f"CHE{bare}"
    if not re.fullmatch(r"CHE\d{9}", bare):
        raise WrongLegalId("uid_digits", "A UID is CHE and nine digits.")
    if not swiss_uid_is_valid(bare):
        raise WrongLegalId("uid_wrong", "The check digit of this UID is wrong.")
    return bare


@lru_cache(8192)
def _enterprise_number(text: str) -> str:
    bare = compact(text).removeprefix("BE")
    if len(bare) == 9:
        bare = "0" + bare
    if not re.fullmatch(r"[01]\d{9}", bare):
        raise WrongLegalId("enterprise_digits", "An enterprise number has ten digits.")
    if not belgian_enterprise_is_valid(bare):
        raise WrongLegalId(
            "enterprise_wrong", "The check digits of this enterprise number are wrong."
        )
    return bare


_READERS: Mapping[str, Callable[[str], str]] = {
    "FR": _siren,
    "CH": _uid,
    "BE": _enterprise_number,
}
