"""Movements of an accepted statement: what each pays, and its entry in the bank journal, once.

Sure matches, rules and labels post by themselves; what only may be a match waits for a person, and
what nobody knows goes to suspense. Everything is asked again inside the transaction that holds the
company's row, so that two who post at once post each movement once, without a hole in the numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from domain.bank_posting import Part, Treatment, entry_of, treatment_of
from domain.errors import Conflict, Invalid, NotFound
from domain.ids import new_id
from domain.money import ZERO, parse_amount
from domain.people import Scope, Who
from domain.posting import Books
from domain.reconciliation import (
    Allocation,
    Items,
    Match,
    OpenItem,
    assigned,
    matches,
    paid_of,
    searched,
)
from service.house import House
from service.lists import Page
from service.operations import accounts, bank_accounts, bank_rules, movement_decisions, receivables
from service.operations.bank_rules import as_movement
from service.operations.books import books_of
from service.operations.entries import entry_json, write_entry
from service.operations.movement_decisions import Decision
from service.operations.open_items import open_items
from storage import journal
from storage import tables as t
from storage.outbox import record_event
from storage.visibility import within

_MOST_OFFERED = 12


def proposals(house: House, who: Who, statement_id: str) -> dict[str, Any]:
    """For each open movement of a statement: where it would go by itself, and what it may pay."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        statement = _statement(connection, who, statement_id)
        company = _company(connection, who, statement)
        rows = _open_rows(connection, statement)
        known = _Known.of(connection, company, statement)
    values = [as_movement(row) for row in rows]
    items = Items(known.items)
    best = assigned(values, items)
    shown = []
    for row, value, match in zip(rows, values, best, strict=True):
        treatment, waits = known.by_itself(value, match)
        others = [m for m in matches(value, items) if m != match]
        shown.append(
            {
                "movement_id": row.id,
                "source": treatment.source,
                "meaning": treatment.meaning,
                "rule_id": treatment.rule_id or None,
                "parts": [_part_json(part) for part in treatment.parts],
                "waits": waits,
                "matches": [_match_json(m) for m in (*((match,) if match else ()), *others)],
            }
        )
    return {"statement_id": statement.id, "movements": shown}


def open_items_of(house: House, who: Who, statement_id: str, q: str = "", amount: str = "") -> Page:
    """The open documents of a statement's company that answer a search by number, name or amount;
    `amount` is of the movement they would be paid by: the nearest come first, with what of each it
    would pay. Only those that a movement of that sign can pay.
    """
    who.must(Scope.BOOKS_READ)
    try:
        moved = parse_amount(amount) if amount else ZERO
    except ValueError:
        raise Invalid("This is not an amount.", code="invalid_value", fields=["amount"]) from None
    with house.store.reading() as connection:
        statement = _statement(connection, who, statement_id)
        company = _company(connection, who, statement)
        found = searched(_payable(connection, company, statement), q, moved)
    return {
        "items": [
            {
                **named(item),
                "party": item.party,
                "number": item.number,
                "day": item.day.isoformat(),
                "open": str(item.amount),
                "pays": str(paid_of(item, moved)),
            }
            for item in found[:_MOST_OFFERED]
        ],
        "next_cursor": None,
    }


