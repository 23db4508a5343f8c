"""What differs from country to country: charts, VAT treatments, the accounts posting uses.

Account numbers mean nothing without their country (411 is customers in France and recoverable VAT
in Belgium), so everything that touches one goes through the company's `Country`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Literal, get_args

from domain.accounts import Chart, read_chart
from domain.bank_meanings import Banking, read_banking
from domain.closing import ClosingAccounts
from domain.errors import Invalid
from domain.sales_vat import SalesTreatment, read_sales_treatments
from domain.vat import Mode, VatTreatment, read_treatments
from domain.vat_return import Box, VatForm, read_boxes

CODES = ("FR", "CH", "BE")


@dataclass(frozen=True, slots=True)
class VatKeys:
    """The treatment of each situation of the decision order, by its role there."""

    by_rate: Mapping[Decimal, str]
    franchise: str
    exempt: str
    outside: str
    foreign_charged: str
    eu_goods: str
    eu_services: str
    other_services: str
    other_goods: str
    reverse_charge: str
    reverse_charge_works: str
    margin: str
    import_tax: str | None = None
    """Where a forwarder bills the VAT of an import on; importers may have to declare it."""


PaidBy = Literal["cash", "employee", "owner"]
"""Who paid a purchase at once; a card of the company pays its supplier like a transfer."""
PAID_BY: tuple[PaidBy, ...] = get_args(PaidBy)


@dataclass(frozen=True, slots=True)
class Country:
    code: str
    currency: str
    zone: str
    """Where its days begin: a name of the IANA time zone database."""
    in_eu: bool
    chart: Chart
    treatments: Mapping[str, VatTreatment]
    vat_keys: VatKeys
    payable: str
    asset_payable: str
    asset_prefixes: tuple[str, ...]
    input_vat: tuple[tuple[tuple[str, ...], str], ...]
    """(prefixes of the debited account, input VAT account), the first that fits; () fits all."""
    result_classes: str
    """First digits of the accounts that make the result of a year and begin the next at nothing."""
    rounding_loss: str
    rounding_gain: str
    rounding_limit: Decimal
    """Per VAT rate: what a printed total may differ by and still be rounding."""
    goods_prefixes: tuple[str, ...]
    banking: Banking
    exchange_loss: str
    exchange_gain: str
    """Where a payment in another currency differs from what its invoice was booked at."""
    deposits: str
    """Where a deposit paid to a supplier stands, net of its VAT, until it is deducted."""
    sales_treatments: Mapping[str, SalesTreatment]
    deposits_received: str
    """Where a deposit of a customer stands, net of its VAT, until the final invoice."""
    paid_from: Mapping[PaidBy, tuple[str, str]]
    """Who paid at once → the account credited instead of the supplier's, and the journal."""
    quotes_books: bool
    """Whether exchange rates are said as one unit of another currency in ours (Swiss usage), or as
    ours in the other (that of the ECB)."""
    closing: ClosingAccounts
    vat_form: VatForm
    works_prefixes: tuple[str, ...] = ()
    pending_vat: str | None = None
    """Where the VAT on services waits for their payment, if a company deducts it only then."""
    credit_note_vat: str | None = None
    """Where the VAT of a credit note received goes, if not back to the input VAT account."""
    refinements: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Account prefix → treatments that the words of a document may call for, in this order."""

    def is_asset(self, account: str) -> bool:
        return account.startswith(self.asset_prefixes)

    def payable_for(self, account: str) -> str:
        return self.asset_payable if self.is_asset(account) else self.payable

    def waits_for_payment(self, treatment: VatTreatment, account: str) -> bool:
        """Whether what a supplier charges is only deductible once paid: services, unless the
        supplier opted otherwise.
        """
        goods = self.is_asset(account) or account.startswith(self.goods_prefixes)
        return treatment.mode is Mode.DEDUCTED and account[:1] == "6" and not goods

    def vat_once_paid(self, treatment: str, *, is_sale: bool) -> tuple[str, str]:
        """(where VAT goes once it is paid, where it waited) of a purchase or a sale."""
        if not is_sale:
            return self.input_vat_for("6"), self.pending_vat or ""
        sold = self.sales_treatments.get(treatment)
        if sold is None:
            return self.vat_form.collected, self.pending_vat or ""
        return sold.vat_account, sold.pending_account or self.pending_vat or ""

    def input_vat_for(self, account: str) -> str:
        return next(
            vat for prefixes, vat in self.input_vat if not prefixes or account.startswith(prefixes)
        )


@cache
def country(code: str) -> Country:
    """The country of a company; Invalid when we do not keep books there."""
    if code not in CODES:
        raise Invalid(f"No chart of accounts for the country “{code}”.", advice="Use FR, CH or BE.")
    built: Country = import_module(f"domain.countries.{code.lower()}").COUNTRY
    return built


def chart_of(folder: Path) -> Chart:
    return read_chart(folder / "accounts.csv")


def banking_of(folder: Path) -> Banking:
    return read_banking(folder / "bank.csv")


def boxes_of(folder: Path) -> Mapping[str, Box]:
    return read_boxes(folder / "vat_boxes.csv")


def treatments_of(folder: Path) -> Mapping[str, VatTreatment]:
    return read_treatments(folder / "vat.csv")


def sales_treatments_of(folder: Path) -> Mapping[str, SalesTreatment]:
    return read_sales_treatments(folder / "sales_vat.csv")
