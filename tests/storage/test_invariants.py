from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update

from domain.ids import new_id
from service.house import House
from storage import guards, invariants
from storage import tables as t
from storage.outbox import promise, record_event
from tests.storage import world
from tests.storage.world import LINES, NOW, World

Break = Callable[[Connection, World], None]
BREAKS: list[tuple[int, str, Break]] = []


def breaks(number: int, says: str) -> Callable[[Break], Break]:
    """Declare a way to spoil a sound world, and which invariant must name it with which words."""

    def declare(function: Break) -> Break:
        BREAKS.append((number, says, function))
        return function

    return declare


def made_sound(house: House) -> World:
    with house.store.transaction() as connection:
        here = world.reviewed(connection, house.objects)
        world.listen(connection, here.organisation_id)
        world.post(connection, here)
    return here


@pytest.fixture
def sound(any_house: House) -> tuple[House, World]:
    return any_house, made_sound(any_house)


def violations(house: House) -> list[invariants.Violation]:
    with house.store.reading() as connection:
        return invariants.check(connection, house.objects, NOW)


def test_a_sound_world_violates_nothing(sound: tuple[House, World]) -> None:
    house, _ = sound
    assert violations(house) == []


def test_an_empty_house_violates_nothing(any_house: House) -> None:
    assert violations(any_house) == []


@breaks(1, "2 lines, 12000 cents of debits against 0")
def _a_line_disappears(connection: Connection, here: World) -> None:
    connection.execute(text("DELETE FROM journal_line WHERE position = 2"))


@breaks(1, "3 lines, 12000 cents of debits against 12001")
def _a_cent_is_added(connection: Connection, here: World) -> None:
    connection.execute(text("UPDATE journal_line SET credit = credit + 1 WHERE position = 2"))


@breaks(2, "to_post, with 1 live entries")
def _a_posted_document_is_to_post_again(connection: Connection, here: World) -> None:
    connection.execute(update(t.document).values(status="to_post"))


@breaks(2, "posted, with 2 live entries")
def _a_document_is_posted_twice(connection: Connection, here: World) -> None:
    world.write_entry(connection, here, number=2, document_id=here.document_id, document_version=2)


@breaks(3, "its document is not the one that was posted")
def _another_document_is_put_in_its_place(connection: Connection, here: World) -> None:
    connection.execute(update(t.document).values(pdf_sha256="f" * 64))


@breaks(4, "it is not what was posted")
def _one_byte_of_an_entry_changes(connection: Connection, here: World) -> None:
    connection.execute(text("UPDATE journal_entry SET label = 'Papeterie du Fort'"))


@breaks(4, "it is not what was posted")
def _a_line_moves_to_another_account(connection: Connection, here: World) -> None:
    connection.execute(text("UPDATE journal_line SET account = '6064' WHERE position = 1"))


@breaks(5, "1 entries numbered 2 to 2")
def _a_number_is_left_out(connection: Connection, here: World) -> None:
    connection.execute(text("UPDATE journal_entry SET number = 2"))


@breaks(5, "no entry, counter at 1")
def _the_last_entry_is_cut_off(connection: Connection, here: World) -> None:
    connection.execute(delete(t.journal_line))
    connection.execute(delete(t.journal_entry))


@breaks(6, "account 6064 was not open")
def _an_account_was_closed_before(connection: Connection, here: World) -> None:
    connection.execute(
        update(t.account).where(t.account.c.number == "6064").values(closed_on=date(2026, 3, 1))
    )


@breaks(7, "told 0 times as invoice.posted")
def _a_posting_is_told_to_nobody(connection: Connection, here: World) -> None:
    connection.execute(delete(t.delivery))
    connection.execute(delete(t.event))


@breaks(7, "told 1 times as invoice.posted")
def _a_posting_that_never_was_is_told(connection: Connection, here: World) -> None:
    record_event(
        connection,
        NOW,
        organisation_id=here.organisation_id,
        company_id=here.company_id,
        type_="invoice.posted",
        subject=here.document_id,
        data={"entry": {"id": "ent_invented"}},
    )


