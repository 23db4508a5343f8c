"""From an event to a verified request, whatever happens on the way (promises B1 to B12)."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from standardwebhooks.webhooks import Webhook

from domain.errors import Conflict, Invalid, NotFound
from domain.people import Who
from domain.webhooks import ATTEMPT_ERRORS
from service.house import House, utc_now
from service.operations import deliveries, webhooks
from service.operations.deliveries import DeliveryWithAttempts
from service.operations.webhooks import EndpointWithSecret
from storage import tables as t
from storage.outbox import record_event
from tests.receivers import Clock, Receiver, in_turn, raw_server, status
from tests.workers.conftest import somebody
from workers.webhooks import deliver, due, work


@pytest.fixture
def who(telling: House) -> Who:
    return somebody(telling)


def listening(house: House, who: Who, url: str, *event_types: str) -> EndpointWithSecret:
    return webhooks.add_endpoint(house, who, url=url, event_types=list(event_types))


def happen(house: House, who: Who, subject: str = "doc_1", type_: str = "invoice.posted") -> str:
    with house.store.transaction() as connection:
        return record_event(
            connection,
            house.now(),
            organisation_id=who.organisation_id,
            company_id=None,
            type_=type_,
            subject=subject,
            data={"number": "A-1"},
        )


def run(house: House) -> int:
    """What the relay and the workers do, once."""
    queued = due(house)
    for delivery_id in queued:
        work(house, delivery_id)
    return len(queued)


def only_delivery(house: House, who: Who) -> DeliveryWithAttempts:
    (item,) = deliveries.list_deliveries(house, who)["items"]
    return deliveries.get_delivery(house, who, item["id"])


def promised(house: House) -> list[str]:
    with house.store.reading() as connection:
        rows = connection.scalars(
            select(t.outbox.c.args).where(t.outbox.c.actor == "webhooks.deliver")
        ).all()
    return [args["delivery_id"] for args in rows]


# --- the good day --------------------------------------------------------------------------------


def test_an_event_arrives_once_signed_and_is_shown_delivered(
    telling: House, who: Who, receiver: Receiver
) -> None:
    endpoint = listening(telling, who, receiver.url)
    event_id = happen(telling, who)
    assert run(telling) == 1
    assert run(telling) == 0
    (got,) = receiver.received
    told = Webhook(endpoint.secret).verify(got.body, got.headers)
    assert (told["id"], told["type"], told["sequence"]) == (event_id, "invoice.posted", 1)
    assert got.id == event_id
    shown = only_delivery(telling, who)
    assert (shown.status, shown.event_id) == ("delivered", event_id)
    assert [(a.number, a.status_code, a.error) for a in shown.attempts] == [(1, 200, None)]


def test_only_the_types_asked_for_are_sent(telling: House, who: Who, receiver: Receiver) -> None:
    listening(telling, who, receiver.url, "import.ready", "entry.reversed")
    happen(telling, who, type_="invoice.posted")
    wanted = happen(telling, who, type_="import.ready")
    run(telling)
    assert [got.id for got in receiver.received] == [wanted]


def test_an_organisation_hears_only_of_itself(telling: House, who: Who, receiver: Receiver) -> None:
    listening(telling, somebody(telling), receiver.url)
    happen(telling, who)
    run(telling)
    assert receiver.received == []


def test_a_quick_receiver_gets_a_hundred_events_in_one_turn_of_the_relay(
    telling: House, who: Who, receiver: Receiver
) -> None:
    listening(telling, who, receiver.url)
    events = {happen(telling, who, f"doc_{n}") for n in range(100)}
    assert run(telling) == telling.settings.webhook_endpoint_concurrency
    assert Counter(got.id for got in receiver.received) == dict.fromkeys(events, 1)


def test_the_message_names_the_delivery_and_is_written_with_it(
    telling: House, who: Who, receiver: Receiver
) -> None:
    listening(telling, who, receiver.url)
    happen(telling, who)
    queued = due(telling)
    assert promised(telling) == queued
    assert len(queued) == 1


# --- repeats (B2, B3, B4) ------------------------------------------------------------------------


def test_a_receiver_that_fails_five_times_gets_the_same_id_on_schedule(
    telling: House, who: Who, receiver: Receiver, clock: Clock
) -> None:
    endpoint = listening(telling, who, receiver.url)
    event_id = happen(telling, who)
    receiver.answer = in_turn(*[status(500, b"sorry")] * 5, status(204))
    waits = [5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600]
    for wait in waits:
        assert run(telling) == 1
        clock.go(timedelta(seconds=wait - 1))
        assert run(telling) == 0
        clock.go(timedelta(seconds=wait * 0.1 + 1))
    assert run(telling) == 1
    assert [got.id for got in receiver.received] == [event_id] * 6
    assert len({got.body for got in receiver.received}) == 1
    stamps = [int(got.headers["webhook-timestamp"]) for got in receiver.received]
    assert stamps == sorted(set(stamps))
    shown = only_delivery(telling, who)
    assert shown.status == "delivered"
    assert [a.status_code for a in shown.attempts] == [500] * 5 + [204]
    assert [a.number for a in shown.attempts] == [1, 2, 3, 4, 5, 6]
    assert shown.attempts[0].response == "sorry"
    assert webhooks.get_endpoint(telling, who, endpoint.id).failing_since is None


def test_each_attempt_is_signed_afresh(telling_once: House, receiver: Receiver) -> None:
    """The clock goes by the real one here, because the official verifier looks at it."""
    house, who = telling_once, somebody(telling_once)
    endpoint = listening(house, who, receiver.url)
    happen(house, who)
    clock = house.now
    assert isinstance(clock, Clock)
    receiver.answer = status(500)
    run(house)
    clock.go(timedelta(seconds=6))
    receiver.answer = status(200)
    run(house)
    first, second = receiver.received
    for got in (first, second):
        Webhook(endpoint.secret).verify(got.body, got.headers)
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


def test_after_eight_attempts_a_delivery_has_failed_and_can_be_replayed(
    telling: House, who: Who, receiver: Receiver, clock: Clock
) -> None:
    listening(telling, who, receiver.url)
    event_id = happen(telling, who)
    receiver.answer = status(500)
    for _ in range(10):
        run(telling)
        clock.go(timedelta(hours=11))
    shown = only_delivery(telling, who)
    assert (shown.status, len(shown.attempts)) == ("failed", 8)
    receiver.answer = status(200)
    assert deliveries.replay(telling, who, shown.id).status == "waiting"
    run(telling)
    again = only_delivery(telling, who)
    assert (again.status, again.attempts_made) == ("delivered", 1)
    assert [a.number for a in again.attempts] == list(range(1, 10))
    assert {got.id for got in receiver.received} == {event_id}


def test_a_sender_killed_between_the_answer_and_the_commit_sends_again_with_the_same_id(
    telling: House, who: Who, receiver: Receiver, clock: Clock, tmp_path: Path
) -> None:
    listening(telling, who, receiver.url)
    event_id = happen(telling, who)
    (delivery_id,) = due(telling)
    program = textwrap.dedent(f"""
        import os, signal
        from dataclasses import replace
        from datetime import datetime
        from pathlib import Path
        from service.house import House, utc_now
        from service.settings import Settings
        from storage.deliveries import finish
        from storage import deliveries
        from storage.store import Store
        from workers.webhooks import deliver

        settings = replace(
            Settings(), webhook_http=True, webhook_private_addresses=True,
            data_folder=Path({str(telling.settings.data_folder)!r}),
        )
        def die(*_, **__):
            os.kill(os.getpid(), signal.SIGKILL)
        deliveries.finish = die  # the answer is there, nothing is written yet
        house = House(
            settings, Store({telling.settings.resolved_database_url!r}), None,
            lambda: datetime.fromisoformat({clock.now.isoformat()!r}),
        )
        deliver(house, {delivery_id!r})
    """)
    killed = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], timeout=60, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert len(receiver.received) == 1
    assert only_delivery(telling, who).status == "running"
    assert run(telling) == 0  # its lease is still good
    clock.go(timedelta(minutes=1))
    assert run(telling) == 1
    assert [got.id for got in receiver.received] == [event_id, event_id]
    shown = only_delivery(telling, who)
    assert shown.status == "delivered"
    assert [(a.number, a.error) for a in shown.attempts] == [(1, "interrupted"), (2, None)]


def test_the_same_message_five_times_at_once_sends_once(
    telling: House, who: Who, receiver: Receiver
) -> None:
    listening(telling, who, receiver.url)
    happen(telling, who)
    (delivery_id,) = due(telling)
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda _: deliver(telling, delivery_id), range(5)))
    deliver(telling, delivery_id)
    assert len(receiver.received) == 1
    assert len(only_delivery(telling, who).attempts) == 1


def test_two_relays_at_once_queue_a_delivery_once(
    telling: House, who: Who, receiver: Receiver
) -> None:
    listening(telling, who, receiver.url)
    for n in range(20):
        happen(telling, who, f"doc_{n}")
    with ThreadPoolExecutor(4) as pool:
        queued = [i for ids in pool.map(lambda _: due(telling), range(4)) for i in ids]
    assert len(queued) == len(set(queued))
    assert sorted(promised(telling)) == sorted(queued)


def test_an_answer_that_comes_after_the_lease_still_counts(
    telling: House, who: Who, receiver: Receiver, clock: Clock
) -> None:
    listening(telling, who, receiver.url)
    happen(telling, who)
    (delivery_id,) = due(telling)

    def slow(handler: object, got: object) -> None:
        clock.go(timedelta(minutes=5))
        assert due(telling) == [delivery_id]  # given up for dead, and queued again
        status(200)(handler, got)  # type: ignore[arg-type]

    receiver.answer = slow
    deliver(telling, delivery_id)
    assert only_delivery(telling, who).status == "delivered"
    receiver.answer = status(200)
    deliver(telling, delivery_id)
    assert len(receiver.received) == 1


def test_a_failure_that_comes_after_the_lease_is_kept_but_changes_nothing(
    telling: House, who: Who, receiver: Receiver, clock: Clock
) -> None:
    listening(telling, who, receiver.url)
    happen(telling, who)
    (delivery_id,) = due(telling)

    def slow(handler: object, got: object) -> None:
        receiver.answer = status(200)
        clock.go(timedelta(minutes=5))
        run(telling)  # somebody else sends it meanwhile, with success
        status(500)(handler, got)  # type: ignore[arg-type]

    receiver.answer = slow
    deliver(telling, delivery_id)
    shown = only_delivery(telling, who)
    assert shown.status == "delivered"
    assert sorted(a.status_code or 0 for a in shown.attempts) == [0, 200, 500]
    assert run(telling) == 0


# --- the event exists exactly when the change does (B11) -----------------------------------------


def test_a_change_that_is_rolled_back_tells_nobody(
    telling: House, who: Who, receiver: Receiver
) -> None:
    listening(telling, who, receiver.url)

    def change_and_fail() -> None:
        with telling.store.transaction() as connection:
            record_event(
                connection,
                telling.now(),
                organisation_id=who.organisation_id,
                company_id=None,
                type_="invoice.posted",
                subject="doc_1",
                data={},
            )
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_and_fail()
    assert run(telling) == 0
    assert deliveries.list_events(telling, who)["items"] == []
    assert receiver.received == []


def test_a_lost_message_is_sent_again(
    telling: House, who: Who, receiver: Receiver, clock: Clock
) -> None:
    listening(telling, who, receiver.url)
    happen(telling, who)
    lost = due(telling)  # and the broker forgets it
    assert due(telling) == []
    clock.go(timedelta(minutes=2))
    assert due(telling) == lost
    deliver(telling, lost[0])
    assert len(receiver.received) == 1


# --- receivers on a bad day (B5, B6, B7) ---------------------------------------------------------


def test_an_answer_after_the_time_limit_is_a_failure(telling_once: House) -> None:
    house, who = telling_once, somebody(telling_once)
    with raw_server(lambda connection: time.sleep(5)) as port:
        listening(house, who, f"http://127.0.0.1:{port}/")
        happen(house, who)
        begun = time.monotonic()
        run(house)
        assert time.monotonic() - begun < 3
    shown = only_delivery(house, who)
    assert (shown.status, shown.attempts[0].error) == ("waiting", "timeout")
    assert shown.attempts[0].message == ATTEMPT_ERRORS["timeout"]


def test_a_redirection_to_the_inside_is_not_followed(
    telling_once: House, receiver: Receiver
) -> None:
    house, who = telling_once, somebody(telling_once)
    with Receiver() as inside:
        receiver.answer = status(302, Location=inside.url)
        listening(house, who, receiver.url)
        happen(house, who)
        run(house)
        assert inside.received == []
    assert only_delivery(house, who).attempts[0].error == "redirect"


def test_a_hanging_endpoint_keeps_no_other_waiting(telling: House, receiver: Receiver) -> None:
    """Forty events hang for a second each; another organisation's arrive at once all the same."""
    bad, good = somebody(telling), somebody(telling)
    arrived: list[float] = []

    def note(handler: object, got: object) -> None:
        arrived.append(time.monotonic())
        status(200)(handler, got)  # type: ignore[arg-type]

    receiver.answer = note
    with raw_server(lambda connection: time.sleep(5)) as port:
        listening(telling, bad, f"http://127.0.0.1:{port}/")
        listening(telling, good, receiver.url)
        for n in range(40):
            happen(telling, bad, f"doc_{n}")
        house = replace(telling, now=utc_now)
        stop = threading.Event()
        with ThreadPoolExecutor(8) as workers:

            def relay() -> None:
                while not stop.is_set():
                    for delivery_id in due(house):
                        workers.submit(work, house, delivery_id)
                    time.sleep(0.05)

            thread = threading.Thread(target=relay)
            thread.start()
            waits = []
            for n in range(10):
                happened = time.monotonic()
                happen(house, good, f"doc_good_{n}")
                while len(arrived) <= n and time.monotonic() - happened < 10:
                    time.sleep(0.01)
                waits.append(arrived[n] - happened)
                time.sleep(0.1)
            stop.set()
            thread.join()
        # Behind the forty they would wait for five seconds and more.
        assert max(waits) < 3.0
    with telling.store.reading() as connection:
        under_way = connection.scalar(
            select(func.count()).where(t.delivery.c.status.in_(("running", "queued")))
        )
    assert (under_way or 0) <= telling.settings.webhook_endpoint_concurrency


