"""Trial balance and general ledger: what stands on the accounts of a company over some days.

Balances are of the balance sheet or of the result. Those of the result begin anew each year, as the
years of journals do; what earlier years came to is told beside them (`earlier_result`), so that
opening balances add up to nothing whether or not somebody wrote the entry that allocates it.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, func, literal, select

from domain.countries import country
from domain.errors import Invalid
from domain.fec import amount, cell
from domain.money import ZERO
from domain.people import Scope, Who
from service.house import House
from service.lists import limit_of
from service.operations import accounts, companies
from service.operations.lettering import letters
from service.operations.third_parties import auxiliary_names
from storage import tables as t

_entry, _line = t.journal_entry.c, t.journal_line.c
_CSV_COLUMNS = ("compte", "auxiliaire", "libelle", "ouverture", "debit", "credit", "solde")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which days of which company's books; from January 1st until today when nothing is said."""

    company_id: str | None = None
    since: date | None = None
    until: date | None = None
    third_parties: bool = False
    """Each supplier and customer by itself, not their accounts as a whole."""

    def days(self, today: date) -> tuple[date, date]:
        until = self.until or max(today, self.since or today)
        since = self.since or date(until.year, 1, 1)
        if since > until:
            raise Invalid(
                "The first day is after the last.", code="invalid_period", fields=["since", "until"]
            )
        return since, until


def trial_balance(house: House, who: Who, wanted: Wanted) -> dict[str, Any]:
    """Every account that has something on it: opening balance, debit, credit, closing balance.

    Balances are debit less credit.
    """
    who.must(Scope.BOOKS_READ)
    since, until = wanted.days(house.now().date())
    with house.store.reading() as connection:
        company = companies.find_or_only(connection, who, wanted.company_id)
        of_result = _of_result(company)
        rows = _sums(connection, company, since, until, third_parties=wanted.third_parties)
        names = accounts.labels(connection, company.id)
        parties = auxiliary_names(connection, company.id) if wanted.third_parties else {}
    shown = []
    totals = dict.fromkeys(("opening", "debit", "credit", "closing"), ZERO)
    earlier = ZERO
    for row in rows:
        in_result = row.account.startswith(of_result)
        opening = row.this_year if in_result else row.before
        earlier += row.before - opening
        if not (opening or row.debit or row.credit):
            continue
        sums = {
            "opening": opening,
            "debit": row.debit,
            "credit": row.credit,
            "closing": opening + row.debit - row.credit,
        }
        totals = {name: total + sums[name] for name, total in totals.items()}
        account = names.get(row.account)
        shown.append(
            {
                "account": row.account,
                "label_fr": account.label_fr if account else "",
                "label_en": account.label_en if account else "",
                "auxiliary": row.auxiliary,
                "third_party": parties.get(row.auxiliary or ""),
                "of_result": in_result,
                **_said(sums),
            }
        )
    result = sum((Decimal(a["closing"]) for a in shown if a["of_result"]), ZERO)
    return {
        "company_id": company.id,
        "currency": company.currency,
        "since": since.isoformat(),
        "until": until.isoformat(),
        "accounts": shown,
        "totals": _said(totals),
        "earlier_result": str(-earlier),
        "result": str(-result),
    }


def trial_balance_csv(house: House, who: Who, wanted: Wanted) -> tuple[str, bytes]:
    """Name and content of the trial balance for spreadsheets: semicolons, decimal commas."""
    found = trial_balance(house, who, wanted)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(_CSV_COLUMNS)
    for row in found["accounts"]:
        names = (row["account"], row["auxiliary"] or "", row["third_party"] or row["label_fr"])
        figures = (row[name] for name in ("opening", "debit", "credit", "closing"))
        writer.writerow(
            [
                *(cell(name) if name else "" for name in names),
                *(amount(Decimal(figure)) for figure in figures),
            ]
        )
    name = f"balance-{found['since']}-{found['until']}.csv"
    return name, b"\xef\xbb\xbf" + out.getvalue().encode()


