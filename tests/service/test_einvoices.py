"""The life of received e-invoices, and copies of them on paper."""

from __future__ import annotations

import pytest
from litestar.testing import TestClient
from sqlalchemy import select, update

from domain.errors import Conflict, Invalid, NotFound
from domain.findings import Reading
from domain.people import Who
from service.house import House
from service.operations import accounting, einvoices
from service.operations.validation import columns_of
from storage import tables as t
from tests.service.bookkeeping import invoice, open_company
from tests.service.conftest import Tenant


@pytest.fixture
def books(house: House) -> tuple[House, Who]:
    return house, open_company(house)


def electronic(house: House, who: Who, number: str = "F2026-17", **fields: str) -> str:
    """An invoice that came with its XML."""
    document_id = invoice(house, who, number, **fields)
    with_xml(house, document_id)
    return document_id


def with_xml(house: House, document_id: str) -> None:
    """Make a document one that came with its XML."""
    with house.store.transaction() as connection:
        c = t.document.c
        row = connection.execute(select(c.reading).where(c.id == document_id)).one()
        for found in row.reading["fields"].values():
            found["source"] = "xml"
        values = columns_of(Reading.from_json(row.reading)) | {"reading": row.reading}
        connection.execute(update(t.document).where(c.id == document_id).values(values))


def events(house: House) -> list[tuple[int, str | None]]:
    with house.store.reading() as connection:
        rows = connection.scalars(
            select(t.event.c.data)
            .where(t.event.c.type == "einvoice.status_changed")
            .order_by(t.event.c.id)
        )
        return [(data["status"], data["reason"]) for data in rows]


def test_an_einvoice_is_decided_about_step_by_step_and_each_is_told(books) -> None:
    house, who = books
    document_id = electronic(house, who)
    life = einvoices.life_of(house, who, document_id)
    assert (life["status"], life["history"]) == (203, [])
    assert {choice["status"] for choice in life["next"]} == {204, 205, 206, 207, 208, 210}
    for code, reason, wrong in (
        (999, "", "einvoice_status_unknown"),
        (207, "", "einvoice_reason"),
        (207, "PAS_CONTENT", "einvoice_reason"),
        (211, "", "einvoice_status_order"),
    ):
        with pytest.raises((Conflict, Invalid)) as refusal:
            einvoices.decide(house, who, document_id, code, reason=reason)
        assert refusal.value.code == wrong

    einvoices.decide(house, who, document_id, 204)
    einvoices.decide(house, who, document_id, 208, reason="justif_abs", note="Bon de livraison ?")
    einvoices.decide(house, who, document_id, 209)  # the seller's answer, as the platform says it
    posted = accounting.post(house, who, document_id)
    assert posted["created"]
    life = einvoices.life_of(house, who, document_id)
    assert [step["status"] for step in life["history"]] == [204, 208, 209, 205]
    assert [choice["status"] for choice in life["next"]] == [211]
    assert events(house) == [(204, None), (208, "JUSTIF_ABS"), (209, None), (205, None)]


@pytest.mark.parametrize(("code", "reason"), [(210, "DOUBLON"), (213, "REJ_SEMAN"), (220, "")])
def test_what_was_refused_or_rejected_is_never_posted(books, code: int, reason: str) -> None:
    house, who = books
    document_id = electronic(house, who)
    einvoices.decide(house, who, document_id, code, reason=reason)
    lines = [{"account": "6064", "debit": "120.00"}, {"account": "401", "credit": "120.00"}]
    for more in ({}, {"override_reason": "Quand même"}, {"lines": lines}):
        with pytest.raises(Conflict) as refusal:
            accounting.post(house, who, document_id, **more)
        assert [p["code"] for p in refusal.value.details["problems"]] == ["einvoice_dead"]
    with pytest.raises(Conflict):
        einvoices.decide(house, who, document_id, 205)


def test_a_rejection_after_posting_proposes_one_reversal(books) -> None:
    house, who = books
    document_id = electronic(house, who)
    entry = accounting.post(house, who, document_id)
    life = einvoices.decide(house, who, document_id, 213, reason="REJ_SEMAN")
    assert life["entry_to_reverse"] == entry["id"]
    accounting.reverse(house, who, entry["id"], "Rejetée par la plateforme")
    assert einvoices.life_of(house, who, document_id)["entry_to_reverse"] is None


def test_paper_of_a_received_einvoice_is_its_copy_whichever_came_first(books) -> None:
    house, who = books

    def codes(document_id: str) -> list[str]:
        shown = accounting.proposed_entry(house, who, document_id)["problems"]
        return [p["code"] for p in shown if p["severity"] == "blocking"]

    first_paper = invoice(house, who, "A-1")
    xml = electronic(house, who, "A-1")
    later_paper = invoice(house, who, "a 1")
    again = electronic(house, who, "A-1")
    assert codes(first_paper) == codes(later_paper) == ["einvoice_copy"]
    assert codes(xml) == []
    assert codes(again) == ["duplicate_certain"]
    accounting.post(house, who, xml)
    with pytest.raises(Conflict):
        accounting.post(house, who, first_paper)


def test_the_same_over_the_api(client: TestClient, house: House, ours: Tenant) -> None:
    paper = invoice(house, ours.who)
    at = f"/api/v1/documents/{paper}/einvoice-status"
    assert client.get(at).status_code == 404
    document_id = electronic(house, ours.who, "E-1")
    at = f"/api/v1/documents/{document_id}/einvoice-status"
    assert client.get(at).json()["status"] == 203
    answer = client.post(at, json={"status": 210, "reason": "DOUBLON"})
    assert (answer.status_code, answer.json()["status"]) == (201, 210)
    assert client.get(f"/api/v1/documents/{document_id}").json()["is_einvoice"]
    with pytest.raises(NotFound):
        einvoices.life_of(house, open_company(house), document_id)
