"""What a seller says on every invoice, and the words that law wants beside it.

In France the three sentences about late payment stand on the page and in the e-invoice under their
codes (BR-FR-05); elsewhere a seller prints what it chose to. All of it in the customer's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from domain.money import cents
from domain.sales import Nature, SalesInvoice
from domain.sales_vat import SalesTreatment
from service.papers.wording import Wording


@dataclass(frozen=True, slots=True)
class Terms:
    """The seller's settings that show on its papers."""

    treatments: Mapping[str, SalesTreatment]
    """Of the seller's country, by key."""
    exemption: str = ""
    """Which law exempts its exempt sales."""
    late_rate: str = ""
    """Of penalties, as written: `12 % par an`; empty: what law has where nothing was agreed."""
    discount: str = ""
    """For early payment; empty: none."""
    on_debits: bool = False
    """France: VAT on services is due with the invoice, which says so."""
    register: str = ""
    """Where the seller is registered: `RCS Lyon`."""
    more: tuple[str, ...] = ()
    """Further sentences at the foot: insurance, approved body, retention of title."""
    books_currency: str = ""
    """Where VAT is owed in another currency than the invoice's."""
    books_rate: Decimal | None = None
    """What one unit of the invoice's currency is in `books_currency` that day."""

    def vat_in_books(self, invoice: SalesInvoice) -> tuple[str, Decimal] | None:
        """The currency VAT is owed in and its amount, where the invoice has another (BT-111)."""
        currency = self.books_currency
        if not currency or currency == invoice.currency:
            return None
        if not invoice.vat_total:
            return currency, cents(Decimal(0))
        if self.books_rate is None:
            raise ValueError(f"VAT is owed in {currency}: its rate of the day is needed")
        return currency, cents(invoice.vat_total * self.books_rate)


@dataclass(frozen=True, slots=True)
class Note:
    code: str
    """UNTDID 4451 as BR-FR uses it; empty for what has none."""
    text: str


def notes(invoice: SalesInvoice, terms: Terms) -> tuple[Note, ...]:
    """The sentences of law and of the seller, in the order they are printed."""
    say = Wording(invoice.language, invoice.seller.address.country)
    found = []
    if invoice.seller.address.country == "FR":
        late = say("late", rate=terms.late_rate or say("late_default"))
        found += [Note("PMD", late), Note("PMT", say("recovery"))]
        found.append(Note("AAB", terms.discount or say("no_discount")))
        if terms.on_debits:
            found.append(Note("TXD", say("on_debits")))
    else:
        found += [Note("", text) for text in (terms.late_rate, terms.discount) if text]
    return (*found, *(Note("", text) for text in terms.more))


def reasons(invoice: SalesInvoice, terms: Terms) -> tuple[str, ...]:
    """Why no VAT is charged where none is, each once."""
    found = (
        terms.treatments[part.treatment].mention(invoice.language, terms.exemption)
        for part in invoice.vat
        if part.treatment in terms.treatments
    )
    return tuple(dict.fromkeys(text for text in found if text))


def natures(invoice: SalesInvoice) -> str:
    """`goods`, `services` or `mixed`: the category of the operation."""
    found = {line.nature for line in invoice.lines}
    return "mixed" if len(found) > 1 else "goods" if found == {Nature.GOODS} else "services"
