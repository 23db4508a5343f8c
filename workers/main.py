"""A worker process: takes messages from the queues it is given until it is told to stop.

One process reads pages with one thread, so that a machine runs one a core; another, with a few
threads, does the light work. Each queue has threads of its own: slow receivers of webhooks keep no
document waiting. A process that dies is started again by whoever supervises it; what it
held is given to others when its leases run out.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Sequence

import structlog
from dramatiq import Worker

from service.house import House
from workers import broker, cache, emails, jobs, learning, papers, parsers, pipeline, webhooks
from workers.broker import LIGHT, PAGES, QUEUES, WEBHOOKS

log = structlog.get_logger()

GRACE_SECONDS = 28
"""Less than the half minute a supervisor gives before it kills."""
THREADS = {PAGES: 1, LIGHT: 4, WEBHOOKS: 8}

# Imported for the actors they register.
ACTORS = (pipeline, learning, papers, webhooks, emails)


def work(house: House, queues: Sequence[str] = QUEUES) -> None:
    """Work until SIGTERM or SIGINT; then finish what is short and put the rest back in line."""
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    if PAGES in queues:
        parsers.sandbox(house.settings).start()
    workers = [_worker(house, name) for name in queues]
    for worker in workers:
        worker.start()
    log.info("worker.started", queues=list(queues))
    while not asked.wait(15):
        with contextlib.suppress(OSError):  # a full disk is no reason to leave
            cache.forget_old()
        papers.rest()
    log.info("worker.stopping")
    jobs.stopping.set()
    stoppers = [
        threading.Thread(target=worker.stop, args=(GRACE_SECONDS * 1000,)) for worker in workers
    ]
    for stopper in stoppers:
        stopper.start()
    for stopper in stoppers:
        stopper.join()
    parsers.close()
    papers.close()
    log.info("worker.stopped")


def _worker(house: House, queue: str) -> Worker:
    """Threads for one queue, with a broker of their own: Dramatiq's workers do not share one."""
    connection = broker.connect(house.settings.resolved_redis_url)
    broker.bind(connection, house)
    return Worker(connection, queues={queue}, worker_threads=THREADS[queue], worker_timeout=1000)
