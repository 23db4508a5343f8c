"""What must be true of the database at every moment, asked of the rows themselves.

Run after every test that breaks something, and by `bannette doctor --invariants`. Nothing here
repairs. The numbers are fixed:

     1  every entry balances                    8  nothing under way is forgotten or overdue
     2  a posted document has one live entry    9  nothing refers to another organisation's rows
     3  its paper is there, unchanged          10  balances are the sums of the lines
     4  no posted row changed since its hash   11  every page is in one place
     5  numbers have no hole                   12  no page is lost
     6  accounts exist and were open           13  a document has the pages of its group
     7  an event for every posting, and a      14  a posted movement has one live entry
        delivery for everyone who listens     15  what the machine posted says so
    16  sales numbers have no hole, and       17  a finalised invoice has its entry,
        what is finalised is unchanged            which owes what it says
    18  what is open of an invoice is what
        credit notes and payments left
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from storage.invariants import books, events, papers, sales, tenancy, work
from storage.invariants.violation import Violation
from storage.objects import Objects

NAMES = {
    1: "every entry balances",
    2: "a posted document has one live entry",
    3: "the paper behind every entry and file is there, unchanged",
    4: "no posted row changed since its hash",
    5: "numbers have no hole",
    6: "accounts exist and were open",
    7: "an event for every posting, a delivery for everyone who listens",
    8: "nothing under way is forgotten or overdue",
    9: "nothing refers to another organisation's rows",
    10: "balances are the sums of the lines",
    11: "every page is in one place",
    12: "no page is lost",
    13: "a document has the pages of its group",
    14: "a posted movement has one live entry, on the account of its bank",
    15: "what the machine posted says so",
    16: "sales numbers have no hole, and what is finalised is unchanged",
    17: "a finalised invoice has its entry, which owes what it says",
    18: "what is open of an invoice is what credit notes and payments left",
}


def check(connection: Connection, objects: Objects | None, now: datetime) -> list[Violation]:
    """Every violation, by number. Without `objects` the bytes themselves are not looked at."""
    return sorted(_all(connection, objects, now), key=lambda found: (found.number, found.subject))


def _all(connection: Connection, objects: Objects | None, now: datetime) -> Iterator[Violation]:
    yield from books.entries_balance(connection)
    yield from books.posted_documents_have_one_live_entry(connection)
    yield from papers.papers_are_there(connection, objects)
    yield from books.chains_hold(connection)
    yield from books.numbers_have_no_hole(connection)
    yield from books.accounts_were_open(connection)
    yield from events.postings_have_their_event(connection)
    yield from events.listeners_have_their_delivery(connection)
    yield from work.nothing_is_forgotten(connection)
    yield from work.nothing_is_overdue(connection, now)
    yield from tenancy.references_stay_inside(connection)
    yield from books.balances_are_sums(connection)
    yield from papers.pages_are_in_one_place(connection)
    yield from papers.no_page_is_lost(connection)
    yield from papers.documents_have_their_groups_pages(connection)
    yield from books.posted_movements_have_one_live_entry(connection)
    yield from books.the_machine_says_so(connection)
    yield from sales.series_hold(connection)
    yield from sales.invoices_have_their_entry(connection)
    yield from sales.open_amounts_are_what_is_left(connection)


__all__ = ["NAMES", "Violation", "check"]