def test_many_endpoints_that_fail_share_a_few_places_and_all_get_their_turn(
    telling: House, who: Who, receiver: Receiver, clock: Clock
) -> None:
    receiver.answer = status(500)
    for n in range(12):
        listening(telling, who, f"{receiver.url}/{n}")
    happen(telling, who)
    while run(telling):
        pass
    assert len(receiver.received) == 12
    receiver.received.clear()
    clock.go(timedelta(seconds=10))
    assert run(telling) == telling.settings.webhook_endpoint_concurrency // 2
    while run(telling):
        pass
    assert len({got.path for got in receiver.received}) == 12


def test_an_endpoint_never_has_more_requests_under_way_than_allowed(
    telling: House, who: Who, receiver: Receiver
) -> None:
    now, most = 0, 0
    lock = threading.Lock()

    def count(handler: object, got: object) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.05)
        with lock:
            now -= 1
        status(200)(handler, got)  # type: ignore[arg-type]

    receiver.answer = count
    listening(telling, who, receiver.url)
    ids = [happen(telling, who, f"doc_{n}") for n in range(24)]
    with telling.store.transaction() as connection:  # as if every message came at once
        connection.execute(update(t.delivery).values(status="queued"))
        every = connection.scalars(select(t.delivery.c.id)).all()
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda i: deliver(telling, i), every))
    for _ in range(20):
        run(telling)
    assert {got.id for got in receiver.received} == set(ids)
    assert most <= telling.settings.webhook_endpoint_concurrency


