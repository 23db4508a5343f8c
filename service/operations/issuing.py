"""Issuing: drafts of a company become invoices, one after the other, all written at once.

Each is decided first, with its number, entry, hash and place in the chain, against what was read
before; what stands against it is found before it counts, so that a refused one uses no number and
stops none of the others. Then all that was decided is written with a few statements. What the
database itself refuses takes the whole transaction back. Whose drafts, and in which order, is left to
`finalising`, which holds the company's row and theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from domain.countries import country
from domain.drafts import DraftLine, State, day_to_issue, number_of
from domain.errors import Conflict, Invalid
from domain.journal import Entry, entry_id
from domain.money import ZERO
from domain.payment_references import payment_reference, serial_of
from domain.people import Who
from domain.sales import InvoiceKind, SalesInvoice
from domain.sales_chain import Numbered, invoice_hash
from domain.sales_posting import sale_entry
from domain.sales_settings import SalesSettings
from domain.sales_vat import Role
from service.house import House
from service.operations import accounts, customers, receivables, records, sales_papers
from service.operations.acceptance import locked
from service.operations.books import books_of
from service.operations.drafts import told_of
from service.operations.entries import write_entries
from service.operations.sales import find_sale, party_json, sale_value
from service.operations.sales_lines import lines_of
from service.operations.sales_settings import (
    books_of_seller,
    missing_of_seller,
    of_company,
    seller_of,
)
from storage import tables as t
from storage.outbox import record_events

_s, _n = t.sales_invoice.c, t.sales_series.c
_ABROAD = (Role.EU_GOODS, Role.EU_SERVICES)


@dataclass(slots=True)
class _Series:
    """Where a series of a year is: the last number, the hash and the day of the last invoice."""

    number: int = 0
    hash: str = ""
    day: date | None = None
    kept: bool = False
    """Whether it has a row already."""


@dataclass(frozen=True, slots=True)
class _Issued:
    """A draft that was decided: its row, the columns it gets, its entry."""

    row: Row[Any]
    columns: dict[str, Any]
    entry: Entry
    corrects: Row[Any] | None


def issue(
    connection: Connection, house: House, who: Who, company: Row[Any], row: Row[Any]
) -> dict[str, Any]:
    """Finalise a draft whose row and company are held: {id, number, issued_on, gross_total}."""
    run = Issuing(connection, house, who, company, [row])
    made = run.decide(row)
    run.write()
    return made


class Issuing:
    """Drafts of one company on their way; their rows and the company's are held."""

    def __init__(
        self,
        connection: Connection,
        house: House,
        who: Who,
        company: Row[Any],
        drafts: Sequence[Row[Any]],
    ) -> None:
        self._connection, self._house, self._who, self._company = connection, house, who, company
        self._today = house.now().date()
        self._lines = lines_of(connection, [row.id for row in drafts])
        self._customers = customers.find_all(connection, who, {row.customer_id for row in drafts})
        self._settings = of_company(company)
        self._seller, self._books = seller_of(company), books_of_seller(company)
        self._kept = books_of(connection, company)
        self._accounts = accounts.labels(connection, company.id)
        self._series: dict[tuple[str, int], _Series] = {}
        self._corrected: dict[str, tuple[Row[Any], Decimal]] = {}
        """Invoices that credit notes of this run correct, held, with all that was credited."""
        self._issued: list[_Issued] = []

    def decide(self, row: Row[Any]) -> dict[str, Any]:
        """Number a draft: {id, number, issued_on, gross_total}. Refused ones leave no trace."""
        company, settings = self._company, self._settings
        lines, customer = self._lines[row.id], self._customers[row.customer_id]
        kind = InvoiceKind(row.kind)
        _must_be_whole(company, customer, settings, row, lines)
        corrects = self._correction(row)
        series = settings.prefix(kind)
        issued_on = self._day(series, row.issued_on)
        place = self._place(series, issued_on.year)
        number = place.number + 1
        text = number_of(series, issued_on.year, number)
        terms = customers.terms_of(customer)
        invoice = sale_value(
            row,
            lines,
            self._seller,
            customers.party_of_row(customer),
            number=text,
            issued_on=issued_on,
            due_on=None
            if kind is InvoiceKind.CREDIT_NOTE
            else max(row.due_on or terms.due(issued_on), issued_on),
            payment_terms="" if kind is InvoiceKind.CREDIT_NOTE else terms.words(row.language),
            payment_reference=payment_reference(
                company.country,
                self._seller.iban,
                text,
                serial_of(list(InvoiceKind).index(kind) + 1, issued_on.year, number),
            ),
            corrects_number=corrects.number if corrects is not None else "",
            corrects_date=corrects.issued_on if corrects is not None else None,
            deposits=_deposits(self._connection, row),
        )
        entry = sale_entry(
            invoice, self._books, auxiliary=customer.auxiliary, exchange_rate=row.exchange_rate
        )
        accounts.must_be_open(self._accounts, entry.lines, entry.entry_date)
        digest = invoice_hash(
            Numbered(row.id, company.id, series, issued_on.year, number, invoice, place.hash)
        )
        columns = {
            **_columns(invoice, settings),
            "state": State.FINALISED.value,
            "series": series,
            "year": issued_on.year,
            "number_in_series": number,
            "finalised_by": self._who.id,
            "finalised_at": self._house.now(),
            "entry_id": entry_id(row.id, 1),
            "paid_amount": ZERO,
            "open_amount": ZERO if corrects is not None else self._owed(entry),
            "previous_hash": place.hash,
            "hash": digest,
            "version": row.version + 1,
        }
        self._issued.append(_Issued(row, columns, entry, corrects))
        place.number, place.hash, place.day = number, digest, issued_on
        if corrects is not None:
            self._corrected[corrects.id] = corrects, self._credited(corrects) + row.gross_total
        return {
            "id": row.id,
            "number": text,
            "issued_on": issued_on.isoformat(),
            "gross_total": str(invoice.gross_total),
        }

    def write(self) -> None:
        """Write all that was decided, in that order."""
        if not self._issued:
            return
        connection, house, company = self._connection, self._house, self._company
        ids = [one.row.id for one in self._issued]
        write_entries(
            connection,
            house,
            self._who,
            company.id,
            {str(one.columns["entry_id"]): one.entry for one in self._issued},
        )
        connection.execute(
            update(t.sales_invoice).where(_s.id == bindparam("own_id")),
            [{"own_id": one.row.id, **one.columns} for one in self._issued],
        )
        self._remember_series()
        records.settle(connection, ids)
        self._tell("invoice.finalised", map(_told, self._issued))
        sales_papers.ask(connection, house.now(), company.organisation_id, ids)
        self._cancel()
        receivables.refresh(
            connection, house, (one.corrects.id for one in self._issued if one.corrects)
        )

    def _owed(self, entry: Entry) -> Decimal:
        """What an entry puts on the customers' account."""
        account = self._books.country.banking.receivable
        return sum((line.signed for line in entry.lines if line.account == account), ZERO)

    def _correction(self, row: Row[Any]) -> Row[Any] | None:
        """The invoice that a credit note corrects, held; Conflict when it takes back too much."""
        if row.corrects_id is None:
            return None
        if row.corrects_id not in self._corrected:
            found = find_sale(self._connection, self._who, row.corrects_id, lock=True)
            self._corrected[found.id] = found, credited(self._connection, found.id)
        invoice, before = self._corrected[row.corrects_id]
        if before + row.gross_total > invoice.gross_total:
            raise Conflict(
                "The credit notes would exceed the invoice.",
                code="credit_too_much",
                advice="Make it smaller.",
                invoice_id=invoice.id,
            )
        return invoice

    def _credited(self, invoice: Row[Any]) -> Decimal:
        return self._corrected[invoice.id][1]

    def _cancel(self) -> None:
        """Invoices of which credit notes took back everything are cancelled; they keep their number."""
        corrected = {one.corrects.id: one.corrects for one in self._issued if one.corrects}
        whole = [row for row in corrected.values() if self._credited(row) == row.gross_total]
        if not whole:
            return
        self._connection.execute(
            update(t.sales_invoice)
            .where(_s.id.in_([invoice.id for invoice in whole]))
            .values(state=State.CANCELLED.value, version=_s.version + 1)
        )
        told = (
            ({**row._asdict(), "state": State.CANCELLED}, {"number": row.number}) for row in whole
        )
        self._tell("invoice.cancelled", told)

    def _day(self, series: str, wanted: date | None) -> date:
        """The day of issue: after the last of its series, in a period that is open."""
        last = self._place(series, (wanted or self._today).year).day
        day = day_to_issue(wanted, last, self._today)
        if self._kept.open_day(day) != day:
            raise locked(self._kept.locked_until)
        return day

    def _place(self, series: str, year: int) -> _Series:
        if (series, year) not in self._series:
            row = self._connection.execute(
                select(t.sales_series).where(
                    _n.company_id == self._company.id, _n.series == series, _n.year == year
                )
            ).one_or_none()
            self._series[series, year] = (
                _Series(row.last_number, row.last_hash, row.last_date, kept=True)
                if row is not None
                else _Series()
            )
        return self._series[series, year]

    def _remember_series(self) -> None:
        company = self._company
        for (series, year), place in self._series.items():
            if not place.number:
                continue
            last = {"last_number": place.number, "last_hash": place.hash, "last_date": place.day}
            if place.kept:
                mine = (_n.company_id == company.id, _n.series == series, _n.year == year)
                self._connection.execute(update(t.sales_series).where(*mine).values(**last))
            else:
                self._connection.execute(
                    insert(t.sales_series).values(
                        organisation_id=company.organisation_id,
                        company_id=company.id,
                        series=series,
                        year=year,
                        **last,
                    )
                )
                place.kept = True

    def _tell(self, type_: str, told: Iterable[tuple[dict[str, Any], dict[str, Any]]]) -> None:
        """An event of each invoice: what it is now, and what is told besides."""
        record_events(
            self._connection,
            self._house.now(),
            organisation_id=self._company.organisation_id,
            who=self._who,
            company_id=self._company.id,
            type_=type_,
            told={row["id"]: {**told_of(row), **more} for row, more in told},
        )


