"""Bank statements: opening balance, movements, closing balance, and whether they close.

The side of a movement is decided by the column its amount stands under, then checked with the
running balance when one is printed. A statement is proved when opening + movements = closing to
the cent; otherwise a problem says by how much, and what kind of misreading would explain it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from domain.findings import Finding, Reading, State, Transaction
from domain.money import CENT
from domain.problems import Problem
from models.extraction.banks import bank_of
from models.extraction.columns import Column
from models.extraction.currency import currency_of
from models.extraction.date_order import day_first
from models.extraction.dates import dates_in, months_in
from models.extraction.identifiers import find_identifiers
from models.extraction.labels import Labelled, find_labels
from models.extraction.numbers import Number, Style, numbers_in, style_of
from models.extraction.rows import Row, Sheet
from models.extraction.texts import clean, fold

_COLUMN_FIELDS = ("debit", "credit", "balance", "movement_amount", "value_date", "operation_date")
_SHORT_DATE = re.compile(r"^\W{0,2}(\d{1,2})[./\- ](\d{1,2})(?![\d./-]*\d{2,4})(?=\s|$)")
_SKIPPED = re.compile(
    r"^\W*(total|totaux|sous.total|report|a reporter|solde|saldo|balance|opening|closing|beginning|"
    r"ending|ancien|nouveau|previous|new balance|kontostand|ubertrag|zwischensumme)\b"
)
_OPENING = re.compile(
    r"ancien solde|solde (?:precedent|initial|de depart|au debut|d'ouverture)|opening|beginning|previous balance|brought forward|vorig saldo|beginsaldo|alter (?:saldo|kontostand)|anfangssaldo|saldovortrag|starting balance"
)
_CLOSING = re.compile(
    r"nouveau solde|solde (?:final|de fin|en euros|de cloture)|closing|ending|new balance|nieuw saldo|eindsaldo|neuer (?:saldo|kontostand)|endsaldo|schlusssaldo|solde actuel"
)
_BALANCE = re.compile(r"solde (?:crediteur|debiteur|au)\b|balance on\b|saldo op\b|kontostand am\b")
_DEBTOR = re.compile(r"debiteur|overdrawn|debet\b|soll\b")


@dataclass(slots=True)
class _Movement:
    row: Row
    date: dt.date
    value_date: dt.date | None
    description: list[str]
    amount: Decimal
    certain: bool
    """Whether the column says the side; otherwise the running balance may."""
    balance: Decimal | None = None


@dataclass(frozen=True, slots=True)
class _Balance:
    value: Decimal
    row: Row
    number: Number
    date: dt.date | None = None


@dataclass(slots=True)
class _Found:
    movements: list[_Movement] = field(default_factory=list)
    opening: _Balance | None = None
    closing: _Balance | None = None


def read_statement(sheet: Sheet) -> Reading:
    """A bank statement as a reading, with its transactions in the order of the page."""
    labelled = find_labels(sheet)
    style = style_of(row.text for row in sheet.rows)
    month_first = day_first([row.text for row in sheet.rows]) is False
    identifiers = find_identifiers(sheet)
    period = _period(sheet, month_first=month_first)
    found = _movements(sheet, labelled, style, period, month_first=month_first)
    _balances(sheet, found, style, month_first=month_first)
    _settle_sides(found)
    opening, closing, state, problems = _prove(found)

    fields: dict[str, Finding] = {}

    def put(
        name: str, value: str, sure: float, row: Row, span: tuple[int, int], how: State = "read"
    ) -> None:
        page = sheet.pages[row.page]
        fields[name] = Finding(
            value, sure, how, page.source, page.number, row.box_of(*span), page.reader
        )

    iban = next((i for i in identifiers if i.kind == "iban" and i.valid is not False), None)
    if iban is not None:
        put("iban", iban.value, 0.98, iban.row, (iban.start, iban.end), "consistent")
    bank = bank_of(sheet, iban.value if iban else "")
    if bank is not None:
        put("bank_name", bank.name, bank.confidence, bank.row, (bank.start, bank.end))
    money = currency_of(sheet, (), identifiers)
    if money is not None and sheet.pages:
        fields["currency"] = Finding(money[0], money[1], "read", sheet.pages[0].source)
    sure = {"proved": 0.98, "consistent": 0.9, "contradictory": 0.45}.get(state, 0.75)
    for name, value, seen in (
        ("opening_balance", opening, found.opening),
        ("closing_balance", closing, found.closing),
    ):
        if value is None:
            continue
        if seen is not None:
            put(name, _money(value), sure, seen.row, (seen.number.start, seen.number.end), state)
        else:
            source = sheet.pages[0].source
            fields[name] = Finding(_money(value), min(sure, 0.8), state, source, reader="balance")
    for name, day in (("period_start", period[0]), ("period_end", period[1])):
        edge = day or _edge(found.movements, first=name == "period_start")
        if edge is not None:
            fields[name] = Finding(
                edge.isoformat(), 0.9 if day else 0.5, "read", sheet.pages[0].source
            )
    return Reading(
        fields=fields,
        transactions=tuple(
            Transaction(
                date=m.date.isoformat(),
                value_date=m.value_date.isoformat() if m.value_date else None,
                description=clean(" ".join(m.description), 300),
                amount=_money(m.amount),
            )
            for m in found.movements
        ),
        problems=problems,
    )


def _money(value: Decimal) -> str:
    return str(value.quantize(CENT))


def _edge(movements: Sequence[_Movement], *, first: bool) -> dt.date | None:
    days = [m.date for m in movements]
    return (min(days) if first else max(days)) if days else None


def _period(sheet: Sheet, *, month_first: bool) -> tuple[dt.date | None, dt.date | None]:
    """`du 01/06/2025 au 30/06/2025`, else a month named with its year, else nothing."""
    for row in sheet.rows[:120]:
        seen = dates_in(row.text, month_first=month_first)
        if len(seen) == 2 and seen[0].value < seen[1].value:
            between = row.text[seen[0].end : seen[1].start]
            before = fold(row.text[: seen[0].start])
            joined = re.fullmatch(r"\W*(?:au|to|bis|tot|until|through|a|-|–)?\W*", fold(between))
            if joined and not numbers_after(row.text[seen[1].end :]):
                return seen[0].value, seen[1].value
            if re.search(r"periode|period|releve", before):
                return seen[0].value, seen[1].value
    for row in sheet.rows[:60]:
        for year, month in months_in(row.text):
            if re.search(r"releve|extrait|statement|compte|auszug|arrete", fold(row.text)):
                end = dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)
                return dt.date(year, month, 1), end
    return None, None


def numbers_after(text: str) -> bool:
    return any(number.is_amount for number in numbers_in(text))


def _columns(row: Row, labelled: Labelled) -> list[Column]:
    """The columns a heading names, when it heads a table of movements."""
    labels = labelled.on(row)
    if sum(map(str.isdigit, row.text)) > 2:
        return []
    found = [
        Column(kind, label.box.x0, label.box.x1)
        for label in labels
        if (kind := next((k for k in _COLUMN_FIELDS if k in label.fields), None)) is not None
    ]
    kinds = {column.kind for column in found}
    dated = kinds & {"operation_date", "value_date"} or "date" in fold(row.text)
    return found if dated and kinds & {"debit", "credit", "movement_amount"} else []


def _movements(
    sheet: Sheet,
    labelled: Labelled,
    style: Style,
    period: tuple[dt.date | None, dt.date | None],
    *,
    month_first: bool,
) -> _Found:
    found = _Found()
    columns: list[Column] = []
    for page in sorted(sheet.by_page):
        last: Row | None = None
        for row in sheet.by_page[page]:
            heading = _columns(row, labelled)
            if heading:
                columns, last = heading, None
                continue
            if not columns:
                continue
            plain = fold(row.text)
            start = _first_date(row, period, month_first=month_first)
            words = re.sub(r"^[\d\W]+", "", plain)
            if _SKIPPED.match(words) and not _merchant(words):
                last = None
                continue
            if start is None:
                if last is not None and _continues(last, row, columns, style):
                    found.movements[-1].description.append(row.text)
                    last = row
                continue
            movement = _movement(row, start, columns, style, period, month_first=month_first)
            if movement is not None:
                found.movements.append(movement)
                last = row
    return found


def _merchant(words: str) -> bool:
    """TotalEnergies is a shop, not a total."""
    return bool(re.match(r"total\s?(energies|access|fina|direct)", words))


def _first_date(
    row: Row, period: tuple[dt.date | None, dt.date | None], *, month_first: bool
) -> tuple[dt.date, int] | None:
    """The date a row begins with, and where it ends; short dates take the period's year."""
    seen = dates_in(row.text, month_first=month_first)
    if seen and seen[0].start <= 3:
        return seen[0].value, seen[0].end
    short = _SHORT_DATE.match(row.text)
    if short is None:
        return None
    day = _short(int(short[1]), int(short[2]), period)
    return (day, short.end()) if day else None


