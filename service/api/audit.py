"""/api/v1/audit, and the history of one document or import: who did what, when, from where."""

from __future__ import annotations

from datetime import date
from typing import Any

from litestar import Controller, get
from litestar.response import Stream

from domain.filenames import attachment_header
from domain.people import Who
from service.house import House
from service.lists import Page
from service.operations import audit
from service.operations.audit import Wanted


class Audit(Controller):
    path = "/api/v1/audit"
    tags = ("Audit",)

    @get(
        sync_to_thread=True,
        summary="The audit log, newest first",
        description=(
            "`person` is the id of a person or key, or `machine`; `kind` an event such as "
            "`person.signed_in` or the beginning of several, such as `person`; `since` and "
            "`until` are days of UTC, both included."
        ),
    )
    def list_lines(
        self,
        house: House,
        who: Who,
        person: str | None = None,
        kind: str | None = None,
        subject: str | None = None,
        company_id: str | None = None,
        since: date | None = None,
        until: date | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        wanted = Wanted(person, kind, subject, company_id, since, until)
        return audit.list_lines(house, who, wanted, cursor=cursor, limit=limit)

    @get("/csv", sync_to_thread=True, summary="The audit log as CSV")
    def as_csv(
        self,
        house: House,
        who: Who,
        person: str | None = None,
        kind: str | None = None,
        subject: str | None = None,
        company_id: str | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> Stream:
        wanted = Wanted(person, kind, subject, company_id, since, until)
        return Stream(
            audit.as_csv(house, who, wanted),
            media_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": attachment_header(f"audit-{house.now().date()}.csv"),
                "Cache-Control": "private, no-store",
            },
        )


class Histories(Controller):
    path = "/api/v1"
    tags = ("Audit",)

    @get(
        "/documents/{document_id:str}/history",
        sync_to_thread=True,
        summary="All that was done to a document, first deed first",
    )
    def of_document(self, house: House, who: Who, document_id: str) -> dict[str, Any]:
        return {"items": audit.of_document(house, who, document_id), "next_cursor": None}

    @get(
        "/imports/{import_id:str}/history",
        sync_to_thread=True,
        summary="All that was done to an import, first deed first",
    )
    def of_import(self, house: House, who: Who, import_id: str) -> dict[str, Any]:
        return {"items": audit.of_import(house, who, import_id), "next_cursor": None}


CONTROLLERS = (Audit, Histories)
