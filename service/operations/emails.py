"""E-mails that leave: asked for, looked at, cancelled, tried again.

An e-mail is a row written with whatever it belongs to; workers send it (`workers.emails`). Those of
a company are seen by whoever sees its books; invitations and tests by administrators. The link of
an invitation is encrypted apart from the text, and no answer of ours has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, or_, select, update

from domain.emails import (
    ADDRESSES_MOST,
    FAILED,
    SEND_ERRORS,
    TEST_TEXTS,
    UNDER_WAY,
    EmailKind,
    EmailStatus,
    Reply,
    checked_address,
    checked_text,
    filled,
    subject_of,
)
from domain.errors import Conflict, Invalid, NotFound
from domain.ids import new_id
from domain.people import Scope, Who
from service import mailing
from service.house import House
from service.lists import Page, limit_of, page_of
from service.operations.discussion import names_of
from storage import tables as t
from storage.outbox import record_action
from storage.visibility import within

_m, _a = t.email.c, t.email_attempt.c
SHOWN = ("queued", "sending", "sent", "refused", "given_up", "cancelled")
"""The states people see: whether a message to a worker was promised is our own affair."""


@dataclass(frozen=True, slots=True)
class NewEmail:
    kind: EmailKind
    to: Sequence[str]
    subject: str
    text: str
    cc: Sequence[str] = ()
    sender_name: str = ""
    reply_to: str = ""
    company_id: str | None = None
    invoice_id: str | None = None
    invitation_id: str | None = None
    link: bytes | None = None
    """Encrypted."""


def must_be_set_up(house: House) -> None:
    if not house.settings.sends_emails:
        raise Conflict(
            "No mail server is set: nothing can be sent by e-mail.",
            code="smtp_missing",
            advice="Set BANNETTE_SMTP_HOST and BANNETTE_SMTP_SENDER, and start again.",
        )


def queue(connection: Connection, house: House, who: Who, new: NewEmail) -> str:
    """Write an e-mail that is to be sent once this transaction is committed; its id."""
    must_be_set_up(house)
    if not 0 < len(new.to) + len(new.cc) <= ADDRESSES_MOST or not new.to:
        raise Invalid(
            f"An e-mail goes to 1 to {ADDRESSES_MOST} addresses.",
            code="email_addresses",
            fields=["to"],
            most=ADDRESSES_MOST,
        )
    if not new.subject or not new.text:
        raise Invalid(
            "An e-mail has a subject and a text.",
            code="email_empty",
            fields=["text" if new.subject else "subject"],
        )
    email_id, now = new_id("eml"), house.now()
    host = house.settings.smtp_sender.rpartition("@")[2]
    connection.execute(
        insert(t.email).values(
            id=email_id,
            organisation_id=who.organisation_id,
            company_id=new.company_id,
            kind=new.kind.value,
            invoice_id=new.invoice_id,
            invitation_id=new.invitation_id,
            message_id=f"<{email_id}@{host}>",
            sender_name=new.sender_name,
            reply_to=new.reply_to,
            to=list(new.to),
            cc=list(new.cc),
            subject=new.subject,
            text=new.text,
            link=new.link,
            status=EmailStatus.WAITING,
            next_action_at=now,
            made_by=who.id,
            created_at=now,
        )
    )
    record_action(
        connection, now, who, "email.asked", new.invoice_id or new.invitation_id or email_id,
        company_id=new.company_id, email_id=email_id,
    )  # fmt: skip
    return email_id


def send_test(house: House, who: Who, to: str) -> dict[str, Any]:
    """A message that says that e-mail leaves; it goes the way of every other."""
    who.must(Scope.ADMIN)
    texts = TEST_TEXTS.get(who.language, TEST_TEXTS["en"])
    new = NewEmail(
        EmailKind.TEST,
        (checked_address(to),),
        subject_of(texts.subject),
        checked_text(filled(texts.text, {"inviter": who.name or "Bannette"})),
        sender_name="Bannette",
    )
    with house.store.transaction() as connection:
        return email_json(connection, find(connection, who, queue(connection, house, who, new)))


def settings_seen(house: House, who: Who) -> dict[str, Any]:
    """Which mail server is set, for administrators; never its password."""
    who.must(Scope.ADMIN)
    settings = house.settings
    return {
        "set_up": settings.sends_emails,
        "host": settings.smtp_host,
        "port": settings.smtp_port,
        "encryption": settings.smtp_tls,
        "user": settings.smtp_user,
        "sender": settings.smtp_sender,
    }


def try_server(house: House, who: Who) -> dict[str, Any]:
    """Whether the mail server greets us and lets us in, asked at once; no message is sent."""
    who.must(Scope.ADMIN)
    must_be_set_up(house)
    return {"answered": (reply := mailing.look(house.settings)).accepted, **reply_json(reply)}


# --- looking -------------------------------------------------------------------------------------


def list_emails(
    house: House,
    who: Who,
    company_id: str | None = None,
    *,
    status: str = "",
    invoice_id: str | None = None,
    kind: str = "",
    cursor: str | None = None,
    limit: int = 100,
) -> Page:
    """The newest first; `status` is one of `SHOWN`, or `failed` for both ways to fail."""
    _must_look(who)
    limit = limit_of(limit)
    query = select(t.email).where(_seen(who))
    if status:
        query = query.where(_m.status.in_(_statuses(status)))
    for column, value in ((_m.company_id, company_id), (_m.invoice_id, invoice_id),
                          (_m.kind, kind or None)):  # fmt: skip
        if value is not None:
            query = query.where(column == value)
    if cursor is not None:
        query = query.where(_m.id < cursor)
    with house.store.reading() as connection:
        rows = connection.execute(query.order_by(_m.id.desc()).limit(limit + 1)).all()
        items = _all_json(connection, rows)
    return page_of(items, limit)


def not_sent(house: House, who: Who, invoice_ids: Sequence[str]) -> set[str]:
    """Those of the invoices whose last e-mail failed."""
    last = select(func.max(_m.id)).where(_m.invoice_id.in_(invoice_ids)).group_by(_m.invoice_id)
    query = select(_m.invoice_id).where(_seen(who), _m.id.in_(last), _m.status.in_(FAILED))
    with house.store.reading() as connection:
        return set(connection.scalars(query).all())


def counts(house: House, who: Who, company_id: str | None = None) -> dict[str, int]:
    """How many there are in each state, of what is sent for companies."""
    _must_look(who)
    query = select(_m.status, func.count()).where(_seen(who), _m.kind == EmailKind.INVOICE)
    if company_id is not None:
        query = query.where(_m.company_id == company_id)
    found = dict.fromkeys(SHOWN, 0)
    with house.store.reading() as connection:
        for status, number in connection.execute(query.group_by(_m.status)):
            found[_shown(status)] += number
    return found


def get_email(house: House, who: Who, email_id: str) -> dict[str, Any]:
    """An e-mail with its text and every attempt to send it, the first one first."""
    _must_look(who)
    with house.store.reading() as connection:
        row = find(connection, who, email_id)
        attempts = connection.execute(
            select(t.email_attempt).where(_a.email_id == row.id).order_by(_a.number, _a.id)
        ).all()
        names = names_of(connection, who, {row.made_by})
        return {
            **email_json(connection, row),
            "text": row.text,
            "made_by_name": names.get(row.made_by),
            "attempts": [
                {
                    "number": one.number,
                    "took_ms": one.took_ms,
                    **reply_json(Reply(one.took_ms, one.code, one.words or "", one.error)),
                    "created_at": one.created_at.isoformat(),
                }
                for one in attempts
            ],
        }


# --- changing ------------------------------------------------------------------------------------


def cancel(house: House, who: Who, email_id: str) -> dict[str, Any]:
    """Give up an e-mail that has not left yet. Cancelling twice is harmless."""
    return _turn(house, who, email_id, cancelling=True)


def retry(house: House, who: Who, email_id: str) -> dict[str, Any]:
    """Send again what failed or was cancelled, or at once what waits for its next attempt.

    It is the same e-mail: who got it after all recognises its Message-ID.
    """
    return _turn(house, who, email_id, cancelling=False)


def retry_failed(house: House, who: Who, company_id: str | None = None) -> int:
    """Send again the invoices whose e-mails were given up, after an outage; how many.

    What a server refused stays refused: that is about each of them.
    """
    who.must(Scope.BOOKS_WRITE)
    must_be_set_up(house)
    given_up = list_emails(
        house, who, company_id, status="given_up", kind=EmailKind.INVOICE, limit=200
    )
    done = 0
    for one in given_up["items"]:
        try:
            retry(house, who, one["id"])
        except Conflict:  # another e-mail with this invoice is on its way
            continue
        done += 1
    return done


def _turn(house: House, who: Who, email_id: str, *, cancelling: bool) -> dict[str, Any]:
    with house.store.transaction() as connection:
        row = find(connection, who, email_id, lock=True)
        if not cancelling:
            must_be_set_up(house)
        who.must(Scope.BOOKS_WRITE if row.kind == EmailKind.INVOICE else Scope.ADMIN)
        waits = row.status in (EmailStatus.WAITING, EmailStatus.QUEUED)
        ended = row.status in (*FAILED, EmailStatus.CANCELLED)
        if row.status == EmailStatus.SENT or (cancelling and not (waits or ended)):
            raise Conflict(
                "This e-mail has left, or is leaving just now.",
                code="email_left",
                advice="Send another one.",
                email_id=row.id,
            )
        values: dict[str, Any] = {}
        if cancelling and row.status != EmailStatus.CANCELLED:
            values = {"status": EmailStatus.CANCELLED, "lease": None, "next_action_at": None}
        elif not cancelling and ended:
            _must_be_alone(connection, row)
            values = {"status": EmailStatus.WAITING, "attempts": 0, "next_action_at": house.now()}
        elif not cancelling and row.status == EmailStatus.WAITING:
            values = {"next_action_at": house.now()}
        if values:
            connection.execute(update(t.email).where(_m.id == row.id).values(**values))
            record_action(
                connection, house.now(), who,
                "email.cancelled" if cancelling else "email.asked_again",
                row.invoice_id or row.invitation_id or row.id,
                company_id=row.company_id, email_id=row.id,
            )  # fmt: skip
        return email_json(connection, find(connection, who, row.id))


def _must_be_alone(connection: Connection, row: Row[Any]) -> None:
    if row.invoice_id is not None and under_way(connection, row.invoice_id):
        raise already_under_way(row.invoice_id)


def under_way(connection: Connection, invoice_id: str) -> bool:
    """Whether an e-mail with this invoice waits or is being sent."""
    return bool(
        connection.scalar(
            select(func.count()).where(_m.invoice_id == invoice_id, _m.status.in_(UNDER_WAY))
        )
    )


def already_under_way(invoice_id: str) -> Conflict:
    return Conflict(
        "This invoice is on its way by e-mail already.",
        code="email_under_way",
        advice="Wait until it was sent, or cancel that e-mail.",
        invoice_id=invoice_id,
    )


def drop(connection: Connection, invitation_id: str) -> None:
    """What invited by a link that is dead is not sent any more."""
    connection.execute(
        update(t.email)
        .where(
            _m.invitation_id == invitation_id,
            _m.status.in_((EmailStatus.WAITING, EmailStatus.QUEUED, *FAILED)),
        )
        .values(status=EmailStatus.CANCELLED, lease=None, next_action_at=None, link=None)
    )


# --- as values -----------------------------------------------------------------------------------


def find(connection: Connection, who: Who, email_id: str, *, lock: bool = False) -> Row[Any]:
    query = select(t.email).where(_m.id == email_id, _seen(who))
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound("There is no such e-mail.")
    return row


def email_json(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    return _all_json(connection, [row])[0]


def reply_json(reply: Reply) -> dict[str, Any]:
    return {
        "code": reply.code,
        "error": reply.error,
        "message": SEND_ERRORS.get(reply.error) if reply.error else None,
        "words": reply.words,
    }


def _all_json(connection: Connection, rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """E-mails as lists show them, each with the last answer of the server."""
    newest = (
        select(_a.email_id, func.max(_a.number).label("number"))
        .where(_a.email_id.in_([row.id for row in rows]))
        .group_by(_a.email_id)
        .subquery()
    )
    last = {
        one.email_id: one
        for one in connection.execute(
            select(t.email_attempt).join(
                newest, and_(newest.c.email_id == _a.email_id, newest.c.number == _a.number)
            )
        )
    }
    wanted = [row.invoice_id for row in rows if row.invoice_id]
    numbers = {
        one.id: one.number
        for one in connection.execute(
            select(t.sales_invoice.c.id, t.sales_invoice.c.number).where(
                t.sales_invoice.c.id.in_(wanted)
            )
        )
    }
    return [_json(row, last.get(row.id), numbers.get(row.invoice_id)) for row in rows]


def _json(row: Row[Any], last: Row[Any] | None, number: str | None) -> dict[str, Any]:
    waits = row.status == EmailStatus.WAITING
    return {
        "id": row.id,
        "company_id": row.company_id,
        "kind": row.kind,
        "invoice_id": row.invoice_id,
        "number": number,
        "invitation_id": row.invitation_id,
        "status": _shown(row.status),
        "to": row.to,
        "cc": row.cc,
        "sender_name": row.sender_name,
        "reply_to": row.reply_to,
        "subject": row.subject,
        "message_id": row.message_id,
        "attempts_made": row.attempts,
        "next_attempt_at": row.next_action_at.isoformat() if waits else None,
        "last_answer": reply_json(Reply(last.took_ms, last.code, last.words or "", last.error))
        if last
        else None,
        "sent_at": row.sent_at.isoformat() if row.sent_at else None,
        "created_at": row.created_at.isoformat(),
    }


def _shown(status: str) -> str:
    return "queued" if status == EmailStatus.WAITING else str(status)


def _statuses(shown: str) -> tuple[EmailStatus, ...]:
    if shown == "failed":
        return FAILED
    if shown not in SHOWN:
        raise Invalid(
            "There is no such status.",
            code="unknown_status",
            advice=f"Use one of {', '.join(SHOWN)}.",
            fields=["status"],
        )
    if shown == "queued":
        return (EmailStatus.WAITING, EmailStatus.QUEUED)
    return (EmailStatus(shown),)


def _must_look(who: Who) -> None:
    if Scope.ADMIN not in who.scopes:
        who.must(Scope.BOOKS_READ)


def _seen(who: Who) -> ColumnElement[bool]:
    """Those of companies for who reads their books; the organisation's own for administrators."""
    of_companies = _m.kind == EmailKind.INVOICE
    may: list[ColumnElement[bool]] = []
    if Scope.BOOKS_READ in who.scopes:
        may.append(of_companies)
    if Scope.ADMIN in who.scopes:
        may.append(~of_companies)
    return and_(within(who, t.email), or_(*may)) if may else and_(_m.id.is_(None))
