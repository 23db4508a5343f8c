"""The bank: files become statements once, movements become entries once, and all of it is undone."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import func, select, update

from domain.errors import Conflict, Invalid, NotFound
from domain.people import Who
from domain.statements import import_keys
from service.house import House
from service.operations import (
    accounting,
    bank_accounts,
    bank_files,
    bank_reconciliation,
    bank_rules,
    movements,
)
from service.operations.bank_rules import as_movement
from service.operations.entries import verify_chain
from storage import invariants
from storage import tables as t
from tests.service.bookkeeping import company_of, invoice, open_company
from tests.service.conftest import Tenant

API = "/api/v1"
IBAN = "FR7630006000011234567890189"
OTHER = "BE68539007547034"


def rows(*lines: tuple[str, str, str]) -> bytes:
    """A bank's CSV of (day, label, amount), each with its balance, from 1,000.00."""
    balance, text = 100_000, "IBAN;Date;Libellé;Montant;Solde\n"
    for day, label, amount in lines:
        balance += round(float(amount.replace(",", ".")) * 100)
        text += f"{IBAN};{day};{label};{amount};{balance / 100:.2f}\n".replace(".", ",", 0)
    return text.replace(",", ".").encode()


MARCH = rows(
    ("02/11/2026", "VIR SEPA LYRECO F2026-17", "-120.00"),
    ("05/11/2026", "FRAIS DE TENUE DE COMPTE", "-8.00"),
    ("06/11/2026", "CB BOULANGERIE", "-4.50"),
    ("07/11/2026", "PRLV LOCATION COPIEUR", "-60.00"),
)


def bank(house: House, who: Who, **values: Any) -> dict[str, Any]:
    made = {"name": "Compte courant", "iban": IBAN} | values
    return bank_accounts.add(house, who, company_of(house, who), made)


def imported(house: House, who: Who, content: bytes = MARCH) -> str:
    """A statement of a file that somebody accepted, as accepting leaves it."""
    company_id = company_of(house, who)
    made = bank_files.import_file(house, who, company_id, None, "releve.csv", content)
    statement_id = made["statements"][0]["id"]
    accept(house, statement_id)
    return str(statement_id)


def accept(house: House, statement_id: str) -> None:
    c = t.movement.c
    with house.store.transaction() as connection:
        connection.execute(
            update(t.statement).where(t.statement.c.id == statement_id).values(status="accepted")
        )
        account_id = connection.scalar(
            select(t.statement.c.bank_account_id).where(t.statement.c.id == statement_id)
        )
        found = connection.execute(
            select(t.movement).where(c.statement_id == statement_id).order_by(c.position)
        ).all()
        for row, key in zip(found, import_keys([as_movement(r) for r in found]), strict=True):
            connection.execute(
                update(t.movement)
                .where(c.id == row.id)
                .values(bank_account_id=account_id, import_key=key)
            )


def lines_of(entry: dict[str, Any]) -> list[tuple[str, str | None, str, str]]:
    return [(x["account"], x["auxiliary"], x["debit"], x["credit"]) for x in entry["lines"]]


def paid_invoice(house: House, who: Who) -> str:
    document_id = invoice(house, who, issued=date(2026, 10, 20))
    accounting.post(house, who, document_id)
    return document_id


# --- accounts and rules


def test_a_new_bank_account_gets_the_next_place_in_the_books(house: House) -> None:
    who = open_company(house)
    first = bank(house, who)
    second = bank(house, who, name="Livret", iban=OTHER)

    assert (first["account"], first["journal"]) == ("512001", "BQ")
    assert (second["account"], second["journal"]) == ("512002", "BQ2")
    with house.store.reading() as connection:
        label = connection.scalar(
            select(t.account.c.label_fr).where(t.account.c.number == "512002")
        )
    assert label == "Livret"


