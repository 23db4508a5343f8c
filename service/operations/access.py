"""Who may come in: organisations and their people.

Signing in is in `sessions`, which this module offers to the command line as `sign_in_link`; the
keys of programs are in `keys`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from domain.errors import Conflict, Invalid, NotFound
from domain.ids import new_id
from domain.people import Role, Scope, Who
from service.house import House
from service.operations import companies, passwords, sessions
from service.operations.sessions import sign_in_link
from storage import tables as t
from storage.outbox import record_action
from storage.visibility import companies_of, companies_of_all, limit

_EMAIL = re.compile(r"[^@\s<>\"',;]{1,64}@[^@\s<>\"',;]{1,189}")


@dataclass(frozen=True, slots=True)
class Bootstrapped:
    organisation_id: str
    person_id: str
    company_id: str


def bootstrap(
    house: House,
    *,
    organisation_name: str,
    email: str,
    name: str = "",
    language: str = "fr",
    password: str | None = None,
    company_name: str = "",
    country: str = "FR",
) -> Bootstrapped:
    """A new organisation with its first administrator and first company. Command line only."""
    now = house.now()
    organisation_id = new_id("org")
    who = operator(organisation_id)
    with house.store.transaction() as connection:
        connection.execute(
            insert(t.organisation).values(
                id=organisation_id, name=organisation_name, settings={}, created_at=now
            )
        )
        person_id = insert_person(
            connection,
            now,
            organisation_id,
            email=email,
            name=name or email,
            role=Role.ADMIN,
            language=language,
            hashed=passwords.hash_password(password) if password else None,
        )
        company = companies.insert_company(
            connection, now, who, {"name": company_name or organisation_name, "country": country}
        )
    return Bootstrapped(organisation_id, person_id, company["id"])


def operator(organisation_id: str) -> Who:
    """Who the command line acts as: it already has the database in its hands."""
    return Who(organisation_id, "operator", "operator", frozenset(Scope))


def organisation_of(house: House, email_or_name: str | None = None) -> str:
    """The organisation the command line means: by name or by a person's address, or the only one."""
    with house.store.reading() as connection:
        query = select(t.organisation.c.id).distinct()
        if email_or_name:
            query = query.outerjoin(t.user, t.user.c.organisation_id == t.organisation.c.id).where(
                or_(
                    t.organisation.c.name == email_or_name,
                    t.organisation.c.id == email_or_name,
                    t.user.c.email == email_or_name.lower(),
                )
            )
        found = connection.scalars(query.limit(2)).all()
    if len(found) == 1:
        return str(found[0])
    raise NotFound(
        "There is no such organisation." if not found else "There are several organisations.",
        advice="Name one with --organisation.",
    )


# --- people --------------------------------------------------------------------------------------


def add_user(
    house: House,
    who: Who,
    *,
    email: str,
    name: str = "",
    role: str = Role.REVIEWER,
    language: str = "fr",
    password: str | None = None,
    company_ids: Sequence[str] | None = None,
) -> dict[str, Any]:
    """A person who may sign in. Without a password they use one-time links.

    `company_ids` are the only companies they see; all when none are named.
    """
    who.must(Scope.ADMIN)
    with house.store.transaction() as connection:
        person_id = insert_person(
            connection,
            house.now(),
            who.organisation_id,
            email=email,
            name=name or email,
            role=role,
            language=language,
            hashed=passwords.hash_password(password) if password else None,
        )
        record_action(connection, house.now(), who, "person.added", person_id, role=role)
        set_limit(connection, who, person_id, role, company_ids)
        return _shown(connection, who, person_id)


def list_users(house: House, who: Who) -> list[dict[str, Any]]:
    who.must(Scope.ADMIN)
    with house.store.reading() as connection:
        rows = connection.execute(
            select(t.user)
            .where(t.user.c.organisation_id == who.organisation_id)
            .order_by(t.user.c.email)
        ).all()
        limits = companies_of_all(connection, who.organisation_id)
    return [_person_json(row, limits.get(row.id)) for row in rows]


def update_user(house: House, who: Who, person_id: str, changes: dict[str, Any]) -> dict[str, Any]:
    """Change a person's name, role, companies (`company_ids`, none for all), language or password,
    or disable them: `changes` says which.
    """
    who.must(Scope.ADMIN)
    values: dict[str, Any] = {}
    if changes.get("name"):
        values["name"] = str(changes["name"])[:200]
    if changes.get("role"):
        values["role"] = checked_role(changes["role"])
    if changes.get("language"):
        values["language"] = checked_language(changes["language"])
    if changes.get("password"):
        values["password_hash"] = passwords.hash_password(str(changes["password"]))
    if "disabled" in changes and changes["disabled"] is not None:
        values["disabled_at"] = house.now() if changes["disabled"] else None
    company_ids = changes.get("company_ids")
    if not values and company_ids is None:
        raise Invalid("There is nothing to change.", code="nothing_to_change")
    with house.store.transaction() as connection:
        person = connection.execute(
            select(t.user).where(_mine(who, person_id)).with_for_update()
        ).one_or_none()
        if person is None:
            raise NotFound("There is no such user.")
        if person.role == Role.ADMIN and (
            values.get("role", Role.ADMIN) != Role.ADMIN or values.get("disabled_at")
        ):
            _must_leave_an_admin(connection, who, person_id)
        if values:
            connection.execute(update(t.user).where(_mine(who, person_id)).values(**values))
        if company_ids is None:
            company_ids = sorted(companies_of(connection, person_id) or ())
        set_limit(connection, who, person_id, values.get("role", person.role), company_ids)
        if values.keys() & {"role", "password_hash", "disabled_at"}:
            sessions.close_all(connection, person_id)
        _note_change(house, connection, who, person_id, {**values, **_given(changes)})
        return _shown(connection, who, person_id)