def post_movements(
    house: House,
    who: Who,
    statement_id: str,
    decisions: Sequence[Mapping[str, Any]] = (),
    *,
    only_decided: bool = False,
) -> dict[str, Any]:
    """Post what is open of an accepted statement, one entry a movement.

    A decision names a `movement_id` and its `matches` (document_id or invoice_id, amount or all), its
    `lines` (account, amount with the movement's sign, auxiliary), both, or neither for suspense.
    Movements that only may be a match are `left` for a person, and so is everything that was not
    decided when `only_decided`. Posting again posts only what is still open.
    """
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        statement = _statement(connection, who, statement_id)
        company = journal.hold(connection, who.organisation_id, statement.company_id)
        assert company is not None
        statement = _statement(connection, who, statement_id)
        account = _ready_account(connection, who, statement, company)
        rows = _open_rows(connection, statement)
        known = _Known.of(connection, company, statement)
        decided = movement_decisions.decided(connection, statement, rows, decisions, known.items)
        treatments, left = _treatments(rows, decided, known, only_decided=only_decided)
        labels = accounts.labels(connection, company.id)
        posted = []
        for row, treatment, match in treatments:
            entry = entry_of(
                as_movement(row),
                treatment,
                replace(known.books, journal=account.journal),
                account=account.account,
                reference=f"{statement.end or row.day:%Y-%m-%d}/{row.position + 1}",
            )
            accounts.check_accounts(connection, company.id, entry.lines, entry.entry_date)
            stored = write_entry(connection, house, who, entry, company.id, new_id("ent"))
            _mark_posted(connection, house, who, row, stored.posted.id, match)
            shown = {
                "movement_id": row.id,
                "statement_id": statement.id,
                "bank_account_id": account.id,
                "source": treatment.source,
                "meaning": treatment.meaning,
                "rule_id": treatment.rule_id or None,
                "documents": [
                    {**named(a.item), "amount": str(a.amount)}
                    for a in (match.allocations if match else ())
                ],
                "entry": entry_json(stored, labels, who),
            }
            posted.append(shown)
            record_event(
                connection,
                house.now(),
                organisation_id=who.organisation_id,
                who=who,
                company_id=company.id,
                type_="movement.posted",
                subject=row.id,
                data=shown,
            )
        receivables.refresh(
            connection,
            house,
            (a.item.id for *_, match in treatments if match for a in match.allocations
             if a.item.is_sale),
        )  # fmt: skip
    return {"statement_id": statement_id, "posted": posted, "left": left}


def named(item: OpenItem) -> dict[str, str | None]:
    """What an item is: a document, or an invoice of ours."""
    return {
        "document_id": None if item.is_sale else item.id,
        "invoice_id": item.id if item.is_sale else None,
    }