@pytest.mark.parametrize(
    ("country", "account"), [("CH", "102001"), ("BE", "550001")], ids=["CH", "BE"]
)
def test_each_country_keeps_its_banks_elsewhere(house: House, country: str, account: str) -> None:
    who = open_company(house, country)
    assert bank(house, who)["account"] == account


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"iban": "FR7630006000011234567890188"}, "bank_account_iban"),
        ({"account": "606400"}, "bank_account_account"),
        ({"journal": "b q"}, "bank_account_journal"),
        ({"name": " "}, "bank_account_name"),
    ],
)
def test_a_bank_account_that_cannot_be_is_refused(
    house: House, values: dict[str, str], code: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        bank(house, open_company(house), **values)
    assert refusal.value.code == code


def test_two_bank_accounts_share_no_iban(house: House) -> None:
    who = open_company(house)
    bank(house, who)
    with pytest.raises(Conflict) as refusal:
        bank(house, who, name="Encore")
    assert refusal.value.code == "bank_account_exists"


def test_a_rule_is_tried_on_the_past_before_it_is_kept_and_acts_until_it_is_retired(
    house: House,
) -> None:
    who = open_company(house)
    bank(house, who)
    statement_id = imported(house, who)
    said = {"words": "location copieur", "account": "6135", "side": "out"}

    tried = bank_rules.preview(house, who, None, said)
    assert (tried["looked_at"], tried["fitting"]) == (4, 1)
    rule = bank_rules.add(house, who, None, said)
    shown = movements.proposals(house, who, statement_id)["movements"][3]
    assert (shown["source"], shown["rule_id"]) == ("rule", rule["id"])
    bank_rules.retire(house, who, rule["id"])
    assert bank_rules.list_rules(house, who) == []
    assert movements.proposals(house, who, statement_id)["movements"][3]["source"] == "suspense"


# --- files


def test_a_file_becomes_a_statement_to_check_of_the_account_it_names(house: House) -> None:
    who = open_company(house)
    account = bank(house, who)
    made = bank_files.import_file(house, who, None, None, "../releve.csv", MARCH)

    (statement,) = made["statements"]
    assert statement["bank_account_id"] == account["id"]
    assert (statement["status"], statement["movements"]) == ("to_check", 4)
    assert (statement["opening"], statement["closing"]) == ("1000.00", "807.50")
    assert (statement["currency"], statement["name"]) == ("EUR", "releve.csv")


def test_the_same_file_twice_says_so_and_adds_nothing(house: House) -> None:
    who = open_company(house)
    bank(house, who)
    statement_id = imported(house, who)
    with pytest.raises(Conflict) as refusal:
        bank_files.import_file(house, who, None, None, "again.csv", MARCH)
    assert refusal.value.details["statement_ids"] == [statement_id]

    # The same movements in other bytes, and one more.
    other = (
        MARCH.replace(b"Libell", b"LIBELL") + f"{IBAN};08/11/2026;CB TAXI;-10.00;797.50\n".encode()
    )
    made = bank_files.import_file(house, who, None, None, "longer.csv", other)
    assert made["skipped"] == 4
    assert [(s["movements"], s["opening"], s["closing"]) for s in made["statements"]] == [
        (1, "807.50", "797.50")
    ]
    nothing = MARCH.replace(b"Libell", b"libell")
    assert bank_files.import_file(house, who, None, None, "x.csv", nothing) == {
        "statements": [],
        "skipped": 4,
    }


def test_the_columns_somebody_said_are_used_for_the_next_file_of_that_bank(house: House) -> None:
    who = open_company(house)
    strange = "Wann;Was;Wieviel\n02.11.2026;{};12\n"
    said = {"day": 0, "label": [1], "amount": 2, "date_order": "dmy"}
    with pytest.raises(Invalid) as refusal:
        bank_files.import_file(house, who, None, None, "a.csv", strange.format("a").encode())
    assert refusal.value.code == "bank_mapping_needed"

    bank_files.import_file(house, who, None, None, "a.csv", strange.format("a").encode(), said)
    made = bank_files.import_file(house, who, None, None, "b.csv", strange.format("b").encode())
    assert made["statements"][0]["movements"] == 1
    looked = bank_files.preview_table(house, who, None, strange.encode())
    assert (looked["saved"], looked["mapping"]["amount"]) == (True, 2)


def test_a_file_of_another_account_than_the_one_chosen_is_refused(house: House) -> None:
    who = open_company(house)
    other = bank(house, who, iban=OTHER)
    with pytest.raises(Conflict) as refusal:
        bank_files.import_file(house, who, None, other["id"], "a.csv", MARCH)
    assert refusal.value.code == "bank_account_differs"


# --- posting


def test_movements_are_posted_by_match_label_and_suspense_and_reversal_frees_them(
    any_house: House,
) -> None:
    house, who = any_house, open_company(any_house)
    bank(house, who)
    document_id = paid_invoice(house, who)
    statement_id = imported(house, who)

    first = movements.proposals(house, who, statement_id)["movements"][0]
    assert (first["source"], first["matches"][0]["confidence"]) == ("match", "high")
    done = movements.post_movements(house, who, statement_id)
    entries = [one["entry"] for one in done["posted"]]
    assert done["left"] == []
    assert [(e["journal"], e["number"]) for e in entries] == [("BQ", n) for n in (1, 2, 3, 4)]
    assert lines_of(entries[0]) == [
        ("512001", None, "0.00", "120.00"),
        ("401", "FLYRECOFRANCE", "120.00", "0.00"),
    ]
    assert [lines_of(e)[1][0] for e in entries[1:]] == ["627", "471", "471"]
    assert entries[0]["piece_reference"] == "2026-11-07/1"
    assert movements.post_movements(house, who, statement_id)["posted"] == []

    undone = accounting.reverse(house, who, entries[0]["id"], "wrong invoice")
    assert undone["journal"] == "BQ"
    again = movements.post_movements(house, who, statement_id)["posted"]
    assert [one["documents"] for one in again] == [
        [{"document_id": document_id, "invoice_id": None, "amount": "-120.00"}]
    ]
    with house.store.reading() as connection:
        broken = invariants.check(connection, None, house.now())
    # The invoice was written without its pages, which is no matter of the bank.
    assert [v for v in broken if v.number not in (3, 8, 13)] == []


def test_the_bank_is_held_against_the_books(any_house: House) -> None:
    house, who = any_house, open_company(any_house)
    account = bank(house, who)
    nothing = bank_reconciliation.reconciliation(house, who, account["id"])
    assert (nothing["statement_id"], nothing["difference"]) == (None, None)

    statement_id = imported(house, who)
    before = bank_reconciliation.reconciliation(house, who, account["id"])
    assert (before["book_balance"], before["not_posted"]["total"]) == ("0.00", "-192.50")
    assert (before["not_in_books"], before["statement_balance"]) == ("1000.00", "807.50")
    assert (before["difference"], before["gaps"]) == ("0.00", [])

    posted = movements.post_movements(house, who, statement_id)["posted"]
    accounting.reverse(house, who, posted[0]["entry"]["id"], "wrong account")
    after = bank_reconciliation.reconciliation(house, who, account["id"])
    assert (after["book_balance"], after["not_posted"]["total"]) == ("-72.50", "-120.00")
    assert [row["label"] for row in after["not_posted"]["movements"]] == [
        "VIR SEPA LYRECO F2026-17"
    ]
    assert after["not_on_statement"] == {"total": "0.00", "entries": []}, "what was undone is none"
    assert after["difference"] == "0.00"


def test_a_statement_that_is_missing_is_a_gap_in_the_reconciliation(house: House) -> None:
    who = open_company(house)
    account = bank(house, who)
    imported(house, who)
    later = rows(("02/12/2026", "FRAIS", "-8.00"))
    second = imported(house, who, later)
    found = bank_reconciliation.reconciliation(house, who, account["id"])
    assert [gap["before_statement_id"] for gap in found["gaps"]] == [second]
    assert found["gaps"][0]["amount"] == found["difference"] == "192.50"
    earlier = bank_reconciliation.reconciliation(house, who, account["id"], date(2026, 11, 30))
    assert (earlier["difference"], earlier["gaps"]) == ("0.00", [])


def test_what_only_may_be_a_match_waits_for_a_person_who_decides(house: House) -> None:
    who = open_company(house)
    bank(house, who)
    document_id = paid_invoice(house, who)
    statement_id = imported(
        house,
        who,
        rows(("02/11/2026", "CHQ 12", "-120.00"), ("03/11/2026", "CB PARKING", "-7.00")),
    )
    cheque = movements.proposals(house, who, statement_id)["movements"][0]
    assert (cheque["waits"], cheque["matches"][0]["confidence"]) == (True, "low")

    done = movements.post_movements(house, who, statement_id)
    assert done["left"] == [cheque["movement_id"]]
    decision = {
        "movement_id": cheque["movement_id"],
        "matches": [{"document_id": document_id, "amount": "-100.00"}],
        "lines": [{"account": "658", "amount": "-20.00"}],
    }
    (posted,) = movements.post_movements(house, who, statement_id, [decision])["posted"]
    assert [line[0] for line in lines_of(posted["entry"])] == ["512001", "401", "658"]
    assert posted["source"] == "person"
    with pytest.raises(Conflict) as refusal:
        movements.post_movements(house, who, statement_id, [decision])
    assert refusal.value.code == "movement_posted"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"matches": [{"document_id": "doc_0"}]}, "nothing_open"),
        ({"matches": [{"document_id": "DOC", "amount": "-120.01"}]}, "match_exceeds"),
        ({"matches": [{"document_id": "DOC", "amount": "1.00"}]}, "match_exceeds"),
        ({"matches": [{"document_id": "DOC"}, {"document_id": "DOC"}]}, "nothing_open"),
        ({"lines": [{"account": "627", "amount": "-120.01"}]}, "movement_exceeded"),
        ({"lines": [{"account": "627", "amount": "x"}]}, "line_amount"),
        ({"lines": [{"account": "999999", "amount": "-120.00"}]}, "account_unknown"),
        (
            {"lines": [{"account": "401", "amount": "-120.00", "auxiliary": "FNOBODY"}]},
            "auxiliary_unknown",
        ),
    ],
)
def test_a_decision_that_cannot_be_posts_nothing(
    house: House, change: dict[str, Any], code: str
) -> None:
    who = open_company(house)
    bank(house, who)
    document_id = paid_invoice(house, who)
    statement_id = imported(house, who)
    first = movements.proposals(house, who, statement_id)["movements"][0]
    decision = {"movement_id": first["movement_id"], **change}
    said = json.loads(json.dumps(decision).replace("DOC", document_id))

    with pytest.raises((Invalid, Conflict)) as refusal:
        movements.post_movements(house, who, statement_id, [said])
    assert refusal.value.code == code
    with house.store.reading() as connection:
        count = select(func.count()).where(t.movement.c.status == "posted")
        assert connection.scalar(count) == 0


