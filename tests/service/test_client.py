"""`bannette send` against a server that behaves badly: the same upload again, never a second one."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from domain.errors import Refused, Unauthenticated, Unavailable
from service.client import Client, batches


@dataclass
class Asked:
    """What the server was asked, in order."""

    keys: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)


Answer = tuple[int, dict[str, str], object]


@contextmanager
def server(answer: Callable[[int, str], Answer | None]) -> Iterator[tuple[Client, Asked]]:
    """A server that answers its n-th request with `answer(n, path)`, or hangs up on None."""
    asked = Asked()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.keys.append(self.headers["Idempotency-Key"])
            asked.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.answer()

        def do_GET(self) -> None:
            asked.keys.append(self.path)
            self.answer()

        def answer(self) -> None:
            given = answer(len(asked.keys), self.path)
            if given is None:
                self.connection.close()
                return
            status, headers, content = given
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    try:
        address = f"http://127.0.0.1:{http.server_port}"
        yield Client(address, "bnt_x", sleep=asked.waits.append), asked
    finally:
        http.shutdown()
        http.server_close()


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    path = tmp_path / "mail.pdf"
    path.write_bytes(b"%PDF-" + b"x" * 300_000)
    return path


def test_an_upload_cut_on_the_way_is_sent_again_whole_under_the_same_key(paper: Path) -> None:
    answers: list[Answer | None] = [None, (503, {}, {}), (202, {}, {"id": "imp_1"})]
    with server(lambda n, _: answers[n - 1]) as (client, asked):
        sent: list[tuple[int, int]] = []
        assert client.upload([paper], {"name": "Lundi"}, lambda *now: sent.append(now)) == {
            "id": "imp_1"
        }
    assert len(set(asked.keys)) == 1
    assert len(asked.keys) == 3
    content = paper.read_bytes()
    assert all(content in body and b"Lundi" in body for body in asked.bodies)
    assert sent[-1] == (len(content), len(content))
    assert asked.waits == [1.0, 2.0]


def test_a_quota_is_waited_for_as_long_as_the_server_says(paper: Path) -> None:
    answers: list[Answer] = [(429, {"Retry-After": "7"}, {}), (202, {}, {"id": "imp_1"})]
    with server(lambda n, _: answers[n - 1]) as (client, asked):
        client.upload([paper])
    assert asked.waits == [7.0]


def test_a_refusal_is_told_with_its_advice_and_not_tried_again(paper: Path) -> None:
    problem = {"detail": "The upload is too large.", "code": "too_large", "advice": "Send less."}
    with (
        server(lambda *_: (413, {}, problem)) as (client, asked),
        pytest.raises(Refused) as refused,
    ):
        client.upload([paper])
    assert refused.value.message == "The upload is too large."
    assert refused.value.advice == "Send less."
    assert len(asked.keys) == 1


def test_a_wrong_key_is_said_to_be_one() -> None:
    with (
        server(lambda *_: (401, {}, {"detail": "This key is not valid."})) as (client, _),
        pytest.raises(Unauthenticated),
    ):
        client.get("/imports/imp_1")


def test_a_server_that_stays_away_is_named_after_some_patience(paper: Path) -> None:
    away = pytest.raises(Unavailable, match=r"127\.0\.0\.1 does not answer")
    with server(lambda *_: None) as (client, asked), away:
        client.upload([paper])
    assert 30 <= sum(asked.waits) <= 120


def test_following_goes_on_after_the_stream_of_events_breaks() -> None:
    def event(read: int, settled: bool) -> bytes:
        told = {"progress": {"pages": 9, "read": read}, "settled": settled}
        return b"retry: 2000\n\nevent: progress\ndata: " + json.dumps(told).encode() + b"\n\n"

    streams = [
        event(1, settled=False) + b": still here\n\n" + event(4, settled=False),
        event(4, settled=False) + event(9, settled=True) + b'event: end\ndata: {"status":"x"}\n\n',
    ]
    with server(lambda n, _: (200, {"Content-Type": "text/event-stream"}, streams[n - 1])) as (
        client,
        asked,
    ):
        read = [now["progress"]["read"] for now in client.follow("imp_1")]
    assert read == [1, 4, 4, 9]
    assert asked.keys == ["/api/v1/imports/imp_1/events"] * 2


def test_many_files_become_several_uploads_and_none_is_left_out(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.pdf" for number in range(1_203)]
    for path in paths:
        path.write_bytes(b"x")
    cut = list(batches(paths))
    assert [len(batch) for batch in cut] == [500, 500, 203]
    assert [path for batch in cut for path in batch] == paths
