"""Documents: found by tab and words, corrected beside what the machine read."""

from __future__ import annotations

import pytest
from litestar.testing import TestClient
from sqlalchemy import update

from service.house import House
from storage import tables as t
from tests.service.conftest import Tenant
from tests.service.stack import ready_import

STACK = (("purchase_invoice", 1), ("letter", 1), ("purchase_invoice", 2))


@pytest.fixture
def documents(client: TestClient, house: House, ours: Tenant) -> list[str]:
    import_id = ready_import(house, ours, STACK)
    view = client.post(f"/api/v1/imports/{import_id}/validate").json()
    return [d["id"] for d in view["documents"]]


def test_documents_are_listed_in_the_order_of_the_stack_a_page_at_a_time(
    client: TestClient, documents: list[str]
) -> None:
    first = client.get("/api/v1/documents", params={"limit": 2}).json()
    rest = client.get("/api/v1/documents", params={"cursor": first["next_cursor"]}).json()

    assert [d["id"] for d in first["items"]] == documents[:2]
    assert [d["id"] for d in rest["items"]] == documents[2:]
    assert rest["next_cursor"] is None


def test_documents_are_found_by_tab_and_by_words_in_any_form(
    client: TestClient, documents: list[str]
) -> None:
    def found(**params: str) -> list[str]:
        return [d["id"] for d in client.get("/api/v1/documents", params=params).json()["items"]]

    assert found(category="letter") == [documents[1]]
    assert found(status="to_post") == [documents[0], documents[2]]
    assert found(q="generale PAPETERIE") == [documents[0], documents[2]]
    assert found(q="f-2026-12", category="letter") == []
    assert found(q="100%") == found(q="100")
    assert client.get("/api/v1/documents/counts").json() == {
        "letter": {"filed": 1},
        "purchase_invoice": {"to_post": 2},
    }


def test_the_next_document_follows_in_the_list_and_begins_again_after_the_last(
    client: TestClient, documents: list[str]
) -> None:
    def after(document: str) -> dict:
        address = f"/api/v1/documents/{document}/next"
        return client.get(address, params={"status": "to_post"}).json()

    assert after(documents[0])["next"]["id"] == documents[2]
    assert after(documents[2])["next"]["id"] == documents[0]
    assert after(documents[1])["next"]["id"] == documents[2]
    assert after(documents[0])["left"] == 2


def test_a_correction_stands_beside_what_the_machine_read(
    client: TestClient, documents: list[str], ours: Tenant
) -> None:
    address = f"/api/v1/documents/{documents[0]}"
    seen = client.get(address)

    answer = client.patch(
        address,
        json={"fields": {"invoice_number": "F-2026-13", "currency": "chf", "iban": None}},
        headers={"If-Match": seen.headers["etag"]},
    )

    assert answer.status_code == 200, answer.text
    after = answer.json()
    field = after["fields"]["invoice_number"]
    assert (field["value"], field["source"], field["state"]) == ("F-2026-13", "person", "corrected")
    assert after["fields"]["currency"]["value"] == "CHF"
    assert after["machine_fields"]["invoice_number"]["value"] == "F-2026-12"
    assert after["version"] == seen.json()["version"] + 1
    assert [(c["field"], c["before"], c["after"]) for c in after["corrections"]] == [
        ("invoice_number", "F-2026-12", "F-2026-13"),
        ("currency", "EUR", "CHF"),
    ]
    assert after["invoice_number"] == "F-2026-13"


def test_totals_are_checked_again_after_a_correction(
    client: TestClient, documents: list[str]
) -> None:
    address = f"/api/v1/documents/{documents[0]}"
    wrong = client.patch(address, json={"fields": {"gross_total": "130"}}).json()
    right = client.patch(address, json={"fields": {"gross_total": "120"}}).json()

    codes = [{p["code"] for p in view["problems"]} for view in (wrong, right)]
    assert codes[0] - codes[1], codes


