"""What the database costs: rows and bytes per page, tasks claimed and completed per second.

    python -m benchmarks.storage [--url postgresql+psycopg://…] [--pages 5000] [--processes 4]

Without --url it measures SQLite in a temporary folder. The database must be empty; it is migrated
and filled with one import of single-page files and one stack, as the pipeline leaves them.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, insert, select, text, update

from domain.ids import new_id
from storage import migrate, tasks
from storage import tables as t
from storage.outbox import promise
from storage.store import Store

NOW = datetime.now(UTC)
PAGES_OF_A_GROUP = 3
CHANCE = random.Random(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--url", default="")
    parser.add_argument("--pages", type=int, default=5_000)
    parser.add_argument("--claims", type=int, default=2_000)
    parser.add_argument("--processes", type=int, default=4)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = args.url or f"sqlite:///{folder}/bannette.db"
        migrate.upgrade(url)
        store = Store(url)
        print(f"{store.engine.dialect.name}, {args.pages} pages, {os.cpu_count()} cores")
        _sizes(store, args.pages)
        _claims(store, args.claims, args.processes)
        store.close()


def _sizes(store: Store, pages: int) -> None:
    empty = _bytes(store)
    began = time.monotonic()
    with store.transaction() as connection:
        ids = _people(connection)
    for first in range(0, pages, 500):
        with store.transaction() as connection:
            _stack(connection, ids, min(500, pages - first))
    took = time.monotonic() - began
    with store.reading() as connection:
        rows = {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in t.metadata.sorted_tables
        }
    grown = _bytes(store) - empty
    print(f"rows per page   {sum(rows.values()) / pages:8.2f}")
    for name, number in sorted(rows.items(), key=lambda item: -item[1]):
        if number > pages / 100:
            print(f"  {name:14}{number / pages:8.2f}")
    print(f"bytes per page  {grown / pages:8.0f}   ({grown / 1e6:.1f} MB)")
    print(f"written         {pages / took:8.0f} pages/s")


def _people(connection: Connection) -> dict[str, str]:
    organisation_id, company_id = new_id("org"), new_id("cmp")
    connection.execute(
        insert(t.organisation).values(
            id=organisation_id, name="Measured", settings={}, created_at=NOW
        )
    )
    connection.execute(
        insert(t.company).values(
            id=company_id, organisation_id=organisation_id, name="Measured", created_at=NOW
        )
    )
    return {"organisation_id": organisation_id, "company_id": company_id}


def _stack(connection: Connection, ids: dict[str, str], pages: int) -> tuple[str, str]:
    """An import of one file as it is when validated; returns the ids of the import and file."""
    mine = {"organisation_id": ids["organisation_id"]}
    import_id, file_id = new_id("imp"), new_id("fil")
    connection.execute(
        insert(t.imports).values(
            id=import_id, name="stack", status="validated", files=1, created_at=NOW, **ids
        )
    )
    connection.execute(
        insert(t.file).values(
            id=file_id,
            import_id=import_id,
            position=0,
            name="stack.pdf",
            sha256="0" * 64,
            bytes=1,
            status="ready",
            object_key="x" * 60,
            pages=pages,
            pages_done=pages,
            created_at=NOW,
            **mine,
        )
    )
    for first in range(0, pages, 32):
        _task(connection, mine, import_id, file_id, first)
    for number, first in enumerate(range(0, pages, PAGES_OF_A_GROUP), 1):
        group_id, document_id = new_id("grp"), new_id("doc")
        page_ids = [new_id("pag") for _ in range(min(PAGES_OF_A_GROUP, pages - first))]
        kind = {"category": "purchase_invoice"}
        reading = _reading()
        connection.execute(
            insert(t.group).values(
                id=group_id,
                import_id=import_id,
                number=number,
                guess={"reasons": ["x" * 100]},
                cut={"reasons": ["x" * 60]},
                reading=reading,
                suggestion=[{"reason": "x" * 200}],
                **kind,
                **mine,
            )
        )
        connection.execute(
            insert(t.page),
            [
                {
                    "id": page_id,
                    "import_id": import_id,
                    "file_id": file_id,
                    "number": first + position,
                    "width": 595,
                    "height": 842,
                    "status": "read",
                    "text_key": "x" * 80,
                    "image_key": "x" * 80,
                    "thumbnail_key": "x" * 80,
                    "group_id": group_id,
                    "position": position,
                    **mine,
                }
                for position, page_id in enumerate(page_ids)
            ],
        )
        connection.execute(
            insert(t.document).values(
                id=document_id,
                import_id=import_id,
                group_number=number,
                status="to_post",
                reading=reading,
                machine_reading=reading,
                suggestion=[{"reason": "x" * 200}],
                pages=len(page_ids),
                search="x" * 300,
                created_at=NOW,
                **kind,
                **ids,
            )
        )
        connection.execute(
            insert(t.document_page),
            [
                {"document_id": document_id, "position": position, "page_id": page_id}
                for position, page_id in enumerate(page_ids)
            ],
        )
        for sequence, type_ in enumerate(("document.created", "invoice.to_post"), 1):
            connection.execute(
                insert(t.event).values(
                    id=new_id("evt"),
                    type=type_,
                    subject=document_id,
                    sequence=sequence,
                    data={"document_id": document_id, "import_id": import_id},
                    created_at=NOW,
                    **ids,
                )
            )
    return import_id, file_id


def _reading() -> dict[str, Any]:
    """The fields of an invoice with their evidence, some 2 KB of JSON, as extraction leaves them."""
    return {
        "fields": {
            f"field_{number}": {
                "value": f"{CHANCE.randrange(10**9)}",
                "confidence": round(CHANCE.random(), 3),
                "state": "consistent",
                "source": "ocr",
                "page": CHANCE.randrange(3),
                "box": [round(CHANCE.random(), 4) for _ in range(4)],
                "reader": "tesserocr",
            }
            for number in range(13)
        }
    }


def _task(
    connection: Connection, mine: dict[str, str], import_id: str, file_id: str, first: int
) -> str:
    task_id = tasks.add(
        connection,
        NOW,
        import_id=import_id,
        file_id=file_id,
        step="read",
        first=first,
        last=first + 32,
        organisation_id=mine["organisation_id"],
    )
    connection.execute(update(t.task).where(t.task.c.id == task_id).values(status="done"))
    return task_id


def _bytes(store: Store) -> int:
    """What the database takes on disk, indexes included."""
    if store.is_sqlite:
        with store.transaction() as connection:
            pages = connection.scalar(text("PRAGMA page_count"))
            return int(pages * connection.scalar(text("PRAGMA page_size")))
    with store.reading() as connection:
        return int(connection.scalar(text("SELECT pg_database_size(current_database())")))


def _claims(store: Store, number: int, processes: int) -> None:
    """Claim, hold and complete tasks as workers do: three transactions a task, and its message."""
    with store.transaction() as connection:
        ids = _people(connection)
        import_id, file_id = _stack(connection, ids, 3)
        task_ids = [_task(connection, ids, import_id, file_id, n) for n in range(number)]
        for first in range(0, number, 500):
            part = task_ids[first : first + 500]
            connection.execute(update(t.task).where(t.task.c.id.in_(part)).values(status="queued"))
        connection.execute(update(t.file).where(t.file.c.id == file_id).values(tasks_open=number))
    url = store.engine.url.render_as_string(hide_password=False)
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        workers = [
            spawn.Process(
                target=_work, args=(url, task_ids[n::processes], Path(folder) / f"{n}.json")
            )
            for n in range(processes)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        results = [json.loads(path.read_text()) for path in Path(folder).iterdir()]
    took = max(r["ended"] for r in results) - min(r["began"] for r in results)
    times = sorted(ms for r in results for ms in r["times_ms"])
    lasts = sum(r["lasts"] for r in results)
    assert len(times) == number, "every task was claimed once"
    assert lasts == 1, f"{lasts} tasks thought they were the last"
    print(f"claim+complete  {number / took:8.0f} tasks/s with {processes} processes")
    print(
        f"  one task, ms  {statistics.median(times):8.1f} median, {times[-number // 100]:.1f} p99"
    )


def _work(url: str, task_ids: list[str], result: Path) -> None:
    store = Store(url)
    times, lasts, began = [], 0, time.time()
    for task_id in task_ids:
        start = time.perf_counter()
        with store.transaction() as connection:
            task = tasks.claim(connection, NOW, task_id, 20)
        assert task is not None
        with store.transaction() as connection:
            tasks.hold(connection, NOW, task, 20, progress=True)
        with store.transaction() as connection:
            lasts += tasks.complete(connection, task)
            promise(connection, NOW, "pipeline.read", task_id=task_id)
        times.append((time.perf_counter() - start) * 1000)
    result.write_text(
        json.dumps({"began": began, "ended": time.time(), "times_ms": times, "lasts": lasts})
    )
    store.close()


if __name__ == "__main__":
    main()
