"""One request to an address a customer chose: bounded in time and size, and never to the inside."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from domain.destinations import destination
from domain.webhooks import Answer
from service import egress
from tests.certificates import certificate_for, server_context
from tests.receivers import Receiver, raw_server, status


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def send(
    url: str,
    *,
    private: bool = True,
    timeout_seconds: float = 5,
    resolve: egress.Resolver = egress.system_addresses,
    body: bytes = b"{}",
) -> Answer:
    return egress.post(
        destination(url, http=True, private=True),
        {"Content-Type": "application/json"},
        body,
        private=private,
        timeout_seconds=timeout_seconds,
        resolve=resolve,
    )


def test_the_exact_bytes_arrive_with_the_name_as_host(receiver: Receiver) -> None:
    body = b'{"a": 1 }\n'
    url = f"http://receiver.test:{receiver.port}/in?x=1"
    answer = send(url, resolve=lambda host, port: ["127.0.0.1"], body=body)
    assert answer.accepted
    (got,) = receiver.received
    assert (got.path, got.body) == ("/in?x=1", body)
    assert got.headers["host"] == f"receiver.test:{receiver.port}"
    assert "accept-encoding" not in got.headers


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirection_is_a_failure_and_is_not_followed(receiver: Receiver, code: int) -> None:
    receiver.answer = status(code, Location=f"http://127.0.0.1:{receiver.port}/elsewhere")
    answer = send(receiver.url)
    assert (answer.status_code, answer.error, answer.accepted) == (code, "redirect", False)
    assert [got.path for got in receiver.received] == ["/hook"]


def test_an_answer_that_never_begins_is_cut_at_the_deadline() -> None:
    with raw_server(lambda connection: time.sleep(5)) as port:
        begun = time.monotonic()
        answer = send(f"http://127.0.0.1:{port}/", timeout_seconds=0.5)
    assert answer.error == "timeout"
    assert time.monotonic() - begun < 1.5


@pytest.mark.parametrize(
    "beginning", [b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-A: "]
)
def test_a_dripping_answer_is_cut_at_the_same_deadline(beginning: bytes) -> None:
    def drip(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(beginning)
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.1)

    with raw_server(drip) as port:
        begun = time.monotonic()
        answer = send(f"http://127.0.0.1:{port}/", timeout_seconds=0.7)
    assert (answer.error, answer.accepted) == ("timeout", False)
    assert 0.6 < time.monotonic() - begun < 1.7


def test_an_endless_answer_is_read_to_64_kib_and_kept_to_2_kib() -> None:
    sent = 0

    def flood(connection: socket.socket) -> None:
        nonlocal sent
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        while True:
            sent += connection.send(b"\x00a" * 4096)

    with raw_server(flood) as port:
        answer = send(f"http://127.0.0.1:{port}/")
    assert answer.accepted
    assert answer.response == "a" * 1024  # of the first 2 KiB half are NUL
    assert sent < 10_000_000


@pytest.mark.parametrize(
    "said", [b"SSH-2.0-OpenSSH_9.2\r\n", b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"]
)
def test_an_answer_that_is_not_http_or_breaks_off_is_a_failure(said: bytes) -> None:
    def speak(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(said)

    with raw_server(speak) as port:
        assert send(f"http://127.0.0.1:{port}/").error == "bad_answer"


def test_nobody_listening_is_a_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert send(f"http://127.0.0.1:{port}/").error == "no_connection"


def test_the_second_address_is_tried_when_the_first_does_not_answer(receiver: Receiver) -> None:
    url = f"http://receiver.test:{receiver.port}/"
    assert send(url, resolve=lambda host, port: ["127.0.0.9", "127.0.0.1"]).accepted


def test_proxies_of_the_environment_are_not_asked(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    assert send(receiver.url).accepted


# --- never to the inside -------------------------------------------------------------------------


def test_a_name_that_stands_for_the_inside_is_not_connected_to(receiver: Receiver) -> None:
    url = f"http://receiver.test:{receiver.port}/"
    for inside in ("127.0.0.1", "::ffff:127.0.0.1", "::1", "10.0.0.1", "169.254.169.254"):
        answer = send(url, private=False, resolve=lambda host, port, a=inside: [a])
        assert (answer.error, answer.status_code) == ("not_allowed", None)
    assert receiver.received == []


def test_one_inside_address_among_public_ones_refuses_them_all(receiver: Receiver) -> None:
    url = f"http://receiver.test:{receiver.port}/"
    answer = send(url, private=False, resolve=lambda host, port: ["1.1.1.1", "127.0.0.1"])
    assert answer.error == "not_allowed"
    assert receiver.received == []


def test_a_name_that_changes_its_answer_is_resolved_once(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the first answer is public and judged, the second would be this machine."""
    answers = iter([["192.88.98.1"], ["127.0.0.1"], ["127.0.0.1"]])
    connected: list[str] = []

    def refuse(address: tuple[str, int], timeout: float) -> socket.socket:
        connected.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(egress.socket, "create_connection", refuse)
    monkeypatch.setattr(egress.socket, "getaddrinfo", lambda *a, **k: pytest.fail("resolved again"))
    answer = send(
        f"http://receiver.test:{receiver.port}/",
        private=False,
        resolve=lambda host, port: next(answers),
    )
    assert answer.error == "no_connection"
    assert connected == ["192.88.98.1"]
    assert receiver.received == []


def test_an_unknown_name_and_an_inside_one_give_the_same_answer() -> None:
    def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    url = "http://db.internal.test/"
    first = send(url, private=False, resolve=unknown)
    second = send(url, private=False, resolve=lambda host, port: ["10.0.0.5"])
    assert (first.error, first.response) == (second.error, second.response) == ("not_allowed", "")


def test_a_name_server_that_does_not_answer_is_not_waited_for_beyond_the_deadline() -> None:
    def slow(host: str, port: int) -> Sequence[str]:
        time.sleep(3)
        return ["127.0.0.1"]

    begun = time.monotonic()
    assert send("http://receiver.test/", resolve=slow, timeout_seconds=0.3).error == "timeout"
    assert time.monotonic() - begun < 1.5


# --- TLS -----------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A certificate for receiver.test that this process trusts as a company's own would be."""
    path = certificate_for("receiver.test", tmp_path / "certificate.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    egress.trust.cache_clear()
    yield path
    egress.trust.cache_clear()


def test_tls_is_verified_for_the_name_although_the_address_is_connected_to(
    certificate: Path,
) -> None:
    context = server_context(certificate)
    asked: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: asked.append(name)  # type: ignore[assignment]
    with Receiver(context) as receiver:
        here = lambda host, port: ["127.0.0.1"]  # noqa: E731
        assert send(f"https://receiver.test:{receiver.port}/", resolve=here).accepted
        other = send(f"https://other.test:{receiver.port}/", resolve=here)
        assert other.error == "tls"
        assert asked == ["receiver.test", "other.test"]
        assert len(receiver.received) == 1


def test_a_server_that_does_not_finish_tls_is_cut_at_the_deadline() -> None:
    with raw_server(lambda connection: time.sleep(5)) as port:
        begun = time.monotonic()
        assert send(f"https://127.0.0.1:{port}/", timeout_seconds=0.5).error == "timeout"
        assert time.monotonic() - begun < 1.5
