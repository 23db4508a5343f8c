"""The broker: Dramatiq on any Redis-protocol server, told to be quick about the dead.

Actors are plain functions registered by name; `bind` gives them a broker and a house, so that
importing this costs little and the relay can address an actor without knowing its code. Dramatiq
keeps no state of ours: no retries, no results, no delays. The rows know what is to be done.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

# Read by Dramatiq when imported: a message must wait in the queue, where another worker can take
# it, not in the memory of a busy one.
os.environ.setdefault("dramatiq_queue_prefetch", "1")

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import CurrentMessage

from service.house import House

PAGES = "pages"  # heavy: one thread a process, one process a core
LIGHT = "light"  # what others or a person wait for: a few threads
WEBHOOKS = "webhooks"  # they wait for strangers, as e-mails do: threads of their own
QUEUES = (PAGES, LIGHT, WEBHOOKS)

QUEUE_OF = {
    "pipeline.open": PAGES,
    "pipeline.read": PAGES,
    "pipeline.assemble": PAGES,
    "pipeline.extract": PAGES,
    "pipeline.split": LIGHT,
    "pipeline.reread": LIGHT,
    "pipeline.learn": LIGHT,
    "pipeline.post": LIGHT,
    "pipeline.paper": LIGHT,
    "pipeline.train": LIGHT,
    "webhooks.deliver": WEBHOOKS,
    "emails.send": WEBHOOKS,
}

Work = Callable[..., None]
_registered: dict[str, Work] = {}


def actor(name: str) -> Callable[[Work], Work]:
    """Register ``function(house, **args)`` under a name of `QUEUE_OF`."""
    assert name in QUEUE_OF, name

    def register(function: Work) -> Work:
        _registered[name] = function
        return function

    return register


def connect(url: str) -> RedisBroker:
    """A broker on `url`; opens no connection yet.

    A killed worker's messages are given to others after half a minute instead of many: every
    command does the maintenance that notices, which costs little at our rates.
    """
    pool = redis.ConnectionPool.from_url(url, socket_timeout=10, socket_connect_timeout=5)
    broker = RedisBroker(  # type: ignore[no-untyped-call]  # Dramatiq leaves its own untyped
        client=redis.Redis(connection_pool=pool),
        middleware=[CurrentMessage()],
        heartbeat_timeout=30_000,
        maintenance_chance=1_000_000,
    )
    for queue in QUEUES:
        broker.declare_queue(queue)
    return broker


def message(name: str, args: dict[str, Any]) -> dramatiq.Message[None]:
    """The message that asks actor `name` to work."""
    return dramatiq.Message(
        queue_name=QUEUE_OF[name], actor_name=name, args=(), kwargs=args, options={}
    )


def bind(broker: RedisBroker, house: House) -> None:
    """Give every registered actor its broker and its house."""
    for name, function in _registered.items():

        def run(_function: Work = function, **args: Any) -> None:
            _function(house, **args)

        dramatiq.actor(actor_name=name, queue_name=QUEUE_OF[name], broker=broker)(run)
