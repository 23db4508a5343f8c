"""The same request twice: one effect, one answer.

`@once` under a handler's decorator makes it honour `Idempotency-Key`. The key is claimed, the
operation runs, and its answer is kept, all in one transaction: a crash leaves the key unused, a
repeat gets the first answer, a repeat with another body is refused. A refusal keeps nothing, so the
request may be put right and sent again with the same key. Two at the same moment: the second is
told so (409). Uploads, whose body cannot be known before it has come, do the same in
`operations.intake`.
"""

from __future__ import annotations

import functools
import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar

import msgspec
from litestar import Response
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from domain.errors import Conflict, Invalid
from domain.people import Who
from service.house import House
from storage import tables as t
from storage.store import Store

KEPT = timedelta(hours=48)
HEADER = "idempotency-key"

request_key: ContextVar[tuple[str, str] | None] = ContextVar("idempotency", default=None)
"""The route (method and path) and the key of the request under way, set by `service.app`."""

P = ParamSpec("P")
R = TypeVar("R")

_under_way: set[tuple[str, str, str]] = set()
_lock = threading.Lock()


def check_key(key: str) -> str:
    if not 1 <= len(key) <= 255 or not key.isascii() or not key.isprintable():
        raise Invalid(
            "An Idempotency-Key is 1 to 255 printable ASCII characters; a UUID is a good one.",
            code="invalid_idempotency_key",
        )
    return key


@contextmanager
def alone(who: Who, route: str, key: str) -> Iterator[None]:
    """Conflict while this process is already at work on the same request."""
    mine = (who.organisation_id, route, key)
    with _lock:
        if mine in _under_way:
            raise Conflict(
                "This very request is under way.",
                code="idempotency_key_in_use",
                advice="Wait for its answer, or send it again in a moment.",
                retry_after=1,
            )
        _under_way.add(mine)
    try:
        yield
    finally:
        with _lock:
            _under_way.discard(mine)


def once(handler: Callable[P, R]) -> Callable[P, Any]:
    """Make a handler with parameters `house` and `who` honour Idempotency-Key."""

    @functools.wraps(handler)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Any:
        given = request_key.get()
        if given is None:
            return handler(*args, **kwargs)
        route, key = given
        house, who = kwargs["house"], kwargs["who"]
        assert isinstance(house, House)
        assert isinstance(who, Who)
        asked = {k: v for k, v in kwargs.items() if k not in ("house", "who", "request")}
        if who.companies is not None:  # an answer made for others may tell of what is not theirs
            asked["companies"] = sorted(who.companies)
        same = hashlib.sha256(msgspec.json.encode(asked, enc_hook=str, order="sorted")).hexdigest()
        with alone(who, route, check_key(key)), house.store.transaction() as connection:
            earlier = _claim(connection, house, who, route, key, same)
            if earlier is not None:
                return Response(
                    earlier[1], status_code=earlier[0], headers={"Idempotent-Replayed": "true"}
                )
            within = replace(house, store=_Joined(house.store, connection))
            answer = handler(*args, **{**kwargs, "house": within})  # type: ignore[arg-type]
            _keep(connection, who, route, key, answer)
            return answer

    wrapper.idempotent = True  # type: ignore[attr-defined]
    return wrapper


class _Joined(Store):
    """A store whose transactions are part of one that is already open."""

    def __init__(self, store: Store, connection: Connection) -> None:
        self.url = store.url
        self.engine = store.engine
        self._connection = connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        yield self._connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        yield self._connection


def _claim(
    connection: Connection, house: House, who: Who, route: str, key: str, same: str
) -> tuple[int | None, Any] | None:
    """None when the key is ours; the answer it already has otherwise."""
    c = t.idempotency_key.c
    mine = (c.organisation_id == who.organisation_id, c.route == route, c.key == key)
    now = house.now()
    connection.execute(
        delete(t.idempotency_key).where(
            c.organisation_id == who.organisation_id, c.created_at < now - KEPT
        )
    )
    try:
        with connection.begin_nested():
            connection.execute(
                insert(t.idempotency_key).values(
                    organisation_id=who.organisation_id,
                    route=route,
                    key=key,
                    request_hash=same,
                    created_at=now,
                )
            )
    except IntegrityError:
        row = connection.execute(select(t.idempotency_key).where(*mine)).one()
        if row.request_hash != same:
            raise Conflict(
                "This Idempotency-Key was used for another request.",
                code="idempotency_key_reused",
                advice="Use a new key for a new request.",
            ) from None
        return row.status_code, row.response
    return None


def _keep(connection: Connection, who: Who, route: str, key: str, answer: Any) -> None:
    status, content = None, answer  # none: the handler's own
    if isinstance(answer, Response):
        status, content = answer.status_code, answer.content
    c = t.idempotency_key.c
    connection.execute(
        update(t.idempotency_key)
        .where(c.organisation_id == who.organisation_id, c.route == route, c.key == key)
        .values(
            status_code=status,
            response=msgspec.json.decode(msgspec.json.encode(content, enc_hook=str)),
        )
    )