@breaks(7, "invoice.posted was never to be sent")
def _a_listener_is_left_out(connection: Connection, here: World) -> None:
    connection.execute(delete(t.delivery))


@breaks(7, "1 events, the last of which is number 2")
def _an_event_disappears(connection: Connection, here: World) -> None:
    connection.execute(update(t.event).values(sequence=2))


@breaks(8, "reading, 0 tasks under way, 1 counted")
def _a_file_is_forgotten(connection: Connection, here: World) -> None:
    connection.execute(update(t.imports).values(status="processing", files_done=0))
    connection.execute(update(t.file).values(status="reading", tasks_open=1))


@breaks(8, "processing, 1 of 1 files at their end")
def _an_import_never_becomes_ready(connection: Connection, here: World) -> None:
    connection.execute(update(t.imports).values(status="processing"))


@breaks(8, "nobody reads it again")
def _a_regrouped_group_is_never_read(connection: Connection, here: World) -> None:
    connection.execute(update(t.group).values(reading=None))


@breaks(8, "nobody makes it")
def _the_pdf_is_never_made(connection: Connection, here: World) -> None:
    connection.execute(update(t.document).values(pdf_key=None))


@breaks(8, "read queued, overdue by 600 s")
def _a_task_stands_still(connection: Connection, here: World) -> None:
    _add_task(connection, here, NOW - timedelta(minutes=10))


@breaks(8, "read queued, to be looked at never")
def _a_task_has_no_next_moment(connection: Connection, here: World) -> None:
    _add_task(connection, here, None)


@breaks(8, "message to pipeline.open unsent for 600 s")
def _a_message_is_not_sent(connection: Connection, here: World) -> None:
    promise(connection, NOW - timedelta(minutes=10), "pipeline.open", task_id="tsk_1")


@breaks(8, "waiting, to be looked at never")
def _a_delivery_has_no_next_moment(connection: Connection, here: World) -> None:
    connection.execute(update(t.delivery).values(next_action_at=None))


@breaks(9, "page.file_id is of another organisation")
def _a_page_moves_to_another_organisation(connection: Connection, here: World) -> None:
    stranger, _ = world.people(connection, "Autre")
    connection.execute(
        update(t.page).where(t.page.c.id == here.page_ids[2]).values(organisation_id=stranger)
    )


@breaks(9, "document.company_id is of another organisation")
def _a_document_is_in_another_organisations_books(connection: Connection, here: World) -> None:
    _, company_id = world.people(connection, "Autre")
    connection.execute(update(t.document).values(company_id=company_id))


@breaks(9, "document.supplier_id is of another company")
def _a_supplier_is_of_another_company(connection: Connection, here: World) -> None:
    company_id, supplier_id = new_id("cmp"), new_id("sup")
    mine = {"organisation_id": here.organisation_id, "created_at": NOW}
    connection.execute(insert(t.company).values(id=company_id, name="Seconde", **mine))
    connection.execute(
        insert(t.supplier).values(
            id=supplier_id, company_id=company_id, name="Port", auxiliary="PORT", **mine
        )
    )
    connection.execute(update(t.document).values(supplier_id=supplier_id))


@breaks(10, "account 401 of 2026: balance says 0.01 / 120.00, lines are 0.00 / 120.00")
def _a_balance_drifts(connection: Connection, here: World) -> None:
    connection.execute(
        update(t.account_balance)
        .where(t.account_balance.c.account == "401")
        .values(debit=Decimal("0.01"))
    )


@breaks(10, "account 6064 of 2026: balance says 0 / 0")
def _a_balance_disappears(connection: Connection, here: World) -> None:
    connection.execute(delete(t.account_balance).where(t.account_balance.c.account == "6064"))


@breaks(11, "in no group and not set aside")
def _a_page_is_nowhere(connection: Connection, here: World) -> None:
    connection.execute(update(t.page).where(t.page.c.set_aside == "blank").values(set_aside=None))


@breaks(11, "in a group of another import")
def _a_page_is_in_the_group_of_another_import(connection: Connection, here: World) -> None:
    other = world.reviewed(connection)
    connection.execute(
        update(t.page).where(t.page.c.id == here.page_ids[0]).values(group_id=other.group_id)
    )


