"""How a company writes its e-mails, kept with the company."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, update

from domain.emails import (
    INVOICE_TEXTS,
    LANGUAGES,
    PLACEHOLDERS,
    EmailSettings,
    changed_settings,
    email_settings_json,
    email_settings_of,
)
from domain.people import Scope, Who
from service.house import House
from service.operations import companies
from storage import tables as t
from storage.outbox import record_action


def get_settings(house: House, who: Who, company_id: str) -> dict[str, Any]:
    """What the company wrote itself (empty: nothing), and what is sent where it wrote nothing."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        return _json(companies.find(connection, who, company_id))


def change_settings(
    house: House, who: Who, company_id: str, values: dict[str, Any]
) -> dict[str, Any]:
    """Change some of them; e-mails that were asked for stay as they are."""
    who.must(Scope.ADMIN)
    with house.store.transaction() as connection:
        company = companies.find(connection, who, company_id, lock=True)
        made = changed_settings(of_company(company), values)
        connection.execute(
            update(t.company)
            .where(t.company.c.id == company.id)
            .values(settings={**(company.settings or {}), "emails": email_settings_json(made)})
        )
        record_action(
            connection, house.now(), who, "email.settings_changed", company.id,
            company_id=company.id,
        )  # fmt: skip
        return _json(companies.find(connection, who, company_id))


def of_company(company: Row[Any]) -> EmailSettings:
    return email_settings_of((company.settings or {}).get("emails"))


def _json(company: Row[Any]) -> dict[str, Any]:
    usual = {
        language: {"subject": texts.subject, "text": texts.text}
        for language in LANGUAGES
        for texts in (INVOICE_TEXTS[language],)
    }
    return {
        "company_id": company.id,
        **email_settings_json(of_company(company)),
        "usual_texts": usual,
        "placeholders": list(PLACEHOLDERS),
    }
