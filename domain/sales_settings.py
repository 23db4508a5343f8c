"""How a company sells: its address and mentions on paper, its series of numbers, when VAT is due.

Part of what a company chose; what is on an invoice once it was finalised stays as it was then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from domain.errors import Invalid
from domain.identifiers import compact, iban_is_valid
from domain.journal import plain_text
from domain.sales import InvoiceKind

ON_RECEIPTS, ON_DEBITS = "on_receipts", "on_debits"
_PREFIX = re.compile(r"[A-Z0-9][A-Z0-9/_-]{0,11}")
_JOURNAL = re.compile(r"[A-Z0-9]{2,5}")
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class SalesSettings:
    street: str = ""
    more: str = ""
    postcode: str = ""
    city: str = ""
    legal_form: str = ""
    """Form and capital, e.g. `SARL au capital de 10 000 €`."""
    register: str = ""
    """Where it is registered, e.g. `RCS Lyon`."""
    email: str = ""
    phone: str = ""
    electronic_address: str = ""
    iban: str = ""
    bic: str = ""
    penalty_rate: str = "3 fois le taux d'intérêt légal"
    discount_terms: str = "Pas d'escompte pour paiement anticipé"
    insurance: str = ""
    """Of builders: the ten-year insurance and where it holds."""
    exemption_reason: str = ""
    """Which law exempts what this company sells without VAT at home."""
    vat_on_sales: str = ""
    """`on_debits`: VAT on services is due with the invoice (and the paper says so, in France);
    `on_receipts`: when they are paid. Empty: as the country has it."""
    invoice_prefix: str = "F"
    credit_note_prefix: str = "AV"
    deposit_prefix: str = "AC"
    journal: str = "VE"

    def prefix(self, kind: InvoiceKind) -> str:
        return {
            InvoiceKind.INVOICE: self.invoice_prefix,
            InvoiceKind.CREDIT_NOTE: self.credit_note_prefix,
            InvoiceKind.DEPOSIT: self.deposit_prefix,
        }[kind]


NAMES = tuple(field.name for field in fields(SalesSettings))


def vat_waits(settings: SalesSettings, country: str) -> bool:
    """Whether the VAT on services waits for their payment: in France unless the company opted."""
    return (settings.vat_on_sales or (ON_RECEIPTS if country == "FR" else ON_DEBITS)) == ON_RECEIPTS


def settings_of(kept: Mapping[str, Any] | None) -> SalesSettings:
    """The settings as a company keeps them; names of other versions are passed over."""
    return SalesSettings(**{k: str(v) for k, v in (kept or {}).items() if k in NAMES})


def changed(settings: SalesSettings, values: Mapping[str, Any]) -> SalesSettings:
    """The settings with `values` in place; Invalid names the one that cannot be."""
    clean = {
        name: plain_text(str(value), _LONGEST)
        for name, value in values.items()
        if value is not None and name in NAMES
    }
    for name in ("invoice_prefix", "credit_note_prefix", "deposit_prefix"):
        if name in clean:
            clean[name] = clean[name].upper()
            _must(bool(_PREFIX.fullmatch(clean[name])), name, "begins a number: F, FA-, 2026/…")
    if "journal" in clean:
        _must(bool(_JOURNAL.fullmatch(clean["journal"])), "journal", "2 to 5 capitals or digits")
    if clean.get("iban"):
        clean["iban"] = compact(clean["iban"])
        _must(iban_is_valid(clean["iban"]), "iban", "an account number with its check digits")
    if "vat_on_sales" in clean:
        _must(
            clean["vat_on_sales"] in ("", ON_DEBITS, ON_RECEIPTS),
            "vat_on_sales",
            f"{ON_DEBITS}, {ON_RECEIPTS} or empty",
        )
    made = SalesSettings(**{**asdict(settings), **clean})
    prefixes = [made.prefix(kind) for kind in InvoiceKind]
    _must(len(set(prefixes)) == 3, "invoice_prefix", "another one for each kind of paper")
    return made


def _must(holds: bool, name: str, advice: str) -> None:
    if not holds:
        raise Invalid(
            f"{name} cannot be that.", code="sales_setting", advice=f"{name}: {advice}.",
            fields=[name],
        )  # fmt: skip
