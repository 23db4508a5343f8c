"""The template of a company: in the language of who asks, with the numbers and rates of its country."""

from __future__ import annotations

from domain.errors import Invalid
from domain.people import Scope, Who
from service.house import House
from service.operations import companies
from service.operations.spreadsheet_sheets import selling_of
from service.spreadsheet_template import LANGUAGES, template, template_name


def template_of(
    house: House, who: Who, company_id: str | None, language: str = ""
) -> tuple[str, bytes]:
    """File name and bytes of an .xlsx to fill in."""
    who.must(Scope.BOOKS_READ)
    language = language or (who.language if who.language in LANGUAGES else LANGUAGES[0])
    if language not in LANGUAGES:
        raise Invalid(
            "There is no template in this language.",
            code="template_language",
            advice=f"Ask for {' or '.join(LANGUAGES)}.",
            fields=["language"],
        )
    with house.store.reading() as connection:
        company = companies.find_or_only(connection, who, company_id)
        selling = selling_of(connection, who, company)
    rates = sorted(selling.terms.rates, reverse=True)
    return template_name(language), template(language, company.country, rates)
