"""Returns of VAT: what the books say of a period, looked at, posted once, cancelled as a whole.

A return looks at everything up to its last day that no return before has settled: what was posted
late is declared with the next one. Returns are therefore posted in the order of their periods.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from domain.countries import Country, country
from domain.errors import Conflict, Invalid, NotFound
from domain.handwritten import MISCELLANEOUS, entry_id, line_of
from domain.ids import new_id
from domain.journal import Entry, plain_text
from domain.money import ZERO, cents
from domain.people import Scope, Who
from domain.sales_vat import SalesTreatment
from domain.vat import VatTreatment
from domain.vat_return import (
    LedgerLine,
    Posting,
    Treated,
    Waiting,
    checked_period,
    flat,
    in_boxes,
    last_whole_period,
    on_imports,
    period_after,
    period_of,
    released,
    settled,
    together,
)
from service.house import House
from service.lists import Page
from service.operations import accounts, companies, vat_ledger
from service.operations.acceptance import given_reason
from service.operations.books import books_of, net_tax_rate
from service.operations.entries import stored_entry, write_reversal
from service.operations.manual_entries import write
from service.operations.proposed import account_label
from storage import journal
from storage import tables as t
from storage.outbox import record_action
from storage.visibility import within

_USUAL_MONTHS = {"FR": 1, "BE": 3, "CH": 3}
"""How many months most companies of a country declare at a time."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks of a return: its days, the imports to declare with it (the base with its
    duties, and a rate), and the entries whose VAT waited for a payment that has been made.
    """

    start: date
    end: date
    import_base: str = ""
    import_pct: str = ""
    released: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Worked:
    wanted: Wanted
    ledger: vat_ledger.Ledger
    boxes: dict[str, Decimal]
    treated: list[Treated]
    """By treatment, with what this return releases."""
    waiting: list[Waiting]
    released: frozenset[str]
    """The entries whose VAT it releases: those that were asked for, and those of invoices that a
    person said were paid."""
    entries: list[tuple[str, tuple[Posting, ...]]]
    """(label, what it posts), in the order of posting."""
    owed: Decimal
    """What is to be paid; negative for a credit that is carried on."""


def next_period(house: House, who: Who, company_id: str) -> Wanted:
    """The period after the last return, as long as that; else the last whole one of those that most
    companies of the country declare.
    """
    who.must(Scope.BOOKS_READ)
    c = t.vat_return.c
    with house.store.reading() as connection:
        company = companies.find(connection, who, company_id)
        last = connection.execute(
            select(t.vat_return)
            .where(c.company_id == company.id, c.cancelled_at.is_(None))
            .order_by(c.end.desc())
            .limit(1)
        ).one_or_none()
    if last is None:
        return Wanted(*last_whole_period(house.now().date(), _USUAL_MONTHS[company.country]))
    return Wanted(*period_after(last.start, last.end))


def preview(house: House, who: Who, company_id: str, wanted: Wanted) -> dict[str, Any]:
    """The return of a period as the books have it now; `done` names the return that is there."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        company = companies.find(connection, who, company_id)
        worked = _worked(connection, company, wanted)
        names = accounts.labels(connection, company.id)
        shown = _to_json(worked, company, names, who)
        done = _overlapping(connection, company, wanted)
        return {**shown, "done": done.id if done is not None else None}


