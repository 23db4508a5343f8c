"""The page of imports: where stacks come in, and what became of them."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from service.api.downloads import shown_pdf
from service.house import House
from service.operations import intake
from service.operations.cover_sheets import cover_sheet
from service.operations.overview import overview
from service.operations.sessions import Session
from service.pages.desk import Desk, PageController

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
UPLOAD_REFUSALS = (
    "upload_too_large",
    "too_many_files",
    "quota_reached",
    "upload_cut",
    "upload_idle",
    "malformed_upload",
    "no_file",
    "csrf",
    "unauthenticated",
    "forbidden",
    "company_missing",
    "unavailable",
    "fault",
)
"""What the upload may be refused for; the script that sends it shows these in words."""


class Imports(PageController):
    path = "/imports"

    @get(sync_to_thread=True)
    def list_imports(
        self,
        house: House,
        session: Session,
        request: Request[Any, Any, Any],
        cursor: str | None = None,
    ) -> Response[str]:
        desk = Desk.of(house, session, request)
        page = overview(house, session.who, company_id=desk.company_id, cursor=cursor)
        refusals = {
            code: desk.words.word("refusal", code, "") + " " + desk.words.word("advice", code, "")
            for code in UPLOAD_REFUSALS
        }
        return desk.show(
            "imports.html",
            here="imports",
            page=page,
            cursor=cursor,
            refusals=refusals,
            public_url=house.settings.public_url.rstrip("/"),
        )

    @get("/cover-sheet", sync_to_thread=True)
    def cover_sheet(
        self,
        house: House,
        session: Session,
        request: Request[Any, Any, Any],
        company_id: str = "",
        category: str = "",
    ) -> Response[bytes]:
        """A sheet to print and lay on papers, saying whose and what they are."""
        desk = Desk.of(house, session, request)
        wanted = company_id or desk.company_id or ""
        says = desk.words.say("Lay this sheet on the papers and scan them together")
        lines = [desk.category_name(category) if category else "", says]
        return shown_pdf(cover_sheet(house, session.who, wanted, category, lines))

    @get("/rows", sync_to_thread=True)
    def rows(
        self,
        house: House,
        session: Session,
        request: Request[Any, Any, Any],
        cursor: str | None = None,
    ) -> Response[str]:
        """The rows alone, for the page to show them live."""
        desk = Desk.of(house, session, request)
        page = overview(house, session.who, company_id=desk.company_id, cursor=cursor)
        return Response(desk.piece("imports_rows.html", page=page), media_type="text/html")

    @post("/{import_id:str}/retry", status_code=200, sync_to_thread=True)
    def retry(
        self,
        house: House,
        session: Session,
        request: Request[Any, Any, Any],
        import_id: str,
        data: Form,
    ) -> Response[None]:
        file_id = data.get("file_id")
        intake.retry(house, session.who, import_id, [file_id] if file_id else None)
        return Desk.of(house, session, request).go(_back(data, import_id), "retried")

    @post("/{import_id:str}/delete", status_code=200, sync_to_thread=True)
    def delete(
        self, house: House, session: Session, request: Request[Any, Any, Any], import_id: str
    ) -> Response[None]:
        intake.delete(house, session.who, import_id)
        desk = Desk.of(house, session, request)
        return desk.go("/imports", "import_deleted", undo=f"/imports/{import_id}/restore")

    @post("/{import_id:str}/restore", status_code=200, sync_to_thread=True)
    def restore(
        self, house: House, session: Session, request: Request[Any, Any, Any], import_id: str
    ) -> Response[None]:
        intake.restore(house, session.who, import_id)
        return Desk.of(house, session, request).go("/imports", "import_restored")

    @post("/{import_id:str}/import-anyway", status_code=200, sync_to_thread=True)
    def import_anyway(
        self,
        house: House,
        session: Session,
        request: Request[Any, Any, Any],
        import_id: str,
        data: Form,
    ) -> Response[None]:
        intake.import_anyway(house, session.who, import_id, data.get("file_id", ""))
        return Desk.of(house, session, request).go(_back(data, import_id), "imported_anyway")


def _back(data: dict[str, str], import_id: str) -> str:
    return f"/imports/{import_id}" if data.get("from") == "review" else "/imports"


CONTROLLERS = (Imports,)
