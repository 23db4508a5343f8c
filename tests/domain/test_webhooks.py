"""What is signed, what is sent, and when it is sent again."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from domain.webhooks import (
    DELAYS,
    DISABLED_AFTER,
    Answer,
    DeliveryStatus,
    Event,
    decide,
    kept_text,
    payload,
    retry_after,
    sign,
    signed_headers,
    written_secret,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KEY = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")


def event(**data: object) -> Event:
    return Event("evt_1", "invoice.posted", "cmp_1", "doc_1", 3, data, NOW)


# --- signing -------------------------------------------------------------------------------------


def test_the_published_test_vector_gives_the_published_signature() -> None:
    signature = sign(KEY, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_official_library_accepts_what_we_sign() -> None:
    body = payload(event(total="12.50"), "https://bannette.example")
    headers = signed_headers([KEY], "evt_1", datetime.now(UTC), body)
    assert Webhook(written_secret(KEY)).verify(body, headers)["data"] == {"total": "12.50"}


@pytest.mark.parametrize("changed", ["body", "webhook-id", "webhook-timestamp"])
def test_one_changed_character_is_refused(changed: str) -> None:
    now = datetime.now(UTC)
    body = b'{"amount":"10.00"}'
    headers = signed_headers([KEY], "evt_1", now, body)
    if changed == "body":
        body = body.replace(b"1", b"9", 1)
    elif changed == "webhook-id":
        headers[changed] = "evt_2"
    else:
        headers[changed] = str(int(now.timestamp()) + 1)
    with pytest.raises(WebhookVerificationError):
        Webhook(written_secret(KEY)).verify(body, headers)


def test_a_signature_older_than_five_minutes_is_refused() -> None:
    headers = signed_headers([KEY], "evt_1", datetime.now(UTC) - timedelta(seconds=301), b"{}")
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(written_secret(KEY)).verify(b"{}", headers)


def test_either_secret_verifies_while_two_sign() -> None:
    old, new = b"o" * 32, b"n" * 32
    headers = signed_headers([new, old], "evt_1", datetime.now(UTC), b"{}")
    for key in (old, new):
        assert Webhook(written_secret(key)).verify(b"{}", headers) == {}
    with pytest.raises(WebhookVerificationError):
        Webhook(written_secret(b"x" * 32)).verify(b"{}", headers)


# --- what is sent --------------------------------------------------------------------------------


def test_the_payload_names_what_happened_to_what_and_where_to_look() -> None:
    sent = json.loads(payload(event(number="A-1"), "https://bannette.example/"))
    assert sent == {
        "id": "evt_1",
        "type": "invoice.posted",
        "timestamp": "2026-03-02T09:00:00.000Z",
        "company_id": "cmp_1",
        "subject": "doc_1",
        "sequence": 3,
        "data": {"number": "A-1"},
        "links": {
            "event": "https://bannette.example/api/v1/events/evt_1",
            "subject": "https://bannette.example/api/v1/documents/doc_1",
        },
    }


def test_the_payload_stays_under_20_kb_and_says_that_data_was_left_out() -> None:
    body = payload(event(text="x" * 30_000), "https://bannette.example")
    assert len(body) < 20_000
    assert json.loads(body)["data_omitted"] is True


@given(st.text(st.characters(), max_size=50))
def test_whatever_stood_on_paper_the_payload_is_ascii_and_reads_back(text: str) -> None:
    body = payload(event(name=text), "https://bannette.example")
    assert json.loads(body.decode("ascii"))["data"]["name"] == text


# --- what came back ------------------------------------------------------------------------------


def after(attempts: int, answer: Answer, **given: object) -> tuple[DeliveryStatus, object]:
    asked = {"failing_since": NOW, "now": NOW, "jitter": 0.0, **given}
    decision = decide(answer, attempts=attempts, **asked)
    return decision.status, decision.next_action_at and decision.next_action_at - NOW


def test_retries_follow_the_schedule_and_end() -> None:
    failure = Answer(took_ms=1, status_code=500)
    waits = [after(attempts, failure) for attempts in range(1, 9)]
    assert waits == [
        (DeliveryStatus.WAITING, timedelta(seconds=5)),
        (DeliveryStatus.WAITING, timedelta(minutes=5)),
        (DeliveryStatus.WAITING, timedelta(minutes=30)),
        (DeliveryStatus.WAITING, timedelta(hours=2)),
        (DeliveryStatus.WAITING, timedelta(hours=5)),
        (DeliveryStatus.WAITING, timedelta(hours=10)),
        (DeliveryStatus.WAITING, timedelta(hours=10)),
        (DeliveryStatus.FAILED, None),
    ]


@given(st.floats(0, 1), st.integers(1, len(DELAYS) - 1))
def test_jitter_makes_a_retry_at_most_a_tenth_later_and_never_earlier(
    jitter: float, attempts: int
) -> None:
    _, wait = after(attempts, Answer(took_ms=1, error="timeout"), jitter=jitter)
    assert isinstance(wait, timedelta)
    assert DELAYS[attempts] <= wait <= DELAYS[attempts] * 1.1


@pytest.mark.parametrize("code", [200, 201, 204, 299])
def test_any_2xx_is_a_success(code: int) -> None:
    assert after(1, Answer(took_ms=1, status_code=code))[0] is DeliveryStatus.DELIVERED


@pytest.mark.parametrize("code", [100, 199, 301, 302, 307, 400, 404, 500, 599])
def test_anything_else_is_not(code: int) -> None:
    assert after(1, Answer(took_ms=1, status_code=code))[0] is DeliveryStatus.WAITING


def test_a_2xx_whose_body_never_ended_is_not_a_success() -> None:
    answer = Answer(took_ms=15_000, status_code=200, error="timeout")
    assert after(1, answer)[0] is DeliveryStatus.WAITING


def test_410_disables_the_endpoint_at_once() -> None:
    decision = decide(
        Answer(took_ms=1, status_code=410), attempts=1, failing_since=None, now=NOW, jitter=0
    )
    assert (decision.status, decision.disable) == (DeliveryStatus.HELD, "gone")


def test_429_slows_the_whole_endpoint() -> None:
    def slow(header: str | None) -> timedelta:
        answer = Answer(took_ms=1, status_code=429, retry_after=header)
        decision = decide(answer, attempts=1, failing_since=None, now=NOW, jitter=0)
        assert decision.slow_until is not None
        assert decision.next_action_at is not None
        assert decision.next_action_at >= decision.slow_until
        return decision.slow_until - NOW

    assert slow(None) == timedelta(seconds=60)
    assert slow("600") == timedelta(seconds=600)


def test_retry_after_is_honoured_but_never_shortens_the_schedule() -> None:
    busy = Answer(took_ms=1, status_code=503, retry_after="120")
    assert after(1, busy)[1] == timedelta(seconds=120)
    assert after(2, busy)[1] == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", timedelta(seconds=120)),
        ("Mon, 02 Mar 2026 09:10:00 GMT", timedelta(minutes=10)),
        ("9" * 5000, timedelta(hours=24)),
        ("Mon, 02 Mar 2099 09:10:00 GMT", timedelta(hours=24)),
        ("Mon, 02 Mar 1999 09:10:00 GMT", timedelta(0)),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date_within_a_day(
    header: str, wait: timedelta
) -> None:
    assert retry_after(header, NOW) == NOW + wait


@pytest.mark.parametrize("header", [None, "", "soon", "-5", "1e9", "٣", "Mon, 99 Foo 2026", "\x00"])
def test_a_retry_after_that_says_nothing_is_ignored(header: str | None) -> None:
    assert retry_after(header, NOW) is None


def test_five_days_of_failure_disable_the_endpoint() -> None:
    failure = Answer(took_ms=1, status_code=500)
    since = NOW - DISABLED_AFTER
    decision = decide(failure, attempts=5, failing_since=since, now=NOW, jitter=0)
    assert (decision.status, decision.disable) == (DeliveryStatus.HELD, "failing")
    almost = since + timedelta(seconds=1)
    assert decide(failure, attempts=5, failing_since=almost, now=NOW, jitter=0).disable is None


def test_the_first_failure_after_a_quiet_week_does_not_disable() -> None:
    failure = Answer(took_ms=1, status_code=500)
    week = NOW - timedelta(days=7)
    decision = decide(failure, attempts=1, failing_since=week, now=NOW, jitter=0)
    assert decision.disable is None


@given(st.binary(max_size=5000))
def test_what_is_kept_of_a_response_is_text_a_database_takes(body: bytes) -> None:
    text = kept_text(body)
    assert "\x00" not in text
    assert len(text.encode()) <= 2048
