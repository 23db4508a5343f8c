"""What became of a received e-invoice: its statuses are kept, decided by people, and told.

We are no platform: whoever connects one hears `einvoice.status_changed` and says the status to it,
and says here what the platform and the seller answer.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, insert, select

from domain.documents import DocumentStatus
from domain.einvoices import (
    APPROVED,
    DEAD,
    REASONS,
    STATUSES,
    Status,
    next_for_buyer,
    standing,
)
from domain.errors import Conflict, Invalid, NotFound
from domain.ids import new_id
from domain.journal import plain_text
from domain.people import Scope, Who
from domain.problems import Problem
from service.house import House
from service.operations import documents
from service.operations.discussion import names_of
from storage import journal
from storage import tables as t
from storage.outbox import record_document_event

NOTE_LENGTH = 500
_e = t.einvoice_status.c


def life_of(house: House, who: Who, document_id: str) -> dict[str, Any]:
    """Where an e-invoice stands, how it came there, and what may be decided now."""
    who.must(Scope.DOCUMENTS_READ)
    with house.store.reading() as connection:
        return _view(connection, who, _einvoice(connection, who, document_id))


def decide(
    house: House, who: Who, document_id: str, code: int, *, reason: str = "", note: str = ""
) -> dict[str, Any]:
    """Give an e-invoice a status: the buyer's as they may follow, the others as they come."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = _einvoice(connection, who, document_id, lock=True)
        reason = plain_text(reason, 40).upper()
        status = _known(code, reason)
        now = standing(_codes(connection, row.id))
        if status.by == "buyer" and status not in next_for_buyer(now):
            raise Conflict(
                "This status does not follow the one the e-invoice has.",
                code="einvoice_status_order",
                advice="GET …/einvoice-status names those that may follow.",
                status=now,
                next=[s.code for s in next_for_buyer(now)],
            )
        _write(house, connection, who, row, code, reason, plain_text(note, NOTE_LENGTH))
        return _view(connection, who, row)


def _known(code: int, reason: str) -> Status:
    """The status of a code, which has the reason that it needs."""
    status = STATUSES.get(code)
    if status is None:
        raise Invalid(
            "There is no such status of an e-invoice.",
            code="einvoice_status_unknown",
            fields=["status"],
            codes=sorted(STATUSES),
        )
    reasons = REASONS.get(code, ())
    if (status.needs_reason and not reason) or (reasons and reason not in reasons):
        raise Invalid(
            "This status needs one of its reasons.",
            code="einvoice_reason",
            fields=["reason"],
            reasons=list(reasons),
        )
    return status


def approve(house: House, connection: Connection, who: Who, row: Row[Any]) -> None:
    """Posting an e-invoice approves it, unless somebody has said more already."""
    if not row.is_einvoice:
        return
    now = standing(_codes(connection, row.id))
    if any(status.code == APPROVED for status in next_for_buyer(now)):
        _write(house, connection, who, row, APPROVED, "", "")


def dead_problem(connection: Connection, row: Row[Any]) -> list[Problem]:
    """What keeps an e-invoice from the books that was refused, rejected or cancelled."""
    now = standing(_codes(connection, row.id)) if row.is_einvoice else 0
    if now not in DEAD:
        return []
    return [
        Problem(
            "einvoice_dead",
            f"This e-invoice was refused, rejected or cancelled ({now}): it is not posted.",
            "blocking",
            None,
            {"status": str(now)},
        )
    ]


def _write(
    house: House,
    connection: Connection,
    who: Who,
    row: Row[Any],
    code: int,
    reason: str,
    note: str,
) -> None:
    connection.execute(
        insert(t.einvoice_status).values(
            id=new_id("eis"),
            organisation_id=row.organisation_id,
            company_id=row.company_id,
            document_id=row.id,
            code=code,
            reason=reason,
            note=note,
            made_by=who.id or None,
            created_at=house.now(),
        )
    )
    record_document_event(
        connection, house.now(), who, row, "einvoice.status_changed",
        status=code, reason=reason or None, invoice_number=row.invoice_number,
    )  # fmt: skip


def _view(connection: Connection, who: Who, row: Row[Any]) -> dict[str, Any]:
    steps = connection.execute(
        select(t.einvoice_status).where(_e.document_id == row.id).order_by(_e.created_at, _e.id)
    ).all()
    names = names_of(connection, who, {step.made_by for step in steps if step.made_by})
    now = standing([step.code for step in steps])
    live = journal.live_entry(connection, row.id) if now in DEAD else None
    may = Scope.BOOKS_WRITE in who.scopes and row.status != DocumentStatus.DELETED
    return {
        "document_id": row.id,
        "status": now,
        "history": [
            {
                "status": step.code,
                "reason": step.reason or None,
                "note": step.note or None,
                "made_by": step.made_by,
                "made_by_name": names.get(step.made_by or ""),
                "made_at": step.created_at.isoformat(),
            }
            for step in steps
        ],
        "next": [
            {"status": status.code, "reasons": list(REASONS.get(status.code, ()))}
            for status in (next_for_buyer(now) if may else ())
        ],
        "entry_to_reverse": live.posted.id if live else None,
    }


def _codes(connection: Connection, document_id: str) -> list[int]:
    return list(
        connection.scalars(
            select(_e.code).where(_e.document_id == document_id).order_by(_e.created_at, _e.id)
        )
    )


def _einvoice(
    connection: Connection, who: Who, document_id: str, *, lock: bool = False
) -> Row[Any]:
    row = documents.find(connection, who, document_id, lock=lock)
    if not row.is_einvoice:
        raise NotFound(
            "This document is no e-invoice: it came without its XML.", code="not_an_einvoice"
        )
    return row