def free(connection: Connection, house: House, entry_id: str) -> None:
    """Let the movement of a reversed entry be posted again; what it paid is open again."""
    c, match = t.movement.c, t.movement_match.c
    movement_id = connection.scalar(select(c.id).where(c.entry_id == entry_id))
    if movement_id is None:
        return
    sales = connection.scalars(
        select(match.invoice_id).where(
            match.movement_id == movement_id, match.invoice_id.is_not(None)
        )
    ).all()
    connection.execute(delete(t.movement_match).where(match.movement_id == movement_id))
    connection.execute(
        update(t.movement).where(c.id == movement_id).values(status="open", entry_id=None)
    )
    receivables.refresh(connection, house, filter(None, sales))


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a company when its movements are looked at."""

    books: Books
    items: tuple[OpenItem, ...]
    rules: tuple[Any, ...]
    own_ibans: frozenset[str]

    @classmethod
    def of(cls, connection: Connection, company: Row[Any], statement: Row[Any]) -> _Known:
        return cls(
            books_of(connection, company),
            tuple(_payable(connection, company, statement)),
            tuple(bank_rules.acting(connection, company.id)),
            bank_accounts.own_ibans(connection, company),
        )

    def by_itself(self, movement: Any, match: Match | None) -> tuple[Treatment, bool]:
        """Where a movement goes without a person, and whether it should wait for one: nothing else
        speaks for it, and there is a match that is not sure.
        """
        sure = match if match is not None and match.confidence == "high" else None
        treatment = treatment_of(
            movement, self.books, match=sure, rules=self.rules, own_ibans=self.own_ibans
        )
        return treatment, treatment.source == "suspense" and match is not None


def _payable(connection: Connection, company: Row[Any], statement: Row[Any]) -> list[OpenItem]:
    """What the movements of a statement may pay: nothing where they are in another currency than
    the books, for their amounts cannot be held against it.
    """
    account = t.bank_account.c
    currency = (
        connection.scalar(select(account.currency).where(account.id == statement.bank_account_id))
        or statement.currency
    )
    return open_items(connection, company) if currency in ("", company.currency) else []


_Treated = tuple[Row[Any], Treatment, Match | None]


def _treatments(
    rows: Sequence[Row[Any]],
    decided: Mapping[str, Decision],
    known: _Known,
    *,
    only_decided: bool,
) -> tuple[list[_Treated], list[str]]:
    """What to post and how, in the order of the statement, and the movements left for a person."""
    paid = [a for d in decided.values() if d.match for a in d.match.allocations]
    items = _less(known.items, paid)
    undecided = [row for row in rows if row.id not in decided]
    best = dict(
        zip(
            (row.id for row in undecided),
            assigned([as_movement(row) for row in undecided], items),
            strict=True,
        )
    )
    treated: list[_Treated] = []
    left: list[str] = []
    for row in rows:
        movement = as_movement(row)
        if row.id in decided:
            decision = decided[row.id]
            treatment = _by_person(movement, decision, known.books)
            treated.append((row, treatment, decision.match))
            continue
        treatment, waits = known.by_itself(movement, best[row.id])
        if waits or only_decided:
            left.append(row.id)
        else:
            treated.append((row, treatment, best[row.id] if treatment.source == "match" else None))
    return treated, left


def _by_person(movement: Any, decision: Decision, books: Books) -> Treatment:
    if decision.match is None and not decision.parts:
        rest = Part(books.country.banking.suspense, movement.amount)
        return Treatment((rest,), "suspense")
    treatment = treatment_of(movement, books, match=decision.match, parts=decision.parts)
    return treatment if treatment.source == "person" else replace(treatment, source="person")


def _less(items: Sequence[OpenItem], paid: Sequence[Allocation]) -> list[OpenItem]:
    """Open items without what was decided already."""
    left = {item.id: item for item in items}
    for allocation in paid:
        left[allocation.item.id] = left[allocation.item.id].less(allocation)
    return list(left.values())


def _ready_account(
    connection: Connection, who: Who, statement: Row[Any], company: Row[Any]
) -> Row[Any]:
    """The bank account of a statement that may be posted."""
    if statement.status != "accepted" or statement.bank_account_id is None:
        raise Conflict(
            "This statement was not accepted yet.",
            code="statement_not_accepted",
            advice="Check it and accept it first.",
            status=statement.status,
        )
    account = bank_accounts.find(connection, who, statement.bank_account_id)
    if account.currency != company.currency:
        raise Conflict(
            "This account is in another currency than the books.",
            code="bank_account_foreign",
            advice="Write its entries in the books' currency with their rate.",
            currency=account.currency,
            books=company.currency,
        )
    return account


def _mark_posted(
    connection: Connection,
    house: House,
    who: Who,
    row: Row[Any],
    entry_id: str,
    match: Match | None,
) -> None:
    connection.execute(
        update(t.movement)
        .where(t.movement.c.id == row.id)
        .values(status="posted", entry_id=entry_id)
    )
    if match is not None:
        connection.execute(
            insert(t.movement_match),
            [
                {
                    "organisation_id": row.organisation_id,
                    "movement_id": row.id,
                    **named(allocation.item),
                    "amount": allocation.amount,
                    "released": {key: str(vat) for key, vat in allocation.released} or None,
                    "confidence": match.confidence if match.reasons else "person",
                    "made_by": who.id,
                    "created_at": house.now(),
                }
                for allocation in match.allocations
            ],
        )


def _open_rows(connection: Connection, statement: Row[Any]) -> list[Row[Any]]:
    c = t.movement.c
    return list(
        connection.execute(
            select(t.movement)
            .where(c.statement_id == statement.id, c.status == "open", c.amount != ZERO)
            .order_by(c.position)
        )
    )


def _statement(connection: Connection, who: Who, statement_id: str) -> Row[Any]:
    row = connection.execute(
        select(t.statement).where(t.statement.c.id == statement_id, within(who, t.statement))
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such statement.")
    return row


def _company(connection: Connection, who: Who, statement: Row[Any]) -> Row[Any]:
    return connection.execute(
        select(t.company).where(t.company.c.id == statement.company_id, within(who, t.company))
    ).one()


def _part_json(part: Part) -> dict[str, Any]:
    return {"account": part.account, "amount": str(part.amount), "auxiliary": part.auxiliary}


def _match_json(match: Match) -> dict[str, Any]:
    return {
        "confidence": match.confidence,
        "reasons": list(match.reasons),
        "total": str(match.total),
        "documents": [
            {
                **named(a.item),
                "party": a.item.party,
                "number": a.item.number,
                "day": a.item.day.isoformat(),
                "open": str(a.item.amount),
                "amount": str(a.amount),
            }
            for a in match.allocations
        ],
    }
