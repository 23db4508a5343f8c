"""What customers owe as rows: finalised invoices with their credit notes and their payments."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, func, select

from domain.countries import country
from domain.money import ZERO
from domain.receivables import Claim
from storage import tables as t

_s, _line, _m = t.sales_invoice.c, t.journal_line.c, t.movement_match.c
_CHUNK = 300
FIRST = func.coalesce(_s.corrects_id, _s.id)
"""The invoice that a row is about: of a credit note the one it takes back."""


def claims(connection: Connection, invoice_ids: Iterable[str]) -> dict[str, list[Claim]]:
    """Invoice → its claim and those of its credit notes, as they were finalised; `invoice_ids` are
    not of credit notes that take an invoice back.
    """
    found: dict[str, list[Claim]] = {}
    ids = sorted(set(invoice_ids))
    for chunk in (ids[at : at + _CHUNK] for at in range(0, len(ids), _CHUNK)):
        rows = connection.execute(
            select(_s.id, _s.entry_id, FIRST.label("first"), t.company.c.country)
            .join(t.company, t.company.c.id == _s.company_id)
            .where(_s.state != "draft", _s.id.in_(chunk) | _s.corrects_id.in_(chunk))
            .order_by(_s.corrects_id.is_not(None), _s.finalised_at, _s.id)
        ).all()
        owed = {
            (row.entry_id, row.account): row.debit - row.credit
            for row in connection.execute(
                select(
                    _line.entry_id,
                    _line.account,
                    func.sum(_line.debit).label("debit"),
                    func.sum(_line.credit).label("credit"),
                )
                .where(_line.entry_id.in_([row.entry_id for row in rows]))
                .group_by(_line.entry_id, _line.account)
            )
        }
        paid = {
            row.invoice_id: (row.amount, row.day)
            for row in connection.execute(
                select(
                    _m.invoice_id,
                    func.sum(_m.amount).label("amount"),
                    func.max(t.movement.c.day).label("day"),
                )
                .join(t.movement, t.movement.c.id == _m.movement_id)
                .where(_m.invoice_id.in_([row.id for row in rows]))
                .group_by(_m.invoice_id)
            )
        }
        for row in rows:
            account = country(row.country).banking.receivable
            amount, day = paid.get(row.id, (ZERO, None))
            claim = Claim(row.id, owed.get((row.entry_id, account), ZERO), amount, day)
            found.setdefault(row.first, []).append(claim)
    return found
