"""What was learnt, for people: the rules of each sender in words, and switches."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from litestar import Request, Response, get, post

from domain.errors import NotFound
from domain.people import Scope
from service.house import House
from service.operations import artefacts, rules
from service.operations.sessions import Session
from service.pages.desk import Desk, PageController

Asked = Request[Any, Any, Any]


class Learnt(PageController):
    path = "/settings/learnt"

    @get(sync_to_thread=True)
    def page(
        self,
        house: House,
        session: Session,
        request: Asked,
        q: str = "",
        cursor: str | None = None,
    ) -> Response[str]:
        session.who.must(Scope.DOCUMENTS_WRITE)
        page = rules.list_rules(house, session.who, q=q, cursor=cursor)
        # Newest lessons first, those of one sender together.
        order = {rule["sender_id"]: n for n, rule in reversed(list(enumerate(page["items"])))}
        lessons = sorted(page["items"], key=lambda rule: order[rule["sender_id"]])
        desk = Desk.of(house, session, request)
        for rule in lessons:
            if rule["wording"]["code"] == "category":
                values = rule["wording"]["values"]
                rule["wording"]["values"] = {k: desk.category_name(v) for k, v in values.items()}
        return desk.show(
            "settings_learnt.html",
            here="settings",
            senders=[list(of) for _, of in groupby(lessons, lambda rule: rule["sender_id"])],
            versions=artefacts.list_artefacts(house, session.who, limit=20)["items"],
            page=page,
            cursor=cursor,
            q=q,
        )

    @post("/rules/{rule_id:str}/{to:str}", status_code=200, sync_to_thread=True)
    def switch_rule(
        self, house: House, session: Session, request: Asked, rule_id: str, to: str
    ) -> Response[None]:
        rules.switch(house, session.who, rule_id, active=_is_on(to))
        return Desk.of(house, session, request).go("/settings/learnt", "rule_switched")

    @post("/artefacts/{artefact_id:str}/{to:str}", status_code=200, sync_to_thread=True)
    def switch_artefact(
        self, house: House, session: Session, request: Asked, artefact_id: str, to: str
    ) -> Response[None]:
        artefacts.switch(house, session.who, artefact_id, live=_is_on(to))
        return Desk.of(house, session, request).go("/settings/learnt", "artefact_switched")


def _is_on(to: str) -> bool:
    if to not in ("on", "off"):
        raise NotFound("There is no such page.")
    return to == "on"


CONTROLLERS = (Learnt,)