def post(
    house: House, who: Who, company_id: str, wanted: Wanted, owed: str | None = None
) -> dict[str, Any]:
    """Post the entries of a period's return, once. `owed` is what the person saw: Conflict when the
    books say something else by now.
    """
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        found = companies.find(connection, who, company_id)
        company = journal.hold(connection, who.organisation_id, found.id)
        assert company is not None
        _must_be_next(connection, company, wanted)
        worked = _worked(connection, company, wanted)
        if owed not in (None, "", str(worked.owed)):
            raise Conflict(
                "The books changed meanwhile.",
                code="vat_changed",
                advice="Look at the return again.",
                owed=str(worked.owed),
            )
        names = accounts.labels(connection, company.id)
        content = _to_json(worked, company, names, who)
        attempt = _attempts(connection, company, wanted)
        return_id = new_id("vat")
        connection.execute(
            insert(t.vat_return).values(
                id=return_id,
                organisation_id=who.organisation_id,
                company_id=company.id,
                start=wanted.start,
                end=wanted.end,
                attempt=attempt,
                content=content,
                made_by=who.id,
                created_at=house.now(),
            )
        )
        for position, entry in enumerate(_entries(connection, company, worked)):
            key = f"vat:{wanted.start}:{wanted.end}:{attempt}:{position}"
            made_id = entry_id(company.id, key)
            write(connection, house, who, company, entry, made_id, vat_return_id=return_id)
            connection.execute(
                insert(t.vat_return_entry).values(
                    entry_id=made_id,
                    organisation_id=who.organisation_id,
                    vat_return_id=return_id,
                    position=position,
                )
            )
        record_action(
            connection, house.now(), who, "vat_return.posted", return_id, company_id=company.id
        )
        return _stored_json(connection, _find(connection, who, return_id))


