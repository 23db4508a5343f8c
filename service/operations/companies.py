"""Companies: the sets of books inside an organisation.

Their chart of accounts is opened by `operations.accounts` in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update
from stdnum import iban as iban_rules
from stdnum.ch import uid as uid_rules
from stdnum.eu import vat as vat_rules
from stdnum.exceptions import ValidationError
from stdnum.fr import siren as siren_rules

from domain.errors import Invalid, NotFound
from domain.ids import new_id
from domain.people import Scope, Who
from service.house import House
from service.operations import accounts
from storage import tables as t
from storage.outbox import record_action
from storage.visibility import within

CURRENCIES = {"FR": "EUR", "BE": "EUR", "CH": "CHF"}
"""The countries whose books we know, and the currency books are kept in there."""


def create(house: House, who: Who, values: dict[str, Any]) -> dict[str, Any]:
    """A company with its accounts. Named values: name, country, currency, siren, vat_id, uid,
    ibans, own_names (how its name is written on paper, so that it is not taken for a supplier).
    """
    who.must(Scope.ADMIN)
    with house.store.transaction() as connection:
        return insert_company(connection, house.now(), who, values)


def insert_company(
    connection: Connection, now: datetime, who: Who, values: dict[str, Any]
) -> dict[str, Any]:
    clean = _checked({"country": "FR", **values})
    if "name" not in clean:
        raise Invalid("A company has a name.", code="name_missing", fields=["name"])
    company_id = new_id("cmp")
    row = {
        "ibans": [],
        "settings": {},
        "currency": CURRENCIES[clean["country"]],
        **clean,
    }
    connection.execute(
        insert(t.company).values(
            id=company_id, organisation_id=who.organisation_id, created_at=now, **row
        )
    )
    made = find(connection, who, company_id)
    accounts.open_books(connection, made)
    record_action(connection, now, who, "company.added", company_id, company_id=company_id)
    return to_json(made)


def change(house: House, who: Who, company_id: str, values: dict[str, Any]) -> dict[str, Any]:
    who.must(Scope.ADMIN)
    with house.store.transaction() as connection:
        row = find(connection, who, company_id, lock=True)
        clean = _checked(values)
        if clean.get("country", row.country) != row.country:
            raise Invalid(
                "The country of a company cannot change: its accounts depend on it.",
                code="country_fixed",
                advice="Create another company.",
                fields=["country"],
            )
        if "settings" in clean:
            clean["settings"] = {**row.settings, **clean["settings"]}
        if clean:
            connection.execute(update(t.company).where(t.company.c.id == row.id).values(**clean))
            record_action(
                connection,
                house.now(),
                who,
                "company.changed",
                row.id,
                company_id=row.id,
                what=sorted(clean),
            )
        return to_json(find(connection, who, company_id))


def get(house: House, who: Who, company_id: str) -> dict[str, Any]:
    who.must(Scope.IMPORTS_READ)
    with house.store.reading() as connection:
        return to_json(find(connection, who, company_id))


def list_companies(house: House, who: Who) -> list[dict[str, Any]]:
    who.must(Scope.IMPORTS_READ)
    with house.store.reading() as connection:
        rows = connection.execute(
            select(t.company)
            .where(within(who, t.company))
            .order_by(t.company.c.name, t.company.c.id)
        ).all()
    return [to_json(row) for row in rows]


def find(connection: Connection, who: Who, company_id: str, *, lock: bool = False) -> Row[Any]:
    """The company's row; NotFound when it is not theirs to see."""
    query = select(t.company).where(t.company.c.id == company_id, within(who, t.company))
    # Its id does not change, so rows that refer to it need not wait: FOR NO KEY UPDATE.
    row = connection.execute(query.with_for_update(key_share=True) if lock else query).one_or_none()
    if row is None:
        raise NotFound("There is no such company.", advice="GET /api/v1/companies lists yours.")
    return row


def find_or_only(connection: Connection, who: Who, company_id: str | None) -> Row[Any]:
    """The company named, or the only one they see when none was named."""
    if company_id:
        return find(connection, who, company_id)
    rows = connection.execute(select(t.company).where(within(who, t.company)).limit(2)).all()
    if len(rows) == 1:
        return rows[0]
    raise Invalid(
        "Which company is this for?",
        code="company_missing",
        advice="Send company_id; GET /api/v1/companies lists yours.",
        fields=["company_id"],
    )


def checked_limit(
    connection: Connection, who: Who, company_ids: Sequence[str] | None
) -> frozenset[str] | None:
    """The companies somebody is to be limited to; None when none are named, for all."""
    return frozenset(find(connection, who, one).id for one in company_ids or ()) or None


def admins_see_all() -> Invalid:
    return Invalid(
        "An administrator sees all companies.",
        code="admin_sees_all",
        advice="Choose another role, or no companies.",
        fields=["company_ids"],
    )


def to_json(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "country": row.country,
        "currency": row.currency,
        "siren": row.siren,
        "vat_id": row.vat_id,
        "uid": row.uid,
        "ibans": row.ibans,
        "own_names": row.settings.get("own_names", []),
        "created_at": row.created_at.isoformat(),
    }


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    """The values that are there, in their compact form; Invalid names the first that cannot be."""
    clean: dict[str, Any] = {}
    if values.get("name") is not None:
        name = " ".join(str(values["name"]).split())
        if not 1 <= len(name) <= 200:
            raise _wrong("name", "A name has 1 to 200 characters.")
        clean["name"] = name
    if values.get("country") is not None:
        if values["country"] not in CURRENCIES:
            raise _wrong("country", "Countries are " + ", ".join(CURRENCIES) + ".")
        clean["country"] = values["country"]
    if values.get("currency") is not None:
        currency = str(values["currency"])
        if not (len(currency) == 3 and currency.isascii() and currency.isupper()):
            raise _wrong("currency", "A currency is three capital letters, such as EUR.")
        clean["currency"] = currency
    for field, rules in (("siren", siren_rules), ("uid", uid_rules), ("vat_id", vat_rules)):
        if field in values:
            clean[field] = _number(field, values[field], rules)
    if values.get("ibans") is not None:
        clean["ibans"] = [_number("ibans", iban, iban_rules) for iban in values["ibans"][:50]]
    if values.get("own_names") is not None:
        names = [" ".join(str(name).split())[:200] for name in values["own_names"][:50]]
        clean["settings"] = {"own_names": [name for name in names if name]}
    return clean


def _number(field: str, value: str | None, rules: Any) -> str | None:
    if not value:
        return None
    try:
        return str(rules.validate(value))
    except ValidationError:
        if field == "vat_id":  # Swiss numbers are not of the Union; kept as they are written
            compact = "".join(c for c in str(value).upper() if c.isalnum())
            if compact.startswith("CHE") and 12 <= len(compact) <= 16:
                return compact
        raise _wrong(field, f"This {field} has a wrong check digit or length.") from None


def _wrong(field: str, message: str) -> Invalid:
    return Invalid(message, code=f"invalid_{field}", fields=[field])
