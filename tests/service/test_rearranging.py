"""After validation documents are cut and joined, and what people said stays where it belongs."""

from __future__ import annotations

import pytest
from litestar.testing import TestClient
from sqlalchemy import func, select, update

from domain.findings import Finding, Reading
from domain.suppliers import Identity
from service.house import House
from service.operations import following, senders
from service.operations.dashboard import statistics
from storage import tables as t
from storage.invariants import check
from tests.service.conftest import Tenant
from tests.service.stack import ready_import
from workers import lessons, outcomes, teaching

BOX = [0.1, 0.1, 0.2, 0.12]


@pytest.fixture
def documents(client: TestClient, house: House, ours: Tenant) -> list[dict]:
    """An invoice of three pages, a letter of one and an invoice of two, validated."""
    import_id = ready_import(
        house, ours, (("purchase_invoice", 3), ("letter", 1), ("purchase_invoice", 2))
    )
    return client.post(f"/api/v1/imports/{import_id}/validate").json()["documents"]


def read_again(house: House, **fields: str) -> None:
    """What the workers do with groups that were changed."""
    found = Reading({name: Finding(value, 0.9, "read", "ocr", 0) for name, value in fields.items()})
    with house.store.transaction() as connection:
        groups = connection.scalars(select(t.group.c.id).where(t.group.c.reading.is_(None))).all()
        connection.execute(
            update(t.group).where(t.group.c.id.in_(groups)).values(reading=found.to_json())
        )
        for group_id in groups:
            following.read_at_last(house, connection, group_id)


def standing(client: TestClient, import_id: str) -> list[tuple[int, int, str]]:
    """(number, pages, status) of each document of an import."""
    found = client.get("/api/v1/documents", params={"import_id": import_id}).json()["items"]
    return [(d["number"], d["pages"], d["status"]) for d in found]


def pointed(value: str, page: int) -> dict:
    return {"value": value, "page": page, "box": BOX}


def broken(house: House) -> list[str]:
    """Promises about papers and work that are not kept."""
    with house.store.reading() as connection:
        found = check(connection, None, house.now())
    return [str(one) for one in found if one.number in (11, 12, 13)]


def test_a_cut_makes_two_documents_that_are_read_again_and_keep_what_was_said(
    client: TestClient, house: House, documents: list[dict]
) -> None:
    whole = client.get(f"/api/v1/documents/{documents[0]['id']}").json()
    address, import_id = f"/api/v1/documents/{whole['id']}", whole["import_id"]
    fields = {"order_number": pointed("B-7", 2), "due_date": "2026-05-01"}
    client.patch(address, json={"fields": fields, "version": whole["version"]})
    client.post(f"{address}/comments", json={"text": "Two papers?"})

    first, second = client.post(f"{address}/split", json={"before": 2}).json()["documents"]

    assert (first["number"], first["pages"], second["number"], second["pages"]) == (1, 2, 2, 1)
    assert {first["status"], second["status"]} == {"being_read"}
    assert [d[0] for d in standing(client, import_id)] == [1, 2, 3, 4]
    assert client.get(address).status_code == 404
    refused = client.patch(f"/api/v1/documents/{first['id']}", json={"fields": {}, "version": 1})
    assert refused.json()["code"] == "document_being_read"
    assert broken(house) == []

    read_again(house, invoice_number="F-9", due_date="2026-04-01")

    first, second = (client.get(f"/api/v1/documents/{d['id']}").json() for d in (first, second))
    assert first["status"] == "to_post"
    assert {name: found["value"] for name, found in first["fields"].items()} == {
        "invoice_number": "F-9",
        "due_date": "2026-05-01",
    }
    assert second["fields"]["order_number"]["value"] == "B-7"
    assert second["fields"]["order_number"]["box"] == BOX
    assert second["fields"]["due_date"]["value"] == "2026-04-01"
    assert [c["field"] for c in second["corrections"]] == ["order_number"]
    said = client.get(f"/api/v1/documents/{second['id']}/discussion").json()["comments"]
    assert [c["text"] for c in said] == ["Two papers?"]
    told = client.get(f"/api/v1/documents/{second['id']}/history").json()["items"]
    assert {"document.created", "document.corrected", "document.withdrawn"} <= {
        line["type"] for line in told
    }
    with house.store.reading() as connection:
        gone = connection.execute(
            select(t.event.c.data).where(t.event.c.type == "document.withdrawn")
        ).scalar_one()
        learning = connection.scalars(select(t.task.c.subject).where(t.task.c.step == "learn"))
        begins = connection.scalars(select(t.page.c.begins).where(t.page.c.begins.is_not(None)))
        assert {first["id"], second["id"]} <= set(learning)
        assert list(begins) == [True]
    assert gone["into"] == [first["id"], second["id"]]


