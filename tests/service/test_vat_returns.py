"""Returns of VAT: from the books, once a period, in their order, cancelled as a whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from domain.errors import Conflict, Invalid
from domain.people import Who
from service.house import House
from service.operations import accounting, books, entries, manual_entries, vat_returns
from service.operations.vat_returns import Wanted
from storage.invariants.books import balances_are_sums, chains_hold
from storage.invariants.events import postings_have_their_event
from tests.service.bookkeeping import NOW, company_of, invoice, open_company
from tests.service.test_manual_entries import written

OCTOBER = Wanted(date(2026, 10, 1), date(2026, 10, 31))
NOVEMBER = Wanted(date(2026, 11, 1), date(2026, 11, 30))


@pytest.fixture
def kept(house: House) -> tuple[House, Who, str]:
    held = replace(house, now=lambda: NOW)
    who = open_company(held)
    return held, who, company_of(held, who)


def sold(house: House, who: Who, vat: str, day: str = "2026-11-10", due: str = "44571") -> str:
    gross = str(int(vat) * 6)
    amounts = {"411": gross, "706": f"-{int(vat) * 5}", due: f"-{vat}"}
    made = manual_entries.post(house, who, None, written(amounts, entry_date=day, journal="VE"))
    return str(made["id"])


def lines(entry: dict) -> dict[str, str]:
    return {
        line["account"]: line["debit"] if line["debit"] != "0.00" else f"-{line['credit']}"
        for line in entry["lines"]
    }


def test_a_return_empties_the_accounts_of_a_month_and_says_what_is_behind_each_box(kept):
    house, who, company_id = kept
    sold(house, who, "200")
    bought = accounting.post(
        house, who, invoice(house, who, net="600.00", vat="120.00", gross="720.00")
    )
    seen = vat_returns.preview(house, who, company_id, NOVEMBER)
    assert (seen["name"], seen["owed"], seen["done"]) == ("2026-11", "80.00", None)
    assert [(b["code"], b["amount"]) for b in seen["boxes"]] == [("20", "120.00")]
    (treated,) = seen["treatments"]
    assert (treated["treatment"], treated["base"], treated["deducted"]) == (
        "FR_STD20", "600.00", "120.00",
    )  # fmt: skip
    assert [entry["entry_id"] for entry in treated["entries"]] == [bought["id"]]

    made = vat_returns.post(house, who, company_id, NOVEMBER, seen["owed"])
    (entry_id,) = made["entry_ids"]
    entry = entries.journal_entry(house, who, entry_id)
    assert lines(entry) == {"44571": "200.00", "44566": "-120.00", "44551": "-80.00"}
    assert (entry["entry_date"], entry["journal"]) == ("2026-11-30", "OD")
    assert entry["vat_return_id"] == made["id"]
    assert vat_returns.preview(house, who, company_id, NOVEMBER)["done"] == made["id"]
    with house.store.reading() as connection:
        for invariant in (chains_hold, balances_are_sums, postings_have_their_event):
            assert list(invariant(connection)) == []


def test_a_period_is_declared_once_in_its_order_and_from_what_was_seen(kept):
    house, who, company_id = kept
    sold(house, who, "200")
    with pytest.raises(Conflict, match="changed"):
        vat_returns.post(house, who, company_id, NOVEMBER, "199.00")
    vat_returns.post(house, who, company_id, NOVEMBER)
    overlapping = Wanted(date(2026, 11, 15), date(2026, 12, 15))
    for wanted, code in (
        (NOVEMBER, "vat_period_done"),
        (overlapping, "vat_period_done"),
        (OCTOBER, "vat_period_before"),
    ):
        with pytest.raises(Conflict) as refused:
            vat_returns.post(house, who, company_id, wanted)
        assert refused.value.code == code


def test_what_is_posted_late_is_declared_with_the_next_return(kept):
    house, who, company_id = kept
    sold(house, who, "200", "2026-10-10")
    vat_returns.post(house, who, company_id, OCTOBER)
    sold(house, who, "100", "2026-10-20")
    seen = vat_returns.preview(house, who, company_id, NOVEMBER)
    assert seen["owed"] == "100.00"
    assert seen["accounts"][0]["earlier"] == "-100.00"


def test_an_entry_of_a_return_is_undone_with_its_return_and_the_period_is_free_again(kept):
    house, who, company_id = kept
    sold(house, who, "200")
    made = vat_returns.post(house, who, company_id, NOVEMBER)
    with pytest.raises(Conflict) as refused:
        accounting.reverse(house, who, made["entry_ids"][0], "faux")
    assert refused.value.code == "of_vat_return"
    entries.lock_period(house, who, company_id, date(2026, 11, 30))
    cancelled = vat_returns.cancel(house, who, made["id"], "une vente manquait")
    assert cancelled["cancelled_at"]
    with pytest.raises(Conflict):
        vat_returns.cancel(house, who, made["id"], "encore")
    again = vat_returns.post(house, who, company_id, NOVEMBER)
    assert again["owed"] == "200.00"
    entry = entries.journal_entry(house, who, again["entry_ids"][0])
    assert entry["entry_date"] == "2026-12-01", "the first open day"
    december = Wanted(date(2026, 12, 1), date(2026, 12, 31))
    assert vat_returns.preview(house, who, company_id, december)["owed"] == "0.00"


def test_imports_and_payments_of_what_waited_come_before_the_return(kept):
    house, who, company_id = kept
    waiting = sold(house, who, "200", due="4458")
    seen = vat_returns.preview(house, who, company_id, NOVEMBER)
    assert [(w["entry_id"], w["amount"]) for w in seen["waiting"]] == [(waiting, "-200.00")]
    assert seen["owed"] == "0.00"
    wanted = replace(NOVEMBER, import_base="1050", released=[waiting])
    made = vat_returns.post(house, who, company_id, wanted)
    imports, freed, closing = (
        lines(entries.journal_entry(house, who, made_id)) for made_id in made["entry_ids"]
    )
    assert imports == {"44566": "210.00", "44571": "-210.00"}
    assert freed == {"4458": "200.00", "44571": "-200.00"}
    assert closing == {"44571": "410.00", "44566": "-210.00", "44551": "-200.00"}
    december = Wanted(date(2026, 12, 1), date(2026, 12, 31))
    assert vat_returns.preview(house, who, company_id, december)["waiting"] == []


def test_a_swiss_company_with_a_net_tax_rate_owes_a_share_of_its_turnover(house):
    who = open_company(house, "CH", settings={"vat_regime": "tdfn"})
    company_id = company_of(house, who)
    half = Wanted(date(2026, 7, 1), date(2026, 12, 31))
    amounts = {"1100": "1081", "3400": "-1081"}
    manual_entries.post(house, who, None, written(amounts, journal="VE"))
    with pytest.raises(Invalid, match="net tax rate"):
        vat_returns.preview(house, who, company_id, half)
    books.change_bookkeeping(house, who, company_id, {"net_tax_rate": "6.2"})
    made = vat_returns.post(house, who, company_id, half)
    assert (made["name"], made["owed"]) == ("2026-S2", "67.02")
    entry = entries.journal_entry(house, who, made["entry_ids"][0])
    assert lines(entry) == {"3809": "67.02", "2201": "-67.02"}
    with pytest.raises(Invalid) as refused:
        vat_returns.preview(house, who, company_id, replace(half, import_base="100"))
    assert refused.value.code == "imports_not_declared"


def test_a_period_without_vat_is_declared_without_an_entry(kept):
    house, who, company_id = kept
    made = vat_returns.post(house, who, company_id, OCTOBER)
    assert (made["entry_ids"], made["owed"]) == ([], "0.00")
    with pytest.raises(Conflict):
        vat_returns.post(house, who, company_id, OCTOBER)
