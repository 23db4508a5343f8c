"""Tabs: sorted, narrowed, kept under a name, and dealt with by the handful."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from litestar.testing import TestClient
from sqlalchemy import update

from service.house import House
from service.operations import documents, saved_views
from service.operations.selection import SORTS, Filter
from storage import tables as t
from tests.service.conftest import Tenant
from tests.service.stack import ready_import

STACK = (("purchase_invoice", 1), ("letter", 1), ("purchase_invoice", 1), ("receipt", 1))


@pytest.fixture
def mail(any_client: TestClient, any_house: House, any_tenant: Tenant) -> list[str]:
    """Two invoices with a letter between them and a receipt behind, of different days and totals."""
    import_id = ready_import(any_house, any_tenant, STACK)
    view = any_client.post(f"/api/v1/imports/{import_id}/validate").json()
    ids = [document["id"] for document in view["documents"]]
    # The letter has neither name, nor day, nor total.
    written = (
        (ids[0], "Zénith", Decimal(120), date(2026, 3, 2)),
        (ids[2], "atelier", Decimal(80), date(2026, 5, 1)),
        (ids[3], "Boucher", Decimal(100), date(2026, 4, 1)),
    )
    with any_house.store.transaction() as connection:
        for document_id, name, total, day in written:
            connection.execute(
                update(t.document)
                .where(t.document.c.id == document_id)
                .values(supplier_name=name, gross_total=total, issue_date=day, words="chaudiere")
            )
    return ids


def found(client: TestClient, **params: str) -> list[str]:
    answer = client.get("/api/v1/documents", params=params)
    assert answer.status_code == 200, answer.text
    return [document["id"] for document in answer.json()["items"]]


def test_a_list_is_sorted_either_way_with_what_has_no_value_last(
    any_client: TestClient, mail: list[str]
) -> None:
    first, letter, second, receipt = mail

    assert found(any_client) == mail
    assert found(any_client, sort="supplier") == [second, receipt, first, letter]
    assert found(any_client, sort="-date") == [second, receipt, first, letter]
    assert found(any_client, sort="date") == [first, receipt, second, letter]
    assert found(any_client, sort="-total") == [first, receipt, second, letter]


def test_every_order_pages_and_walks_through_all_documents_once(
    any_client: TestClient, any_house: House, any_tenant: Tenant, mail: list[str]
) -> None:
    for sort in SORTS:
        whole = found(any_client, sort=sort)
        paged, cursor = [], ""
        while cursor is not None:
            params = {"sort": sort, "limit": 1} | ({"cursor": cursor} if cursor else {})
            page = any_client.get("/api/v1/documents", params=params).json()
            paged += [document["id"] for document in page["items"]]
            cursor = page["next_cursor"]
        assert paged == whole
        assert sorted(whole) == sorted(mail)
        wanted = Filter(sort=sort)
        for before, after in pairwise(whole):
            following = documents.next_document(any_house, any_tenant.who, before, wanted)["next"]
            previous = documents.previous_document(any_house, any_tenant.who, after, wanted)
            assert following["id"] == after
            assert previous is not None
            assert previous["id"] == before


def test_a_list_is_narrowed_by_days_totals_proof_and_words_of_the_pages(
    any_client: TestClient, mail: list[str]
) -> None:
    first, letter, second, receipt = mail

    assert found(any_client, since="2026-04-01", until="2026-04-30") == [receipt]
    assert found(any_client, least="100", most="110.00") == [receipt]
    assert found(any_client, proved="yes") == [first, second]
    assert found(any_client, problems="no") == mail
    assert found(any_client, q="Chaudière") == [first, second, receipt]
    refused = any_client.get("/api/v1/documents", params={"since": "yesterday"})
    assert refused.status_code == 422
    assert refused.json()["code"] == "filter_not_understood"
    assert letter not in found(any_client, since="2020-01-01")


def test_a_deleted_document_is_out_of_sight_until_it_is_brought_back(
    any_client: TestClient, mail: list[str]
) -> None:
    first = mail[0]
    gone = any_client.delete(f"/api/v1/documents/{first}").json()

    assert gone["status"] == "deleted"
    assert first not in found(any_client)
    assert found(any_client, status="deleted") == [first]
    counts = any_client.get("/api/v1/documents/counts").json()
    assert counts["purchase_invoice"] == {"to_post": 1}
    refused = any_client.patch(
        f"/api/v1/documents/{first}", json={"fields": {"invoice_number": "1"}}
    )
    assert refused.json()["code"] == "document_deleted"
    assert any_client.post(f"/api/v1/documents/{first}/post", json={}).status_code == 409

    back = any_client.post(f"/api/v1/documents/{first}/restore").json()
    assert back["status"] == "to_post"
    assert found(any_client) == mail


def test_what_is_done_to_many_is_refused_to_each_by_itself(
    any_client: TestClient, any_house: House, mail: list[str]
) -> None:
    first, letter, second, receipt = mail
    with any_house.store.transaction() as connection:
        connection.execute(update(t.document).where(t.document.c.id == second).values(proved=False))

    answer = any_client.post(
        "/api/v1/documents/bulk", json={"action": "post", "documents": [first, letter, second]}
    ).json()
    assert [r["document_id"] for r in answer["refused"]][-1] == second
    assert {r["code"] for r in answer["refused"]} >= {"not_proved"}
    assert set(answer["done"]) | {r["document_id"] for r in answer["refused"]} == {
        first,
        letter,
        second,
    }

    moved = any_client.post(
        "/api/v1/documents/bulk",
        json={"action": "recategorise", "category": "letter", "documents": [receipt, "doc_none"]},
    ).json()
    assert moved["done"] == [receipt]
    assert [r["code"] for r in moved["refused"]] == ["not_found"]
    assert receipt in found(any_client, category="letter")


def test_the_pdfs_of_many_come_as_one_zip_under_names_of_their_own(
    any_client: TestClient, any_house: House, mail: list[str]
) -> None:
    stored = any_house.objects.put_bytes("made.pdf", b"%PDF-1.7 made")
    with any_house.store.transaction() as connection:
        connection.execute(
            update(t.document)
            .where(t.document.c.id.in_((mail[0], mail[2])))
            .values(pdf_key=stored.key, supplier_name="a/b: c", invoice_number="../12")
        )
    answer = any_client.get("/api/v1/documents/archive", params={"document": mail})

    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names = archive.namelist()
        assert [archive.read(name) for name in names] == [b"%PDF-1.7 made"] * 2
    assert len(set(names)) == 2
    assert all("/" not in name and name.endswith(".pdf") for name in names)


def test_a_view_is_kept_for_the_person_who_made_it(
    any_client: TestClient, any_house: House, any_tenant: Tenant
) -> None:
    me = replace(any_tenant.who, id=any_tenant.person_id)
    saved_views.save_view(any_house, me, "letter", " To  read ", {"q": "bail", "sort": "-date"})
    saved_views.save_view(any_house, me, "letter", "To read", {"q": "loyer"})

    (kept,) = saved_views.list_views(any_house, me, "letter")
    assert kept["name"] == "To read"
    assert kept["query"] == {"q": "loyer"}
    other = replace(me, id="usr_other")
    assert saved_views.list_views(any_house, other) == []
    refused = any_client.post(
        "/api/v1/saved-views", json={"category": "letter", "name": "x", "query": {}}
    )
    assert refused.json()["code"] == "not_a_person"  # a key has no lists of its own
