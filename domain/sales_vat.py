"""VAT on what we sell: the treatments as data, and which one a sale has.

The treatments are product data of a country (`domain/countries/*/sales_vat.csv`): the rate, the
category of EN 16931, the words the law wants printed, the accounts. A company that charges no VAT
has one treatment for everything. Accounts and amounts become an entry in `domain.sales_posting`.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from domain.errors import Invalid
from domain.sales import Nature

_EU = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MC MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)
_ONE_VAT_AREA = {"MC": "FR", "LI": "CH"}
"""Countries that charge the VAT of another as if they were there."""
NOT_CHARGING = frozenset({"franchise", "none"})
"""VAT regimes of companies whose invoices show no VAT; `tdfn` shows it and books gross."""


class Role(StrEnum):
    """What a treatment is for in the order of decision."""

    TAXED = "taxed"
    FRANCHISE = "franchise"
    EU_GOODS = "eu_goods"
    EU_SERVICES = "eu_services"
    EXPORT = "export"
    OTHER_SERVICES = "other_services"
    WORKS = "works"
    EXEMPT = "exempt"


@dataclass(frozen=True, slots=True)
class SalesTreatment:
    key: str
    label_fr: str
    label_en: str
    role: Role
    rate: Decimal
    """In percent; 0 for all but taxed sales."""
    category: str
    """EN 16931 category code (BT-151)."""
    vatex: str
    mentions: Mapping[str, str]
    """Language → the words the law wants on the invoice; none for taxed sales, and for exempt ones
    none of ours: the company says which law exempts it."""
    goods: str
    services: str
    vat_account: str
    pending_account: str
    """Where the VAT of services waits for their payment; empty: it is due with the invoice."""
    boxes: str
    """Boxes of the country's VAT return."""

    def income_account(self, nature: Nature) -> str:
        return self.goods if nature is Nature.GOODS else self.services

    def label(self, language: str) -> str:
        return self.label_fr if language == "fr" else self.label_en

    def mention(self, language: str, of_company: str = "") -> str:
        """What is printed of it; `of_company` is the company's own reason for exempt sales."""
        if self.role is Role.EXEMPT:
            return of_company
        return self.mentions.get(language) or self.mentions.get("fr", "")


def decide_sale(
    treatments: Mapping[str, SalesTreatment],
    seller_country: str,
    regime: str,
    *,
    customer_country: str,
    customer_vat_id: str = "",
    nature: Nature,
    rate: Decimal | None,
) -> SalesTreatment:
    """The treatment of a sale; Invalid for a rate that cannot be.

    Without a rate: what is usual for this customer. With rate 0 the customer's place says why, and
    at home (or for a private person of the Union) the company's own reason does. A rate is charged
    wherever the customer is: who charges it knows that the sale is made at home.
    """
    by_role = {one.role: one for one in treatments.values()}
    if regime in NOT_CHARGING:
        if rate:
            raise Invalid(
                "This company charges no VAT.",
                code="vat_not_charged",
                advice="Use rate 0, or change the VAT regime of the company.",
                fields=["vat_rate"],
            )
        return by_role[Role.FRANCHISE]
    place = _ONE_VAT_AREA.get(customer_country, customer_country)
    at_home = place == _ONE_VAT_AREA.get(seller_country, seller_country)
    role = _abroad(seller_country, place, bool(customer_vat_id), nature)
    abroad = by_role.get(role) if role else None
    if rate is None:
        return _taxed(treatments, None) if at_home or abroad is None else abroad
    if rate:
        return _taxed(treatments, rate)
    return by_role[Role.EXEMPT] if at_home or abroad is None else abroad


def _abroad(seller: str, place: str, registered: bool, nature: Nature) -> Role | None:
    """The role of a sale to another country; None where VAT is charged as at home."""
    if seller in _EU and place in _EU:
        if not registered:
            return None
        return Role.EU_GOODS if nature is Nature.GOODS else Role.EU_SERVICES
    return Role.EXPORT if nature is Nature.GOODS else Role.OTHER_SERVICES


def _taxed(treatments: Mapping[str, SalesTreatment], rate: Decimal | None) -> SalesTreatment:
    """The treatment with this rate, or the first of the table, which is the standard one."""
    taxed = [one for one in treatments.values() if one.role is Role.TAXED]
    found = next((one for one in taxed if rate is None or one.rate == rate), None)
    if found is None:
        raise Invalid(
            f"{rate} % is no VAT rate of this country.",
            code="vat_rate",
            advice="Rates are " + ", ".join(f"{one.rate} %" for one in taxed) + " and 0 %.",
            fields=["vat_rate"],
            rates=[str(one.rate) for one in taxed],
        )
    return found


def read_sales_treatments(path: Path) -> Mapping[str, SalesTreatment]:
    """The treatments of a CSV file in this package's shape, by key, in its order."""
    with path.open(encoding="utf-8", newline="") as file:
        return MappingProxyType(
            {
                row["key"]: SalesTreatment(
                    key=row["key"],
                    label_fr=row["label_fr"],
                    label_en=row["label_en"],
                    role=Role(row["role"]),
                    rate=Decimal(row["rate"]),
                    category=row["category"],
                    vatex=row["vatex"],
                    mentions=MappingProxyType(
                        {
                            language: row[f"mention_{language}"]
                            for language in ("fr", "en", "de")
                            if row[f"mention_{language}"]
                        }
                    ),
                    goods=row["goods"],
                    services=row["services"],
                    vat_account=row["vat_account"],
                    pending_account=row["pending_account"],
                    boxes=row["boxes"],
                )
                for row in csv.DictReader(file)
            }
        )
