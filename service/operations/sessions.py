"""Signing in: passwords, one-time links, sessions, and the patience we have with guesses.

A session is a random token in a cookie; the table keeps only its hash. API keys are in `access`.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from domain.errors import Invalid, NotFound, TooMany, Unauthenticated
from domain.people import SCOPES_OF_ROLE, Role, Who
from service.house import House
from storage import tables as t
from storage.visibility import companies_of

LINK_LASTS = timedelta(hours=24)
WINDOW = timedelta(minutes=15)
TRIES_OF_ACCOUNT = 10
TRIES_OF_ADDRESS = 50
SHORTEST_PASSWORD = 10

# Argon2id with 19 MiB and two passes: OWASP's floor, so that several sign-ins at once fit in memory.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_DUMMY = _hasher.hash(secrets.token_urlsafe(16))
"""Verified when there is no such account, so that the time taken does not tell."""


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in person. `token` goes into the cookie and is shown nowhere else."""

    token: str
    csrf_token: str
    expires_at: datetime
    who: Who


def hash_token(token: str) -> str:
    """What we keep of a token of 256 random bits: too many to guess, so a plain hash will do."""
    return hashlib.sha256(token.encode()).hexdigest()


def hash_password(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= 1_000:
        raise Invalid(
            f"A password has at least {SHORTEST_PASSWORD} characters.",
            code="password_too_short",
            advice="Choose a longer one; a sentence is easy to remember.",
            fields=["password"],
        )
    return _hasher.hash(password)


def sign_in(house: House, email: str, password: str, address: str) -> Session:
    """A session for the right password; one answer for every way of being wrong."""
    email = email.strip().lower()[:254]
    now = house.now()
    _count_try(house, now, _of_account(email), TRIES_OF_ACCOUNT)
    _count_try(house, now, _of_address(address), TRIES_OF_ADDRESS)
    with house.store.reading() as connection:
        person = connection.execute(select(t.user).where(t.user.c.email == email)).one_or_none()
    kept = None
    if person is not None and person.disabled_at is None:
        kept = person.password_hash
    right = _verifies(kept or _DUMMY, password)
    if person is None or not kept or not right:
        raise Unauthenticated(
            "This address and password do not belong together.",
            code="wrong_credentials",
            advice="Try again, or ask an administrator for a sign-in link.",
        )
    with house.store.transaction() as connection:
        _forget_try(connection, _of_account(email))
        _forgive_try(connection, _of_address(address))
        return _open(house, connection, person.id)


def sign_in_link(house: House, email: str) -> str:
    """The address of a page that signs this person in, once, within a day."""
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
                expires_at=now + LINK_LASTS,
                created_at=now,
            )
        )
    return f"{house.settings.public_url.rstrip('/')}/sign-in/{token}"


def sign_in_by_link(house: House, token: str, address: str) -> Session:
    """Use a one-time link. Two uses at once: one session."""
    now = house.now()
    _count_try(house, now, _of_address(address), TRIES_OF_ADDRESS)
    with house.store.transaction() as connection:
        person_id = connection.scalar(
            update(t.sign_in_link)
            .where(
                t.sign_in_link.c.token_hash == hash_token(token),
                t.sign_in_link.c.used_at.is_(None),
                t.sign_in_link.c.expires_at > now,
            )
            .values(used_at=now)
            .returning(t.sign_in_link.c.person_id)
        )
        enabled = connection.scalar(
            select(t.user.c.id).where(t.user.c.id == person_id, t.user.c.disabled_at.is_(None))
        )
        if enabled is None:
            raise Unauthenticated(
                "This sign-in link was used already, or is too old.",
                code="link_spent",
                advice="Ask for a new one: `bannette user reset-link`.",
            )
        _forgive_try(connection, _of_address(address))
        return _open(house, connection, enabled)


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


def choose_language(house: House, who: Who, language: str) -> None:
    """A person's own choice; everybody may make it for themselves."""
    if language not in ("fr", "en"):
        raise Invalid("Languages are fr and en.", code="invalid_language", fields=["language"])
    with house.store.transaction() as connection:
        connection.execute(
            update(t.user)
            .where(t.user.c.id == who.id, t.user.c.organisation_id == who.organisation_id)
            .values(language=language)
        )


def sign_out(house: House, token: str) -> None:
    with house.store.transaction() as connection:
        connection.execute(delete(t.session).where(t.session.c.token_hash == hash_token(token)))


def close_all(connection: Connection, person_id: str) -> None:
    """End a person's sessions and links: their password or their rights have changed."""
    connection.execute(delete(t.session).where(t.session.c.person_id == person_id))
    connection.execute(delete(t.sign_in_link).where(t.sign_in_link.c.person_id == person_id))


def _open(house: House, connection: Connection, person_id: str) -> Session:
    now = house.now()
    person = connection.execute(select(t.user).where(t.user.c.id == person_id)).one()
    token, csrf_token = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    expires_at = now + timedelta(days=house.settings.session_days)
    connection.execute(delete(t.session).where(t.session.c.expires_at <= now))
    connection.execute(
        insert(t.session).values(
            token_hash=hash_token(token),
            person_id=person_id,
            csrf_token=csrf_token,
            expires_at=expires_at,
            created_at=now,
        )
    )
    return Session(token, csrf_token, expires_at, _who(connection, person))


def _who(connection: Connection, person: Any) -> Who:
    return Who(
        person.organisation_id,
        person.id,
        person.name,
        SCOPES_OF_ROLE[Role(person.role)],
        person.language,
        companies_of(connection, person.id),
    )


def _verifies(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password[:1_000])
    except (VerificationError, InvalidHashError):
        return False


def _of_account(email: str) -> str:
    return "account:" + hashlib.sha256(email.encode()).hexdigest()


def _of_address(address: str) -> str:
    return f"address:{address}"[:100]


def _count_try(house: House, now: datetime, subject: str, most: int) -> None:
    """Count before the password is looked at, in one statement, so that a burst cannot pass."""
    c = t.throttle.c
    fresh = now - WINDOW
    with house.store.transaction() as connection:
        connection.execute(
            update(t.throttle)
            .where(c.subject == subject, c.window_starts_at < fresh)
            .values(attempts=0, window_starts_at=now)
        )
        counted = connection.execute(
            update(t.throttle)
            .where(c.subject == subject)
            .values(attempts=c.attempts + 1)
            .returning(c.attempts, c.window_starts_at)
        ).one_or_none()
        if counted is None:
            try:
                with connection.begin_nested():
                    connection.execute(
                        insert(t.throttle).values(subject=subject, attempts=1, window_starts_at=now)
                    )
            except IntegrityError:
                # Somebody else's first try, at the same moment: theirs counts for both.
                pass
            return
    if counted.attempts > most:
        seconds = max(1, int((counted.window_starts_at + WINDOW - now).total_seconds()))
        raise TooMany(
            "Too many attempts to sign in.",
            code="too_many_attempts",
            advice=f"Wait {(seconds + 59) // 60} minutes, or use a sign-in link.",
            retry_after=seconds,
        )


def _forget_try(connection: Connection, subject: str) -> None:
    connection.execute(delete(t.throttle).where(t.throttle.c.subject == subject))


def _forgive_try(connection: Connection, subject: str) -> None:
    """A success takes back its own count: an office behind one address signs in every morning."""
    c = t.throttle.c
    connection.execute(
        update(t.throttle)
        .where(c.subject == subject, c.attempts > 0)
        .values(attempts=c.attempts - 1)
    )
