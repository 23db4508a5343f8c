"""What the end of a period asks for, proposed as an entry that a person looks at and posts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Connection, Row, select

from domain import closing
from domain.countries import Country, country
from domain.errors import Invalid
from domain.handwritten import MISCELLANEOUS
from domain.journal import LABEL_LENGTH, plain_text
from domain.money import ZERO, cents
from domain.people import Scope, Who
from service.house import House
from service.operations import accounts, companies
from service.operations.manual_entries import required_day
from service.operations.open_items import open_items
from service.operations.proposed import account_label
from storage import tables as t

Values = Mapping[str, Any]


def proposed(
    house: House, who: Who, company_id: str | None, kind: str, values: Values
) -> dict[str, Any]:
    """An entry as `manual_entries.post` takes it, with what the accounts are called; nothing is
    posted. `kind` is one of KINDS, each with values of its own, amounts and rates as texts.
    """
    who.must(Scope.BOOKS_READ)
    if kind not in KINDS:
        raise Invalid(
            "There is no such proposal.",
            code="closing_kind",
            advice="Kinds are " + ", ".join(KINDS) + ".",
            fields=["kind"],
        )
    with house.store.reading() as connection:
        company = companies.find_or_only(connection, who, company_id)
        where = country(company.country)
        day = required_day(dict(values), "closing")
        made = KINDS[kind](_Asked(where, day, values))
        label = plain_text(str(values.get("label") or ""), LABEL_LENGTH) or _LABELS[kind]
        return _to_json(connection, who, company, made, day, label, values)


def foreign_items(house: House, who: Who, company_id: str | None) -> list[dict[str, Any]]:
    """Documents and invoices in other currencies of which nothing is paid: what they are booked at, and what
    they are in their own currency. Signed as their account has them.
    """
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        company = companies.find_or_only(connection, who, company_id)
        items = {
            item.id: item
            for item in open_items(connection, company)
            if item.in_other_currency and item.amount == item.owed
        }
        line, entry, sale = t.journal_line.c, t.journal_entry.c, t.sales_invoice.c
        reversing = t.journal_entry.alias("reversing")
        rows = connection.execute(
            select(
                entry.document_id,
                sale.id.label("invoice_id"),
                line.account,
                line.auxiliary,
                line.debit,
                line.credit,
                line.foreign_amount,
                line.foreign_currency,
            )
            .join(t.journal_entry, entry.id == line.entry_id)
            .outerjoin(reversing, reversing.c.reverses_entry_id == entry.id)
            .outerjoin(t.sales_invoice, sale.entry_id == entry.id)
            .where(
                entry.document_id.in_(list(items)) | sale.id.in_(list(items)),
                entry.reverses_entry_id.is_(None),
                reversing.c.id.is_(None),
                line.foreign_amount.is_not(None),
            )
            .order_by(entry.entry_date, entry.id, line.position)
        ).all()
    return [
        {
            "document_id": row.document_id,
            "invoice_id": row.invoice_id,
            "party": items[row.document_id or row.invoice_id].party,
            "number": items[row.document_id or row.invoice_id].number,
            "account": row.account,
            "auxiliary": row.auxiliary,
            "booked": str(row.debit - row.credit),
            "foreign": str(row.foreign_amount if row.debit else -row.foreign_amount),
            "currency": row.foreign_currency,
        }
        for row in rows
    ]


def _to_json(
    connection: Connection,
    who: Who,
    company: Row[Any],
    made: closing.Proposal,
    day: date,
    label: str,
    values: Values,
) -> dict[str, Any]:
    names = accounts.labels(connection, company.id)
    party = str(values.get("auxiliary") or "").strip().upper() or None
    third = str(values.get("account") or "").strip()
    return {
        "company_id": company.id,
        "journal": MISCELLANEOUS,
        "entry_date": day.isoformat(),
        "piece_reference": "",
        "label": label,
        "reverse_on": (day + timedelta(days=1)).isoformat() if made.is_reversed else None,
        "lines": [
            {
                "account": line.account,
                "account_label": account_label(names, line.account, who.language),
                "auxiliary": party if party and line.account == third else None,
                "label": label,
                "debit": str(line.amount) if line.amount > 0 else None,
                "credit": str(-line.amount) if line.amount < 0 else None,
            }
            for line in made.lines
        ],
    }


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a person fills in, in the country of the company, for a closing day."""

    where: Country
    day: date
    values: Values

    @property
    def account(self) -> str:
        text = str(self.values.get("account") or "").strip().upper()
        if not text:
            raise Invalid("An account is needed.", code="account_needed", fields=["account"])
        return text

    @property
    def by(self) -> closing.By:
        return "days" if self.values.get("by") == "days" else "months"

    def day_of(self, name: str) -> date:
        return required_day(dict(self.values), name)

    def number(self, name: str) -> Decimal:
        try:
            number = Decimal(str(self.values.get(name) or ""))
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or abs(number) >= 10**12:
            raise Invalid("This is not an amount.", code="invalid_value", fields=[name])
        return number

    def amount(self, name: str = "amount") -> Decimal:
        return cents(self.number(name))


def _spread(asked: _Asked) -> tuple[str, Decimal, date, date, date, closing.By]:
    start, end = asked.day_of("start"), asked.day_of("end")
    return asked.account, asked.amount(), start, end, asked.day, asked.by


def _prepaid(asked: _Asked) -> closing.Proposal:
    return closing.prepaid(asked.where.closing, *_spread(asked))


def _deferred(asked: _Asked) -> closing.Proposal:
    return closing.deferred_income(asked.where.closing, *_spread(asked))


def _not_received(asked: _Asked) -> closing.Proposal:
    vat = asked.amount("vat") if asked.values.get("vat") else ZERO
    return closing.not_received(asked.where.closing, asked.account, asked.amount(), vat)


def _exchange(asked: _Asked) -> closing.Proposal:
    return closing.exchange_difference(
        asked.where.closing,
        asked.account,
        asked.amount("booked"),
        asked.amount("foreign"),
        asked.number("rate"),
        in_ours=asked.where.quotes_books,
    )


def _depreciation(asked: _Asked) -> closing.Proposal:
    before = asked.values.get("previous_closing")
    return closing.straight_line(
        asked.where.closing,
        asked.account,
        asked.amount(),
        asked.day_of("start"),
        int(asked.number("years")),
        asked.day,
        asked.day_of("previous_closing") if before else None,
        asked.by,
    )


def _private_share(asked: _Asked) -> closing.Proposal:
    months = int(asked.number("months")) if asked.values.get("months") else 12
    return closing.private_share(asked.where.closing, asked.amount(), months)


KINDS: dict[str, Callable[[_Asked], closing.Proposal]] = {
    "prepaid": _prepaid,
    "not_received": _not_received,
    "deferred_income": _deferred,
    "exchange": _exchange,
    "depreciation": _depreciation,
    "private_share": _private_share,
}
_LABELS = {
    "prepaid": "Charges constatées d'avance",
    "not_received": "Facture non parvenue",
    "deferred_income": "Produits constatés d'avance",
    "exchange": "Différence de conversion",
    "depreciation": "Dotation aux amortissements",
    "private_share": "Part privée aux frais de véhicule",
}
