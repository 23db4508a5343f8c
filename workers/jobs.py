"""Jobs: a claimed task in the hands of a worker.

A step is a function of a `Job`. Around it stands what every step needs: the claim, the sign of life
that keeps the lease while a child process works, the count of attempts, and the end. A step writes
only through `job.writing()`, which holds the lease in the same transaction, so that it may run
twice, or be overtaken, and still leave one result.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, update

from domain.errors import Unavailable
from service.house import House
from storage import tables as t
from storage import tasks
from storage.tasks import LeaseLost, Task
from workers.broker import actor

log = structlog.get_logger()

EXHAUSTED = frozenset(
    (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE)
)
"""What the system says when the disk is full or broken, or too many files are open."""
stopping = threading.Event()
"""Set when this process was asked to end: long steps put the rest of their work back in line."""


@dataclass(frozen=True, slots=True)
class Job:
    house: House
    task: Task

    @property
    def poisonous(self) -> bool:
        """Earlier attempts made no progress and left no word: this work kills its workers."""
        return self.task.attempts > self.house.settings.task_attempts

    @contextmanager
    def writing(self, *, progress: bool = False) -> Iterator[Connection]:
        """A transaction that stands only while the lease is ours."""
        with self.house.store.transaction() as connection:
            tasks.hold(
                connection,
                self.house.now(),
                self.task,
                self.house.settings.lease_seconds,
                progress=progress,
            )
            yield connection

    @contextmanager
    def finishing(self) -> Iterator[tuple[Connection, bool]]:
        """A transaction that closes the task; its flag says it was the last of its file's step."""
        with self.house.store.transaction() as connection:
            yield connection, tasks.complete(connection, self.task)
            self._promote(connection)

    def give_up(self, connection: Connection, code: str) -> bool:
        """Close the task as failed; True when it was the last of its file's step."""
        last = tasks.fail(connection, self.task, {"code": code})
        self._promote(connection)
        return last

    def put_back(self) -> None:
        """Put what is left of the task back in line."""
        with self.house.store.transaction() as connection:
            tasks.yield_rest(connection, self.house.now(), self.task)
            self._promote(connection)

    def add(
        self, connection: Connection, step: str, file_id: str, ranges: list[tuple[int, int]]
    ) -> None:
        """The tasks of the next step of a file; the fan-in counts them."""
        now = self.house.now()
        assert self.task.import_id is not None
        for first, last in ranges:
            tasks.add(
                connection,
                now,
                organisation_id=self.task.organisation_id,
                import_id=self.task.import_id,
                file_id=file_id,
                step=step,
                first=first,
                last=last,
            )
        connection.execute(
            update(t.file)
            .where(t.file.c.id == file_id)
            .values(tasks_open=t.file.c.tasks_open + len(ranges))
        )

    def _promote(self, connection: Connection) -> None:
        if self.task.import_id is not None:
            tasks.promote(
                connection, self.house.now(), self.task.import_id, self.house.settings.windows
            )


Step = Callable[[Job], None]


def step(name: str) -> Callable[[Step], Step]:
    """Declare a step of the pipeline: its actor claims the task it is sent and runs the function."""

    def declare(function: Step) -> Step:
        @actor(f"pipeline.{name}")
        def work(house: House, task_id: str) -> None:
            perform(house, task_id, function)

        return function

    return declare


def perform(house: House, task_id: str, function: Step) -> None:
    """Claim a task and run its step; a task that is done, or somebody else's, is left alone."""
    if stopping.is_set():
        return  # the sweeper gives it to a worker that stays
    seconds = house.settings.lease_seconds
    with house.store.transaction() as connection:
        task = tasks.claim(connection, house.now(), task_id, seconds)
    if task is None:
        return
    job = Job(house, task)
    with structlog.contextvars.bound_contextvars(
        import_id=task.import_id, file_id=task.file_id, task_id=task.id, step=task.step
    ):
        try:
            with _signs_of_life(job):
                function(job)
        except LeaseLost:
            log.info("task.lease_lost")
        except Exception as error:
            log.exception("task.failed", attempt=task.attempts)
            _try_again(job, error)


@contextmanager
def _signs_of_life(job: Job) -> Iterator[None]:
    """Keep the lease while the step waits for a child process or the object store."""
    done = threading.Event()

    def prolong() -> None:
        while not done.wait(job.house.settings.lease_seconds / 4):
            try:
                with job.writing():
                    pass
            except LeaseLost:
                return  # the step finds out at its next write
            except Exception:  # noqa: BLE001 - an outage: the lease may run out, which is safe
                log.warning("task.no_sign_of_life")

    thread = threading.Thread(target=prolong, name=f"lease-{job.task.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _try_again(job: Job, error: Exception) -> None:
    """Let the sweeper ask again soon. An outage of our own parts is not the file's fault."""
    house = job.house
    now = house.now()
    delay = timedelta(seconds=min(2 ** min(job.task.attempts, 6), 60))
    values: dict[str, Any] = {"status": "queued", "lease": None, "next_action_at": now + delay}
    if _is_outage(error):
        values["attempts"] = max(job.task.attempts - 1, 0)
    try:
        with house.store.transaction() as connection:
            connection.execute(
                update(t.task)
                .where(t.task.c.id == job.task.id, t.task.c.lease == job.task.lease)
                .values(**values)
            )
    except Exception:  # noqa: BLE001 - the database is away: the lease runs out instead
        log.warning("task.lease_left_to_run_out")


def _is_outage(error: BaseException | None) -> bool:
    """Whether the database, the object store or the disk failed us, by the error or its cause."""
    import urllib3.exceptions
    from minio.error import MinioException
    from sqlalchemy.exc import InterfaceError, OperationalError

    away = (
        Unavailable,
        OperationalError,
        InterfaceError,
        MinioException,
        urllib3.exceptions.HTTPError,
        ConnectionError,
    )
    while error is not None:
        if isinstance(error, away) or (isinstance(error, OSError) and error.errno in EXHAUSTED):
            return True
        error = error.__cause__ or error.__context__
    return False