def _short(day: int, month: int, period: tuple[dt.date | None, dt.date | None]) -> dt.date | None:
    """A date without its year: the year of the period, the one before for a December in a
    statement that ends in January.
    """
    end = period[1] or period[0]
    if end is None:
        return None
    year = end.year - 1 if month > end.month + 1 else end.year
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _movement(
    row: Row,
    start: tuple[dt.date, int],
    columns: Sequence[Column],
    style: Style,
    period: tuple[dt.date | None, dt.date | None],
    *,
    month_first: bool,
) -> _Movement | None:
    date, after = start
    value_date: dt.date | None = None
    others = [d for d in dates_in(row.text, month_first=month_first) if d.start >= after]
    dated = [c for c in columns if c.kind == "value_date"]
    taken = [(0, after)]
    for other in others:
        box = row.box_of(other.start, other.end)
        if (dated and abs(box.x0 - dated[0].x0) < 0.08) or other.start - after <= 2:
            value_date = other.value
            taken.append((other.start, other.end))
            break
    if value_date is None and dated:
        for order, word in enumerate(row.words):
            short = _SHORT_DATE.match(word.text)
            if short and abs(word.box.x0 - dated[0].x0) < 0.06 and row.starts[order] >= after:
                value_date = _short(int(short[1]), int(short[2]), period)
                taken.append((row.starts[order], row.starts[order] + len(word.text)))
    amount: Decimal | None = None
    balance: Decimal | None = None
    certain = False
    money = [c for c in columns if c.kind in ("debit", "credit", "balance", "movement_amount")]
    numbers = [
        n for n in numbers_in(row.text, style)
        if n.start >= after and not n.percent and not any(a <= n.start < b for a, b in taken)
    ]  # fmt: skip
    # Money stands at the right; whole numbers only under a column of money.
    for number in sorted(numbers, key=lambda n: -n.start)[:3]:
        box = row.box_of(number.start, number.end)
        distance, column = min(
            ((_distance(box.x0, box.x1, c, columns), c) for c in money), key=lambda pair: pair[0]
        )
        if distance > 0.08 or (not number.is_amount and distance > 0.04):
            continue
        if column.kind == "balance" and balance is None and len(money) > 1:
            balance = number.value
        elif amount is None:
            amount = number.value
            certain = column.kind != "movement_amount" or number.value < 0
            if column.kind == "debit":
                amount = -abs(amount)
            elif column.kind == "credit":
                amount = abs(amount)
            elif re.search(r"\+\s?$", row.text[: number.start]):
                certain = True
        else:
            continue
        taken.append((number.start, number.end))
    if amount is None:
        return None
    described = [
        word.text
        for order, word in enumerate(row.words)
        if not any(
            a < row.starts[order] + len(word.text) and row.starts[order] < b for a, b in taken
        )
        and re.search(r"[\w]", word.text)
        and word.text not in ("EUR", "CHF")
    ]
    return _Movement(row, date, value_date, [" ".join(described)], amount, certain, balance)


