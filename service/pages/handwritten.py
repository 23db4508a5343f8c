"""Books › New entry: what comes from no document is written by hand, with its balance always in sight.

The same form is filled by a copy of an earlier entry, by a model, or by what a closing asks for
(`pages.closing`). What was typed stays when it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from domain.errors import Refused
from domain.handwritten import MISCELLANEOUS
from domain.ids import new_id
from domain.people import Scope
from service import answers
from service.house import House
from service.operations import (
    accounts,
    analytics,
    documents,
    entry_models,
    manual_entries,
    posted,
    supplier_files,
)
from service.operations.selection import Filter
from service.operations.sessions import Session
from service.pages.desk import Desk, PageController, in_words
from service.pages.typed import account_of, rows

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Asked = Request[Any, Any, Any]
COLUMNS = ("account", "auxiliary", "analytic", "label", "debit", "credit")
HEAD = ("journal", "entry_date", "piece_reference", "label", "reverse_on", "document_id")
FEWEST_ROWS = 6
MOST_OFFERED = 12
_JOURNALS = (MISCELLANEOUS, "PA", "AC", "VE", "AN")


class Handwritten(PageController):
    path = "/books/new"

    @get(sync_to_thread=True)
    def page(
        self,
        house: House,
        session: Session,
        request: Asked,
        copy: str = "",
        model: str = "",
        document: str = "",
    ) -> Response[str]:
        desk = Desk.of(house, session, request)
        session.who.must(Scope.BOOKS_WRITE)
        given: Mapping[str, Any] = {"document_id": document}
        if copy:
            given = manual_entries.as_template(house, session.who, copy)
        elif model:
            given = entry_models.model(house, session.who, model)
        return form(desk, given)

    @post(status_code=200, sync_to_thread=True)
    def act(self, house: House, session: Session, request: Asked, data: Form) -> Response[Any]:
        desk, company_id = Desk.of(house, session, request), data.get("company_id") or None
        given = _typed(data)
        try:
            if data.get("do") == "save":
                model_name = data.get("model_name", "")
                entry_models.save(house, session.who, company_id, given | {"name": model_name})
                return form(desk, given, said="entry_model_saved")
            made = manual_entries.post(house, session.who, company_id, given)
        except Refused as refusal:
            return form(desk, given, refusal)
        name = f"{made['journal']} {made['year']}-{made['number']}"
        if made["reversal"] is None:
            return desk.go(f"/books/{made['id']}", "entry_posted", entry=name)
        undone = made["reversal"]
        other = f"{undone['journal']} {undone['year']}-{undone['number']}"
        return desk.go(f"/books/{made['id']}", "entry_posted_twice", entry=name, reversal=other)

    @post("/models/{entry_model_id:str}/delete", status_code=200, sync_to_thread=True)
    def delete_model(
        self, house: House, session: Session, request: Asked, entry_model_id: str
    ) -> Response[None]:
        entry_models.remove(house, session.who, entry_model_id)
        return Desk.of(house, session, request).go("/books/new", "entry_model_deleted")

    @get("/accounts", sync_to_thread=True)
    def accounts(
        self, house: House, session: Session, request: Asked, q: str = ""
    ) -> Response[str]:
        """The accounts that answer a search, as options of a list."""
        desk = Desk.of(house, session, request)
        found = accounts.list_accounts(house, session.who, desk.company_id, q=q, limit=MOST_OFFERED)
        offered = [
            {"number": a["number"], "label": _called(a, session.who.language)}
            for a in found["items"]
        ]
        return Response(
            desk.piece("account_options.html", accounts=offered), media_type="text/html"
        )

    @get("/papers", sync_to_thread=True)
    def papers(self, house: House, session: Session, request: Asked, q: str = "") -> Response[str]:
        """The documents that answer a search, as options of a list."""
        desk = Desk.of(house, session, request)
        wanted = Filter.of({"q": q}, company_id=desk.company_id)
        found = documents.list_documents(house, session.who, wanted, limit=MOST_OFFERED)
        return Response(
            desk.piece("paper_options.html", papers=found["items"]), media_type="text/html"
        )


def form(
    desk: Desk,
    given: Mapping[str, Any],
    refusal: Refused | None = None,
    *,
    said: str = "",
) -> Response[str]:
    """The form, filled with an entry as `manual_entries.post` takes it."""
    if desk.company is None:
        return desk.show("choose_company.html", here="books", section="new")
    house, who, company_id = desk.house, desk.session.who, desk.company["id"]
    filled = [{c: line.get(c) or "" for c in COLUMNS} for line in given.get("lines") or ()]
    blank = dict.fromkeys(COLUMNS, "")
    number = max(FEWEST_ROWS, len(filled) + 2)
    head = {name: str(given.get(name) or "") for name in HEAD}
    paper = None
    if head["document_id"]:
        paper = documents.get(house, who, head["document_id"])
    return desk.show(
        "entry_new.html",
        here="books",
        status_code=answers.status_of(refusal) if refusal else 200,
        refusal=in_words(desk.words, refusal) if refusal else None,
        told=said,
        head=head | {"journal": head["journal"] or MISCELLANEOUS},
        key=str(given.get("key") or new_id("frm")),
        rows=[*filled, *[blank] * (number - len(filled))],
        paper=paper,
        models=entry_models.list_models(house, who, company_id)["items"],
        model_name=str(given.get("name") or ""),
        journals=sorted({*_JOURNALS, *posted.journals(house, who, company_id)}),
        names={
            a["number"]: _called(a, who.language)
            for a in accounts.list_accounts(house, who, company_id, limit=5_000)["items"]
        },
        codes=[c for c in analytics.list_names(house, who, company_id) if c["open"]],
        parties=supplier_files.list_suppliers(house, who, company_id, limit=200)["items"],
        today=house.now().date().isoformat(),
    )


def _typed(data: Mapping[str, str]) -> dict[str, Any]:
    given: dict[str, Any] = {name: data.get(name, "").strip() for name in (*HEAD, "key")}
    given["lines"] = [
        {**line, "account": account_of(line["account"] or "")} for line in _rows(data)
    ]
    given["name"] = data.get("model_name", "").strip()
    return given


def _called(account: Mapping[str, Any], language: str) -> str:
    return str(account["label_en" if language == "en" else "label_fr"])


def _rows(data: Mapping[str, str]) -> list[dict[str, str | None]]:
    return rows(data, "line", COLUMNS)


CONTROLLERS = (Handwritten,)
