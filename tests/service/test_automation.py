"""The machine posts what is sure, says so, shows a share to people, stops by itself; the replay."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import select, update

from domain.errors import Forbidden, Invalid
from domain.people import SCOPES_OF_ROLE, Role, Who
from service.house import House
from service.operations import (
    accounting,
    audit,
    automation,
    entries,
    locks,
    posted,
    posting_rules,
)
from storage import tables as t
from tests.service.bookkeeping import NOW, company_of, invoice, open_company
from tests.service.conftest import Tenant

PROVED = {"gross_total": "proved"}
LINES = (("Ramettes de papier", "100.00"),)


class Clock:
    """A day per look: what is posted before comes before."""

    def __init__(self) -> None:
        self.now = NOW - timedelta(days=60)

    def __call__(self) -> Any:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def books(house: House, clock: Clock) -> tuple[House, Who]:
    held = replace(house, now=clock)
    return held, open_company(held)


@pytest.fixture
def any_books(any_house: House, clock: Clock) -> tuple[House, Who]:
    held = replace(any_house, now=clock)
    return held, open_company(held)


def arrived(house: House, who: Who, number: str, net: int = 100, **values: Any) -> str:
    """A document that came now and waits, read as well as can be."""
    vat = Decimal(net) / 5
    amounts = {"net": f"{net}.00", "vat": f"{vat:.2f}", "gross": f"{net + vat:.2f}"}
    lines = (("Ramettes de papier", f"{net}.00"),)
    document_id = invoice(
        house,
        who,
        number,
        **{
            "items": lines,
            "states": PROVED,
            "issued": house.now().date(),
            "account": None,
            **amounts,
            **values,
        },
    )
    with house.store.transaction() as connection:
        connection.execute(
            update(t.document).where(t.document.c.id == document_id).values(created_at=house.now())
        )
    return document_id


def by_hand(house: House, who: Who, document_id: str, account: str = "6064") -> None:
    choice = {"part": 0, "account": account, "treatment": "FR_STD20"}
    accounting.post(house, who, document_id, choices=[choice])


def posted_by_people(
    house: House, who: Who, clock: Clock, count: int = 3, supplier: str = "Lyreco France"
) -> None:
    """A supplier's past."""
    for number in range(count):
        clock.now += timedelta(days=1)
        document_id = arrived(house, who, f"P{number}", 500 + number, supplier=supplier)
        clock.now += timedelta(hours=1)
        by_hand(house, who, document_id)
    clock.now += timedelta(days=1)


def on(house: House, who: Who, dial: str = "known", share: str = "0") -> None:
    automation.turn(house, who, company_of(house, who), dial, share)


def consider(house: House, who: Who, document_id: str) -> str:
    return automation.consider(house, who.organisation_id, document_id)


def test_a_sure_document_of_a_known_supplier_is_posted_once_and_says_by_whom(
    any_books: tuple[House, Who], clock: Clock
) -> None:
    house, who = any_books
    posted_by_people(house, who, clock)
    document_id = arrived(house, who, "F1")
    assert consider(house, who, document_id) == "left"  # off unless somebody turns it
    on(house, who)
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: consider(house, who, document_id), range(4)))
    assert sorted(told) == ["not_waiting", "not_waiting", "not_waiting", "posted"]
    (entry,) = entries.journal_entries(house, who, document_id=document_id)["items"]
    assert entry["posted_by"] == "machine"
    assert [line["account"] for line in entry["lines"]] == ["6064", "44566", "401"]
    (deed,) = audit.of_document(house, who, document_id)
    assert (deed["type"], deed["by"]["kind"]) == ("invoice.posted", "machine")
    by_machine = posted.posted_documents(house, who, posted.Wanted(by="machine"))["items"]
    assert [item["document_id"] for item in by_machine] == [document_id]
    assert len(posted.posted_documents(house, who, posted.Wanted(by="people"))["items"]) == 3
    assert automation.automation(house, who, company_of(house, who))["last"]["posted"] == 1


def test_a_supplier_is_known_after_what_people_posted_and_not_after_the_machine(
    books: tuple[House, Who], clock: Clock
) -> None:
    house, who = books
    posted_by_people(house, who, clock, count=2)
    document_id = arrived(house, who, "F1")
    on(house, who, "known")
    assert consider(house, who, document_id) == "left"
    on(house, who, "proved")
    assert consider(house, who, document_id) == "posted"
    on(house, who, "known")
    clock.now += timedelta(days=1)
    second = arrived(house, who, "F2", 200)
    assert consider(house, who, second) == "left"


def test_an_automatic_rule_is_sure_enough_and_another_is_not(
    books: tuple[House, Who],
) -> None:
    house, who = books
    rule = posting_rules.add(
        house, who, None, {"name": "Papier", "words": "ramettes", "account": "6064"}
    )
    on(house, who, "proved")
    document_id = arrived(house, who, "F1")
    assert consider(house, who, document_id) == "left"
    posting_rules.change(house, who, rule["id"], {"automatic": True})
    assert consider(house, who, document_id) == "posted"


