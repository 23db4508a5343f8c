"""The program of docs/ledger.py follows the books through our own sender, whatever the order."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from service.house import House
from service.operations import accounting, deliveries, webhooks
from tests.receivers import Clock
from tests.service.bookkeeping import invoice, open_company
from tests.workers.test_webhooks_guide import address, running
from workers.webhooks import deliver, due


@pytest.fixture
def guide() -> dict[str, Any]:
    return runpy.run_path(str(Path(__file__).parents[2] / "docs" / "ledger.py"))


def test_the_ledger_has_every_entry_once_and_proves_the_chain(
    telling_once: House, clock: Clock, guide: dict[str, Any], tmp_path: Path
) -> None:
    house, who = telling_once, open_company(telling_once)
    path = tmp_path / "ledger.jsonl"
    ledger = guide["Ledger"](path)
    with running() as server:
        endpoint = webhooks.add_endpoint(
            house, who, url=address(server), event_types=["invoice.posted", "entry.reversed"]
        )
        server.RequestHandlerClass = guide["receiver"](endpoint.secret, ledger, clock.now.timestamp)
        posted = [accounting.post(house, who, invoice(house, who, f"F{n}")) for n in range(3)]
        undone = accounting.reverse(house, who, posted[0]["id"], "double")
        waiting = due(house)
        deliver(house, waiting[-1])
        missing = [number for _, number in ledger.missing()]
        for delivery_id in reversed(waiting):
            deliver(house, delivery_id)
        deliveries.replay(house, who, waiting[0])
        for delivery_id in due(house):
            deliver(house, delivery_id)
        statuses = {d["status"] for d in deliveries.list_deliveries(house, who)["items"]}
    assert statuses == {"delivered"}
    assert missing == list(range(1, max(missing) + 1))
    again = guide["Ledger"](path)
    assert set(again.entries) == {undone["id"], *(entry["id"] for entry in posted)}
    assert len(path.read_text("utf-8").splitlines()) == 4
    assert (again.missing(), again.broken()) == ([], [])
    assert again.entries[posted[1]["id"]]["lines"] == posted[1]["lines"]


def test_the_ledger_takes_no_entry_that_is_not_what_was_posted(
    telling_once: House, guide: dict[str, Any], tmp_path: Path
) -> None:
    house, who = telling_once, open_company(telling_once)
    entry = accounting.post(house, who, invoice(house, who))
    ledger = guide["Ledger"](tmp_path / "ledger.jsonl")
    spoilt = {**entry, "label": "autre"}
    with pytest.raises(ValueError, match="not what was posted"):
        ledger.take({"type": "invoice.posted", "data": {"entry": spoilt}})
    assert ledger.take({"type": "document.deleted", "data": {}}) is False
    assert ledger.take({"type": "invoice.posted", "data": {"entry": entry}}) is True
    assert ledger.take({"type": "invoice.posted", "data": {"entry": entry}}) is False
