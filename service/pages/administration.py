"""The settings: webhooks and their deliveries, API keys, companies. Plain forms.

People are in `people`, one's own account in `account`.

A secret or a key is in the answer to the very request that made it, and nowhere else: that answer
is a page, not a redirect, and no cookie carries it.
"""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from domain.errors import Refused
from domain.events import CATALOGUE
from domain.people import Scope
from service.house import House
from service.operations import api_keys, companies, deliveries, webhooks
from service.operations.companies import CURRENCIES
from service.operations.sessions import Session
from service.pages.desk import Desk, PageController, redirect
from service.pages.forms import chosen_companies, show_settings

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Asked = Request[Any, Any, Any]


class Settings(PageController):
    path = "/settings"

    @get(sync_to_thread=False)
    def first(self, session: Session) -> Response[None]:
        scopes = session.who.scopes
        if Scope.ADMIN in scopes:
            return redirect("/settings/people")
        return redirect("/settings/webhooks" if Scope.WEBHOOKS in scopes else "/settings/account")


class Webhooks(PageController):
    path = "/settings/webhooks"

    @get(sync_to_thread=True)
    def page(self, house: House, session: Session, request: Asked) -> Response[str]:
        return _webhooks(Desk.of(house, session, request))

    @post(status_code=200, sync_to_thread=True)
    def create(self, house: House, session: Session, request: Asked, data: Form) -> Response[str]:
        desk = Desk.of(house, session, request)
        try:
            made = webhooks.add_endpoint(
                house,
                session.who,
                url=data.get("url", "").strip(),
                description=data.get("description", "").strip(),
                event_types=[name for name in CATALOGUE if f"event.{name}" in data],
            )
        except Refused as refusal:
            return _webhooks(desk, refusal=refusal, data=data)
        return _webhooks(desk, secret=made.secret)

    @post("/{endpoint_id:str}/rotate", status_code=200, sync_to_thread=True)
    def rotate(
        self, house: House, session: Session, request: Asked, endpoint_id: str
    ) -> Response[str]:
        desk = Desk.of(house, session, request)
        try:
            made = webhooks.rotate_secret(house, session.who, endpoint_id)
        except Refused as refusal:
            return _webhooks(desk, refusal=refusal)
        return _webhooks(desk, secret=made.secret)

    @post("/{endpoint_id:str}/enable", status_code=200, sync_to_thread=True)
    def enable(
        self, house: House, session: Session, request: Asked, endpoint_id: str
    ) -> Response[None]:
        webhooks.enable_endpoint(house, session.who, endpoint_id)
        return Desk.of(house, session, request).go("/settings/webhooks", "endpoint_changed")

    @post("/{endpoint_id:str}/disable", status_code=200, sync_to_thread=True)
    def disable(
        self, house: House, session: Session, request: Asked, endpoint_id: str
    ) -> Response[None]:
        webhooks.disable_endpoint(house, session.who, endpoint_id)
        return Desk.of(house, session, request).go("/settings/webhooks", "endpoint_changed")

    @post("/{endpoint_id:str}/delete", status_code=200, sync_to_thread=True)
    def delete(
        self, house: House, session: Session, request: Asked, endpoint_id: str
    ) -> Response[None]:
        webhooks.delete_endpoint(house, session.who, endpoint_id)
        return Desk.of(house, session, request).go("/settings/webhooks", "endpoint_deleted")

    @post("/{endpoint_id:str}/test", status_code=200, sync_to_thread=True)
    def test(
        self, house: House, session: Session, request: Asked, endpoint_id: str
    ) -> Response[None]:
        deliveries.send_test(house, session.who, endpoint_id)
        return Desk.of(house, session, request).go("/settings/deliveries", "test_sent")


