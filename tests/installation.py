"""A whole installation for tests that break things: servers, our own processes, and a key.

Everything is asked through HTTP, as integrators do it; the database is looked at only to count and
to ask `storage.invariants`. Waiting goes on beside the supervisor, which starts again what a test
killed, as `bannette up` and containers do.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import func, select

from domain.people import Scope
from service.operations import access, api_keys
from storage import tables as t
from storage.invariants import check
from tests import servers
from tests.servers import Running, Servers

PATIENCE_S = 300
"""How long a test waits for what must come: what is late on a busy machine is not lost."""


@dataclass(frozen=True, slots=True)
class Installation:
    servers: Servers
    running: Running
    organisation_id: str
    company_id: str
    http: httpx.Client

    def upload(
        self, files: Mapping[str, bytes], *, key: str = "", allow_duplicates: bool = False
    ) -> dict[str, Any]:
        """Send files as one import, again and again under one key until the service has them."""
        headers = {"Idempotency-Key": key or uuid4().hex}
        answer = self.patiently(
            lambda: self.http.post(
                "/imports",
                files=[("file", (name, content)) for name, content in files.items()],
                data={"allow_duplicates": "true"} if allow_duplicates else {},
                headers=headers,
            )
        )
        assert answer.status_code == 202, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def patiently(self, request: Callable[[], httpx.Response], within_s: float = PATIENCE_S) -> Any:
        """The first answer that is not an outage or somebody else's turn."""
        until = time.monotonic() + within_s
        while True:
            self.running.supervisor.tick()
            try:
                answer = request()
            except httpx.TransportError:
                if time.monotonic() > until:
                    raise
            else:
                if answer.status_code not in (409, 429, 503) or time.monotonic() > until:
                    return answer
            time.sleep(0.2)

    def get(self, path: str) -> dict[str, Any]:
        answer = self.patiently(lambda: self.http.get(path))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return self.http.post(path, json=body, headers=headers)

    def settled(self, import_id: str, within_s: float = PATIENCE_S) -> dict[str, Any]:
        """The import, once nothing more is to be waited for."""
        self.until(
            lambda: self._status(import_id) in ("ready", "failed", "validated"),
            f"import {import_id}",
            within_s,
        )
        return self.get(f"/imports/{import_id}")

    def until(
        self, reached: Callable[[], bool], what: str = "it", within_s: float = PATIENCE_S
    ) -> None:
        """Wait, while the supervisor restarts what ended; says where things stand if in vain."""
        until = time.monotonic() + within_s
        while not reached():
            self.running.supervisor.tick()
            if time.monotonic() > until:
                raise AssertionError(f"{what} took more than {within_s} s: {self.where()}")
            time.sleep(0.1)

    def where(self) -> str:
        """Where things stand, and the last words of each of our processes."""
        with self.running.house.store.reading() as connection:
            rows = connection.execute(
                select(
                    t.task.c.step, t.task.c.status, t.task.c.attempts, t.task.c.runs, func.count()
                )
                .where(t.task.c.status != "done")
                .group_by(t.task.c.step, t.task.c.status, t.task.c.attempts, t.task.c.runs)
            ).all()
            unsent = connection.scalar(
                select(func.count()).select_from(t.outbox).where(t.outbox.c.sent_at.is_(None))
            )
        logs = (self.running.log(name)[-1500:] for name in self.running.children)
        return f"{rows}, {unsent} messages unsent\n" + "\n---\n".join(logs)

    def _status(self, import_id: str) -> str | None:
        with self.running.house.store.reading() as connection:
            found: str | None = connection.scalar(
                select(t.imports.c.status).where(t.imports.c.id == import_id)
            )
        return found

    def pages_read(self, import_id: str) -> int:
        with self.running.house.store.reading() as connection:
            return (
                connection.scalar(
                    select(func.count())
                    .select_from(t.page)
                    .where(t.page.c.import_id == import_id, t.page.c.status == "read")
                )
                or 0
            )

    def runs(self, step: str) -> list[int]:
        """How often each task of a step was begun."""
        with self.running.house.store.reading() as connection:
            return list(connection.scalars(select(t.task.c.runs).where(t.task.c.step == step)))

    def events(self) -> Counter[tuple[str, str]]:
        """Type and subject of every event for the world, and how often each was recorded."""
        with self.running.house.store.reading() as connection:
            rows = connection.execute(
                select(t.event.c.type, t.event.c.subject).where(t.event.c.sequence.is_not(None))
            )
            return Counter((row.type, row.subject) for row in rows)

    def readers_are_up(self) -> bool:
        """Whether every reader has the process that forks its children."""
        return all(
            children_of(child.process.pid)
            for name, child in self.running.children.items()
            if name.startswith("pages")
        )

    def busy_readers(self) -> list[str]:
        """The names of the readers that have a child at work."""
        return [
            name
            for name, child in self.running.children.items()
            if name.startswith("pages")
            and any(children_of(template) for template in children_of(child.process.pid))
        ]

    def pids(self) -> dict[str, int]:
        return {name: child.process.pid for name, child in self.running.children.items()}

    def validated(self, found: dict[str, Any]) -> dict[str, Any]:
        """Validate an import that is ready, and wait until its documents have their PDFs."""
        path = f"/imports/{found['id']}"
        answer = self.patiently(lambda: self.post(f"{path}/validate"))
        assert answer.status_code == 200, answer.text
        self.until(lambda: not self.without_pdf(), "the PDFs")
        return self.get(path)

    def without_pdf(self) -> int:
        with self.running.house.store.reading() as connection:
            return (
                connection.scalar(
                    select(func.count())
                    .select_from(t.document)
                    .where(t.document.c.pdf_key.is_(None))
                )
                or 0
            )

    def sound(self, *imports: dict[str, Any], times_ready: int = 1) -> None:
        """Nothing is lost, nothing is twice, and everything that must always be true is true."""
        house = self.running.house
        with house.store.reading() as connection:
            assert check(connection, house.objects, house.now()) == []
        events = self.events()
        twice = [event for event, times in events.items() if event[0] in ONCE and times > 1]
        assert twice == []
        for found in imports:
            assert events["import.ready", found["id"]] == times_ready
            assert found["receipt"]["adds_up"], found["receipt"]
            assert found["receipt"]["pending"] == 0
            assert found["receipt"]["pages"] == sum(file["pages"] or 0 for file in found["files"])


def children_of(pid: int) -> list[int]:
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [int(child) for child in found.split()]


ONCE = frozenset({"import.received", "import.validated", "document.created"})
"""Events that a subject has once in its life."""


@contextmanager
def installation(
    servers_: Servers, folder: Path, *, readers: int = 1, **settings: Any
) -> Iterator[Installation]:
    """Web, relay and workers on an empty house; `settings` are changed from their defaults."""
    house = servers_.house(folder)
    quick: dict[str, Any] = {
        "lease_seconds": 3,
        "sweep_seconds": 1,
        "webhook_private_addresses": True,
        "webhook_http": True,
    }
    try:
        made = access.bootstrap(house, organisation_name="Dupont", email="a@dupont.example")
        who = access.operator(made.organisation_id)
        key = api_keys.add_key(house, who, name="tests", scopes=list(Scope))["key"]
        with servers.running(house, readers=readers, **(quick | settings)) as running:
            client = httpx.Client(
                base_url=f"{running.address}/api/v1",
                headers={"Authorization": f"Bearer {key}"},
                timeout=60,
                verify=False,
            )
            with client:
                yield Installation(servers_, running, made.organisation_id, made.company_id, client)
    finally:
        house.store.close()
