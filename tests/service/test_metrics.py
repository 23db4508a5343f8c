from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert

from service import metrics
from service.house import House
from storage import tables as t
from storage.outbox import promise
from storage.store import Store
from tests.storage import world
from tests.storage.world import NOW


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "KEEP_S", 0)


def samples(house: House) -> dict[tuple[str, ...], float]:
    """(name, values in the order of their labels' names…) → value."""
    text = metrics.render(house).decode()
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_work_is_counted_by_status(any_house: House) -> None:
    with any_house.store.transaction() as connection:
        here = world.reviewed(connection)
        world.listen(connection, here.organisation_id)
        world.post(connection, here)
        for number, status in enumerate(("queued", "queued", "done")):
            connection.execute(
                insert(t.task).values(
                    id=f"tsk_{number}",
                    organisation_id=here.organisation_id,
                    import_id=here.import_id,
                    file_id=here.file_id,
                    step="read",
                    status=status,
                    next_action_at=NOW + timedelta(seconds=5),
                    created_at=NOW,
                )
            )
        promise(connection, NOW, "pipeline.open", task_id="tsk_1")
    found = samples(replace(any_house, now=lambda: NOW + timedelta(seconds=10)))
    assert found["bannette_database_up",] == 1
    assert found["bannette_imports", "validated"] == 1
    assert found["bannette_files", "ready"] == 1
    assert found["bannette_documents", "posted"] == 1
    assert found["bannette_tasks", "queued", "read"] == 2
    assert ("bannette_tasks", "done", "read") not in found
    assert found["bannette_deliveries", "waiting"] == 1
    assert found["bannette_outbox_waiting",] == 1
    assert found["bannette_oldest_overdue_seconds", "tasks"] == 5
    assert found["bannette_oldest_overdue_seconds", "messages"] == 10
    assert found["bannette_oldest_overdue_seconds", "deliveries"] == 10
    assert found["bannette_oldest_waiting_delivery_seconds",] == 10


def test_no_name_or_id_of_a_tenant_is_in_the_metrics(any_house: House) -> None:
    with any_house.store.transaction() as connection:
        here = world.reviewed(connection)
        world.post(connection, here)
    text = metrics.render(any_house).decode()
    assert "Cabinet" not in text
    assert not any(value in text for value in (here.organisation_id, here.company_id))


def test_requests_are_counted_by_route_and_never_by_path(house: House) -> None:
    metrics.count_request("GET", "/api/v1/imports/{id}", 200, 0.02)
    metrics.count_request("BREW", None, 404, 0.001)

    def counted() -> int:
        return len([name for name in samples(house) if name[0] == "bannette_requests_total"])

    before = counted()
    for number in range(2 * metrics.ROUTES_AT_MOST):
        metrics.count_request("GET", f"/made-up/{number}", 404, 0.001)
    found = samples(house)
    assert found["bannette_requests_total", "GET", "/api/v1/imports/{id}", "200"] == 1
    assert found["bannette_requests_total", "other", "other", "404"] == 1
    assert counted() <= before + metrics.ROUTES_AT_MOST


def test_without_a_database_the_metrics_say_so(house: House, tmp_path: Path) -> None:
    gone = replace(house, store=Store(f"sqlite:///{tmp_path}/no/such/folder.db"))
    assert samples(gone)["bannette_database_up",] == 0
