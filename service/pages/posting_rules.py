"""Books › Rules: the posting rules of a company, each written beside what it would have said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from domain.countries import country
from domain.errors import NotFound, Refused
from service import answers
from service.house import House
from service.operations import accounting, accounts, analytics, posting_rules, supplier_files
from service.operations.sessions import Session
from service.pages.desk import Desk, PageController, in_words

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Asked = Request[Any, Any, Any]
HOME = "/books/rules"
TYPED = ("name", "supplier_id", "words", "at_least", "at_most", "account", "treatment", "analytic")


class PostingRules(PageController):
    path = HOME

    @get(sync_to_thread=True)
    def list_rules(self, house: House, session: Session, request: Asked) -> Response[str]:
        desk = Desk.of(house, session, request)
        rules = posting_rules.list_rules(house, session.who, desk.company_id)
        return desk.show("posting_rules.html", here="books", rules=rules)

    @get("/new", sync_to_thread=True)
    def new(
        self,
        house: House,
        session: Session,
        request: Asked,
        document_id: str = "",
        part: int = 0,
        company_id: str = "",
    ) -> Response[str]:
        """An empty rule, or one that would have said what stands on a line of a document."""
        desk = Desk.of(house, session, request)
        values: dict[str, Any] = {}
        if document_id:
            shown = accounting.proposed_entry(house, session.who, document_id)
            company_id = shown["company_id"]
            values = _of_line(shown, part)
        return _page(desk, company_id or desk.company_id or "", values)

    @post("/preview", status_code=200, sync_to_thread=True)
    def preview(self, house: House, session: Session, request: Asked, data: Form) -> Response[str]:
        """What the rule that is being written would have said, for our script."""
        desk = Desk.of(house, session, request)
        content = desk.piece("posting_rule_preview.html", **_preview(desk, data))
        return Response(content, media_type="text/html")

    @post(status_code=200, sync_to_thread=True)
    def add(self, house: House, session: Session, request: Asked, data: Form) -> Response[Any]:
        desk = Desk.of(house, session, request)
        if data.get("do") == "preview":
            return _page(desk, data.get("company_id", ""), data)
        try:
            posting_rules.add(house, session.who, data.get("company_id") or None, typed(data))
        except Refused as refusal:
            return _page(desk, data.get("company_id", ""), data, refusal=refusal)
        return desk.go(HOME, "posting_rule_saved")

    @get("/{posting_rule_id:str}", sync_to_thread=True)
    def page(
        self, house: House, session: Session, request: Asked, posting_rule_id: str
    ) -> Response[str]:
        desk = Desk.of(house, session, request)
        rule = posting_rules.get(house, session.who, posting_rule_id)
        return _page(desk, rule["company_id"], rule, rule)

    @post("/{posting_rule_id:str}", status_code=200, sync_to_thread=True)
    def save(
        self, house: House, session: Session, request: Asked, posting_rule_id: str, data: Form
    ) -> Response[Any]:
        desk = Desk.of(house, session, request)
        rule = posting_rules.get(house, session.who, posting_rule_id)
        if data.get("do") == "preview":
            return _page(desk, rule["company_id"], data, rule)
        version = int(data["version"]) if data.get("version", "").isdecimal() else None
        try:
            posting_rules.change(house, session.who, posting_rule_id, typed(data), version)
        except Refused as refusal:
            return _page(desk, rule["company_id"], data, rule, refusal)
        return desk.go(HOME, "posting_rule_saved")

    @post("/{posting_rule_id:str}/{to:str}", status_code=200, sync_to_thread=True)
    def put(
        self, house: House, session: Session, request: Asked, posting_rule_id: str, to: str
    ) -> Response[None]:
        """Switch it on or off, ask it earlier, delete it or bring it back."""
        desk, who = Desk.of(house, session, request), session.who
        said, undo = "posting_rule_saved", ""
        if to in ("on", "off"):
            posting_rules.change(house, who, posting_rule_id, {"active": to == "on"})
        elif to == "up":
            rule = posting_rules.get(house, who, posting_rule_id)
            rules = posting_rules.list_rules(house, who, rule["company_id"])
            place = [each["id"] for each in rules].index(posting_rule_id)
            posting_rules.change(house, who, posting_rule_id, {"position": max(1, place)})
        elif to == "delete":
            posting_rules.delete(house, who, posting_rule_id)
            said, undo = "posting_rule_deleted", f"{HOME}/{posting_rule_id}/restore"
        elif to == "restore":
            posting_rules.restore(house, who, posting_rule_id)
        else:
            raise NotFound("There is no such page.")
        return desk.go(HOME, said, **({"undo": undo} if undo else {}))


def typed(data: Mapping[str, str]) -> dict[str, Any]:
    """The rule in a form. Amounts may be written as one writes them here."""
    values: dict[str, Any] = {name: data.get(name, "").strip() for name in TYPED}
    for name in ("at_least", "at_most"):
        values[name] = "".join(values[name].split()).replace(",", ".")
    return {**values, "automatic": data.get("automatic") == "yes"}


def _page(
    desk: Desk,
    company_id: str,
    values: Mapping[str, Any],
    rule: dict[str, Any] | None = None,
    refusal: Refused | None = None,
) -> Response[str]:
    company = next((c for c in desk.companies if c["id"] == company_id), None)
    if company is None:
        if company_id:
            raise NotFound("There is no such company.")
        return desk.show("posting_rule.html", here="books", company=None)
    house, who = desk.house, desk.session.who
    shown = {"company_id": company_id, **{k: v for k, v in values.items() if v is not None}}
    if rule is not None:
        shown["rule_id"] = rule["id"]
    return desk.show(
        "posting_rule.html",
        here="books",
        status_code=answers.status_of(refusal) if refusal else 200,
        company=company,
        rule=rule,
        values=shown,
        suppliers=supplier_files.list_suppliers(house, who, company_id, limit=200)["items"],
        every_account=accounts.list_accounts(house, who, company_id, purchases=True)["items"],
        treatments=country(company["country"]).treatments.values(),
        codes=[c for c in analytics.list_names(house, who, company_id) if c["open"]],
        label="label_en" if desk.words.language == "en" else "label_fr",
        refusal=in_words(desk.words, refusal) if refusal else None,
        wrong=refusal.details.get("fields", []) if refusal else [],
        **_preview(desk, shown),
    )


def _preview(desk: Desk, values: Mapping[str, Any]) -> dict[str, Any]:
    """The preview of what is in a form, or what it still lacks."""
    said = {name: str(values.get(name) or "") for name in TYPED}
    if not said["account"] or not (said["words"] or said["supplier_id"]):
        return {"preview": None, "lacks": None}
    company_id, rule_id = values.get("company_id") or None, values.get("rule_id") or None
    try:
        found = posting_rules.preview(
            desk.house, desk.session.who, company_id, typed(said), rule_id
        )
    except NotFound:
        raise
    except Refused as refusal:
        return {"preview": None, "lacks": in_words(desk.words, refusal)[0]}
    return {"preview": found, "lacks": None}


def _of_line(shown: dict[str, Any], number: int) -> dict[str, Any]:
    parts = [part for part in shown["parts"] if part["part"] == number]
    part = parts[0] if parts else {}
    words = " ".join(w for w in part.get("description", "").split() if w.isalpha() and len(w) > 2)
    supplier = shown["supplier"]
    return {
        "name": (supplier["name"] or words)[:80],
        "supplier_id": supplier["id"] or "",
        "words": "" if supplier["id"] else " ".join(words.split()[:3]),
        "account": part.get("account") or "",
        "treatment": "",
        "analytic": part.get("analytic") or "",
    }


CONTROLLERS = (PostingRules,)