def test_410_disables_the_endpoint_and_holds_what_waits(
    telling: House, who: Who, receiver: Receiver
) -> None:
    endpoint = listening(telling, who, receiver.url)
    receiver.answer = status(410)
    for n in range(3):
        happen(telling, who, f"doc_{n}")
    (first, *_) = due(telling)
    deliver(telling, first)
    shown = webhooks.get_endpoint(telling, who, endpoint.id)
    assert (shown.enabled, shown.disabled_reason, shown.held) == (False, "gone", 3)
    assert shown.notice is not None
    assert "410" in shown.notice
    assert run(telling) == 0
    happen(telling, who, "doc_later")
    assert webhooks.get_endpoint(telling, who, endpoint.id).held == 4


def test_429_slows_the_endpoint_and_leaves_others_alone(
    telling: House, who: Who, receiver: Receiver, clock: Clock
) -> None:
    receiver.answer = in_turn(status(429, Retry_After="120"), status(200))
    listening(telling, who, receiver.url)
    happen(telling, who, "doc_1")
    run(telling)
    happen(telling, who, "doc_2")
    with Receiver() as other:
        listening(telling, who, other.url)
        happen(telling, who, "doc_3")
        assert run(telling) == 1  # the other's; for the slowed one nothing is even queued
        assert len(other.received) == 1
        assert len(receiver.received) == 1
        clock.go(timedelta(seconds=121))
        for _ in range(4):
            run(telling)
    assert {json.loads(got.body)["subject"] for got in receiver.received} == {
        "doc_1",
        "doc_2",
        "doc_3",
    }