def test_a_statement_nobody_accepted_is_not_posted(house: House) -> None:
    who = open_company(house)
    bank(house, who)
    made = bank_files.import_file(house, who, None, None, "a.csv", MARCH)
    with pytest.raises(Conflict) as refusal:
        movements.post_movements(house, who, made["statements"][0]["id"])
    assert refusal.value.code == "statement_not_accepted"


def test_many_who_post_at_once_post_each_movement_once(any_house: House) -> None:
    house, who = any_house, open_company(any_house)
    bank(house, who)
    days = [(f"{1 + n % 28:02}/10/2026", f"CB ACHAT {n}", f"-{n + 1}.00") for n in range(20)]
    statement_id = imported(house, who, rows(*days))

    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(lambda _: movements.post_movements(house, who, statement_id), range(6))
        )
    numbers = sorted(one["entry"]["number"] for answer in answers for one in answer["posted"])
    assert numbers == list(range(1, 21)), "each once, without a hole"
    assert verify_chain(house, who, company_of(house, who)) == []


def test_a_company_that_somebody_may_not_see_keeps_its_bank_to_itself(house: House) -> None:
    who = open_company(house)
    account = bank(house, who)
    statement_id = imported(house, who)
    limited = replace(who, companies=frozenset({"cmp_other"}))

    assert bank_accounts.list_accounts(house, limited) == []
    with pytest.raises(NotFound):
        bank_accounts.change(house, limited, account["id"], {"name": "x"})
    with pytest.raises(NotFound):
        movements.post_movements(house, limited, statement_id)


