"""The books: entries balance, are whole, unchanged and numbered, and add up to the balances."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from sqlalchemy import BigInteger, Connection, and_, exists, func, or_, select

from domain.people import MACHINE
from storage import journal
from storage import tables as t
from storage.invariants.violation import Violation, rows

_Account = tuple[str, int, str]  # company, year, number
_reversal = t.journal_entry.alias("reversal")
IS_LIVE = and_(
    t.journal_entry.c.reverses_entry_id.is_(None),
    ~exists().where(_reversal.c.reverses_entry_id == t.journal_entry.c.id),
)


def entries_balance(connection: Connection) -> Iterator[Violation]:
    line = t.journal_line.c
    debit, credit = (
        func.coalesce(func.sum(side, type_=BigInteger), 0) for side in (line.debit, line.credit)
    )
    for row in rows(
        connection,
        select(
            t.journal_entry.c.id,
            func.count(line.position).label("lines"),
            debit.label("debit"),
            credit.label("credit"),
        )
        .outerjoin(t.journal_line, line.entry_id == t.journal_entry.c.id)
        .group_by(t.journal_entry.c.id)
        .having(
            or_(
                func.count(line.position) < 2,
                debit != credit,
            )
        ),
    ):
        yield Violation(
            1, f"{row.lines} lines, {row.debit} cents of debits against {row.credit}", row.id
        )
    for entry_id in connection.scalars(
        select(line.entry_id)
        .where(~exists().where(t.journal_entry.c.id == line.entry_id))
        .distinct()
    ):
        yield Violation(1, "lines without their entry", entry_id)


def posted_documents_have_one_live_entry(connection: Connection) -> Iterator[Violation]:
    live = (
        select(t.journal_entry.c.document_id, func.count().label("number"))
        .where(IS_LIVE, t.journal_entry.c.document_id.is_not(None))
        .group_by(t.journal_entry.c.document_id)
        .subquery()
    )
    number = func.coalesce(live.c.number, 0)
    is_posted = t.document.c.status == "posted"
    for row in rows(
        connection,
        select(t.document.c.id, t.document.c.status, number.label("number"))
        .outerjoin(live, live.c.document_id == t.document.c.id)
        .where(or_(and_(is_posted, number != 1), and_(~is_posted, number != 0))),
    ):
        yield Violation(2, f"{row.status}, with {row.number} live entries", row.id)


def chains_hold(connection: Connection) -> Iterator[Violation]:
    for company in rows(connection, select(t.company.c.id, t.company.c.organisation_id)):
        for broken in journal.verify_chain(connection, company.organisation_id, company.id):
            where = f"{broken.journal} {broken.year} no {broken.number}"
            yield Violation(4, f"{where}: {broken.what}", broken.entry_id or company.id)


def numbers_have_no_hole(connection: Connection) -> Iterator[Violation]:
    c, counter = t.journal_entry.c, t.journal_counter.c
    given = (
        select(
            c.company_id,
            c.journal,
            c.year,
            func.min(c.number).label("lowest"),
            func.max(c.number).label("highest"),
            func.count().label("entries"),
        )
        .group_by(c.company_id, c.journal, c.year)
        .subquery()
    )
    for row in rows(
        connection,
        select(given, counter.last_number)
        .outerjoin(
            t.journal_counter,
            and_(
                counter.company_id == given.c.company_id,
                counter.journal == given.c.journal,
                counter.year == given.c.year,
            ),
        )
        .where(
            or_(
                given.c.lowest != 1,
                given.c.highest != given.c.entries,
                counter.last_number.is_(None),
                counter.last_number != given.c.highest,
            )
        ),
    ):
        yield Violation(
            5,
            f"{row.journal} {row.year}: {row.entries} entries numbered {row.lowest} to "
            f"{row.highest}, counter at {row.last_number}",
            row.company_id,
        )
    for row in rows(
        connection,
        select(t.journal_counter).where(
            counter.last_number != 0,
            ~exists().where(
                c.company_id == counter.company_id,
                c.journal == counter.journal,
                c.year == counter.year,
            ),
        ),
    ):
        yield Violation(
            5,
            f"{row.journal} {row.year}: no entry, counter at {row.last_number}",
            row.company_id,
        )


def accounts_were_open(connection: Connection) -> Iterator[Violation]:
    line, entry, account = t.journal_line.c, t.journal_entry.c, t.account.c
    for row in rows(
        connection,
        select(entry.id, line.account, entry.entry_date)
        .join(t.journal_entry, entry.id == line.entry_id)
        .where(
            ~exists().where(
                account.company_id == entry.company_id,
                account.number == line.account,
                account.opened_on <= entry.entry_date,
                or_(account.closed_on.is_(None), account.closed_on >= entry.entry_date),
            )
        )
        .distinct(),
    ):
        yield Violation(6, f"account {row.account} was not open on {row.entry_date}", row.id)


def balances_are_sums(connection: Connection) -> Iterator[Violation]:
    line, entry = t.journal_line.c, t.journal_entry.c
    stored: dict[_Account, tuple[Decimal, Decimal]] = {
        (row.company_id, row.year, row.account): (row.debit, row.credit)
        for row in rows(connection, select(t.account_balance))
    }
    summed: dict[_Account, tuple[Decimal, Decimal]] = {
        (row.company_id, row.year, row.account): (row.debit, row.credit)
        for row in rows(
            connection,
            select(
                entry.company_id,
                entry.year,
                line.account,
                func.sum(line.debit, type_=t.Money).label("debit"),
                func.sum(line.credit, type_=t.Money).label("credit"),
            )
            .join(t.journal_line, line.entry_id == entry.id)
            .group_by(entry.company_id, entry.year, line.account),
        )
    }
    nothing = (Decimal(0), Decimal(0))
    for key in sorted(stored.keys() | summed.keys()):
        says, is_ = stored.get(key, nothing), summed.get(key, nothing)
        if says != is_:
            company_id, year, account = key
            yield Violation(
                10,
                f"account {account} of {year}: balance says {says[0]} / {says[1]}, lines are "
                f"{is_[0]} / {is_[1]}",
                company_id,
            )


def posted_movements_have_one_live_entry(connection: Connection) -> Iterator[Violation]:
    """Its line on the bank's account is the movement; what is not posted has paid nothing."""
    movement, account, line = t.movement.c, t.bank_account.c, t.journal_line.c
    on_account = (
        select(func.coalesce(func.sum(line.debit - line.credit, type_=t.Money), 0))
        .where(line.entry_id == movement.entry_id, line.account == account.account)
        .scalar_subquery()
    )
    for row in rows(
        connection,
        select(movement.id, movement.amount, movement.entry_id, IS_LIVE.label("live"), on_account)
        .outerjoin(t.journal_entry, t.journal_entry.c.id == movement.entry_id)
        .outerjoin(t.bank_account, account.id == movement.bank_account_id)
        .where(movement.status == "posted"),
    ):
        if row.entry_id is None or not row.live:
            yield Violation(14, "posted, without an entry that stands", row.id)
        elif row[-1] != row.amount:
            yield Violation(14, f"{row.amount}, but its entry has {row[-1]} on the bank", row.id)
    twice = select(movement.entry_id).group_by(movement.entry_id).having(func.count() > 1)
    for row in rows(
        connection,
        select(movement.id, movement.status, movement.entry_id).where(
            or_(
                and_(
                    movement.status != "posted",
                    or_(
                        movement.entry_id.is_not(None),
                        exists().where(t.movement_match.c.movement_id == movement.id),
                    ),
                ),
                movement.entry_id.in_(twice),
            )
        ),
    ):
        what = "shares its entry" if row.status == "posted" else "not posted, but as if it were"
        yield Violation(14, what, row.id)


def the_machine_says_so(connection: Connection) -> Iterator[Violation]:
    """An entry is the machine's exactly when it is written down as posted by itself, once."""
    entry, note = t.journal_entry.c, t.automatic_posting.c
    for row in rows(
        connection,
        select(note.id, entry.posted_by)
        .join(t.journal_entry, entry.id == note.entry_id)
        .where(or_(entry.posted_by != MACHINE, entry.document_id != note.document_id)),
    ):
        yield Violation(15, f"written down as the machine's, posted by {row.posted_by}", row.id)
    for row in rows(
        connection,
        select(entry.id).where(
            entry.posted_by == MACHINE, ~exists().where(note.entry_id == entry.id)
        ),
    ):
        yield Violation(15, "posted by the machine, and not written down", row.id)
