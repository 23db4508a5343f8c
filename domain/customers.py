"""Customers: who they are, the number their country knows them by, and when they pay.

The number (SIREN, UID, enterprise number) is repaired as spreadsheets spoil it, then checked; one
company has each number once. Which VAT they are charged is in `domain.sales_vat`.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from domain.identifiers import belgian_enterprise_is_valid, siren_is_valid, swiss_uid_is_valid
from domain.sales import Address
from domain.suppliers import auxiliary_code

LEGAL_IDS = {"FR": "siren", "CH": "uid", "BE": "enterprise_number"}
"""Country → the kind of number its companies have; others are kept as they are written."""
_SCHEMES = {"FR": "0225", "BE": "0208", "CH": "0183"}
"""Country → the scheme under which its numbers are electronic addresses (BT-34, BT-49)."""
LANGUAGES = ("fr", "en", "de")
DAYS_MOST = 120
_TERMS = {
    "fr": ("Paiement à réception", "Paiement à {} jours", " fin de mois"),
    "en": ("Due on receipt", "Payment within {} days", ", end of month"),
    "de": ("Zahlbar sofort", "Zahlbar innert {} Tagen", ", Monatsende"),
}
"""Language → at once, after days, what end of month adds."""


@dataclass(frozen=True, slots=True)
class Terms:
    """When an invoice is due: some days after it, or at the end of the month these lead to."""

    days: int = 30
    end_of_month: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.days <= DAYS_MOST:
            raise ValueError(f"terms are 0 to {DAYS_MOST} days")

    def due(self, issued_on: date) -> date:
        day = issued_on + timedelta(days=self.days)
        if not self.end_of_month:
            return day
        return day.replace(day=calendar.monthrange(day.year, day.month)[1])

    def words(self, language: str) -> str:
        """As an invoice says them."""
        at_once, days, month = _TERMS.get(language, _TERMS["en"])
        if not self.days and not self.end_of_month:
            return at_once
        return days.format(self.days) + (month if self.end_of_month else "")


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """A customer to be made: what is known of them."""

    name: str
    address: Address = field(default_factory=Address)
    legal_id: str = ""
    vat_id: str = ""
    email: str = ""
    electronic_address: str = ""
    terms: Terms = field(default_factory=Terms)
    language: str = "fr"


def legal_id_of(country: str, written: str) -> str:
    """A legal number in its compact form; ValueError when it cannot be.

    What spreadsheets make of numbers is repaired first: spaces, a trailing `.0`, an exponent, lost
    zeros at the front. A SIRET tells the SIREN, a VAT number the number that is in it.
    """
    text = re.sub(r"[\s\u00a0\u202f]", "", written).upper()
    if re.fullmatch(r"[0-9]+([.,][0-9]+)?(E\+?[0-9]+)?", text):
        text = _whole(text.replace(",", "."))
    bare = re.sub(r"[^0-9A-Z]", "", text)
    if not bare:
        return ""
    if country == "FR":
        bare = re.sub(r"^FR[0-9A-Z]{2}(?=[0-9]{9}$)", "", bare)
        siren = bare[:9] if len(bare) == 14 else bare.zfill(9)
        if siren_is_valid(siren) and (len(bare) <= 9 or len(bare) == 14):
            return siren
    elif country == "CH":
        found = re.fullmatch(r"(?:CHE)?([0-9]{9})(?:TVA|MWST|IVA|VAT|HR|RC)?", bare)
        if found and swiss_uid_is_valid(f"CHE{found[1]}"):
            return f"CHE{found[1]}"
    elif country == "BE":
        number = bare.removeprefix("BE").zfill(10)
        if belgian_enterprise_is_valid(number):
            return number
    else:
        return bare[:20]
    raise ValueError(f"no {LEGAL_IDS[country]}: {written[:40]!r}")


def _whole(number: str) -> str:
    try:
        value = Decimal(number)
    except InvalidOperation:
        return number
    return format(value.to_integral_value(), "f") if value == value.to_integral_value() else number


def electronic_address_of(country: str, legal_id: str) -> str:
    """Where e-invoices to a company go when nobody said otherwise; empty where numbers are not
    addresses.
    """
    scheme = _SCHEMES.get(country)
    return f"{scheme}:{legal_id}" if scheme and legal_id else ""


def customer_code(name: str, taken: Collection[str]) -> str:
    """The auxiliary code of a new customer: C and its name in capitals."""
    return auxiliary_code(name, taken, letter="C")