def _distance(x0: float, x1: float, column: Column, columns: Sequence[Column]) -> float:
    """How far an amount stands from a column: aligned with its heading at one side, or somewhere
    between its heading's beginning and the next heading.
    """
    edges = min(
        abs(x1 - column.x1), abs(x0 - column.x0), abs((x0 + x1 - column.x0 - column.x1) / 2)
    )
    following = min((c.x0 for c in columns if c.x0 > column.x0), default=1.0)
    inside = x0 >= column.x0 - 0.01 and x1 <= following
    return min(edges, 0.04 if inside else 1.0)


def _continues(last: Row, row: Row, columns: Sequence[Column], style: Style) -> bool:
    """Whether a row without a date goes on with the label of the movement above."""
    near = row.box.y0 - last.box.y1 < 1.6 * last.height
    left = min(
        (c.x0 for c in columns if c.kind in ("debit", "credit", "movement_amount")), default=1
    )
    return (
        near
        and row.box.x1 < left + 0.02
        and not any(n.is_amount for n in numbers_in(row.text, style))
    )


def _balances(sheet: Sheet, found: _Found, style: Style, *, month_first: bool) -> None:
    """Opening and closing balance, from the words before them; of two equal wordings the first
    opens and the last closes.
    """
    plain: list[_Balance] = []
    for row in sheet.rows:
        text = fold(row.text)
        opening, closing, any_balance = (p.search(text) for p in (_OPENING, _CLOSING, _BALANCE))
        if not (opening or closing or any_balance):
            continue
        numbers = [n for n in numbers_in(row.text, style) if n.is_amount]
        if not numbers:
            continue
        number = numbers[-1]
        sign = -1 if _DEBTOR.search(text) and number.value > 0 else 1
        seen = dates_in(row.text, month_first=month_first)
        balance = _Balance(number.value * sign, row, number, seen[0].value if seen else None)
        if opening and not closing:
            found.opening = found.opening or balance
        elif closing:
            found.closing = balance
        else:
            plain.append(balance)
    if plain and found.opening is None and (len(plain) > 1 or found.closing is not None):
        found.opening = plain[0]
    if plain and found.closing is None and (len(plain) > 1 or plain[0] is not found.opening):
        found.closing = plain[-1]