def test_what_is_doubtful_twice_there_or_open_at_somebodys_is_left_to_people(
    books: tuple[House, Who], clock: Clock
) -> None:
    house, who = books
    posted_by_people(house, who, clock)
    on(house, who, "proved")
    assert consider(house, who, arrived(house, who, "F1", 250, states={})) == "left"
    first = arrived(house, who, "F2")
    assert consider(house, who, first) == "posted"
    assert consider(house, who, arrived(house, who, "F2")) == "left"  # the same once more
    locked = arrived(house, who, "F3", 300)
    locks.take(house, who, locked)
    assert consider(house, who, locked) == "document_locked"
    locks.release(house, who, locked)
    assert consider(house, who, locked) == "posted"


def test_what_a_person_reversed_is_never_posted_again_by_the_machine(
    books: tuple[House, Who], clock: Clock
) -> None:
    house, who = books
    posted_by_people(house, who, clock)
    on(house, who)
    document_id = arrived(house, who, "F1")
    assert consider(house, who, document_id) == "posted"
    (entry,) = entries.journal_entries(house, who, document_id=document_id)["items"]
    accounting.reverse(house, who, entry["id"], "no")
    assert consider(house, who, document_id) == "considered_before"
    told = automation.automation(house, who, company_of(house, who))
    assert (told["last"]["wrong"], told["last"]["wrong_documents"]) == (1, [document_id])


def test_a_share_goes_to_people_whose_answers_count_and_too_many_errors_turn_it_off(
    any_books: tuple[House, Who], clock: Clock
) -> None:
    house, who = any_books
    suppliers = ("Lyreco", "Bruneau", "Manutan", "Calipage")
    for supplier in suppliers:
        posted_by_people(house, who, clock, supplier=supplier)
    on(house, who, "known", "100")
    for supplier, account in zip(suppliers, ("6064", "6063", "6063", "6063"), strict=True):
        assert automation.automation(house, who, company_of(house, who))["dial"] == "known"
        clock.now += timedelta(days=1)
        document_id = arrived(house, who, "F1", 200, supplier=supplier)
        assert consider(house, who, document_id) == "shown"
        assert consider(house, who, document_id) == "considered_before"
        by_hand(house, who, document_id, account)
    told = automation.automation(house, who, company_of(house, who))
    assert told["dial"] == "off"
    assert (told["fell_back"]["wrong"], told["fell_back"]["from"]) == (3, "known")
    assert told["last"] | {"wrong_documents": []} == {
        "posted": 0, "to_people": 4, "right": 1, "wrong": 3, "wrong_documents": []
    }  # fmt: skip
    clock.now += timedelta(days=1)
    on(house, who, "known", "5")
    assert automation.automation(house, who, company_of(house, who))["last"]["wrong"] == 0


def test_the_replay_knows_only_what_was_known_and_lists_what_people_posted_otherwise(
    any_books: tuple[House, Who], clock: Clock
) -> None:
    house, who = any_books
    for number in range(6):
        clock.now += timedelta(days=1)
        document_id = arrived(house, who, f"F{number}", 100 + number)
        clock.now += timedelta(hours=1)
        by_hand(house, who, document_id, "6063" if number == 4 else "6064")
    told = automation.replay(house, who, company_of(house, who))
    assert told["documents"] == 6
    known, proved = told["places"]
    # The first ones of a supplier are nobody's to post; the fifth went elsewhere; then it is unsure.
    assert (known["dial"], known["documents"], known["otherwise"]) == ("known", 2, 1)
    assert (proved["dial"], proved["documents"], proved["otherwise"]) == ("proved", 3, 1)
    (item,) = known["items"]
    assert item["invoice_number"] == "F4"
    assert [line["account"] for line in item["would"]] == ["6064"]
    assert [line["account"] for line in item["posted"]] == ["6063"]
    assert told["reasons"] == {"account_unsure": 3}
    clock.now += timedelta(days=120)
    assert automation.replay(house, who, company_of(house, who))["documents"] == 0


def test_only_administrators_turn_the_dial_and_only_to_places_it_has(
    books: tuple[House, Who],
) -> None:
    house, who = books
    company = company_of(house, who)
    accountant = replace(who, scopes=SCOPES_OF_ROLE[Role.ACCOUNTANT])
    with pytest.raises(Forbidden):
        automation.turn(house, accountant, company, "proved")
    for dial, share in (("all", None), (None, "101"), (None, "NaN")):
        with pytest.raises(Invalid):
            automation.turn(house, who, company, dial, share)


def test_a_new_document_is_asked_about_only_where_the_dial_is_on(
    books: tuple[House, Who],
) -> None:
    house, who = books
    document_id = arrived(house, who, "F1")

    def asked() -> list[str]:
        with house.store.transaction() as connection:
            automation.ask(connection, house, document_id)
            return list(
                connection.scalars(select(t.task.c.subject).where(t.task.c.step == automation.STEP))
            )

    assert asked() == []
    on(house, who)
    assert asked() == [document_id]


def test_the_dial_over_the_api(client: TestClient, ours: Tenant) -> None:
    address = f"/api/v1/companies/{ours.company_id}/automation"
    assert client.get(address).json()["dial"] == "off"
    turned = client.patch(address, json={"dial": "known", "share": "10"}).json()
    assert (turned["dial"], turned["share"]) == ("known", "10.00")
    assert [p["documents"] for p in client.get(f"{address}/replay").json()["places"]] == [0, 0]
