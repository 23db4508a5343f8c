"""The template process: imports everything once, then forks a child for every job.

It has one thread and does no work itself, so that forking it is safe and it always answers.
`models.sandbox` is its other half and tells the whole story.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import resource
import select
import shutil
import signal
import socket
import sys
import tempfile
import traceback
from dataclasses import dataclass
from types import GeneratorType
from typing import Any, NoReturn

from domain.errors import Unreadable
from models.sandbox import BYTES, END, FAILURE, FRAME, JOB, LARGEST_MESSAGE, VALUE

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
MEMORY_WORDS = ("malloc", "bad_alloc", "insufficient memory", "out of memory", "outofmemory")


@dataclass(slots=True)
class Child:
    pid: int
    life: socket.socket
    folder: str
    memory_mb: int
    killed: bool = False


def serve(settings: dict[str, Any]) -> None:
    """Fork children for whoever holds the other end of the control socket, until it closes."""
    control = socket.socket(fileno=settings["fd"])
    isolated = leave_the_network()
    facts = {"network": not isolated, **warm(settings["languages"])}
    gc.collect()
    gc.freeze()  # keeps the collector from touching, and so copying, what children share
    woken, wake = os.pipe()
    for fd in (woken, wake):
        os.set_blocking(fd, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    send(control, VALUE, json.dumps(facts).encode())

    children: dict[int, Child] = {}  # by the descriptor that ends their life
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(woken, select.POLLIN)
    try:
        while True:
            for fd, _ in poll.poll():
                if fd == woken:
                    with contextlib.suppress(BlockingIOError):
                        os.read(woken, 4096)
                elif fd == control.fileno():
                    header, fds, _, _ = socket.recv_fds(control, JOB.size, 2)
                    if len(header) < JOB.size or len(fds) < 2:
                        return
                    child = fork(header, fds, settings["temp_dir"])
                    children[child.life.fileno()] = child
                    poll.register(child.life, select.POLLIN)
                elif fd in children:
                    # Anything on this socket, its closing above all, asks for the child's end.
                    kill(children[fd])
                    poll.unregister(fd)
            for fd, child in list(children.items()):
                if bury(child):
                    with contextlib.suppress(KeyError):
                        poll.unregister(fd)
                    del children[fd]
                    child.life.close()
    finally:
        for child in children.values():
            kill(child)
            os.waitpid(child.pid, 0)
            shutil.rmtree(child.folder, ignore_errors=True)


def warm(languages: list[str]) -> dict[str, Any]:
    """Import what children need, so that a fork has it at once and shares its memory."""
    from models.inside import assembling, ocr, opening, pages

    _ = assembling, opening, pages
    return {"ocr": ocr.warm(languages)}


def leave_the_network() -> bool:
    """Move into an empty network, where the system lets us; True when it did."""
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) == 0:
        return True
    uid, gid = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
        return False
    with contextlib.suppress(OSError):
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{uid} {uid} 1"),
            ("gid_map", f"{gid} {gid} 1"),
        ):
            with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123
                file.write(text)
    return True


def fork(header: bytes, fds: list[int], temp_dir: str) -> Child:
    memory_mb, cpu_s, file_mb = JOB.unpack(header)
    folder = tempfile.mkdtemp(prefix="bannette-child-", dir=temp_dir)
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            live(fds[0], folder, memory_mb, cpu_s, file_mb)
        os._exit(70)
    os.close(fds[0])
    return Child(pid, socket.socket(fileno=fds[1]), folder, memory_mb)


def kill(child: Child) -> None:
    child.killed = True
    for end in (os.killpg, os.kill):  # the group may not exist yet in its first microseconds
        with contextlib.suppress(ProcessLookupError, PermissionError):
            end(child.pid, signal.SIGKILL)


def bury(child: Child) -> bool:
    """Reap `child` if it is dead, with all it started; tell its worker how it died."""
    if hasattr(os, "waitid"):
        if os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return False
        # Its number is still its own: whatever it started goes with it.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    pid, status, usage = os.wait4(child.pid, os.WNOHANG)
    if pid == 0:
        return False
    shutil.rmtree(child.folder, ignore_errors=True)
    code, cause = cause_of_death(child, status, usage.ru_maxrss)
    told = {
        "code": code,
        "cause": cause,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss / 1024,
    }
    with contextlib.suppress(OSError):
        child.life.settimeout(1)
        send(child.life, VALUE, json.dumps(told).encode())
    return True


def cause_of_death(child: Child, status: int, peak_kb: int) -> tuple[str, str]:
    if not os.WIFSIGNALED(status):
        return "parser_crashed", f"left with status {os.waitstatus_to_exitcode(status)}"
    number = os.WTERMSIG(status)
    name = signal.Signals(number).name
    if number == signal.SIGXCPU:
        return "parser_timeout", name
    if number == signal.SIGKILL:
        # Not by us: the kernel was out of memory, or the CPU limit ran out for good.
        return ("parser_timeout" if child.killed else "parser_memory"), name
    if peak_kb / 1024 > 0.75 * child.memory_mb:
        return "parser_memory", f"{name} at {peak_kb // 1024} MB"
    return "parser_crashed", name


def live(fd: int, folder: str, memory_mb: int, cpu_s: int, file_mb: int) -> NoReturn:
    """The child's whole life: lower the limits, read the job, do it, say how it went, leave."""
    template = os.getppid()
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    keep = os.dup2(fd, 3) if fd != 3 else 3
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.closerange(4, 1 << 16)
    bind_to(template)
    renounce()
    lower_limits(memory_mb, cpu_s, file_mb)
    os.chdir(folder)
    os.environ["TMPDIR"] = tempfile.tempdir = folder

    channel = socket.socket(fileno=keep)
    channel.setblocking(True)
    try:
        request = json.loads(receive(channel))
        module, _, name = request["function"].partition(":")
        function = getattr(importlib.import_module(module), name)
        answer = function(*request["args"])
        for value in answer if isinstance(answer, GeneratorType) else (answer,):
            if isinstance(value, bytes):
                send(channel, BYTES, value)
            else:
                send(channel, VALUE, json.dumps(value).encode())
        send(channel, END, b"")
    except Unreadable as refusal:
        said = {
            "code": refusal.code,
            "message": refusal.message,
            "advice": refusal.advice,
            "details": refusal.details,
        }
        send(channel, FAILURE, json.dumps({"refused": said}).encode())
    except BaseException as error:  # noqa: BLE001 - the parser's last words, whatever they are
        trace = "".join(traceback.format_exception(error)[-6:])[-4000:]
        memory = isinstance(error, MemoryError) or any(
            word in str(error).lower() for word in MEMORY_WORDS
        )
        code = "parser_memory" if memory else "parser_crashed"
        del error
        send(channel, FAILURE, json.dumps({"code": code, "cause": trace}).encode())
    os._exit(0)