# --- over HTTP


def test_a_file_is_sent_looked_at_and_posted_over_http(
    client: TestClient, house: House, ours: Tenant
) -> None:
    account = client.post(f"{API}/bank-accounts", json={"name": "Courant", "iban": IBAN}).json()
    assert client.get(f"{API}/bank-accounts").json()["items"] == [account]
    looked = client.post(f"{API}/bank-statements/preview", content=MARCH).json()
    assert looked["header"] == ["IBAN", "Date", "Libellé", "Montant", "Solde"]

    sent = client.post(
        f"{API}/bank-statements",
        files={"file": ("releve.csv", MARCH)},
        data={"company_id": ours.company_id, "mapping": json.dumps(looked["mapping"])},
    )
    assert sent.status_code == 201, sent.text
    statement_id = sent.json()["statements"][0]["id"]
    again = client.post(f"{API}/bank-statements?name=releve.csv", content=MARCH)
    assert (again.status_code, again.json()["code"]) == (409, "bank_file_known")
    wrong = client.post(f"{API}/bank-statements?name=x", content=b":20:x\n:61:nonsense\n")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "bank_file_broken")
    assert wrong.json()["line"] == 2

    refused = client.post(f"{API}/bank-statements/{statement_id}/post")
    assert (refused.status_code, refused.json()["code"]) == (409, "statement_not_accepted")
    accept(house, statement_id)
    shown = client.get(f"{API}/bank-statements/{statement_id}/proposals").json()
    assert [m["source"] for m in shown["movements"]].count("suspense") == 3
    posted = client.post(f"{API}/bank-statements/{statement_id}/post", json={"decisions": []})
    assert len(posted.json()["posted"]) == 4
    events = client.get(f"{API}/events").json()["items"]
    assert {"movement.posted", "statement.ready"} <= {event["type"] for event in events}

    rule = client.post(f"{API}/bank-rules", json={"words": "CB BOULANGERIE", "account": "6257"})
    assert rule.status_code == 201
    assert client.delete(f"{API}/bank-rules/{rule.json()['id']}").json()["retired_at"]
    closed = client.patch(f"{API}/bank-accounts/{account['id']}", json={"closed": True})
    assert closed.json()["closed_at"]
    fixed = client.patch(f"{API}/bank-accounts/{account['id']}", json={"journal": "BX"})
    assert (fixed.status_code, fixed.json()["code"]) == (409, "bank_account_used")


def test_an_account_in_another_currency_is_held_against_nothing_of_other_amounts(house: House):
    who = open_company(house)
    bank(house, who, currency="CHF")
    invoice_id = invoice(house, who)
    accounting.post(house, who, invoice_id)
    statement = imported(house, who, MARCH)

    proposed = movements.proposals(house, who, statement)["movements"]

    assert all(movement["matches"] == [] for movement in proposed)
    assert movements.open_items_of(house, who, statement, amount="-120.00")["items"] == []
    with pytest.raises(Conflict) as refused:
        movements.post_movements(house, who, statement)
    assert refused.value.code == "bank_account_foreign"
    (account,) = bank_accounts.list_accounts(house, who)
    view = bank_reconciliation.reconciliation(house, who, account["id"])
    assert (view["book_currency"], view["difference"]) == ("EUR", None)
    assert view["statement_balance"] == "807.50"
