"""The dial: what the machine may post by itself, what it did, and what it would have done.

`consider` is asked once for each new document, when its PDF is there. It judges and posts in one
transaction that holds the company, so that what was judged is what is posted. The replay judges the
documents of the last 90 days as they were when they came: as the machine had read them, knowing
only what was posted before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, func, select

from domain.automation import (
    DAYS_REPLAYED,
    KNOWN_AFTER,
    Against,
    Dial,
    against,
    allows,
    goes_to_a_person,
)
from domain.documents import POSTABLE, DocumentStatus
from domain.errors import Invalid, Refused
from domain.findings import Reading
from domain.journal import Entry
from domain.money import parse_amount
from domain.people import MACHINE, Scope, Who
from domain.suggestions import History, PastPosting
from domain.suppliers import identity_of, matching
from service.house import House
from service.operations import (
    accounting,
    automatic,
    books,
    companies,
    locks,
    posting_rules,
)
from service.operations.proposals import Prepared, prepare
from service.operations.suggested import Known, known_of
from service.operations.suppliers import known_suppliers
from storage import tables as t
from storage import tasks
from storage.outbox import record_action

STEP = "post"
MOST_REPLAYED = 1_000
"""Of a company with more, the newest: a hundred are judged in a second."""
MOST_PAST = 10_000
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Judged:
    """A document, what stands against posting it, and the entry it would become."""

    prepared: Prepared
    reasons: tuple[Against, ...]
    posted_before: int
    entry: Entry | None


def ask(connection: Connection, house: House, document_id: str) -> None:
    """Ask for a new document to be considered, where the company's dial is on."""
    row: Any = connection.execute(
        select(t.document.c.organisation_id, t.document.c.status, t.company.c.settings)
        .join(t.company, t.company.c.id == t.document.c.company_id)
        .where(t.document.c.id == document_id)
    ).one()
    if row.status == DocumentStatus.TO_POST and automatic.settings_of(row).dial is not Dial.OFF:
        tasks.request(
            connection,
            house.now(),
            organisation_id=row.organisation_id,
            step=STEP,
            subject=document_id,
        )


def consider(house: House, organisation_id: str, document_id: str) -> str:
    """Post a document, leave it to a person to compare, or leave it alone; says which."""
    who = automatic.machine(organisation_id)
    try:
        with house.store.transaction() as connection:
            return _considered(connection, house, who, document_id)
    except Refused as refusal:  # gone, locked by a person, a closed account: somebody looks at it
        return refusal.code


def _considered(connection: Connection, house: House, who: Who, document_id: str) -> str:
    company, document = accounting.held(connection, who, document_id)
    settings = automatic.settings_of(company)
    if document.status != DocumentStatus.TO_POST or document.pdf_sha256 is None:
        return "not_waiting"
    if automatic.had_its_chance(connection, document.id):
        return "considered_before"
    locks.must_be_free(connection, who, document.id, house.now())
    reading = Reading.from_json(document.reading)
    judged = _judged(
        connection, company, document, house.now(), known_of(connection, company, reading)
    )
    if judged.entry is None or not allows(settings.dial, judged.reasons, judged.posted_before):
        return "left"
    entry_id = None
    if not goes_to_a_person(document.id, settings.share):
        entry_id = accounting.write(connection, house, who, company, judged.prepared, judged.entry)[
            "id"
        ]
    automatic.remember(connection, house.now(), document, judged.entry.lines, entry_id)
    return "posted" if entry_id else "shown"


def _judged(
    connection: Connection, company: Row[Any], document: Row[Any], now: datetime, known: Known
) -> Judged:
    prepared = prepare(connection, company, document, now.date(), known=known)
    reasons = against(
        prepared.reading,
        prepared.purchase.category,
        prepared.suggestions,
        prepared.found,
        {rule.id for rule in known.rules if rule.automatic},
        now.date() - (prepared.purchase.issue_date or now.date()),
    )
    try:
        entry = prepared.proposal.entry()
    except ValueError:
        entry = None
    return Judged(prepared, reasons, posted_by_people(known.history), entry)


def posted_by_people(history: History) -> int:
    """How many entries of the supplier people have posted that still stand."""
    if history.supplier is None:
        return 0
    return len(
        {
            p.entry_id
            for p in history.past
            if p.supplier_id == history.supplier.id and p.posted_by != MACHINE
        }
    )


def automation(house: House, who: Who, company_id: str) -> dict[str, Any]:
    """Where the dial is, and what came of it since it was turned."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        return _json(connection, companies.find(connection, who, company_id))


def turn(
    house: House, who: Who, company_id: str, dial: str | None = None, share: str | None = None
) -> dict[str, Any]:
    """Turn a company's dial, or change the share of sure documents that go to a person."""
    who.must(Scope.ADMIN)
    with house.store.transaction() as connection:
        company = companies.find(connection, who, company_id, lock=True)
        before = automatic.settings_of(company)
        after = before
        if share is not None:
            after = replace(after, share=_share(share))
        if dial is not None:
            if dial not in set(Dial):
                raise Invalid(
                    "The dial is off, known or proved.",
                    code="automation_dial",
                    fields=["dial"],
                )
            # What went wrong before is not counted twice: turning it on begins anew.
            fresh = before.dial is Dial.OFF and dial != Dial.OFF
            since = house.now().isoformat() if fresh else before.since
            after = replace(after, dial=Dial(dial), since=since, fell_back=None)
        if after != before:
            automatic.keep_settings(connection, company, after)
            record_action(
                connection,
                house.now(),
                who,
                "automation.changed",
                company.id,
                company_id=company.id,
                dial=after.dial.value,
                share=str(after.share),
            )
        return _json(connection, companies.find(connection, who, company_id))


