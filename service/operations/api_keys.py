"""API keys: what programs come in with.

A key is shown once and kept as a hash; its prefix finds it. It may do and see no more than whoever
made it.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, insert, select, update

from domain.errors import Forbidden, Invalid, NotFound, Unauthenticated
from domain.ids import new_id
from domain.people import Scope, Who
from service.house import House
from service.operations import companies
from service.operations.sessions import hash_token
from storage import tables as t
from storage.outbox import record_action
from storage.visibility import companies_of, companies_of_all, limit

LAST_USED_EVERY = timedelta(minutes=1)
"""How precisely a key's last use is known: writing it at every request would cost a write each."""
_KEY = re.compile(r"bnt_([a-z0-9]{10})_([A-Za-z0-9_-]{43})")
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


def add_key(
    house: House,
    who: Who,
    *,
    name: str,
    scopes: list[str],
    company_ids: Sequence[str] | None = None,
) -> dict[str, Any]:
    """A new key; `key` in the answer is its only appearance. `company_ids` are all that it sees."""
    who.must(Scope.ADMIN)
    try:
        asked = frozenset(Scope(scope) for scope in scopes)
    except ValueError:
        raise Invalid(
            "There is no such scope.",
            code="invalid_scope",
            advice="Scopes are " + ", ".join(Scope) + ".",
            fields=["scopes"],
        ) from None
    if not asked or not name.strip():
        raise Invalid("A key has a name and scopes.", code="invalid", fields=["name", "scopes"])
    if Scope.ADMIN in asked and company_ids:
        raise companies.admins_see_all()
    if asked - who.scopes:
        raise Forbidden("A key cannot do more than the one who makes it.", code="forbidden")
    prefix = "".join(secrets.choice(_LETTERS) for _ in range(10))
    key = f"bnt_{prefix}_{secrets.token_urlsafe(32)}"
    key_id = new_id("key")
    with house.store.transaction() as connection:
        seen = companies.checked_limit(connection, who, company_ids)
        connection.execute(
            insert(t.api_key).values(
                id=key_id,
                organisation_id=who.organisation_id,
                name=name.strip()[:200],
                prefix=prefix,
                key_hash=hash_token(key),
                scopes=sorted(asked),
                created_by=who.id,
                created_at=house.now(),
            )
        )
        limit(connection, who.organisation_id, key_id, seen)
        record_action(connection, house.now(), who, "key.made", key_id, scopes=sorted(asked))
        row = connection.execute(select(t.api_key).where(t.api_key.c.id == key_id)).one()
    return {**_key_json(row, seen), "key": key}


def list_keys(house: House, who: Who) -> list[dict[str, Any]]:
    who.must(Scope.ADMIN)
    with house.store.reading() as connection:
        rows = connection.execute(
            select(t.api_key)
            .where(t.api_key.c.organisation_id == who.organisation_id)
            .order_by(t.api_key.c.id)
        ).all()
        limits = companies_of_all(connection, who.organisation_id)
    return [_key_json(row, limits.get(row.id)) for row in rows]


def revoke_key(house: House, who: Who, key_id: str) -> dict[str, Any]:
    """No request with this key is answered from now on. Revoking twice is harmless."""
    who.must(Scope.ADMIN)
    mine = (t.api_key.c.id == key_id) & (t.api_key.c.organisation_id == who.organisation_id)
    with house.store.transaction() as connection:
        revoked = connection.execute(
            update(t.api_key)
            .where(mine, t.api_key.c.revoked_at.is_(None))
            .values(revoked_at=house.now())
        )
        if revoked.rowcount:
            record_action(connection, house.now(), who, "key.revoked", key_id)
        row = connection.execute(select(t.api_key).where(mine)).one_or_none()
        if row is None:
            raise NotFound("There is no such key.")
        return _key_json(row, companies_of(connection, key_id))


def who_has_key(house: House, key: str) -> Who:
    """Whose key this is; asked of the database each time, so that revoking works at once."""
    match = _KEY.fullmatch(key)
    row, seen = None, None
    if match:
        with house.store.reading() as connection:
            row = connection.execute(
                select(t.api_key).where(t.api_key.c.prefix == match[1])
            ).one_or_none()
            seen = companies_of(connection, row.id) if row is not None else None
    if row is None or row.revoked_at or not hmac.compare_digest(row.key_hash, hash_token(key)):
        raise Unauthenticated(
            "This key is not valid.",
            code="invalid_key",
            advice="Send `Authorization: Bearer bnt_…` with a key that was not revoked.",
        )
    now = house.now()
    if row.last_used_at is None or row.last_used_at < now - LAST_USED_EVERY:
        with house.store.transaction() as connection:
            connection.execute(
                update(t.api_key).where(t.api_key.c.id == row.id).values(last_used_at=now)
            )
    scopes = frozenset(Scope(scope) for scope in row.scopes)
    return Who(row.organisation_id, row.id, row.name, scopes, companies=seen)


def _key_json(row: Row[Any], seen: Collection[str] | None) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "prefix": f"bnt_{row.prefix}",
        "scopes": row.scopes,
        "company_ids": sorted(seen or ()),
        "created_at": row.created_at.isoformat(),
        "last_used_at": row.last_used_at.isoformat() if row.last_used_at else None,
        "revoked_at": row.revoked_at.isoformat() if row.revoked_at else None,
    }
