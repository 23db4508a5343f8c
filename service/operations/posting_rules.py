"""Posting rules people write for a company's purchases, and what each would have said of the past."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from domain.accounts import COST_ROLES
from domain.countries import country
from domain.documents import POSTABLE, DocumentStatus
from domain.errors import Conflict, Invalid, NotFound
from domain.findings import Reading
from domain.ids import new_id
from domain.journal import plain_text
from domain.money import parse_amount
from domain.people import Scope, Who
from domain.posting_rules import PostingRule, alternatives, rule_for
from domain.purchases import converted, purchase_of
from domain.suppliers import identity_of, matching
from service.house import House
from service.operations import companies
from service.operations.books import books_of
from service.operations.suppliers import known_suppliers
from storage import tables as t
from storage.outbox import record_action
from storage.visibility import within

LOOKED_AT = 300
SHOWN = 30
MOST_RULES = 500
_c = t.posting_rule.c
_KEPT = func.coalesce(t.supplier.c.merged_into_id, t.supplier.c.id)
"""Of twins that were merged, the one that papers are of now."""
FIELDS = (
    "name", "supplier_id", "words", "at_least", "at_most", "account", "treatment", "automatic",
    "analytic",
)  # fmt: skip


def list_rules(house: House, who: Who, company_id: str | None = None) -> list[dict[str, Any]]:
    """The rules of a company, in the order in which they are asked."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        query = select(t.posting_rule).where(within(who, t.posting_rule), _c.deleted_at.is_(None))
        if company_id:
            query = query.where(_c.company_id == company_id)
        rows = connection.execute(query.order_by(_c.company_id, _c.position, _c.id)).all()
        return [_json(connection, row) for row in rows]


def get(house: House, who: Who, rule_id: str) -> dict[str, Any]:
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        return _json(connection, _find(connection, who, rule_id))


def add(house: House, who: Who, company_id: str | None, values: dict[str, Any]) -> dict[str, Any]:
    """Write a rule; it is asked after those that are there."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        company = companies.find_or_only(connection, who, company_id)
        companies.find(connection, who, company.id, lock=True)
        rule = _checked(connection, company, values)
        count, last = connection.execute(
            select(func.count(), func.max(_c.position)).where(_c.company_id == company.id)
        ).one()
        if count >= MOST_RULES:
            raise Invalid(
                f"A company has at most {MOST_RULES} rules.", code="posting_rules_too_many"
            )
        connection.execute(
            insert(t.posting_rule).values(
                id=rule.id,
                organisation_id=who.organisation_id,
                company_id=company.id,
                **_columns(rule),
                position=(last or 0) + 1,
                changed_by=who.id,
                created_at=house.now(),
            )
        )
        return _done(connection, house, who, rule.id, "added")


def change(
    house: House, who: Who, rule_id: str, values: dict[str, Any], version: int | None = None
) -> dict[str, Any]:
    """Change a rule, switch it (`active`), or ask it before or after others (`position`)."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = _found(connection, who, rule_id, version)
        new = {name: values.get(name, getattr(row, name)) for name in FIELDS}
        told = {key: values[key] for key in ("active",) if values.get(key) is not None}
        if new != {name: getattr(row, name) for name in FIELDS}:
            company = companies.find(connection, who, row.company_id)
            told |= _columns(_checked(connection, company, new))
        if values.get("position") is not None:
            _move(connection, row, int(values["position"]))
        connection.execute(
            update(t.posting_rule)
            .where(_c.id == row.id)
            .values(**told, version=row.version + 1, changed_by=who.id)
        )
        return _done(connection, house, who, row.id, "changed")


def delete(house: House, who: Who, rule_id: str, version: int | None = None) -> dict[str, Any]:
    """Take a rule away; what was posted by it stays, and it can be brought back."""
    return _put_away(house, who, rule_id, version, away=True)


def restore(house: House, who: Who, rule_id: str) -> dict[str, Any]:
    return _put_away(house, who, rule_id, None, away=False)


def acting(connection: Connection, company_id: str) -> list[PostingRule]:
    """The rules of a company as values, in the order in which they are asked."""
    rows = connection.execute(
        select(t.posting_rule, _KEPT.label("of"))
        .outerjoin(t.supplier, t.supplier.c.id == _c.supplier_id)
        .where(_c.company_id == company_id, _c.active, _c.deleted_at.is_(None))
        .order_by(_c.position, _c.id)
    )
    return [replace(_value(row), supplier_id=row.of) for row in rows]


