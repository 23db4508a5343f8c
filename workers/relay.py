"""The relay: sends what transactions promised, and looks for work that stopped moving.

One small process that needs the database and the broker. Several may run: rows are taken with
SKIP LOCKED, and a message sent twice is refused by the row it points at. While the broker is away
messages wait in the outbox; while the relay is away they wait as well.
"""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import redis
import structlog
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import BrokerConnectionError
from sqlalchemy import delete, exists, select, update
from sqlalchemy.exc import SQLAlchemyError

from service.house import House
from service.operations import training
from storage import tables as t
from storage import tasks
from workers import emails, webhooks
from workers.broker import QUEUE_OF, connect, message

log = structlog.get_logger()

BATCH = 100
KEEP_SENT = timedelta(hours=1)
BUSY_REST, IDLE_REST = 0.05, 0.25
"""Seconds between two looks: while work moves, and once nothing was to be sent for `CALM_SECONDS`."""
CALM_SECONDS = 5.0
WEBHOOK_SECONDS = 0.5
TRAINING_SECONDS = 600.0
AWAY = (redis.RedisError, BrokerConnectionError, SQLAlchemyError, OSError)


def run(house: House, stopping: threading.Event) -> None:
    """Relay until told to stop; outages of the database or the broker are waited out."""
    broker = connect(house.settings.resolved_redis_url)
    next_sweep = next_webhooks = next_training = last_sent = 0.0
    waiting = False
    while not stopping.is_set():
        try:
            sent = send(house, broker)
            moment = time.monotonic()
            last_sent = moment if sent else last_sent
            if moment >= next_webhooks:
                webhooks.due(house)
                emails.due(house)
                next_webhooks = moment + WEBHOOK_SECONDS
            if moment >= next_sweep:
                sweep(house)
                next_sweep = moment + house.settings.sweep_seconds
            if moment >= next_training:
                training.due(house)
                next_training = moment + TRAINING_SECONDS
        except AWAY as error:
            if not waiting:
                log.warning("relay.waiting", reason=type(error).__name__)
            waiting = True
            stopping.wait(1.0)
            continue
        if waiting:
            log.info("relay.resumed")
            waiting = False
        if not sent:
            stopping.wait(BUSY_REST if moment - last_sent < CALM_SECONDS else IDLE_REST)


def send(house: House, broker: RedisBroker) -> int:
    """Send a batch of promised messages; returns how many."""
    with house.store.reading() as connection:
        if not connection.scalar(select(exists().where(t.outbox.c.sent_at.is_(None)))):
            return 0
    broker.client.ping()  # find out before a row is locked
    with house.store.transaction() as connection:
        rows = connection.execute(
            select(t.outbox.c.id, t.outbox.c.actor, t.outbox.c.args)
            .where(t.outbox.c.sent_at.is_(None))
            .order_by(t.outbox.c.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        for row in rows:
            if row.actor in QUEUE_OF:
                broker.enqueue(message(row.actor, row.args))
            else:
                log.error("relay.unknown_actor", actor=row.actor)
        connection.execute(
            update(t.outbox)
            .where(t.outbox.c.id.in_([row.id for row in rows]))
            .values(sent_at=house.now())
        )
    return len(rows)


def sweep(house: House) -> int:
    """Ask again for every task that is overdue; returns how many."""
    now = house.now()
    with house.store.transaction() as connection:
        touched = tasks.sweep(connection, now, house.settings.windows)
        connection.execute(delete(t.outbox).where(t.outbox.c.sent_at < now - KEEP_SENT))
    if touched:
        log.info("relay.swept", tasks=touched)
    return touched
