"""Customers: who they are, the number their country knows them by, and when they pay.

One company has each number (`domain.legal_ids`) once. Which VAT they are charged is in
`domain.sales_vat`.
"""

from __future__ import annotations

import calendar
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta

from domain.sales import Address
from domain.suppliers import auxiliary_code

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


def electronic_address_of(country: str, legal_id: str) -> str:
    """Where e-invoices to a company go when nobody said otherwise; empty where numbers are not
    addresses.
    """
    scheme = _SCHEMES.get(country)
    return f"{scheme}:{legal_id}" if scheme and legal_id else ""


def customer_code(name: str, taken: Collection[str]) -> str:
    """The auxiliary code of a new customer: C and its name in capitals."""
    return auxiliary_code(name, taken, letter="C")
