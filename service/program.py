"""A program that runs beside us: how to start it, when it answers, how long it may take to stop.

Values only; `service.supervisor` gives them life, `service.embedded` and `service.up` say which.
"""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

SERVERS, OURS = 0, 1
"""Stages: started in this order, stopped in the other, so that nobody loses what they rely on."""


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to our own."""
    ready: Callable[[], bool] | None = None
    """Answers whether it can be used; None: as soon as it runs."""
    ready_within_s: float = 120
    """Long, for a small machine that is busy; a program that ends is noticed at once."""
    stop_within_s: float = 5
    stage: int = SERVERS
    user: int | None = None
    """Run as this user id: PostgreSQL refuses to run as root."""


def http_answers(address: str, path: str = "/", *, only_ok: bool = False) -> bool:
    """Whether an HTTP server at `host:port` answers (with 200, if `only_ok`)."""
    connection = http.client.HTTPConnection(address, timeout=2)
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return status == http.client.OK or not only_ok


def redis_answers(where: str | tuple[str, int]) -> bool:
    """Whether a Redis-protocol server at a socket path or (host, port) answers a ping."""
    family = socket.AF_UNIX if isinstance(where, str) else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(2)
        try:
            connection.connect(where)
            connection.sendall(b"PING\r\n")
            # "-NOAUTH" is an answer too; "-LOADING" means that it still reads its log.
            return connection.recv(8)[:5] in (b"+PONG", b"-NOAU")
        except OSError:
            return False


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(wanted: int, host: str = "127.0.0.1") -> int:
    """`wanted`, or the next port after it that nobody listens on."""
    for port in range(wanted, min(wanted + 200, 65_536)):
        if port_is_free(port, host):
            return port
    raise OSError(f"No free port between {wanted} and {wanted + 199}.")
