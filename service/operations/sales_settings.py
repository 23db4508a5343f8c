"""How a company sells, kept with the company: what its invoices print and how they are numbered."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, update

from domain.countries import country
from domain.people import Scope, Who
from domain.sales import Address, Party
from domain.sales_posting import SellerBooks
from domain.sales_settings import SalesSettings, changed, settings_of, vat_waits
from service.house import House
from service.operations import companies
from storage import tables as t
from storage.outbox import record_action


def get_settings(house: House, who: Who, company_id: str) -> dict[str, Any]:
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        return _json(companies.find(connection, who, company_id))


def change_settings(
    house: House, who: Who, company_id: str, values: dict[str, Any]
) -> dict[str, Any]:
    """Change some of them. What is finalised stays as it was printed."""
    who.must(Scope.ADMIN)
    with house.store.transaction() as connection:
        company = companies.find(connection, who, company_id, lock=True)
        made = changed(of_company(company), values)
        connection.execute(
            update(t.company)
            .where(t.company.c.id == company.id)
            .values(settings={**(company.settings or {}), "sales": asdict(made)})
        )
        record_action(
            connection, house.now(), who, "company.changed", company.id,
            company_id=company.id, what=sorted(k for k, v in values.items() if v is not None),
        )  # fmt: skip
        return _json(companies.find(connection, who, company_id))


def of_company(company: Row[Any]) -> SalesSettings:
    return settings_of((company.settings or {}).get("sales"))


def regime_of(company: Row[Any]) -> str:
    return str((company.settings or {}).get("vat_regime") or "normal")


def books_of_seller(company: Row[Any]) -> SellerBooks:
    settings = of_company(company)
    return SellerBooks(
        country=country(company.country),
        currency=company.currency,
        journal=settings.journal,
        regime=regime_of(company),
        vat_waits=vat_waits(settings, company.country),
    )


def legal_id(company: Row[Any]) -> str:
    """The number its country knows a company by."""
    known = {"FR": company.siren, "CH": company.uid, "BE": company.vat_id or company.uid}
    return str(known.get(company.country) or "").removeprefix("BE")


def seller_of(company: Row[Any]) -> Party:
    """The company as its invoices of today name it."""
    settings = of_company(company)
    return Party(
        name=company.name,
        address=Address(
            settings.street, settings.more, settings.postcode, settings.city, company.country
        ),
        legal_id=legal_id(company),
        vat_id=company.vat_id or "",
        email=settings.email,
        electronic_address=settings.electronic_address,
        legal_form=settings.legal_form,
        iban=settings.iban or next(iter(company.ibans or ()), ""),
        bic=settings.bic,
    )


def missing_of_seller(company: Row[Any]) -> list[str]:
    """What the law wants on an invoice and the company has not said."""
    seller = seller_of(company)
    said = {
        "legal_id": seller.legal_id,
        "street": seller.address.street,
        "postcode": seller.address.postcode,
        "city": seller.address.city,
    }
    return [name for name, value in said.items() if not value]


def _json(company: Row[Any]) -> dict[str, Any]:
    return {"company_id": company.id, **asdict(of_company(company))}
