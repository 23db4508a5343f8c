"""The audit log: every deed leaves a line with who, from where and on what, and no line goes away."""

from __future__ import annotations

import ast
import csv
import io
from pathlib import Path

import pytest
from litestar.testing import TestClient
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from domain.errors import Unauthenticated
from domain.events import ACTIONS, CATALOGUE
from service.app import create_app
from service.house import House
from service.operations import access, api_keys, sessions
from service.operations.sessions import Place
from service.pages.words import LANGUAGES, words_of
from storage import tables as t
from tests.service.conftest import Tenant
from tests.service.stack import ready_import

OPERATIONS = Path(__file__).parents[2] / "service" / "operations"


@pytest.fixture
def log(client: TestClient):
    """Ask for the log; newest line first."""

    def ask(**wanted: str) -> list[dict]:
        answer = client.get("/api/v1/audit", params=wanted)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    return ask


def test_every_event_says_who_made_it_happen() -> None:
    silent = [
        f"{path.name}:{node.lineno}"
        for path in sorted(OPERATIONS.glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "record_event"
        and "who" not in {keyword.arg for keyword in node.keywords}
    ]
    assert silent == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_deed_has_words(language: str) -> None:
    texts = words_of(language).texts

    assert [type_ for type_ in (*CATALOGUE, *ACTIONS) if ("event", type_) not in texts] == []


def test_a_document_tells_its_whole_history(
    client: TestClient, house: House, ours: Tenant, log
) -> None:
    import_id = ready_import(house, ours)
    document_id = client.post(f"/api/v1/imports/{import_id}/validate").json()["documents"][0]["id"]
    client.patch(
        f"/api/v1/documents/{document_id}",
        json={"fields": {"invoice_number": "F-2026-13"}},
        headers={"If-Match": '"1"'},
    )
    entry = client.post(
        f"/api/v1/documents/{document_id}/post",
        json={"choices": [{"part": 0, "account": "6064", "treatment": "FR_STD20"}]},
    ).json()
    client.post(f"/api/v1/journal-entries/{entry['id']}/reverse", json={"reason": "Essai"})

    history = client.get(f"/api/v1/documents/{document_id}/history").json()["items"]

    assert [line["type"] for line in history] == [
        "document.created",
        "invoice.to_post",
        "document.corrected",
        "invoice.posted",
        "invoice.to_post",
        "entry.reversed",
    ]
    corrected, posted = history[2], history[3]
    assert corrected["changes"] == [
        {"field": "invoice_number", "before": "F-2026-12", "after": "F-2026-13"}
    ]
    assert posted["by"]["name"] == "everything"
    assert posted["address"] == "testclient"
    assert posted["details"]["entry"].endswith("2026-1")
    of_import = client.get(f"/api/v1/imports/{import_id}/history").json()["items"]
    assert [line["type"] for line in of_import] == ["import.received", "import.validated"]
    assert "F-2026-1" not in str(log()), "what stood on paper is told in the history alone"


def test_signing_in_is_noted_and_failing_too(house: House, ours: Tenant, log) -> None:
    access.update_user(house, ours.who, ours.person_id, {"password": "a long password"})
    with pytest.raises(Unauthenticated):
        sessions.sign_in(house, "admin@dupont.example", "guess", Place("10.0.0.7"))
    session = sessions.sign_in(house, "admin@dupont.example", "a long password", Place("10.0.0.8"))
    sessions.sign_out(house, session)

    lines = log(subject=ours.person_id)

    assert [(line["type"], line["address"], line["by"]["kind"]) for line in lines] == [
        ("person.signed_out", "10.0.0.8", "person"),
        ("person.signed_in", "10.0.0.8", "person"),
        ("person.sign_in_failed", "10.0.0.7", "somebody"),
        ("person.changed", None, "operator"),
    ]
    assert "a long password" not in str(lines)
    assert lines[-1]["details"] == {"what": ["password"]}


def test_the_log_is_narrowed_by_person_kind_subject_and_day(
    client: TestClient, house: House, ours: Tenant, log
) -> None:
    made = client.post("/api/v1/keys", json={"name": "=1+1", "scopes": ["books:read"]}).json()
    client.delete(f"/api/v1/keys/{made['id']}")
    key_id = api_keys.who_has_key(house, ours.key).id
    today = house.now().date().isoformat()

    assert [line["type"] for line in log(subject=made["id"])] == ["key.revoked", "key.made"]
    assert {line["by"]["id"] for line in log(person=key_id)} == {key_id}
    assert {line["type"] for line in log(kind="key.revoked")} == {"key.revoked"}
    assert {line["type"].split(".")[0] for line in log(kind="key")} == {"key"}
    assert log(since=today, until=today) == log()
    assert log(until="2020-01-01") == []
    first = client.get("/api/v1/audit", params={"limit": 2}).json()
    rest = client.get("/api/v1/audit", params={"cursor": first["next_cursor"]}).json()
    assert first["items"] + rest["items"] == log()
    rows = list(
        csv.reader(
            io.StringIO(client.get("/api/v1/audit/csv").content.decode("utf-8-sig")), delimiter=";"
        )
    )
    assert len(rows) == 1 + len(log())
    assert made["key"] not in str(rows)


def test_downloads_and_exports_are_noted(
    client: TestClient, house: House, ours: Tenant, log
) -> None:
    import_id = ready_import(house, ours)
    file_id = client.get(f"/api/v1/imports/{import_id}").json()["files"][0]["id"]
    client.patch(f"/api/v1/companies/{ours.company_id}", json={"siren": "732829320"})

    client.get(f"/api/v1/imports/{import_id}/files/{file_id}/original")
    client.get("/api/v1/exports/fec", params={"year": 2026})

    assert [line["type"] for line in log()][:3] == [
        "books.exported",
        "import.file_downloaded",
        "company.changed",
    ]


def test_no_line_is_changed_or_removed_even_by_sql(any_house: House, any_tenant: Tenant) -> None:
    for spoil in (update(t.event).values(made_by="usr_1"), delete(t.event)):
        with pytest.raises(IntegrityError), any_house.store.transaction() as connection:
            connection.execute(spoil)


def test_only_who_administers_reads_the_log(house: House, ours: Tenant) -> None:
    weak = api_keys.add_key(house, ours.who, name="k", scopes=["documents:read", "books:write"])
    with TestClient(create_app(house)) as program:
        program.headers["Authorization"] = f"Bearer {weak['key']}"

        assert program.get("/api/v1/audit").status_code == 403
        assert program.get("/api/v1/audit/csv").status_code == 403