def test_five_days_of_failure_disable_and_a_replay_of_the_range_recovers_every_event(
    telling: House, who: Who, receiver: Receiver, clock: Clock
) -> None:
    endpoint = listening(telling, who, receiver.url)
    receiver.answer = status(503)
    begun = clock.now
    missed = []
    while webhooks.get_endpoint(telling, who, endpoint.id).enabled:
        if (clock.now - begun) % timedelta(days=1) < timedelta(hours=1):
            missed.append(happen(telling, who, f"doc_{len(missed)}"))
        while run(telling):
            pass
        clock.go(timedelta(hours=1))
        assert clock.now - begun < timedelta(days=8)
    assert clock.now - begun > timedelta(days=5)
    shown = webhooks.get_endpoint(telling, who, endpoint.id)
    assert shown.disabled_reason == "failing"
    missed.append(happen(telling, who, "doc_while_disabled"))
    with pytest.raises(Conflict, match="disabled"):
        deliveries.replay_range(telling, who, endpoint.id, since=begun)
    receiver.received.clear()
    receiver.answer = status(200)
    assert webhooks.enable_endpoint(telling, who, endpoint.id).notice is not None
    run(telling)
    assert receiver.received == []
    assert deliveries.replay_range(telling, who, endpoint.id, since=begun) == len(missed)
    run(telling)
    assert Counter(got.id for got in receiver.received) == dict.fromkeys(missed, 1)
    assert webhooks.get_endpoint(telling, who, endpoint.id).notice is None


