"""A stack that has been read: an import that is ready, made of rows as the pipeline leaves them."""

from __future__ import annotations

from sqlalchemy import insert, update

from domain.findings import Finding, Reading
from domain.ids import new_id
from service.house import House
from service.operations import intake
from service.operations.intake import Arrived
from storage import tables as t
from tests.service.conftest import Tenant

INVOICE = Reading(
    {
        "supplier_name": Finding("Papeterie Générale SARL", 0.98, "consistent", "ocr", 0),
        "invoice_number": Finding("F-2026-12", 0.95, "read", "ocr", 0),
        "issue_date": Finding("2026-03-02", 0.97, "read", "ocr", 0),
        "currency": Finding("EUR", 0.99, "read", "ocr", 0),
        "net_total": Finding("100.00", 0.97, "proved", "ocr", 0),
        "vat_total": Finding("20.00", 0.97, "proved", "ocr", 0),
        "gross_total": Finding("120.00", 0.97, "proved", "ocr", 0),
    }
)
LETTER = Reading({})


def ready_import(
    house: House,
    tenant: Tenant,
    groups: tuple[tuple[str, int], ...] = (("purchase_invoice", 2), ("letter", 1)),
    *,
    blank: int = 1,
    name: str = "stack.pdf",
) -> str:
    """The id of an import of one file: `groups` of so many pages each, then `blank` blank pages."""
    file_id = new_id("fil")
    key = f"{tenant.organisation_id}/files/{file_id}"
    content = f"%PDF-1.7 {file_id}".encode()
    stored = house.objects.put_bytes(key, content)
    arrived = Arrived(file_id, name, stored.bytes, stored.sha256, key)
    received = intake.receive(house, tenant.who, [arrived], company_id=tenant.company_id)
    import_id = received.import_id
    picture = house.objects.put_bytes(f"{tenant.organisation_id}/{file_id}.webp", b"RIFF")
    with house.store.transaction() as connection:
        count = 0
        for number, (category, pages) in enumerate(groups, 1):
            group_id = new_id("grp")
            reading = INVOICE if category == "purchase_invoice" else LETTER
            connection.execute(
                insert(t.group).values(
                    id=group_id,
                    organisation_id=tenant.organisation_id,
                    import_id=import_id,
                    number=number,
                    category=category,
                    confidence=0.9,
                    sure=True,
                    guess={"category": category, "sure": True},
                    reading=reading.to_json(),
                    suggestion=[],
                )
            )
            for position in range(pages):
                _page(
                    connection,
                    tenant,
                    import_id,
                    file_id,
                    count,
                    picture.key,
                    group_id=group_id,
                    position=position,
                    cut=None if position else {"probability": 0.99, "reasons": []},
                )
                count += 1
        for _ in range(blank):
            _page(connection, tenant, import_id, file_id, count, picture.key, set_aside="blank")
            count += 1
        connection.execute(
            update(t.file)
            .where(t.file.c.id == file_id)
            .values(status="ready", pages=count, pages_done=count, tasks_open=0, pdf_key=key)
        )
        connection.execute(update(t.task).where(t.task.c.file_id == file_id).values(status="done"))
        connection.execute(
            update(t.imports)
            .where(t.imports.c.id == import_id)
            .values(status="ready", files_done=1)
        )
    return import_id


def _page(connection, tenant, import_id, file_id, number, picture, **place):
    connection.execute(
        insert(t.page).values(
            id=new_id("pag"),
            organisation_id=tenant.organisation_id,
            import_id=import_id,
            file_id=file_id,
            number=number,
            width=595,
            height=842,
            status="read",
            image_key=picture,
            thumbnail_key=picture,
            **place,
        )
    )
