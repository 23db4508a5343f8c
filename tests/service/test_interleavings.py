"""Fifty who post and reverse the same documents at once leave books that are whole."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from domain.people import Who
from service.house import House
from service.operations import accounting, entries
from storage import tables as t
from tests.service.bookkeeping import NOW, company_of, invoice, open_company
from tests.service.test_posting import at_once, rows


@pytest.mark.parametrize("seed", [1, 2])
def test_fifty_posts_and_reversals_at_once_keep_numbers_chain_and_balances(
    any_house: House, seed: int
) -> None:
    house = replace(any_house, now=lambda: NOW)
    who = open_company(house)
    documents = [invoice(house, who, f"G{n}", supplier=f"Fournisseur {n}") for n in range(8)]
    draw = random.Random(seed)
    acts = [
        (
            draw.choice(["post", "post", "reverse"]),
            draw.choice(documents),
            draw.choice(["AC", "HA"]),
        )
        for _ in range(50)
    ]

    def act(i: int) -> Any:
        what, document_id, journal = acts[i]
        if what == "post":
            return accounting.post(house, who, document_id, in_journal=journal)
        live = live_entries(house, document_id)
        return accounting.reverse(house, who, live[0], "essai") if live else None

    at_once(50, act)
    assert_whole(house, who)
    # Each document is posted at most once, and says so.
    for document_id in documents:
        (document,) = rows(house, t.document, id=document_id)
        live = live_entries(house, document_id)
        assert (document.status, len(live)) in (("posted", 1), ("to_post", 0))


def live_entries(house: House, document_id: str) -> list[str]:
    entry, reversing = t.journal_entry.c, t.journal_entry.alias("reversing")
    with house.store.reading() as connection:
        return list(
            connection.scalars(
                select(entry.id)
                .outerjoin(reversing, reversing.c.reverses_entry_id == entry.id)
                .where(entry.document_id == document_id, reversing.c.id.is_(None))
            )
        )


def assert_whole(house: House, who: Who) -> None:
    """Numbers without a hole in each journal, a chain that holds, balances that are the sums."""
    company_id = company_of(house, who)
    posted = rows(house, t.journal_entry, company_id=company_id)
    numbers: dict[str, list[int]] = defaultdict(list)
    for row in posted:
        numbers[row.journal].append(row.number)
    assert all(sorted(found) == list(range(1, len(found) + 1)) for found in numbers.values())
    assert sum(len(found) for found in numbers.values()) > 8
    assert entries.verify_chain(house, who, company_id) == []
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for line in rows(house, t.journal_line, organisation_id=who.organisation_id):
        sums[line.account][0] += line.debit
        sums[line.account][1] += line.credit
    kept = {
        row.account: [row.debit, row.credit]
        for row in rows(house, t.account_balance, company_id=company_id)
    }
    assert kept == dict(sums)
    assert sum(debit - credit for debit, credit in kept.values()) == 0
