"""Nothing crosses organisations: every route there is, asked for somebody else's things."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import select

from domain.ids import new_id
from domain.rules import Rule
from domain.suppliers import Identity
from service.house import House
from service.operations import (
    analytics,
    api_keys,
    artefacts,
    bank_accounts,
    bank_files,
    bank_rules,
    batches,
    companies,
    contracts,
    customers,
    drafts,
    entry_models,
    finalising,
    invitations,
    posting_rules,
    record_files,
    records,
    rules,
    sales_emails,
    sales_settings,
    saved_views,
    senders,
    sessions,
    spreadsheet_imports,
    statements,
    suppliers,
    vat_returns,
)
from service.operations.billable import Wanted
from service.operations.sessions import Place
from storage import tables as t
from tests.service import workbooks
from tests.service.conftest import Tenant, app_over
from tests.service.stack import ready_import

OPEN = {
    "/api/v1/sign-in",
    "/api/v1/sign-out",
    "/api/v1/invitations/accept",
    "/health/live",
    "/health/ready",
    "/metrics",
}
OF_PEOPLE = "/api/v1/me/"
"""Doors for people with a session; a key has none. The walk of the pages opens them."""

"""What is there for everybody, or speaks only of the one who asks."""
BODIES: dict[str, Any] = {
    "POST settle": {"code": "totals_differ", "how": "accept"},
    "POST einvoice-status": {"status": 204},
    "POST comments": {"text": "Whose is this?"},
    "PUT assignment": {"comment": "Whose is this?"},
    "PUT groups": {"groups": []},
    "POST changes": {"changes": [{"do": "cut", "pages": ["pag_1"]}]},
    "PATCH groups/{number}": {"category": "letter"},
    "POST replay": {"since": "2026-01-01T00:00:00Z"},
    "POST reverse": {"reason": "wrong"},
    "POST vat-returns": {"start": "2026-01-01", "end": "2026-01-31"},
    "POST cancel": {"reason": "wrong"},
    "PUT period-lock": {"locked_until": "2026-01-01"},
    "PATCH bookkeeping": {"vat_regime": "normal"},
    "PATCH companies/{company_id}": {"name": "Stolen"},
    "PATCH users/{user_id}": {"name": "Stolen"},
    "PATCH documents/{document_id}": {"category": "letter"},
    "PATCH rules/{rule_id}": {"active": False},
    "POST documents/{document_id}/split": {"before": 1},
    "PATCH artefacts/{artefact_id}": {"live": False},
    "PATCH analytic-codes/{analytic_code_id}": {"label": "Stolen"},
    "PATCH posting-rules/{posting_rule_id}": {"name": "Stolen"},
    "PATCH automation": {"dial": "proved"},
    "PATCH bank-statements/{statement_id}": {"bank": "Stolen"},
    "PATCH movements/{movement_id}": {"label": "Stolen"},
    "POST bank-statements/{statement_id}/movements": {"day": "2026-01-01", "amount": "1"},
    "PATCH bank-accounts/{bank_account_id}": {"name": "Stolen"},
    "PATCH suppliers/{supplier_id}": {"name": "Stolen"},
    "PATCH customers/{customer_id}": {"name": "Stolen"},
    "PUT sheet": {"sheet": 0, "version": 1},
    "PUT mapping": {"mapping": {}, "version": 1},
    "PUT naming": {"common_name": "Stolen", "issue_date": "2026-01-01", "version": 1},
    "PATCH spreadsheet-imports/{spreadsheet_import_id}/rows": {"leave_out": [2], "version": 1},
    "PATCH drafts/{draft_id}": {"title": "Stolen"},
    "PATCH contracts/{contract_id}": {"name": "Stolen"},
    "PATCH records/{record_id}": {"finished": False},
    "POST drafts/{draft_id}/put-back": {"line_ids": ["sln_1"]},
    "POST drafts/{draft_id}/deposits": {"deposit_ids": ["inv_1"]},
    "POST drafts/{draft_id}/deposit": {"percent": "30"},
    "POST invoices/{invoice_id}/status": {"status": "sent"},
    "PATCH sales-settings": {"city": "Stolen"},
    "PATCH email-settings": {"sender_name": "Stolen"},
    "POST invoices/{invoice_id}/emails": {"to": ["stolen@example.com"]},
    "POST suppliers/{supplier_id}/ibans": {"iban": "FR7630006000011234567890189"},
    "POST suppliers/{supplier_id}/merge": {"supplier_id": "sup_1"},
    "POST suppliers/{supplier_id}/distinct": {"supplier_id": "sup_1"},
    "PATCH webhook-endpoints/{endpoint_id}": {"description": "Stolen"},
}


def body_for(method: str, path: str) -> Any:
    """What a route takes, so that it gets as far as asking whose thing this is."""
    for known, body in BODIES.items():
        its_method, its_end = known.split()
        if method == its_method and path.endswith(its_end):
            return body
    return None


def routes_of(app: Litestar) -> list[tuple[str, str]]:
    return sorted(
        (method, route.path_format)
        for route in app.routes
        for method in getattr(route, "methods", ())
        if method not in ("OPTIONS", "HEAD")
    )


@pytest.fixture
def their_things(house: House, theirs: Tenant) -> dict[str, str]:
    return things_of(house, theirs)


def things_of(house: House, theirs: Tenant) -> dict[str, str]:
    """The ids of everything that a tenant has, by the parameter that names it."""
    read = ready_import(house, theirs, name="secret.pdf")
    with TestClient(app_over(house)) as client:
        client.headers.update(theirs.headers)
        validated = ready_import(house, theirs, name="secret-too.pdf")
        documents = client.post(f"/api/v1/imports/{validated}/validate").json()["documents"]
        endpoint = client.post(
            "/api/v1/webhook-endpoints", json={"url": "https://93.184.215.14/hook"}
        ).json()
        client.post(f"/api/v1/webhook-endpoints/{endpoint['id']}/test")
        event = client.get("/api/v1/events").json()["items"][0]
        delivery = client.get("/api/v1/deliveries").json()["items"][0]
        entry = client.post(
            f"/api/v1/documents/{documents[0]['id']}/post",
            json={"choices": [{"part": 0, "account": "6064", "treatment": "FR_STD20"}]},
        ).json()
    banking = bank_of(house, theirs)
    said = {"name": "secret rule", "words": "secret", "account": "6064"}
    posting_rule = posting_rules.add(house, theirs.who, theirs.company_id, said)
    model = {"name": "secret model", "lines": [{"account": "6411"}]}
    entry_model = entry_models.save(house, theirs.who, theirs.company_id, model)
    code = {"code": "SECRET", "label": "secret code"}
    analytic_code = analytics.add(house, theirs.who, theirs.company_id, code)
    october = vat_returns.Wanted(date(2026, 10, 1), date(2026, 10, 31))
    vat_return = vat_returns.post(house, theirs.who, theirs.company_id, october)
    secret = {"name": "Fournisseur secret", "iban": "FR7630006000011234567890189"}
    supplier = suppliers.add_supplier(house, theirs.who, theirs.company_id, secret)
    person = replace(theirs.who, id=theirs.person_id)
    view = saved_views.save_view(house, person, "letter", "secret view", {"q": "secret"})
    rule_id, artefact_id = learnt(house, theirs, documents[0]["id"])
    invited = invitations.invite(house, theirs.who, email=f"secret@{new_id('x')[2:]}.example")
    with house.store.transaction() as connection:
        sessions.open_session(house, connection, theirs.person_id, Place("10.0.0.9"), "link")
        session_id = connection.scalar(
            select(t.session.c.id).where(t.session.c.person_id == theirs.person_id)
        )
    with house.store.reading() as connection:
        file_id = connection.scalar(select(t.file.c.id).where(t.file.c.import_id == read))
        page_id = connection.scalar(select(t.page.c.id).where(t.page.c.import_id == read))
        key_id = connection.scalar(
            select(t.api_key.c.id).where(t.api_key.c.organisation_id == theirs.organisation_id)
        )
    return {
        "import_id": read,
        "file_id": str(file_id),
        "image": f"{page_id}.webp",
        "page_id": str(page_id),
        "document_id": documents[0]["id"],
        "company_id": theirs.company_id,
        "user_id": theirs.person_id,
        "key_id": str(key_id),
        "number": "1",
        "invitation_id": invited["id"],
        "session_id": str(session_id),
        "endpoint_id": endpoint["id"],
        "event_id": event["id"],
        "delivery_id": delivery["id"],
        "entry_id": entry["id"],
        "supplier_id": supplier["id"],
        "iban_id": supplier["ibans"][0]["id"],
        "rule_id": rule_id,
        "posting_rule_id": posting_rule["id"],
        "entry_model_id": entry_model["id"],
        "analytic_code_id": analytic_code["id"],
        "vat_return_id": vat_return["id"],
        "view_id": view["id"],
        "category": "letter",
        "artefact_id": artefact_id,
        **banking,
        **sales_of(house, theirs),
    }


def sales_of(house: House, tenant: Tenant) -> dict[str, str]:
    """A customer of theirs, a draft, and something to invoice."""
    customer = customers.add_customer(
        house, tenant.who, tenant.company_id, {"name": "Client secret"}
    )
    line = {"text": "secret", "unit_price": "100"}
    said = {"customer_id": customer["id"], "lines": [line], "title": "secret draft"}
    draft = drafts.create(house, tenant.who, tenant.company_id, said)
    records.add_record(house, tenant.who, customer["id"], line)
    contract = contracts.add(house, tenant.who, customer["id"], {"name": "Contrat secret"})
    wanted = Wanted(company_id=tenant.company_id)
    batch = batches.make(house, tenant.who, wanted, name="Lot secret")
    record = records.add_record(house, tenant.who, customer["id"], line)
    address = {"street": "1 rue secrète", "postcode": "75001", "city": "Paris"}
    companies.change(house, tenant.who, tenant.company_id, {"siren": "732829320"})
    sales_settings.change_settings(house, tenant.who, tenant.company_id, address)
    issued = drafts.create(house, tenant.who, tenant.company_id, said)
    finalising.finalise(house, tenant.who, issued["id"])
    email = sales_emails.send_invoice(
        may_send(house), tenant.who, issued["id"], {"to": ["secret@client.example"]}
    )
    content = workbooks.lines(("732829320", "secret", "secret", 1, 1, 20))
    made = spreadsheet_imports.receive(house, tenant.who, tenant.company_id, "s.xlsx", content)
    content = "Client;Désignation;Prix unitaire\nClient secret;secret;1\n".encode()
    file = record_files.receive(house, tenant.who, tenant.company_id, "secret.csv", content)
    return {
        "record_file_id": file["id"],
        "spreadsheet_import_id": made["id"],
        "customer_id": customer["id"],
        "draft_id": draft["id"],
        "record_id": record["id"],
        "invoice_id": issued["id"],
        "email_id": email["id"],
        "contract_id": contract["id"],
        "batch_id": batch["id"],
    }


def may_send(house: House) -> House:
    """A house with a mail server; nothing leaves, for no worker runs."""
    settings = replace(house.settings, smtp_host="127.0.0.1", smtp_sender="a@bannette.example")
    return replace(house, settings=settings)


def bank_of(house: House, tenant: Tenant) -> dict[str, str]:
    """A bank account of theirs, a rule, and a statement with a movement."""
    account = bank_accounts.add(house, tenant.who, tenant.company_id, {"name": "Compte secret"})
    rule = bank_rules.add(
        house, tenant.who, tenant.company_id, {"words": "secret", "account": "627"}
    )
    content = b"Date;Label;Montant\n02/03/2026;secret;-1,00\n"
    made = bank_files.import_file(
        house, tenant.who, tenant.company_id, account["id"], "secret.csv", content
    )
    return {
        "bank_account_id": account["id"],
        "bank_rule_id": rule["id"],
        "statement_id": made["statements"][0]["id"],
        "movement_id": statements.get(house, tenant.who, made["statements"][0]["id"])["rows"][0][
            "id"
        ],
    }


def learnt(house: House, tenant: Tenant, document_id: str) -> tuple[str, str]:
    """A rule of theirs, and a version of what their documents taught."""
    organisation_id, now = tenant.organisation_id, house.now()
    with house.store.transaction() as connection:
        sender_id = senders.add_sender(
            connection, now, organisation_id, Identity("Atelier secret"), ("atelier", "secret")
        )
        rule_id = rules.keep(
            connection,
            now,
            organisation_id=organisation_id,
            sender_id=sender_id,
            rule=Rule("supplier_name", "constant", "Atelier secret"),
            refused=None,
            replayed=1,
            taught_by="person",
            document_id=document_id,
        )
        artefact_id = artefacts.keep(
            connection,
            now,
            organisation_id=organisation_id,
            kind=artefacts.CATEGORIES,
            data={"examples": []},
            scores={"of": "secret", "examples": 3, "held_out": 3, "right": 3, "live_right": 1},
            better_than=None,
        )
    return str(rule_id), str(artefact_id)


def test_every_route_answers_not_found_for_somebody_elses_things(
    client: TestClient, their_things: dict[str, str]
) -> None:
    asked = 0
    for method, path in routes_of(client.app):
        names = re.findall(r"{(\w+)}", path)
        if not names or not path.startswith("/api/v1/") or path.startswith(OF_PEOPLE):
            continue
        # A parameter that the fixture does not know fails here: it must learn to make one.
        address = path
        for name in names:
            address = address.replace(f"{{{name}}}", their_things[name])
        body = body_for(method, path)

        answer = client.request(method, address, json=body)

        assert answer.status_code == 404, f"{method} {path}: {answer.text}"
        assert "secret" not in answer.text
        assert "martin" not in answer.text.lower()
        asked += 1
    assert asked >= 35, "the routes of the application were walked"


def test_what_is_not_found_says_the_same_of_theirs_and_of_nothing(
    client: TestClient, their_things: dict[str, str]
) -> None:
    for kind, real in (("imports", "import_id"), ("documents", "document_id")):
        theirs = client.get(f"/api/v1/{kind}/{their_things[real]}").json()
        nobodys = client.get(f"/api/v1/{kind}/{kind[:3]}_0").json()

        assert theirs == nobodys


def test_every_route_asks_who_is_asking(stranger: TestClient) -> None:
    for method, path in routes_of(stranger.app):
        if path in OPEN or not path.startswith("/api/v1/"):
            continue
        address = re.sub(r"{number}", "1", path)
        answer = stranger.request(method, re.sub(r"{\w+}", "x_1", address))

        assert answer.status_code == 401, f"{method} {path}: {answer.text}"


def test_lists_show_only_ones_own(client: TestClient, their_things: dict[str, str]) -> None:
    for method, path in routes_of(client.app):
        if method != "GET" or "{" in path or path in OPEN or not path.startswith("/api/v1/"):
            continue
        if path.startswith(OF_PEOPLE):
            continue
        answer = client.get(path, params={"q": "secret", "company_id": their_things["company_id"]})

        assert "secret" not in answer.text, path
        for thing in their_things.values():
            assert len(thing) < 5 or thing not in answer.text, path


def test_the_same_bytes_in_another_organisation_are_not_a_duplicate(
    client: TestClient, house: House, theirs: Tenant
) -> None:
    for headers in (theirs.headers, {}):
        answer = client.post(
            "/api/v1/imports", files={"file": ("same.pdf", b"%PDF-same")}, headers=headers
        )

        assert [f["status"] for f in answer.json()["files"]] == ["received"]


def test_an_idempotency_key_of_another_organisation_is_another_key(
    client: TestClient, theirs: Tenant
) -> None:
    def upload(headers: dict[str, str], content: bytes) -> Any:
        return client.post(
            "/api/v1/imports",
            files={"file": ("a.pdf", content)},
            headers={**headers, "Idempotency-Key": "one"},
        )

    first, second = upload(theirs.headers, b"%PDF-a"), upload({}, b"%PDF-b")

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["id"] != second.json()["id"]


def test_an_upload_into_somebody_elses_company_stores_nothing(
    client: TestClient, house: House, theirs: Tenant
) -> None:
    by_query = client.post(
        f"/api/v1/imports?company_id={theirs.company_id}", files={"file": b"%PDF"}
    )
    by_field = client.post(
        "/api/v1/imports", data={"company_id": theirs.company_id}, files={"file": b"%PDF"}
    )

    assert (by_query.status_code, by_field.status_code) == (404, 404)
    with house.store.reading() as connection:
        assert connection.execute(select(t.file)).all() == []


def test_a_key_of_theirs_cannot_be_revoked_by_us(
    client: TestClient, house: House, theirs: Tenant, their_things: dict[str, str]
) -> None:
    client.delete(f"/api/v1/keys/{their_things['key_id']}")

    assert api_keys.who_has_key(house, theirs.key).organisation_id == theirs.organisation_id
