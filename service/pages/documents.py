"""The page of one document: paper on the left, what was read and its entry on the right.

One form saves, settles, asks, skips and posts; what cannot be done is said above it, and what was
typed stays. How things are laid out is in `sheets`, what was typed in `typed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from domain.countries import country
from domain.documents import POSTABLE, DocumentStatus
from domain.errors import Refused
from service import answers
from service.house import House
from service.operations import (
    account_choices,
    accounting,
    accounts,
    analytics,
    corrections,
    discussion,
    documents,
    einvoices,
    locks,
    rearranging,
    removal,
    settling,
    statements,
)
from service.operations.selection import Filter
from service.operations.sessions import Session
from service.pages.desk import Desk, PageController, in_words
from service.pages.sheets import entry_rows, line_rows, sheet_of
from service.pages.tabs import listed, query_of
from service.pages.typed import changes_of, choices_of, entry_words, lines_of, typed

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Asked = Request[Any, Any, Any]
AFTER_POSTING = frozenset({"stale", "already_posted"})
ARRANGED = frozenset({"cut", "join", "take_back"})
ONWARDS = frozenset({"post", "skip", "ask"})
"""What leads to the next document of the list."""


class Documents(PageController):
    path = "/documents/{document_id:str}"

    @get(sync_to_thread=True)
    def page(
        self, house: House, session: Session, request: Asked, document_id: str
    ) -> Response[str]:
        return _page(Desk.of(house, session, request), document_id, listed(request))

    @post("/entry", status_code=200, sync_to_thread=True)
    def entry(
        self, house: House, session: Session, request: Asked, document_id: str, data: Form
    ) -> Response[str]:
        """The proposed entry alone, with the accounts that are chosen in the form."""
        desk = Desk.of(house, session, request)
        view = documents.get(house, session.who, document_id)
        content = desk.piece(
            "entry_form.html",
            view=view,
            data=data,
            editable=True,
            choosing=True,
            **_books(desk, view, data),
        )
        return Response(content, media_type="text/html")

    @get("/accounts", sync_to_thread=True)
    def accounts(
        self,
        house: House,
        session: Session,
        request: Asked,
        document_id: str,
        part: int = 0,
        q: str = "",
    ) -> Response[str]:
        """The accounts to choose from for a part of the document, as options of a list."""
        found = account_choices.account_choices(house, session.who, document_id, part, q)
        content = Desk.of(house, session, request).piece(
            "account_options.html", accounts=found["items"]
        )
        return Response(content, media_type="text/html")

    @post(status_code=200, sync_to_thread=True)
    def change(
        self, house: House, session: Session, request: Asked, document_id: str, data: Form
    ) -> Response[Any]:
        desk, who, came_from = Desk.of(house, session, request), session.who, listed(request)
        doing = data.get("do", "")
        changed: dict[str, str] = {}
        said = ""
        posted: dict[str, Any] = {}
        try:
            changed = typed(data)
            said, version = _saved(desk, document_id, data, changed)
            if data.get("solve"):
                said = _solved(desk, document_id, data, version)
            elif doing == "ask":
                discussion.assign(
                    house,
                    who,
                    document_id,
                    data.get("ask.person") or None,
                    data.get("ask.comment", ""),
                )
            elif doing == "say":
                discussion.comment(house, who, document_id, data.get("say.text", ""))
                said = "commented"
            elif doing in ("delete", "restore"):
                act = removal.delete_document if doing == "delete" else removal.restore_document
                act(house, who, document_id, version)
                said = f"document_{doing}d"
            elif doing.partition(" ")[0] in ARRANGED:
                return _arranged(desk, document_id, came_from, doing, version)
            elif doing == "post":
                posted = accounting.post(
                    house,
                    who,
                    document_id,
                    lines=lines_of(data),
                    choices=choices_of(data),
                    version=version,
                    override_reason=data.get("override_reason", "").strip() or None,
                    **entry_words(data),
                )
        except Refused as refusal:
            if doing == "post" and refusal.code in AFTER_POSTING and _is_posted(desk, document_id):
                return desk.go(_address(document_id, came_from), "posted_already")
            return _page(desk, document_id, came_from, data, changed, refusal)
        if doing in ONWARDS or said in ("set_aside", "document_deleted"):
            entry = f"{posted['journal']} {posted['year']}-{posted['number']}" if posted else ""
            return _next(desk, document_id, came_from, said if not posted else "posted", entry)
        return desk.go(_address(document_id, came_from), said or "nothing_changed")

    @post("/reverse", status_code=200, sync_to_thread=True)
    def reverse(
        self, house: House, session: Session, request: Asked, document_id: str, data: Form
    ) -> Response[Any]:
        """Reverse the entry of a posted document; it then waits to be posted again."""
        desk, came_from = Desk.of(house, session, request), listed(request)
        entry_id = documents.get(house, session.who, document_id)["entry_id"] or ""
        try:
            reversal = accounting.reverse(house, session.who, entry_id, data.get("reason", ""))
        except Refused as refusal:
            return _page(desk, document_id, came_from, data, {}, refusal)
        name = f"{reversal['journal']} {reversal['year']}-{reversal['number']}"
        return desk.go(_address(document_id, came_from), "reversed", entry=name)


def _arranged(
    desk: Desk, document_id: str, came_from: Filter, doing: str, version: int | None
) -> Response[None]:
    """Cut the document before a page, join it with another, or take that back: ``how what``."""
    house, who = desk.house, desk.session.who
    how, _, what = doing.partition(" ")
    if how == "cut":
        place = int(what) if what.isdecimal() else 0
        made = rearranging.split(house, who, document_id, place, version)["documents"]
    elif how == "join":
        made = rearranging.join(house, who, [document_id, what])["documents"]
    else:
        made = rearranging.take_back(house, who, document_id)["documents"]
    return desk.go(_address(made[0]["id"], came_from), f"arranged_{how}")


def _saved(
    desk: Desk, document_id: str, data: Mapping[str, str], changed: Mapping[str, str]
) -> tuple[str, int | None]:
    """Keep what was typed; what to say of it, and the version the document then has."""
    version = int(data["version"]) if data.get("version", "").isdecimal() else None
    changes = changes_of(data, changed)
    how, _, rest = data.get("solve", "").partition(" ")
    if how == "use":
        field, _, value = rest.partition(" ")
        changes.setdefault("fields", {})[field] = value
    if not changes:
        return "", version
    after = corrections.correct_document(
        desk.house, desk.session.who, document_id, changes, version
    )
    return "saved", after["version"]


def _solved(desk: Desk, document_id: str, data: Mapping[str, str], version: int | None) -> str:
    """Settle the problem whose button was pressed: ``how code field``; what to say of it."""
    how, _, rest = data["solve"].partition(" ")
    if how == "use":
        return "saved"
    if how == "create_supplier":
        settling.create_supplier(desk.house, desk.session.who, document_id)
        return "supplier_created"
    code, _, field = rest.partition(" ")
    settling.settle(
        desk.house,
        desk.session.who,
        document_id,
        code=code,
        field=field or None,
        how=how,
        reason=data.get(f"reason.{code}.{field}", ""),
        version=version,
    )
    return "document_deleted" if how == "same" else "settled"


def _page(
    desk: Desk,
    document_id: str,
    came_from: Filter,
    data: Mapping[str, str] | None = None,
    changed: Mapping[str, str] | None = None,
    refusal: Refused | None = None,
) -> Response[str]:
    house, who = desk.house, desk.session.who
    data, changed = data or {}, changed or {}
    view = documents.get(house, who, document_id)
    wanted = replace(came_from, category=view["category"], company_id=desk.company_id)
    lock = locks.holder(house, who, document_id)
    editable = (
        desk.may("documents:write")
        and view["status"] in (DocumentStatus.TO_POST, DocumentStatus.FILED)
        and lock is None
    )
    sheet = sheet_of(view, desk.words, changed, blank_rows=editable)
    books: dict[str, Any] = {"proposal": None}
    being_read = view["status"] == DocumentStatus.BEING_READ
    if view["category"] in POSTABLE and desk.may("books:read") and not being_read:
        books = _books(desk, view, data)
    following = documents.next_document(house, who, document_id, wanted)
    return desk.show(
        "document.html",
        here=view["category"],
        status_code=answers.status_of(refusal) if refusal else 200,
        view=view,
        sheet=sheet,
        shown=msgspec.json.encode(sheet.shown).decode(),
        editable=editable,
        lock=lock,
        refusal=in_words(desk.words, refusal) if refusal else None,
        refusal_details=refusal.details if refusal else {},
        changed=changed,
        lines_typed=any(key.startswith("item.") for key in changed),
        data=data,
        context=query_of(came_from),
        previous=documents.previous_document(house, who, document_id, wanted),
        following=following["next"],
        left=following["left"] if came_from.status == "to_post" else None,
        discussion=discussion.discussion(house, who, document_id),
        colleagues=discussion.colleagues(house, who),
        beside=rearranging.neighbours(house, who, document_id),
        statement_id=statements.of_document(house, who, document_id),
        life=einvoices.life_of(house, who, document_id) if view["is_einvoice"] else None,
        **books,
    )


def _books(desk: Desk, view: dict[str, Any], data: Mapping[str, str]) -> dict[str, Any]:
    """The proposed entry with the choices in a form, and what it takes to change it."""
    house, who = desk.house, desk.session.who
    chosen = choices_of(data)
    split = None
    try:
        proposal = accounting.proposed_entry(house, who, view["id"], chosen)
    except Refused as refusal:  # a choice that cannot be: what is proposed without it is shown
        split, chosen = in_words(desk.words, refusal), []
        proposal = accounting.proposed_entry(house, who, view["id"])
    company = next(c for c in desk.companies if c["id"] == view["company_id"])
    return {
        "proposal": proposal,
        "split_refused": split,
        "rows": entry_rows(
            proposal,
            {c["part"] for c in chosen},
            in_detail=bool(data.get("detail")),
            coded={(c["part"], c["account"]) for c in chosen if "analytic" in c},
        ),
        "codes": [c for c in analytics.list_names(house, who, view["company_id"]) if c["open"]],
        "every_account": accounts.list_accounts(house, who, view["company_id"])["items"],
        "treatments": country(company["country"]).treatments.values(),
        "line_rows": line_rows(proposal["lines"], desk.words, data),
        "postable_now": proposal["status"] == "to_post" and desk.may("books:write"),
        "label": "label_en" if desk.words.language == "en" else "label_fr",
    }


def _next(desk: Desk, document_id: str, came_from: Filter, said: str, entry: str) -> Response[None]:
    """On to what waits next in the same list; back to the list when nothing does."""
    house, who = desk.house, desk.session.who
    view = documents.get(house, who, document_id)
    category, status = view["category"], view["status"]
    waiting = replace(
        came_from,
        category=category,
        status="to_post" if category in POSTABLE else came_from.status,
        company_id=desk.company_id,
    )
    locks.release(house, who, document_id)
    following = documents.next_document(house, who, document_id, waiting, free=True)["next"]
    if following is None and waiting.status == "to_post":  # then the other kinds of invoices
        waiting = replace(waiting, category=None)
        following = documents.next_document(house, who, document_id, waiting, free=True)["next"]
    if following is None:
        last = "posted_last" if status == "posted" else "none_left"
        return desk.go(f"/categories/{category}", last, entry=entry)
    return desk.go(_address(following["id"], waiting), said, entry=entry)


def _is_posted(desk: Desk, document_id: str) -> bool:
    view = documents.get(desk.house, desk.session.who, document_id)
    return bool(view["status"] == "posted")


def _address(document_id: str, came_from: Filter) -> str:
    return f"/documents/{document_id}{query_of(came_from)}"


CONTROLLERS = (Documents,)
