"""A small, healthy world written row by row: one import, its documents, a posted invoice.

Tests of guards and invariants need rows that no operation would write, so they write the sound
ones themselves as well and then spoil one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, insert, select, update

from domain.ids import new_id
from domain.journal import Entry, Line, Posted, entry_hash
from storage import tables as t
from storage.objects import Objects
from storage.outbox import record_event

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAY = date(2026, 3, 2)
LINES = (
    Line("6064", Decimal("100.00"), Decimal(0), "Fournitures"),
    Line("44566", Decimal("20.00"), Decimal(0), "TVA 20 %"),
    Line("401", Decimal(0), Decimal("120.00"), "Papeterie du Port", auxiliary="PAPETERIE"),
)


@dataclass(frozen=True, slots=True)
class World:
    organisation_id: str
    company_id: str
    import_id: str
    file_id: str
    group_id: str
    page_ids: tuple[str, ...]
    document_id: str


def people(connection: Connection, name: str = "Cabinet") -> tuple[str, str]:
    """An organisation with one company and its accounts."""
    organisation_id, company_id = new_id("org"), new_id("cmp")
    connection.execute(
        insert(t.organisation).values(id=organisation_id, name=name, settings={}, created_at=NOW)
    )
    connection.execute(
        insert(t.company).values(
            id=company_id, organisation_id=organisation_id, name=name, created_at=NOW
        )
    )
    for number in ("401", "44566", "6064"):
        connection.execute(
            insert(t.account).values(
                id=new_id("acc"),
                organisation_id=organisation_id,
                company_id=company_id,
                number=number,
                label_fr=number,
                label_en=number,
            )
        )
    return organisation_id, company_id


def reviewed(connection: Connection, objects: Objects | None = None) -> World:
    """A file of three pages: two in a group that is a document, one set aside as blank."""
    organisation_id, company_id = people(connection)
    mine = {"organisation_id": organisation_id}
    import_id, file_id, group_id = new_id("imp"), new_id("fil"), new_id("grp")
    document_id = new_id("doc")
    connection.execute(
        insert(t.imports).values(
            id=import_id,
            company_id=company_id,
            name="Courrier",
            status="validated",
            files=1,
            files_done=1,
            created_at=NOW,
            **mine,
        )
    )
    keys = [f"{organisation_id}/{name}" for name in ("original.pdf", "document.pdf")]
    stored = [objects.put_bytes(key, key.encode()) for key in keys] if objects else []
    connection.execute(
        insert(t.file).values(
            id=file_id,
            import_id=import_id,
            position=0,
            name="courrier.pdf",
            sha256=stored[0].sha256 if stored else "0" * 64,
            bytes=stored[0].bytes if stored else 1,
            status="ready",
            object_key=keys[0],
            pages=3,
            pages_done=3,
            created_at=NOW,
            **mine,
        )
    )
    connection.execute(
        insert(t.group).values(
            id=group_id,
            import_id=import_id,
            number=1,
            category="purchase_invoice",
            reading={"fields": {}},
            **mine,
        )
    )
    page_ids = tuple(new_id("pag") for _ in range(3))
    for number, page_id in enumerate(page_ids):
        grouped = number < 2
        connection.execute(
            insert(t.page).values(
                id=page_id,
                import_id=import_id,
                file_id=file_id,
                number=number,
                width=595,
                height=842,
                status="read",
                group_id=group_id if grouped else None,
                position=number if grouped else None,
                set_aside=None if grouped else "blank",
                **mine,
            )
        )
    connection.execute(
        insert(t.document).values(
            id=document_id,
            company_id=company_id,
            import_id=import_id,
            group_number=1,
            category="purchase_invoice",
            status="to_post",
            pages=2,
            pdf_key=keys[1],
            pdf_sha256=stored[1].sha256 if stored else "1" * 64,
            created_at=NOW,
            **mine,
        )
    )
    for position, page_id in enumerate(page_ids[:2]):
        connection.execute(
            insert(t.document_page).values(
                document_id=document_id, position=position, page_id=page_id
            )
        )
    return World(organisation_id, company_id, import_id, file_id, group_id, page_ids, document_id)


def write_entry(
    connection: Connection,
    world: World,
    lines: tuple[Line, ...] = LINES,
    *,
    number: int = 1,
    **columns: Any,
) -> str:
    """A journal entry as it is posted, lines first, without asking whether it is sound."""
    entry_id = columns.pop("id", None) or new_id("ent")
    write_lines(connection, world, entry_id, lines)
    row = {
        "id": entry_id,
        "organisation_id": world.organisation_id,
        "company_id": world.company_id,
        "journal": "HA",
        "year": 2026,
        "number": number,
        "entry_date": DAY,
        "piece_date": DAY,
        "piece_reference": f"F-{number}",
        "label": "Papeterie du Port",
        "currency": "EUR",
        "posted_by": "usr_1",
        "previous_hash": "",
        "hash": "0" * 64,
        "created_at": NOW,
    }
    connection.execute(insert(t.journal_entry).values(**(row | columns)))
    return entry_id


def write_lines(
    connection: Connection, world: World, entry_id: str, lines: tuple[Line, ...], start: int = 0
) -> None:
    for position, line in enumerate(lines, start):
        connection.execute(
            insert(t.journal_line).values(
                entry_id=entry_id,
                organisation_id=world.organisation_id,
                position=position,
                account=line.account,
                auxiliary=line.auxiliary,
                label=line.label,
                debit=line.debit,
                credit=line.credit,
                vat_code=line.vat_code,
            )
        )


def movement(connection: Connection, world: World, **columns: Any) -> None:
    """A movement of 120.00 that went out, on an accepted statement of an account at 401."""
    mine = {"organisation_id": world.organisation_id, "company_id": world.company_id}
    account_id, statement_id = new_id("bnk"), new_id("stm")
    connection.execute(
        insert(t.bank_account).values(
            **mine,
            id=account_id,
            name="Banque",
            currency="EUR",
            account="401",
            journal="BQ",
            created_at=NOW,
        )
    )
    connection.execute(
        insert(t.statement).values(
            **mine,
            id=statement_id,
            bank_account_id=account_id,
            source="csv",
            name="mars.csv",
            status="accepted",
            created_at=NOW,
        )
    )
    row = {
        **mine,
        "id": new_id("mov"),
        "statement_id": statement_id,
        "bank_account_id": account_id,
        "position": 0,
        "day": DAY,
        "label": "VIR",
        "amount": Decimal("-120.00"),
        "created_at": NOW,
    }
    connection.execute(insert(t.movement).values(**(row | columns)))


def post(connection: Connection, world: World) -> str:
    """The document of `world` posted soundly: entry, chain, counter, balances, event."""
    document = connection.execute(
        select(t.document).where(t.document.c.id == world.document_id)
    ).one()
    entry = Entry("HA", DAY, DAY, "F-1", "Papeterie du Port", "EUR", LINES)
    posted = Posted(
        id=new_id("ent"),
        company_id=world.company_id,
        year=2026,
        number=1,
        entry=entry,
        document_id=document.id,
        document_version=document.version,
        document_sha256=document.pdf_sha256,
        reverses_entry_id=None,
        posted_by="usr_1",
        posted_at=NOW,
        previous_hash="",
    )
    write_entry(
        connection,
        world,
        id=posted.id,
        document_id=posted.document_id,
        document_version=posted.document_version,
        document_sha256=posted.document_sha256,
        hash=entry_hash(posted),
    )
    mine = {"organisation_id": world.organisation_id, "company_id": world.company_id}
    connection.execute(
        insert(t.journal_counter).values(
            journal="HA", year=2026, last_number=1, last_hash=entry_hash(posted), **mine
        )
    )
    for line in LINES:
        connection.execute(
            insert(t.account_balance).values(
                year=2026, account=line.account, debit=line.debit, credit=line.credit, **mine
            )
        )
    connection.execute(
        update(t.document).where(t.document.c.id == document.id).values(status="posted")
    )
    record_event(
        connection,
        NOW,
        organisation_id=world.organisation_id,
        company_id=world.company_id,
        type_="invoice.posted",
        subject=document.id,
        data={"entry": {"id": posted.id}},
    )
    return posted.id


def listen(connection: Connection, organisation_id: str) -> str:
    """An endpoint that has listened to everything for a day."""
    endpoint_id = new_id("whe")
    connection.execute(
        insert(t.webhook_endpoint).values(
            id=endpoint_id,
            organisation_id=organisation_id,
            url="https://receiver.example/hooks",
            event_types=[],
            secret=b"-",
            created_at=NOW - timedelta(days=1),
        )
    )
    return endpoint_id
