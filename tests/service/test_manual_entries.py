"""Entries by hand: on the same path as all others, undone when they were meant to be, once a form."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from domain.errors import Conflict, Forbidden, Invalid
from domain.people import Scope, Who
from service.house import House
from service.operations import accounting, closing, entries, entry_models, manual_entries, removal
from storage import journal
from storage import tables as t
from storage.invariants.books import balances_are_sums, chains_hold
from storage.invariants.events import postings_have_their_event
from tests.service.bookkeeping import NOW, company_of, invoice, open_company

BY_HAND: dict[str, tuple[str, str, dict[str, str]]] = {
    # country, journal, account → amount, debits positive
    "L01/1": ("FR", "PA", {"6411": "3000", "6451": "1260", "431": "-1920", "4421": "-100",
                           "421": "-2240"}),
    "D02/2": ("FR", "OD", {"44566": "60", "4458": "-60"}),
    "D02/4": ("FR", "OD", {"401": "360", "4091": "-360"}),
    "D02/5": ("FR", "OD", {"4458": "60", "44566": "-60"}),
    "B03/2": ("FR", "OD", {"6251": "75", "471": "-75"}),
    "B09/2": ("FR", "CA", {"530": "200", "580": "-200"}),
    "CH19/1": ("CH", "PA", {"5000": "6000", "2270": "-756", "1020": "-5244"}),
    "CH19/2": ("CH", "PA", {"5700": "384", "5710": "144", "5720": "300", "5730": "30",
                            "2270": "-858"}),
}  # fmt: skip


@pytest.fixture
def books(house: House) -> tuple[House, Who]:
    held = replace(house, now=lambda: NOW)
    return held, open_company(held)


def written(amounts: dict[str, str], **more: Any) -> dict[str, Any]:
    """An entry as a person writes it; debits positive."""
    lines = [
        {"account": account, "debit": amount}
        if amount[0] != "-"
        else {"account": account, "credit": amount[1:]}
        for account, amount in amounts.items()
    ]
    return {"entry_date": date(2026, 11, 20), "label": "Écriture", "lines": lines, **more}


FEES = {"6226": "500", "44586": "100", "4081": "-600"}


def test_what_people_write_by_hand_is_posted_as_they_write_it(house):
    for code in ("FR", "CH"):
        who = open_company(house, code)
        for name, (country, in_journal, amounts) in BY_HAND.items():
            if country != code:
                continue
            made = manual_entries.post(
                house, who, None, written(amounts, label=name, journal=in_journal)
            )
            assert (made["journal"], made["label"]) == (in_journal, name)
            assert {line["account"] for line in made["lines"]} == set(amounts)
        with house.store.reading() as connection:
            company_id = company_of(house, who)
            assert not journal.verify_chain(connection, who.organisation_id, company_id)


def test_the_examples_by_hand_are_those_of_the_tables():
    from tests.domain import test_worked_examples as worked

    named = {key for name in worked.BY_HAND.split() for key in worked.keys_of(name)}
    assert {tuple(name.split("/")) for name in BY_HAND} == named
    if worked.SHARED.exists():
        tables = worked.rows_of_the_examples()
        for name, (*_, amounts) in BY_HAND.items():
            example, _, number = name.partition("/")
            ours = {a.rstrip("0"): worked.D(n) for a, n in amounts.items()}
            assert ours == tables[example, number], name


def test_an_accrual_is_posted_with_its_reversal_and_both_are_told(books):
    house, who = books
    made = manual_entries.post(
        house,
        who,
        None,
        written(FEES, entry_date="2026-12-31", label="FNP Durand", reverse_on="2027-01-01"),
    )
    undone = made["reversal"]
    assert (made["journal"], made["year"], made["number"]) == ("OD", 2026, 1)
    assert (undone["journal"], undone["year"], undone["number"]) == ("OD", 2027, 1)
    assert undone["label"] == "Extourne FNP Durand"
    assert made["reversed_by_entry_id"] == undone["id"]
    assert undone["reverses_entry_id"] == made["id"]
    with house.store.reading() as connection:
        told = connection.execute(select(t.event.c.type).order_by(t.event.c.sequence)).scalars()
        assert [kind for kind in told if kind.startswith("entry.")] == [
            "entry.posted",
            "entry.reversed",
        ]
        for invariant in (chains_hold, balances_are_sums, postings_have_their_event):
            assert list(invariant(connection)) == []
    assert entries.journal_entry(house, who, made["id"])["by_hand"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lines": [{"account": "6226", "debit": "5"}, {"account": "4081", "credit": "6"}]},
         "unbalanced"),
        ({"lines": [{"account": "6226", "debit": "5"}]}, "lines_number"),
        ({"lines": [{"account": "999", "debit": "5"}, {"account": "4081", "credit": "5"}]},
         "account_unknown"),
        ({"label": " "}, "label_missing"),
        ({"entry_date": "2062-11-20"}, "entry_date_far"),
        ({"entry_date": "2026-02-30"}, "invalid_value"),
        ({"entry_date": None}, "day_missing"),
        ({"reverse_on": "2026-11-20"}, "reversal_day"),
        ({"journal": "O D"}, "journal_invalid"),
        ({"lines": [{"account": "6226", "debit": "5", "auxiliary": "NOBODY"},
                    {"account": "4081", "credit": "5"}]}, "auxiliary_unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_is_no_entry_is_refused_and_leaves_nothing(books, change, code):
    house, who = books
    with pytest.raises(Invalid) as refused:
        manual_entries.post(house, who, None, written(FEES) | change)
    assert refused.value.code == code
    with house.store.reading() as connection:
        assert connection.execute(select(t.journal_entry)).all() == []


def test_neither_an_entry_nor_its_reversal_comes_into_a_locked_period(books):
    house, who = books
    entries.lock_period(house, who, company_of(house, who), date(2026, 10, 31))
    with pytest.raises(Conflict, match="locked"):
        manual_entries.post(house, who, None, written(FEES, entry_date="2026-10-31"))
    with pytest.raises(Forbidden):
        manual_entries.post(
            house, replace(who, scopes=frozenset({Scope.BOOKS_READ})), None, written(FEES)
        )


def test_a_form_sent_twice_is_one_entry_and_another_from_it_a_conflict(books):
    house, who = books
    first = manual_entries.post(house, who, None, written(FEES, key="frm_1"))
    again = manual_entries.post(house, who, None, written(FEES, key="frm_1"))
    assert first["id"] == again["id"]
    with pytest.raises(Conflict) as refused:
        manual_entries.post(house, who, None, written(FEES, key="frm_1", label="Autre"))
    assert refused.value.code == "already_posted"
    assert manual_entries.post(house, who, None, written(FEES))["number"] == 2


def test_a_paper_explains_an_entry_without_being_posted_by_it_and_stays(books):
    house, who = books
    paper = invoice(house, who)
    made = manual_entries.post(house, who, None, written(FEES, document_id=paper))
    assert made["document_id"] is None
    assert made["document_sha256"] == "1" * 64
    assert entries.journal_entry(house, who, made["id"])["attached_document_id"] == paper
    assert accounting.proposed_entry(house, who, paper)["entry"] is None
    with pytest.raises(Conflict) as refused:
        removal.delete_document(house, who, paper)
    assert refused.value.code == "explains_entry"


def test_a_paper_of_another_company_explains_nothing_here(books):
    house, who = books
    elsewhere = open_company(house)
    with pytest.raises(Exception, match="no such document"):
        manual_entries.post(house, who, None, written(FEES, document_id=invoice(house, elsewhere)))


def test_an_entry_is_copied_and_a_model_kept_under_its_name(books):
    house, who = books
    made = manual_entries.post(house, who, None, written(FEES, label="Paie"))
    copied = manual_entries.as_template(house, who, made["id"])
    assert [line["account"] for line in copied["lines"]] == list(FEES)
    kept = entry_models.save(house, who, None, copied | {"name": "Paie"})
    without = [{"account": "6411"}, {"account": "421"}]
    again = entry_models.save(house, who, None, {"name": "Paie", "lines": without})
    assert kept["id"] == again["id"]
    (model,) = entry_models.list_models(house, who)["items"]
    assert [line["account"] for line in model["lines"]] == ["6411", "421"]
    entry_models.remove(house, who, model["id"])
    assert entry_models.list_models(house, who)["items"] == []


def test_a_closing_proposal_is_what_the_door_for_entries_takes(books):
    house, who = books
    proposal = closing.proposed(
        house,
        who,
        None,
        "prepaid",
        {"closing": "2026-12-31", "account": "6161", "amount": "1200",
         "start": "2026-10-01", "end": "2027-09-30"},
    )  # fmt: skip
    assert proposal["reverse_on"] == "2027-01-01"
    made = manual_entries.post(house, who, None, proposal)
    assert [(line["account"], line["debit"]) for line in made["lines"]] == [
        ("486", "900.00"),
        ("6161", "0.00"),
    ]
    assert made["reversal"]["entry_date"] == "2027-01-01"


def test_open_documents_in_other_currencies_are_offered_for_the_closing_rate(books):
    house, who = books
    paper = invoice(
        house, who, net="1000.00", vat="", rate="", gross="1000.00", account="6511",
        treatment="NONEU_SERVICES", currency="USD", exchange_rate="1.10",
    )  # fmt: skip
    accounting.post(house, who, paper, override_reason="facture en dollars")
    (item,) = closing.foreign_items(house, who, None)
    assert (item["booked"], item["foreign"], item["currency"]) == ("-909.09", "-1000.00", "USD")
    values = {**item, "closing": "2026-12-31", "rate": "1.05"}
    proposal = closing.proposed(house, who, None, "exchange", values)
    assert [line["debit"] or line["credit"] for line in proposal["lines"]] == ["43.29", "43.29"]
    assert proposal["lines"][1]["auxiliary"] == item["auxiliary"]
