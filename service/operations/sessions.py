"""Signing in and out: sessions, opened with a password or a one-time link.

A session is a random token in a cookie; the table keeps only its hash. Passwords are hashed in
`passwords`, guesses counted in `patience`; what people see and end of their own sessions is in
`me`. API keys are in `api_keys`; who signs in elsewhere comes through `identities`.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from domain.errors import NotFound, Unauthenticated
from domain.ids import new_id
from domain.people import SCOPES_OF_ROLE, Role, Who
from service.house import House
from service.operations import passwords
from service.operations.patience import count_try, forget_tries
from storage import tables as t
from storage.outbox import record_action
from storage.visibility import companies_of

LINK_LASTS = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in person. `token` goes into the cookie and is shown nowhere else."""

    token: str
    csrf_token: str
    expires_at: datetime
    who: Who


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody asks from: a network address, and what their browser calls itself."""

    address: str
    browser: str = ""


def hash_token(token: str) -> str:
    """What we keep of a token of 256 random bits: too many to guess, so a plain hash will do."""
    return hashlib.sha256(token.encode()).hexdigest()


def sign_in(house: House, email: str, password: str, place: Place) -> Session:
    """A session for the right password; one answer for every way of being wrong."""
    email = email.strip().lower()[:254]
    count_try(house, place.address, email)
    with house.store.reading() as connection:
        person = connection.execute(select(t.user).where(t.user.c.email == email)).one_or_none()
    enabled = person is not None and person.disabled_at is None
    right = passwords.verifies(person.password_hash if person and enabled else None, password)
    if person is None or not right:
        if person is not None:
            note_failure(house, person, place, "password")
        raise Unauthenticated(
            "This address and password do not belong together.",
            code="wrong_credentials",
            advice="Try again, or ask an administrator for a sign-in link.",
        )
    with house.store.transaction() as connection:
        forget_tries(connection, place.address, email)
        return open_session(house, connection, person.id, place, "password")


def sign_in_link(house: House, email: str, *, for_password: bool = False) -> str:
    """The address of a page that signs this person in, once, within a day; `for_password` has them
    choose a new password first.
    """
    token = secrets.token_urlsafe(32)
    now = house.now()
    with house.store.transaction() as connection:
        person_id = connection.scalar(
            select(t.user.c.id).where(
                t.user.c.email == email.strip().lower(), t.user.c.disabled_at.is_(None)
            )
        )
        if person_id is None:
            raise NotFound(f"Nobody signs in as {email}.", advice="Add the user first.")
        connection.execute(
            insert(t.sign_in_link).values(
                token_hash=hash_token(token),
                person_id=person_id,
                for_password=for_password,
                expires_at=now + LINK_LASTS,
                created_at=now,
            )
        )
    page = "password" if for_password else "sign-in"
    return f"{house.settings.public_url.rstrip('/')}/{page}/{token}"


def sign_in_by_link(house: House, token: str, place: Place) -> Session:
    """Use a one-time link. Two uses at once: one session."""
    count_try(house, place.address)
    with house.store.transaction() as connection:
        person_id = _use_link(house, connection, token, for_password=False)
        forget_tries(connection, place.address)
        return open_session(house, connection, person_id, place, "link")


def choose_password(house: House, token: str, password: str, place: Place) -> Session:
    """Use a link for a new password: every session before it ends, and one begins."""
    count_try(house, place.address)
    hashed = passwords.hash_password(password)
    with house.store.transaction() as connection:
        person_id = _use_link(house, connection, token, for_password=True)
        forget_tries(connection, place.address)
        passwords.keep(connection, person_id, hashed)
        close_all(connection, person_id)
        session = open_session(house, connection, person_id, place, "link")
        record_action(connection, house.now(), session.who, "person.password_changed", person_id)
        return session


def _use_link(house: House, connection: Connection, token: str, *, for_password: bool) -> str:
    now, link = house.now(), t.sign_in_link.c
    person_id = connection.scalar(
        update(t.sign_in_link)
        .where(
            link.token_hash == hash_token(token),
            link.for_password.is_(for_password),
            link.used_at.is_(None),
            link.expires_at > now,
        )
        .values(used_at=now)
        .returning(link.person_id)
    )
    enabled: str | None = connection.scalar(
        select(t.user.c.id).where(t.user.c.id == person_id, t.user.c.disabled_at.is_(None))
    )
    if enabled is None:
        raise Unauthenticated(
            "This sign-in link was used already, or is too old.",
            code="link_spent",
            advice="Ask for a new one: `bannette user reset-link`.",
        )
    return enabled


def find(house: House, token: str) -> Session | None:
    """The session a cookie stands for, if it still does."""
    if not token or len(token) > 100:
        return None
    with house.store.reading() as connection:
        row = connection.execute(
            select(
                t.session.c.csrf_token,
                t.session.c.expires_at,
                t.user.c.id,
                t.user.c.organisation_id,
                t.user.c.name,
                t.user.c.role,
                t.user.c.language,
            )
            .join(t.user, t.user.c.id == t.session.c.person_id)
            .where(
                t.session.c.token_hash == hash_token(token),
                t.session.c.expires_at > house.now(),
                t.user.c.disabled_at.is_(None),
            )
        ).one_or_none()
        if row is None:
            return None
        who = _who(connection, row)
    return Session(token, row.csrf_token, row.expires_at, who)


def sign_out(house: House, session: Session) -> None:
    with house.store.transaction() as connection:
        connection.execute(
            delete(t.session).where(t.session.c.token_hash == hash_token(session.token))
        )
        record_action(connection, house.now(), session.who, "person.signed_out", session.who.id)


def close_all(connection: Connection, person_id: str, *, but: str = "") -> None:
    """End a person's sessions and links, `but` the session of a token: their password or their
    rights have changed.
    """
    connection.execute(
        delete(t.session).where(
            t.session.c.person_id == person_id, t.session.c.token_hash != hash_token(but)
        )
    )
    connection.execute(delete(t.sign_in_link).where(t.sign_in_link.c.person_id == person_id))


def open_session(
    house: House, connection: Connection, person_id: str, place: Place, by: str
) -> Session:
    """A new session of somebody who proved who they are; `by` says how, for the audit log."""
    now = house.now()
    person = connection.execute(select(t.user).where(t.user.c.id == person_id)).one()
    token, csrf_token = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    expires_at = now + timedelta(days=house.settings.session_days)
    connection.execute(delete(t.session).where(t.session.c.expires_at <= now))
    connection.execute(
        insert(t.session).values(
            token_hash=hash_token(token),
            id=new_id("ses"),
            person_id=person_id,
            csrf_token=csrf_token,
            address=place.address[:64],
            browser=place.browser[:300],
            expires_at=expires_at,
            created_at=now,
        )
    )
    who = _who(connection, person, place.address)
    record_action(connection, now, who, "person.signed_in", person_id, by=by)
    return Session(token, csrf_token, expires_at, who)


def _who(connection: Connection, person: Any, address: str = "") -> Who:
    return Who(
        person.organisation_id,
        person.id,
        person.name,
        SCOPES_OF_ROLE[Role(person.role)],
        person.language,
        companies_of(connection, person.id),
        address,
    )


def note_failure(house: House, person: Any, place: Place, by: str) -> None:
    """Somebody tried to be `person`, a row, and was not let in."""
    nobody = Who(person.organisation_id, "", "", frozenset(), address=place.address)
    with house.store.transaction() as connection:
        record_action(connection, house.now(), nobody, "person.sign_in_failed", person.id, by=by)
