"""Several people at one document: locks, questions, problems that somebody settled, what is posted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import msgspec
import pytest
from litestar.testing import TestClient
from sqlalchemy import select, update

from domain.errors import Conflict, Invalid
from domain.people import Who
from domain.text import Box, PageText, Word
from service.house import House
from service.operations import (
    access,
    account_choices,
    accounting,
    corrections,
    documents,
    locks,
    posted,
    settling,
)
from service.operations.selection import Filter
from storage import tables as t
from tests.service.bookkeeping import invoice, open_company
from tests.service.conftest import Tenant
from tests.service.stack import ready_import

DAY = date(2026, 10, 5)


@pytest.fixture
def books(house: House) -> tuple[House, Who]:
    return house, open_company(house)


def colleague(who: Who) -> Who:
    return replace(who, id="usr_lea", name="Léa")


def problems(house: House, who: Who, document_id: str) -> dict[str, dict]:
    proposal = accounting.proposed_entry(house, who, document_id)
    return {p["code"]: p for p in proposal["problems"]}


def test_who_holds_a_document_alone_changes_it_until_they_leave_or_are_gone(books) -> None:
    house, nadia = books
    lea, document_id = colleague(nadia), invoice(house, nadia)
    other = invoice(house, nadia, "F2026-18")
    locks.take(house, nadia, document_id)
    assert locks.take(house, nadia, document_id)["holder_name"] == "Nadia", "renewed"

    for act in (
        lambda: locks.take(house, lea, document_id),
        lambda: corrections.correct_document(
            house, lea, document_id, {"fields": {"due_date": "2026-12-01"}}, None
        ),
        lambda: accounting.post(house, lea, document_id),
    ):
        with pytest.raises(Conflict) as refusal:
            act()
        assert refusal.value.code == "document_locked"
        assert refusal.value.details["holder_name"] == "Nadia"
    following = documents.next_document(house, lea, other, Filter(), free=True)
    assert following["next"] is None, "what somebody has open is not served"

    locks.take(house, lea, document_id, take_over=True)
    locks.release(house, nadia, document_id)
    assert accounting.post(house, lea, document_id)["created"]


def test_a_lock_ends_by_itself(books, monkeypatch: pytest.MonkeyPatch) -> None:
    house, nadia = books
    document_id = invoice(house, nadia)
    locks.take(house, nadia, document_id)
    later = house.now() + locks.HELD + timedelta(seconds=1)
    monkeypatch.setattr(type(house), "now", lambda _: later)

    assert locks.take(house, colleague(nadia), document_id)["holder_name"] == "Léa"


def test_a_colleague_is_asked_answers_and_finds_what_is_theirs(
    client: TestClient, house: House, ours: Tenant
) -> None:
    import_id = ready_import(house, ours, (("purchase_invoice", 1), ("letter", 1)))
    made = client.post(f"/api/v1/imports/{import_id}/validate").json()["documents"]
    address = f"/api/v1/documents/{made[0]['id']}"
    lea = access.add_user(house, ours.who, email="lea@dupont.example", role="accountant")

    asked = client.put(
        f"{address}/assignment", json={"person_id": lea["id"], "comment": "Quel chantier ?"}
    )
    client.post(f"{address}/comments", json={"text": "Celui de la gare.\n"})

    assert asked.status_code == 200, asked.text
    assert asked.json()["assigned_to"]["id"] == lea["id"]
    said = client.get(f"{address}/discussion").json()["comments"]
    assert [c["text"] for c in said] == ["Quel chantier ?", "Celui de la gare."]
    theirs = replace(ours.who, id=lea["id"])
    found = documents.list_documents(house, theirs, Filter(mine=True))["items"]
    assert [d["id"] for d in found] == [made[0]["id"]]
    assert client.get("/api/v1/documents?mine=yes").json()["items"] == []
    events = [e["type"] for e in client.get("/api/v1/events").json()["items"]]
    assert events.count("document.assigned") == 1
    nobody = client.put(f"{address}/assignment", json={"person_id": "usr_0"})
    empty = client.post(f"{address}/comments", json={"text": " \n"})
    assert (nobody.status_code, empty.status_code) == (404, 422)
    assert lea["id"] in [c["id"] for c in client.get("/api/v1/colleagues").json()["items"]]


def test_a_difference_is_accepted_with_a_reason_and_goes_to_the_rounding_account(books) -> None:
    house, who = books
    document_id = invoice(house, who, gross="122.50")
    ways = problems(house, who, document_id)["totals_differ"]["ways"]

    with pytest.raises(Invalid):
        settle(house, who, document_id, "totals_differ", "gross_total", "accept")
    settle(house, who, document_id, "totals_differ", "gross_total", "accept", "Frais de port")
    entry = accounting.post(house, who, document_id)

    assert [(w["how"], w["value"]) for w in ways] == [
        ("use", "120.00"),
        ("use", "102.50"),
        ("use", "22.50"),
        ("accept", None),
    ]
    assert "2.50" in {line["debit"] for line in entry["lines"]}
    assert entry["total"] == "122.50"


def test_what_was_accepted_counts_for_that_difference_alone(books) -> None:
    house, who = books
    document_id = invoice(house, who, gross="122.50")
    settle(house, who, document_id, "totals_differ", "gross_total", "accept", "Frais de port")

    corrections.correct_document(
        house, who, document_id, {"fields": {"gross_total": "124.00"}}, None
    )

    assert problems(house, who, document_id)["totals_differ"]["settled"] is None
    with pytest.raises(Conflict):
        accounting.post(house, who, document_id)


def test_a_difference_too_large_to_be_one_is_not_accepted(books) -> None:
    house, who = books
    document_id = invoice(house, who, gross="300.00")

    hows = {w["how"] for w in problems(house, who, document_id)["totals_differ"]["ways"]}

    assert hows == {"use"}


def test_a_second_copy_is_the_same_and_goes_or_is_another_and_stays(books) -> None:
    house, who = books
    invoice(house, who)
    copy, other = invoice(house, who), invoice(house, who)

    settle(house, who, copy, "duplicate_certain", "invoice_number", "same")
    with pytest.raises(Invalid):
        settle(house, who, other, "duplicate_certain", "invoice_number", "other")
    settle(
        house, who, other, "duplicate_certain", "invoice_number", "other", reason="Deux livraisons"
    )

    assert documents.get(house, who, copy)["status"] == "deleted"
    found = problems(house, who, other)["duplicate_certain"]
    assert found["settled"]["how"] == "other"
    assert accounting.post(house, who, other)["created"]


def test_a_new_bank_account_is_confirmed_for_the_supplier(books) -> None:
    house, who = books
    old, new = "FR7630006000011234567890189", "FR7610107001011234567890129"
    accounting.post(house, who, invoice(house, who, "A-1", iban=old, issued=DAY))
    document_id = invoice(house, who, "A-2", iban=new, net="50.00", vat="10.00", gross="60.00")
    assert "iban_changed" in problems(house, who, document_id)

    settle(house, who, document_id, "iban_changed", "iban", "confirm_iban")

    assert "iban_changed" not in problems(house, who, document_id)


def test_the_supplier_of_a_document_is_made_before_it_is_posted(books) -> None:
    house, who = books
    document_id = invoice(house, who, supplier="Atelier Nord")

    made = settling.create_supplier(house, who, document_id)

    assert accounting.proposed_entry(house, who, document_id)["supplier"]["id"] == made["id"]
    with pytest.raises(Conflict):
        settling.create_supplier(house, who, document_id)


def test_a_line_is_shared_between_accounts_to_the_cent(books) -> None:
    house, who = books
    document_id = invoice(house, who, net="100.01", vat="20.00", gross="120.01")
    shares = [
        {"part": 0, "account": "6064", "treatment": "FR_STD20", "net": "33.34"},
        {"part": 0, "account": "6226", "treatment": "FR_STD20", "net": "66.67"},
    ]

    with pytest.raises(Invalid) as refusal:
        accounting.post(house, who, document_id, choices=[shares[0], shares[0]])
    entry = accounting.post(
        house, who, document_id, choices=shares, in_journal="OD", label="Deux chantiers"
    )

    assert refusal.value.code == "split_differs"
    lines = {line["account"]: line["debit"] for line in entry["lines"]}
    assert (lines["6064"], lines["6226"]) == ("33.34", "66.67")
    assert (entry["journal"], entry["label"]) == ("OD", "Deux chantiers")


def test_accounts_are_offered_with_their_reasons_first(books) -> None:
    house, who = books
    accounting.post(house, who, invoice(house, who, "A-1", account="6226"))
    document_id = invoice(house, who, "A-2", net="50.00", vat="10.00", gross="60.00")

    first = account_choices.account_choices(house, who, document_id, 0)["items"][0]
    searched = account_choices.account_choices(house, who, document_id, 0, "fourn bur")["items"]

    assert (first["number"], first["times_posted"]) == ("6226", 1)
    assert first["reason"]["code"] == "posted_before"
    assert "6064" in [account["number"] for account in searched]


def test_posted_documents_are_found_by_period_journal_and_words(books) -> None:
    house, who = books
    first = accounting.post(house, who, invoice(house, who, "A-1", issued=DAY))
    second = accounting.post(house, who, invoice(house, who, "A-2", net="50", vat="10", gross="60"))
    accounting.reverse(house, who, second["id"], "Erreur")

    def found(**wanted) -> list[str]:
        page = posted.posted_documents(house, who, posted.Wanted(**wanted))
        return [item["id"] for item in page["items"]]

    assert found() == [second["id"], first["id"]]
    assert found(until=DAY) == [first["id"]]
    assert found(q="a-2") == [second["id"]]
    assert found(journal="VE") == []
    assert posted.journals(house, who) == ["AC"]
    page = posted.posted_documents(house, who, posted.Wanted(), limit=1)
    rest = posted.posted_documents(house, who, posted.Wanted(), cursor=page["next_cursor"])
    assert [i["id"] for i in rest["items"]] == [first["id"]]
    assert page["items"][0]["reversed_by_entry_id"]
    assert (rest["items"][0]["total"], rest["items"][0]["supplier_name"]) == (
        "120.00",
        "Lyreco France",
    )


def test_the_words_of_a_page_are_pointed_at_and_chosen_from(
    client: TestClient, house: House, ours: Tenant
) -> None:
    import_id = ready_import(house, ours, (("purchase_invoice", 1),))
    document_id = client.post(f"/api/v1/imports/{import_id}/validate").json()["documents"][0]["id"]
    words = tuple(
        Word(text, Box(0.1 * i, 0.1, 0.1 * i + 0.05, 0.12), 0.9, 0)
        for i, text in enumerate(("Facture", "du", "3", "mars", "2026", "F-2026-12"))
    )
    text = PageText(0, 595, 842, "text", words)
    key = f"{ours.organisation_id}/text/one.json"
    house.objects.put_bytes(key, msgspec.json.encode(text.to_json()))
    with house.store.transaction() as connection:
        page_id = connection.scalar(
            select(t.document_page.c.page_id).where(t.document_page.c.document_id == document_id)
        )
        connection.execute(update(t.page).where(t.page.c.id == page_id).values(text_key=key))
    address = f"/api/v1/documents/{document_id}"

    seen = client.get(f"{address}/words/0").json()["words"]
    date = client.get(f"{address}/pointed?field=issue_date&number=0&box=0.3,0.1,0.35,0.12").json()
    number = client.get(f"{address}/candidates?field=invoice_number").json()["items"]
    change = {"value": date["value"], "page": date["page"], "box": date["box"]}
    corrected = client.patch(address, json={"fields": {"issue_date": change}})

    assert [w["text"] for w in seen][:3] == ["Facture", "du", "3"]
    assert (date["value"], date["text"]) == ("2026-03-03", "3 mars 2026")
    assert number[0]["value"] == "F-2026-12"
    assert corrected.json()["fields"]["issue_date"]["box"] == date["box"]
    assert client.get(f"{address}/words/1").status_code == 404
    assert client.get(f"{address}/candidates?field=password").status_code == 422
    assert client.get(f"{address}/pointed?field=iban&number=0&box=a").status_code == 422


def settle(house, who, document_id, code, field, how, reason=""):
    return settling.settle(house, who, document_id, code=code, field=field, how=how, reason=reason)