class Deliveries(PageController):
    path = "/settings/deliveries"

    @get(sync_to_thread=True)
    def page(
        self,
        house: House,
        session: Session,
        request: Asked,
        status: str = "",
        cursor: str | None = None,
    ) -> Response[str]:
        page = deliveries.list_deliveries(house, session.who, status=status or None, cursor=cursor)
        return Desk.of(house, session, request).show(
            "settings_deliveries.html",
            here="settings",
            page=page,
            status=status,
            cursor=cursor,
            endpoints={e.id: e.url for e in webhooks.list_endpoints(house, session.who)},
        )

    @get("/{delivery_id:str}", sync_to_thread=True)
    def show(
        self, house: House, session: Session, request: Asked, delivery_id: str
    ) -> Response[str]:
        found = deliveries.get_delivery(house, session.who, delivery_id)
        return Desk.of(house, session, request).show(
            "settings_delivery.html", here="settings", delivery=found
        )

    @post("/{delivery_id:str}/replay", status_code=200, sync_to_thread=True)
    def replay(
        self, house: House, session: Session, request: Asked, delivery_id: str
    ) -> Response[None]:
        deliveries.replay(house, session.who, delivery_id)
        return Desk.of(house, session, request).go(
            f"/settings/deliveries/{delivery_id}", "replayed"
        )


class Keys(PageController):
    path = "/settings/keys"

    @get(sync_to_thread=True)
    def page(self, house: House, session: Session, request: Asked) -> Response[str]:
        return _keys(Desk.of(house, session, request))

    @post(status_code=200, sync_to_thread=True)
    def create(self, house: House, session: Session, request: Asked, data: Form) -> Response[str]:
        desk = Desk.of(house, session, request)
        scopes = [scope.value for scope in Scope if f"scope.{scope.value}" in data]
        try:
            made = api_keys.add_key(
                house,
                session.who,
                name=data.get("name", ""),
                scopes=scopes,
                company_ids=chosen_companies(desk, data),
            )
        except Refused as refusal:
            return _keys(desk, refusal=refusal, data=data)
        return _keys(desk, key=made["key"])

    @post("/{key_id:str}/revoke", status_code=200, sync_to_thread=True)
    def revoke(self, house: House, session: Session, request: Asked, key_id: str) -> Response[None]:
        api_keys.revoke_key(house, session.who, key_id)
        return Desk.of(house, session, request).go("/settings/keys", "key_revoked")


class Companies(PageController):
    path = "/settings/companies"

    @get(sync_to_thread=True)
    def page(self, house: House, session: Session, request: Asked) -> Response[str]:
        session.who.must(Scope.ADMIN)
        return _companies(Desk.of(house, session, request))

    @post(status_code=200, sync_to_thread=True)
    def create(self, house: House, session: Session, request: Asked, data: Form) -> Response[Any]:
        desk = Desk.of(house, session, request)
        names = ("name", "country", "siren", "vat_id", "uid")
        values = {name: data[name].strip() for name in names if data.get(name, "").strip()}
        try:
            companies.create(house, session.who, values)
        except Refused as refusal:
            return _companies(desk, refusal=refusal, data=data)
        return desk.go("/settings/companies", "company_added")


def _webhooks(desk: Desk, **told: Any) -> Response[str]:
    endpoints = webhooks.list_endpoints(desk.house, desk.session.who)
    return show_settings(
        desk, "settings_webhooks.html", told, endpoints=endpoints, event_types=list(CATALOGUE)
    )


def _keys(desk: Desk, **told: Any) -> Response[str]:
    keys = api_keys.list_keys(desk.house, desk.session.who)
    mine = [scope.value for scope in Scope if scope in desk.session.who.scopes]
    return show_settings(desk, "settings_keys.html", told, keys=keys, scopes=mine)


def _companies(desk: Desk, **told: Any) -> Response[str]:
    return show_settings(desk, "settings_companies.html", told, countries=list(CURRENCIES))


CONTROLLERS = (Settings, Webhooks, Deliveries, Keys, Companies)
