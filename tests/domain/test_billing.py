"""Billing batches: what is offered, what a choice comes to, and the drafts it makes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.billing import (
    Item,
    Level,
    Readiness,
    drafts,
    panel,
    preselected,
    readiness,
    rows,
)
from domain.contracts import Contract, ContractKind, usual_end
from domain.drafts import totals_of

D = Decimal
DAY = date(2026, 10, 5)
A = Contract("A", "cus_a", "Support", ContractKind.HOURLY, DAY, usual_end(DAY), price=D(80))
B = replace(A, id="B", customer_id="cus_b", name="Forfait", taxable=False)
CONTRACTS = {"A": A, "B": B}


def item(id_: str, quantity: str = "1", price: str = "80", **values: object) -> Item:
    made = Item(id_, "cus_a", "A", "time", f"Travail {id_}", DAY, D(quantity), D(price), "h",
                vat_rate=D(20))  # fmt: skip
    return replace(made, **values)


WORK = (
    item("1", "3", ticket="T1"),
    item("2", "1", "100", kind="product", unit=""),
    item("3", "1", "150", customer_id="cus_b", contract_id="B", kind="fee", vat_rate=D(0)),
)


def all_of(items: tuple[Item, ...]) -> frozenset[str]:
    return preselected(items)


def test_at_1_a_contract_is_locked_partly_ready_or_ready():
    open_, ready = item("1", waits_for="period_open"), item("2")
    assert readiness([open_]) is Readiness.LOCKED
    assert readiness([open_, ready]) is Readiness.PARTIAL
    assert readiness([ready]) is Readiness.SELECTABLE


def test_at_2_all_that_is_due_is_chosen_from_the_start_and_nothing_that_waits():
    assert preselected([*WORK, item("4", waits_for="ticket_open")]) == {"1", "2", "3"}


def test_at_3_a_contract_shows_its_balance_what_is_chosen_of_it_and_whether_all_is():
    items = (*WORK, item("4", "2", waits_for="period_open"))
    first, second = rows(items, {"1"})
    assert (first.balance, first.selected, first.ticked) == (D(500), D(240), None)
    assert (second.balance, second.selected, second.ticked) == (D(150), D(0), False)
    assert [row.ticked for row in rows(items, all_of(items))] == [True, True]


def test_at_4_and_5_the_panel_adds_up_and_only_taxable_contracts_are_taxed():
    found = panel(WORK, all_of(WORK), CONTRACTS, one_per_customer=False)
    assert (found.invoices, found.hours) == (2, D(3))
    assert (found.billable, found.tax, found.total) == (D(490), D(68), D(558))
    less = panel(WORK, {"3"}, CONTRACTS, one_per_customer=False)
    assert (less.invoices, less.unbilled_tickets, less.total) == (1, 1, D(150))


def test_at_6_one_invoice_for_a_customer_changes_their_number_and_no_total():
    same = tuple(replace(one, customer_id="cus_a") for one in WORK)
    each = panel(same, all_of(same), CONTRACTS, one_per_customer=False)
    together = panel(same, all_of(same), CONTRACTS, one_per_customer=True)
    assert (each.invoices, together.invoices) == (2, 1)
    assert (each.billable, each.tax) == (together.billable, together.tax)


@given(
    st.lists(
        st.tuples(
            st.decimals("0.01", "12", places=2),
            st.sampled_from(["33.33", "80", "99.99"]),
            st.sampled_from(["T1", "T2", ""]),
            st.sampled_from(["A", "B"]),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_at_7_no_grouping_of_lines_changes_a_total(entries):
    items = tuple(
        item(str(n), str(quantity), price, ticket=ticket, contract_id=contract)
        for n, (quantity, price, ticket, contract) in enumerate(entries)
    )
    found = {
        tuple(
            totals_of(draft.lines)
            for draft, _ in drafts(
                items, all_of(items), CONTRACTS, one_per_customer=one, level=level
            )
        )
        for level in Level
        for one in (True,)
    }
    assert len(found) == 1
    shown = panel(items, all_of(items), CONTRACTS, one_per_customer=True)
    (totals,) = found.pop()
    assert (shown.billable, shown.tax) == (totals.net, totals.vat)


def test_at_7_a_line_says_all_levels_above_the_one_it_stands_for():
    work = (item("1", "3", ticket="Panne"), item("2", "2", ticket="Panne"))
    said = {
        level: [
            line.text
            for draft, _ in drafts(
                work, all_of(work), CONTRACTS, one_per_customer=False, level=level
            )
            for line in draft.lines
        ]
        for level in Level
    }
    assert said == {
        Level.CONTRACT: ["Support"],
        Level.TICKET: ["Support – Panne"],
        Level.RECORD: ["Support – Panne – Travail 1", "Support – Panne – Travail 2"],
    }


def test_at_9_what_was_not_chosen_is_in_no_draft_and_each_record_is_in_one():
    made = drafts(WORK, {"1", "3"}, CONTRACTS, one_per_customer=False, level=Level.RECORD)
    assert [ids for _, ids in made] == [("1",), ("3",)]
    assert [draft.customer_id for draft, _ in made] == ["cus_a", "cus_b"]
