"""What a taken-over parser might do. Runs inside the sandbox's children only."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from domain.errors import Unreadable


def echo(value: object) -> object:
    return value


def count(most: int) -> Iterator[object]:
    for n in range(most):
        yield {"n": n}
        yield bytes([n]) * 10


def segfault() -> None:
    ctypes.string_at(0)


def abort() -> None:
    os.abort()


def hang_with_a_grandchild() -> None:
    subprocess.Popen(["sleep", "4711.25"])
    ctypes.CDLL(None).pause()


def one_then_silence() -> Iterator[int]:
    yield 1
    time.sleep(600)


def eat_memory() -> int:
    kept = []
    while True:
        kept.append(bytearray(10_000_000))


def eat_memory_in_c() -> None:
    import cv2
    import numpy as np

    cv2.resize(np.zeros((1000, 1000, 3), np.uint8), (30_000, 30_000))


def write_a_large_file() -> None:
    Path("large").write_bytes(bytes(2_000_000))


def leave_files() -> int:
    folder = Path("deep/er")
    folder.mkdir(parents=True)
    (folder / "file").write_bytes(b"x" * 1000)
    (folder / "link").symlink_to("/etc/passwd")
    return 1


def refuse() -> None:
    raise Unreadable("No.", code="encrypted", advice="Send it open.", limit=3)


def lie_about_length() -> None:
    os.write(3, struct.pack("!cI", b"J", 2**32 - 1) + b"{}")
    time.sleep(600)


def call(port: int) -> None:
    socket.create_connection(("127.0.0.1", port), timeout=2)
