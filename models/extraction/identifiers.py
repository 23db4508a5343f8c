"""IBAN, VAT numbers, SIREN, SIRET and the rest, found on rows and judged by their check digits.

A reading error is mended when exactly one exchange of a look-alike letter (O for 0, I for 1, S for 5,
B for 8) makes the check digits right; otherwise the value stays as it is and says it is doubtful.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stdnum.eu import vat as eu_vat
from stdnum.gb import vat as gb_vat
from stdnum.in_ import gstin

from domain.identifiers import (
    IBAN_LENGTHS,
    belgian_enterprise_is_valid,
    compact,
    iban_is_valid,
    siren_is_valid,
    siret_is_valid,
    swiss_uid_is_valid,
    vat_id_is_valid,
)
from models.extraction.rows import Row, Sheet

LOOKALIKES = {
    "O": "0", "Q": "0", "D": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "B": "8", "G": "6",
}  # fmt: skip
"""Letters that stand where a digit was printed; the other way would make too many right."""
_SEP = r"[ .\-\u00a0]{0,2}"
_IBAN = re.compile(
    r"(?<![A-Za-z0-9])(?=([A-Z]{2}[0-9OISB]{2}(?:[ \u00a0\-.]{0,2}[0-9A-Z]){10,30}))"
)
_VAT = {
    "FR": rf"FR{_SEP}[0-9A-Z]{{2}}{_SEP}\d{{3}}{_SEP}\d{{3}}{_SEP}\d{{3}}",
    "BE": rf"BE{_SEP}[01]?{_SEP}\d{{3}}{_SEP}\d{{3}}{_SEP}\d{{3}}",
    "CHE": rf"CHE{_SEP}\d{{3}}{_SEP}\d{{3}}{_SEP}\d{{3}}",
    "DE": rf"DE{_SEP}\d{{3}}{_SEP}\d{{3}}{_SEP}\d{{3}}",
    "NL": rf"NL{_SEP}\d{{9}}{_SEP}[B8]{_SEP}\d{{2}}|NL{_SEP}\d{{4}}\.?\d{{2}}\.?\d{{3}}{_SEP}B\.?\d{{2}}",
    "GB": rf"GB{_SEP}\d{{3}}{_SEP}\d{{4}}{_SEP}\d{{2}}",
    "LU": rf"LU{_SEP}\d{{8}}",
    "AT": rf"ATU{_SEP}\d{{8}}",
    "IT": rf"IT{_SEP}\d{{11}}",
    "ES": rf"ES{_SEP}[A-Z0-9]\d{{7}}[A-Z0-9]",
    "PT": rf"PT{_SEP}\d{{9}}",
    "IE": rf"IE{_SEP}\d[0-9A-Z]\d{{5}}[A-Z]{{1,2}}",
    "PL": rf"PL{_SEP}\d{{10}}",
    "SE": rf"SE{_SEP}\d{{12}}",
    "DK": rf"DK{_SEP}\d{{8}}",
    "CZ": rf"CZ{_SEP}\d{{8,10}}",
    "EL": rf"EL{_SEP}\d{{9}}",
    "FI": rf"FI{_SEP}\d{{8}}",
    "HU": rf"HU{_SEP}\d{{8}}",
    "RO": rf"RO{_SEP}\d{{6,10}}",
    "BG": rf"BG{_SEP}\d{{9,10}}",
    "HR": rf"HR{_SEP}\d{{11}}",
    "SI": rf"SI{_SEP}\d{{8}}",
    "SK": rf"SK{_SEP}\d{{10}}",
    "EE": rf"EE{_SEP}\d{{9}}",
    "LV": rf"LV{_SEP}\d{{11}}",
    "LT": rf"LT{_SEP}\d{{9}}(?:\d{{3}})?",
    "MT": rf"MT{_SEP}\d{{8}}",
    "CY": rf"CY{_SEP}\d{{8}}[A-Z]",
    "IN": r"\d{2}[A-Z]{5}\d{4}[A-Z][0-9A-Z]Z[0-9A-Z]",
}
_SELDOM = frozenset({"EL", "FI", "HU", "RO", "BG", "HR", "SI", "SK", "EE", "LV", "LT", "MT", "CY"})
"""Prefixes that stand before other numbers more often than before these: only if they check."""
_ANY_VAT = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    + "|".join(f"(?P<{k}>{v})" for k, v in _VAT.items())
    + r")(?![A-Za-z0-9])"
)
_VAT_WORD = re.compile(
    r"\b(?:VAT|TVA|U(?:ms)?St|MwSt|BTW|IVA)\b[^\d:#]{0,26}[:#.]?\s{0,2}$|\bUSt-?Id\W{0,3}(?:Nr)?\W{0,3}$",
    re.IGNORECASE,
)
_LOOSE_VAT = re.compile(
    r"(?<![A-Za-z0-9])(?:FR|BE|DE|NL|LU|AT|IT|ES|CHE|GB)(?:[ .\-]{0,2}[0-9A-Z]){8,12}(?![A-Za-z0-9])"
)
_BARE_VAT = re.compile(
    r"(?<![\d.,])(?:\d{3} ?\d{4} ?\d{2}|[01]?\d{3}[. ]\d{3}[. ]\d{3})(?![\d.,]?\d)"
)
_RIB = re.compile(r"(?<!\d)(\d{5})\s{1,2}(\d{5})\s{1,2}([0-9A-Z]{11})\s{1,2}(\d{2})(?!\d)")
_SIREN = re.compile(
    r"(?<![\d.,])(\d{3}[ .\u00a0]?\d{3}[ .\u00a0]?\d{3})(?:([ .\u00a0]{0,2})(\d{5}|\d{3} \d{2}))?(?![\d.,]\d|\d)"
)
_SIREN_WORDS = re.compile(
    r"siren|siret|rcs|r\.c\.s|rsc\b|registre du commerce|naf|ape\b|capital", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Identifier:
    """`kind` is iban, vat_id, siren, siret or uid; `valid` None when no rule could judge it."""

    kind: str
    value: str
    row: Row
    start: int
    end: int
    valid: bool | None
    mended: bool = False

    @property
    def confidence(self) -> float:
        if self.valid is None:
            return 0.8
        return (0.93 if self.mended else 0.98) if self.valid else 0.45


def find_identifiers(sheet: Sheet) -> list[Identifier]:
    found: list[Identifier] = []
    for row in sheet.rows:
        if sum(map(str.isdigit, row.text)) < 7:
            continue
        scanned = sheet.pages[row.page].source == "ocr"
        taken: list[tuple[int, int]] = []
        for identifier in itertools.chain(
            _ibans(row, mend=scanned),
            _ribs(row),
            _vat_ids(row, mend=scanned),
            _named_vat_ids(row, mend=scanned),
            _sirens(row),
        ):
            if not any(identifier.start < b and a < identifier.end for a, b in taken):
                found.append(identifier)
                taken.append((identifier.start, identifier.end))
    return found


def _ibans(row: Row, *, mend: bool) -> Iterator[Identifier]:
    text = row.text
    reached = 0
    for match in _IBAN.finditer(text.upper() if mend else text):
        start = match.start(1)
        length = IBAN_LENGTHS.get(match[1][:2])
        if length is None or start < reached:
            continue
        taken, end = "", start
        for offset, sign in enumerate(match[1]):
            if len(taken) == length:
                break
            if sign.isalnum():
                taken += sign
                end = start + offset + 1
        # What only looks like an account is one when the word IBAN says so.
        named = bool(re.search(r"iban\W{0,6}(?:nr\W{0,4})?$", text[:start], re.IGNORECASE))
        valid = len(taken) == length and iban_is_valid(taken)
        repaired = None
        if not valid and mend and len(taken) == length:
            repaired = mended(taken, iban_is_valid, fixed=2)
        if repaired is not None:
            yield Identifier("iban", repaired, row, start, end, valid=True, mended=True)
        elif valid or (named and len(taken) >= length - 6) or text[start:end] == taken:
            yield Identifier("iban", taken, row, start, end, valid=valid)
        else:
            continue
        reached = end


def _ribs(row: Row) -> Iterator[Identifier]:
    """French accounts in the old notation, bank, branch, account and key, as the IBAN they are."""
    for match in _RIB.finditer(row.text):
        account = "".join(match.groups())
        digits = "".join(c if c.isdigit() else _RIB_DIGITS[c] for c in account)
        if int(digits) % 97 == 0:
            key = 98 - int("".join(str(int(c, 36)) for c in account + "FR00")) % 97
            iban = f"FR{key:02d}{account}"
            yield Identifier("iban", iban, row, match.start(), match.end(), valid=True)


_RIB_DIGITS = {
    letter: str(1 + order % 9 + (order >= 18))
    for order, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}


def _named_vat_ids(row: Row, *, mend: bool) -> Iterator[Identifier]:
    """Numbers that a word calls a VAT number: without their country, in no shape that is known,
    or damaged by OCR.
    """
    for match in _LOOSE_VAT.finditer(row.text):
        value = compact(match[0])
        start, end = match.span()
        prefix = 3 if value.startswith("CHE") else 2
        repaired = mended(value, lambda v: _vat_valid(v) is True, fixed=prefix) if mend else None
        if repaired:
            kind = "uid" if prefix == 3 else "vat_id"
            yield Identifier(kind, repaired, row, start, end, valid=True, mended=True)
        elif _VAT_WORD.search(row.text[:start]) and sum(map(str.isdigit, value)) >= 8:
            yield Identifier("vat_id", value, row, start, end, valid=_vat_valid(value) is True)
    for match in _BARE_VAT.finditer(row.text):
        if not _VAT_WORD.search(row.text[: match.start()]):
            continue
        value = compact(match[0])
        if gb_vat.is_valid(value):
            yield Identifier("vat_id", f"GB{value}", row, match.start(), match.end(), valid=True)
        elif belgian_enterprise_is_valid(value):
            value = f"BE{value:0>10}"
            yield Identifier("vat_id", value, row, match.start(), match.end(), valid=True)


def _vat_ids(row: Row, *, mend: bool) -> Iterator[Identifier]:
    for match in _ANY_VAT.finditer(row.text):
        value = compact(match[0])
        if match.lastgroup in _SELDOM and not _vat_valid(value):
            continue
        if match.lastgroup == "CHE":
            valid = swiss_uid_is_valid(value)
            yield Identifier("uid", value, row, match.start(), match.end(), valid=valid)
            continue
        if match.lastgroup == "NL":
            value = f"{value[:11]}B{value[12:]}"
        if match.lastgroup == "BE" and len(value) == 11:
            value = "BE0" + value[2:]
        checked = _vat_valid(value)
        repaired = (
            mended(value, lambda v: _vat_valid(v) is True, fixed=2)
            if mend and not checked
            else None
        )
        yield Identifier(
            "vat_id", repaired or value, row, match.start(), match.end(), checked or bool(repaired),
            mended=repaired is not None,
        )  # fmt: skip


def _vat_valid(value: str) -> bool | None:
    known = vat_id_is_valid(value)
    if known is not None:
        return known
    if value.startswith("GB"):
        return bool(gb_vat.is_valid(value))
    if value[:1].isdigit():
        return bool(gstin.is_valid(value))
    return bool(eu_vat.is_valid(value))


def _sirens(row: Row) -> Iterator[Identifier]:
    named = bool(_SIREN_WORDS.search(row.text))
    for match in _SIREN.finditer(row.text):
        siren = compact(match[1])
        if match[3]:
            siret = siren + compact(match[3])
            if siret_is_valid(siret) or (named and "siret" in row.text.lower()):
                yield Identifier(
                    "siret", siret, row, match.start(), match.end(), siret_is_valid(siret)
                )
                continue
        before = row.text[: match.start()][-28:]
        if _SIREN_WORDS.search(before) and not re.search(
            r"capital|t[ée]l|fax", before[-10:], re.IGNORECASE
        ):
            valid = siren_is_valid(siren)
            yield Identifier("siren", siren, row, match.start(), match.end(1), valid)


def mended(text: str, valid: Callable[[str], bool], *, fixed: int = 0, most: int = 2) -> str | None:
    """The only text that passes `valid` after exchanging at most `most` look-alike signs."""
    places = [i for i in range(fixed, len(text)) if text[i] in LOOKALIKES]
    for count in range(1, most + 1):
        good: set[str] = set()
        for chosen in itertools.islice(itertools.combinations(places, count), 300):
            signs = list(text)
            for place in chosen:
                signs[place] = LOOKALIKES[signs[place]]
            candidate = "".join(signs)
            if valid(candidate):
                good.add(candidate)
        if len(good) == 1:
            return good.pop()
        if good:
            return None
    return None
