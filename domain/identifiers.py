"""Identifiers that carry their own proof: check digits of accounts, companies and references.

Only the rules of the countries we keep books for, in full; arithmetic alone, no registry. Finding
and mending identifiers on paper is the work of `models.extraction`.
"""

from __future__ import annotations

import re

IBAN_LENGTHS = {
    "AD": 24, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18,
    "EE": 20, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28,
    "IE": 22, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31,
    "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27,
    "TN": 24, "MA": 28, "TR": 26, "AE": 23, "SA": 24, "IL": 23, "MU": 30, "SN": 28, "CI": 28,
}  # fmt: skip
LA_POSTE = "356000000"


def compact(identifier: str) -> str:
    """`identifier` without spaces and punctuation, in capitals."""
    return re.sub(r"[^0-9A-Z]", "", identifier.upper())


def iban_is_valid(iban: str) -> bool:
    """Length of the country and mod 97 = 1 (ISO 13616); national keys are not looked at."""
    text = compact(iban)
    if not re.fullmatch(r"[A-Z]{2}\d{2}[0-9A-Z]{11,30}", text):
        return False
    if len(text) != IBAN_LENGTHS.get(text[:2], len(text)):
        return False
    digits = "".join(str(int(c, 36)) for c in text[4:] + text[:4])
    return int(digits) % 97 == 1


def siren_is_valid(siren: str) -> bool:
    text = compact(siren)
    return bool(re.fullmatch(r"\d{9}", text)) and text != "000000000" and luhn(text)


def siret_is_valid(siret: str) -> bool:
    """Luhn over fourteen digits; the offices of La Poste, but not its seat, have a rule
    of their own.
    """
    text = compact(siret)
    if not re.fullmatch(r"\d{14}", text) or not siren_is_valid(text[:9]):
        return False
    if text.startswith(LA_POSTE) and text != LA_POSTE + "00048":
        return sum(map(int, text)) % 5 == 0
    return luhn(text)


def luhn(digits: str) -> bool:
    total = 0
    for order, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if order % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def french_vat_is_valid(vat_id: str) -> bool:
    """FR, a key of two signs and a SIREN; only numeric keys can be computed."""
    text = compact(vat_id)
    if not re.fullmatch(r"FR[0-9A-HJ-NP-Z]{2}\d{9}", text):
        return False
    siren = text[4:]
    if siren.startswith("000"):  # Monaco
        return True
    if not siren_is_valid(siren):
        return False
    if text[2:4].isdigit():
        return int(text[2:4]) == (12 + 3 * (int(siren) % 97)) % 97
    alphabet = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
    first, second = alphabet.index(text[2]), alphabet.index(text[3])
    number = first * 24 + second - 10 if first < 10 else first * 34 + second - 100
    return (int(siren) + 1 + number // 11) % 11 == number % 11


def belgian_enterprise_is_valid(number: str) -> bool:
    """Ten digits, the last two 97 minus the rest modulo 97; nine digits are the old form."""
    text = compact(number).removeprefix("BE")
    if len(text) == 9:
        text = "0" + text
    if not re.fullmatch(r"[01]\d{9}", text) or not int(text[:8]):
        return False
    return (int(text[:8]) + int(text[8:])) % 97 == 0


def belgian_reference_is_valid(reference: str) -> bool:
    """A structured communication such as ``+++010/8068/17183+++``."""
    digits = re.sub(r"\D", "", reference)
    return len(digits) == 12 and (int(digits[:10]) % 97 or 97) == int(digits[10:])


def swiss_uid_is_valid(uid: str) -> bool:
    """CHE and nine digits, the last one modulo 11."""
    digits = re.sub(r"\D", "", uid)
    if len(digits) != 9 or not compact(uid).startswith("CHE"):
        return False
    weights = (5, 4, 3, 2, 7, 6, 5, 4)
    check = 11 - sum(int(d) * w for d, w in zip(digits, weights, strict=False)) % 11
    return check != 10 and check % 11 == int(digits[8])


def swiss_reference_is_valid(reference: str) -> bool:
    """The 27 digits of a QR reference, modulo 10 recursive, or an ISO 11649 creditor reference."""
    text = compact(reference)
    if re.fullmatch(r"RF\d{2}[0-9A-Z]{1,21}", text):
        return int("".join(str(int(c, 36)) for c in text[4:] + text[:4])) % 97 == 1
    if not re.fullmatch(r"\d{27}", text):
        return False
    table, carry = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5), 0
    for digit in text[:-1]:
        carry = table[(carry + int(digit)) % 10]
    return (10 - carry) % 10 == int(text[-1])


def vat_id_is_valid(vat_id: str) -> bool | None:
    """Whether a VAT number can be; None for the countries whose rule is not known here."""
    text = compact(vat_id)
    if text.startswith("FR"):
        return french_vat_is_valid(text)
    if text.startswith("BE"):
        return belgian_enterprise_is_valid(text)
    if text.startswith("CHE"):
        return swiss_uid_is_valid(text[:12])
    return None