@breaks(11, "2 pages at position 0")
def _two_pages_are_at_one_position(connection: Connection, here: World) -> None:
    connection.execute(update(t.page).where(t.page.c.position == 1).values(position=0))


@breaks(12, "3 pages were counted, 2 are there")
def _a_page_is_lost(connection: Connection, here: World) -> None:
    connection.execute(delete(t.page).where(t.page.c.id == here.page_ids[2]))


@breaks(12, "3 pages were counted, 3 are there")
def _a_page_has_a_number_too_high(connection: Connection, here: World) -> None:
    connection.execute(update(t.page).where(t.page.c.id == here.page_ids[2]).values(number=7))


@breaks(12, "ready, though 2 of 3 pages were read")
def _a_page_was_not_read(connection: Connection, here: World) -> None:
    connection.execute(
        update(t.page).where(t.page.c.id == here.page_ids[2]).values(status="waiting")
    )


@breaks(12, "2 files were received, 1 are there")
def _a_file_is_lost(connection: Connection, here: World) -> None:
    connection.execute(update(t.imports).values(files=2))


@breaks(13, "2 pages were validated, 1 are there")
def _a_document_loses_a_page(connection: Connection, here: World) -> None:
    connection.execute(delete(t.document_page).where(t.document_page.c.position == 1))


@breaks(13, "in it is not in its group")
def _a_page_leaves_the_group_of_a_document(connection: Connection, here: World) -> None:
    connection.execute(
        update(t.page)
        .where(t.page.c.id == here.page_ids[1])
        .values(group_id=None, position=None, set_aside="blank")
    )


@breaks(13, "of its group is not in it")
def _a_page_joins_the_group_of_a_document(connection: Connection, here: World) -> None:
    connection.execute(
        update(t.page)
        .where(t.page.c.id == here.page_ids[2])
        .values(group_id=here.group_id, position=2, set_aside=None)
    )


@breaks(14, "posted, without an entry that stands")
def _a_movement_is_posted_without_an_entry(connection: Connection, here: World) -> None:
    world.movement(connection, here, status="posted")


@breaks(14, "-10.00, but its entry has -120.00 on the bank")
def _a_movement_is_posted_with_another_amount(connection: Connection, here: World) -> None:
    entry_id = connection.scalar(select(t.journal_entry.c.id))
    world.movement(connection, here, status="posted", entry_id=entry_id, amount=Decimal("-10.00"))


@breaks(14, "not posted, but as if it were")
def _an_open_movement_keeps_an_entry(connection: Connection, here: World) -> None:
    world.movement(connection, here, entry_id=connection.scalar(select(t.journal_entry.c.id)))


@breaks(14, "shares its entry")
def _two_movements_share_an_entry(connection: Connection, here: World) -> None:
    entry_id = connection.scalar(select(t.journal_entry.c.id))
    for _ in range(2):
        world.movement(connection, here, status="posted", entry_id=entry_id)


@breaks(15, "written down as the machine's, posted by")
def _a_persons_entry_is_said_to_be_the_machines(connection: Connection, here: World) -> None:
    entry = connection.execute(select(t.journal_entry)).first()
    assert entry is not None
    connection.execute(
        insert(t.automatic_posting).values(
            id=new_id("apo"),
            organisation_id=entry.organisation_id,
            company_id=entry.company_id,
            document_id=entry.document_id,
            entry_id=entry.id,
            lines=[],
            created_at=NOW,
        )
    )


@breaks(15, "posted by the machine, and not written down")
def _the_machine_does_not_tell(connection: Connection, here: World) -> None:
    connection.execute(update(t.journal_entry).values(posted_by="machine"))


@breaks(16, "its last invoice is not there")
def _an_invoice_is_gone(connection: Connection, here: World) -> None:
    connection.execute(
        insert(t.sales_series).values(
            organisation_id=here.organisation_id,
            company_id=here.company_id,
            series="F",
            year=2026,
            last_number=1,
        )
    )


