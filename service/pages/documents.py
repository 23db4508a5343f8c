"""The page of one document: paper on the left, what was read and its entry on the right.

One form saves and posts; what cannot be done is said above it, and what was typed stays.
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
from domain.documents import POSTABLE
from domain.errors import Refused
from service import answers
from service.house import House
from service.operations import accounting, accounts, corrections, documents
from service.operations.selection import Filter
from service.operations.sessions import Session
from service.pages.desk import Desk, PageController, in_words
from service.pages.sheets import line_rows, sheet_of
from service.pages.tabs import listed, query_of
from service.pages.typed import changes_of, choices_of, lines_of, typed

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Asked = Request[Any, Any, Any]
AFTER_POSTING = frozenset({"stale", "already_posted"})


class Documents(PageController):
    path = "/"

    @get("/documents/{document_id:str}", sync_to_thread=True)
    def page(
        self,
        house: House,
        session: Session,
        request: Asked,
        document_id: str,
    ) -> Response[str]:
        return _page(Desk.of(house, session, request), document_id, listed(request))

    @get("/documents/{document_id:str}/entry", sync_to_thread=True)
    def entry(
        self,
        house: House,
        session: Session,
        request: Asked,
        document_id: str,
        choice: list[str] | None = None,
    ) -> Response[str]:
        """The proposed entry alone, with a person's choices of accounts (part:account:treatment)."""
        desk = Desk.of(house, session, request)
        data = {}
        for text in choice or ():
            part, _, rest = text.partition(":")
            account, _, treatment = rest.partition(":")
            data[f"part.{part}.account"], data[f"part.{part}.treatment"] = account, treatment
        chosen = [c for c in choices_of(data, data) if c["account"]]
        proposal = accounting.proposed_entry(house, session.who, document_id, chosen)
        content = desk.piece("entry_lines.html", proposal=proposal)
        return Response(content, media_type="text/html")

    @post("/documents/{document_id:str}", status_code=200, sync_to_thread=True)
    def change(
        self,
        house: House,
        session: Session,
        request: Asked,
        document_id: str,
        data: Form,
    ) -> Response[Any]:
        desk, who, came_from = Desk.of(house, session, request), session.who, listed(request)
        posting = data.get("do") == "post"
        changed: dict[str, str] = {}
        try:
            changed = typed(data)
            version = int(data["version"]) if data.get("version", "").isdecimal() else None
            changes = changes_of(data, changed)
            if changes:
                after = corrections.correct_document(house, who, document_id, changes, version)
                version = after["version"]
            if posting:
                posted = accounting.post(
                    house,
                    who,
                    document_id,
                    lines=lines_of(data),
                    choices=[c for c in choices_of(data, changed) if c["account"]],
                    version=version,
                    override_reason=data.get("override_reason", "").strip() or None,
                )
        except Refused as refusal:
            if posting and refusal.code in AFTER_POSTING and _is_posted(desk, document_id):
                return desk.go(_address(document_id, came_from), "posted_already")
            return _page(desk, document_id, came_from, data, changed, refusal)
        if posting:
            return _next(desk, document_id, came_from, posted)
        return desk.go(_address(document_id, came_from), "saved" if changes else "nothing_changed")


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
    editable = desk.may("documents:write") and view["status"] != "posted"
    sheet = sheet_of(view, desk.words, changed, blank_rows=editable)
    shown = dict(sheet.shown)
    books: dict[str, Any] = {"proposal": None}
    if view["category"] in POSTABLE and desk.may("books:read"):
        books = _books(desk, view, data, changed, shown)
    following = documents.next_document(house, who, document_id, wanted)["next"]
    return desk.show(
        "document.html",
        here=view["category"],
        status_code=answers.status_of(refusal) if refusal else 200,
        view=view,
        sheet=sheet,
        shown=msgspec.json.encode(shown).decode(),
        editable=editable,
        refusal=in_words(desk.words, refusal) if refusal else None,
        refusal_details=refusal.details if refusal else {},
        changed=changed,
        lines_typed=any(key.startswith("item.") for key in changed),
        data=data,
        context=query_of(came_from),
        previous=documents.previous_document(house, who, document_id, wanted),
        following=following,
        **books,
    )


def _books(
    desk: Desk,
    view: dict[str, Any],
    data: Mapping[str, str],
    changed: Mapping[str, str],
    shown: dict[str, str],
) -> dict[str, Any]:
    """The proposed entry and what it takes to change it; adds its inputs to `shown`."""
    house, who = desk.house, desk.session.who
    chosen = [c for c in choices_of(data, changed) if c["account"]]
    try:
        proposal = accounting.proposed_entry(house, who, view["id"], chosen)
    except Refused:  # a choice that cannot be: what is proposed without it is shown again
        proposal = accounting.proposed_entry(house, who, view["id"])
    plain = accounting.proposed_entry(house, who, view["id"]) if chosen else proposal
    for part in plain["parts"]:
        shown[f"part.{part['part']}.account"] = part["account"] or ""
        shown[f"part.{part['part']}.treatment"] = part["treatment"]
    company = next(c for c in desk.companies if c["id"] == view["company_id"])
    return {
        "proposal": proposal,
        "accounts": accounts.list_accounts(house, who, view["company_id"], purchases=True)["items"],
        "every_account": accounts.list_accounts(house, who, view["company_id"])["items"],
        "treatments": country(company["country"]).treatments.values(),
        "line_rows": line_rows(proposal["lines"], desk.words, data),
        "postable_now": proposal["status"] == "to_post" and desk.may("books:write"),
        "label": "label_en" if desk.words.language == "en" else "label_fr",
    }


def _next(
    desk: Desk, document_id: str, came_from: Filter, posted: dict[str, Any]
) -> Response[None]:
    """On to what waits next in the same list; back to the list when nothing does."""
    house, who = desk.house, desk.session.who
    category = documents.get(house, who, document_id)["category"]
    waiting = replace(came_from, category=category, status="to_post", company_id=desk.company_id)
    following = documents.next_document(house, who, document_id, waiting)["next"]
    entry = f"{posted['journal']} {posted['year']}-{posted['number']}"
    if following is None:
        return desk.go(f"/categories/{category}", "posted_last", entry=entry)
    return desk.go(_address(following["id"], waiting), "posted", entry=entry)


def _is_posted(desk: Desk, document_id: str) -> bool:
    view = documents.get(desk.house, desk.session.who, document_id)
    return bool(view["status"] == "posted")


def _address(document_id: str, came_from: Filter) -> str:
    return f"/documents/{document_id}{query_of(came_from)}"


CONTROLLERS = (Documents,)
