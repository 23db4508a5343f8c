"""/api/v1/spreadsheet-imports: bulk drafts from Excel, each step of the wizard."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, delete, get, patch, post, put
from litestar.concurrency import sync_to_thread
from litestar.params import HeaderParameter

from domain.people import Who
from domain.spreadsheets.columns import column_number
from service.api.idempotency import once
from service.api.statements import received
from service.api.versions import required_version, versioned
from service.house import House
from service.lists import Page
from service.operations import spreadsheet_drafts, spreadsheet_imports, spreadsheet_templates
from service.spreadsheets import LARGEST_FILE, XLSX

IfMatch = Annotated[str | None, HeaderParameter(name="If-Match")]


class SheetBody(msgspec.Struct, forbid_unknown_fields=True):
    sheet: int | None = None
    header_row: int | None = None
    version: int | None = None


class MappingBody(msgspec.Struct, forbid_unknown_fields=True):
    mapping: dict[str, str]
    version: int | None = None


class Fix(msgspec.Struct, forbid_unknown_fields=True):
    row: int
    column: str
    value: str | None


class FixesBody(msgspec.Struct, forbid_unknown_fields=True):
    fixes: list[Fix] = []
    leave_out: list[int] = []
    take_in: list[int] = []
    version: int | None = None


class NamingBody(msgspec.Struct, forbid_unknown_fields=True):
    common_name: str
    issue_date: date
    version: int | None = None


class ImportBody(msgspec.Struct, forbid_unknown_fields=True):
    version: int | None = None


class SpreadsheetImports(Controller):
    path = "/api/v1/spreadsheet-imports"
    tags = ("Sales",)

    @get(sync_to_thread=True, summary="Spreadsheets of invoice lines")
    def list_imports(
        self,
        house: House,
        who: Who,
        company_id: str | None = None,
        status: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        return spreadsheet_imports.list_imports(
            house, who, company_id, state=status, cursor=cursor, limit=limit
        )

    @get("/template", sync_to_thread=True, summary="An empty workbook to fill in")
    def template(
        self, house: House, who: Who, company_id: str | None = None, language: str = ""
    ) -> Response[bytes]:
        name, content = spreadsheet_templates.template_of(house, who, company_id, language)
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type=XLSX, headers=headers)

    @post(
        request_max_body_size=LARGEST_FILE + 64 * 1024,
        summary="Send a spreadsheet",
        description=(
            "An `.xlsx` as `multipart/form-data` with `company_id` beside it, or its bytes as the "
            "body with `?name=`. Its columns are matched by their headers; nothing is made of it "
            "before `POST /spreadsheet-imports/{id}/import`. 409 `no_earlier_invoice` for a company "
            "that has not sent an invoice yet, 409 `spreadsheet_known` for a file imported before. "
            "A spreadsheet that came with the mail is named by `?import_id=` and `?file_id=`."
        ),
    )
    async def receive(
        self,
        house: House,
        who: Who,
        request: Request[Any, Any, Any],
        company_id: str | None = None,
        name: str = "",
        import_id: str | None = None,
        file_id: str | None = None,
    ) -> Response[dict[str, Any]]:
        if import_id and file_id:
            came = await sync_to_thread(
                spreadsheet_imports.receive_file, house, who, import_id, file_id
            )
            return versioned(came, 201)
        sent, content, fields = await received(request, name)
        made = await sync_to_thread(
            spreadsheet_imports.receive,
            house,
            who,
            fields.get("company_id") or company_id,
            sent,
            content,
        )
        return versioned(made, 201)

    @get("/{spreadsheet_import_id:str}", sync_to_thread=True, summary="One import")
    def one(self, house: House, who: Who, spreadsheet_import_id: str) -> Response[dict[str, Any]]:
        return versioned(spreadsheet_imports.get(house, who, spreadsheet_import_id))

    @put(
        "/{spreadsheet_import_id:str}/sheet",
        sync_to_thread=True,
        summary="Read another sheet, or another header row",
        description="`header_row` counts from 1. Columns and fixes of before are dropped.",
    )
    def sheet(
        self,
        house: House,
        who: Who,
        spreadsheet_import_id: str,
        data: SheetBody,
        if_match: IfMatch = None,
    ) -> Response[dict[str, Any]]:
        version = required_version(if_match, data.version)
        header = None if data.header_row is None else data.header_row - 1
        return versioned(
            spreadsheet_imports.choose_sheet(
                house, who, spreadsheet_import_id, data.sheet, header, version
            )
        )

    @put(
        "/{spreadsheet_import_id:str}/mapping",
        sync_to_thread=True,
        summary="Say which column is which field",
        description=(
            "Field → letter of its column. Refused (422 `spreadsheet_unmapped`) while a required "
            "field has none; kept for the next file with these headers."
        ),
    )
    def mapping(
        self,
        house: House,
        who: Who,
        spreadsheet_import_id: str,
        data: MappingBody,
        if_match: IfMatch = None,
    ) -> Response[dict[str, Any]]:
        version = required_version(if_match, data.version)
        columns = {name: column_number(letters) for name, letters in data.mapping.items()}
        return versioned(
            spreadsheet_imports.map_columns(house, who, spreadsheet_import_id, columns, version)
        )

    @get(
        "/{spreadsheet_import_id:str}/rows",
        sync_to_thread=True,
        summary="Rows with their cells and faults",
        description="`faulty=true` for those that have any. Rows count as the spreadsheet does.",
    )
    def rows(
        self,
        house: House,
        who: Who,
        spreadsheet_import_id: str,
        faulty: bool = False,
        cursor: str | None = None,
        limit: int = 100,
    ) -> dict[str, Any]:
        return spreadsheet_imports.list_rows(
            house, who, spreadsheet_import_id, faulty=faulty, cursor=cursor, limit=limit
        )

    @patch(
        "/{spreadsheet_import_id:str}/rows",
        sync_to_thread=True,
        summary="Put cells right, leave rows out",
        description="A `value` of null takes a fix back. The file itself stays as it is.",
    )
    def fix(
        self,
        house: House,
        who: Who,
        spreadsheet_import_id: str,
        data: FixesBody,
        if_match: IfMatch = None,
    ) -> Response[dict[str, Any]]:
        version = required_version(if_match, data.version)
        return versioned(
            spreadsheet_imports.fix_cells(
                house,
                who,
                spreadsheet_import_id,
                msgspec.to_builtins(data.fixes),
                version,
                leave_out=data.leave_out,
                take_in=data.take_in,
            )
        )

    @put(
        "/{spreadsheet_import_id:str}/naming",
        sync_to_thread=True,
        summary="Name and date the drafts, and get the recap",
        description="Refused (409 `spreadsheet_faults`) while a cell is wrong.",
    )
    def naming(
        self,
        house: House,
        who: Who,
        spreadsheet_import_id: str,
        data: NamingBody,
        if_match: IfMatch = None,
    ) -> Response[dict[str, Any]]:
        version = required_version(if_match, data.version)
        return versioned(
            spreadsheet_imports.name_and_date(
                house, who, spreadsheet_import_id, data.common_name, data.issue_date, version
            )
        )

    @post(
        "/{spreadsheet_import_id:str}/import",
        status_code=200,
        sync_to_thread=True,
        summary="Make the drafts of the recap",
        description=(
            "All of them or none, once for each file. `GET /drafts?born_from={id}` lists them."
        ),
    )
    @once
    def import_drafts(
        self,
        house: House,
        who: Who,
        spreadsheet_import_id: str,
        data: ImportBody | None = None,
    ) -> dict[str, Any]:
        version = data.version if data else None
        return spreadsheet_drafts.import_drafts(house, who, spreadsheet_import_id, version)

    @post(
        "/{spreadsheet_import_id:str}/undo",
        status_code=200,
        sync_to_thread=True,
        summary="Take the drafts of an import back",
        description=(
            "As long as none of them was changed, merged or finalised (409 `spreadsheet_used`). The "
            "import waits for its review again; customers that it made stay."
        ),
    )
    def undo(
        self,
        house: House,
        who: Who,
        spreadsheet_import_id: str,
        data: ImportBody | None = None,
        if_match: IfMatch = None,
    ) -> Response[dict[str, Any]]:
        version = required_version(if_match, data.version if data else None)
        return versioned(spreadsheet_drafts.undo_import(house, who, spreadsheet_import_id, version))

    @delete(
        "/{spreadsheet_import_id:str}",
        status_code=200,
        sync_to_thread=True,
        summary="Give an import up",
        description="Its file is removed. Refused once its drafts are made.",
    )
    def cancel(self, house: House, who: Who, spreadsheet_import_id: str) -> dict[str, Any]:
        return spreadsheet_imports.cancel(house, who, spreadsheet_import_id)


CONTROLLERS = (SpreadsheetImports,)
