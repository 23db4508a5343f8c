"""Bank statements from the validated paper to the accepted account, and every way back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import select, update

from domain.errors import Conflict, Invalid, NotFound
from domain.findings import Finding, Reading, Transaction
from domain.people import Who
from domain.text import Box
from service.house import House
from service.operations import (
    bank_accounts,
    bank_files,
    corrections,
    movements,
    removal,
    reopening,
    statement_acceptance,
    statement_changes,
    statements,
    validation,
)
from storage import tables as t
from tests.service.bookkeeping import open_company
from tests.service.conftest import Tenant
from tests.service.stack import ready_import
from tests.service.test_bank import IBAN, MARCH, OTHER, bank, rows

API = "/api/v1"
ROWS = (
    ("2026-11-02", "VIR LYRECO", "-120.00"),
    ("2026-11-05", "FRAIS", "-8.00"),
    ("2026-11-09", "VIR CLIENT", "86.40"),
)


def read(
    *rows: tuple[str, str, str], opening: str = "1000.00", closing: str = "958.40", **fields: str
) -> Reading:
    said = {
        "bank_name": "Crédit Agricole",
        "iban": IBAN,
        "currency": "EUR",
        "period_start": "2026-11-01",
        "period_end": "2026-11-30",
        "opening_balance": opening,
        "closing_balance": closing,
    } | fields
    return Reading(
        {name: Finding(value, 0.9) for name, value in said.items() if value},
        transactions=tuple(
            Transaction(
                day, None, label, amount, page=1, box=Box(0.1, 0.1 * at, 0.9, 0.1 * at + 0.02)
            )
            for at, (day, label, amount) in enumerate(rows, 1)
        ),
    )


def on_paper(house: House, tenant: Tenant, reading: Reading) -> tuple[str, str]:
    """The document of a statement that was validated, and its import."""
    import_id = ready_import(house, tenant, (("bank_statement", 3),), blank=0)
    with house.store.transaction() as connection:
        connection.execute(
            update(t.group)
            .where(t.group.c.import_id == import_id)
            .values(reading=reading.to_json())
        )
    (document,) = validation.validate(house, tenant.who, import_id)["documents"]
    return document["id"], import_id


def paper(house: House, tenant: Tenant, reading: Reading | None = None) -> dict[str, Any]:
    document_id, _ = on_paper(house, tenant, reading or read(*ROWS))
    statement_id = statements.of_document(house, tenant.who, document_id)
    assert statement_id is not None
    return statements.get(house, tenant.who, statement_id)


def imported(house: House, who: Who, content: bytes, name: str = "a.csv") -> dict[str, Any]:
    made = bank_files.import_file(house, who, None, None, name, content)["statements"][0]
    return statements.get(house, who, made["id"])


def codes(view: dict[str, Any]) -> list[str]:
    return [problem["code"] for problem in view["problems"]]


# --- from paper


def test_a_validated_statement_waits_with_what_was_read_and_its_account(
    house: House, ours: Tenant
) -> None:
    account = bank(house, ours.who)
    view = paper(house, ours)

    assert (view["status"], view["source"]) == ("to_check", "paper")
    assert view["bank_account"]["id"] == account["id"]
    assert [(r["day"], r["label"], r["amount"]) for r in view["rows"]] == list(ROWS)
    assert [r["running"] for r in view["rows"]] == ["880.00", "872.00", "958.40"]
    assert (view["difference"], view["problems"]) == ("0.00", [])
    with house.store.reading() as connection:
        told = connection.execute(
            select(t.event.c.data).where(t.event.c.type == "statement.ready")
        ).scalar_one()
    assert told["statement_id"] == view["id"]


def test_what_was_read_badly_is_still_a_statement_and_never_a_fault(
    house: House, ours: Tenant
) -> None:
    view = paper(
        house,
        ours,
        read(("2026-13-45", "x", "1.00"), ("", "y", "ten"), opening="", currency="EURO"),
    )

    assert [(r["day"], r["amount"]) for r in view["rows"]] == [
        ("2026-11-01", "1.00"),
        ("2026-11-01", "0.00"),
    ]
    assert (view["currency"], view["opening"], view["difference"]) == ("", None, None)
    assert codes(view) == ["balance_missing", "statement_account_missing"]


def test_a_row_that_was_read_in_two_ways_is_doubtful_until_the_statement_closes(
    house: House, ours: Tenant
) -> None:
    reading = read(*ROWS, closing="950.40")
    unsure = replace(reading.transactions[1], read_as="-16.00")
    rows = (reading.transactions[0], unsure, reading.transactions[2])
    view = paper(house, ours, replace(reading, transactions=rows))
    assert "read_differently" in view["rows"][1]["doubts"]
    assert (view["rows"][1]["read_as"], view["rows"][1]["page"]) == ("-16.00", 1)
    second = view["rows"][1]["id"]
    changed = {"amount": "-16.00"}
    view = statement_changes.change_row(house, ours.who, view["id"], second, changed, None)
    assert (view["difference"], view["rows"][1]["doubts"]) == ("0.00", [])


def test_a_statement_leaves_and_comes_back_with_its_document(house: House, ours: Tenant) -> None:
    document_id, import_id = on_paper(house, ours, read(*ROWS))
    statement_id = statements.of_document(house, ours.who, document_id)
    assert statement_id
    first = statements.get(house, ours.who, statement_id)["rows"][0]
    statement_changes.change_row(
        house, ours.who, statement_id, first["id"], {"label": "put right"}, None
    )

    removal.delete_document(house, ours.who, document_id)
    with pytest.raises(NotFound):
        statements.get(house, ours.who, statement_id)
    removal.restore_document(house, ours.who, document_id)
    reopening.reopen(house, ours.who, import_id)
    assert statements.list_statements(house, ours.who)["items"] == []
    validation.validate(house, ours.who, import_id)
    corrections.correct_document(house, ours.who, document_id, {"category": "letter"}, None)
    assert statements.of_document(house, ours.who, document_id) is None
    corrections.correct_document(house, ours.who, document_id, {"category": "bank_statement"}, None)
    corrections.correct_document(
        house, ours.who, document_id, {"fields": {"opening_balance": "1001.00"}}, None
    )

    (back,) = statements.list_statements(house, ours.who)["items"]
    assert (back["id"], back["opening"], back["movements"]) == (statement_id, "1001.00", 3)
    assert statements.get(house, ours.who, statement_id)["rows"][0]["label"] == "put right"


def test_the_paper_of_an_accepted_statement_stays_as_it_is(house: House, ours: Tenant) -> None:
    bank(house, ours.who)
    document_id, import_id = on_paper(house, ours, read(*ROWS))
    statement_id = str(statements.of_document(house, ours.who, document_id))
    statement_acceptance.accept(house, ours.who, statement_id)

    for leave in (
        lambda: removal.delete_document(house, ours.who, document_id),
        lambda: reopening.reopen(house, ours.who, import_id),
        lambda: corrections.correct_document(
            house, ours.who, document_id, {"category": "letter"}, None
        ),
    ):
        with pytest.raises(Conflict) as refusal:
            leave()
        assert refusal.value.code == "statement_accepted"
    statement_acceptance.reopen(house, ours.who, statement_id)
    assert removal.delete_document(house, ours.who, document_id)["status"] == "deleted"


# --- put right


@pytest.mark.parametrize(
    ("closing", "lines", "hint", "row"),
    [
        ("1131.20", (("VIR CLIENT", "86.40"), ("VIR AUTRE", "44.80")), None, None),
        ("958.40", (("VIR", "-86.40"), ("FRAIS", "44.80")), "side_misread", 0),
        ("986.40", (("VIR", "-86.40"), ("VIR", "-86.40"), ("X", "72.80")), "row_twice", 0),
        ("1024.00", (("VIR", "42.00"),), "digits_exchanged", 0),
        ("1092.00", (("VIR", "86.40"),), "row_missing", None),
    ],
    ids=["proved", "side", "twice", "digits", "missing"],
)
def test_one_press_puts_right_what_a_difference_comes_from(
    house: House,
    ours: Tenant,
    closing: str,
    lines: tuple[tuple[str, str], ...],
    hint: str | None,
    row: int | None,
) -> None:
    if hint == "side_misread":
        closing = "1131.20"
    view = paper(house, ours, read(*(("2026-11-02", *line) for line in lines), closing=closing))
    if hint is None:
        assert (view["repairs"], view["difference"]) == ([], "0.00")
        return
    repair = view["repairs"][0]

    assert repair["hint"] == hint
    who, at, changed = ours.who, view["id"], {"amount": repair.get("amount")}
    if repair["do"] == "add":
        assert repair["movement_id"] is None
        added = {"day": "2026-11-20", "label": "found", **changed}
        after = statement_changes.add_row(house, who, at, added, view["version"])
    else:
        assert repair["movement_id"] == view["rows"][row]["id"]
        assert hint in view["rows"][row]["doubts"]
        if repair["do"] == "delete":
            after = statement_changes.delete_row(
                house, who, at, repair["movement_id"], view["version"]
            )
        else:
            after = statement_changes.change_row(
                house, who, at, repair["movement_id"], changed, view["version"]
            )
    assert (after["difference"], after["repairs"]) == ("0.00", [])


def test_rows_are_added_moved_and_taken_out_without_a_gap_and_back(
    house: House, ours: Tenant
) -> None:
    view = paper(house, ours)
    who, at = ours.who, view["id"]

    def order(seen: dict[str, Any]) -> list[str]:
        assert [r["position"] for r in seen["rows"]] == list(range(len(seen["rows"])))
        return [r["label"] for r in seen["rows"]]

    a, b, c = order(view)
    last = view["rows"][2]
    assert order(
        statement_changes.change_row(house, who, at, last["id"], {"position": 0}, None)
    ) == [c, a, b]
    assert order(
        statement_changes.change_row(house, who, at, last["id"], {"position": 2}, None)
    ) == [a, b, c]
    assert order(statement_changes.delete_row(house, who, at, view["rows"][0]["id"], None)) == [
        b,
        c,
    ]
    back = {name: view["rows"][0][name] for name in ("day", "label", "amount", "position")}
    assert order(statement_changes.add_row(house, who, at, back, None)) == [a, b, c]
    new = {"day": "2026-11-10", "amount": "1.00", "label": "new"}
    assert order(statement_changes.add_row(house, who, at, new, None)) == [a, b, c, "new"]


@pytest.mark.parametrize(
    "values",
    [
        {"amount": "1e99"},
        {"amount": "x"},
        {"day": "02/11/2026"},
        {"position": 3},
        {"position": -1},
    ],
    ids=["large", "words", "day", "beyond", "before"],
)
def test_a_value_that_cannot_be_changes_nothing(
    house: House, ours: Tenant, values: dict[str, Any]
) -> None:
    view = paper(house, ours)
    with pytest.raises(Invalid) as refusal:
        statement_changes.change_row(
            house, ours.who, view["id"], view["rows"][0]["id"], values, None
        )
    assert refusal.value.code == "statement_value"
    assert statements.get(house, ours.who, view["id"]) == view


def test_who_saw_an_older_version_changes_nothing(house: House, ours: Tenant) -> None:
    view = paper(house, ours)
    first = view["rows"][0]["id"]
    statement_changes.change(house, ours.who, view["id"], {"bank": "LCL"}, view["version"])
    for late in (
        lambda: statement_changes.delete_row(house, ours.who, view["id"], first, 1),
        lambda: statement_acceptance.accept(house, ours.who, view["id"], 1),
    ):
        with pytest.raises(Conflict) as refusal:
            late()
        assert (refusal.value.code, refusal.value.details["version"]) == ("stale", 2)


# --- accepted


def test_nothing_blocked_is_accepted_and_a_difference_no_reason_overrides(
    house: House, ours: Tenant
) -> None:
    view = paper(house, ours, read(*ROWS, closing="958.41"))
    bank(house, ours.who)
    with pytest.raises(Conflict) as refusal:
        statement_acceptance.accept(house, ours.who, view["id"], None, "the bank is wrong")
    assert [p["code"] for p in refusal.value.details["problems"]] == ["statement_does_not_close"]

    statement_changes.change(house, ours.who, view["id"], {"closing": None}, None)
    with pytest.raises(Conflict):
        statement_acceptance.accept(house, ours.who, view["id"])
    accepted = statement_acceptance.accept(house, ours.who, view["id"], None, "page 3 is lost")
    assert (accepted["status"], accepted["accepted_by"]) == ("accepted", ours.who.id)
    with house.store.reading() as connection:
        told = connection.execute(
            select(t.event.c.data).where(t.event.c.type == "statement.accepted")
        ).scalar_one()
    assert told["overridden"] == ["balance_missing"]
    assert told["override_reason"] == "page 3 is lost"


def test_an_account_that_is_not_known_is_offered_and_then_recognised(
    house: House, ours: Tenant
) -> None:
    view = paper(house, ours)
    assert codes(view) == ["statement_account_missing"]
    assert view["proposed_account"] == {"account": "512001", "journal": "BQ"}
    bank_accounts.add(
        house, ours.who, None, {"name": view["bank"], "iban": view["iban"], "currency": "CHF"}
    )
    view = statements.get(house, ours.who, view["id"])
    assert codes(view) == ["statement_currency_differs"]

    other = bank(house, ours.who, name="Autre", iban=OTHER)
    chosen = statement_changes.change(
        house, ours.who, view["id"], {"bank_account_id": other["id"]}, None
    )
    assert (chosen["bank_account"]["id"], codes(chosen)) == (other["id"], [])


def test_accepted_movements_are_posted_and_the_next_month_goes_on_from_there(
    any_house: House,
) -> None:
    house, who = any_house, open_company(any_house)
    bank(house, who)
    first = imported(house, who, MARCH)
    accepted = statement_acceptance.accept(house, who, first["id"], first["version"])
    assert statement_acceptance.accept(house, who, first["id"]) == accepted, "once"
    with pytest.raises(Conflict) as refusal:
        statement_changes.delete_row(house, who, first["id"], first["rows"][0]["id"], None)
    assert refusal.value.code == "statement_accepted"

    reopened = statement_acceptance.reopen(house, who, first["id"])
    assert reopened["status"] == "to_check"
    statement_acceptance.accept(house, who, first["id"])
    movements.post_movements(house, who, first["id"])
    with pytest.raises(Conflict) as refusal:
        statement_acceptance.reopen(house, who, first["id"])
    assert refusal.value.code == "statement_posted"


def test_movements_that_came_with_another_statement_are_skipped_and_never_posted(
    any_house: House,
) -> None:
    house, who = any_house, open_company(any_house)
    bank(house, who)
    # Both are there before the first is accepted, so that importing cannot know.
    longer = rows(
        ("02/11/2026", "VIR SEPA LYRECO F2026-17", "-120.00"), ("12/11/2026", "CB TAXI", "-5.00")
    )
    first, second = imported(house, who, MARCH), imported(house, who, longer, "b.csv")
    statement_acceptance.accept(house, who, first["id"])
    seen = statements.get(house, who, second["id"])
    assert [r["status"] for r in seen["rows"]] == ["skipped", "open"]

    after = statement_acceptance.accept(house, who, second["id"])
    assert (after["skipped"], after["difference"]) == (1, "0.00")
    done = movements.post_movements(house, who, second["id"])
    assert [one["movement_id"] for one in done["posted"]] == [after["rows"][1]["id"]]
    with pytest.raises(Conflict) as refusal:
        movements.post_movements(
            house, who, second["id"], [{"movement_id": after["rows"][0]["id"]}]
        )
    assert refusal.value.code == "movement_skipped"


def test_a_statement_that_does_not_go_on_from_the_last_one_says_so(house: House) -> None:
    who = open_company(house)
    bank(house, who)
    first = imported(house, who, MARCH)
    statement_acceptance.accept(house, who, first["id"])
    december = rows(("02/12/2026", "CB TAXI", "-5.00"))
    second = imported(house, who, december, "b.csv")
    dated = {"start": "2026-12-01", "end": "2026-12-31"}
    seen = statement_changes.change(house, who, second["id"], dated, None)

    assert seen["previous_closing"] == "807.50"
    assert codes(seen) == ["statement_not_continuous"]
    assert statements.next_to_check(house, who, first["id"]) == second["id"]


def test_a_company_that_somebody_may_not_see_keeps_its_statements(
    house: House, ours: Tenant
) -> None:
    view = paper(house, ours)
    limited = replace(ours.who, companies=frozenset({"cmp_other"}))

    assert statements.list_statements(house, limited)["items"] == []
    for door in (
        lambda: statements.get(house, limited, view["id"]),
        lambda: statement_acceptance.accept(house, limited, view["id"]),
        lambda: statement_changes.change(house, limited, view["id"], {"bank": "x"}, None),
    ):
        with pytest.raises(NotFound):
            door()
    assert statements.of_document(house, limited, view["document_id"]) is None


# --- over HTTP


def test_a_statement_is_read_put_right_and_accepted_over_http(
    client: TestClient, house: House, ours: Tenant
) -> None:
    made = paper(house, ours, read(*ROWS[:2], ("2026-11-09", "VIR CLIENT", "-86.40")))
    (listed,) = client.get(f"{API}/bank-statements?status=to_check").json()["items"]
    assert (listed["id"], listed["movements"], listed["open"]) == (made["id"], 3, 3)
    at = f"{API}/bank-statements/{made['id']}"
    answer = client.get(at)
    view = answer.json()
    (repair,) = view["repairs"]
    assert (repair["hint"], repair["amount"]) == ("side_misread", "86.40")

    row = f"{at}/movements/{repair['movement_id']}"
    changed = client.patch(
        row, json={"amount": "86.40"}, headers={"If-Match": answer.headers["ETag"]}
    )
    assert changed.json()["difference"] == "0.00"
    late = client.patch(row, json={"amount": "1.00"}, headers={"If-Match": '"1"'})
    assert (late.status_code, late.json()["code"]) == (412, "stale")
    added = client.post(f"{at}/movements", json={"day": "2026-11-10", "amount": "1", "label": "x"})
    assert (added.status_code, added.json()["difference"]) == (201, "-1.00")
    gone = client.delete(f"{at}/movements/{added.json()['rows'][-1]['id']}")
    assert gone.json()["movements"] == 3
    blocked = client.post(f"{at}/accept")
    assert (blocked.status_code, blocked.json()["code"]) == (409, "statement_blocked")
    client.post(f"{API}/bank-accounts", json={"name": "Courant", "iban": IBAN})
    named = client.patch(at, json={"bank": "LCL", "end": "2026-11-29"})
    assert (named.json()["bank"], named.json()["end"]) == ("LCL", "2026-11-29")

    accepted = client.post(f"{at}/accept", json={"version": named.json()["version"]})
    assert accepted.json()["status"] == "accepted"
    assert client.post(f"{at}/reopen").json()["status"] == "to_check"
