"""Every message may come twice, or five times at once: the rows are as after one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from domain.ids import new_id
from domain.people import Who
from service.house import House
from service.operations import access, intake, validation
from service.operations.intake import Arrived
from storage import tables as t
from storage.invariants import check
from tests.failures import papers
from tests.servers import Servers
from workers import broker, learning, parsers, pipeline  # noqa: F401 - learning names its steps

Call = Callable[[Callable[[], None]], None]


def once(work: Callable[[], None]) -> None:
    work()


def twice(work: Callable[[], None]) -> None:
    work()
    work()


def five_times_at_once(work: Callable[[], None]) -> None:
    with ThreadPoolExecutor(5) as pool:
        for done in [pool.submit(work) for _ in range(5)]:
            done.result()


@pytest.fixture(autouse=True)
def no_parsers_left() -> Iterator[None]:
    yield
    parsers.close()


@pytest.mark.slow
def test_every_message_twice_or_five_times_at_once_is_as_once(
    any_servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a slow machine a task would give up its place in line, and be begun again.
    monkeypatch.setattr(pipeline, "SLICE_SECONDS", 600.0)
    stack, other = papers.mail(10), papers.invoice(pages=2)
    results = {}
    for call in (once, twice, five_times_at_once):
        folder = tmp_path / call.__name__
        folder.mkdir()
        house = any_servers.house(folder)
        try:
            results[call] = worked_through(house, {"stack.pdf": stack, "a.pdf": other}, call)
        finally:
            house.store.close()
    assert results[once]["page"] == 12
    assert results[once]["document"] >= 2
    assert results[twice] == results[once]
    assert results[five_times_at_once] == results[once]


def worked_through(house: House, files: dict[str, bytes], call: Call) -> dict[str, Any]:
    """Upload, read, validate and assemble, each message by `call`; what is there in the end."""
    made = access.bootstrap(house, organisation_name="Dupont", email="a@dupont.example")
    who = access.operator(made.organisation_id)
    import_id = received(house, who, files)
    drained(house, call)
    validation.validate(house, who, import_id)
    drained(house, call)
    with house.store.reading() as connection:
        assert check(connection, house.objects, house.now()) == []
        found: dict[str, Any] = {
            table.name: connection.scalar(select(func.count()).select_from(table))
            for table in (t.page, t.group, t.document, t.event, t.task, t.outbox, t.file)
        }
        found["events"] = Counter(connection.scalars(select(t.event.c.type)))
        found["groups"] = Counter(connection.scalars(select(t.group.c.category)))
        found["pages"] = sorted(
            connection.execute(select(t.page.c.number, t.page.c.status, t.page.c.position)).all()
        )
        found["runs"] = Counter(connection.scalars(select(t.task.c.runs)))
        assert connection.scalars(select(t.task.c.status).distinct()).all() == ["done"]
    found["objects"] = sum(
        1
        for _object in house.objects.client.list_objects(
            house.objects.bucket, prefix=f"{made.organisation_id}/", recursive=True
        )
    )
    return found


def received(house: House, who: Who, files: dict[str, bytes]) -> str:
    arrived = []
    for name, content in files.items():
        file_id = new_id("fil")
        key = f"{who.organisation_id}/files/{file_id}"
        stored = house.objects.put_bytes(key, content)
        arrived.append(Arrived(file_id, name, stored.bytes, stored.sha256, key))
    return intake.receive(house, who, arrived).import_id


def drained(house: House, call: Call) -> None:
    """Hand every promised message to its actor by `call`, until none is promised."""
    while True:
        with house.store.transaction() as connection:
            rows = connection.execute(
                select(t.outbox.c.id, t.outbox.c.actor, t.outbox.c.args).where(
                    t.outbox.c.sent_at.is_(None)
                )
            ).all()
            connection.execute(
                update(t.outbox)
                .where(t.outbox.c.id.in_([row.id for row in rows]))
                .values(sent_at=house.now())
            )
        if not rows:
            return
        for row in rows:
            actor = broker._registered[row.actor]
            call(lambda actor=actor, args=row.args: actor(house, **args))
