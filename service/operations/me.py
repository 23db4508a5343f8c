"""One's own account: name, language, password, and where one is signed in.

Everybody may do this for themselves; what an administrator does to others is in `access`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select, update

from domain.errors import Invalid, NotFound
from domain.people import Who
from service.house import House
from service.operations import passwords
from service.operations.sessions import close_all, hash_token
from storage import tables as t
from storage.outbox import record_action

PAGES = ("imports", "dashboard")
"""Where a person may choose to begin."""


def change(house: House, who: Who, changes: dict[str, Any]) -> None:
    """A person's own choices: name, language, and the page they begin at."""
    values: dict[str, Any] = {}
    if changes.get("language"):
        if changes["language"] not in ("fr", "en"):
            raise Invalid("Languages are fr and en.", code="invalid_language", fields=["language"])
        values["language"] = changes["language"]
    if changes.get("name"):
        values["name"] = " ".join(str(changes["name"]).split())[:200]
    if changes.get("first_page"):
        if changes["first_page"] not in PAGES:
            raise Invalid("There is no such page.", code="invalid_page", fields=["first_page"])
        values["first_page"] = changes["first_page"]
    if not values:
        return
    with house.store.transaction() as connection:
        connection.execute(
            update(t.user)
            .where(t.user.c.id == who.id, t.user.c.organisation_id == who.organisation_id)
            .values(**values)
        )


def own(house: House, who: Who) -> dict[str, Any]:
    """What a person has chosen for themselves; of a key, only its name."""
    with house.store.reading() as connection:
        row = connection.execute(select(t.user).where(t.user.c.id == who.id)).one_or_none()
    return {
        "email": row.email if row else None,
        "name": who.name,
        "language": who.language,
        "first_page": row.first_page if row else PAGES[0],
        "has_password": bool(row and row.password_hash),
        "role": row.role if row else None,
    }


def change_password(house: House, who: Who, current: str, new: str, token: str) -> None:
    """A new password. `current` is the one before, where there is one; every session but that of
    `token` ends.
    """
    with house.store.reading() as connection:
        kept = connection.scalar(select(t.user.c.password_hash).where(t.user.c.id == who.id))
    if kept and not passwords.verifies(kept, current):
        raise Invalid(
            "The present password is not this one.",
            code="wrong_password",
            advice="Type it again, or ask an administrator for a link.",
            fields=["current"],
        )
    hashed = passwords.hash_password(new)
    with house.store.transaction() as connection:
        passwords.keep(connection, who.id, hashed)
        close_all(connection, who.id, but=token)
        record_action(connection, house.now(), who, "person.password_changed", who.id)


def sessions_of(house: House, who: Who, token: str = "") -> list[dict[str, Any]]:
    """A person's sessions, the newest first; `here` is that of `token`."""
    with house.store.reading() as connection:
        rows = connection.execute(
            select(t.session)
            .where(t.session.c.person_id == who.id, t.session.c.expires_at > house.now())
            .order_by(t.session.c.created_at.desc())
        ).all()
    return [
        {
            "id": row.id,
            "address": row.address,
            "browser": row.browser,
            "created_at": row.created_at.isoformat(),
            "expires_at": row.expires_at.isoformat(),
            "here": row.token_hash == hash_token(token),
        }
        for row in rows
    ]


def end_session(house: House, who: Who, session_id: str) -> None:
    """End one of a person's own sessions."""
    with house.store.transaction() as connection:
        ended = connection.execute(
            delete(t.session).where(t.session.c.id == session_id, t.session.c.person_id == who.id)
        )
        if not ended.rowcount:
            raise NotFound("There is no such session.")
        record_action(connection, house.now(), who, "person.signed_out", who.id)


def sign_out_everywhere(house: House, who: Who) -> None:
    """End all of a person's sessions, and their links."""
    with house.store.transaction() as connection:
        close_all(connection, who.id)
        record_action(connection, house.now(), who, "person.signed_out_everywhere", who.id)
