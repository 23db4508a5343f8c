"""Egress: one POST to an address a customer chose, without letting it reach the inside.

The name is resolved once, every address it stands for is judged, and the connection is made to
the judged address, so that a name that changes its answer cannot slip past. One deadline covers
everything: resolving, connecting, TLS, sending, and an answer that drips. Redirections are not
followed and proxies of the environment are not asked, since either would connect elsewhere.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import certifi
import httpcore

from domain.destinations import Destination, is_allowed
from domain.webhooks import RESPONSE_READ_BYTES, Answer, kept_text

Resolver = Callable[[str, int], Sequence[str]]
"""Host and port → addresses. Replaced in tests only."""

CONNECT_SECONDS = 5.0
"""Patience with one address, so that a dead one leaves time for the next."""
ADDRESSES_TRIED = 3


class NotAllowed(Exception):  # noqa: N818 - an answer
    """The name is unknown, or stands for an address we do not call. Deliberately one answer."""


class Late(TimeoutError):  # noqa: N818 - not a fault of ours
    """The deadline of the whole has passed."""


def system_addresses(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def allowed_addresses(
    destination: Destination,
    *,
    private: bool,
    timeout_seconds: float,
    resolve: Resolver = system_addresses,
) -> list[str]:
    """Every address of `destination`; NotAllowed if there is none or if one of them is forbidden."""
    return _addresses(destination, private, _Deadline(timeout_seconds), resolve)


def post(
    destination: Destination,
    headers: Mapping[str, str],
    body: bytes,
    *,
    private: bool,
    timeout_seconds: float,
    resolve: Resolver = system_addresses,
) -> Answer:
    """Send exactly `body`, and say what came back. Never raises for what the other side does."""
    deadline = _Deadline(timeout_seconds)
    status_code: int | None = None
    retry_after: str | None = None
    received = b""
    error: str | None = None
    try:
        addresses = _addresses(destination, private, deadline, resolve)
        pool = httpcore.ConnectionPool(
            ssl_context=trust(),
            network_backend=_Backend(addresses, deadline),
            max_keepalive_connections=0,
            retries=0,
        )
        url = httpcore.URL(
            scheme=destination.scheme.encode(),
            host=destination.host.encode(),
            port=destination.port,
            target=destination.target.encode(),
        )
        all_headers = {
            "Host": destination.authority,
            **headers,
            "Content-Length": str(len(body)),
            "Connection": "close",
        }
        with pool, pool.stream("POST", url, headers=list(all_headers.items()), content=body) as got:
            status_code = got.status
            named = {name.lower(): value for name, value in got.headers}
            retry_after = named.get(b"retry-after", b"").decode("latin-1") or None
            for chunk in got.iter_stream():
                received += chunk[: RESPONSE_READ_BYTES - len(received)]
                if len(received) >= RESPONSE_READ_BYTES:
                    break
        if status_code // 100 == 3:
            error = "redirect"
    except NotAllowed:
        error = "not_allowed"
    except Late:
        error = "timeout"
    except ssl.SSLError:
        error = "tls"
    except OSError:
        error = "no_connection"
    except (httpcore.NetworkError, httpcore.ProtocolError):
        error = "bad_answer"
    return Answer(
        took_ms=deadline.spent_ms,
        status_code=status_code,
        error=error,
        response=kept_text(received),
        retry_after=retry_after,
    )


class _Deadline:
    def __init__(self, seconds: float) -> None:
        self.start = time.monotonic()
        self.seconds = seconds

    @property
    def left(self) -> float:
        """Seconds left, always more than none; raises once there are none."""
        left = self.start + self.seconds - time.monotonic()
        if left <= 0:
            raise Late
        return left

    @property
    def spent_ms(self) -> int:
        return round((time.monotonic() - self.start) * 1000)


def _addresses(
    destination: Destination, private: bool, deadline: _Deadline, resolve: Resolver
) -> list[str]:
    found: list[str] = []
    if destination.address:
        found = [destination.address]
    else:
        # The system's resolver has no timeout, so it is waited for from outside.
        def ask() -> None:
            try:
                found.extend(resolve(destination.host, destination.port))
            except (OSError, UnicodeError):
                found.clear()

        thread = threading.Thread(target=ask, name="resolve", daemon=True)
        thread.start()
        thread.join(deadline.left)
        if thread.is_alive():
            raise Late
    if not found or not all(is_allowed(address, private=private) for address in found):
        raise NotAllowed
    return found


@cache
def trust() -> ssl.SSLContext:
    """How we check that a server is who it says it is; the same for webhooks and for e-mail."""
    # The system's certificates (a company may have added its own), and those that come along for
    # images that have none.
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


class _Backend(httpcore.NetworkBackend):
    """Connects to addresses that were judged, whatever host it is asked for."""

    def __init__(self, addresses: Sequence[str], deadline: _Deadline) -> None:
        self.addresses = addresses[:ADDRESSES_TRIED]
        self.deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failure: OSError | None = None
        for address in self.addresses:
            try:
                patience = min(CONNECT_SECONDS, self.deadline.left)
                return _Stream(socket.create_connection((address, port), patience), self.deadline)
            except OSError as error:
                failure = error
        assert failure is not None
        if isinstance(failure, TimeoutError):
            raise Late
        raise failure


class _Stream(httpcore.NetworkStream):
    """A socket on which every operation ends by the deadline."""

    def __init__(self, sock: socket.socket, deadline: _Deadline) -> None:
        self.sock = sock
        self.deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.sock.settimeout(self.deadline.left)
        try:
            return self.sock.recv(max_bytes)
        except TimeoutError:
            raise Late from None
        except OSError as error:
            raise httpcore.ReadError from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        rest = memoryview(buffer)
        while rest:
            self.sock.settimeout(self.deadline.left)
            try:
                rest = rest[self.sock.send(rest) :]
            except TimeoutError:
                raise Late from None
            except OSError as error:
                # Swallowed by the connection, which then reads the answer of a server that
                # closed early.
                raise httpcore.WriteError from error

    def close(self) -> None:
        self.sock.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        try:
            self.sock.settimeout(self.deadline.left)
            return _Stream(
                ssl_context.wrap_socket(self.sock, server_hostname=server_hostname), self.deadline
            )
        except TimeoutError:
            self.close()
            raise Late from None
        except BaseException:
            self.close()
            raise

    def get_extra_info(self, info: str) -> Any:
        return self.sock if info == "socket" else None
