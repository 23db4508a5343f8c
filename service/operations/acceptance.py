"""Whether a document may be posted, and as what: every refusal of posting is said here.

Called inside the transaction that posts, on what was just read. Blocking problems need a reason;
a few leave no entry at all unless a person writes the lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from domain.documents import POSTABLE, DocumentStatus
from domain.errors import Conflict, Invalid, Refused
from domain.journal import Entry, Line, plain_text
from domain.money import ZERO
from domain.posting import NOT_TO_OVERRIDE
from domain.problems import Problem
from domain.settlements import is_final
from service.operations import proposed
from service.operations.proposals import Prepared
from service.operations.written_lines import completed
from storage import tables as t

_SETTLED_BY_LINES = frozenset({"account_missing", "treatment_unknown", "foreign_currency"})
"""Problems that a person answers by writing the lines themselves."""
REASON_LENGTH = 300


def must_wait(document: Row[Any], version: int | None) -> None:
    if version is not None and version != document.version:
        raise Conflict(
            "The document was changed in the meantime.",
            code="stale",
            advice="Load it again, look at what changed, and post it then.",
            version=document.version,
        )
    if document.category not in POSTABLE or document.status != DocumentStatus.TO_POST:
        raise Conflict(
            "This document does not wait to be posted.",
            code="not_to_post",
            advice="Put it into the category of purchase invoices, credit notes or receipts first.",
            category=document.category,
            status=document.status,
        )


def entry_to_write(
    prepared: Prepared, given: tuple[Line, ...] | None, entry_date: date | None
) -> Entry:
    """The entry to write; Refused with the problems when there is none."""
    proposal = prepared.proposal
    never = [p for p in prepared.blocking if is_final(p)]
    if never:
        raise _blocked(never, may_override=False)
    final = [p for p in prepared.blocking if p.code in NOT_TO_OVERRIDE]
    if given is not None:
        final = [p for p in final if p.code == "issue_date_missing"]
    if final:
        raise _blocked(prepared.blocking, may_override=False)
    try:
        if given is None:
            return proposal.entry_of(proposal.entry().lines, entry_date)
        country = prepared.books.country
        owed = dict.fromkeys((country.payable, country.asset_payable), prepared.auxiliary)
        return proposal.entry_of(completed(given, proposal.label, owed), entry_date)
    except ValueError as error:
        raise Invalid(
            f"These lines are no entry: {error}.",
            code="unbalanced",
            advice="Give every line an account and one side; debits must equal credits.",
        ) from None


def reason_to_override(
    prepared: Prepared, given: tuple[Line, ...] | None, override_reason: str | None
) -> str | None:
    """The reason to post in spite of blocking problems; None when nothing stands against it."""
    problems = list(prepared.blocking)
    if given is not None:
        problems = [p for p in problems if p.code not in _SETTLED_BY_LINES]
        problems += _against_total(prepared, given)
    if not problems:
        return None
    if override_reason is None or not override_reason.strip():
        raise _blocked(problems, may_override=True)
    return given_reason(override_reason)


def _against_total(prepared: Prepared, given: Sequence[Line]) -> list[Problem]:
    """A person's lines owe the supplier what the paper says."""
    country, gross = prepared.books.country, prepared.purchase.owed
    owed = [
        line.signed for line in given if line.account in (country.payable, country.asset_payable)
    ]
    foreign = prepared.purchase.currency not in (None, prepared.books.currency)
    if gross is None or not owed or foreign:
        return []
    if abs(sum(owed, ZERO)) == gross:
        return []
    return [
        Problem(
            "total_not_the_documents",
            "The supplier is credited another amount than the document's total.",
            "blocking",
            "gross_total",
            {"gross": str(gross), "owed": str(abs(sum(owed, ZERO)))},
        )
    ]


def must_be_open(prepared: Prepared, entry: Entry) -> None:
    if prepared.books.open_day(entry.entry_date) != entry.entry_date:
        raise locked(prepared.books.locked_until)


def must_know_suppliers(connection: Connection, prepared: Prepared, entry: Entry) -> None:
    named = {line.auxiliary for line in entry.lines if line.auxiliary} - {prepared.auxiliary}
    c = t.supplier.c
    strange = named - set(
        connection.scalars(
            select(c.auxiliary).where(
                c.company_id == prepared.document.company_id, c.auxiliary.in_(named)
            )
        )
    )
    if strange:
        raise Invalid(
            f"No such supplier: {', '.join(sorted(strange))}.",
            code="auxiliary_unknown",
            advice="GET /api/v1/suppliers lists them; add the supplier first.",
        )


def locked(until: date | None) -> Refused:
    return Conflict(
        "The period is locked.",
        code="period_locked",
        advice="Choose a later day for the entry.",
        locked_until=until.isoformat() if until else None,
    )


def _blocked(problems: Sequence[Problem], *, may_override: bool) -> Refused:
    return Conflict(
        "Something stands against posting this document.",
        code="blocked",
        advice="Settle the problems, or post with a reason (override_reason)."
        if may_override
        else "Settle the problems: correct the fields, choose the accounts or write the lines.",
        problems=[proposed.problem_json(p) for p in problems],
    )


def given_reason(text: str) -> str:
    reason = plain_text(text, REASON_LENGTH)
    if not reason:
        raise Invalid("A reason is needed.", code="reason_missing", fields=["reason"])
    return reason


def journal_code(text: str) -> str:
    """The journal a person wants, or "" for the company's own."""
    code = text.strip().upper()
    if code and not re.fullmatch(r"[A-Z0-9]{2,5}", code):
        raise Invalid(
            "A journal is 2 to 5 capital letters and digits.",
            code="journal_invalid",
            fields=["journal"],
        )
    return code
