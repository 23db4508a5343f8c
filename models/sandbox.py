"""Runs a function on untrusted bytes in a disposable child process.

PyMuPDF, Pillow, OpenCV and Tesseract are C and C++: they crash, hang with the interpreter lock
held, and eat memory, and no thread can stop them. So they never run in a worker. A *template*
process imports them once and forks a child for every job; the child lowers its own limits, works,
and sends plain values back. Whatever becomes of the child, the worker gets an answer:

    worker (threads) ── control socket ──> template ── fork ──> child, one a job
            └────────── two sockets a job: values, and end of life ─────────┘

The worker asks for an end by closing the second socket, and so it does when it dies itself.
The template kills the child's whole process group, removes its temporary folder, and only then
frees its number, so that no signal ever reaches a stranger. What comes out of a child is bounded
and parsed as JSON or bytes, never unpickled.

This module knows nothing of documents; what runs inside lives in `models.inside` and is named by
a string, so that a worker never imports it.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import select
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from domain.errors import Unreadable

JOB = struct.Struct("!QQQ")  # memory in MB, seconds of CPU, largest file in MB
FRAME = struct.Struct("!cI")  # kind, length
VALUE, BYTES, FAILURE, END = b"J", b"B", b"E", b"."

LARGEST_MESSAGE = 64 * 1024 * 1024
LARGEST_ANSWER = 1024 * 1024 * 1024
LEAST_FREE_BYTES = 16 * 1024 * 1024
START_SECONDS = 120.0  # importing everything takes three seconds on an idle machine
GRACE_SECONDS = 10.0


class ParserFailed(Unreadable):
    """The child did not survive the file; `cause` is for the log, never for a person."""

    ADVICE: ClassVar = {
        "parser_crashed": "The file is damaged in a way that breaks readers: print it to a new "
        "PDF and send that one.",
        "parser_timeout": "The file takes too long to read: print it to a new PDF, or split it.",
        "parser_memory": "The file needs too much memory to read: send it with fewer or smaller "
        "images.",
    }
    MESSAGES: ClassVar = {
        "parser_crashed": "The file could not be read: its reader stopped working.",
        "parser_timeout": "The file could not be read in the time allowed.",
        "parser_memory": "The file could not be read in the memory allowed.",
    }

    def __init__(self, code: str, cause: str = "") -> None:
        super().__init__(self.MESSAGES[code], code=code, advice=self.ADVICE[code])
        self.cause = cause


class SandboxLost(RuntimeError):  # noqa: N818 - it is gone, that is its name
    """The template died or would not start: our fault, not the file's; worth another try."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a finished child took."""

    cpu_s: float
    peak_mb: float


