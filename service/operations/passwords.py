"""Passwords: hashed, and verified. Signing in with one is in `sessions`, changing it in `me`."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, update

from domain.errors import Invalid
from storage import tables as t

SHORTEST = 10

# Argon2id with 19 MiB and two passes: OWASP's floor, so that several sign-ins at once fit in memory.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_DUMMY = _hasher.hash(secrets.token_urlsafe(16))
"""Verified when there is no such account, so that the time taken does not tell."""


def hash_password(password: str) -> str:
    if not SHORTEST <= len(password) <= 1_000:
        raise Invalid(
            f"A password has at least {SHORTEST} characters.",
            code="password_too_short",
            advice="Choose a longer one; a sentence is easy to remember.",
            fields=["password"],
        )
    return _hasher.hash(password)


def verifies(kept: str | None, password: str) -> bool:
    """Whether `password` is the one that was hashed; it takes its time also when none is kept."""
    try:
        return _hasher.verify(kept or _DUMMY, password[:1_000]) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def keep(connection: Connection, person_id: str, hashed: str) -> None:
    connection.execute(update(t.user).where(t.user.c.id == person_id).values(password_hash=hashed))
