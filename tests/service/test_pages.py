"""Pages as the server gives them: who may see what, in which language, and that forms are ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from litestar.testing import TestClient
from sqlalchemy import text, update

from domain.rules import reader_of
from service.house import House
from service.operations import access, api_keys, sessions
from storage import tables as t
from tests.service.bookkeeping import invoice
from tests.service.conftest import Tenant, app_over
from tests.service.stack import INVOICE, ready_import
from tests.service.test_tenants import learnt, routes_of, their_things  # noqa: F401 - a fixture

OPEN = {
    "/sign-in",
    "/sign-in/{token}",
    "/sign-in/oidc",
    "/sign-in/oidc/return",
    "/invitation/{token}",
    "/password/{token}",
    "/language/{language}",
    "/static/{version}/{name}",
}
"""Pages for everybody."""


@pytest.fixture
def person(house: House, ours: Tenant) -> Iterator[TestClient]:
    """Our administrator at a browser."""
    with TestClient(app_over(house), raise_server_exceptions=False) as client:
        token = sessions.sign_in_link(house, "admin@dupont.example").rsplit("/", 1)[1]
        client.post(f"/sign-in/{token}")
        yield client


def test_a_document_that_lost_its_pages_is_still_shown(
    house: House, ours: Tenant, person: TestClient
) -> None:
    shown = person.get(f"/documents/{invoice(house, ours.who, 'F-77')}")
    assert shown.status_code == 200
    assert "F-77" in shown.text


def csrf_of(client: TestClient) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/imports").text)
    assert found
    return found[1]


def pages_of(client: TestClient) -> list[tuple[str, str]]:
    return [
        (method, path)
        for method, path in routes_of(client.app)
        if not path.startswith(("/api", "/health", "/metrics")) and path not in OPEN
    ]


def test_every_page_sends_strangers_to_sign_in(stranger: TestClient) -> None:
    asked = 0
    for method, path in pages_of(stranger):
        address = re.sub(r"{\w+}", "x_1", path)
        answer = stranger.request(method, address, follow_redirects=False)

        assert answer.status_code == 303, f"{method} {path}: {answer.text}"
        assert answer.headers["location"].startswith("/sign-in")
        asked += 1
    assert asked > 25


def test_every_page_is_not_found_for_somebody_elses_things(
    person: TestClient,
    their_things: dict[str, str],  # noqa: F811
) -> None:
    token = csrf_of(person)
    things = their_things | {"to": "on"}
    asked = 0
    for method, path in pages_of(person):
        names = re.findall(r"{(\w+)}", path)
        if not names or names == ["category"]:
            continue
        address = path
        for name in names:
            address = address.replace(f"{{{name}}}", things[name])
        form = {"csrf_token": token, "number": "1", "category": "letter", "reason": "wrong"}
        form |= {"role": "reader", "file_id": their_things["file_id"]}
        if "/board" in path and method == "POST":  # for our script
            seen = {"since": 1, "status": "ready"}
            if path.endswith("/changes"):
                seen |= {"version": 1, "changes": [{"do": "cut", "pages": ["pag_1"]}]}
            answer = person.post(address, json=seen, headers={"X-CSRF-Token": token})
        elif method == "POST":
            answer = person.post(address, data=form)
        else:
            answer = person.get(address)

        assert answer.status_code == 404, f"{method} {path}: {answer.status_code}"
        assert "secret" not in answer.text
        assert "martin" not in answer.text.lower()
        asked += 1
    assert asked > 20


def test_nothing_is_changed_without_the_token_of_the_session(
    person: TestClient, house: House, ours: Tenant
) -> None:
    import_id = ready_import(house, ours)
    asked = 0
    for method, path in pages_of(person):
        if method == "GET":
            continue
        address = path.replace("{import_id}", import_id)
        address = re.sub(r"{\w+}", "x_1", address)
        for headers in ({}, {"X-CSRF-Token": "guessed"}):
            answer = person.request(method, address, headers=headers, data={"a": "b"})

            assert answer.status_code == 403, f"{method} {path}: {answer.text}"
        asked += 1
    assert asked > 15
    assert "validée" not in person.get("/imports").text


def test_a_form_of_another_site_signs_nobody_in(stranger: TestClient) -> None:
    answer = stranger.post(
        "/sign-in",
        data={"email": "a@b.example", "password": "x"},
        headers={"Sec-Fetch-Site": "cross-site"},
    )

    assert answer.status_code == 403


def test_signing_in_with_a_password_leads_to_the_page_that_was_asked_for(
    stranger: TestClient, house: House, ours: Tenant
) -> None:
    access.update_user(house, ours.who, ours.person_id, {"password": "a long password"})
    form = {"email": "admin@dupont.example", "password": "wrong", "next": "/books"}

    wrong = stranger.post("/sign-in", data=form, follow_redirects=False)
    right = stranger.post(
        "/sign-in", data=form | {"password": "a long password"}, follow_redirects=False
    )
    elsewhere = stranger.get("/sign-in?next=//evil.example/", follow_redirects=False)

    assert wrong.status_code == 401
    assert "admin@dupont.example" in wrong.text
    assert (right.status_code, right.headers["location"]) == (303, "/books")
    assert elsewhere.headers["location"] == "/"


def test_looking_at_a_sign_in_link_does_not_use_it_up(
    stranger: TestClient, house: House, ours: Tenant
) -> None:
    token = sessions.sign_in_link(house, "admin@dupont.example").rsplit("/", 1)[1]
    for _ in range(2):
        assert stranger.get(f"/sign-in/{token}").status_code == 200

    assert stranger.post(f"/sign-in/{token}").url.path == "/imports"
    stranger.cookies.clear()
    spent = stranger.post(f"/sign-in/{token}")
    assert spent.status_code == 401
    assert "already" in spent.text or "déjà servi" in spent.text


def test_a_person_reads_in_their_language_and_may_change_it(
    person: TestClient, house: House, ours: Tenant
) -> None:
    assert "Importations" in person.get("/imports").text
    token = csrf_of(person)

    person.post("/language", data={"csrf_token": token, "language": "en", "next": "/imports"})

    page = person.get("/imports").text
    assert '<html lang="en">' in page
    assert "Importations" not in page
    assert access.list_users(house, ours.who)[0]["language"] == "en"


def test_a_secret_is_shown_in_the_answer_that_made_it_and_never_again(
    person: TestClient, house: House, ours: Tenant
) -> None:
    token = csrf_of(person)
    made = person.post(
        "/settings/keys",
        data={"csrf_token": token, "name": "Scanner", "scope.imports:write": "on"},
    )
    endpoint = person.post(
        "/settings/webhooks",
        data={
            "csrf_token": token,
            "url": "https://93.184.215.14/hook",
            "event.invoice.posted": "on",
        },
    )
    refused = person.post(
        "/settings/webhooks", data={"csrf_token": token, "url": "http://127.0.0.1/hook"}
    )

    key, secret = re.search(r"bnt_\w+", made.text), re.search(r"whsec_[\w+/=]+", endpoint.text)
    assert key
    assert secret
    assert api_keys.who_has_key(house, re.search(r"bnt_[\w-]+", made.text)[0]).scopes == {
        "imports:write"
    }
    assert key[0] not in person.get("/settings/keys").text
    assert secret[0] not in person.get("/settings/webhooks").text
    assert refused.status_code == 422
    assert "http://127.0.0.1/hook" in refused.text, "what was typed stays"


def test_people_are_invited_and_companies_added_and_each_refusal_is_said(
    person: TestClient,
) -> None:
    token = csrf_of(person)
    invited, again = (
        person.post(
            "/settings/invitations",
            data={"csrf_token": token, "email": email, "role": "reviewer"},
        )
        for email in ("lea@dupont.example", "admin@dupont.example")
    )
    company = person.post(
        "/settings/companies", data={"csrf_token": token, "name": "Atelier Nord", "country": "CH"}
    )
    wrong = person.post(
        "/settings/companies", data={"csrf_token": token, "name": "Sud", "siren": "123456789"}
    )

    assert "/invitation/" in invited.text
    assert again.status_code == 409
    assert "Cette adresse ne peut pas être ajoutée." in again.text
    assert "Atelier Nord" in company.text
    assert wrong.status_code == 422
    assert "SIREN est faux" in wrong.text


def test_the_company_that_is_chosen_narrows_the_lists(
    person: TestClient, house: House, ours: Tenant
) -> None:
    token = csrf_of(person)
    ready_import(house, ours, name="petit.pdf")
    person.post("/settings/companies", data={"csrf_token": token, "name": "Atelier Nord"})
    other = re.search(r'<option value="(cmp_\w+)" >Atelier Nord', person.get("/imports").text)
    assert other

    assert "petit.pdf" in person.get("/imports").text
    narrowed = person.post(
        "/company", data={"csrf_token": token, "company_id": other[1], "next": "/imports"}
    )
    assert "petit.pdf" not in narrowed.text
    wide = person.post("/company", data={"csrf_token": token, "company_id": "", "next": "/imports"})
    assert "petit.pdf" in wide.text


def test_an_address_that_is_not_there_says_so_in_words(person: TestClient) -> None:
    missing = person.get("/imports/imp_0")

    assert missing.status_code == 404
    assert "Introuvable." in missing.text
    assert missing.headers["content-type"].startswith("text/html")

    nowhere = person.get("/importation", headers={"Accept": "text/html"})
    program = person.get("/api/v1/importation", headers={"Accept": "text/html"})
    assert (nowhere.status_code, program.status_code) == (404, 404)
    assert "Introuvable." in nowhere.text
    assert program.headers["content-type"] == "application/problem+json"


def test_a_database_that_is_away_is_said_on_a_page_and_leaks_nothing(
    person: TestClient, house: House
) -> None:
    person.get("/imports")
    with house.store.transaction() as connection:
        connection.execute(text("ALTER TABLE import RENAME TO import_elsewhere"))

    answer = person.get("/imports")

    assert answer.status_code == 503
    assert "Une partie du service ne répond pas." in answer.text
    assert "SELECT" not in answer.text
    fragment = person.get("/imports/rows", headers={"X-Fragment": "rows"})
    assert fragment.json()["detail"] == "Une partie du service ne répond pas."


def test_what_was_learnt_is_said_in_words_and_switched_off(
    person: TestClient, house: House, ours: Tenant
) -> None:
    import_id = ready_import(house, ours)
    with TestClient(app_over(house)) as program:
        program.headers.update(ours.headers)
        validated = program.post(f"/api/v1/imports/{import_id}/validate").json()
    rule_id, artefact_id = learnt(house, ours, validated["documents"][0]["id"])
    token = {"csrf_token": csrf_of(person)}

    before = person.get("/settings/learnt").text
    for kind, thing in (("rules", rule_id), ("artefacts", artefact_id)):
        person.post(f"/settings/learnt/{kind}/{thing}/off", data=token)
    after = person.get("/settings/learnt").text

    assert "C’est toujours «\u00a0Atelier secret\u00a0»." in before
    assert before.count(f"/settings/learnt/rules/{rule_id}/off") == 1
    assert after.count(f"/settings/learnt/rules/{rule_id}/on") == 1
    assert after.count(f"/settings/learnt/artefacts/{artefact_id}/on") == 1


def test_a_value_that_a_learnt_rule_or_table_gave_says_so(
    person: TestClient, house: House, ours: Tenant
) -> None:
    import_id = ready_import(house, ours)
    with TestClient(app_over(house)) as program:
        program.headers.update(ours.headers)
        address = f"/api/v1/imports/{import_id}/validate"
        document_id = program.post(address).json()["documents"][0]["id"]
        rule_id, _ = learnt(house, ours, document_id)
        reading = replace(INVOICE, list_readers={"line_items": reader_of(rule_id)})
        name = replace(INVOICE.fields["supplier_name"], reader=reader_of(rule_id), source="rule")
        reading = replace(reading, fields={**INVOICE.fields, "supplier_name": name})
        with house.store.transaction() as connection:
            connection.execute(
                update(t.document)
                .where(t.document.c.id == document_id)
                .values(reading=reading.to_json())
            )
        told = program.get(f"/api/v1/documents/{document_id}").json()["learnt"]

    page = person.get(f"/documents/{document_id}").text

    assert {name: rule["rule_id"] for name, rule in told.items()} == {
        "supplier_name": rule_id,
        "line_items": rule_id,
    }
    assert page.count("Appris") - page.count(">Appris<") >= 2
    assert page.count("C’est toujours «\u00a0Atelier secret\u00a0».") == 2