class Sandbox:
    """Disposable children for one worker process; safe to share between its threads."""

    def __init__(
        self,
        *,
        languages: Sequence[str] = ("fra", "deu", "eng"),
        memory_mb: int = 900,
        file_mb: int = 600,
        temp_dir: Path | None = None,
        import_path: Sequence[str] = (),
    ) -> None:
        """`languages` are made ready for OCR before the first fork. `import_path` is searched
        for functions first; the folder this package lies in always is.
        """
        self.memory_mb = memory_mb
        self.file_mb = file_mb
        self.last_usage: Usage | None = None
        self._languages = tuple(languages)
        self._temp_dir = temp_dir or Path(tempfile.gettempdir())
        self._import_path = [*import_path, str(Path(__file__).resolve().parent.parent)]
        self._lock = threading.Lock()
        self._template: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._owner = 0
        self.facts: dict[str, Any] = {}
        """What the template says of itself: versions, and whether children have a network."""

    def start(self) -> None:
        """Start the template now rather than with the first job; harmless when it runs."""
        with self._lock:
            self._running()

    def close(self) -> None:
        """End the template and every child it has."""
        with self._lock:
            self._forget()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, function: str, *args: Any, seconds: float, memory_mb: int | None = None) -> Any:
        """The one value of `function` (``package.module:name``), called with JSON values."""
        answer: Any = None
        for value in self.stream(function, *args, seconds=seconds, memory_mb=memory_mb):
            answer = value
        return answer

    def stream(
        self,
        function: str,
        *args: Any,
        seconds: float,
        quiet_seconds: float | None = None,
        memory_mb: int | None = None,
    ) -> Iterator[Any]:
        """The values `function` yields, as they come: JSON values and bytes.

        `seconds` bounds all our waiting, `quiet_seconds` the wait for the next value; the time the
        caller takes between two values is its own. Raises `Unreadable` when the function refused
        the file, `ParserFailed` when the child did not survive it, OSError when the disk is full.
        """
        job = self._begin(function, args, seconds, memory_mb or self.memory_mb)
        try:
            yield from job.values(seconds, quiet_seconds or seconds)
        except ParserFailed as failure:
            if failure.code == "parser_crashed" and self._disk_is_full():
                raise OSError(errno.ENOSPC, "no space left for parsers") from failure
            raise
        finally:
            self.last_usage = job.end() or self.last_usage

    def _disk_is_full(self) -> bool:
        """Whether a child may have failed for want of space, which is no fault of its file."""
        return shutil.disk_usage(self._temp_dir).free < LEAST_FREE_BYTES

    def _begin(self, function: str, args: Sequence[Any], seconds: float, memory_mb: int) -> _Job:
        request = json.dumps({"function": function, "args": args}).encode()
        with self._lock:
            for attempt in (1, 2):
                control = self._running()
                values, values_child = socket.socketpair()
                life, life_template = socket.socketpair()
                try:
                    header = JOB.pack(memory_mb, int(seconds) + 2, self.file_mb)
                    socket.send_fds(
                        control, [header], [values_child.fileno(), life_template.fileno()]
                    )
                    return _Job(values, life, request)
                except OSError as error:
                    values.close()
                    life.close()
                    self._forget()
                    if attempt == 2:
                        raise SandboxLost("the sandbox does not start") from error
                finally:
                    values_child.close()
                    life_template.close()
        raise AssertionError

    def _running(self) -> socket.socket:
        """The control socket of a living template that is ours, not a forked parent's."""
        if self._owner != os.getpid():
            # After a fork the copy of the socket is still our parent's to use.
            self._template, self._control = None, None
        if self._template is not None and self._template.poll() is not None:
            self._forget()
        if self._control is None:
            self._launch()
        assert self._control is not None
        return self._control

    def _launch(self) -> None:
        ours, theirs = socket.socketpair()
        settings = {
            "path": self._import_path,
            "languages": self._languages,
            "temp_dir": str(self._temp_dir),
            "fd": theirs.fileno(),
        }
        code = (
            "import sys, json; settings = json.loads(sys.argv[1]);"
            "sys.path[:0] = settings['path'];"
            "from models.inside.template import serve; serve(settings)"
        )
        # One thread a child: the machine is shared by as many workers as it has cores.
        single = dict.fromkeys(("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        self._template = subprocess.Popen(  # noqa: S603 - our own interpreter and code
            [sys.executable, "-c", code, json.dumps(settings)],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env={**os.environ, **single},
            start_new_session=True,  # Ctrl-C is the supervisor's to handle
        )
        theirs.close()
        ours.settimeout(START_SECONDS)
        try:
            kind, data = receive(ours, time.monotonic() + START_SECONDS)
        except (OSError, TimeoutError, EOFError) as error:
            ours.close()
            self._template.kill()
            self._template.wait()
            self._template = None
            raise SandboxLost("the sandbox does not start") from error
        assert kind == VALUE
        self.facts = json.loads(data)
        self._control, self._owner = ours, os.getpid()

    def _forget(self) -> None:
        if self._control is not None:
            self._control.close()  # the template sees it and ends, with all its children
        if self._template is not None:
            try:
                self._template.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                self._template.kill()
                self._template.wait()
        self._template, self._control = None, None


class _Job:
    """One child as its worker sees it: a socket of values and a socket that ends its life."""

    def __init__(self, values: socket.socket, life: socket.socket, request: bytes) -> None:
        self._values = values
        self._life = life
        self._request = FRAME.pack(VALUE, len(request)) + request

    def values(self, seconds: float, quiet_seconds: float) -> Iterator[Any]:
        received = 0
        remaining = seconds
        self._values.settimeout(min(seconds, quiet_seconds))
        with contextlib.suppress(OSError):  # a child that died at once is told by its end
            self._values.sendall(self._request)
        while True:
            began = time.monotonic()
            try:
                kind, data = receive(self._values, began + min(remaining, quiet_seconds))
            except TimeoutError:
                raise ParserFailed("parser_timeout", "no answer in time") from None
            except (EOFError, OSError):
                self._explain_death()
            remaining -= time.monotonic() - began
            received += len(data)
            if received > LARGEST_ANSWER:
                raise ParserFailed("parser_memory", "the answer is too large")
            if kind == END:
                return
            if kind == FAILURE:
                raise _failure(data)
            yield json.loads(data) if kind == VALUE else data

    def _explain_death(self) -> None:
        told = self._await_end()
        if told is None:
            raise SandboxLost("the sandbox died with its child")
        raise ParserFailed(told["code"], told["cause"])

    def _await_end(self) -> dict[str, Any] | None:
        """What the template says of the dead child; asks for the end of one that lives."""
        with contextlib.suppress(OSError):
            self._life.shutdown(socket.SHUT_WR)
        try:
            _, data = receive(self._life, time.monotonic() + GRACE_SECONDS)
        except (TimeoutError, EOFError, OSError):
            return None
        told: dict[str, Any] = json.loads(data)
        return told

    def end(self) -> Usage | None:
        """Kill what still runs, wait until it is gone."""
        told = self._await_end() if self._values.fileno() >= 0 else None
        self._values.close()
        self._life.close()
        return Usage(told["cpu_s"], told["peak_mb"]) if told else None


def _failure(data: bytes) -> Unreadable:
    """The exception a child's last words stand for; they are checked, a child may be lying."""
    try:
        told = json.loads(data)
        if "refused" in told:
            said = told["refused"]
            code = str(said["code"])
            if not re.fullmatch(r"[a-z_]{1,40}", code):
                code = "unreadable"
            return Unreadable(
                str(said["message"])[:500],
                code=code,
                advice=str(said["advice"])[:500],
                **{str(k)[:40]: v for k, v in list(said["details"].items())[:10]},
            )
        code = "parser_memory" if told["code"] == "parser_memory" else "parser_crashed"
        return ParserFailed(code, str(told["cause"])[:8000])
    except (ValueError, KeyError, TypeError, AttributeError):
        return ParserFailed("parser_crashed", "unintelligible last words")


def receive(source: socket.socket, deadline: float) -> tuple[bytes, bytes]:
    """One frame, its kind and its content, before `deadline` on the monotonic clock.

    Raises TimeoutError, and EOFError when the other side is gone or talks nonsense.
    """
    kind, length = FRAME.unpack(_exactly(source, FRAME.size, deadline))
    if length > LARGEST_MESSAGE:
        raise EOFError("a message too large to be honest")
    return kind, _exactly(source, length, deadline)


def _exactly(source: socket.socket, length: int, deadline: float) -> bytes:
    buffer = bytearray()
    while len(buffer) < length:
        wait = deadline - time.monotonic()
        if wait <= 0 or not _readable(source, wait):
            raise TimeoutError
        part = source.recv(min(length - len(buffer), 1 << 20))
        if not part:
            raise EOFError
        buffer += part
    return bytes(buffer)


def _readable(source: socket.socket, wait: float) -> bool:
    # poll and not select: a long-lived server has descriptors beyond 1,024.
    poll = select.poll()
    poll.register(source, select.POLLIN)
    return bool(poll.poll(max(wait, 0) * 1000))
