"""One thing done to many documents: each by itself, so that one refusal stops none of the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from domain.errors import Invalid, Refused
from domain.people import Scope, Who
from service.house import House
from service.operations import accounting, corrections, documents, removal

MOST = 200
"""Documents at once: what a person can have looked at, and a request can finish."""


def act(
    house: House, who: Who, action: str, document_ids: Sequence[str], category: str | None = None
) -> dict[str, Any]:
    """Do `action` to each of the documents.

    `done` are the ids it was done to; `refused` says of the others what stood against it, as
    {document_id, code, message, advice}. Posting posts what is proposed, and only where everything
    is proved.
    """
    one = _one(house, who, action, category)
    if len(document_ids) > MOST:
        raise Invalid(
            f"At most {MOST} documents at once.",
            code="too_many_documents",
            advice="Choose fewer, and go on with the rest afterwards.",
            most=MOST,
        )
    done, refused = [], []
    for document_id in dict.fromkeys(document_ids):
        try:
            one(document_id)
        except Refused as refusal:
            refused.append(
                {
                    "document_id": document_id,
                    "code": refusal.code,
                    "message": refusal.message,
                    "advice": refusal.advice,
                }
            )
        else:
            done.append(document_id)
    return {"action": action, "done": done, "refused": refused}


def _one(
    house: House, who: Who, action: str, category: str | None
) -> Callable[[str], dict[str, Any]]:
    if action == "delete":
        who.must(Scope.DOCUMENTS_WRITE)
        return lambda document_id: removal.delete_document(house, who, document_id)
    if action == "restore":
        who.must(Scope.DOCUMENTS_WRITE)
        return lambda document_id: removal.restore_document(house, who, document_id)
    if action == "recategorise" and category:
        who.must(Scope.DOCUMENTS_WRITE)
        change = {"category": category}
        return lambda document_id: corrections.correct_document(
            house, who, document_id, change, None
        )
    if action == "post":
        who.must(Scope.BOOKS_WRITE)
        return lambda document_id: _post(house, who, document_id)
    raise Invalid(
        f"“{action}” cannot be done to documents.",
        code="unknown_action",
        advice="Use post, delete, restore, or recategorise with a category.",
        action=action,
    )


def _post(house: House, who: Who, document_id: str) -> dict[str, Any]:
    """Post as proposed what nobody needs to look at."""
    found = documents.get(house, who, document_id)
    proposal = accounting.proposed_entry(house, who, document_id)
    if not found["proved"] or any(p["severity"] != "info" for p in proposal["problems"]):
        raise Invalid(
            "Not everything of this document is proved.",
            code="not_proved",
            advice="Open it, look at it, and post it there.",
        )
    return accounting.post(house, who, document_id, version=found["version"])
