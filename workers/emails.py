"""E-mails: send what is due, one attempt at a time.

The steps stand in `storage.emails`, the rules in `domain.emails`, the conversation with the server
in `service.mailing`; this is the order in which they happen. Between the claim and the record of the
answer nothing is locked; what a sender that dies there leaves open is said in `storage.emails`.
"""

from __future__ import annotations

import random
import time
from datetime import timedelta

import structlog
from sqlalchemy import Row

from domain.emails import LINK, EmailKind, EmailStatus, Reply
from domain.errors import Unavailable
from service import mailing
from service.house import House
from service.mailing import Attachment, Outgoing
from service.operations import invitations, sales_emails, sales_papers
from service.secrets import INVITATION_LINKS, Undecipherable, unseal
from storage import emails
from storage.emails import Claimed
from workers.broker import actor

log = structlog.get_logger()

TURN_SECONDS = 10.0
"""How long one message may go on with the next e-mails while they succeed."""
ANSWERS_MOST = 40
"""More answers than one conversation has: the lease outlasts the slowest server."""


def due(house: House) -> list[str]:
    """Promise messages for the e-mails that are due; called again and again by the relay."""
    if not house.settings.sends_emails:
        return []
    now = house.now()
    with house.store.reading() as connection:
        if not emails.anything_due(connection, now):
            return []
    with house.store.transaction() as connection:
        for row in emails.free_interrupted(connection, now):
            sales_emails.became(connection, house, row, EmailStatus.GIVEN_UP)
        return emails.queue_due(connection, now, places=house.settings.smtp_concurrency)


@actor(emails.ACTOR)
def work(house: House, email_id: str) -> None:
    """Send it, then what else is due: a server that is quick gets the next at once."""
    until = time.monotonic() + TURN_SECONDS
    following: str | None = email_id
    while following:
        following = send(house, following, go_on=time.monotonic() < until)


def send(house: House, email_id: str, *, go_on: bool = False) -> str | None:
    """Make one attempt; harmless when it is not to be made now or somebody else makes it.

    To `go_on` after a success, the next due e-mail is taken and its id returned.
    """
    lease = timedelta(seconds=house.settings.smtp_timeout_seconds * ANSWERS_MOST)
    with house.store.transaction() as connection:
        claimed = emails.claim(connection, house.now(), email_id, lease=lease)
    if claimed is None:
        return None
    reply = _attempt(house, claimed)
    following = None
    with house.store.transaction() as connection:
        decision = emails.finish(connection, house.now(), claimed, reply, jitter=random.random())
        sales_emails.became(connection, house, claimed.row, decision.status)
        if go_on and reply.accepted:
            following = emails.take_next(connection, house.now())
    # Neither addresses nor words of the server: a log is read by others than the table.
    log.info("emails.attempt", email_id=email_id, status=decision.status.value, error=reply.error)
    return following


def _attempt(house: House, claimed: Claimed) -> Reply:
    row = claimed.row
    attachments: list[Attachment] = []
    text, link = row.text, ""
    if row.kind == EmailKind.INVOICE:
        try:
            paper = sales_papers.attachment_of(house, row.organisation_id, row.invoice_id)
        except Unavailable:
            return Reply(0, error="paper_missing")
        if paper is None:
            return Reply(0, error="paper_changed")
        attachments.append(Attachment(paper.name, paper.content))
    if row.kind == EmailKind.INVITATION:
        found = _link(house, row)
        if isinstance(found, Reply):
            return found
        link, text = found, text.replace(LINK, found)
    mail = Outgoing(
        row.message_id, row.sender_name, row.reply_to, row.to, row.cc, row.subject, text,
        attachments, by_itself=row.kind != EmailKind.INVOICE,
    )  # fmt: skip
    return mailing.send(house.settings, mail, house.now(), hidden=link.rpartition("/")[2])


def _link(house: House, row: Row[tuple[object, ...]]) -> str | Reply:
    """The link of an invitation that still stands."""
    if row.link is None:
        return Reply(0, error="void")
    try:
        token = unseal(house.settings, INVITATION_LINKS, row.link).decode()
    except Undecipherable:
        return Reply(0, error="secret_unreadable")
    if not invitations.stands(house, token):
        return Reply(0, error="void")
    return invitations.link_of(house, token)
