from __future__ import annotations

import io
import json
import logging
import sqlite3
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from litestar.testing import TestClient

from service.app import create_app
from service.house import House
from service.logs import HIDDEN, Redactor, configure, secrets_of
from service.settings import Settings
from tests.service.conftest import Tenant

KEY = "bnt_k3v9x2m4aa_" + "Zq3" * 14 + "x"
TOKEN = "hT3-" + "aB4_" * 9 + "xYz"  # 43 characters, as secrets.token_urlsafe(32) makes them
SETTINGS = Settings(
    secret_key="the-secret-of-the-house",
    s3_access_key="ACCESSKEY1",
    s3_secret_key="s3-secret-value",
    database_url="postgresql+psycopg://bannette:p%40ss-word@db/bannette",
    redis_url="rediss://:broker-password@queue:6379/0",
)


@pytest.fixture
def lines() -> Iterator[Any]:
    """What was logged since the last look, a value a line."""
    kept = logging.getLogger().handlers[:], logging.getLogger().level
    hooks = sys.excepthook, threading.excepthook
    stream = io.StringIO()
    configure(SETTINGS, stream)

    def read() -> list[Any]:
        text = stream.getvalue()
        stream.seek(0)
        stream.truncate()
        return [json.loads(line) for line in text.splitlines()]

    yield read
    logging.getLogger().handlers[:], logging.getLogger().level = kept
    sys.excepthook, threading.excepthook = hooks
    logging.captureWarnings(False)
    structlog.reset_defaults()


def test_a_line_says_when_what_and_for_which_import(lines: Any) -> None:
    with structlog.contextvars.bound_contextvars(import_id="imp_1", request_id="r-1"):
        structlog.get_logger("here").info("file.opened", pages=3)
    (line,) = lines()
    assert line["event"] == "file.opened"
    assert line["import_id"] == "imp_1"
    assert line["request_id"] == "r-1"
    assert line["pages"] == 3
    assert line["level"] == "info"
    assert line["timestamp"].endswith("Z")


def test_warnings_and_exceptions_of_libraries_come_out_in_the_same_shape(lines: Any) -> None:
    with structlog.contextvars.bound_contextvars(import_id="imp_1"):
        warnings.warn("an old parameter", DeprecationWarning, stacklevel=1)
        try:
            int("x")
        except ValueError:
            logging.getLogger("somebody.elses").exception("could not read %s", "that")
    warned, failed = lines()
    assert warned["import_id"] == failed["import_id"] == "imp_1"
    assert "an old parameter" in warned["event"]
    assert failed["event"] == "could not read that"
    assert "ValueError: invalid literal" in failed["exception"]


def test_what_nobody_caught_is_logged_too(lines: Any) -> None:
    def fail() -> None:
        raise RuntimeError("in a thread")

    thread = threading.Thread(target=fail, name="reader")
    thread.start()
    thread.join()
    (line,) = lines()
    assert line["event"] == "thread.failed"
    assert line["thread"] == "reader"
    assert "RuntimeError: in a thread" in line["exception"]


@pytest.mark.parametrize(
    "given",
    [
        {"event": f"key {KEY} was used"},
        {"event": "x", "note": f"Authorization: Bearer {KEY}"},
        {"event": "x", "headers": {"Authorization": f"Bearer {KEY}", "Cookie": f"bannette={KEY}"}},
        {"event": "x", "headers": [(b"authorization", KEY.encode()), (b"x-other", b"1")]},
        {"event": "x", "scope": str({"headers": [(b"cookie", f"bannette={KEY}".encode())]})},
        {"event": "x", "api_key": KEY, "nested": [{"deep": {"secret": KEY}}]},
        {"event": "x", "url": f"https://person:{KEY}@files.example/a?b=1"},
        {"event": "x", "query": f"/api/v1/imports?token={KEY}&cursor=3"},
        {"event": "x", KEY: "as a name"},
        {"event": "x", "body": KEY.encode()},
    ],
)
def test_a_key_is_never_in_the_log_wherever_it_was_put(lines: Any, given: dict[str, Any]) -> None:
    structlog.get_logger().warning(**given)
    (line,) = lines()
    assert KEY not in json.dumps(line)
    assert KEY.rsplit("_", 1)[1] not in json.dumps(line)
    assert HIDDEN in json.dumps(line)