def test_two_people_who_correct_the_same_document_do_not_undo_each_other(
    client: TestClient, documents: list[str]
) -> None:
    address = f"/api/v1/documents/{documents[0]}"
    etag = {"If-Match": client.get(address).headers["etag"]}
    assert client.patch(address, json={"fields": {"due_date": "2026-04-01"}}, headers=etag)

    late = client.patch(address, json={"fields": {"due_date": "2026-05-01"}}, headers=etag)

    assert late.status_code == 412
    assert late.json()["changes"][0]["after"] == "2026-04-01"
    assert client.get(address).json()["fields"]["due_date"]["value"] == "2026-04-01"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"fields": {"gross_total": "NaN"}}, "invalid_value"),
        ({"fields": {"gross_total": "1e308"}}, "invalid_value"),
        ({"fields": {"issue_date": "31/02/2026"}}, "invalid_value"),
        ({"fields": {"password": "x"}}, "unknown_field"),
        ({"category": "nonsense"}, "invalid_category"),
        ({"vat_lines": [{"rate": "1e-999999"}]}, "invalid_value"),
        ({"line_items": [{"description": "x", "quantity": "Infinity"}]}, "invalid_value"),
        ({"nonsense": 1}, "invalid"),
    ],
)
def test_a_value_that_cannot_be_is_refused_and_changes_nothing(
    client: TestClient, documents: list[str], changes: dict, code: str
) -> None:
    address = f"/api/v1/documents/{documents[0]}"
    before = client.get(address).json()

    answer = client.patch(address, json=changes)

    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert client.get(address).json() == before


def test_another_category_moves_a_document_to_its_tab_and_says_so(
    client: TestClient, documents: list[str]
) -> None:
    answer = client.patch(f"/api/v1/documents/{documents[1]}", json={"category": "credit_note"})

    assert (answer.json()["category"], answer.json()["status"]) == ("credit_note", "to_post")
    types = [e["type"] for e in client.get("/api/v1/events").json()["items"]]
    assert "document.recategorised" in types


def test_a_posted_document_is_not_corrected(
    client: TestClient, house: House, documents: list[str]
) -> None:
    with house.store.transaction() as connection:
        connection.execute(
            update(t.document).where(t.document.c.id == documents[0]).values(status="posted")
        )

    answer = client.patch(f"/api/v1/documents/{documents[0]}", json={"category": "letter"})

    assert (answer.status_code, answer.json()["code"]) == (409, "already_posted")


def test_the_pdf_is_an_attachment_once_it_is_made(
    client: TestClient, house: House, ours: Tenant, documents: list[str]
) -> None:
    address = f"/api/v1/documents/{documents[0]}/pdf"
    early = client.get(address)
    stored = house.objects.put_bytes(f"{ours.organisation_id}/documents/x.pdf", b"%PDF-x")
    with house.store.transaction() as connection:
        connection.execute(
            update(t.document).where(t.document.c.id == documents[0]).values(pdf_key=stored.key)
        )

    made = client.get(address)

    assert (early.status_code, early.json()["code"]) == (409, "pdf_being_prepared")
    assert made.content == b"%PDF-x"
    assert made.headers["content-disposition"].startswith("attachment;")
    assert "Papeterie" in made.headers["content-disposition"]
    assert made.headers["x-content-type-options"] == "nosniff"
    assert made.headers["content-security-policy"].startswith("sandbox")


def test_the_pictures_of_a_documents_pages_are_shown(
    client: TestClient, documents: list[str]
) -> None:
    picture = client.get(f"/api/v1/documents/{documents[2]}/pages/1.webp?size=thumbnail")

    assert picture.content == b"RIFF"
    assert picture.headers["content-type"] == "image/webp"
    assert client.get(f"/api/v1/documents/{documents[2]}/pages/2.webp").status_code == 404
    assert client.get(f"/api/v1/documents/{documents[2]}/pages/x.webp").status_code == 404
