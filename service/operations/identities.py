"""Who an identity provider vouches for, here: a person there is, or one who was invited.

Matched by verified e-mail address. Nobody gets rights by themselves, unless the administrator has
set a role for newcomers. Talking to the provider is in `service.oidc`.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from domain.errors import Unauthenticated
from domain.people import Role
from service.house import House
from service.oidc import Identity
from service.operations import access, invitations
from service.operations.patience import count_try, forget_tries
from service.operations.sessions import Place, Session, note_failure, open_session
from storage import tables as t


def sign_in(house: House, identity: Identity, place: Place) -> Session:
    """A session for somebody the provider vouches for; an invitation is accepted on the way."""
    count_try(house, place.address)
    with house.store.reading() as connection:
        person = connection.execute(
            select(t.user).where(t.user.c.email == identity.email)
        ).one_or_none()
    if person is not None and person.disabled_at is not None:
        note_failure(house, person, place, "oidc")
        raise _unknown()
    with house.store.transaction() as connection:
        forget_tries(connection, place.address)
        person_id = person.id if person else _newcomer(house, connection, identity, place)
        return open_session(house, connection, person_id, place, "oidc")


def _newcomer(house: House, connection: Connection, identity: Identity, place: Place) -> str:
    invitation = invitations.open_for(connection, house.now(), identity.email)
    if invitation is not None:
        return invitations.join(
            house,
            connection,
            invitation,
            name=identity.name,
            language=invitation.language,
            hashed=None,
            address=place.address,
        )
    role = house.settings.oidc_default_role
    organisations = connection.scalars(select(t.organisation.c.id).limit(2)).all()
    if not role or role == Role.ADMIN or len(organisations) != 1:
        raise _unknown()
    return access.insert_person(
        connection,
        house.now(),
        organisations[0],
        email=identity.email,
        name=identity.name,
        role=role,
        language="fr",
        hashed=None,
    )


def _unknown() -> Unauthenticated:
    return Unauthenticated(
        "Nobody with your e-mail address may come in here.",
        code="oidc_unknown",
        advice="Ask an administrator to invite you.",
    )
