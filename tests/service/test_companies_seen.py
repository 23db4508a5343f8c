"""Who is limited to some companies sees and changes nothing of the others: every route there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import select

from domain.errors import Invalid
from domain.people import Scope
from service.house import House
from service.operations import access, api_keys, companies, sessions
from storage import tables as t
from tests.service.conftest import Tenant, app_over
from tests.service.stack import ready_import
from tests.service.test_pages import pages_of
from tests.service.test_tenants import OF_PEOPLE, OPEN, body_for, routes_of, things_of

EVERYTHING_BUT_ADMIN = [scope for scope in Scope if scope is not Scope.ADMIN]


@pytest.fixture
def other(house: House, ours: Tenant) -> Tenant:
    """Another company of the same organisation."""
    made = companies.create(house, ours.who, {"name": "Société secret"})
    return replace(ours, company_id=made["id"])


@pytest.fixture
def others_things(house: House, other: Tenant) -> dict[str, str]:
    return things_of(house, other)


@pytest.fixture
def limited(house: House, ours: Tenant) -> Iterator[TestClient]:
    """A program that sees our first company only, and may do anything there."""
    made = api_keys.add_key(
        house,
        ours.who,
        name="limited",
        scopes=list(EVERYTHING_BUT_ADMIN),
        company_ids=[ours.company_id],
    )
    with TestClient(app_over(house), raise_server_exceptions=False) as client:
        client.headers["Authorization"] = f"Bearer {made['key']}"
        yield client


@pytest.fixture
def accountant(house: House, ours: Tenant) -> Iterator[TestClient]:
    """A person who sees our first company only, at a browser."""
    access.add_user(
        house,
        ours.who,
        email="lea@dupont.example",
        role="accountant",
        company_ids=[ours.company_id],
    )
    with TestClient(app_over(house), raise_server_exceptions=False) as client:
        token = sessions.sign_in_link(house, "lea@dupont.example").rsplit("/", 1)[1]
        client.post(f"/sign-in/{token}")
        yield client


def rows_of(house: House, company_id: str) -> list[Any]:
    """All that is of a company, row by row."""
    found = []
    with house.store.reading() as connection:
        for table in t.metadata.sorted_tables:
            if "company_id" in table.c:
                found += connection.execute(
                    select(table).where(table.c.company_id == company_id)
                ).all()
        found += connection.execute(select(t.rule)).all()
        found += connection.execute(select(t.artefact)).all()
        found += connection.execute(select(t.webhook_endpoint)).all()
    return found


def test_a_program_reaches_nothing_of_a_company_it_does_not_see(
    limited: TestClient, house: House, other: Tenant, others_things: dict[str, str]
) -> None:
    before, asked = rows_of(house, other.company_id), 0
    for method, path in routes_of(limited.app):
        names = re.findall(r"{(\w+)}", path)
        if not names or not path.startswith("/api/v1/") or path.startswith(OF_PEOPLE):
            continue
        address = path
        for name in names:
            address = address.replace(f"{{{name}}}", others_things[name])

        answer = limited.request(method, address, json=body_for(method, path))

        assert answer.status_code in (403, 404), f"{method} {path}: {answer.text}"
        assert "secret" not in answer.text, path
        asked += 1
    assert asked >= 35
    assert rows_of(house, other.company_id) == before


def test_lists_and_counts_leave_the_other_companies_out(
    limited: TestClient, other: Tenant, others_things: dict[str, str]
) -> None:
    shared = {"user_id", "key_id", "number", "invitation_id", "session_id"}
    for method, path in routes_of(limited.app):
        if method != "GET" or "{" in path or path in OPEN or not path.startswith("/api/v1/"):
            continue
        if path.startswith(OF_PEOPLE):
            continue
        for asked in ({}, {"company_id": other.company_id}, {"q": "secret"}):
            answer = limited.get(path, params={"year": "2026", **asked})

            assert answer.status_code in (200, 403, 404, 422), f"{path}: {answer.text}"
            assert "secret" not in answer.text, path
            for name, thing in others_things.items():
                assert name in shared or thing not in answer.text, path
    assert limited.get("/api/v1/documents/counts").json() == {}


def test_a_person_sees_no_page_of_a_company_that_is_not_theirs(
    accountant: TestClient, house: House, other: Tenant, others_things: dict[str, str]
) -> None:
    token = re.search(r'name="csrf_token" value="([^"]+)"', accountant.get("/imports").text)[1]
    things = others_things | {"to": "on", "category": "purchase_invoice"}
    before, asked = rows_of(house, other.company_id), 0
    for method, path in pages_of(accountant):
        if path in ("/sign-out", "/settings/account/sign-out-everywhere"):
            continue
        address = path
        for name in re.findall(r"{(\w+)}", path):
            address = address.replace(f"{{{name}}}", things[name])
        if method == "GET":
            answer = accountant.get(address, params={"q": "secret"})
        else:
            answer = accountant.request(
                method,
                address,
                data={"number": "1", "category": "letter", "reason": "wrong"},
                headers={"X-CSRF-Token": token},
            )

        assert answer.status_code < 500, f"{method} {path}: {answer.text}"
        seen = answer.text.replace('value="secret"', "").replace("q=secret", "")
        assert "secret" not in seen, path
        asked += 1
    assert asked > 30
    assert rows_of(house, other.company_id) == before


def test_ones_own_company_is_worked_in_as_ever(
    limited: TestClient, house: House, ours: Tenant, others_things: dict[str, str]
) -> None:
    import_id = ready_import(house, ours, name="petit.pdf")

    validated = limited.post(f"/api/v1/imports/{import_id}/validate")
    uploaded = limited.post("/api/v1/imports", files={"file": ("a.pdf", b"%PDF-1")})

    assert [c["id"] for c in limited.get("/api/v1/companies").json()["items"]] == [ours.company_id]
    assert [d["number"] for d in validated.json()["documents"]] == [1, 2]
    assert uploaded.json()["company_id"] == ours.company_id, "the only one that it sees"
    assert len(limited.get("/api/v1/documents").json()["items"]) == 2


def test_an_upload_into_a_company_that_is_not_seen_is_refused(
    limited: TestClient, other: Tenant
) -> None:
    for answer in (
        limited.post(f"/api/v1/imports?company_id={other.company_id}", files={"file": b"%PDF"}),
        limited.post(
            "/api/v1/imports", data={"company_id": other.company_id}, files={"file": b"%PDF"}
        ),
    ):
        assert answer.status_code == 404


def test_an_endpoint_hears_only_of_the_companies_that_its_maker_sees(
    limited: TestClient, client: TestClient, house: House, ours: Tenant, other: Tenant
) -> None:
    url = "https://93.184.215.14/hook"
    narrow = limited.post("/api/v1/webhook-endpoints", json={"url": url}).json()["id"]
    wide = client.post("/api/v1/webhook-endpoints", json={"url": url}).json()["id"]
    for tenant in (ours, other):
        ready_import(house, tenant)

    since = {"since": "2020-01-01T00:00:00Z", "everything": True}
    client.post(f"/api/v1/webhook-endpoints/{narrow}/replay", json=since)
    heard = client.get("/api/v1/deliveries").json()["items"]
    told = {e["id"]: e["company_id"] for e in client.get("/api/v1/events").json()["items"]}

    assert [told[d["event_id"]] for d in heard if d["endpoint_id"] == narrow] == [ours.company_id]
    assert len([d for d in heard if d["endpoint_id"] == wide]) == 2
    assert [e["id"] for e in limited.get("/api/v1/webhook-endpoints").json()["items"]] == [narrow]


def test_an_answer_kept_for_one_is_not_given_to_another_who_sees_less(
    limited: TestClient, client: TestClient, house: House, other: Tenant
) -> None:
    headers = {"Idempotency-Key": "one"}
    body = {"name": "Fournisseur secret", "company_id": other.company_id}

    first = client.post("/api/v1/suppliers", json=body, headers=headers)
    again = limited.post("/api/v1/suppliers", json=body, headers=headers)

    assert first.status_code == 201
    assert again.status_code in (404, 409)
    assert "secret" not in again.text


def test_who_administers_sees_all_companies(house: House, ours: Tenant, other: Tenant) -> None:
    seen = [ours.company_id]
    lea = access.add_user(house, ours.who, email="l@dupont.example", company_ids=seen)

    with pytest.raises(Invalid, match="all companies"):
        access.update_user(house, ours.who, lea["id"], {"role": "admin"})
    with pytest.raises(Invalid, match="all companies"):
        access.update_user(house, ours.who, ours.person_id, {"company_ids": seen})
    with pytest.raises(Invalid, match="all companies"):
        api_keys.add_key(house, ours.who, name="k", scopes=["admin"], company_ids=seen)
    wider = access.update_user(house, ours.who, lea["id"], {"company_ids": []})

    assert (lea["company_ids"], wider["company_ids"]) == (seen, [])
