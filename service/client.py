"""A client of the service, for `bannette send`: upload, wait, tell.

It speaks the public API and nothing else. Files are streamed from disk; an upload that fails on the
way is repeated under the same idempotency key, so that trying again never makes a second import.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import httpx

from domain.errors import Refused, Unauthenticated, Unavailable

TRIES = 7
LONGEST_WAIT_S = 30.0
FILES_PER_UPLOAD = 500
BYTES_PER_UPLOAD = 1_000 * 1024 * 1024
AGAIN = (429, 502, 503, 504)

OnBytes = Callable[[int, int], None]
"""Called with how many bytes were sent, and of how many."""


class Client:
    def __init__(
        self, address: str, key: str, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.http = httpx.Client(
            base_url=address.rstrip("/") + "/api/v1",
            headers={"Authorization": f"Bearer {key}"},
            timeout=httpx.Timeout(60, connect=10, write=120, read=300),
        )
        self.sleep = sleep

    def upload(
        self,
        paths: Sequence[Path],
        fields: dict[str, str] | None = None,
        on_bytes: OnBytes = lambda _sent, _of: None,
    ) -> dict[str, Any]:
        """Send files as one import; the import as the service answers it."""
        size = sum(path.stat().st_size for path in paths)
        headers = {"Idempotency-Key": str(uuid.uuid4())}

        def post() -> httpx.Response:
            sent = 0

            def count(read: int) -> None:
                nonlocal sent
                sent += read
                on_bytes(sent, size)

            with ExitStack() as opened:
                files = [
                    ("file", (path.name, _Counted(opened.enter_context(path.open("rb")), count)))
                    for path in paths
                ]
                return self.http.post("/imports", data=fields or {}, files=files, headers=headers)  # type: ignore[arg-type]  # httpx reads, seeks and tells

        found: dict[str, Any] = _json(self._patiently(post))
        return found

    def get(self, path: str) -> Any:
        """A resource, as JSON."""
        return _json(self._patiently(lambda: self.http.get(path)))

    def follow(self, import_id: str) -> Iterator[dict[str, Any]]:
        """How far the import is, whenever that changes, until nothing more is to be waited for."""
        while True:
            for progress in self._events(f"/imports/{import_id}/events"):
                yield progress
                if progress["settled"]:
                    return
            self.sleep(1)  # a stream ends after a while, or with the server; ask for another

    def _events(self, path: str) -> Iterator[dict[str, Any]]:
        opened: Callable[[], httpx.Response] = lambda: self.http.send(  # noqa: E731
            self.http.build_request("GET", path, headers={"Accept": "text/event-stream"}),
            stream=True,
        )
        response = self._patiently(opened)
        try:
            if not response.is_success:
                response.read()
                _json(response)
            for line in response.iter_lines():
                if line.startswith("data:"):
                    told = json.loads(line[5:])
                    if "settled" in told:
                        yield told
        except httpx.TransportError:
            return
        finally:
            response.close()

    def _patiently(self, request: Callable[[], httpx.Response]) -> httpx.Response:
        wait_s = 1.0
        for left in reversed(range(TRIES)):
            try:
                response = request()
            except httpx.TransportError as error:
                if not left:
                    raise Unavailable(
                        f"{self.http.base_url.host} does not answer ({type(error).__name__}).",
                        advice="Is it running? `bannette up` starts it; --url names another.",
                    ) from None
            else:
                if response.status_code not in AGAIN or not left:
                    return response
                wait_s = _asked_to_wait(response) or wait_s
            self.sleep(min(wait_s, LONGEST_WAIT_S))
            wait_s *= 2
        raise AssertionError("unreachable")


def batches(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """`paths` in order, cut so that one upload stays within ordinary limits."""
    batch: list[Path] = []
    size = 0
    for path in paths:
        bytes_ = path.stat().st_size
        if batch and (len(batch) == FILES_PER_UPLOAD or size + bytes_ > BYTES_PER_UPLOAD):
            yield batch
            batch, size = [], 0
        batch.append(path)
        size += bytes_
    if batch:
        yield batch


class _Counted:
    """A file that says how much of it was read."""

    def __init__(self, file: BinaryIO, count: Callable[[int], None]) -> None:
        self.file = file
        self.count = count

    def read(self, size: int = -1) -> bytes:
        chunk = self.file.read(size)
        self.count(len(chunk))
        return chunk

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()


def _asked_to_wait(response: httpx.Response) -> float | None:
    try:
        return float(response.headers.get("retry-after", ""))
    except ValueError:
        return None


def _json(response: httpx.Response) -> Any:
    if response.is_success:
        return response.json()
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    kind = Unauthenticated if response.status_code == httpx.codes.UNAUTHORIZED else Refused
    raise kind(
        problem.get("detail") or problem.get("title") or f"HTTP {response.status_code}",
        code=problem.get("code"),
        advice=problem.get("advice", ""),
    )
