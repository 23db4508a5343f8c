"""The supervisor: starts programs, restarts those that crash, stops them in order.

One thread and no cleverness: `tick` looks at every child. Each child is the head of a process group
of its own, so that Ctrl-C reaches only the supervisor, and writes to a log file of its own, so that
nobody waits on a pipe. If the supervisor itself is killed, the kernel (on Linux) and the guard (see
`service.guard`) end the children: no orphan keeps a database, a port or a socket.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from service import guard
from service.program import Program

BACKOFF_S = (0.5, 1, 2, 4, 8)
STEADY_S = 10.0
"""A child that lived this long has its earlier crashes forgiven."""
LOG_BYTES = 20 * 1024 * 1024
PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class AskedToStop(Exception):  # noqa: N818 - says what happened
    """Somebody asked us to stop while something was still starting."""


class DidNotStart(Exception):  # noqa: N818 - says what happened
    """A program ended, or did not answer, while we waited for it to be ready."""

    def __init__(self, program: Program, why: str, log: str) -> None:
        super().__init__(f"{program.name} did not start: {why}.")
        self.program = program
        self.log = log


@dataclass(slots=True)
class Child:
    """A program and its present process."""

    program: Program
    process: subprocess.Popen[bytes]
    started: float
    crashes: int = 0
    restart_at: float | None = None


class Supervisor:
    """Keeps programs running until `stop`. A context manager: leaving it stops everything."""

    def __init__(self, log_folder: Path, say: Callable[[str], None] = lambda _: None) -> None:
        self.log_folder = log_folder
        self.say = say
        self.children: list[Child] = []
        self.stopping = False
        """Set by a signal handler; whatever waits gives up."""
        self._read_to: dict[Path, int] = {}
        self._guard: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, program: Program) -> Child:
        """Start `program` and wait until it is ready; DidNotStart if that does not come."""
        child = Child(program, self._spawn(program), time.monotonic())
        self.children.append(child)
        self.wait_ready(child)
        return child

    def wait_ready(self, child: Child) -> None:
        program = child.program
        until = time.monotonic() + program.ready_within_s
        while program.ready is not None and not program.ready():
            if self.stopping:
                raise AskedToStop
            code = child.process.poll()
            if code is not None:
                raise DidNotStart(program, _ended(code), self.log_of(program))
            if time.monotonic() > until:
                why = f"no answer within {program.ready_within_s:g} s"
                raise DidNotStart(program, why, self.log_of(program))
            self.tick(besides=child)
            time.sleep(0.05)

    def run(self, program: Program) -> str:
        """Run `program` to its end and return what it printed; DidNotStart unless it ends well.

        What it says on standard error goes to its log.
        """
        process = self._spawn(program, output=subprocess.PIPE)
        assert process.stdout is not None
        try:
            while (code := process.poll()) is None:
                if self.stopping:
                    guard.end({process.pid}, program.stop_within_s)
                    process.wait()
                    raise AskedToStop
                time.sleep(0.05)
            printed = process.stdout.read().decode()
        finally:
            process.stdout.close()
            self._tell_guard(f"-{process.pid}")
        if code:
            raise DidNotStart(program, _ended(code), self.log_of(program))
        return printed

    def tick(self, besides: Child | None = None) -> None:
        """Look at every child; restart those that ended, later and later if they keep ending."""
        now = time.monotonic()
        for child in self.children:
            if child is besides:
                continue
            code = child.process.poll()
            if code is None:
                if child.crashes and now - child.started > STEADY_S:
                    child.crashes = 0
                continue
            if child.restart_at is None:
                self._tell_guard(f"-{child.process.pid}")
                # What it started must not outlive it and meet its successor.
                guard.end({child.process.pid}, 0.5)
                wait_s = BACKOFF_S[min(child.crashes, len(BACKOFF_S) - 1)]
                child.crashes += 1
                child.restart_at = now + wait_s
                last = self.log_of(child.program, lines=1)
                self.say(f"{child.program.name} {_ended(code)}; again in {wait_s:g} s. {last}")
            elif now >= child.restart_at:
                child.process = self._spawn(child.program)
                child.started = now
                child.restart_at = None
        self._rotate_logs()

    def stop(self) -> None:
        """Stop everything, the last stage first, each child within its time."""
        for stage in sorted({child.program.stage for child in self.children}, reverse=True):
            _stop_together([c for c in self.children if c.program.stage == stage])
        self.children.clear()
        if self._guard is not None:
            self._tell_guard("end")
            if self._guard.stdin:
                with contextlib.suppress(OSError):
                    self._guard.stdin.close()
            self._guard.wait()
            self._guard = None

    def log_of(self, program: Program, lines: int = 15) -> str:
        """The end of what `program` wrote."""
        try:
            with self._log_path(program).open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - 8_192))
                return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])
        except FileNotFoundError:
            return ""

    def new_lines(self) -> Iterator[tuple[str, str]]:
        """Name and line of everything logged since the last call."""
        for path in sorted(self.log_folder.glob("*.log")):
            start = self._read_to.get(path, 0)
            with path.open("rb") as file:
                if file.seek(0, os.SEEK_END) < start:  # emptied meanwhile
                    start = 0
                file.seek(start)
                whole, newline, _unfinished = file.read().rpartition(b"\n")
            self._read_to[path] = start + len(whole) + len(newline)
            for line in whole.decode("utf-8", "replace").splitlines():
                yield path.stem, line

    def _log_path(self, program: Program) -> Path:
        return self.log_folder / f"{program.name}.log"

    def _spawn(self, program: Program, output: int | None = None) -> subprocess.Popen[bytes]:
        self.log_folder.mkdir(parents=True, exist_ok=True)
        with self._log_path(program).open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own commands
                program.command,
                stdin=subprocess.DEVNULL,
                stdout=log if output is None else output,
                stderr=log,
                env={**os.environ, **program.environment},
                start_new_session=True,
                user=program.user,
                extra_groups=() if program.user is not None else None,
                # The supervisor has one thread, so that running code after the fork is safe.
                preexec_fn=_die_with_parent if _LIBC else None,  # noqa: PLW1509
            )
        self._tell_guard(f"+{process.pid}")
        return process

    def _tell_guard(self, word: str) -> None:
        for _ in range(2):
            if self._guard is None or self._guard.poll() is not None:
                self._guard = subprocess.Popen(  # noqa: S603 - our own file
                    [sys.executable, "-I", "-S", str(Path(guard.__file__).resolve())],
                    stdin=subprocess.PIPE,
                    text=True,
                    start_new_session=True,
                )
                word = "".join(f"+{child.process.pid}\n" for child in self.children) + word
            assert self._guard.stdin is not None
            try:
                self._guard.stdin.write(word + "\n")
                self._guard.stdin.flush()
            except OSError:
                continue  # it died this moment; the next one is told everything
            return

    def _rotate_logs(self) -> None:
        for child in self.children:
            path = self._log_path(child.program)
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_size > LOG_BYTES:
                    # Children append, so that an emptied file goes on from its beginning.
                    shutil.copyfile(path, path.with_suffix(".log.1"))
                    os.truncate(path, 0)


def _stop_together(children: list[Child]) -> None:
    for child in children:
        if child.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                child.process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    for child in children:
        left_s = began + child.program.stop_within_s - time.monotonic()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(max(left_s, 0))
    # Heads that did not listen, and whatever a head left behind.
    for child in children:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()


def _die_with_parent() -> None:
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _ended(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with code {code}"
