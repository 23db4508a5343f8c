"""A ledger kept by webhooks: an example of a program that follows the books. Standard library only.

It verifies each delivery (docs/webhooks.md says how), takes the journal entries that events carry,
computes their hashes again, and appends each once to a file, a line of JSON an entry. Deliveries
come in any order and more than once: `missing` says what has not come yet, `broken` what does not
follow what came before it.

    BANNETTE_SECRET=whsec_… python docs/ledger.py ledger.jsonl 8080
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

TOLERANCE_SECONDS = 300
LARGEST_BODY = 1_000_000
CARRIED_AS = {
    "invoice.posted": "entry",
    "movement.posted": "entry",
    "entry.posted": "entry",
    "entry.reversed": "reversal",
}
"""Events that make an entry, and where their data has it."""

Entry = dict[str, Any]
Series = tuple[str, str, int]
"""Company, journal and year: what numbers and hashes are counted in."""


def verify(secret: str, headers: Any, body: bytes, now: float) -> bool:
    """Whether `body` was signed with `secret` (`whsec_…`) less than five minutes ago; `headers` is
    a mapping that knows no case.
    """
    try:
        message_id, timestamp = headers["webhook-id"], int(headers["webhook-timestamp"])
        signatures = headers["webhook-signature"].split(" ")
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    genuine = any(
        version == "v1" and hmac.compare_digest(signature.encode(), expected)
        for version, _, signature in (each.partition(",") for each in signatures)
    )
    return genuine and abs(now - timestamp) <= TOLERANCE_SECONDS


def hash_of(entry: Entry) -> str:
    """The hash of an entry as it is told: of all that it says, and of the hash before it."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    names = ("id", "company_id", "journal", "year", "number", "entry_date", "piece_date",
             "piece_reference", "label", "currency", "document_id", "document_version",
             "document_sha256", "reverses_entry_id", "posted_by")  # fmt: skip
    said: dict[str, Any] = {name: entry[name] for name in names}
    said["posted_at"] = (datetime.fromisoformat(entry["posted_at"]) - epoch) // timedelta(
        milliseconds=1
    )
    said["lines"] = [
        [line["account"], line["auxiliary"], line["label"], cents(line["debit"]),
         cents(line["credit"]), line["vat_code"]]
        + ([cents(line["foreign_amount"]), line["foreign_currency"]] if line["foreign_amount"] else [])
        + ([{"analytic": line["analytic"]}] if line["analytic"] else [])
        for line in entry["lines"]
    ]  # fmt: skip
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{entry['previous_hash']}\n{text}".encode()).hexdigest()


def cents(amount: str) -> int:
    return int(Decimal(amount) * 100)


class Ledger:
    """The entries in a file, each once. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.entries: dict[str, Entry] = {}
        self._lock = threading.Lock()
        if path.exists():
            lines = path.read_text("utf-8").splitlines()
            self.entries = {entry["id"]: entry for entry in map(json.loads, lines)}

    def take(self, event: dict[str, Any]) -> bool:
        """Write the entry of an event down; False for one that is there, or that carries none.

        An event whose data did not fit says `data_omitted`: fetch `links.event` with an API key
        and hand that to this method. ValueError for an entry that is not what was posted.
        """
        entry = (event.get("data") or {}).get(CARRIED_AS.get(event["type"], ""))
        if not entry:
            return False
        debit, credit = (
            sum(cents(line[side]) for line in entry["lines"]) for side in ("debit", "credit")
        )
        if debit != credit or hash_of(entry) != entry["hash"]:
            raise ValueError(f"{entry['id']} is not what was posted")
        with self._lock:
            if entry["id"] in self.entries:
                return False
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry, ensure_ascii=False) + "\n")
                file.flush()
                os.fsync(file.fileno())
            self.entries[entry["id"]] = entry
        return True

    def missing(self) -> list[tuple[Series, int]]:
        """The numbers that have not come yet, of what lies before the last that has."""
        return [
            (series, number)
            for series, found in self._series().items()
            for number in range(1, max(found))
            if number not in found
        ]

    def broken(self) -> list[str]:
        """The ids of entries that do not follow the one before them."""
        return [
            entry["id"]
            for found in self._series().values()
            for number, entry in found.items()
            if number - 1 in found and entry["previous_hash"] != found[number - 1]["hash"]
        ]

    def _series(self) -> dict[Series, dict[int, Entry]]:
        found: dict[Series, dict[int, Entry]] = {}
        for entry in self.entries.values():
            series = (entry["company_id"], entry["journal"], entry["year"])
            found.setdefault(series, {})[entry["number"]] = entry
        return found


def receiver(
    secret: str, ledger: Ledger, clock: Callable[[], float] = time.time
) -> type[BaseHTTPRequestHandler]:
    """A request handler: 204 for what was taken or known, 400 for what is not ours."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = min(int(self.headers.get("Content-Length", 0)), LARGEST_BODY)
            body = self.rfile.read(length)
            genuine = verify(secret, self.headers, body, clock())
            if genuine:
                ledger.take(json.loads(body))
            self.send_response(204 if genuine else 400)
            self.end_headers()

    return Handler


if __name__ == "__main__":
    handler = receiver(os.environ["BANNETTE_SECRET"], Ledger(Path(sys.argv[1])))
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), handler).serve_forever()
