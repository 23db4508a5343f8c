"""Sales as rows: lines and invoices read back as values, and the chain of what was finalised."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, select

from domain.drafts import DraftLine, State
from domain.sales import Address, InvoiceKind, Nature, Party, SalesInvoice, SalesLine
from domain.sales_chain import Numbered, invoice_hash
from storage import tables as t

_s, _l, _n = t.sales_invoice.c, t.sales_line.c, t.sales_series.c
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class BrokenSale:
    """Where a series is not what was finalised, and how it shows."""

    invoice_id: str
    series: str
    year: int
    number: int
    what: str


def lines_of(connection: Connection, invoice_ids: Iterable[str]) -> dict[str, list[DraftLine]]:
    """Invoice → its lines in their order; those without any are there too."""
    ids = list(invoice_ids)
    found: dict[str, list[DraftLine]] = {one: [] for one in ids}
    for start in range(0, len(ids), _CHUNK):
        for row in connection.execute(
            select(t.sales_line)
            .where(_l.invoice_id.in_(ids[start : start + _CHUNK]))
            .order_by(_l.invoice_id, _l.position)
        ):
            found[row.invoice_id].append(DraftLine(row.id, line_value(row, row.record_ids)))
    return found


def line_value(row: Row[Any], record_ids: Sequence[str]) -> SalesLine:
    """What a row of a line or of a record says was sold."""
    return SalesLine(
        text=row.text,
        quantity=row.quantity,
        unit_price=row.unit_price,
        vat_rate=row.vat_rate,
        treatment=row.treatment,
        details=row.details,
        unit=row.unit,
        discount_percent=row.discount_percent,
        nature=Nature(row.nature),
        served_on=row.served_on,
        account=row.account,
        record_ids=tuple(record_ids),
    )


def sale_value(
    row: Row[Any], lines: Sequence[DraftLine], seller: Party, customer: Party, **more: Any
) -> SalesInvoice:
    """The invoice of a row; `more` replaces what only a finalised one has, and days."""
    values: dict[str, Any] = {"issued_on": row.issued_on, "due_on": row.due_on, **more}
    return SalesInvoice(
        kind=InvoiceKind(row.kind),
        seller=seller,
        customer=customer,
        currency=row.currency,
        lines=tuple(one.line for one in lines),
        title=row.title,
        introduction=row.introduction,
        closing=row.closing,
        order_reference=row.order_reference,
        language=row.language,
        **values,
    )


def issued(row: Row[Any], lines: Sequence[DraftLine]) -> SalesInvoice:
    """A finalised invoice as it was finalised."""
    return sale_value(
        row,
        lines,
        party_from(row.seller),
        party_from(row.buyer),
        number=row.number,
        payment_terms=row.payment_terms,
        payment_reference=row.payment_reference,
        corrects_number=row.corrects_number or "",
        corrects_date=row.corrects_date,
        deposits=tuple(
            (number, date.fromisoformat(day), Decimal(gross)) for number, day, gross in row.deposits
        ),
    )


def party_from(kept: Mapping[str, Any]) -> Party:
    return Party(**{**kept, "address": Address(**kept["address"])})


def verify_chain(connection: Connection) -> Iterator[BrokenSale]:
    """Where finalised invoices are not what was finalised: a changed byte, a hole, a cut end."""
    last: dict[tuple[str, str, int], tuple[int, str]] = {}
    ids = connection.scalars(
        select(_s.id)
        .where(_s.state != State.DRAFT.value)
        .order_by(_s.company_id, _s.series, _s.year, _s.number_in_series)
    ).all()
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        found = {
            row.id: row
            for row in connection.execute(select(t.sales_invoice).where(_s.id.in_(chunk)))
        }
        lines = lines_of(connection, chunk)
        for one in chunk:
            row = found[one]
            key = (row.company_id, row.series, row.year)
            what = _broken(row, lines[one], *last.get(key, (0, "")))
            if what:
                yield BrokenSale(row.id, row.series, row.year, row.number_in_series, what)
            last[key] = (row.number_in_series, row.hash)
    for series in connection.execute(select(t.sales_series)):
        end = last.get((series.company_id, series.series, series.year), (0, ""))
        if (series.last_number, series.last_hash) != end:
            yield BrokenSale(
                series.company_id, series.series, series.year, series.last_number,
                "its last invoice is not there",
            )  # fmt: skip


def _broken(
    row: Row[Any], lines: Sequence[DraftLine], number: int, previous_hash: str
) -> str | None:
    if row.number_in_series != number + 1:
        return f"number {row.number_in_series} follows {number}"
    if row.previous_hash != previous_hash:
        return "it does not follow the invoice before it"
    numbered = Numbered(
        row.id,
        row.company_id,
        row.series,
        row.year,
        row.number_in_series,
        issued(row, lines),
        row.previous_hash,
    )
    return None if invoice_hash(numbered) == row.hash else "it is not what was finalised"