def test_a_cut_that_is_taken_back_brings_the_same_document_back(
    client: TestClient, house: House, documents: list[dict]
) -> None:
    id_ = documents[0]["id"]
    before = client.get(f"/api/v1/documents/{id_}").json()
    client.patch(
        f"/api/v1/documents/{id_}",
        json={"fields": {"invoice_number": "F-1"}, "version": before["version"]},
    )
    assert client.get(f"/api/v1/documents/{id_}/neighbours").json()["made_by"] is None
    half = client.post(f"/api/v1/documents/{id_}/split", json={"before": 1}).json()["documents"][1]
    assert client.get(f"/api/v1/documents/{half['id']}/neighbours").json()["made_by"] == "cut"

    back = client.post(f"/api/v1/documents/{half['id']}/undo").json()["documents"]

    assert [d["id"] for d in back] == [id_]
    assert back[0]["fields"]["invoice_number"]["value"] == "F-1"
    assert [d[:2] for d in standing(client, before["import_id"])] == [(1, 3), (2, 1), (3, 2)]
    again = client.post(f"/api/v1/documents/{id_}/undo")
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_undo")
    assert broken(house) == []
    # Cut at the same place again, and the import reviewed again: nothing is in the way.
    client.post(f"/api/v1/documents/{id_}/split", json={"before": 1})
    read_again(house, invoice_number="F-2")
    address = f"/api/v1/imports/{before['import_id']}"
    assert client.post(f"{address}/reopen").is_success
    assert len(client.post(f"{address}/validate").json()["documents"]) == 4
    assert broken(house) == []


def test_documents_of_one_import_are_joined_and_taken_apart_again(
    client: TestClient, house: House, documents: list[dict]
) -> None:
    invoice, letter, last = (d["id"] for d in documents)
    client.patch(
        f"/api/v1/documents/{last}",
        json={"fields": {"currency": "CHF", "iban": None}, "version": 1},
    )
    beside = client.get(f"/api/v1/documents/{letter}/neighbours").json()
    assert (beside["before"]["id"], beside["after"]["id"]) == (invoice, last)

    answer = client.post("/api/v1/documents/join", json={"documents": [last, invoice]})

    (joined,) = answer.json()["documents"]
    assert (joined["number"], joined["pages"], joined["category"]) == (1, 5, "purchase_invoice")
    read_again(house, currency="EUR")
    joined = client.get(f"/api/v1/documents/{joined['id']}").json()
    # It stood on no page, and the document did not begin with that one's page.
    assert joined["fields"]["currency"]["value"] == "EUR"
    back = client.post(f"/api/v1/documents/{joined['id']}/undo").json()["documents"]
    assert [d["id"] for d in back] == [invoice, last]
    assert broken(house) == []