def test_a_disabled_endpoint_is_not_called_by_a_message_already_sent(
    telling: House, who: Who, receiver: Receiver
) -> None:
    endpoint = listening(telling, who, receiver.url)
    happen(telling, who)
    (delivery_id,) = due(telling)
    webhooks.disable_endpoint(telling, who, endpoint.id)
    deliver(telling, delivery_id)
    assert receiver.received == []
    assert only_delivery(telling, who).status == "held"


def test_an_endpoint_disabled_while_a_request_is_under_way_is_not_tried_again(
    telling: House, who: Who, receiver: Receiver
) -> None:
    endpoint = listening(telling, who, receiver.url)
    happen(telling, who)

    def disable(handler: object, got: object) -> None:
        webhooks.disable_endpoint(telling, who, endpoint.id)
        status(500)(handler, got)  # type: ignore[arg-type]

    receiver.answer = disable
    run(telling)
    assert only_delivery(telling, who).status == "held"


# --- replay, looking (B12) -----------------------------------------------------------------------


def test_a_delivered_event_is_replayed_with_its_id_and_a_double_click_sends_once(
    telling: House, who: Who, receiver: Receiver
) -> None:
    listening(telling, who, receiver.url)
    event_id = happen(telling, who)
    run(telling)
    delivery_id = only_delivery(telling, who).id
    deliveries.replay(telling, who, delivery_id)
    deliveries.replay(telling, who, delivery_id)
    run(telling)
    run(telling)
    assert [got.id for got in receiver.received] == [event_id, event_id]


