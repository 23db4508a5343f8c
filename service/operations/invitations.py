"""Invitations: somebody is asked in by e-mail address, and comes in by a link that works once.

What they will be (role, companies) is said by whoever invites; name, language and password by
whoever accepts. The link leaves by e-mail, or is shown to the administrator to hand on; its hash is
kept, and itself only encrypted, with the e-mail that waits to be sent.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from domain.emails import (
    INVITATION_TEXTS,
    LINK,
    EmailKind,
    checked_address,
    checked_text,
    filled,
    subject_of,
)
from domain.errors import Conflict, NotFound
from domain.ids import new_id
from domain.journal import plain_text
from domain.people import Role, Scope, Who
from service.house import House
from service.operations import access, emails, passwords
from service.operations.emails import NewEmail
from service.operations.patience import count_try, forget_tries
from service.operations.sessions import Place, Session, hash_token, open_session
from service.secrets import INVITATION_LINKS, seal
from storage import tables as t
from storage.outbox import record_action
from storage.visibility import companies_of, companies_of_all

LASTS = timedelta(days=7)
_i = t.invitation.c
_open = (_i.accepted_at.is_(None), _i.revoked_at.is_(None))


def invite(
    house: House,
    who: Who,
    *,
    email: str,
    role: str = Role.REVIEWER,
    company_ids: Sequence[str] | None = None,
    language: str = "fr",
    by_email: bool = True,
) -> dict[str, Any]:
    """Ask somebody in: by e-mail where a mail server is set. Otherwise, or when that is not wanted,
    `url` in the answer is the only appearance of the link.

    An open invitation of the same address is revoked by the new one.
    """
    who.must(Scope.ADMIN)
    now, token, invitation_id = house.now(), secrets.token_urlsafe(32), new_id("inv")
    with house.store.transaction() as connection:
        email = access.free_email(connection, email)
        for open_one in connection.scalars(
            select(_i.id).where(
                _i.organisation_id == who.organisation_id, _i.email == email, *_open
            )
        ).all():
            emails.drop(connection, open_one)
        connection.execute(
            update(t.invitation)
            .where(_i.organisation_id == who.organisation_id, _i.email == email, *_open)
            .values(revoked_at=now)
        )
        connection.execute(
            insert(t.invitation).values(
                id=invitation_id,
                organisation_id=who.organisation_id,
                email=email,
                role=access.checked_role(role),
                language=access.checked_language(language),
                token_hash=hash_token(token),
                invited_by=who.id,
                expires_at=now + LASTS,
                created_at=now,
            )
        )
        access.set_limit(connection, who, invitation_id, role, company_ids)
        record_action(connection, now, who, "person.invited", invitation_id, role=role)
        return _told(house, connection, who, invitation_id, token, by_email=by_email)


def list_invitations(house: House, who: Who) -> list[dict[str, Any]]:
    """Those that nobody accepted, the newest first; also expired and revoked ones."""
    who.must(Scope.ADMIN)
    with house.store.reading() as connection:
        rows = connection.execute(
            select(t.invitation)
            .where(_i.organisation_id == who.organisation_id, _i.accepted_at.is_(None))
            .order_by(_i.id.desc())
            .limit(200)
        ).all()
        limits = companies_of_all(connection, who.organisation_id)
    return [_json(row, limits.get(row.id), house.now()) for row in rows]


def renew(house: House, who: Who, invitation_id: str, *, by_email: bool = True) -> dict[str, Any]:
    """A new link, good for a week again, told as the first was; the one before is dead."""
    who.must(Scope.ADMIN)
    token, now = secrets.token_urlsafe(32), house.now()
    with house.store.transaction() as connection:
        row = _find(connection, who, invitation_id)
        _must_wait(row)
        connection.execute(
            update(t.invitation)
            .where(_i.id == row.id)
            .values(token_hash=hash_token(token), expires_at=now + LASTS, revoked_at=None)
        )
        record_action(connection, now, who, "invitation.renewed", row.id)
        emails.drop(connection, row.id)
        return _told(house, connection, who, row.id, token, by_email=by_email)


def revoke(house: House, who: Who, invitation_id: str) -> dict[str, Any]:
    """Its link works no more. Revoking twice is harmless."""
    who.must(Scope.ADMIN)
    now = house.now()
    with house.store.transaction() as connection:
        row = _find(connection, who, invitation_id)
        _must_wait(row)
        if row.revoked_at is None:
            connection.execute(update(t.invitation).where(_i.id == row.id).values(revoked_at=now))
            record_action(connection, now, who, "invitation.revoked", row.id)
            emails.drop(connection, row.id)
        return _json(_find(connection, who, row.id), companies_of(connection, row.id), now)


def look(house: House, token: str) -> dict[str, str]:
    """Who is invited to what, for the page that a link opens; looking does not use it up."""
    with house.store.reading() as connection:
        row = _by_token(connection, house.now(), token)
        name = connection.scalar(
            select(t.organisation.c.name).where(t.organisation.c.id == row.organisation_id)
        )
    return {"email": row.email, "organisation": str(name), "language": row.language}


def accept(
    house: House, token: str, *, name: str, language: str, password: str, place: Place
) -> Session:
    """Come in by a link: the person is made, and signed in."""
    count_try(house, place.address)
    hashed = passwords.hash_password(password)
    with house.store.transaction() as connection:
        row = _by_token(connection, house.now(), token)
        forget_tries(connection, place.address)
        person_id = join(house, connection, row, name=name, language=language, hashed=hashed)
        return open_session(house, connection, person_id, place, "invitation")


def join(
    house: House,
    connection: Connection,
    row: Row[Any],
    *,
    name: str,
    language: str,
    hashed: str | None,
    address: str = "",
) -> str:
    """The person that an invitation, a row, is for, made with its role and companies; their id."""
    now = house.now()
    used = connection.execute(
        update(t.invitation).where(_i.id == row.id, *_open).values(accepted_at=now)
    )
    if not used.rowcount:
        raise _spent()
    person_id = access.insert_person(
        connection,
        now,
        row.organisation_id,
        email=row.email,
        name=" ".join(name.split()) or row.email,
        role=row.role,
        language=language,
        hashed=hashed,
    )
    inviter = access.operator(row.organisation_id)
    seen = companies_of(connection, row.id)
    access.set_limit(connection, inviter, person_id, row.role, sorted(seen or ()))
    newcomer = Who(row.organisation_id, person_id, name, frozenset(), address=address)
    record_action(connection, now, newcomer, "person.joined", person_id, invitation_id=row.id)
    return person_id


def open_for(connection: Connection, now: datetime, email: str) -> Row[Any] | None:
    """The newest invitation of an address that still stands, in whichever organisation."""
    return connection.execute(
        select(t.invitation)
        .where(_i.email == email, _i.expires_at > now, *_open)
        .order_by(_i.id.desc())
        .limit(1)
    ).one_or_none()


def _by_token(connection: Connection, now: datetime, token: str) -> Row[Any]:
    row = connection.execute(
        select(t.invitation).where(_i.token_hash == hash_token(token), _i.expires_at > now, *_open)
    ).one_or_none()
    if row is None:
        raise _spent()
    return row


def _spent() -> Conflict:
    return Conflict(
        "This invitation was used already, was revoked, or is too old.",
        code="invitation_spent",
        advice="Ask an administrator of your organisation for a new one.",
    )


def _must_wait(row: Row[Any]) -> None:
    if row.accepted_at is not None:
        raise Conflict(
            "This invitation was accepted.",
            code="invitation_accepted",
            advice="The person is in the list of people.",
        )


def _find(connection: Connection, who: Who, invitation_id: str) -> Row[Any]:
    row = connection.execute(
        select(t.invitation).where(
            _i.id == invitation_id, _i.organisation_id == who.organisation_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such invitation.")
    return row


def link_of(house: House, token: str) -> str:
    return f"{house.settings.public_url.rstrip('/')}/invitation/{token}"


def stands(house: House, token: str) -> bool:
    """Whether a link still lets somebody in."""
    with house.store.reading() as connection:
        try:
            _by_token(connection, house.now(), token)
        except Conflict:
            return False
    return True


def _told(
    house: House,
    connection: Connection,
    who: Who,
    invitation_id: str,
    token: str,
    *,
    by_email: bool,
) -> dict[str, Any]:
    """An invitation whose link was just made: sent by e-mail, or shown this once."""
    row = _find(connection, who, invitation_id)
    email_id = None
    if by_email and house.settings.sends_emails:
        email_id = _send(house, connection, who, row, token)
    return {
        **_json(row, companies_of(connection, row.id), house.now()),
        "url": None if email_id else link_of(house, token),
        "email_id": email_id,
    }


def _send(house: House, connection: Connection, who: Who, row: Row[Any], token: str) -> str:
    """The e-mail of an invitation: its text has a place for the link, which is kept encrypted."""
    texts = INVITATION_TEXTS.get(row.language, INVITATION_TEXTS["en"])
    name = connection.scalar(
        select(t.organisation.c.name).where(t.organisation.c.id == who.organisation_id)
    )
    said = {
        "organisation": plain_text(str(name), 100).replace(LINK, ""),
        "inviter": plain_text(who.name, 100).replace(LINK, "") or "Bannette",
        "link": LINK,
    }
    return emails.queue(
        connection,
        house,
        who,
        NewEmail(
            EmailKind.INVITATION,
            (checked_address(row.email, "email"),),
            subject_of(filled(texts.subject, said)),
            checked_text(filled(texts.text, said)),
            sender_name="Bannette",
            invitation_id=row.id,
            link=seal(house.settings, INVITATION_LINKS, token.encode()),
        ),
    )


def _json(row: Row[Any], seen: Collection[str] | None, now: datetime) -> dict[str, Any]:
    state = "expired" if row.expires_at <= now else "open"
    if row.revoked_at is not None:
        state = "revoked"
    return {
        "id": row.id,
        "email": row.email,
        "role": row.role,
        "company_ids": sorted(seen or ()),
        "language": row.language,
        "state": "accepted" if row.accepted_at else state,
        "expires_at": row.expires_at.isoformat(),
        "created_at": row.created_at.isoformat(),
    }
