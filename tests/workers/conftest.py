"""A house that may tell receivers on this machine, with a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import insert

from domain.ids import new_id
from domain.people import Scope, Who
from service.house import House
from storage import tables as t
from tests.receivers import Clock, Receiver


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def telling(any_house: House, clock: Clock) -> House:
    """On both sets: deliveries depend on how each database locks."""
    return may_tell(any_house, clock)


@pytest.fixture
def telling_once(house: House, clock: Clock) -> House:
    return may_tell(house, clock)


def may_tell(house: House, clock: Clock) -> House:
    settings = replace(
        house.settings,
        webhook_http=True,
        webhook_private_addresses=True,
        webhook_timeout_seconds=1,
        public_url="https://bannette.example",
    )
    return replace(house, settings=settings, now=clock)


def somebody(house: House) -> Who:
    """An administrator of a new organisation."""
    organisation_id = new_id("org")
    with house.store.transaction() as connection:
        connection.execute(
            insert(t.organisation).values(
                id=organisation_id, name="Fiduciaire", settings={}, created_at=house.now()
            )
        )
    return Who(organisation_id, new_id("usr"), "Camille", frozenset(Scope))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running