def _told(issued: _Issued) -> tuple[dict[str, Any], dict[str, Any]]:
    row = {**issued.row._asdict(), **issued.columns}
    return row, {
        "number": row["number"],
        "issued_on": row["issued_on"].isoformat(),
        "due_on": row["due_on"].isoformat() if row["due_on"] else None,
        "entry_id": row["entry_id"],
        "corrects_number": row["corrects_number"],
        "hash": row["hash"],
    }


def _must_be_whole(
    company: Row[Any],
    customer: Row[Any],
    settings: SalesSettings,
    row: Row[Any],
    lines: Sequence[DraftLine],
) -> None:
    """Invalid with what the law wants on the paper and nobody said."""
    if not lines:
        raise Invalid("The draft has no line.", code="sale_empty", fields=["lines"])
    if row.gross_total < 0:
        raise Invalid(
            "The total is negative.", code="sale_negative", advice="Make it a credit note."
        )
    missing = missing_of_seller(company)
    if missing:
        raise Invalid(
            "Compulsory mentions of the company are missing.",
            code="seller_incomplete",
            advice="Say them in the sales settings of the company: " + ", ".join(missing) + ".",
            fields=missing,
        )
    treatments = country(company.country).sales_treatments
    roles = {treatments[one.line.treatment].role for one in lines}
    if Role.EXEMPT in roles and not settings.exemption_reason:
        raise Invalid(
            "An exempt sale names the law that exempts it.",
            code="exemption_reason_missing",
            advice="Write it into the sales settings of the company.",
            fields=["exemption_reason"],
        )
    if roles & set(_ABROAD) and not (customer.vat_id and company.vat_id):
        raise Invalid(
            "A sale to another country of the Union shows both VAT numbers.",
            code="sale_vat_id_missing",
            advice="Complete the customer or the company.",
            fields=["vat_id"],
            customer_id=customer.id,
        )