def bind_to(template: int) -> None:
    """Die with the template."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != template:
            os._exit(71)


def renounce() -> None:
    """Gain no rights any more, and be the first to go when memory runs out."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123
            file.write("1000")


def lower_limits(memory_mb: int, cpu_s: int, file_mb: int) -> None:
    def lower(what: int, soft: int, hard: int) -> None:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(what, (soft, hard))

    lower(resource.RLIMIT_CORE, 0, 0)
    lower(resource.RLIMIT_CPU, cpu_s, cpu_s + 2)
    size = file_mb * 1024 * 1024
    lower(resource.RLIMIT_FSIZE, size, size)
    if sys.platform.startswith("linux"):
        # Counted from what is mapped already: the libraries alone take most of a gigabyte.
        with open("/proc/self/statm") as file:  # noqa: PTH123
            mapped = int(file.read().split()[0]) * resource.getpagesize()
        limit = mapped + memory_mb * 1024 * 1024
        lower(resource.RLIMIT_AS, limit, limit)


def send(channel: socket.socket, kind: bytes, data: bytes) -> None:
    if len(data) > LARGEST_MESSAGE:
        raise MemoryError("the answer is too large")
    channel.sendall(FRAME.pack(kind, len(data)) + data)


def receive(channel: socket.socket) -> bytes:
    def exactly(length: int) -> bytes:
        buffer = bytearray()
        while len(buffer) < length:
            part = channel.recv(min(length - len(buffer), 1 << 20))
            if not part:
                os._exit(72)
            buffer += part
        return bytes(buffer)

    _, length = FRAME.unpack(exactly(FRAME.size))
    return exactly(length)
