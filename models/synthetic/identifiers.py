"""Identifiers drawn for invented companies: the check digits hold.

The numbers are drawn, not looked up; one may belong to somebody by accident, as a drawn telephone
number may.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from stdnum import luhn
from stdnum.at import uid as austrian
from stdnum.ie import vat as irish
from stdnum.iso7064 import mod_11_10, mod_97_10
from stdnum.it import iva
from stdnum.lu import tva as luxembourgish
from stdnum.nl import btw


def draw_digits(random: Random, count: int) -> str:
    return "".join(random.choices("0123456789", k=count))


def draw_siren(random: Random) -> str:
    start = random.choice("345789") + draw_digits(random, 7)
    return start + luhn.calc_check_digit(start)


def draw_siret(random: Random, siren: str) -> str:
    office = siren + "000" + draw_digits(random, 1)
    return office + luhn.calc_check_digit(office)


def french_vat_id(siren: str) -> str:
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


def draw_vat_id(random: Random, country: str) -> str | None:
    """A VAT number of a country other than France, without spaces; None where there is none."""
    if country == "CH":
        return _swiss(random)
    if country == "BE":
        start = "0" + random.choice("4567") + draw_digits(random, 6)
        return f"BE{start}{97 - int(start) % 97:02d}"
    if country == "DE":
        start = random.choice("123") + draw_digits(random, 7)
        return f"DE{start}{mod_11_10.calc_check_digit(start)}"
    if country == "AT":
        start = "U" + draw_digits(random, 7)
        return f"AT{start}{austrian.calc_check_digit(start)}"
    if country == "LU":
        start = random.choice("12") + draw_digits(random, 5)
        return f"LU{start}{luxembourgish.calc_check_digits(start)}"
    if country == "IE":
        start = "3" + draw_digits(random, 6)
        return f"IE{start}{irish.calc_check_digit(start)}"
    if country == "GB":
        start = random.choice("123456789") + draw_digits(random, 6)
        total = sum(int(c) * w for c, w in zip(start, range(8, 1, -1), strict=True))
        return f"GB{start}{97 - total % 97:02d}"
    if country == "NL":
        return _tried(lambda: f"NL{draw_digits(random, 9)}B01", btw.is_valid)
    if country == "IT":
        return _tried(lambda: f"IT{draw_digits(random, 7)}015{draw_digits(random, 1)}",
                      iva.is_valid)  # fmt: skip
    return None


def draw_iban(random: Random, country: str) -> str:
    account: str
    if country == "FR":
        head = draw_digits(random, 21)
        bank, branch, number = head[:5], head[5:10], head[10:]
        key = 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(number)) % 97
        account = f"{head}{key:02d}"
    elif country == "BE":
        head = draw_digits(random, 10)
        account = f"{head}{int(head) % 97 or 97:02d}"
    else:
        letters, digits = {
            "CH": ("", 17), "DE": ("", 18), "AT": ("", 16), "LU": ("", 16), "NL": ("RABO", 10),
            "GB": ("NCBA", 14), "IE": ("AIBK", 14), "IT": ("X", 22),
        }[country]  # fmt: skip
        account = letters + draw_digits(random, digits)
    return f"{country}{mod_97_10.calc_check_digits(account + country)}{account}"


def draw_qr_iban(random: Random) -> str:
    """A Swiss account that takes QR references: its bank number lies between 30000 and 31999."""
    account = f"3{random.choice('01')}{draw_digits(random, 15)}"
    return f"CH{mod_97_10.calc_check_digits(account + 'CH')}{account}"


def draw_qr_reference(random: Random) -> str:
    """Twenty-seven digits, the last by the recursive modulo 10 of Swiss payment slips."""
    table, carry = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5), 0
    start = draw_digits(random, 26)
    for c in start:
        carry = table[(carry + int(c)) % 10]
    return f"{start}{(10 - carry) % 10}"


def draw_structured_message(random: Random) -> str:
    """A Belgian structured communication, as printed."""
    start = draw_digits(random, 10)
    whole = f"{start}{int(start) % 97 or 97:02d}"
    return f"+++{whole[:3]}/{whole[3:7]}/{whole[7:]}+++"


def spaced(identifier: str) -> str:
    """An IBAN as it is printed, in fours."""
    return " ".join(identifier[i : i + 4] for i in range(0, len(identifier), 4))


def _swiss(random: Random) -> str:
    while True:
        start = random.choice("123") + draw_digits(random, 7)
        weights = (5, 4, 3, 2, 7, 6, 5, 4)
        check = 11 - sum(int(c) * w for c, w in zip(start, weights, strict=True)) % 11
        if check != 10:
            return f"CHE{start}{check % 11}"


def _tried(draw: Callable[[], str], valid: Callable[[str], bool]) -> str:
    while not valid(found := draw()):
        pass
    return found
