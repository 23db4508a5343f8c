"""A company that sells: settings the law wants, customers and drafts, made as people make them."""

from __future__ import annotations

from typing import Any

from domain.people import Who
from service.house import House
from service.operations import customers, drafts, sales_settings
from tests.service.bookkeeping import company_of, open_company

SIRENS = ("552100554", "542065479", "383474814", "552032534", "775670417")
SAID = {"street": "3 rue du Bac", "postcode": "69002", "city": "Lyon", "legal_form": "SARL"}


def seller(house: House, country: str = "FR", **values: Any) -> Who:
    """The one who may do everything in a company that may issue invoices."""
    known = {
        "FR": {"siren": "732829320", "vat_id": "FR44732829320"},
        "CH": {"siren": None, "uid": "CHE116281710", "vat_id": "CHE116281710TVA"},
        "BE": {"siren": None, "vat_id": "BE0403170701"},
    }
    who = open_company(house, country, **{**known[country], **values})
    sales_settings.change_settings(house, who, company_of(house, who), SAID)
    return who


def customer(house: House, who: Who, number: int = 0, **values: Any) -> str:
    """A customer; by number another French company, or as `values` say."""
    said = {"name": f"Client {number}", "legal_id": SIRENS[number], "city": "Paris", **values}
    return str(customers.add_customer(house, who, None, said)["id"])


def line(text: str = "Conseil", price: str = "100", **values: Any) -> dict[str, Any]:
    return {"text": text, "unit_price": price, "vat_rate": "20", **values}


def draft(house: House, who: Who, customer_id: str, *lines: dict[str, Any], **values: Any) -> str:
    said = {"customer_id": customer_id, "lines": list(lines) or [line()], **values}
    return str(drafts.create(house, who, None, said)["id"])