def test_a_key_in_an_exception_or_in_a_librarys_message_is_not_in_the_log(lines: Any) -> None:
    try:
        int(f"cannot use {KEY}")
    except ValueError:
        structlog.get_logger().exception("request.failed")
        logging.getLogger("library").exception("with %s", KEY)
    text = json.dumps(lines())
    assert "cannot use" in text
    assert KEY.rsplit("_", 1)[1] not in text


@pytest.mark.parametrize(
    "secret",
    [
        TOKEN,
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "the-secret-of-the-house",
        "s3-secret-value",
        "p@ss-word",
        "p%40ss-word",
        "broker-password",
    ],
)
def test_no_secret_of_the_settings_or_of_our_making_is_in_the_log(lines: Any, secret: str) -> None:
    log = structlog.get_logger()
    log.error("database.away", reason=f"cannot connect with {secret}")
    log.info("request", path=f"/sign-in/{secret}")
    assert secret not in json.dumps(lines())


def test_every_secret_of_the_settings_is_known() -> None:
    names = [name for name in Settings.__slots__ if "secret" in name or name.endswith("_key")]
    spelled = Settings(**{name: f"value-of-{name}" for name in names})
    assert secrets_of(spelled) == {f"value-of-{name}" for name in names}


def test_what_is_not_secret_stays_readable() -> None:
    redact = Redactor(secrets_of(SETTINGS)).text
    for plain in (
        "imp_0198c0de5a7b7c3e8f00112233445566",
        "a" * 64,
        "Facture F-2024-12 du 3 mars, 1 234,50 €",
        "https://receiver.example/hooks?page=2",
        "facture_2024_electricite_agence_du_port.pdf",
    ):
        assert redact(plain) == plain


def test_a_file_name_cannot_begin_a_line_of_its_own(tmp_path: Path) -> None:
    program = (
        "import structlog\nfrom service.logs import configure\n"
        "from service.settings import Settings\n"
        "configure(Settings(log_format='text'))\n"
        "structlog.get_logger().info('file.opened', name='a\\n2026 [critical] x\\x1b[31m.pdf')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert len(done.stderr.splitlines()) == 1
    assert "\x1b[31m.pdf" not in done.stderr
    assert "file.opened" in done.stderr


def test_a_very_long_value_is_cut(lines: Any) -> None:
    structlog.get_logger().info("x", text="a" * 1_000_000)
    (line,) = lines()
    assert len(line["text"]) < 21_000


def test_a_key_sent_anywhere_in_a_request_is_not_in_the_log(
    lines: Any, house: House, ours: Tenant
) -> None:
    key = ours.key
    with TestClient(create_app(house), raise_server_exceptions=False) as client:
        client.get("/api/v1/imports", headers={"Authorization": f"Bearer {key}"})
        client.get(f"/api/v1/imports/{key}", headers={"X-Api-Key": key, "Referer": f"/{key}"})
        client.get(f"/api/v1/imports?cursor={key}&token={key}", headers={"User-Agent": key})
        client.get(f"/no/such/{key}", headers={"Cookie": f"bannette={key}"})
        client.post(f"/api/v1/imports?name={key}", content=key, headers=ours.headers)
        client.post(
            "/api/v1/companies",
            json={"name": key, key: key},
            headers={**ours.headers, "Idempotency-Key": key, "X-Request-ID": key},
        )
        with sqlite3.connect(house.settings.data_folder / "bannette.db") as connection:
            connection.execute("DROP TABLE import")  # references are not enforced here
        broken = client.get("/api/v1/imports", headers=ours.headers)
    assert broken.status_code >= 500
    logged = json.dumps(lines())
    assert "no such table" in logged  # what went wrong is there, with its trace
    assert key not in logged
    assert key.rsplit("_", 1)[1] not in logged