def replay(house: House, who: Who, company_id: str) -> dict[str, Any]:
    """What each place of the dial would have done with the documents of the last 90 days, and what
    people did with them.
    """
    who.must(Scope.BOOKS_READ)
    since = house.now() - timedelta(days=DAYS_REPLAYED)
    with house.store.reading() as connection:
        company = companies.find(connection, who, company_id)
        share = automatic.settings_of(company).share
        buyer = books.company_values(connection, company.id)
        kept = replace(books.books_of(connection, company), locked_until=None)
        rules = [r for r in posting_rules.acting(connection, company.id)
                 if r.account in buyer.accounts]  # fmt: skip
        past = books.past(connection, company.id, limit=MOST_PAST)
        suppliers = known_suppliers(connection, company.id)
        documents = _documents(connection, company.id, since)
        posted = _posted(connection, [row.id for row in documents])
        judged = []
        for row in documents:
            reading = Reading.from_json(row.reading)
            supplier = matching(identity_of(reading), suppliers)
            known = History(supplier, _before(past, supplier.id, row) if supplier else ())
            told = _judged(
                connection, company, row, row.created_at, Known(buyer, kept, known, rules)
            )
            judged.append((row, told, posted.get(row.id)))
    return {
        "company_id": company.id,
        "days": DAYS_REPLAYED,
        "documents": len(documents),
        "places": [_place(dial, judged, share) for dial in (Dial.KNOWN, Dial.PROVED)],
        "reasons": dict(
            Counter(reason for _, told, _ in judged for reason in told.reasons).most_common()
        ),
    }


_Told = tuple[Row[Any], Judged, tuple[str, list[list[Any]]] | None]


def _place(dial: Dial, judged: Sequence[_Told], share: Decimal) -> dict[str, Any]:
    chosen = [
        (row, told.entry, posted)
        for row, told, posted in judged
        if told.entry is not None and allows(dial, told.reasons, told.posted_before)
    ]
    otherwise = [
        {
            "document_id": row.id,
            "supplier_name": row.supplier_name,
            "invoice_number": row.invoice_number,
            "issue_date": row.issue_date.isoformat() if row.issue_date else None,
            "gross_total": str(row.gross_total) if row.gross_total is not None else None,
            "would": _accounts(automatic.content_of(entry.lines), posted[1]),
            "posted": _accounts(posted[1], automatic.content_of(entry.lines)),
            "entry_id": posted[0],
        }
        for row, entry, posted in chosen
        if posted is not None and automatic.content_of(entry.lines) != posted[1]
    ]
    compared = sum(posted is not None for _, _, posted in chosen)
    return {
        "dial": dial.value,
        "documents": len(chosen),
        "to_people": sum(goes_to_a_person(row.id, share) for row, _, _ in chosen),
        "compared": compared,
        "agreed": compared - len(otherwise),
        "otherwise": len(otherwise),
        "items": otherwise[:SHOWN],
    }


def _accounts(lines: list[list[Any]], others: list[list[Any]]) -> list[dict[str, str]]:
    """What of an entry is not in the other."""
    return [
        {"account": account, "treatment": treatment, "amount": str(Decimal(cents).scaleb(-2))}
        for account, treatment, cents in lines
        if [account, treatment, cents] not in others
    ]


def _before(
    past: Sequence[PastPosting], supplier_id: str, row: Row[Any]
) -> tuple[PastPosting, ...]:
    """What had been posted of a supplier when a document came."""
    return tuple(
        p
        for p in past
        if p.supplier_id == supplier_id and p.posted_at and p.posted_at < row.created_at
    )[: books.PAST_OF_SUPPLIER]


def _documents(connection: Connection, company_id: str, since: datetime) -> Sequence[Row[Any]]:
    """The documents of the last days, each as the machine had read it, the newest first."""
    c = t.document.c
    columns = [column for column in c if column.name != "reading"]
    as_read = func.coalesce(c.machine_reading, c.reading).label("reading")
    rows: Sequence[Any] = connection.execute(
        select(*columns, as_read)
        .where(
            c.company_id == company_id,
            c.category.in_(POSTABLE),
            c.status.in_((DocumentStatus.TO_POST, DocumentStatus.POSTED)),
            c.withdrawn_at.is_(None),
            c.created_at >= since,
            c.reading.is_not(None),
        )
        .order_by(c.id.desc())
        .limit(MOST_REPLAYED)
    ).all()
    return rows


def _posted(
    connection: Connection, document_ids: list[str]
) -> dict[str, tuple[str, list[list[Any]]]]:
    """Document → its entry that stands, and what that says."""
    found: dict[str, tuple[str, list[list[Any]]]] = {}
    for document_id, entry_id, lines in automatic.standing(connection, document_ids):
        found[document_id] = (entry_id, lines)
    return found


def _share(text: str) -> Decimal:
    try:
        share = parse_amount(text)
    except ValueError:
        share = Decimal(-1)
    if not 0 <= share <= 100:
        raise Invalid(
            "The share is a percentage from 0 to 100.", code="automation_share", fields=["share"]
        )
    return share


def _json(connection: Connection, company: Row[Any]) -> dict[str, Any]:
    settings = automatic.settings_of(company)
    told = []
    if settings.since:
        told = automatic.outcomes(connection, company.id, datetime.fromisoformat(settings.since))
    return {
        "company_id": company.id,
        **settings.to_json(),
        "known_after": KNOWN_AFTER,
        "last": {
            "posted": sum(o.entry_id is not None for o in told),
            "to_people": sum(o.entry_id is None for o in told),
            "right": sum(o.right is True for o in told),
            "wrong": sum(o.right is False for o in told),
            "wrong_documents": [o.document_id for o in told if o.right is False],
        },
    }