def test_replaying_everything_includes_what_happened_before_the_endpoint_existed(
    telling: House, who: Who, receiver: Receiver, clock: Clock
) -> None:
    begun = clock.now
    before = happen(telling, who, "doc_1")
    other = happen(telling, who, "imp_1", "import.ready")
    clock.go(timedelta(minutes=1))
    endpoint = listening(telling, who, receiver.url, "invoice.posted")
    after = happen(telling, who, "doc_2")
    run(telling)
    replayed = deliveries.replay_range(telling, who, endpoint.id, since=begun, everything=True)
    assert replayed == 2
    run(telling)
    assert Counter(got.id for got in receiver.received) == {after: 2, before: 1}
    assert other not in {got.id for got in receiver.received}


def test_a_range_leaves_out_what_happened_outside_it(
    telling: House, who: Who, receiver: Receiver, clock: Clock
) -> None:
    endpoint = listening(telling, who, receiver.url)
    webhooks.disable_endpoint(telling, who, endpoint.id)
    happen(telling, who, "doc_1")
    clock.go(timedelta(hours=1))
    since = clock.now
    wanted = happen(telling, who, "doc_2")
    clock.go(timedelta(hours=1))
    happen(telling, who, "doc_3")
    webhooks.enable_endpoint(telling, who, endpoint.id)
    until = since + timedelta(minutes=30)
    deliveries.replay_range(telling, who, endpoint.id, since=since, until=until)
    run(telling)
    assert [got.id for got in receiver.received] == [wanted]


def test_a_test_event_goes_to_one_endpoint_only(
    telling: House, who: Who, receiver: Receiver
) -> None:
    with Receiver() as other:
        endpoint = listening(telling, who, receiver.url, "import.ready")
        listening(telling, who, other.url)
        deliveries.send_test(telling, who, endpoint.id)
        run(telling)
        assert other.received == []
    assert [json.loads(got.body)["type"] for got in receiver.received] == ["webhook.test"]


def test_deliveries_are_listed_newest_first_a_page_at_a_time(
    telling: House, who: Who, receiver: Receiver
) -> None:
    endpoint = listening(telling, who, receiver.url)
    events = [happen(telling, who, f"doc_{n}") for n in range(5)]
    first = deliveries.list_deliveries(telling, who, endpoint_id=endpoint.id, limit=3)
    rest = deliveries.list_deliveries(telling, who, cursor=first["next_cursor"], limit=3)
    seen = [item["event_id"] for item in first["items"] + rest["items"]]
    assert seen == events[::-1]
    assert rest["next_cursor"] is None
    assert deliveries.list_deliveries(telling, who, status="failed")["items"] == []
    one = deliveries.list_deliveries(telling, who, event_id=events[2])["items"]
    assert [item["event_id"] for item in one] == [events[2]]
    with pytest.raises(Invalid, match="status"):
        deliveries.list_deliveries(telling, who, status="lost")


def test_somebody_elses_endpoints_deliveries_and_events_do_not_exist(
    telling: House, who: Who, receiver: Receiver
) -> None:
    endpoint = listening(telling, who, receiver.url)
    event_id = happen(telling, who)
    delivery_id = only_delivery(telling, who).id
    other = somebody(telling)
    for ask in (
        lambda: webhooks.get_endpoint(telling, other, endpoint.id),
        lambda: webhooks.change_endpoint(telling, other, endpoint.id, description="mine"),
        lambda: webhooks.rotate_secret(telling, other, endpoint.id),
        lambda: webhooks.with_secret(telling, other, endpoint.id),
        lambda: webhooks.disable_endpoint(telling, other, endpoint.id),
        lambda: webhooks.delete_endpoint(telling, other, endpoint.id),
        lambda: deliveries.send_test(telling, other, endpoint.id),
        lambda: deliveries.replay(telling, other, delivery_id),
        lambda: deliveries.get_delivery(telling, other, delivery_id),
        lambda: deliveries.get_event(telling, other, event_id),
    ):
        with pytest.raises(NotFound):
            ask()
    assert deliveries.list_deliveries(telling, other)["items"] == []
    assert deliveries.list_events(telling, other)["items"] == []
    assert webhooks.list_endpoints(telling, other) == []


