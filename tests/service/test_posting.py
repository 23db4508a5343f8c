"""Posting, reversing, locking: one entry a document, numbers without holes, nothing ever changed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError

from domain.documents import Category
from domain.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from domain.people import Scope, Who
from service.house import House
from service.operations import accounting, accounts, entries, supplier_files, suppliers
from storage import journal
from storage import tables as t
from tests.service.bookkeeping import NOW, company_of, invoice, open_company


@pytest.fixture
def books(house: House) -> tuple[House, Who]:
    held = replace(house, now=lambda: NOW)
    return held, open_company(held)


@pytest.fixture
def any_books(any_house: House) -> tuple[House, Who]:
    held = replace(any_house, now=lambda: NOW)
    return held, open_company(held)


def rows(house: House, table: Any, **where: Any) -> list[Any]:
    with house.store.reading() as connection:
        return list(
            connection.execute(select(table).where(*(table.c[k] == v for k, v in where.items())))
        )


def at_once(number: int, act: Any) -> list[Any]:
    """What `act(i)` answers or refuses, for all i at the same moment."""
    ready = threading.Barrier(min(number, 16))

    def run(i: int) -> Any:
        if i < ready.parties:
            ready.wait(10)
        try:
            return act(i)
        except Refused as refusal:
            return refusal

    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(run, range(number)))


def test_a_document_is_posted_as_proposed(any_books):
    house, who = any_books
    document_id = invoice(house, who)
    proposed = accounting.proposed_entry(house, who, document_id)
    assert proposed["can_post"]
    posted = accounting.post(house, who, document_id, version=1)
    assert posted["created"]
    assert (posted["journal"], posted["year"], posted["number"]) == ("AC", 2026, 1)
    shown = [(line["account"], line["debit"], line["credit"]) for line in posted["lines"]]
    assert shown == [
        ("6064", "100.00", "0.00"),
        ("44566", "20.00", "0.00"),
        ("401", "0.00", "120.00"),
    ]
    assert shown == [(line["account"], line["debit"], line["credit"]) for line in proposed["lines"]]
    (document,) = rows(house, t.document, id=document_id)
    assert document.status == "posted"
    (event,) = rows(house, t.event, subject=document_id)
    assert event.type == "invoice.posted"
    assert event.data["entry"]["hash"] == posted["hash"]
    balances = {row.account: row.debit - row.credit for row in rows(house, t.account_balance)}
    assert balances == {"6064": 100, "44566": 20, "401": -120}


def test_posting_twice_gives_the_entry_that_is_there_and_changes_nothing(books):
    house, who = books
    document_id = invoice(house, who)
    first = accounting.post(house, who, document_id, version=1)
    second = accounting.post(house, who, document_id, version=1)
    same_lines = accounting.post(house, who, document_id, version=1, lines=_written(first))
    assert [first["created"], second["created"], same_lines["created"]] == [True, False, False]
    assert first["id"] == second["id"] == same_lines["id"]
    assert len(rows(house, t.journal_entry)) == 1
    assert len(rows(house, t.event, subject=document_id)) == 1


def test_posting_something_else_from_a_second_window_is_a_conflict_that_names_the_entry(books):
    house, who = books
    document_id = invoice(house, who)
    first = accounting.post(house, who, document_id)
    others = _written(first)
    others[0]["account"] = "6063"
    with pytest.raises(Conflict) as refused:
        accounting.post(house, who, document_id, lines=others)
    assert refused.value.code == "already_posted"
    assert refused.value.details["entry_id"] == first["id"]


def test_fifty_posts_at_once_give_one_entry_and_forty_nine_times_the_same(any_books):
    house, who = any_books
    document_id = invoice(house, who)
    answers = at_once(50, lambda _: accounting.post(house, who, document_id, version=1))
    assert sum(answer["created"] for answer in answers) == 1
    assert {answer["id"] for answer in answers} == {answers[0]["id"]}
    assert len(rows(house, t.journal_entry)) == 1
    assert len(rows(house, t.event, type="invoice.posted")) == 1
    assert len(rows(house, t.supplier)) == 1


def test_a_hundred_posts_at_once_with_ten_refused_leave_no_hole_in_the_numbers(any_books):
    house, who = any_books
    good = [invoice(house, who, f"G-{i}", supplier=f"Fournisseur {i % 7}") for i in range(100)]
    bad = [invoice(house, who, f"B-{i}", account=None) for i in range(10)]
    documents = [*good[:50], *bad, *good[50:]]
    answers = at_once(110, lambda i: accounting.post(house, who, documents[i]))
    assert sum(isinstance(answer, Conflict) for answer in answers) == 10
    numbers = sorted(a["number"] for a in answers if isinstance(a, dict))
    assert numbers == list(range(1, 101))
    assert len(rows(house, t.supplier)) == 7
    assert entries.verify_chain(house, who, company_of(house, who)) == []


def test_a_transaction_that_fails_after_its_number_was_taken_gives_it_back(books):
    house, who = books
    accounting.post(house, who, invoice(house, who, "A-1"))
    company_id = company_of(house, who)

    def take_and_fail() -> None:
        with house.store.transaction() as connection:
            number, _ = journal.take_numbers(
                connection, who.organisation_id, company_id, "AC", 2026
            )
            raise RuntimeError(number)

    with pytest.raises(RuntimeError, match="2"):
        take_and_fail()
    assert accounting.post(house, who, invoice(house, who, "A-2"))["number"] == 2


def test_a_version_that_is_not_the_documents_is_stale(books):
    house, who = books
    document_id = invoice(house, who)
    with pytest.raises(Conflict) as refused:
        accounting.post(house, who, document_id, version=2)
    assert refused.value.code == "stale"


@pytest.mark.parametrize(
    ("status", "category"), [("filed", Category.PURCHASE_INVOICE), ("to_post", Category.QUOTE)]
)
def test_what_does_not_wait_to_be_posted_is_refused(books, status, category):
    house, who = books
    document_id = invoice(house, who, category=category)
    with house.store.transaction() as connection:
        connection.execute(update(t.document).values(status=status))
    with pytest.raises(Conflict) as refused:
        accounting.post(house, who, document_id)
    assert refused.value.code == "not_to_post"


def test_a_document_without_an_account_is_posted_with_a_persons_choice(books):
    house, who = books
    document_id = invoice(house, who, account=None)
    with pytest.raises(Conflict) as refused:
        accounting.post(house, who, document_id, override_reason="because I say so")
    assert [p["code"] for p in refused.value.details["problems"]] == ["account_missing"]
    choice = {"part": 0, "account": "2183", "treatment": "FR_STD20"}
    posted = accounting.post(house, who, document_id, choices=[choice])
    assert [line["account"] for line in posted["lines"]] == ["2183", "44562", "404"]


def test_written_lines_are_posted_when_they_balance_and_owe_the_documents_total(books):
    house, who = books
    document_id = invoice(house, who, account=None)
    lines = [
        {"account": "6064", "debit": "60.00"},
        {"account": "6063", "debit": "40.00", "label": "Petit outillage"},
        {"account": "44566", "debit": "20.00"},
        {"account": "401", "credit": "120.00"},
    ]
    posted = accounting.post(house, who, document_id, lines=lines)
    assert [line["label"] for line in posted["lines"]][:2] == [
        "Lyreco France F2026-17",
        "Petit outillage",
    ]
    assert posted["lines"][3]["auxiliary"] == "FLYRECOFRANCE"


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([("6064", "100", ""), ("401", "", "120")], "unbalanced"),
        ([("6064", "120", "120"), ("401", "", "120")], "line_invalid"),
        ([("6064", "-120", ""), ("401", "", "-120")], "line_invalid"),
        ([("6064", "NaN", ""), ("401", "", "120")], "line_invalid"),
        ([("6064", "1e308", ""), ("401", "", "1e308")], "line_invalid"),
        ([("6064", "0.001", ""), ("401", "", "0.001")], "line_invalid"),
        ([("", "120", ""), ("401", "", "120")], "line_invalid"),
        ([("6064; DROP", "120", ""), ("401", "", "120")], "line_invalid"),
        ([("9999", "120", ""), ("401", "", "120")], "account_unknown"),
        ([("6064", "120", "")], "lines_number"),
        ([("6064", "90", ""), ("401", "", "90")], "blocked"),
    ],
)
def test_written_lines_that_are_no_entry_are_refused_with_a_reason(books, lines, code):
    house, who = books
    document_id = invoice(house, who)
    written = [{"account": a, "debit": d, "credit": c} for a, d, c in lines]
    with pytest.raises(Refused) as refused:
        accounting.post(house, who, document_id, lines=written)
    assert refused.value.code == code
    assert rows(house, t.journal_entry) == []


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"gross": "121.00"}, "totals_differ"),
        ({"vat": "21.00", "gross": "121.00"}, "vat_differs"),
        ({"states": {"gross_total": "contradictory"}}, "field_contradictory"),
        ({"states": {"iban": "contradictory"}, "iban": "FR76"}, "field_contradictory"),
        ({"treatment": "FR_FRANCHISE", "rate": "0", "vat": "0", "gross": "120"}, "totals_differ"),
        ({"issued": date(2027, 5, 1)}, "date_in_future"),
        ({"currency": "USD"}, "foreign_currency"),
        ({"gross": "NaN"}, "amount_unreadable"),
    ],
)
def test_a_doubtful_document_is_not_posted_as_it_stands(books, values, problem):
    house, who = books
    if values.get("gross") == "NaN":
        document_id = invoice(house, who, **{**values, "gross": "0"})
        _set_field(house, document_id, "gross_total", "NaN")
    else:
        document_id = invoice(house, who, **values)
    proposed = accounting.proposed_entry(house, who, document_id)
    assert not proposed["can_post"]
    with pytest.raises(Conflict) as refused:
        accounting.post(house, who, document_id)
    assert refused.value.code == "blocked"
    assert problem in [p["code"] for p in refused.value.details["problems"]]
    assert rows(house, t.journal_entry) == []


def test_a_second_copy_is_posted_only_with_a_reason_which_is_kept(books):
    house, who = books
    first = invoice(house, who, "FA-0017")
    second = invoice(house, who, "fa 17")
    accounting.post(house, who, first)
    with pytest.raises(Conflict) as refused:
        accounting.post(house, who, second)
    assert [p["code"] for p in refused.value.details["problems"]] == ["duplicate_certain"]
    posted = accounting.post(house, who, second, override_reason="Deux commandes le même jour")
    assert posted["created"]
    (kept,) = rows(house, t.correction, document_id=second)
    assert kept.after == {"override_reason": "Deux commandes le même jour"}
    assert kept.made_by == who.id


def test_an_auxiliary_nobody_has_is_refused(books):
    house, who = books
    document_id = invoice(house, who)
    lines = [
        {"account": "6064", "debit": "120.00"},
        {"account": "401", "credit": "120.00", "auxiliary": "FNOBODY"},
    ]
    with pytest.raises(Invalid) as refused:
        accounting.post(house, who, document_id, lines=lines)
    assert refused.value.code == "auxiliary_unknown"
    suppliers.add_supplier(house, who, None, {"name": "Nobody"})
    assert accounting.post(house, who, document_id, lines=lines)["created"]
    (made,) = rows(house, t.supplier)
    (document,) = rows(house, t.document, id=document_id)
    assert document.supplier_id == made.id


def test_the_credit_note_of_an_invoice_with_its_number_is_no_duplicate(books):
    house, who = books
    accounting.post(house, who, invoice(house, who, "17"))
    credit = invoice(house, who, "17", category=Category.CREDIT_NOTE)
    posted = accounting.post(house, who, credit)
    assert posted["lines"][-1]["debit"] == "120.00"


def test_a_changed_bank_account_is_shown(books):
    house, who = books
    accounting.post(house, who, invoice(house, who, "1", iban="FR7630006000011234567890189"))
    other = invoice(house, who, "2", iban="DE89370400440532013000")
    proposed = accounting.proposed_entry(house, who, other)
    assert "iban_changed" in [p["code"] for p in proposed["problems"]]
    accounting.post(house, who, other)
    first, second = rows(house, t.supplier_iban)
    assert first.iban == "FR7630006000011234567890189"
    assert (second.document_id, second.verified_by) == (other, None), "read, and not verified"


def test_the_next_invoice_of_a_supplier_is_suggested_the_account_it_was_posted_to(books):
    house, who = books
    first = invoice(house, who, "1", account=None, supplier="Zorglub SARL")
    accounting.post(
        house, who, first, choices=[{"part": 0, "account": "6226", "treatment": "FR_STD20"}]
    )
    second = invoice(house, who, "2", account=None, supplier="ZORGLUB")
    (part,) = accounting.proposed_entry(house, who, second)["parts"]
    assert (part["account"], part["treatment"]) == ("6226", "FR_STD20")
    assert part["suggestion"]["source"] == "history"
    assert part["suggestion"]["reason"]["values"]["reference"] == "1"
    assert accounting.post(house, who, second)["created"]


def test_a_reversal_undoes_the_entry_once_and_the_document_waits_again(any_books):
    house, who = any_books
    document_id = invoice(house, who)
    posted = accounting.post(house, who, document_id)
    reversed_ = accounting.reverse(house, who, posted["id"], "Mauvais compte")
    assert reversed_["reverses_entry_id"] == posted["id"]
    assert [(line["debit"], line["credit"]) for line in reversed_["lines"]] == [
        (line["credit"], line["debit"]) for line in posted["lines"]
    ]
    with pytest.raises(Conflict) as refused:
        accounting.reverse(house, who, posted["id"], "encore")
    assert refused.value.details["entry_id"] == reversed_["id"]
    (document,) = rows(house, t.document, id=document_id)
    assert (document.status, document.version) == ("to_post", 2)
    assert [e.type for e in rows(house, t.event, subject=posted["id"])] == ["entry.reversed"]
    again = accounting.post(house, who, document_id, version=2)
    assert again["id"] != posted["id"]
    assert (again["number"], again["document_version"]) == (3, 2)
    assert entries.verify_chain(house, who, company_of(house, who)) == []
    assert (
        entries.journal_entry(house, who, posted["id"])["reversed_by_entry_id"] == reversed_["id"]
    )


def test_twenty_reversals_at_once_are_one(any_books):
    house, who = any_books
    posted = accounting.post(house, who, invoice(house, who))
    answers = at_once(20, lambda _: accounting.reverse(house, who, posted["id"], "double"))
    assert sum(isinstance(answer, dict) for answer in answers) == 1
    assert {a.code for a in answers if isinstance(a, Conflict)} == {"already_reversed"}
    assert len(rows(house, t.journal_entry)) == 2


def test_a_reversal_is_not_reversed(books):
    house, who = books
    posted = accounting.post(house, who, invoice(house, who))
    reversed_ = accounting.reverse(house, who, posted["id"], "x")
    with pytest.raises(Conflict) as refused:
        accounting.reverse(house, who, reversed_["id"], "y")
    assert refused.value.code == "is_reversal"


def test_a_locked_period_takes_no_entry_and_a_late_one_counts_on_the_first_open_day(books):
    house, who = books
    company_id = company_of(house, who)
    early = accounting.post(house, who, invoice(house, who, "1"))
    entries.lock_period(house, who, company_id, date(2026, 11, 10))
    late = invoice(house, who, "2")
    with pytest.raises(Conflict) as refused:
        accounting.post(house, who, late, entry_date=date(2026, 11, 5))
    assert refused.value.code == "period_locked"
    posted = accounting.post(house, who, late)
    assert (posted["entry_date"], posted["piece_date"]) == ("2026-11-11", "2026-11-02")
    with pytest.raises(Conflict):
        accounting.reverse(house, who, early["id"], "x", date(2026, 11, 2))
    assert accounting.reverse(house, who, early["id"], "x")["entry_date"] == "2026-11-11"


def test_only_an_administrator_opens_a_locked_period_again(books):
    house, who = books
    company_id = company_of(house, who)
    accountant = replace(who, scopes=frozenset({Scope.BOOKS_READ, Scope.BOOKS_WRITE}))
    entries.lock_period(house, accountant, company_id, date(2026, 10, 31))
    with pytest.raises(Forbidden):
        entries.lock_period(house, accountant, company_id, date(2026, 9, 30))
    entries.lock_period(house, who, company_id, date(2026, 9, 30))
    assert entries.period(house, who, company_id)["locked_until"] == "2026-09-30"


def test_a_lock_and_fifty_posts_at_once_never_put_an_entry_into_the_locked_period(any_books):
    house, who = any_books
    company_id = company_of(house, who)
    documents = [invoice(house, who, str(i)) for i in range(50)]

    def act(i: int) -> Any:
        if i == 8:
            return entries.lock_period(house, who, company_id, date(2026, 11, 10))
        return accounting.post(house, who, documents[i])

    at_once(50, act)
    posted = rows(house, t.journal_entry)
    assert len(posted) == 49
    days = [row.entry_date for row in sorted(posted, key=lambda row: row.number)]
    # Once one entry counts after the lock, all later numbers do.
    assert days == sorted(days)
    assert set(days) <= {date(2026, 11, 2), date(2026, 11, 11)}


@pytest.mark.parametrize("table", [t.journal_entry, t.journal_line])
@pytest.mark.parametrize("act", ["update", "delete"])
def test_posted_rows_are_neither_changed_nor_removed_even_by_sql(any_books, table, act):
    house, who = any_books
    accounting.post(house, who, invoice(house, who))
    statement = update(table).values(label="x") if act == "update" else delete(table)
    with pytest.raises(DatabaseError), house.store.transaction() as connection:
        connection.execute(statement)


def test_a_flipped_byte_is_named_by_the_verifier(books):
    house, who = books
    ids = [accounting.post(house, who, invoice(house, who, str(i)))["id"] for i in range(5)]
    company_id = company_of(house, who)
    assert entries.verify_chain(house, who, company_id) == []
    with house.store.transaction() as connection:
        for (name,) in connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).all():
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        connection.execute(
            update(t.journal_line)
            .where(t.journal_line.c.entry_id == ids[2], t.journal_line.c.position == 0)
            .values(account="6063")
        )
    (broken,) = entries.verify_chain(house, who, company_id)
    assert (broken.entry_id, broken.what) == (ids[2], "it is not what was posted")


def test_an_entry_cut_off_the_end_is_noticed(books):
    house, who = books
    ids = [accounting.post(house, who, invoice(house, who, str(i)))["id"] for i in range(3)]
    company_id = company_of(house, who)
    with house.store.transaction() as connection:
        for (name,) in connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).all():
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        connection.execute(delete(t.journal_entry).where(t.journal_entry.c.id == ids[2]))
        connection.execute(delete(t.journal_line).where(t.journal_line.c.entry_id == ids[2]))
    (broken,) = entries.verify_chain(house, who, company_id)
    assert broken.what == "its last entry is not there"


def test_the_document_of_another_organisation_is_not_there(books):
    house, who = books
    stranger = open_company(house)
    document_id = invoice(house, who)
    posted = accounting.post(house, who, document_id)
    acts: list[Any] = [
        lambda: accounting.post(house, stranger, document_id),
        lambda: accounting.proposed_entry(house, stranger, document_id),
        lambda: accounting.reverse(house, stranger, posted["id"], "x"),
        lambda: entries.journal_entry(house, stranger, posted["id"]),
        lambda: accounts.list_accounts(house, stranger, company_of(house, who)),
        lambda: supplier_files.list_suppliers(house, stranger, company_of(house, who)),
        lambda: entries.lock_period(house, stranger, company_of(house, who), date(2026, 1, 1)),
    ]
    for act in acts:
        with pytest.raises(NotFound):
            act()
    assert entries.journal_entries(house, stranger)["items"] == []


def test_a_reader_may_look_and_not_post(books):
    house, who = books
    document_id = invoice(house, who)
    reader = replace(who, scopes=frozenset({Scope.BOOKS_READ}))
    accounting.proposed_entry(house, reader, document_id)
    with pytest.raises(Forbidden):
        accounting.post(house, reader, document_id)


def test_the_journal_is_listed_page_by_page_newest_first(books):
    house, who = books
    for i in range(5):
        accounting.post(house, who, invoice(house, who, str(i)))
    seen: list[int] = []
    cursor = None
    while True:
        page = entries.journal_entries(house, who, cursor=cursor, limit=2)
        seen += [item["number"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == [1, 2, 3, 4, 5]


def test_accounts_are_found_by_number_and_by_words(books):
    house, who = books

    def found(q: str) -> list[str]:
        return [a["number"] for a in accounts.list_accounts(house, who, q=q)["items"]]

    assert found("6064")[0] == "6064"
    assert "6064" in found("administratives")
    assert found("toner") == ["6064"]
    assert "6226" in found("honor")
    assert found("zzz") == []


def test_an_account_is_added_under_one_of_the_chart_and_used(books):
    house, who = books
    company_id = company_of(house, who)
    values = {"number": "606410", "label_fr": "Papier"}
    assert accounts.add_account(house, who, company_id, values)["role"] == "expense"
    with pytest.raises(Conflict):
        accounts.add_account(house, who, company_id, values)
    with pytest.raises(Invalid):
        accounts.add_account(house, who, company_id, {"number": "999", "label_fr": "x"})
    choice = {"part": 0, "account": "606410", "treatment": "FR_STD20"}
    posted = accounting.post(house, who, invoice(house, who), choices=[choice])
    assert posted["lines"][0]["account"] == "606410"


def test_suppliers_are_recognised_by_number_before_name(books):
    house, who = books
    accounting.post(house, who, invoice(house, who, "1", supplier_siren="552081317"))
    accounting.post(
        house, who, invoice(house, who, "2", supplier="EDF SA", supplier_siren="552081317")
    )
    accounting.post(
        house, who, invoice(house, who, "3", supplier="Lyreco", supplier_siren="732829320")
    )
    assert [s.name for s in rows(house, t.supplier)] == ["Lyreco France", "Lyreco"]


def test_receipts_without_a_name_share_the_sundry_supplier(books):
    house, who = books
    for number in ("1", "2"):
        posted = accounting.post(
            house, who, invoice(house, who, number, supplier="", category=Category.RECEIPT)
        )
        assert posted["lines"][-1]["auxiliary"] == "FDIVERS"
    assert len(rows(house, t.supplier)) == 1


def test_a_receipt_without_a_name_is_still_known_by_its_number(books):
    house, who = books
    accounting.post(house, who, invoice(house, who, "1", supplier_siren="552081317"))
    posted = accounting.post(
        house,
        who,
        invoice(
            house,
            who,
            "2",
            supplier="",
            category=Category.RECEIPT,
            supplier_siren="552081317",
        ),
    )
    assert posted["lines"][-1]["auxiliary"] == "FLYRECOFRANCE"
    assert len(rows(house, t.supplier)) == 1


def _written(posted: dict[str, Any]) -> list[dict[str, Any]]:
    keys = ("account", "debit", "credit", "label", "auxiliary", "vat_code")
    return [{key: line[key] for key in keys} for line in posted["lines"]]


def _set_field(house: House, document_id: str, name: str, value: str) -> None:
    with house.store.transaction() as connection:
        reading = connection.scalar(
            select(t.document.c.reading).where(t.document.c.id == document_id)
        )
        assert reading is not None
        reading["fields"][name]["value"] = value
        connection.execute(
            update(t.document)
            .where(t.document.c.id == document_id)
            .values(reading=reading, gross_total=Decimal(0))
        )
