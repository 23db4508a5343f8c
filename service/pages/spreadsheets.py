"""Sales › Excel import: the wizard, a page a step, each of which can be left, repeated and cancelled."""

from __future__ import annotations

from datetime import date
from pathlib import PurePath
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body

from domain.errors import Invalid, Refused
from domain.spreadsheets import State
from domain.spreadsheets.columns import FIELDS
from service import answers
from service.house import House
from service.operations import origins, spreadsheet_drafts, spreadsheet_imports
from service.operations.sessions import Session
from service.pages.desk import FRAGMENT, Desk, PageController, in_words
from service.spreadsheets import LARGEST_FILE

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Sent = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)]
Asked = Request[Any, Any, Any]
HOME = "/sales/spreadsheets"
STEPS = ("columns", "review", "naming", "recap")
_FIRST = {State.MAPPING: "columns", State.REVIEW: "review", State.RECAP: "recap"}
_SHOWN_ROWS = 50


class Spreadsheets(PageController):
    path = HOME

    @get(sync_to_thread=True)
    def home(
        self, house: House, session: Session, request: Asked, cursor: str | None = None
    ) -> Response[str]:
        return _home(Desk.of(house, session, request), cursor=cursor)

    @post(status_code=200, request_max_body_size=LARGEST_FILE + 64 * 1024)
    async def receive(
        self, house: House, session: Session, request: Asked, data: Sent
    ) -> Response[Any]:
        sent = data.get("file")
        name, content = "", b""
        if isinstance(sent, UploadFile):
            name, content = sent.filename, await sent.read()
        company_id = str(data.get("company_id") or "") or None

        def act() -> Response[Any]:
            desk = Desk.of(house, session, request)
            try:
                made = spreadsheet_imports.receive(
                    house, session.who, company_id or desk.company_id, name, content
                )
            except Refused as refusal:
                if FRAGMENT in request.headers:
                    raise
                return _home(desk, refusal)
            return desk.go(f"{HOME}/{made['id']}")

        return await sync_to_thread(act)

    @post("/of-file", status_code=200, sync_to_thread=True)
    def of_file(self, house: House, session: Session, request: Asked, data: Form) -> Response[Any]:
        desk = Desk.of(house, session, request)
        made = spreadsheet_imports.receive_file(
            house, session.who, data.get("import_id", ""), data.get("file_id", "")
        )
        return desk.go(f"{HOME}/{made['id']}")

    @get("/{spreadsheet_import_id:str}", sync_to_thread=True)
    def page(
        self,
        house: House,
        session: Session,
        request: Asked,
        spreadsheet_import_id: str,
        step: str = "",
        rows: str = "",
        cursor: str | None = None,
    ) -> Response[str]:
        desk = Desk.of(house, session, request)
        return _page(desk, spreadsheet_import_id, step, all_rows=rows == "all", cursor=cursor)

    @post("/{spreadsheet_import_id:str}/sheet", status_code=200, sync_to_thread=True)
    def sheet(
        self,
        house: House,
        session: Session,
        request: Asked,
        spreadsheet_import_id: str,
        data: Form,
    ) -> Response[Any]:
        def act() -> None:
            sheet, header = _number(data, "sheet"), _number(data, "header_row")
            if sheet is not None and sheet != _number(data, "sheet.was"):
                header = None  # the header of another sheet stands where it stands
            spreadsheet_imports.choose_sheet(
                house,
                session.who,
                spreadsheet_import_id,
                sheet,
                None if header is None else header - 1,
                _number(data, "version"),
            )

        return _done(Desk.of(house, session, request), spreadsheet_import_id, "columns", data, act)

    @post("/{spreadsheet_import_id:str}/mapping", status_code=200, sync_to_thread=True)
    def mapping(
        self,
        house: House,
        session: Session,
        request: Asked,
        spreadsheet_import_id: str,
        data: Form,
    ) -> Response[Any]:
        def act() -> None:
            columns = {
                name: number
                for name in FIELDS
                if (number := _number(data, f"column.{name}")) is not None
            }
            spreadsheet_imports.map_columns(
                house, session.who, spreadsheet_import_id, columns, _number(data, "version")
            )

        return _done(
            Desk.of(house, session, request), spreadsheet_import_id, "columns", data, act, "review"
        )

    @post("/{spreadsheet_import_id:str}/rows", status_code=200, sync_to_thread=True)
    def fix(
        self,
        house: House,
        session: Session,
        request: Asked,
        spreadsheet_import_id: str,
        data: Form,
    ) -> Response[Any]:
        def act() -> None:
            fixes, leave_out, take_in = _typed(data)
            spreadsheet_imports.fix_cells(
                house,
                session.who,
                spreadsheet_import_id,
                fixes,
                _number(data, "version"),
                leave_out=leave_out,
                take_in=take_in,
            )

        return _done(
            Desk.of(house, session, request), spreadsheet_import_id, "review", data, act, "review"
        )

    @post("/{spreadsheet_import_id:str}/naming", status_code=200, sync_to_thread=True)
    def naming(
        self,
        house: House,
        session: Session,
        request: Asked,
        spreadsheet_import_id: str,
        data: Form,
    ) -> Response[Any]:
        def act() -> None:
            try:
                day = date.fromisoformat(data.get("issue_date", ""))
            except ValueError:
                raise Invalid(
                    "This is not a date.", code="invalid_value", fields=["issue_date"]
                ) from None
            spreadsheet_imports.name_and_date(
                house,
                session.who,
                spreadsheet_import_id,
                data.get("common_name", ""),
                day,
                _number(data, "version"),
            )

        return _done(
            Desk.of(house, session, request), spreadsheet_import_id, "naming", data, act, "recap"
        )

    @post("/{spreadsheet_import_id:str}/import", status_code=200, sync_to_thread=True)
    def import_drafts(
        self,
        house: House,
        session: Session,
        request: Asked,
        spreadsheet_import_id: str,
        data: Form,
    ) -> Response[Any]:
        def act() -> None:
            spreadsheet_drafts.import_drafts(
                house, session.who, spreadsheet_import_id, _number(data, "version")
            )

        return _done(
            Desk.of(house, session, request),
            spreadsheet_import_id,
            "recap",
            data,
            act,
            "",
            "spreadsheet_imported",
        )

    @post("/{spreadsheet_import_id:str}/undo", status_code=200, sync_to_thread=True)
    def undo(
        self,
        house: House,
        session: Session,
        request: Asked,
        spreadsheet_import_id: str,
        data: Form,
    ) -> Response[Any]:
        def act() -> None:
            spreadsheet_drafts.undo_import(
                house, session.who, spreadsheet_import_id, _number(data, "version")
            )

        desk = Desk.of(house, session, request)
        return _done(desk, spreadsheet_import_id, "", data, act, "review", "spreadsheet_undone")

    @post("/{spreadsheet_import_id:str}/cancel", status_code=200, sync_to_thread=True)
    def cancel(
        self, house: House, session: Session, request: Asked, spreadsheet_import_id: str
    ) -> Response[Any]:
        spreadsheet_imports.cancel(house, session.who, spreadsheet_import_id)
        return Desk.of(house, session, request).go(HOME, "spreadsheet_cancelled")


