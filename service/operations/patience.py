"""The patience we have with guesses: failed tries of an account and of an address, counted.

A try is counted before anything is looked at, in one statement, so that a burst cannot pass.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy import Connection, delete, insert, update
from sqlalchemy.exc import IntegrityError

from domain.errors import TooMany
from service.house import House
from storage import tables as t

WINDOW = timedelta(minutes=15)
TRIES_OF_ACCOUNT = 10
TRIES_OF_ADDRESS = 50


def count_try(house: House, address: str, email: str | None = None) -> None:
    """Count a try from `address`, of the account of `email` where one is named; TooMany, with when
    to come back, once it was too often.
    """
    if email is not None:
        _count(house, _of_account(email), TRIES_OF_ACCOUNT)
    _count(house, _of_address(address), TRIES_OF_ADDRESS)


def forget_tries(connection: Connection, address: str, email: str | None = None) -> None:
    """They were right: what failed before is forgotten of the account, and this try of the address."""
    c = t.throttle.c
    if email is not None:
        connection.execute(delete(t.throttle).where(c.subject == _of_account(email)))
    # An address may be a whole office: one who gets in does not clear the others' guesses.
    connection.execute(
        update(t.throttle)
        .where(c.subject == _of_address(address), c.attempts > 0)
        .values(attempts=c.attempts - 1)
    )


def _of_account(email: str) -> str:
    return "account:" + hashlib.sha256(email.encode()).hexdigest()


def _of_address(address: str) -> str:
    return f"address:{address}"[:100]


def _count(house: House, subject: str, most: int) -> None:
    c, now = t.throttle.c, house.now()
    with house.store.transaction() as connection:
        connection.execute(
            update(t.throttle)
            .where(c.subject == subject, c.window_starts_at < now - WINDOW)
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
