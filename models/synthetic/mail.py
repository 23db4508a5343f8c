"""The mail of a company: which papers come, from whom, in which countries and languages."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Literal

from models.synthetic import bank, commerce, forms, legal, letters, pay, tax, till
from models.synthetic.layout import Layout, Layouts
from models.synthetic.paper import Paper
from models.synthetic.parties import Company, draw_company
from models.synthetic.wording import countries, words

SHARES = {
    "purchase_invoice": 40,
    "receipt": 14,
    "bank_statement": 5,
    "letter": 8,
    "quote": 6,
    "delivery_note": 6,
    "credit_note": 4,
    "purchase_order": 4,
    "payslip": 4,
    "tax_notice": 3,
    "contract": 3,
    "other": 4,
}
"""How often a kind of paper comes in the mail of a small company."""

Mail = Literal["home", "wide"]


@dataclass(frozen=True, slots=True)
class _Post:
    own: tuple[str, ...]
    """Where the company may be that gets the mail."""
    countries: dict[str, float]
    """Where its correspondents are."""
    language: str | None
    """What its correspondents write where they can; None for any."""
    shares: dict[str, float]


POSTS: dict[Mail, _Post] = {
    # What a small French company gets.
    "home": _Post(("FR",), {"FR": 20, "CH": 2, "BE": 2, "DE": 1, "GB": 1}, "fr", dict(SHARES)),
    # Every country alike, rare papers more often: to train and to test on.
    "wide": _Post(
        ("FR", "FR", "CH", "BE", "DE", "NL", "GB"),
        {"FR": 8, "CH": 4, "BE": 3, "LU": 1, "DE": 5, "AT": 1, "NL": 3, "GB": 4, "IE": 1, "US": 3,
         "IT": 1},
        None,
        {**dict.fromkeys(SHARES, 6.0), "purchase_invoice": 26, "receipt": 12, "letter": 8},
    ),
}  # fmt: skip
ITALIAN = frozenset({*commerce.CATEGORIES, "receipt"})
"""The papers there are Italian words for."""


def draw_papers(
    random: Random, layouts: Layouts | None = None, mail: Mail = "home"
) -> Iterator[Paper]:
    """An endless mail to one company, from some dozens of correspondents that come back."""
    post = POSTS[mail]
    own = draw_company(random, random.choice(post.own))
    while own.language == "it":
        own = draw_company(random, own.country)
    known: list[Company] = []
    # Whoever writes to one country gets the papers of employers and of tax offices from there.
    official = own if post.language else None
    while True:
        category = random.choices(list(post.shares), list(post.shares.values()))[0]
        company = _correspondent(random, post, known)
        if company.language == "it" and category not in ITALIAN:
            continue
        if official and category in ("payslip", "tax_notice"):
            company = official
        yield draw_paper(random, category, company, own=own, layouts=layouts)


def _correspondent(random: Random, post: _Post, known: list[Company]) -> Company:
    if known and random.random() < 0.3:
        return random.choice(known)
    country = random.choices(list(post.countries), list(post.countries.values()))[0]
    spoken = countries()[country]["languages"]
    language = post.language if post.language in spoken else None
    company = draw_company(random, country, charges_vat=random.random() < 0.9, language=language)
    known.append(company)
    return company


def draw_paper(
    random: Random,
    category: str,
    company: Company,
    *,
    own: Company,
    layouts: Layouts | None = None,
) -> Paper:
    """One document of `category` from `company` to `own`; `layouts` as in `draw_stack`."""
    layout = Layout(random, layouts)
    if category == "sales_invoice":
        sale = commerce.draw_commercial(random, "purchase_invoice", own, company, layout=layout)
        return dataclasses.replace(sale, category=category)
    if category in commerce.CATEGORIES:
        return commerce.draw_commercial(random, category, company, own, layout=layout)
    if category == "receipt":
        return till.draw_receipt(random, company, layout=layout)
    if category == "bank_statement":
        return bank.draw_statement(random, own, layout=layout)
    if category == "payslip":
        return pay.draw_payslip(random, company, layout=layout)
    if category == "contract":
        return legal.draw_contract(random, company, own, layout=layout)
    if category == "tax_notice":
        return tax.draw_tax_notice(random, own, company.language, company.country, layout=layout)
    if category == "letter":
        letter = letters.draw_letter(random, company, own, layout=layout)
        return (
            _enclosing(random, letter, company, own, layouts) if random.random() < 0.06 else letter
        )
    if category == "other":
        if company.country == "FR" and random.random() < 0.3:
            return bank.draw_bank_details(random, company, layout=layout)
        return forms.draw_form(random, company, layout=layout)
    raise ValueError(f"no paper of category {category}")


def _enclosing(
    random: Random, letter: Paper, company: Company, own: Company, layouts: Layouts | None
) -> Paper:
    """A letter with the copy of an invoice behind it, marked as a copy on every sheet."""
    invoice = commerce.draw_commercial(
        random, "purchase_invoice", company, own, lines=3, layout=Layout(random, layouts)
    )
    for sheet in invoice.sheets:
        mark = words(company.language)["phrases"]["copy"][0]
        sheet.text(sheet.width / 2, 26, mark, 15, bold=True, align="center", colour=(0.7, 0.1, 0.1))
    return dataclasses.replace(letter, sheets=letter.sheets + invoice.sheets)
