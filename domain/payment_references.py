"""References by which a payment finds its invoice: made where the country has some.

Belgium: a structured communication. Switzerland: a QR reference for a QR-IBAN, an ISO 11649 one for
any other Swiss account. Checking those on paper is in `domain.identifiers`.
"""

from __future__ import annotations

import re

from domain.identifiers import compact

_CARRY = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)


def payment_reference(country: str, iban: str, number: str, serial: int) -> str:
    """The reference of an invoice by its number; `serial` is that number as at most ten digits, of
    its own within the company. Empty where there is none.
    """
    account = compact(iban)
    if country == "BE":
        return _belgian(serial)
    if country == "CH" and account[:2] in ("CH", "LI"):
        return _qr(serial) if "30000" <= account[4:9] <= "31999" else _creditor(number)
    return ""


def serial_of(kind: int, year: int, number: int) -> int:
    """A kind of paper (1 to 9), a year and a number as ten digits."""
    return (kind * 100 + year % 100) * 10_000_000 + number


def _belgian(serial: int) -> str:
    digits = f"{serial % 10**10:010d}"
    digits += f"{int(digits) % 97 or 97:02d}"
    return f"+++{digits[:3]}/{digits[3:7]}/{digits[7:]}+++"


def _qr(serial: int) -> str:
    digits, carry = f"{serial:026d}", 0
    for digit in digits:
        carry = _CARRY[(carry + int(digit)) % 10]
    return f"{digits}{(10 - carry) % 10}"


def _creditor(number: str) -> str:
    body = re.sub(r"[^0-9A-Z]", "", number.upper())[-21:]
    value = int("".join(str(int(c, 36)) for c in f"{body}RF00"))
    return f"RF{98 - value % 97:02d}{body}"