def preview(
    house: House,
    who: Who,
    company_id: str | None,
    values: dict[str, Any],
    rule_id: str | None = None,
) -> dict[str, Any]:
    """Which lines of the last documents a rule speaks of, and what they were posted to: those that
    were posted otherwise first. `rule_id` is the rule that `values` would replace.
    """
    who.must(Scope.BOOKS_READ)
    d = t.document.c
    with house.store.reading() as connection:
        company = companies.find_or_only(connection, who, company_id)
        rule = _checked(connection, company, {**values, "name": values.get("name") or "…"})
        documents = connection.execute(
            select(t.document)
            .where(
                within(who, t.document),
                d.company_id == company.id,
                d.category.in_(POSTABLE),
                d.status.in_((DocumentStatus.TO_POST, DocumentStatus.POSTED)),
                d.withdrawn_at.is_(None),
                d.reading.is_not(None),
            )
            .order_by(d.id.desc())
            .limit(LOOKED_AT)
        ).all()
        where = books_of(connection, company)
        known = known_suppliers(connection, company.id)
        others = [each for each in acting(connection, company.id) if each.id != rule_id]
        posted = _posted_accounts(connection, [row.id for row in documents])
    found = []
    for row in documents:
        reading = Reading.from_json(row.reading)
        supplier = matching(identity_of(reading), known)
        supplier_id = supplier.id if supplier else None
        purchase = converted(
            purchase_of(reading, row.category), where.currency, in_ours=where.country.quotes_books
        )
        for part in purchase.parts:
            if not rule.fits(part, supplier_id, row.words):
                continue
            first = rule_for([*others, rule], part, supplier_id, row.words)
            accounts = posted.get(row.id, [])
            found.append(
                {
                    "document_id": row.id,
                    "supplier_name": row.supplier_name,
                    "invoice_number": row.invoice_number,
                    "issue_date": row.issue_date.isoformat() if row.issue_date else None,
                    "description": part.description[:200],
                    "net": str(part.net),
                    "posted_to": accounts,
                    "outcome": "waiting"
                    if not accounts
                    else "agrees"
                    if rule.account in accounts
                    else "differs",
                    "taken_by": first.name if first and first.id != rule.id else None,
                }
            )
    order = ("differs", "waiting", "agrees")
    found.sort(key=lambda item: order.index(item["outcome"]))
    return {
        "looked_at": len(documents),
        "documents": len({item["document_id"] for item in found}),
        "lines": len(found),
        **{outcome: sum(item["outcome"] == outcome for item in found) for outcome in order},
        "account": rule.account,
        "items": found[:SHOWN],
    }


def _posted_accounts(connection: Connection, document_ids: list[str]) -> dict[str, list[str]]:
    """Document → the accounts of the cost lines of its entry that stands."""
    entry, line = t.journal_entry.c, t.journal_line.c
    reversing = t.journal_entry.alias("reversing")
    rows = connection.execute(
        select(entry.document_id, line.account)
        .join(t.journal_line, line.entry_id == entry.id)
        .outerjoin(reversing, reversing.c.reverses_entry_id == entry.id)
        .join(
            t.account,
            (t.account.c.company_id == entry.company_id) & (t.account.c.number == line.account),
        )
        .where(
            entry.document_id.in_(document_ids),
            entry.reverses_entry_id.is_(None),
            reversing.c.id.is_(None),
            line.vat_code.is_not(None),
            t.account.c.role.in_(COST_ROLES),
        )
        .order_by(line.position)
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.document_id, []).append(row.account)
    return found


def _put_away(
    house: House, who: Who, rule_id: str, version: int | None, *, away: bool
) -> dict[str, Any]:
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = _found(connection, who, rule_id, version, deleted=not away)
        if (row.deleted_at is not None) == away:
            return _json(connection, row)
        connection.execute(
            update(t.posting_rule)
            .where(_c.id == row.id)
            .values(
                deleted_at=house.now() if away else None,
                version=row.version + 1,
                changed_by=who.id,
            )
        )
        return _done(connection, house, who, row.id, "deleted" if away else "restored")


def _move(connection: Connection, row: Row[Any], position: int) -> None:
    """Put a rule at a place, counted from 1 among those of its company that are there."""
    ids = list(
        connection.scalars(
            select(_c.id)
            .where(_c.company_id == row.company_id, _c.deleted_at.is_(None), _c.id != row.id)
            .order_by(_c.position, _c.id)
            .with_for_update()
        )
    )
    ids.insert(max(0, position - 1), row.id)
    for place, each in enumerate(ids, 1):
        connection.execute(update(t.posting_rule).where(_c.id == each).values(position=place))


