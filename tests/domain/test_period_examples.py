"""What accountants write at the end of periods comes out: returns of VAT, cut-offs, depreciation.

Entries of the worked examples that no invoice and no movement makes, by what makes them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.closing import (
    ClosingLine,
    Proposal,
    deferred_income,
    depreciated,
    exchange_difference,
    not_received,
    prepaid,
    private_share,
    share_after,
    straight_line,
)
from domain.countries import CODES, country
from domain.errors import Invalid
from domain.vat_return import (
    LedgerLine,
    Posting,
    VatForm,
    Waiting,
    by_treatment,
    checked_period,
    flat,
    in_boxes,
    last_whole_period,
    on_imports,
    period_after,
    period_of,
    released,
    settled,
    together,
)

D = Decimal
END = date(2026, 12, 31)
FR, CH, BE = (country(code).closing for code in ("FR", "CH", "BE"))
OCTOBER, SEPTEMBER = date(2026, 10, 1), date(2027, 9, 30)


def closing(code: str, balances: dict[str, str]) -> tuple[Posting, ...]:
    where = country(code)
    known = {account: D(balance) for account, balance in balances.items()}
    return settled(where.vat_form, known, loss=where.rounding_loss, gain=where.rounding_gain)


def freed(amount: str) -> tuple[Posting, ...]:
    waiting = Waiting("ent_1", END, "Cabinet Durand F12", (("", D(amount)),))
    return released(country("FR").vat_form, [waiting], pending="4458", deducted="44566")


def form(code: str) -> VatForm:
    return country(code).vat_form


CUT_OFF = prepaid(FR, "6161", D(1200), OCTOBER, SEPTEMBER, END)
SWISS_CUT_OFF = prepaid(CH, "6300", D(1200), OCTOBER, SEPTEMBER, END)
ACCRUED = not_received(FR, "6226", D(500), D(100))
DEBT = exchange_difference(FR, "401", D("-909.09"), D(-1000), D("1.05"), in_ours=False)

EXAMPLES: dict[tuple[str, str], tuple[Iterable[ClosingLine | Posting], dict[str, str]]] = {
    ("R05", "3"): (on_imports(form("FR"), D(1050)), {"44566": "210", "44571": "-210"}),
    ("V01", "1"): (
        closing("FR", {"44571": "-200", "44566": "120"}),
        {"44571": "200", "44566": "-120", "44551": "-80"},
    ),
    ("V03", "3"): (freed("-200"), {"4458": "200", "44571": "-200"}),
    ("T01", "3"): (freed("200"), {"44566": "200", "4458": "-200"}),
    ("CH12", "2"): (flat(form("CH"), D(1081), D("6.2")), {"3809": "67.02", "2201": "-67.02"}),
    ("CH17", "1"): (
        closing("CH", {"2200": "-500", "1170": "180", "1171": "70"}),
        {"2200": "500", "1170": "-180", "1171": "-70", "2201": "-250"},
    ),
    ("F02", "1"): (DEBT.lines, {"476": "43.29", "401": "-43.29"}),
    ("C01", "2"): (CUT_OFF.lines, {"486": "900", "6161": "-900"}),
    ("C02", "1"): (ACCRUED.lines, {"6226": "500", "44586": "100", "4081": "-600"}),
    ("C03", "1"): (
        straight_line(FR, "2183", D(1200), date(2026, 6, 12), 3, END).lines,
        {"68112": "200", "2818": "-200"},
    ),
    ("V09", "2"): (
        deferred_income(FR, "706", D(1200), OCTOBER, SEPTEMBER, END).lines,
        {"706": "900", "487": "-900"},
    ),
    ("CH18", "1"): (
        private_share(CH, D(50000), 12).lines,
        {"2850": "5400", "6270": "-4995.37", "2200": "-404.63"},
    ),
    ("CH21", "2"): (SWISS_CUT_OFF.lines, {"1300": "900", "6300": "-900"}),
}

REVERSED: dict[tuple[str, str], tuple[Proposal, tuple[str, str]]] = {
    ("F02", "2"): (DEBT, ("F02", "1")),
    ("C01", "3"): (CUT_OFF, ("C01", "2")),
    ("C02", "2"): (ACCRUED, ("C02", "1")),
    ("CH21", "3"): (SWISS_CUT_OFF, ("CH21", "2")),
}
"""Written with the entry they undo, on the day after the closing."""


def sums(lines: Iterable[ClosingLine | Posting]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for line in lines:
        found[line.account] = found.get(line.account, D(0)) + line.amount
    return found


@pytest.mark.parametrize("key", sorted(EXAMPLES), ids="/".join)
def test_a_worked_example_of_a_period_comes_out(key: tuple[str, str]) -> None:
    lines, expected = EXAMPLES[key]
    assert sums(lines) == {account: D(amount) for account, amount in expected.items()}


@pytest.mark.parametrize("key", sorted(REVERSED), ids="/".join)
def test_what_is_for_one_period_alone_is_undone_in_the_next(key: tuple[str, str]) -> None:
    assert REVERSED[key][0].is_reversed
    assert not straight_line(FR, "2183", D(1200), OCTOBER, 3, END).is_reversed


def test_accounts_of_closings_and_returns_are_in_their_chart() -> None:
    for code in CODES:
        where = country(code)
        known, vat = where.closing, where.vat_form
        named = {known.prepaid, known.deferred_income, known.accrued, known.accrued_vat}
        named |= {known.unrealised_loss, known.unrealised_gain, vat.payable, vat.credit}
        named |= {vat.collected, vat.import_due, vat.import_deducted}
        named |= {account for d in known.depreciation for account in (d.gathered, d.expense)}
        named |= {vat.net_rate.account} if vat.net_rate else set()
        assert named - {""} <= set(where.chart.accounts), code
        treatments = (*where.treatments.values(), *where.sales_treatments.values())
        said = {box for one in treatments for box in one.boxes.split()}
        named |= {one.vat_account for one in where.sales_treatments.values()}
        said |= {box for _, box in vat.deducted}
        assert {b for b in said - {"I1-I6", "24", "405"} if b} <= set(vat.boxes), code


def test_a_cost_is_shared_by_days_where_one_asks_for_it() -> None:
    assert share_after(D(365), date(2026, 12, 1), date(2027, 11, 30), END, "days") == D(334)
    assert share_after(D(100), date(2027, 1, 1), date(2027, 1, 31), END, "months") == 100
    with pytest.raises(Invalid, match="after that day"):
        share_after(D(100), date(2026, 1, 1), END, END, "days")


def test_a_gain_that_is_not_made_is_booked_where_the_country_does() -> None:
    gain = exchange_difference(FR, "401", D("-909.09"), D(-1000), D("1.20"), in_ours=False)
    assert sums(gain.lines) == {"477": D("-75.76"), "401": D("75.76")}
    with pytest.raises(Invalid) as refused:
        exchange_difference(CH, "2000", D(-950), D(-1000), D("0.94"), in_ours=True)
    assert refused.value.code == "unrealised_gain"


def test_without_vat_accounts_for_it_an_invoice_not_received_is_accrued_net() -> None:
    assert sums(not_received(BE, "6120", D(500), D(105)).lines) == {"6120": D(500), "444": D(-500)}


@settings(max_examples=60)
@given(
    cost=st.integers(1, 10**9),
    start=st.dates(date(2020, 1, 1), date(2026, 12, 31)),
    years=st.integers(1, 10),
    by=st.sampled_from(["months", "days"]),
)
def test_the_shares_of_all_years_add_up_to_the_cost_of_an_asset(cost, start, years, by) -> None:
    price = D(cost) / 100
    ends = [date(year, 12, 31) for year in range(start.year - 1, start.year + years + 2)]
    totals = [depreciated(price, start, years, day, by) for day in ends]
    assert totals[0] == 0
    assert totals[-1] == price
    assert totals == sorted(totals)


def test_a_credit_is_carried_on_and_comes_back_in_the_next_return() -> None:
    first = closing("FR", {"44571": "-100", "44566": "130"})
    assert sums(first) == {"44571": D(100), "44566": D(-130), "44567": D(30)}
    then = closing("FR", {"44571": "-100", "44566": "20", "44567": "30"})
    assert sums(then) == {
        "44571": D(100),
        "44566": D(-20),
        "44567": D(-30),
        "44551": D(-50),
    }


def test_what_is_declared_in_whole_euros_leaves_its_cents_to_rounding() -> None:
    entry = closing("FR", {"44571": "-200.60", "44566": "120.40"})
    assert sums(entry)["44551"] == -81
    assert sums(entry)["658"] == D("0.80")


@settings(max_examples=60)
@given(
    code=st.sampled_from(CODES),
    amounts=st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=4),
)
def test_every_return_balances_and_empties_its_accounts(code: str, amounts: list[int]) -> None:
    where = country(code)
    accounts = [a for a in where.chart.accounts if where.vat_form.is_vat(a)]
    accounts = [a for a in accounts if a not in (where.vat_form.payable, where.vat_form.credit)]
    balances = {account: D(n) / 100 for account, n in zip(accounts, amounts, strict=False)}
    entry = settled(where.vat_form, balances, loss="658", gain="758")
    assert sum((p.amount for p in entry), D(0)) == 0
    for account, balance in balances.items():
        assert sums(entry).get(account, D(0)) == -balance


def test_boxes_hold_what_their_treatments_say_and_deductions_go_by_account() -> None:
    where = country("FR")
    lines = [
        LedgerLine("ent_1", END, "6511", "EU_SERVICES", D(500)),
        LedgerLine("ent_1", END, "44566", "EU_SERVICES", D(100)),
        LedgerLine("ent_1", END, "4452", "EU_SERVICES", D(-100)),
        LedgerLine("ent_2", END, "6064", "FR_STD20", D(100)),
        LedgerLine("ent_2", END, "44566", "FR_STD20", D(20)),
        LedgerLine("ent_3", END, "2183", "FR_STD20", D(1200)),
        LedgerLine("ent_3", END, "44562", "FR_STD20", D(240)),
        LedgerLine("ent_4", END, "401", "", D(-9)),
        LedgerLine("ent_5", END, "706", "SALE_STD20", D(-1000)),
        LedgerLine("ent_5", END, "44571", "SALE_STD20", D(-200)),
    ]
    treated = by_treatment(where.vat_form, lines)
    assert [(one.treatment, one.base, one.due, one.deducted) for one in treated] == [
        ("EU_SERVICES", D(500), D(100), D(100)),
        ("FR_STD20", D(1300), D(0), D(260)),
        ("SALE_STD20", D(-1000), D(200), D(0)),
    ]
    assert list(treated[1].entries) == ["ent_2", "ent_3"]
    boxes = in_boxes(
        where.vat_form,
        treated,
        {"44566": D(120), "44562": D(240), "4452": D(-100)},
        {
            key: one.boxes.split()
            for key, one in [*where.treatments.items(), *where.sales_treatments.items()]
        },
        where.sales_treatments.keys(),
    )
    assert boxes == {
        "08": D(300),
        "19": D(240),
        "20": D(120),
        "A1": D(1000),
        "A3": D(500),
    }


def test_a_net_tax_rate_company_pays_its_share_and_the_tax_on_what_it_acquired() -> None:
    entry = together(closing("CH", {"2200": "-81"}), flat(form("CH"), D(1081), D("6.2")))
    assert sums(entry) == {"2200": D(81), "2201": D("-148.02"), "3809": D("67.02")}


@pytest.mark.parametrize(
    ("start", "end", "name"),
    [
        ("2026-10-01", "2026-10-31", "2026-10"),
        ("2026-10-01", "2026-12-31", "2026-T4"),
        ("2026-07-01", "2026-12-31", "2026-S2"),
        ("2026-01-01", "2026-12-31", "2026"),
        ("2026-02-01", "2026-04-30", "2026-02-01/2026-04-30"),
    ],
)
def test_a_period_is_called_as_one_calls_it(start: str, end: str, name: str) -> None:
    assert period_of(date.fromisoformat(start), date.fromisoformat(end)) == name


def test_the_next_period_is_as_long_and_the_first_is_the_last_whole_one() -> None:
    quarter = last_whole_period(date(2026, 11, 22), 3)
    assert quarter == (date(2026, 7, 1), date(2026, 9, 30))
    assert period_after(*quarter) == (date(2026, 10, 1), date(2026, 12, 31))
    assert last_whole_period(date(2026, 1, 3), 1) == (date(2025, 12, 1), date(2025, 12, 31))


def test_a_period_does_not_end_before_it_begins() -> None:
    with pytest.raises(Invalid):
        checked_period(END, OCTOBER)
