"""Uploads on a real web process: memory, senders that lie or fall silent, and sudden death."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from domain.people import Scope
from service.house import House
from service.operations import access, api_keys
from service.program import free_port
from service.settings import PREFIX, Settings
from storage import tables as t
from tests.servers import ROOT

MIB = 1024 * 1024


@dataclass(slots=True)
class Web:
    """A web process, as `bannette serve` runs it."""

    house: House
    key: str
    organisation_id: str
    process: subprocess.Popen[bytes]

    @property
    def port(self) -> int:
        return self.house.settings.port

    def post(self, **request: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.key}", **request.pop("headers", {})}
        address = f"http://127.0.0.1:{self.port}/api/v1/imports?name=a.pdf"
        # Without certificates to load: a client that waits must not take the server's time.
        with httpx.Client(verify=False, timeout=120) as client:
            return client.post(address, headers=headers, **request)

    def resident(self) -> int:
        """Bytes in memory of the server and its worker."""
        return sum(_resident(pid) for pid in _family(self.process.pid))

    def kill(self) -> None:
        """Kill -9, the worker first: it would otherwise live on without its parent."""
        for pid in reversed(_family(self.process.pid)):
            os.kill(pid, 9)
        self.process.wait()

    def start(self) -> None:
        settings = self.house.settings
        environment = {
            PREFIX + field.name.upper(): str(getattr(settings, field.name))
            for field in fields(Settings)
        }
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "bannette.py"), "serve"],
            env={**os.environ, **environment},
            stderr=subprocess.DEVNULL,
        )
        self.wait()

    def wait(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                if httpx.get(f"http://127.0.0.1:{self.port}/health/live").is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise TimeoutError("The web process does not answer.")


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(int(child) for child in children)]


def _resident(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 if found else 0


@pytest.fixture
def web(house: House, request: pytest.FixtureRequest) -> Iterator[Web]:
    port = free_port(28_000)
    changed = getattr(request, "param", {})
    house = replace(house, settings=replace(house.settings, port=port, **changed))
    made = access.bootstrap(house, organisation_name="dupont", email="a@dupont.example")
    who = access.operator(made.organisation_id)
    key = api_keys.add_key(house, who, name="test", scopes=list(Scope))["key"]
    running = Web(house, key, made.organisation_id, None)  # type: ignore[arg-type]
    running.start()
    yield running
    running.process.terminate()
    running.process.wait(20)


def stored(web: Web) -> list[str]:
    bucket = web.house.objects.bucket
    return [
        str(o.object_name)
        for o in web.house.objects.client.list_objects(
            bucket, prefix=f"{web.organisation_id}/", recursive=True
        )
    ]


def pieces(megabytes: int) -> Iterator[bytes]:
    piece = os.urandom(MIB)
    for _ in range(megabytes):
        yield piece


def multipart(megabytes: int) -> Iterator[bytes]:
    yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
    yield from pieces(megabytes)
    yield b"\r\n--x--\r\n"


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["raw", "multipart"])
def test_a_large_upload_does_not_fill_the_memory_of_the_web_process(web: Web, shape: str) -> None:
    web.post(content=b"%PDF-warm" * 100_000)
    before = highest = web.resident()
    done = threading.Event()

    def watch() -> None:
        nonlocal highest
        while not done.wait(0.02):
            highest = max(highest, web.resident())

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        if shape == "raw":
            answer = web.post(content=pieces(300))
        else:
            kind = {"Content-Type": "multipart/form-data; boundary=x"}
            answer = web.post(content=multipart(300), headers=kind)
    finally:
        done.set()
        watching.join()

    assert answer.status_code == 202, answer.text
    assert answer.json()["files"][0]["bytes"] == 300 * MIB
    assert highest - before < 50 * MIB, f"grew by {(highest - before) / MIB:.0f} MiB"


@pytest.mark.parametrize("web", [{"upload_idle_seconds": 1}], indirect=True)
def test_a_sender_that_falls_silent_is_cut_and_leaves_nothing(web: Web) -> None:
    with socket.create_connection(("127.0.0.1", web.port), timeout=20) as sender:
        sender.sendall(
            f"POST /api/v1/imports?name=a HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {web.key}\r\nContent-Length: 9000000\r\n\r\n".encode()
        )
        sender.sendall(b"x" * MIB)
        began = time.monotonic()
        answer = sender.recv(65_536)

    assert b" 408 " in answer.split(b"\r\n")[0]
    assert b"upload_idle" in answer
    assert time.monotonic() - began < 10
    assert stored(web) == []


@pytest.mark.parametrize("announced", [10 * MIB, 3_000 * MIB])
def test_a_content_length_that_lies_is_an_error_and_leaves_nothing(
    web: Web, announced: int
) -> None:
    with socket.create_connection(("127.0.0.1", web.port), timeout=20) as sender:
        sender.sendall(
            f"POST /api/v1/imports?name=a HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {web.key}\r\nContent-Length: {announced}\r\n\r\n".encode()
        )
        sender.sendall(b"x" * MIB)
        sender.shutdown(socket.SHUT_WR)
        answer = sender.recv(65_536)

    if announced > web.house.settings.upload_bytes:
        assert b" 413 " in answer.split(b"\r\n")[0]
    else:
        assert b" 202 " not in answer.split(b"\r\n")[0]
    with web.house.store.reading() as connection:
        assert connection.execute(select(t.imports)).all() == []
    until = time.monotonic() + 10
    while stored(web) and time.monotonic() < until:
        time.sleep(0.1)
    assert stored(web) == []


def test_an_upload_that_was_acknowledged_survives_the_death_of_the_web_process(web: Web) -> None:
    """Kill -9 in mid-upload, again and again; senders repeat with the same key until they hear."""
    wanted = 30
    acknowledged: dict[str, str] = {}
    stop = threading.Event()

    def send(number: int) -> None:
        key = uuid4().hex
        while not stop.is_set():
            try:
                answer = web.post(
                    files={"file": (f"{number}.pdf", b"%PDF" + str(number).encode() * 100_000)},
                    headers={"Idempotency-Key": key},
                )
            except httpx.TransportError:
                time.sleep(0.2)
                continue
            if answer.status_code == 202:
                acknowledged[key] = answer.json()["id"]
                return
            assert answer.status_code in (409, 503), answer.text
            time.sleep(0.05)

    def send_some(first: int) -> None:
        for number in range(first, wanted, 3):
            send(number)

    senders = [threading.Thread(target=send_some, args=(first,)) for first in range(3)]
    for sender in senders:
        sender.start()
    for _ in range(2):
        time.sleep(0.4)
        web.kill()
        web.start()
    until = time.monotonic() + 60
    for sender in senders:
        sender.join(max(0.1, until - time.monotonic()))
    stop.set()

    assert len(acknowledged) == wanted
    with web.house.store.reading() as connection:
        imports = set(connection.scalars(select(t.imports.c.id)))
        files = connection.execute(select(t.file.c.object_key, t.file.c.status)).all()
        tasks = connection.scalars(select(t.task.c.file_id)).all()
    assert imports == set(acknowledged.values())
    assert len(files) == len(tasks) == wanted
    assert all(web.house.objects.exists(file.object_key) for file in files)
