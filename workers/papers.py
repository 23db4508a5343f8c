"""Papers: the invoice that was just finalised is drawn, checked by the official rules and kept.

The rules run in a process of their own (`service.papers.checking`), one for all threads of a worker.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from service.operations import sales_papers
from service.papers import Checker
from workers.jobs import Job, step

_lock = threading.Lock()
_checker: Checker | None = None
IDLE_SECONDS = 120.0
"""After which the rules' process, 270 MiB, is ended."""


@step(sales_papers.STEP)
def paper(job: Job) -> None:
    """Draw the paper of one invoice."""
    if job.poisonous:
        with job.house.store.transaction() as connection:
            job.give_up(connection, "paper_failed")
        return
    assert job.task.subject is not None
    sales_papers.keep(job.house, job.task.organisation_id, job.task.subject, _problems)
    with job.finishing():
        pass


def _problems(xml: bytes, french: bool) -> Sequence[str]:
    global _checker  # noqa: PLW0603 - a process has one, like its sandbox
    with _lock:
        if _checker is None:
            _checker = Checker()
        checker = _checker
    return checker.problems(xml, french=french)


def rest() -> None:
    """Called now and then: what is not used gives its memory back."""
    if _checker is not None:
        _checker.rest(IDLE_SECONDS)


def close() -> None:
    global _checker  # noqa: PLW0603
    with _lock:
        if _checker is not None:
            _checker.close()
            _checker = None
