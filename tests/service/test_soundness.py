"""After what people do through the operations, everything that must be true is true."""

from __future__ import annotations

from sqlalchemy import select, update

from service.house import House
from service.operations import accounting, intake, review, validation
from service.operations.imports import view
from storage import invariants
from storage import tables as t
from tests.service.conftest import Tenant
from tests.service.stack import ready_import
from tests.storage import world


def violations(house: House) -> list[invariants.Violation]:
    with house.store.reading() as connection:
        return invariants.check(connection, house.objects, house.now())


def test_from_the_upload_to_the_reversal_nothing_is_violated(
    any_house: House, any_tenant: Tenant
) -> None:
    who = any_tenant.who
    with any_house.store.transaction() as connection:
        endpoint_id = world.listen(connection, any_tenant.organisation_id)
    import_id = ready_import(any_house, any_tenant)
    assert violations(any_house) == []
    validation.validate(any_house, who, import_id)
    assert violations(any_house) == []
    with any_house.store.reading() as connection:
        document_id = connection.scalar(
            select(t.document.c.id).where(t.document.c.status == "to_post")
        )
    assert document_id is not None
    entry = accounting.post(
        any_house,
        who,
        document_id,
        choices=[{"part": 0, "account": "6064", "treatment": "FR_STD20"}],
    )
    assert violations(any_house) == []
    accounting.reverse(any_house, who, entry["id"], "wrong account")
    assert violations(any_house) == []
    accounting.post(
        any_house,
        who,
        document_id,
        choices=[{"part": 0, "account": "6068", "treatment": "FR_STD20"}],
    )
    assert violations(any_house) == []
    with any_house.store.reading() as connection:
        told = connection.scalars(
            select(t.event.c.type)
            .join(t.delivery, t.delivery.c.event_id == t.event.c.id)
            .where(t.delivery.c.endpoint_id == endpoint_id)
        ).all()
    assert [told.count(kind) for kind in ("invoice.posted", "entry.reversed")] == [2, 1]


def test_a_regrouping_and_its_undoing_lose_no_page(any_house: House, any_tenant: Tenant) -> None:
    who = any_tenant.who
    import_id = ready_import(any_house, any_tenant)
    with any_house.store.reading() as connection:
        pages = connection.scalars(
            select(t.page.c.id).where(t.page.c.import_id == import_id).order_by(t.page.c.number)
        ).all()
        before = view(connection, who, import_id)
    review.regroup(
        any_house,
        who,
        import_id,
        groups=[
            {"number": 1, "category": "letter", "pages": [pages[0]]},
            {"number": 2, "category": "purchase_invoice", "pages": [pages[3], pages[1]]},
        ],
        set_aside=[{"id": pages[2], "reason": "person"}],
        version=before["version"],
    )
    assert violations(any_house) == []
    review.undo(any_house, who, import_id)
    assert violations(any_house) == []


def test_a_deleted_import_is_not_seen_as_forgotten(any_house: House, any_tenant: Tenant) -> None:
    import_id = ready_import(any_house, any_tenant)
    with any_house.store.transaction() as connection:
        connection.execute(update(t.imports).values(status="processing"))
    intake.delete(any_house, any_tenant.who, import_id)
    assert violations(any_house) == []
