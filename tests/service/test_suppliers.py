"""Suppliers: their accounts and who verified them, their codes, twins made one and two again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from litestar.testing import TestClient
from sqlalchemy import select

from domain.errors import Conflict, Forbidden, Invalid, NotFound
from domain.people import Who
from service.house import House
from service.operations import (
    accounting,
    books,
    settling,
    supplier_files,
    supplier_ibans,
    supplier_merges,
    suppliers,
)
from storage import tables as t
from tests.service.bookkeeping import company_of, invoice, open_company
from tests.service.conftest import Tenant

OLD, NEW = "FR7630006000011234567890189", "FR7610107001011234567890129"
LARGE = {"net": "2000.00", "vat": "400.00", "gross": "2400.00"}


@pytest.fixture
def firm(house: House) -> tuple[House, Who, Who]:
    nadia = open_company(house)
    return house, nadia, replace(nadia, id="usr_lea", name="Léa")


def events(house: House) -> list[str]:
    with house.store.reading() as connection:
        return list(
            connection.scalars(
                select(t.event.c.type)
                .where(t.event.c.type.startswith("supplier."))
                .order_by(t.event.c.id)
            )
        )


def problems(house: House, who: Who, document_id: str) -> dict[str, dict]:
    shown = accounting.proposed_entry(house, who, document_id)
    return {problem["code"]: problem for problem in shown["problems"]}


def file_of(house: House, who: Who, name: str) -> dict:
    (found,) = supplier_files.list_suppliers(house, who, q=name)["items"]
    return supplier_files.get_supplier(house, who, found["id"])


def test_a_new_account_for_a_large_invoice_takes_two_people(firm) -> None:
    house, nadia, lea = firm
    accounting.post(house, nadia, invoice(house, nadia, "A-1", iban=OLD, issued=date(2026, 10, 5)))
    large = invoice(house, nadia, "A-2", iban=NEW, **LARGE)
    changed = problems(house, nadia, large)["iban_changed"]
    assert changed["severity"] == "blocking"
    assert [way["how"] for way in changed["ways"]] == ["ask_second", "use"]
    with pytest.raises(Conflict) as refused:
        accounting.post(house, nadia, large, override_reason="Le gérant insiste")
    assert refused.value.code == "blocked", "no reason of one person is enough"

    settling.settle(
        house, nadia, large, code="iban_changed", field="iban", how="ask_second",
        reason="Appelé au 01 23 45 67 89",
    )  # fmt: skip
    asked = problems(house, nadia, large)["iban_asked"]
    assert [way["how"] for way in asked["ways"]] == ["use"], "the one who asked is not the second"
    with pytest.raises(Conflict):
        accounting.post(house, nadia, large, override_reason="Toujours")
    for same in (nadia, replace(nadia, id="key_1")):
        with pytest.raises(Forbidden) as refusal:
            settling.settle(house, same, large, code="iban_asked", field="iban", how="confirm_iban")
        assert refusal.value.code == "second_person"

    assert "confirm_iban" in [w["how"] for w in problems(house, lea, large)["iban_asked"]["ways"]]
    settling.settle(house, lea, large, code="iban_asked", field="iban", how="confirm_iban")
    assert "iban_asked" not in problems(house, nadia, large)
    assert accounting.post(house, nadia, large)["created"]
    supplier = file_of(house, nadia, "lyreco")
    assert (supplier["iban"], supplier["iban_state"]) == (NEW, "verified")
    assert supplier["ibans"][1]["how"] == "Appelé au 01 23 45 67 89"
    assert events(house) == ["supplier.iban_asked", "supplier.iban_verified"]


def test_evidence_stands_side_by_side(firm) -> None:
    house, nadia, _ = firm
    first = invoice(house, nadia, "FA-0017", iban=OLD)
    accounting.post(house, nadia, first)
    second = invoice(house, nadia, "fa 17", iban=NEW, net="50.00", vat="10.00", gross="60.00")
    found = problems(house, nadia, second)
    for code in ("duplicate_certain", "iban_changed"):
        beside = found[code]["beside"]
        assert beside["document_id"] == first
        assert {f["field"]: f["same"] for f in beside["fields"]} == {
            "supplier_name": True,
            "invoice_number": True,
            "issue_date": True,
            "net_total": False,
            "vat_total": False,
            "gross_total": False,
            "iban": False,
        }
    elsewhere = replace(nadia, companies=frozenset({"cmp_other"}))
    with pytest.raises(NotFound):
        accounting.proposed_entry(house, elsewhere, second)


def test_the_amount_from_which_two_look_is_the_companys_choice(firm) -> None:
    house, nadia, _ = firm
    accounting.post(house, nadia, invoice(house, nadia, "A-1", iban=OLD, issued=date(2026, 10, 5)))
    large = invoice(house, nadia, "A-2", iban=NEW, **LARGE)
    company_id = company_of(house, nadia)
    for said, severity in (("5000", "warning"), ("2400", "blocking"), ("never", "warning")):
        books.change_bookkeeping(house, nadia, company_id, {"second_person_from": said})
        assert problems(house, nadia, large)["iban_changed"]["severity"] == severity
    with pytest.raises(Invalid):
        books.change_bookkeeping(house, nadia, company_id, {"second_person_from": "often"})


def test_accounts_are_named_verified_and_taken_back_on_the_file(firm) -> None:
    house, nadia, lea = firm
    made = suppliers.add_supplier(house, nadia, None, {"name": "Lyreco", "iban": OLD})
    assert made["iban_state"] == "unverified"
    (first,) = made["ibans"]
    seen = supplier_ibans.verify_iban(house, nadia, made["id"], first["id"], "Contrat signé")
    assert seen["iban_state"] == "verified", "the first account takes one"

    seen = supplier_ibans.add_iban(house, nadia, made["id"], "FR76 1010 7001 0112 3456 7890 129")
    second = seen["ibans"][1]["id"]
    for iban, code in ((NEW, "iban_known"), ("FR7610107001011234567890128", "iban_invalid")):
        with pytest.raises((Conflict, Invalid)) as refusal:
            supplier_ibans.add_iban(house, nadia, made["id"], iban)
        assert refusal.value.code == code
    assert supplier_ibans.verify_iban(house, nadia, made["id"], second)["ibans"][1]["state"] == (
        "asked"
    )
    with pytest.raises(Forbidden):
        supplier_ibans.verify_iban(house, nadia, made["id"], second)
    seen = supplier_ibans.verify_iban(house, lea, made["id"], second)
    assert (seen["iban"], seen["ibans"][1]["state"]) == (NEW, "verified")

    seen = supplier_ibans.withdraw_iban(house, nadia, made["id"], second)
    assert (seen["iban"], seen["ibans"][1]["state"]) == (OLD, "unverified")
    with pytest.raises(Conflict):
        supplier_ibans.withdraw_iban(house, nadia, made["id"], second)


def test_a_code_may_change_until_an_entry_has_it(firm) -> None:
    house, nadia, _ = firm
    made = suppliers.add_supplier(house, nadia, None, {"name": "Lyreco France"})
    suppliers.add_supplier(house, nadia, None, {"name": "EDF"})
    change = supplier_files.change_supplier
    changed = change(house, nadia, made["id"], {"auxiliary": "flyr"}, made["version"])
    assert changed["auxiliary"] == "FLYR"
    for values, code in (
        ({"auxiliary": "FEDF"}, "auxiliary_taken"),
        ({"auxiliary": "a b"}, "auxiliary_invalid"),
        ({"name": " "}, "supplier_name"),
    ):
        with pytest.raises((Conflict, Invalid)) as refusal:
            change(house, nadia, made["id"], values, None)
        assert refusal.value.code == code
    with pytest.raises(Conflict) as refusal:
        change(house, nadia, made["id"], {"name": "Autre"}, made["version"])
    assert refusal.value.code == "stale"

    posted = accounting.post(house, nadia, invoice(house, nadia))
    assert posted["lines"][-1]["auxiliary"] == "FLYR"
    with pytest.raises(Conflict) as refusal:
        change(house, nadia, made["id"], {"auxiliary": "FAUTRE"}, None)
    assert refusal.value.code == "auxiliary_used"


def test_twins_become_one_with_their_history_and_two_again(firm) -> None:
    house, nadia, _ = firm
    first = invoice(house, nadia, "A-1", supplier="Lyreco France", iban=OLD)
    other = invoice(house, nadia, "B-1", supplier="Lyreco", iban=NEW, account="6063")
    for document_id in (first, other):
        accounting.post(house, nadia, document_id)
    twins = supplier_merges.list_twins(house, nadia)
    assert [pair["alike"] for pair in twins] == [["similar_name"]]
    kept, gone = file_of(house, nadia, "france"), file_of(house, nadia, NEW)

    seen = supplier_merges.preview(house, nadia, kept["id"], gone["id"])
    assert seen["moves"] == {
        "documents": 1,
        "open_items": 1,
        "open_amount": "120.00",
        "ibans": 1,
        "rules": 0,
    }
    assert seen["stays"] == {"entries": 1, "auxiliary": "FLYRECO"}
    merged = supplier_merges.merge(house, nadia, kept["id"], gone["id"], kept["version"])
    assert [alias["name"] for alias in merged["aliases"]] == ["Lyreco"]
    assert {d["id"] for d in merged["last_documents"]} == {first, other}
    assert [i["iban"] for i in merged["ibans"]] == [OLD, NEW]
    assert supplier_merges.list_twins(house, nadia) == []

    # A paper that names the alias is the kept one's, with the history of both.
    third = invoice(house, nadia, "B-2", supplier="LYRECO", account=None, issued=date(2026, 10, 1))
    shown = accounting.proposed_entry(house, nadia, third)
    assert shown["supplier"]["id"] == kept["id"]
    assert shown["parts"][0]["suggestion"]["reason"]["code"] != "unknown"
    accounting.post(
        house, nadia, third, choices=[{"part": 0, "account": "6063", "treatment": "FR_STD20"}]
    )
    entries = accounting.proposed_entry(house, nadia, other)["entry"]["lines"]
    assert entries[-1]["auxiliary"] == "FLYRECO", "what is posted stays as it was posted"
    with pytest.raises(Conflict) as refusal:
        supplier_files.change_supplier(house, nadia, gone["id"], {"name": "x"}, None)
    assert refusal.value.code == "supplier_merged"

    apart = supplier_merges.undo(house, nadia, gone["id"])
    assert {d["id"] for d in apart["last_documents"]} == {other}
    assert [i["iban"] for i in apart["ibans"]] == [NEW]
    kept = supplier_files.get_supplier(house, nadia, kept["id"])
    assert {d["id"] for d in kept["last_documents"]} == {first, third}, "what came since stays"
    with pytest.raises(Conflict):
        supplier_merges.undo(house, nadia, gone["id"])
    assert events(house) == ["supplier.merged", "supplier.separated"]


def test_merges_of_merges_are_undone_in_their_order(firm) -> None:
    house, nadia, _ = firm
    a, b, c = (
        suppliers.add_supplier(house, nadia, None, {"name": name})["id"]
        for name in ("Alpha", "Bravo", "Charlie")
    )
    supplier_merges.merge(house, nadia, b, c)
    supplier_merges.merge(house, nadia, a, b)
    assert {x["name"] for x in file_of(house, nadia, "charlie")["aliases"]} == {"Bravo", "Charlie"}
    with pytest.raises(Conflict) as refusal:
        supplier_merges.undo(house, nadia, c)
    assert refusal.value.code == "merged_since"
    assert [x["name"] for x in supplier_merges.undo(house, nadia, b)["aliases"]] == ["Charlie"]
    assert supplier_merges.undo(house, nadia, c)["merged_into_id"] is None


def test_suppliers_a_person_told_apart_are_not_proposed_again(firm) -> None:
    house, nadia, _ = firm
    first = suppliers.add_supplier(house, nadia, None, {"name": "Martin Bois"})
    second = suppliers.add_supplier(house, nadia, None, {"name": "Martin Bois Lyon"})
    assert len(supplier_merges.list_twins(house, nadia)) == 1
    supplier_merges.tell_apart(house, nadia, second["id"], first["id"])
    assert supplier_merges.list_twins(house, nadia) == []
    with pytest.raises(Invalid):
        supplier_merges.merge(house, nadia, first["id"], first["id"])


def test_the_same_over_the_api(client: TestClient, house: House, ours: Tenant) -> None:
    made = client.post("/api/v1/suppliers", json={"name": "Lyreco", "iban": OLD}).json()
    at = f"/api/v1/suppliers/{made['id']}"
    iban_id = made["ibans"][0]["id"]
    answer = client.post(f"{at}/ibans/{iban_id}/verification", json={"how": "Contrat"})
    assert (answer.status_code, answer.json()["iban_state"]) == (200, "verified")
    answer = client.post(f"{at}/ibans", json={"iban": NEW})
    assert answer.status_code == 201
    second = answer.json()["ibans"][1]["id"]
    client.post(f"{at}/ibans/{second}/verification")
    assert client.delete(f"{at}/ibans/{second}/verification").json()["ibans"][1]["state"] == (
        "unverified"
    )
    stale = client.patch(at, json={"siren": "552081317"}, headers={"If-Match": '"9"'})
    assert stale.status_code == 412
    etag = client.get(at).headers["ETag"]
    changed = client.patch(at, json={"siren": "552 081 317"}, headers={"If-Match": etag})
    assert changed.json()["siren"] == "552081317"

    twin = client.post("/api/v1/suppliers", json={"name": "Lyreco Pro"}).json()
    assert len(client.get("/api/v1/suppliers/twins").json()["items"]) == 1
    preview = client.get(f"{at}/merge", params={"other": twin["id"]}).json()
    assert preview["merged"]["name"] == "Lyreco Pro"
    merged = client.post(f"{at}/merge", json={"supplier_id": twin["id"]}).json()
    assert [alias["id"] for alias in merged["aliases"]] == [twin["id"]]
    assert [s["name"] for s in client.get("/api/v1/suppliers?q=pro").json()["items"]] == ["Lyreco"]
    apart = client.delete(f"/api/v1/suppliers/{twin['id']}/merge").json()
    assert apart["merged_into_id"] is None