def list_returns(house: House, who: Who, company_id: str) -> Page:
    """The returns of a company, the latest period first, cancelled ones too."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        company = companies.find(connection, who, company_id)
        c = t.vat_return.c
        rows = connection.execute(
            select(t.vat_return)
            .where(c.company_id == company.id)
            .order_by(c.end.desc(), c.attempt.desc())
        ).all()
        return {"items": [_stored_json(connection, row) for row in rows], "next_cursor": None}


def get(house: House, who: Who, vat_return_id: str) -> dict[str, Any]:
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        return _stored_json(connection, _find(connection, who, vat_return_id))


def cancel(house: House, who: Who, vat_return_id: str, reason: str) -> dict[str, Any]:
    """Reverse all entries of the latest return, so that its period may be declared again."""
    who.must(Scope.BOOKS_WRITE)
    reason = given_reason(reason)
    with house.store.transaction() as connection:
        found = _find(connection, who, vat_return_id)
        company = journal.hold(connection, who.organisation_id, found.company_id)
        assert company is not None
        found = _find(connection, who, vat_return_id)
        c = t.vat_return.c
        if found.cancelled_at is not None:
            raise Conflict("This return is cancelled already.", code="already_cancelled")
        _must_be_last(connection, company, found.end)
        kept = books_of(connection, company)
        for made_id in reversed(_entry_ids(connection, found.id)):
            stored = stored_entry(connection, who, made_id)
            day = kept.open_day(stored.entry.entry_date)
            write_reversal(connection, house, who, company, stored, day, reason)
        connection.execute(
            update(t.vat_return).where(c.id == found.id).values(cancelled_at=house.now())
        )
        record_action(
            connection, house.now(), who, "vat_return.cancelled", found.id, company_id=company.id
        )
        return _stored_json(connection, _find(connection, who, found.id))


def _worked(connection: Connection, company: Row[Any], wanted: Wanted) -> _Worked:
    checked_period(wanted.start, wanted.end)
    where = country(company.country)
    form, name = where.vat_form, period_of(wanted.start, wanted.end)
    ledger = vat_ledger.ledger(connection, company, wanted.start, wanted.end)
    waiting = vat_ledger.waiting(connection, company, wanted.end)
    asked = set(wanted.released)
    chosen = [
        one
        for one in waiting
        if one.entry_id in asked or (one.paid_on is not None and one.paid_on <= wanted.end)
    ]
    lines = list(ledger.lines)
    entries: list[tuple[str, tuple[Posting, ...]]] = []
    if wanted.import_base:
        pct = _number(wanted.import_pct, "import_pct") if wanted.import_pct else None
        imports = on_imports(form, _number(wanted.import_base, "import_base"), pct)
        entries.append((f"TVA à l'importation {name}", imports))
    if chosen and where.pending_vat:
        freed = released(form, chosen, pending=where.pending_vat, deducted=where.input_vat_for("6"))
        entries.append((f"TVA sur règlements {name}", freed))
        lines += [LedgerLine("", wanted.end, p.account, p.treatment, p.amount) for p in freed]
    treated = vat_ledger.treated(company, lines)
    balances = dict(ledger.balances)
    for posting in (posting for _, postings in entries for posting in postings):
        if form.is_vat(posting.account):
            balances[posting.account] = balances.get(posting.account, ZERO) + posting.amount
    closing = settled(form, balances, loss=where.rounding_loss, gain=where.rounding_gain)
    if (company.settings or {}).get("vat_regime") == "tdfn" and form.net_rate is not None:
        pct = net_tax_rate(company)
        if not pct:
            raise Invalid(
                "The net tax rate of the company is not set.",
                code="net_tax_rate_missing",
                advice="Set it where it is said how the books are kept.",
            )
        closing = together(closing, flat(form, ledger.turnover, pct))
    entries.append((f"Déclaration de TVA {name}", closing))
    owed = -sum((p.amount for p in closing if p.account in (form.payable, form.credit)), ZERO)
    # What was carried on as a credit is emptied by the same entry.
    owed += -ledger.balances.get(form.credit, ZERO) if form.credit != form.payable else ZERO
    boxes = in_boxes(
        form,
        treated,
        balances,
        {key: one.boxes.split() for key, one in _treatments(where).items()},
        where.sales_treatments.keys(),
    )
    return _Worked(
        wanted,
        ledger,
        boxes,
        treated,
        waiting,
        frozenset(one.entry_id for one in chosen),
        [e for e in entries if e[1]],
        owed,
    )


def _entries(connection: Connection, company: Row[Any], worked: _Worked) -> list[Entry]:
    """Dated the last day of the period, or the first open day after it."""
    end = worked.wanted.end
    day = books_of(connection, company).open_day(end)
    return [
        Entry(
            journal=MISCELLANEOUS,
            entry_date=day,
            piece_date=end,
            piece_reference=f"TVA {period_of(worked.wanted.start, end)}",
            label=label,
            currency=company.currency,
            lines=tuple(
                line_of(
                    p.account,
                    p.amount,
                    f"{label} – {p.label}" if p.label else label,
                    p.treatment or None,
                )
                for p in postings
            ),
        )
        for label, postings in worked.entries
    ]


def _must_be_next(connection: Connection, company: Row[Any], wanted: Wanted) -> None:
    done = _overlapping(connection, company, wanted)
    if done is not None:
        raise Conflict(
            "VAT of these days was declared already.",
            code="vat_period_done",
            advice="Cancel that return if it is wrong.",
            vat_return_id=done.id,
        )
    _must_be_last(connection, company, wanted.end)


def _must_be_last(connection: Connection, company: Row[Any], end: date) -> None:
    c = t.vat_return.c
    later = connection.scalar(
        select(c.id)
        .where(c.company_id == company.id, c.cancelled_at.is_(None), c.end > end)
        .limit(1)
    )
    if later is not None:
        raise Conflict(
            "A later period was declared already.",
            code="vat_period_before",
            advice="Cancel the later return first; what was posted late belongs to the next one.",
            vat_return_id=later,
        )


def _overlapping(connection: Connection, company: Row[Any], wanted: Wanted) -> Row[Any] | None:
    c = t.vat_return.c
    return connection.execute(
        select(t.vat_return)
        .where(
            c.company_id == company.id,
            c.cancelled_at.is_(None),
            c.start <= wanted.end,
            c.end >= wanted.start,
        )
        .limit(1)
    ).one_or_none()


def _attempts(connection: Connection, company: Row[Any], wanted: Wanted) -> int:
    c = t.vat_return.c
    return connection.scalar(
        select(func.count()).where(c.company_id == company.id, c.start == wanted.start)
    ) or 0  # fmt: skip


def _find(connection: Connection, who: Who, vat_return_id: str) -> Row[Any]:
    row = connection.execute(
        select(t.vat_return).where(t.vat_return.c.id == vat_return_id, within(who, t.vat_return))
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such return of VAT.")
    return row


def _entry_ids(connection: Connection, vat_return_id: str) -> list[str]:
    c = t.vat_return_entry.c
    return list(
        connection.scalars(
            select(c.entry_id).where(c.vat_return_id == vat_return_id).order_by(c.position)
        )
    )


def _stored_json(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        **row.content,
        "entry_ids": _entry_ids(connection, row.id),
        "made_by": row.made_by,
        "created_at": row.created_at.isoformat(),
        "cancelled_at": row.cancelled_at.isoformat() if row.cancelled_at else None,
    }


def _to_json(
    worked: _Worked, company: Row[Any], names: dict[str, Row[Any]], who: Who
) -> dict[str, Any]:
    where = country(company.country)
    english = who.language == "en"

    treatments = _treatments(where)

    def treatment(key: str) -> str:
        known = treatments.get(key)
        return key if known is None else known.label_en if english else known.label_fr

    boxes = where.vat_form.boxes
    return {
        "company_id": company.id,
        "start": worked.wanted.start.isoformat(),
        "end": worked.wanted.end.isoformat(),
        "name": period_of(worked.wanted.start, worked.wanted.end),
        "currency": company.currency,
        "owed": str(worked.owed),
        "turnover": str(worked.ledger.turnover),
        "due_without_treatment": str(_due_without_treatment(worked, where)),
        "boxes": [
            {
                "code": code,
                "kind": boxes[code].kind if code in boxes else "deducted",
                "label": (boxes[code].label_en if english else boxes[code].label_fr)
                if code in boxes
                else "",
                "amount": str(amount),
            }
            for code, amount in worked.boxes.items()
        ],
        "treatments": [
            {
                "treatment": one.treatment,
                "label": treatment(one.treatment),
                "boxes": known.boxes.split() if (known := treatments.get(one.treatment)) else [],
                "base": str(one.base),
                "due": str(one.due),
                "deducted": str(one.deducted),
                "entries": [
                    {**worked.ledger.entries[e], "amount": str(amount)}
                    for e, amount in one.entries.items()
                    if e in worked.ledger.entries
                ],
            }
            for one in worked.treated
        ],
        "accounts": [
            {
                "account": account,
                "label": account_label(names, account, who.language),
                "balance": str(balance),
                "earlier": str(worked.ledger.earlier.get(account, ZERO)),
            }
            for account, balance in sorted(worked.ledger.balances.items())
        ],
        "waiting": [
            {
                "entry_id": one.entry_id,
                "date": one.day.isoformat(),
                "label": one.label,
                "amount": str(one.amount),
                "parts": [{"treatment": key, "amount": str(vat)} for key, vat in one.parts],
                "paid_on": one.paid_on.isoformat() if one.paid_on else None,
                "released": one.entry_id in worked.released,
            }
            for one in worked.waiting
        ],
        "imports_declared": bool(where.vat_form.import_due),
        "entries": [
            {
                "label": label,
                "lines": [
                    {
                        "account": p.account,
                        "account_label": account_label(names, p.account, who.language),
                        "label": plain_text(p.label, 120),
                        "debit": str(p.amount if p.amount > 0 else ZERO),
                        "credit": str(-p.amount if p.amount < 0 else ZERO),
                    }
                    for p in postings
                ],
            }
            for label, postings in worked.entries
        ],
    }


def _due_without_treatment(worked: _Worked, where: Country) -> Decimal:
    """What is owed and stands in no box: written by hand, or posted before the period."""
    ledger = worked.ledger
    due = sum((b for a, b in ledger.balances.items() if where.vat_form.is_due(a)), ZERO)
    return -due - sum((one.due for one in ledger.treated), ZERO)


def _treatments(where: Country) -> dict[str, VatTreatment | SalesTreatment]:
    """Of purchases and of sales."""
    return {**where.treatments, **where.sales_treatments}


def _number(text: str, name: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not 0 <= number < 10**12:
        raise Invalid("This is not an amount.", code="invalid_value", fields=[name])
    return cents(number) if name == "import_base" else number