# --- secrets (B8) --------------------------------------------------------------------------------


def test_a_rotation_leaves_no_gap_and_a_second_one_within_the_day_is_refused(
    telling: House, who: Who, receiver: Receiver, clock: Clock
) -> None:
    old = listening(telling, who, receiver.url)
    for n in range(50):
        happen(telling, who, f"doc_before_{n}")
    run(telling)
    new = webhooks.rotate_secret(telling, who, old.id)
    assert new.secret != old.secret
    for n in range(50):
        happen(telling, who, f"doc_after_{n}")
    run(telling)
    assert len(receiver.received) == 100
    for got in receiver.received:  # a receiver that has not changed its secret yet
        Webhook(old.secret).verify(got.body, got.headers)
    for got in receiver.received[50:]:  # and one that has
        Webhook(new.secret).verify(got.body, got.headers)
    with pytest.raises(Conflict) as refusal:
        webhooks.rotate_secret(telling, who, old.id)
    assert refusal.value.code == "rotation_under_way"
    clock.go(timedelta(hours=24))
    happen(telling, who, "doc_next_day")
    run(telling)
    assert " " not in receiver.received[-1].headers["webhook-signature"]
    webhooks.rotate_secret(telling, who, old.id)


def test_the_secret_is_kept_encrypted_and_forgotten_with_the_endpoint(
    telling: House, who: Who, receiver: Receiver
) -> None:
    endpoint = listening(telling, who, receiver.url)
    query = select(t.webhook_endpoint.c.secret).where(t.webhook_endpoint.c.id == endpoint.id)
    with telling.store.reading() as connection:
        kept = connection.scalar(query)
    assert kept
    assert endpoint.secret.removeprefix("whsec_").encode() not in kept
    assert "secret" not in webhooks.list_endpoints(telling, who)[0].__slots__
    happen(telling, who)
    webhooks.delete_endpoint(telling, who, endpoint.id)
    with telling.store.reading() as connection:
        assert connection.scalar(query) == b""
    assert run(telling) == 0
    assert receiver.received == []


def test_a_lost_secret_key_is_a_failed_attempt_that_says_so(
    telling_once: House, receiver: Receiver
) -> None:
    house, who = telling_once, somebody(telling_once)
    listening(house, who, receiver.url)
    happen(house, who)
    run(replace(house, settings=replace(house.settings, secret_key="another")))
    assert receiver.received == []
    assert only_delivery(house, who).attempts[0].error == "secret_unreadable"


# --- the inside (B10) ----------------------------------------------------------------------------


def test_an_inside_address_is_refused_when_made_and_when_sent_to(
    telling_once: House, receiver: Receiver
) -> None:
    who = somebody(telling_once)
    strict = replace(
        telling_once, settings=replace(telling_once.settings, webhook_private_addresses=False)
    )
    name = f"http://receiver.test:{receiver.port}/"
    for url in (receiver.url, f"http://localhost:{receiver.port}/", "http://no-such-name.invalid/"):
        with pytest.raises(Invalid) as refusal:
            listening(strict, who, url)
        assert refusal.value.message.startswith("The address is unknown, or not a public")
    # Public when it was made, inside when it is sent to.
    webhooks.add_endpoint(strict, who, url=name, resolve=lambda host, port: ["1.1.1.1"])
    listening(telling_once, who, receiver.url)  # made while the setting allowed it
    happen(strict, who)
    for delivery_id in due(strict):
        deliver(strict, delivery_id, resolve=lambda host, port: ["127.0.0.1"])
    assert receiver.received == []
    for item in deliveries.list_deliveries(strict, who)["items"]:
        (attempt,) = deliveries.get_delivery(strict, who, item["id"]).attempts
        assert (attempt.error, attempt.response) == ("not_allowed", None)
