"""The strong reader as a worker sees it: pixels in, words out, however often its process dies.

Its weights take hundreds of megabytes, so that all workers of a machine share one process:

    worker ──┐
    worker ──┼── unix socket in a folder of this machine ──▶ process (`models.strong.process`)
    worker ──┘

Whoever first needs it starts it, under a lock, and hands it the socket it listens on: from that
moment others can connect and wait, and when it dies their next attempt is refused and starts
another. It ends by itself when the last connection closes or nothing was asked for some minutes.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from models.lines import Spot
from models.sandbox import FRAME, VALUE, receive

PAGE = struct.Struct("!II")  # width and height, followed by as many grey pixels
LONGEST_SOCKET_NAME = 100
MOST_WORDS = 20_000
WAIT_SECONDS = 600.0
"""Longest wait for an answer: other workers' pages come first."""


class StrongReaderFailed(RuntimeError):  # noqa: N818 - like the other failures of readers
    """The page could not be read strongly; its first reading stands."""


class StrongReader:
    """One connection to the machine's strong reader; safe to share between threads and forks."""

    def __init__(
        self,
        *,
        threads: int = 1,
        memory_mb: int = 1000,
        idle_seconds: float = 180,
        page_seconds: float = 60,
        folder: Path | None = None,
    ) -> None:
        """`memory_mb` bounds what the process may allocate, `page_seconds` its time for a page.

        Readers with the same settings share a process; `folder` holds their socket.
        """
        root = str(Path(__file__).resolve().parents[2])
        self._settings = {
            "path": root,
            "threads": threads,
            "memory_mb": memory_mb,
            "idle_seconds": idle_seconds,
            "page_seconds": page_seconds,
        }
        said = json.dumps(self._settings, sort_keys=True).encode()
        self._name = hashlib.sha256(said).hexdigest()[:16]
        self._folder = folder
        self._lock = threading.Lock()
        self._connection: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def read(self, grey: bytes, width: int, height: int) -> list[Spot]:
        """The words of an upright grey page, one byte a pixel, with boxes in pixels.

        Raises `StrongReaderFailed` when there is no reader, or none that survives the page.
        """
        data = PAGE.pack(width, height) + grey
        with self._lock:
            for _ in range(2):  # the first may meet a process that was about to leave
                try:
                    connection = self._connected()
                    connection.sendall(FRAME.pack(VALUE, len(data)) + data)
                    kind, told = receive(connection, time.monotonic() + WAIT_SECONDS)
                except (OSError, EOFError, TimeoutError) as error:
                    self._forget()
                    cause: BaseException = error
                    continue
                if kind != VALUE:
                    raise StrongReaderFailed(told.decode("utf-8", "replace")[:500])
                return _checked(told)
        raise StrongReaderFailed("the strong reader did not survive the page") from cause

    def close(self) -> None:
        """Let go of the process; it ends when nobody else holds it."""
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> socket.socket:
        if self._owner != os.getpid():
            self._connection, self._process = None, None  # our parent's, after a fork
        if self._connection is None:
            folder = _private(self._folder or machine_folder())
            path = folder / f"{self._name}.sock"
            with _locked(folder / f"{self._name}.lock"):
                connection = _connect(path)
                if connection is None:
                    self._start(path)
                    connection = _connect(path)
            if connection is None:
                raise ConnectionRefusedError("the strong reader does not start")
            connection.settimeout(WAIT_SECONDS)
            self._connection, self._owner = connection, os.getpid()
        return self._connection

    def _start(self, path: Path) -> None:
        if self._process is not None:
            self._process.poll()  # nobody else will bury it
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen(64)
            settings = {**self._settings, "fd": listener.fileno()}
            code = (
                "import sys, json; settings = json.loads(sys.argv[1]);"
                "sys.path.insert(0, settings['path']);"
                "from models.strong.process import serve; serve(settings)"
            )
            threads = str(self._settings["threads"])
            names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
                [sys.executable, "-c", code, json.dumps(settings)],
                pass_fds=[listener.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # it outlives who started it
                env={**os.environ, **dict.fromkeys(names, threads)},
                start_new_session=True,
            )


def machine_folder() -> Path:
    """Where the processes of this user on this machine meet."""
    name = f"bannette-reader-{os.getuid()}"
    folder = Path(tempfile.gettempdir(), name)
    if len(os.fsencode(folder)) + 22 > LONGEST_SOCKET_NAME:
        folder = Path("/tmp", name)  # noqa: S108 - checked to be ours alone before it is used
    return folder


def _private(folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else")
    return folder


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _connect(path: Path) -> socket.socket | None:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(path))
    except OSError:
        connection.close()
        return None
    return connection


def _checked(told: bytes) -> list[Spot]:
    """The words of an answer; it comes from a process that a stranger's pixels went through."""
    try:
        return [
            Spot(str(text)[:200], float(x0), float(y0), float(x1), float(y1), float(sure))
            for text, x0, y0, x1, y1, sure in json.loads(told)[:MOST_WORDS]
        ]
    except (ValueError, TypeError) as error:
        raise StrongReaderFailed("an answer without sense") from error