def _checked(connection: Connection, company: Row[Any], values: dict[str, Any]) -> PostingRule:
    name = plain_text(str(values.get("name") or ""), 80)
    words = plain_text(str(values.get("words") or ""), 200)
    account = str(values.get("account") or "").strip().upper()[:20]
    treatment = str(values.get("treatment") or "")
    analytic = str(values.get("analytic") or "").strip().upper()[:20]
    supplier_id = str(values.get("supplier_id") or "") or None
    least, most = (_amount(values.get(key), key) for key in ("at_least", "at_most"))
    a, s = t.account.c, t.supplier.c
    if not name:
        raise _wrong("name", "A rule has a name.")
    if not supplier_id and not alternatives(words):
        raise _wrong("words", "A rule names a supplier, or words of the line.")
    if least is not None and most is not None and least > most:
        raise _wrong("at_most", "The highest amount is below the lowest.")
    if not connection.scalar(
        select(a.id).where(
            a.company_id == company.id,
            a.number == account,
            a.closed_on.is_(None),
            a.role.in_(COST_ROLES),
        )
    ):
        raise _wrong("account", "The company has no such account open for purchases.")
    if treatment and treatment not in country(company.country).treatments:
        raise _wrong("treatment", "This VAT treatment does not exist in the company's country.")
    code = t.analytic_code.c
    if analytic and not connection.scalar(
        select(code.id).where(code.company_id == company.id, code.code == analytic, code.open)
    ):
        raise _wrong("analytic", "The company has no such analytic code, or it is closed.")
    if supplier_id:
        supplier_id = connection.scalar(
            select(_KEPT).where(s.company_id == company.id, s.id == supplier_id)
        )
        if supplier_id is None:
            raise _wrong("supplier_id", "The company has no such supplier.")
    return PostingRule(
        new_id("pru"),
        name,
        account,
        treatment,
        supplier_id,
        words,
        least,
        most,
        automatic=bool(values.get("automatic")),
        analytic=analytic,
    )


def _amount(value: Any, field: str) -> Decimal | None:
    if value in (None, ""):
        return None
    try:
        return parse_amount(str(value))
    except ValueError:
        raise _wrong(field, f"{str(value)[:40]} is not an amount.") from None


def _wrong(field: str, message: str) -> Invalid:
    return Invalid(message, code=f"posting_rule_{field}", fields=[field])


def _value(row: Row[Any]) -> PostingRule:
    return PostingRule(
        row.id, row.name, row.account, row.treatment, row.supplier_id, row.words,
        row.at_least, row.at_most, row.automatic, row.analytic,
    )  # fmt: skip


def _columns(rule: PostingRule) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in FIELDS}


def _find(connection: Connection, who: Who, rule_id: str, *, lock: bool = False) -> Row[Any]:
    query = select(t.posting_rule).where(_c.id == rule_id, within(who, t.posting_rule))
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound("There is no such rule.")
    return row


def _found(
    connection: Connection,
    who: Who,
    rule_id: str,
    version: int | None,
    *,
    deleted: bool = False,
) -> Row[Any]:
    """The rule, held, if it is the version that was seen."""
    row = _find(connection, who, rule_id, lock=True)
    if row.deleted_at is not None and not deleted:
        raise NotFound("There is no such rule.")
    if version is not None and row.version != version:
        raise Conflict(
            "The rule was changed in the meantime.",
            code="stale_rule",
            advice="Load it again and look at what changed.",
            version=row.version,
        )
    return row


def _done(
    connection: Connection, house: House, who: Who, rule_id: str, what: str
) -> dict[str, Any]:
    row = _find(connection, who, rule_id)
    record_action(
        connection,
        house.now(),
        who,
        f"posting_rule.{what}",
        row.id,
        company_id=row.company_id,
        name=row.name,
    )
    return _json(connection, row)


def _json(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    supplier = connection.scalar(
        select(t.supplier.c.name).where(t.supplier.c.id == row.supplier_id)
    )
    return {
        "id": row.id,
        "company_id": row.company_id,
        "name": row.name,
        "supplier_id": row.supplier_id,
        "supplier_name": supplier,
        "words": row.words,
        "at_least": str(row.at_least) if row.at_least is not None else None,
        "at_most": str(row.at_most) if row.at_most is not None else None,
        "account": row.account,
        "treatment": row.treatment,
        "analytic": row.analytic,
        "automatic": row.automatic,
        "position": row.position,
        "active": row.active,
        "version": row.version,
        "deleted": row.deleted_at is not None,
        "created_at": row.created_at.isoformat(),
    }
