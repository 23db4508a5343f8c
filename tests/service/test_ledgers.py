"""Trial balance and general ledger: they say what was posted, and come out even."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from domain.errors import Forbidden, Invalid, NotFound
from domain.people import Scope, Who
from service.house import House
from service.operations import accounting, entries, ledgers, manual_entries
from service.operations.ledgers import Wanted
from storage import tables as t
from tests.service.bookkeeping import NOW, company_of, invoice, open_company
from tests.service.test_manual_entries import written

D = Decimal


@pytest.fixture
def books(any_house: House) -> tuple[House, Who]:
    """A sale of last year, a purchase of February and one of November, the latter paid."""
    house = replace(any_house, now=lambda: NOW)
    who = open_company(house)
    sale = written({"411": "600", "706": "-500", "44571": "-100"}, entry_date=date(2025, 12, 3))
    manual_entries.post(house, who, None, sale)
    for number, day in (("F1", date(2026, 2, 10)), ("F2", date(2026, 11, 2))):
        accounting.post(house, who, invoice(house, who, number, issued=day))
    return house, who


def by_account(balance: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    return {
        f"{a['account']} {a['auxiliary'] or ''}".strip(): (
            a["opening"], a["debit"], a["credit"], a["closing"],
        )
        for a in balance["accounts"]
    }  # fmt: skip


def test_balances_of_the_result_begin_anew_with_the_year_and_the_others_go_on(books):
    house, who = books

    found = ledgers.trial_balance(house, who, Wanted(until=date(2026, 11, 30)))

    assert (found["since"], found["until"]) == ("2026-01-01", "2026-11-30")
    assert by_account(found) == {
        "401": ("0.00", "0.00", "240.00", "-240.00"),
        "411": ("600.00", "0.00", "0.00", "600.00"),
        "44566": ("0.00", "40.00", "0.00", "40.00"),
        "44571": ("-100.00", "0.00", "0.00", "-100.00"),
        "6064": ("0.00", "200.00", "0.00", "200.00"),
    }
    assert found["totals"] == {
        "opening": "500.00", "debit": "240.00", "credit": "240.00", "closing": "500.00",
    }  # fmt: skip
    # What is missing for the openings to come to nothing is what the year before came to.
    assert (found["earlier_result"], found["result"]) == ("500.00", "-200.00")


def test_a_period_within_a_year_carries_what_came_before_in_that_year(books):
    house, who = books

    found = ledgers.trial_balance(house, who, Wanted(None, date(2026, 6, 1), date(2026, 11, 30)))

    assert by_account(found)["6064"] == ("100.00", "100.00", "0.00", "200.00")
    assert by_account(found)["401"] == ("-120.00", "0.00", "120.00", "-240.00")


def test_the_accounts_of_third_parties_are_shown_one_by_one_with_their_names(books):
    house, who = books

    found = ledgers.trial_balance(house, who, Wanted(third_parties=True))

    (supplier,) = [a for a in found["accounts"] if a["account"] == "401"]
    assert (supplier["auxiliary"], supplier["third_party"]) == ("FLYRECOFRANCE", "Lyreco France")
    assert found["totals"] == ledgers.trial_balance(house, who, Wanted())["totals"]


def test_a_ledger_tells_every_line_with_the_balance_after_it_page_by_page(books):
    house, who = books

    found = ledgers.general_ledger(house, who, Wanted(), "401")
    first = ledgers.general_ledger(house, who, Wanted(), "401", limit=1)
    second = ledgers.general_ledger(house, who, Wanted(), "401", cursor=first["next_cursor"])

    assert [(x["day"], x["credit"], x["balance"]) for x in found["items"]] == [
        ("2026-02-10", "120.00", "-120.00"),
        ("2026-11-02", "120.00", "-240.00"),
    ]
    assert (found["opening"], found["closing"]) == ("0.00", "-240.00")
    assert first["items"] + second["items"] == found["items"]
    assert (second["opening"], second["next_cursor"]) == ("-120.00", None)
    of_one = ledgers.general_ledger(house, who, Wanted(), "401", "FLYRECOFRANCE")
    assert of_one["third_party"] == "Lyreco France"
    assert of_one["items"] == found["items"]
    assert ledgers.general_ledger(house, who, Wanted(), "401", "NOBODY")["items"] == []


def test_what_was_reversed_carries_the_same_letter_on_both_sides(books):
    house, who = books
    (entry,) = [
        e for e in entries.journal_entries(house, who)["items"] if e["piece_reference"] == "F2"
    ]
    accounting.reverse(house, who, entry["id"], "Doublon")

    found = ledgers.general_ledger(house, who, Wanted(), "401")

    letters = {(x["debit"], x["credit"]): x["letter"] for x in found["items"][1:]}
    assert letters == {("0.00", "120.00"): "A", ("120.00", "0.00"): "A"}


def test_balance_ledgers_and_the_sums_that_are_kept_agree(books):
    house, who = books
    kept: dict[str, Decimal] = defaultdict(lambda: D(0))
    with house.store.reading() as connection:
        for row in connection.execute(select(t.account_balance)):
            kept[row.account] += row.debit - row.credit

    found = ledgers.trial_balance(house, who, Wanted(None, date(2025, 1, 1)))

    assert {a["account"]: D(a["closing"]) for a in found["accounts"]} == kept
    for account in found["accounts"]:
        ledger = ledgers.general_ledger(
            house, who, Wanted(None, date(2025, 1, 1)), account["account"]
        )
        assert ledger["closing"] == account["closing"]


def test_the_csv_opens_in_a_spreadsheet_of_this_language(books):
    house, who = books

    name, content = ledgers.trial_balance_csv(house, who, Wanted(until=date(2026, 11, 30)))

    lines = content.decode("utf-8-sig").splitlines()
    assert name == "balance-2026-01-01-2026-11-30.csv"
    assert lines[0] == "compte;auxiliaire;libelle;ouverture;debit;credit;solde"
    assert lines[1] == "401;;Fournisseurs;0,00;0,00;240,00;-240,00"


def test_who_may_not_and_what_cannot_be_asked_is_refused(books):
    house, who = books
    stranger = open_company(house)
    foreign = Wanted(company_of(house, stranger))
    reader = replace(who, scopes=frozenset({Scope.DOCUMENTS_READ}))

    with pytest.raises(Forbidden):
        ledgers.trial_balance(house, reader, Wanted())
    for ask in (ledgers.trial_balance, lambda *a: ledgers.general_ledger(*a, "401")):
        with pytest.raises(NotFound):
            ask(house, who, foreign)
    with pytest.raises(Invalid) as refused:
        ledgers.trial_balance(house, who, Wanted(None, date(2026, 5, 2), date(2026, 5, 1)))
    assert refused.value.code == "invalid_period"
    with pytest.raises(Invalid):
        ledgers.general_ledger(house, who, Wanted(), "401", cursor="ent_0:1")
