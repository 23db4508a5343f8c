"""/api/v1: books as files. Taken over from other programs, checked, exported."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, get, post
from litestar.concurrency import sync_to_thread
from litestar.response import Stream

from domain.fec_file import LARGEST_FILE
from domain.filenames import attachment_header
from domain.people import Scope, Who
from service.api.statements import received
from service.house import House
from service.operations import exports, takeover

_LARGEST_BODY = LARGEST_FILE + 64 * 1024


class Takeover(Controller):
    path = "/api/v1/companies/{company_id:str}/takeovers"
    tags = ("Books",)

    @post(
        status_code=200,
        request_max_body_size=_LARGEST_BODY,
        summary="Take over the books of another program",
        description=(
            "A FEC, or a CSV of accounts or of suppliers, recognised by content: "
            "`multipart/form-data` with one file, or the bytes as the body with `?name=`. A FEC "
            "gives accounts, suppliers and the past that suggestions are made from; nothing is "
            "posted. What is there already is `known`: sending a file again adds nothing. Rows "
            "that cannot be taken are `faults`, with their line."
        ),
    )
    async def take_over(
        self,
        house: House,
        who: Who,
        request: Request[Any, Any, Any],
        company_id: str,
        name: str = "",
    ) -> dict[str, Any]:
        sent, content, _ = await received(request, name)
        return await sync_to_thread(takeover.take_over, house, who, company_id, sent, content)


class FecChecks(Controller):
    path = "/api/v1/fec-checks"
    tags = ("Books",)

    @post(
        status_code=200,
        request_max_body_size=_LARGEST_BODY,
        summary="Check a FEC by the rules of the law",
        description=(
            "Any FEC, sent like a file to take over; nothing of it is kept. `errors` are what the "
            "administration refuses a file for, other `faults` what it asks about."
        ),
    )
    async def check(
        self, who: Who, request: Request[Any, Any, Any], name: str = ""
    ) -> dict[str, Any]:
        who.must(Scope.BOOKS_READ)
        sent, content, _ = await received(request, name)
        return await sync_to_thread(exports.check_fec, sent, content)


class Exports(Controller):
    path = "/api/v1/exports"
    tags = ("Books",)

    @get("/fec", sync_to_thread=True, summary="The FEC of a year (France)")
    def fec(self, house: House, who: Who, year: int, company_id: str | None = None) -> Stream:
        return _sent(exports.export_fec(house, who, company_id, year))

    @get(
        "/entries",
        sync_to_thread=True,
        summary="The entries of a year as a file",
        description=(
            "`kind` is csv (semicolons, decimal commas), or one of the Swiss programs banana and "
            "cresus. For programs of your own, `/journal-entries` and webhooks have more."
        ),
    )
    def entries(
        self, house: House, who: Who, year: int, company_id: str | None = None, kind: str = "csv"
    ) -> Stream:
        return _sent(exports.export_entries(house, who, company_id, year, kind))


def _sent(export: exports.Export) -> Stream:
    return Stream(
        export.content,
        media_type=export.media_type,
        headers={
            "Content-Disposition": attachment_header(export.name),
            "Cache-Control": "private, no-store",
        },
    )


CONTROLLERS = (Takeover, FecChecks, Exports)