def _done(
    desk: Desk,
    import_id: str,
    here: str,
    data: dict[str, str],
    act: Any,
    then: str = "",
    said: str = "",
) -> Response[Any]:
    """Do a step and go on to the next; what is refused is said on its page, with what was typed."""
    try:
        act()
    except Refused as refusal:
        return _page(desk, import_id, here, refusal, data)
    return desk.go(f"{HOME}/{import_id}" + (f"?step={then}" if then else ""), said)


def _home(desk: Desk, refusal: Refused | None = None, cursor: str | None = None) -> Response[str]:
    who, company = desk.session.who, desk.company_id
    listed = company and spreadsheet_imports.list_imports(
        desk.house, who, company, cursor=cursor, limit=30
    )
    return desk.show(
        "spreadsheets.html",
        here="sales",
        status_code=answers.status_of(refusal) if refusal else 200,
        refusal=in_words(desk.words, refusal) if refusal else None,
        page=listed or {"items": [], "next_cursor": None},
        cursor=cursor,
        may_start=bool(company) and spreadsheet_imports.may_start(desk.house, who, company or ""),
    )


def _page(
    desk: Desk,
    import_id: str,
    step: str = "",
    refusal: Refused | None = None,
    data: dict[str, str] | None = None,
    *,
    all_rows: bool = False,
    cursor: str | None = None,
) -> Response[str]:
    house, who = desk.house, desk.session.who
    view = spreadsheet_imports.get(house, who, import_id)
    state = State(view["state"])
    done = STEPS.index(_FIRST[state]) if state in _FIRST else -1
    if state in _FIRST and step not in STEPS[: done + 1]:
        # From the review one goes on to the name, as soon as nothing is wrong.
        may_name = step == "naming" and state is State.REVIEW and not view["faults"]
        step = "naming" if may_name else _FIRST[state]
    shown: dict[str, Any] = {}
    if step == "review" and state in _FIRST:
        shown["rows"] = spreadsheet_imports.list_rows(
            house, who, import_id, faulty=not all_rows, cursor=cursor, limit=_SHOWN_ROWS
        )
        shown["columns"] = [name for name in FIELDS if _is_shown(name, view, shown["rows"])]
    return desk.show(
        "spreadsheet.html",
        here="sales",
        status_code=answers.status_of(refusal) if refusal else 200,
        refusal=in_words(desk.words, refusal) if refusal else None,
        wrong=refusal.details.get("fields", ()) if refusal else (),
        view=view,
        step=step if state in _FIRST else "",
        steps=STEPS,
        data=data or {},
        all_rows=all_rows,
        cursor=cursor,
        name=PurePath(view["name"]).stem,
        today=house.now().date().isoformat(),
        not_before=spreadsheet_imports.not_before(house, who, import_id)
        if step == "naming"
        else None,
        born=origins.born(house, who, import_id) if state is State.IMPORTED else None,
        **shown,
    )


def _is_shown(name: str, view: dict[str, Any], rows: dict[str, Any]) -> bool:
    """A column has a place in the table when it has cells, or faults of its own."""
    return name in view["mapping"] or any(
        fault["column"] == name for row in rows["items"] for fault in row["faults"]
    )


def _typed(data: dict[str, str]) -> tuple[list[dict[str, Any]], list[int], list[int]]:
    """The cells that were typed (other than they were shown), rows to leave out and to take in."""
    fixes: list[dict[str, Any]] = []
    leave_out: list[int] = []
    take_in: list[int] = []
    for key, value in data.items():
        kind, _, rest = key.partition(".")
        number, _, column = rest.partition(".")
        if not number.isdecimal() or len(number) > 7:
            continue
        if kind == "fix" and value.strip() != data.get(f"was.{number}.{column}", "").strip():
            fixes.append({"row": int(number), "column": column, "value": value})
        elif kind == "leave":
            leave_out.append(int(number))
        elif kind == "take":
            take_in.append(int(number))
    return fixes, leave_out, take_in


def _number(data: dict[str, str], name: str) -> int | None:
    text = data.get(name, "").strip()
    return int(text) if text.isdecimal() and len(text) < 8 else None


CONTROLLERS = (Spreadsheets,)
