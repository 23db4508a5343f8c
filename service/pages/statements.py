"""The bank: its accounts and statements, and the page where a statement is put right and accepted.

What a person types is one form: all rows in their order. It is saved before anything else is done,
so that nothing typed is lost; our script shows the balances as they type.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from domain.errors import Refused
from service import answers
from service.house import House
from service.operations import (
    accounts,
    bank_accounts,
    bank_reconciliation,
    bank_rules,
    documents,
    movements,
    statement_acceptance,
    statement_changes,
    statements,
)
from service.operations.sessions import Session
from service.pages.desk import Desk, PageController, in_words
from service.pages.statement_form import HEAD, Merged, decisions, merged, shown, typed
from service.pages.typed import account_of

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Sent = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)]
Asked = Request[Any, Any, Any]


class Bank(PageController):
    path = "/statements"

    @get(sync_to_thread=True)
    def list_statements(
        self, house: House, session: Session, request: Asked, cursor: str | None = None
    ) -> Response[str]:
        return show_list(Desk.of(house, session, request), cursor)

    @get("/accounts/{bank_account_id:str}", sync_to_thread=True)
    def reconciliation(
        self, house: House, session: Session, request: Asked, bank_account_id: str
    ) -> Response[str]:
        desk = Desk.of(house, session, request)
        view = bank_reconciliation.reconciliation(house, session.who, bank_account_id)
        return desk.show("reconciliation.html", here="bank", view=view)

    @get("/{statement_id:str}", sync_to_thread=True)
    def page(
        self, house: House, session: Session, request: Asked, statement_id: str
    ) -> Response[str]:
        return _page(Desk.of(house, session, request), statement_id)

    @get("/{statement_id:str}/open-items", sync_to_thread=True)
    def open_items(
        self,
        house: House,
        session: Session,
        request: Asked,
        statement_id: str,
        q: str = "",
        amount: str = "",
    ) -> Response[str]:
        """The open documents that answer a search, as options of a list."""
        found = movements.open_items_of(house, session.who, statement_id, q, amount)
        content = Desk.of(house, session, request).piece("item_options.html", items=found["items"])
        return Response(content, media_type="text/html")

    @post("/{statement_id:str}", status_code=200, sync_to_thread=True)
    def change(
        self, house: House, session: Session, request: Asked, statement_id: str, data: Form
    ) -> Response[Any]:
        desk, doing = Desk.of(house, session, request), data.get("do", "save")
        try:
            return _done(desk, statement_id, doing, data)
        except Refused as refusal:
            return _page(desk, statement_id, data, refusal)


def _done(desk: Desk, statement_id: str, doing: str, data: Mapping[str, str]) -> Response[Any]:
    house, who, here = desk.house, desk.session.who, f"/statements/{statement_id}"
    version = int(data["version"]) if data.get("version", "").isdecimal() else None
    if doing == "reopen":
        statement_acceptance.reopen(house, who, statement_id, version)
        return desk.go(here, "statement_reopened")
    if doing == "rule":
        values = {name: data.get(f"rule.{name}", "").strip() for name in ("words", "side")}
        values["account"] = account_of(data.get("rule.account", ""))
        company_id = statements.get(house, who, statement_id)["company_id"]
        made = bank_rules.add(house, who, company_id, values)
        return desk.go(here, "bank_rule_added", words=made["words"], account=made["account"])
    if doing == "post":
        done = movements.post_movements(house, who, statement_id, decisions(data))
        counts = {"number": str(len(done["posted"])), "left": str(len(done["left"]))}
        return desk.go(here, "movements_posted", **counts)
    view = statements.get(house, who, statement_id)
    if view["status"] == "to_check":
        head, rows = typed(data)
        view = statement_changes.save(house, who, statement_id, head, rows, version)
    act, _, rest = doing.partition(" ")
    if act == "repair":
        _repair(desk, view, rest)
        return desk.go(here, "saved")
    if act == "account":
        _open_account(desk, view)
        return desk.go(here, "bank_account_opened")
    if act not in ("accept", "onwards"):
        return desk.go(here, "saved")
    statement_acceptance.accept(
        house, who, statement_id, view["version"], data.get("override_reason", "")
    )
    following = statements.next_to_check(house, who, statement_id) if act == "onwards" else None
    return desk.go(f"/statements/{following}" if following else here, "statement_accepted")


def _repair(desk: Desk, view: dict[str, Any], which: str) -> None:
    """One of the changes that make the statement close, as it was shown: ``do row amount``."""
    do, _, rest = which.partition(" ")
    movement_id, _, amount = rest.partition(" ")
    house, who, at, version = desk.house, desk.session.who, view["id"], view["version"]
    if do == "delete":
        statement_changes.delete_row(house, who, at, movement_id, version)
    elif do == "change":
        statement_changes.change_row(house, who, at, movement_id, {"amount": amount}, version)
    elif do == "add":
        last = view["rows"][-1]["day"] if view["rows"] else view["end"] or view["start"]
        values = {"day": last, "amount": amount, "label": ""}
        statement_changes.add_row(house, who, at, values, version)


def _open_account(desk: Desk, view: dict[str, Any]) -> None:
    """A bank account for a statement whose account the books do not know."""
    values = {
        "name": view["bank"] or view["name"] or view["iban"],
        "iban": view["iban"] or None,
        "currency": view["currency"] or None,
    }
    made = bank_accounts.add(desk.house, desk.session.who, view["company_id"], values)
    chosen = {"bank_account_id": made["id"]}
    statement_changes.change(desk.house, desk.session.who, view["id"], chosen, view["version"])


def show_list(
    desk: Desk, cursor: str | None = None, refusal: Refused | None = None
) -> Response[str]:
    house, who, company_id = desk.house, desk.session.who, desk.company_id
    return desk.show(
        "statements.html",
        here="bank",
        status_code=answers.status_of(refusal) if refusal else 200,
        refusal=in_words(desk.words, refusal) if refusal else None,
        page=statements.list_statements(house, who, company_id=company_id, cursor=cursor),
        accounts=bank_accounts.list_accounts(house, who, company_id),
        cursor=cursor,
    )


def _page(
    desk: Desk,
    statement_id: str,
    data: Mapping[str, str] | None = None,
    refusal: Refused | None = None,
) -> Response[str]:
    house, who = desk.house, desk.session.who
    view = statements.get(house, who, statement_id)
    editable = view["status"] == "to_check" and desk.may("books:write")
    form = Merged({name: view[name] for name in HEAD}, view["rows"], {})
    if data is not None and editable:
        form = merged(data, view)
    paper = None
    if view["document_id"] and desk.may("documents:read"):
        paper = documents.get(house, who, view["document_id"])
    proposed = {}
    if view["status"] == "accepted":
        offered = movements.proposals(house, who, statement_id)["movements"]
        proposed = {one["movement_id"]: one for one in offered}
    own = [
        account
        for account in bank_accounts.list_accounts(house, who, view["company_id"])
        if not account["closed_at"]
    ]
    return desk.show(
        "statement.html",
        here="bank",
        status_code=answers.status_of(refusal) if refusal else 200,
        view=view,
        shown=shown(view),
        head=form.head,
        rows=form.rows,
        theirs=form.theirs,
        page_list=paper["page_list"] if paper else [],
        editable=editable,
        refusal=in_words(desk.words, refusal) if refusal else None,
        accounts=own,
        proposed=proposed,
        numbers={row["id"]: at for at, row in enumerate(view["rows"], 1)},
        every_account=accounts.list_accounts(house, who, view["company_id"])["items"]
        if proposed
        else [],
        overridable={p["code"] for p in view["problems"] if p["severity"] == "blocking"}
        <= statement_acceptance.OVERRIDABLE,
        total=Decimal(view["credits"]) - Decimal(view["debits"]),
        blocked=any(p["severity"] == "blocking" for p in view["problems"]),
        label="label_en" if desk.words.language == "en" else "label_fr",
    )


CONTROLLERS = (Bank,)
