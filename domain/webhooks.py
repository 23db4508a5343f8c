"""Webhooks: what is signed, what is sent, when it is sent again.

Follows Standard Webhooks 1.0. Everything here is pure: no clock, no network, no chance. Who may be
called at all is `domain.destinations`; calling them is the workers' part.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

SECRET_PREFIX = "whsec_"  # noqa: S105 - the word before a secret, not one
SECRET_BYTES = 32
ROTATION_OVERLAP = timedelta(hours=24)
"""Old and new secret both sign for this long after a rotation."""

PAYLOAD_BYTES = 20_000
RESPONSE_READ_BYTES = 64 * 1024
RESPONSE_KEPT_BYTES = 2 * 1024

DELAYS = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
"""How long to wait before each attempt, counted from the end of the one before."""
JITTER = 0.1
"""A retry comes up to this share of its delay later, so that receivers are not hit in step."""
LONGEST_RETRY_AFTER = timedelta(hours=24)
SLOW_DOWN = timedelta(seconds=60)
"""How long an endpoint that answers 429 is left alone when it does not say itself."""
DISABLED_AFTER = timedelta(days=5)
ATTEMPTS_THAT_ARE_NO_BLIP = 5
"""An endpoint that is asked rarely is not disabled by the first failure after a quiet week."""

TEST_EVENT = "webhook.test"


class DeliveryStatus(StrEnum):
    WAITING = "waiting"  # until next_action_at
    QUEUED = "queued"  # a message was promised
    RUNNING = "running"  # an attempt is under way
    DELIVERED = "delivered"
    FAILED = "failed"  # every attempt of the schedule was used
    HELD = "held"  # the endpoint is disabled; replay it after enabling


ATTEMPT_ERRORS: dict[str, str] = {
    "timeout": "There was no complete answer in time.",
    "no_connection": "No connection could be made.",
    "tls": "The server's certificate was not accepted.",
    "not_allowed": "The address is unknown, or not a public internet address.",
    "bad_answer": "The answer was not HTTP, or broke off.",
    "redirect": "The server answered with a redirection, which is not followed.",
    "secret_unreadable": "The endpoint's secret cannot be decrypted with the present secret key.",
    "interrupted": "The attempt was interrupted; whether it arrived is not known.",
}
"""What an attempt without a usable answer says: little, so that nobody learns about our inside."""

DISABLED_REASONS: dict[str, str] = {
    "gone": "The receiver answered 410 Gone.",
    "failing": "No delivery has succeeded for five days.",
    "person": "A person disabled it.",
}


# --- signing -------------------------------------------------------------------------------------


def written_secret(key: bytes) -> str:
    """The form people copy: `whsec_` and base64."""
    return SECRET_PREFIX + base64.b64encode(key).decode()


def sign(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def signed_headers(
    keys: Sequence[bytes], message_id: str, now: datetime, body: bytes
) -> dict[str, str]:
    """The three headers of Standard Webhooks; one signature a key, so that secrets can rotate."""
    timestamp = int(now.timestamp())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(sign(key, message_id, timestamp, body) for key in keys),
    }


# --- what is sent --------------------------------------------------------------------------------

_PATHS = {
    "imp": "imports",
    "doc": "documents",
    "ent": "journal-entries",
    "whe": "webhook-endpoints",
}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, as it was recorded."""

    id: str
    type: str
    company_id: str | None
    subject: str
    sequence: int
    data: Mapping[str, Any]
    created_at: datetime


def payload(event: Event, public_url: str) -> bytes:
    """The exact bytes to sign and send: thin, the same for every attempt, under 20 KB.

    Pure ASCII, because text read from paper may hold anything. Data that would not fit is left
    out; the link to the event has it whole.
    """
    api = public_url.rstrip("/") + "/api/v1"
    links = {"event": f"{api}/events/{event.id}"}
    path = _PATHS.get(event.subject.partition("_")[0])
    if path:
        links["subject"] = f"{api}/{path}/{event.subject}"
    content: dict[str, Any] = {
        "id": event.id,
        "type": event.type,
        "timestamp": _written_moment(event.created_at),
        "company_id": event.company_id,
        "subject": event.subject,
        "sequence": event.sequence,
        "data": dict(event.data),
        "links": links,
    }
    written = _json(content)
    if len(written) >= PAYLOAD_BYTES:
        written = _json(content | {"data": {}, "data_omitted": True})
    return written


def _written_moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, separators=(",", ":"), allow_nan=False).encode("ascii")


# --- what came back ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """What one attempt brought back: a status, or an error of `ATTEMPT_ERRORS`, or both."""

    took_ms: int
    status_code: int | None = None
    error: str | None = None
    response: str = ""
    retry_after: str | None = None

    def __post_init__(self) -> None:
        assert self.error is None or self.error in ATTEMPT_ERRORS, self.error
        assert self.error is not None or self.status_code is not None

    @property
    def accepted(self) -> bool:
        return self.error is None and self.status_code is not None and self.status_code // 100 == 2


def kept_text(body: bytes) -> str:
    """The beginning of a response as text a database takes: at most 2 KB, no NUL."""
    text = body[:RESPONSE_KEPT_BYTES].decode("utf-8", "replace").replace("\x00", "")
    return text.encode()[:RESPONSE_KEPT_BYTES].decode("utf-8", "ignore")


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from an answer."""

    status: DeliveryStatus
    next_action_at: datetime | None = None
    disable: str | None = None  # a key of DISABLED_REASONS
    slow_until: datetime | None = None  # nothing at all to this endpoint before then


def decide(
    answer: Answer,
    *,
    attempts: int,
    failing_since: datetime | None,
    now: datetime,
    jitter: float,
) -> Decision:
    """What to do after attempt number `attempts` ended at `now`. `jitter` is within 0 … 1."""
    if answer.accepted:
        return Decision(DeliveryStatus.DELIVERED)
    if answer.status_code == 410:
        return Decision(DeliveryStatus.HELD, disable="gone")
    if (
        failing_since is not None
        and now - failing_since >= DISABLED_AFTER
        and attempts >= ATTEMPTS_THAT_ARE_NO_BLIP
    ):
        return Decision(DeliveryStatus.HELD, disable="failing")
    wished = retry_after(answer.retry_after, now)
    slow_until = None
    if answer.status_code == 429:
        slow_until = wished or now + SLOW_DOWN
    elif answer.status_code == 503:
        slow_until = wished
    due = next_attempt_at(attempts, now, jitter)
    if due is None:
        return Decision(DeliveryStatus.FAILED, slow_until=slow_until)
    latest = max(moment for moment in (due, wished, slow_until) if moment is not None)
    return Decision(DeliveryStatus.WAITING, next_action_at=latest, slow_until=slow_until)


def next_attempt_at(
    attempts: int, now: datetime, jitter: float, delays: Sequence[timedelta] = DELAYS
) -> datetime | None:
    """When to try again after `attempts` attempts; None when the schedule is used up."""
    if attempts >= len(delays):
        return None
    return now + delays[attempts] * (1 + JITTER * jitter)


def retry_after(header: str | None, now: datetime) -> datetime | None:
    """The moment a `Retry-After` header names (seconds or an HTTP date), within a day from now."""
    if not header:
        return None
    text = header.strip()
    try:
        if text.isascii() and text.isdigit():
            # A header may hold thousands of digits; beyond a few they all mean "a day".
            wished = now + timedelta(seconds=int(text[:9]))
        else:
            wished = parsedate_to_datetime(text)
            wished = wished if wished.tzinfo else wished.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wished, now), now + LONGEST_RETRY_AFTER)