@breaks(18, "F2026-0001 says None, 0.00 is open")
@breaks(17, "F2026-0001 has no entry of its own")
def _an_invoice_is_not_in_the_books(connection: Connection, here: World) -> None:
    both = {"organisation_id": here.organisation_id, "company_id": here.company_id}
    connection.execute(
        insert(t.customer).values(
            id="cus_1", name="Client", country="FR", auxiliary="CCLIENT", created_at=NOW, **both
        )
    )
    connection.execute(
        insert(t.sales_invoice).values(
            id="inv_1",
            customer_id="cus_1",
            state="finalised",
            kind="invoice",
            currency="EUR",
            language="fr",
            net_total=Decimal(1),
            vat_total=Decimal(0),
            gross_total=Decimal(1),
            made_by="usr_1",
            series="F",
            year=2026,
            number_in_series=1,
            number="F2026-0001",
            seller={"name": "Nous", "address": {}},
            buyer={"name": "Client", "address": {}},
            payment_terms="",
            payment_reference="",
            deposits=[],
            previous_hash="",
            hash="0",
            created_at=NOW,
            **both,
        )
    )


@pytest.mark.parametrize(
    ("number", "says", "spoil"), BREAKS, ids=[f"{n}{f.__name__}" for n, _, f in BREAKS]
)
def test_what_is_spoiled_is_seen_and_named(
    house: House, number: int, says: str, spoil: Break
) -> None:
    """On one database: that every question can be asked of both is proved by the sound world."""
    here = made_sound(house)
    with house.store.transaction() as connection:
        guards.remove(connection)
        spoil(connection, here)
    found = violations(house)
    assert any(v.number == number and says in v.message for v in found), found
    assert all(v.subject for v in found)


def test_every_invariant_has_a_test_that_breaks_it() -> None:
    assert {number for number, _, _ in BREAKS} == set(invariants.NAMES)


def test_bytes_that_are_gone_or_changed_are_named(sound: tuple[House, World]) -> None:
    house, _ = sound
    with house.store.reading() as connection:
        document = connection.execute(select(t.document)).one()
        file = connection.execute(select(t.file)).one()
    house.objects.put_bytes(document.pdf_key, b"something else")
    house.objects.delete(file.object_key)
    found = {(v.subject, v.message) for v in violations(house) if v.number == 3}
    assert (file.id, f"{file.bytes} bytes were received, nothing is stored") in found
    assert any("the PDF of its document was changed" in message for _, message in found)
    with house.store.reading() as connection:
        assert invariants.check(connection, None, NOW) == []  # rows alone are sound


def test_a_page_in_a_group_and_set_aside_is_named_if_the_database_lets_it_in(
    real_house: House,
) -> None:
    with real_house.store.transaction() as connection:
        world.reviewed(connection, real_house.objects)
        connection.execute(text("ALTER TABLE page DROP CONSTRAINT ck_page_one_place"))
        connection.execute(text("UPDATE page SET set_aside = 'blank' WHERE number = 0"))
    messages = [v.message for v in violations(real_house) if v.number == 11]
    assert messages == ["in a group and set aside as blank"]


def test_an_account_of_another_company_is_not_an_account(sound: tuple[House, World]) -> None:
    house, here = sound
    with house.store.transaction() as connection:
        guards.remove(connection)
        _, company_id = world.people(connection, "Autre")
        connection.execute(
            update(t.account)
            .where(t.account.c.company_id == company_id)
            .values(number="6999")
            .where(t.account.c.number == "401")
        )
        world.write_entry(
            connection, here, (replace(LINES[0], account="6999"), *LINES[1:]), number=2
        )
    assert any(v.number == 6 and "6999" in v.message for v in violations(house))


def _add_task(connection: Connection, here: World, when: object) -> None:
    connection.execute(
        insert(t.task).values(
            id="tsk_1",
            organisation_id=here.organisation_id,
            import_id=here.import_id,
            file_id=here.file_id,
            step="read",
            status="queued",
            next_action_at=when,
            created_at=NOW - timedelta(minutes=10),
        )
    )