def test_what_was_posted_keeps_its_pages(
    client: TestClient, house: House, documents: list[dict], ours: Tenant
) -> None:
    invoice, letter, last = (d["id"] for d in documents)
    other_number = {"fields": {"invoice_number": "F-77"}, "version": 1}
    client.patch(f"/api/v1/documents/{last}", json=other_number)
    entry = client.post(
        f"/api/v1/documents/{last}/post",
        json={"choices": [{"part": 0, "account": "6064", "treatment": "FR_STD20"}]},
    ).json()
    refused = client.post(f"/api/v1/documents/{last}/split", json={"before": 1}).json()
    assert refused["code"] == "document_was_posted"
    client.post(f"/api/v1/journal-entries/{entry['id']}/reverse", json={"reason": "Wrong"})
    refused = client.post("/api/v1/documents/join", json={"documents": [letter, last]})
    assert (refused.status_code, refused.json()["code"]) == (409, "document_was_posted")
    # The others of the import can still be put right, and posted ones follow with their number.
    assert client.post(f"/api/v1/documents/{invoice}/split", json={"before": 1}).is_success
    assert client.get(f"/api/v1/documents/{last}").json()["number"] == 4

    client.delete(f"/api/v1/documents/{letter}")
    other = ready_import(house, ours, name="other.pdf")
    stranger = client.post(f"/api/v1/imports/{other}/validate").json()["documents"][0]["id"]
    codes = [
        client.post("/api/v1/documents/join", json={"documents": ids}).json()["code"]
        for ids in ([letter, last], [last, stranger], [last, last])
    ]
    assert codes == ["document_was_posted", "not_of_one_import", "nothing_to_join"]


def test_a_cut_cannot_be_taken_back_once_one_of_the_two_was_posted(
    client: TestClient, house: House, documents: list[dict]
) -> None:
    halves = client.post(f"/api/v1/documents/{documents[0]['id']}/split", json={"before": 1})
    first, second = (d["id"] for d in halves.json()["documents"])
    read_again(
        house, supplier_name="Lyreco", invoice_number="F-3", issue_date="2026-03-02",
        net_total="100.00", vat_total="20.00", gross_total="120.00", currency="EUR",
    )  # fmt: skip
    other_number = {"fields": {"invoice_number": "F-4"}, "version": 2}
    assert client.patch(f"/api/v1/documents/{second}", json=other_number).is_success
    posted = client.post(
        f"/api/v1/documents/{first}/post",
        json={"choices": [{"part": 0, "account": "6064", "treatment": "FR_STD20"}]},
    )
    assert posted.is_success, posted.text

    refused = client.post(f"/api/v1/documents/{second}/undo")

    assert (refused.status_code, refused.json()["code"]) == (409, "document_was_posted")
    with house.store.reading() as connection:
        count = select(func.count()).where(t.document.c.withdrawn_at.is_(None))
        assert connection.scalar(count) == 4


def test_a_withdrawn_document_is_counted_nowhere(
    client: TestClient, house: House, documents: list[dict], ours: Tenant
) -> None:
    """Every question about documents is asked before and after: none tells of what is no more."""
    gone = documents[0]["id"]
    row = client.get(f"/api/v1/documents/{gone}").json()
    client.patch(
        f"/api/v1/documents/{gone}",
        json={"fields": {"invoice_number": "F-1"}, "category": "contract", "version": 1},
    )
    client.post(f"/api/v1/imports/{row['import_id']}/reopen")
    who, organisation_id = ours.who, ours.organisation_id

    numbers = statistics(house, who)
    assert (numbers["waiting"]["to_post"]["count"], numbers["corrections"]["counted"]) == (0, 0)
    assert numbers["waiting"]["to_post"]["oldest"] == []
    assert client.get("/api/v1/documents/counts").json() == {}
    assert client.get("/api/v1/documents", params={"q": "papeterie"}).json()["items"] == []
    # What the machine learns from.
    assert outcomes.waiting_documents(house, organisation_id) == []
    identity = Identity("Papeterie Générale SARL", None, None, None, None)
    with house.store.reading() as connection:
        assert lessons._lesson(connection, house, gone) is None
        assert teaching._documents(connection, organisation_id) == []
        assert teaching._stamp(connection, organisation_id).startswith("0 None")
        assert (
            senders.past_documents(connection, organisation_id, identity, None, besides="", limit=9)
            == []
        )
    assert 'status="to_post"' not in client.get("/metrics").text