def general_ledger(
    house: House,
    who: Who,
    wanted: Wanted,
    account: str,
    auxiliary: str | None = None,
    *,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """The lines of an account, or of one third party on it, by day, with the balance after each.

    `cursor` is the `next_cursor` of the answer before; the opening balance then is what went before.
    """
    who.must(Scope.BOOKS_READ)
    limit = limit_of(limit)
    since, until = wanted.days(house.now().date())
    with house.store.reading() as connection:
        company = companies.find_or_only(connection, who, wanted.company_id)
        known = accounts.labels(connection, company.id).get(account)
        mine = [_line.account == account]
        if auxiliary:
            mine.append(_line.auxiliary == auxiliary)
        rows = _lines(connection, company, mine, since, until)
        sums = _sums(connection, company, since, until, mine)
        party = auxiliary_names(connection, company.id).get(auxiliary) if auxiliary else None
        matched = {
            place: letter.code
            for year in range(since.year, until.year + 1)
            for place, letter in letters(connection, company, year).items()
        }
    in_result = account.startswith(_of_result(company))
    balance = sum((row.this_year if in_result else row.before for row in sums), ZERO)
    opening, lines = balance, []
    for row in rows:
        balance += row.debit - row.credit
        lines.append(
            {
                "id": f"{row.entry_id}:{row.position}",
                "entry_id": row.entry_id,
                "day": row.entry_date.isoformat(),
                "journal": row.journal,
                "number": row.number,
                "piece_reference": row.piece_reference,
                "document_id": row.document_id,
                "label": row.label,
                "auxiliary": row.auxiliary,
                "debit": str(row.debit),
                "credit": str(row.credit),
                "balance": str(balance),
                "letter": matched.get((row.entry_id, row.position)),
            }
        )
    first = _place_after(lines, cursor)
    shown = lines[first : first + limit]
    return {
        "company_id": company.id,
        "currency": company.currency,
        "account": account,
        "label_fr": known.label_fr if known else "",
        "label_en": known.label_en if known else "",
        "auxiliary": auxiliary,
        "third_party": party,
        "since": since.isoformat(),
        "until": until.isoformat(),
        "opening": lines[first - 1]["balance"] if first else str(opening),
        "debit": str(sum((row.debit for row in rows), ZERO)),
        "credit": str(sum((row.credit for row in rows), ZERO)),
        "closing": str(balance),
        "items": shown,
        "next_cursor": shown[-1]["id"] if first + limit < len(lines) else None,
    }


def _of_result(company: Row[Any]) -> tuple[str, ...]:
    return tuple(country(company.country).result_classes)


def _said(sums: dict[str, Decimal]) -> dict[str, str]:
    return {name: str(value) for name, value in sums.items()}


def _place_after(lines: list[dict[str, Any]], cursor: str | None) -> int:
    if cursor is None:
        return 0
    for place, line in enumerate(lines):
        if line["id"] == cursor:
            return place + 1
    raise Invalid("This list has no such place.", code="invalid_cursor", fields=["cursor"])


def _sums(
    connection: Connection,
    company: Row[Any],
    since: date,
    until: date,
    mine: list[ColumnElement[bool]] | None = None,
    *,
    third_parties: bool = False,
) -> list[Row[Any]]:
    """By account (and third party): before the first day, of that before in its year, and since."""
    books = country(company.country)
    controls = (books.payable, books.asset_payable, books.banking.receivable)
    net = _line.debit - _line.credit
    earlier = _entry.entry_date < since
    nothing = literal(ZERO, t.Money)

    def total(when: ColumnElement[bool], value: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.sum(case((when, value), else_=nothing), type_=t.Money)

    whose: ColumnElement[Any] = literal(None)
    if third_parties:
        whose = case((_line.account.in_(controls), _line.auxiliary), else_=None)
    auxiliary = whose.label("auxiliary")
    query = (
        select(
            _line.account,
            auxiliary,
            total(earlier, net).label("before"),
            total(and_(earlier, _entry.entry_date >= date(since.year, 1, 1)), net).label(
                "this_year"
            ),
            total(~earlier, _line.debit).label("debit"),
            total(~earlier, _line.credit).label("credit"),
        )
        .join(t.journal_entry, _entry.id == _line.entry_id)
        .where(_entry.company_id == company.id, _entry.entry_date <= until, *(mine or ()))
        .group_by(_line.account, *([auxiliary] if third_parties else []))
        .order_by(_line.account, *([auxiliary] if third_parties else []))
    )
    return list(connection.execute(query))


def _lines(
    connection: Connection,
    company: Row[Any],
    mine: list[ColumnElement[bool]],
    since: date,
    until: date,
) -> list[Row[Any]]:
    return list(
        connection.execute(
            select(
                _line.entry_id, _line.position, _line.label, _line.auxiliary, _line.debit,
                _line.credit, _entry.entry_date, _entry.journal, _entry.number,
                _entry.piece_reference, _entry.document_id,
            )
            .join(t.journal_entry, _entry.id == _line.entry_id)
            .where(_entry.company_id == company.id, _entry.entry_date.between(since, until), *mine)
            .order_by(_entry.entry_date, _entry.journal, _entry.number, _line.position)
        )
    )  # fmt: skip
