"""The main job through the API alone: a stack in, documents out, one entry posted and told."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from models.synthetic.stacks import draw_stack
from tests.installation import Installation, installation
from tests.receivers import Receiver
from tests.servers import Servers

WINDOWS = 6
FIELDS = {
    "supplier_name": "Papeterie Hulot",
    "supplier_siren": "732829320",
    "invoice_number": "F-2026-118",
    "currency": "EUR",
    "net_total": "100.00",
    "vat_total": "20.00",
    "gross_total": "120.00",
    "amount_due": None,
    "iban": None,
}
VAT_LINES = [{"rate": "20", "base": "100.00", "amount": "20.00"}]
LINE_ITEMS = [{"description": "Papier A4", "vat_rate": "20", "net_amount": "100.00"}]
CHOICE = {"part": 0, "account": "6064", "treatment": "FR_STD20"}


@pytest.fixture
def there(any_servers: Servers, tmp_path: Path) -> Iterator[Installation]:
    with installation(any_servers, tmp_path) as found:
        yield found


@pytest.mark.slow
def test_a_stack_becomes_documents_an_entry_and_verified_webhooks(there: Installation) -> None:
    stack = draw_stack(3, documents=4)
    with Receiver() as receiver:
        made = there.post("/webhook-endpoints", {"url": receiver.url}).json()
        found = there.settled(there.upload({"stack.pdf": stack.pdf})["id"])
        assert found["status"] == "ready"
        assert found["receipt"]["pages"] == stack.truth["page_count"]

        found = regrouped(there, found)
        found = recategorised(there, found)
        documents = validated_by_many_clicks(there, found)
        there.until(lambda: not there.without_pdf(), "the PDFs")

        document = there.get(f"/documents/{documents[0]['id']}")
        entry = posted_from_many_windows(there, corrected(there, document))
        reversed_once(there, entry)

        wanted = {"import.ready", "import.validated", "document.created"}
        wanted |= {"invoice.posted", "entry.reversed"}
        there.until(
            lambda: wanted <= {e["type"] for e in verified(receiver, made["secret"])},
            "the webhooks",
        )
        events = verified(receiver, made["secret"])
        told = [e for e in events if e["type"] == "invoice.posted"]
        assert [e["data"]["entry"]["id"] for e in told] == [entry["id"]]
    there.sound(there.get(f"/imports/{found['id']}"))


def regrouped(there: Installation, found: dict[str, Any]) -> dict[str, Any]:
    """Every page a group of its own but the last, which is set aside; stale changes are refused."""
    groups = [g for file in found["files"] for g in file["groups"]]
    *pages, last = [page["page_id"] for group in groups for page in group["page_list"]]
    body = {
        "groups": [{"pages": [page]} for page in pages],
        "set_aside": [{"id": last, "reason": "person"}],
        "version": found["version"],
    }
    path = f"/imports/{found['id']}"
    changed = there.http.put(f"{path}/groups", json=body)
    assert changed.status_code == 200, changed.text
    assert changed.json()["receipt"] == {
        **found["receipt"],
        "grouped": len(pages),
        "set_aside": 1,
        "reasons": {"person": 1},
    }
    assert there.http.put(f"{path}/groups", json=body).status_code == 412
    lost = {**body, "groups": body["groups"][1:], "version": changed.json()["version"]}
    assert there.http.put(f"{path}/groups", json=lost).status_code == 422
    return read_again(there, found["id"])


def recategorised(there: Installation, found: dict[str, Any]) -> dict[str, Any]:
    answer = there.http.patch(
        f"/imports/{found['id']}/groups/1",
        json={"category": "purchase_invoice"},
        headers={"If-Match": f'"{found["version"]}"'},
    )
    assert answer.status_code == 200, answer.text
    again = read_again(there, found["id"])
    assert again["files"][0]["groups"][0]["category"] == "purchase_invoice"
    return again


def read_again(there: Installation, import_id: str) -> dict[str, Any]:
    """The import once its changed groups were read."""

    def being_read() -> bool:
        files = there.get(f"/imports/{import_id}")["files"]
        return any(group["being_read"] for file in files for group in file["groups"])

    there.until(lambda: not being_read(), "reading again")
    return there.get(f"/imports/{import_id}")


def validated_by_many_clicks(there: Installation, found: dict[str, Any]) -> list[dict[str, Any]]:
    answers = at_once(lambda: there.post(f"/imports/{found['id']}/validate"))
    assert {answer.status_code for answer in answers} == {200}
    seen = [[d["id"] for d in answer.json()["documents"]] for answer in answers]
    assert all(ids == seen[0] for ids in seen)
    assert len(seen[0]) == found["receipt"]["grouped"]
    assert answers[0].json()["receipt"] == found["receipt"]
    documents: list[dict[str, Any]] = answers[0].json()["documents"]
    return documents


def corrected(there: Installation, document: dict[str, Any]) -> dict[str, Any]:
    body = {
        "fields": FIELDS | {"issue_date": document["created_at"][:10], "due_date": None},
        "vat_lines": VAT_LINES,
        "line_items": LINE_ITEMS,
        "version": document["version"],
    }
    answer = there.http.patch(f"/documents/{document['id']}", json=body)
    assert answer.status_code == 200, answer.text
    assert there.http.patch(f"/documents/{document['id']}", json=body).status_code == 412
    changed: dict[str, Any] = answer.json()
    assert changed["fields"]["gross_total"]["value"] == "120.00"
    assert changed["fields"]["gross_total"]["source"] == "person"
    return changed


def posted_from_many_windows(there: Installation, document: dict[str, Any]) -> dict[str, Any]:
    """Windows that want the same get one entry; one that wants another is told of it."""
    path = f"/documents/{document['id']}/post"
    body = {"choices": [CHOICE], "version": document["version"]}
    answers = at_once(lambda: there.post(path, body))
    assert {a.status_code for a in answers} == {200, 201}, [a.text for a in answers]
    assert [a.status_code for a in answers].count(201) == 1
    assert len({a.json()["id"] for a in answers}) == 1
    other = there.post(path, {"choices": [{**CHOICE, "account": "6068"}]})
    assert other.status_code == 409
    assert other.json()["code"] == "already_posted"
    assert other.json()["entry_id"] == answers[0].json()["id"]
    found: dict[str, Any] = answers[0].json()
    return found


def reversed_once(there: Installation, entry: dict[str, Any]) -> None:
    path = f"/journal-entries/{entry['id']}/reverse"
    answers = at_once(lambda: there.post(path, {"reason": "Facture d'un autre dossier"}))
    assert sorted(a.status_code for a in answers) == [201] + [409] * (WINDOWS - 1)
    entries = there.get("/journal-entries")["items"]
    assert len(entries) == 2
    assert entries[0]["reverses_entry_id"] == entry["id"]


def verified(receiver: Receiver, secret: str) -> list[dict[str, Any]]:
    """What was received, each body as the official library found it rightly signed."""
    hook = Webhook(secret)
    return [hook.verify(got.body, got.headers) for got in list(receiver.received)]


def at_once(request: Any) -> list[httpx.Response]:
    with ThreadPoolExecutor(WINDOWS) as pool:
        return [f.result() for f in [pool.submit(request) for _ in range(WINDOWS)]]