def link_for_user(house: House, who: Who, person_id: str, *, for_password: bool = False) -> str:
    """A one-time link an administrator may hand to a person: to sign in, or `for_password` to
    choose a new password.
    """
    who.must(Scope.ADMIN)
    with house.store.transaction() as connection:
        email = _person(connection, who, person_id).email
        noted = "password" if for_password else "sign_in"
        record_action(connection, house.now(), who, "person.link_made", person_id, to=noted)
    return sign_in_link(house, email, for_password=for_password)


def _note_change(
    house: House, connection: Connection, who: Who, person_id: str, changed: dict[str, Any]
) -> None:
    now = house.now()
    if "disabled_at" in changed:
        type_ = "person.disabled" if changed.pop("disabled_at") else "person.enabled"
        record_action(connection, now, who, type_, person_id)
    if changed:
        role = {"role": changed["role"]} if "role" in changed else {}
        what = sorted(name.removesuffix("_hash") for name in changed)
        record_action(connection, now, who, "person.changed", person_id, what=what, **role)


def _given(changes: dict[str, Any]) -> dict[str, Any]:
    return {"company_ids": True} if changes.get("company_ids") is not None else {}


def _mine(who: Who, person_id: str) -> Any:
    return (t.user.c.id == person_id) & (t.user.c.organisation_id == who.organisation_id)


def _person(connection: Connection, who: Who, person_id: str) -> Row[Any]:
    person = connection.execute(select(t.user).where(_mine(who, person_id))).one_or_none()
    if person is None:
        raise NotFound("There is no such user.")
    return person


def set_limit(
    connection: Connection,
    who: Who,
    subject_id: str,
    role: str,
    company_ids: Sequence[str] | None,
) -> None:
    """Limit a person or an invitation of `role` to companies, or to none in particular."""
    seen = companies.checked_limit(connection, who, company_ids)
    if seen and role == Role.ADMIN:
        raise companies.admins_see_all()
    limit(connection, who.organisation_id, subject_id, seen)


def _shown(connection: Connection, who: Who, person_id: str) -> dict[str, Any]:
    return _person_json(_person(connection, who, person_id), companies_of(connection, person_id))


def _must_leave_an_admin(connection: Connection, who: Who, person_id: str) -> None:
    # Two administrators who disable each other at the same moment wait here for one another.
    connection.execute(
        select(t.organisation.c.id)
        .where(t.organisation.c.id == who.organisation_id)
        .with_for_update(key_share=True)
    )
    others = connection.scalar(
        select(func.count())
        .select_from(t.user)
        .where(
            t.user.c.organisation_id == who.organisation_id,
            t.user.c.role == Role.ADMIN,
            t.user.c.disabled_at.is_(None),
            t.user.c.id != person_id,
        )
    )
    if not others:
        raise Conflict(
            "This is the last administrator.",
            code="last_admin",
            advice="Make somebody else an administrator first.",
        )


def free_email(connection: Connection, email: str) -> str:
    """An address as we keep it; Invalid when it is none, Conflict when it is somebody's."""
    email = email.strip().lower()
    if not _EMAIL.fullmatch(email):
        raise Invalid("This is not an e-mail address.", code="invalid_email", fields=["email"])
    if connection.scalar(select(t.user.c.id).where(t.user.c.email == email)):
        raise Conflict(
            "This address cannot be added.",
            code="email_taken",
            advice="A person belongs to one organisation; use another address.",
        )
    return email


def insert_person(
    connection: Connection,
    now: datetime,
    organisation_id: str,
    *,
    email: str,
    name: str,
    role: str,
    language: str,
    hashed: str | None,
) -> str:
    """A person's row; `hashed` is what is kept of their password, if they have one."""
    person_id = new_id("usr")
    connection.execute(
        insert(t.user).values(
            id=person_id,
            organisation_id=organisation_id,
            email=free_email(connection, email),
            name=name[:200],
            role=checked_role(role),
            language=checked_language(language),
            password_hash=hashed,
            created_at=now,
        )
    )
    return person_id


def checked_role(role: str) -> str:
    try:
        return Role(role).value
    except ValueError:
        raise Invalid(
            "There is no such role.",
            code="invalid_role",
            advice="Roles are " + ", ".join(Role) + ".",
            fields=["role"],
        ) from None


def checked_language(language: str) -> str:
    if language not in ("fr", "en"):
        raise Invalid("Languages are fr and en.", code="invalid_language", fields=["language"])
    return language


def _person_json(row: Row[Any], seen: Collection[str] | None) -> dict[str, Any]:
    return {
        "id": row.id,
        "email": row.email,
        "name": row.name,
        "role": row.role,
        "company_ids": sorted(seen or ()),
        "language": row.language,
        "has_password": row.password_hash is not None,
        "disabled": row.disabled_at is not None,
        "created_at": row.created_at.isoformat(),
    }