def _settle_sides(found: _Found) -> None:
    """Running balances decide the side of amounts whose column does not, and correct the others."""
    rows = found.movements
    if sum(m.balance is not None for m in rows) < 2:
        return
    newest_first = rows[0].date > rows[-1].date
    ordered = list(reversed(rows)) if newest_first else rows
    before = found.opening.value if found.opening else None
    for movement in ordered:
        if movement.balance is None:
            before = None
            continue
        if before is not None:
            change = movement.balance - before
            if abs(change) == abs(movement.amount):
                movement.amount, movement.certain = change, True
        before = movement.balance


def _prove(
    found: _Found,
) -> tuple[Decimal | None, Decimal | None, State, tuple[Problem, ...]]:
    rows = found.movements
    total = sum((m.amount for m in rows), Decimal(0))
    opening = found.opening.value if found.opening else None
    closing = found.closing.value if found.closing else None
    derived = False
    if rows and all(m.balance is not None for m in (rows[0], rows[-1])):
        newest_first = rows[0].date > rows[-1].date
        first, last = (rows[-1], rows[0]) if newest_first else (rows[0], rows[-1])
        if opening is None and first.balance is not None:
            opening, derived = first.balance - first.amount, True
        if closing is None and last.balance is not None:
            closing, derived = last.balance, True
    if opening is None or closing is None:
        missing = Problem(
            "balance_missing",
            "The statement shows no opening or no closing balance that could be read.",
            "warning",
            "closing_balance" if closing is None else "opening_balance",
        )
        return opening, closing, "read", (missing,)
    if not rows:
        none = Problem("no_transactions", "No movement of the statement could be read.", "warning")
        return opening, closing, "read", (none,)
    off = closing - opening - total
    if not off:
        return opening, closing, "consistent" if derived else "proved", ()
    return opening, closing, "contradictory", (_does_not_close(rows, off),)


def _does_not_close(rows: Sequence[_Movement], off: Decimal) -> Problem:
    hint = "unknown"
    if any(off == -2 * m.amount for m in rows):
        hint = "side_misread"
    elif any(off == m.amount for m in rows) or any(off == -m.amount for m in rows):
        hint = "row_missing_or_twice"
    elif (off * 100) % 9 == 0:
        hint = "digits_exchanged"
    return Problem(
        "statement_does_not_close",
        f"Opening balance and movements differ from the closing balance by {_money(off)}.",
        "blocking",
        "closing_balance",
        {"difference": _money(off), "hint": hint, "transactions": len(rows)},
    )
