"""VAT on a purchase: what the supplier charged, what may be deducted, what we owe ourselves.

The treatments are data (`domain/countries/*/vat.csv`). The deductible VAT is always a share of the
VAT printed on the document, never one we recompute; only self-assessed VAT is ours to compute.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from domain.accounts import listed
from domain.money import ZERO, cents


class Mode(StrEnum):
    DEDUCTED = "deducted"  # the supplier charges it; we deduct a share, the rest is cost
    NONE = "none"  # the supplier charges none; a VAT amount on the paper is a contradiction
    GROSS = "gross"  # charged but never ours to deduct: foreign VAT, margin scheme
    SELF_ASSESSED = "self_assessed"  # reverse charge: we owe it and deduct it
    CUSTOMS = "customs"  # levied at import, posted from the customs document
    TAX = "tax"  # the amount is itself the VAT of an import, which a forwarder bills on


@dataclass(frozen=True, slots=True)
class VatTreatment:
    key: str
    label_fr: str
    label_en: str
    mode: Mode
    rates: tuple[Decimal, ...] = ()
    """In percent; the first is the one that self-assessment uses."""
    deductible: Decimal = Decimal(0)
    """The share of the VAT that may be deducted, 0 to 1."""
    due_account: str = ""
    category: str = ""
    """EN 16931 category code."""
    vatex: str = ""
    boxes: str = ""
    """Boxes of the country's VAT return."""
    phrases: tuple[str, ...] = ()
    """Words on the document that speak for it."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Where the amounts of a part go. cost + input_vat = payable + due_vat."""

    cost: Decimal
    input_vat: Decimal
    due_vat: Decimal
    payable: Decimal


def shares(
    treatment: VatTreatment, net: Decimal, vat: Decimal, *, coefficient: Decimal = Decimal(1)
) -> Shares:
    """The shares of `net` and of the printed `vat`.

    `coefficient` is the company's own right to deduct: 1, 0 for a company that charges no VAT
    itself, or the coefficient of one that does so for a part of its business.
    """
    right = treatment.deductible * coefficient
    if treatment.mode is Mode.SELF_ASSESSED:
        due = cents(net * treatment.rates[0] / 100)
        deducted = cents(due * right)
        return Shares(net + due - deducted, deducted, due, net + vat)
    deducted = ZERO
    if treatment.mode is Mode.DEDUCTED:
        deducted = cents(vat * right)
    elif treatment.mode is Mode.TAX:
        deducted = cents((net + vat) * right)
    return Shares(net + vat - deducted, deducted, ZERO, net + vat)


def read_treatments(path: Path) -> Mapping[str, VatTreatment]:
    """The treatments of a CSV file in this package's shape, by key."""
    with path.open(encoding="utf-8", newline="") as file:
        return MappingProxyType(
            {
                row["key"]: VatTreatment(
                    key=row["key"],
                    label_fr=row["label_fr"],
                    label_en=row["label_en"],
                    mode=Mode(row["mode"]),
                    rates=tuple(Decimal(rate) for rate in listed(row["rates"])),
                    deductible=Decimal(row["deductible_pct"]) / 100,
                    due_account=row["due_account"],
                    category=row["category"],
                    vatex=row["vatex"],
                    boxes=row["boxes"],
                    phrases=listed(row["phrases"]),
                )
                for row in csv.DictReader(file)
            }
        )