def credited(connection: Connection, invoice_id: str) -> Decimal:
    """What finalised credit notes took back of an invoice, in its currency."""
    found = connection.execute(
        select(_s.gross_total).where(
            _s.corrects_id == invoice_id, _s.state == State.FINALISED.value
        )
    ).scalars()
    return sum(found, ZERO)


def _columns(invoice: SalesInvoice, settings: SalesSettings) -> dict[str, Any]:
    return {
        "number": invoice.number,
        "issued_on": invoice.issued_on,
        "due_on": invoice.due_on,
        "seller": party_json(invoice.seller),
        "buyer": party_json(invoice.customer),
        "terms": asdict(settings),
        "payment_terms": invoice.payment_terms,
        "payment_reference": invoice.payment_reference,
        "corrects_number": invoice.corrects_number or None,
        "corrects_date": invoice.corrects_date,
        "deposits": [
            [number, day.isoformat(), str(gross)] for number, day, gross in invoice.deposits
        ],
        "net_total": invoice.net_total,
        "vat_total": invoice.vat_total,
        "gross_total": invoice.gross_total,
    }


def _deposits(connection: Connection, row: Row[Any]) -> tuple[tuple[str, date, Decimal], ...]:
    """Number, day and gross of the deposit invoices that a draft deducts."""
    if not row.deposit_ids:
        return ()
    found = connection.execute(
        select(_s.number, _s.issued_on, _s.gross_total)
        .where(_s.id.in_(row.deposit_ids), _s.company_id == row.company_id)
        .order_by(_s.number)
    )
    return tuple((one.number, one.issued_on, one.gross_total) for one in found)
