"""Makes parsers fall over on words: what tomorrow's damaged file will do, done today.

Python imports a module of this name at its start; tests put this folder on PYTHONPATH of the
processes they start. A page that says POISON-SEGFAULT breaks its reader in earnest, and so on; the
processes around it are the real ones and know nothing.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

GATE = os.environ.get("POISON_GATE", "")
"""A page that says POISON-GATE is not read while this file is there."""


def act(word: str) -> None:
    if "POISON-SEGFAULT" in word:
        ctypes.string_at(0)
    if "POISON-HANG" in word:
        ctypes.PyDLL(None).sleep(600)  # holds the interpreter lock, as C code does
    if "POISON-MEMORY" in word:
        kept = []
        while True:
            kept.append(bytearray(10_000_000))
    if "POISON-SLOW" in word:
        time.sleep(8)
    while "POISON-GATE" in word and Path(GATE).exists():
        time.sleep(0.1)


def in_opening(module: Any) -> None:
    opens = module.open_file

    def open_file(path: str, *args: Any) -> Any:
        start = Path(path).read_bytes()[-200:].decode("latin-1")
        if "OPENING" in start:
            act(start)
        return opens(path, *args)

    module.open_file = open_file


def in_reading(module: Any) -> None:
    import pymupdf

    reads = module.read

    def read(listed: Any) -> Any:
        act(pymupdf.TextPage(listed.get_textpage()).extractText())
        return reads(listed)

    module.read = read


def in_splitting(module: Any) -> None:
    proposes = module.propose

    def propose(pages: Any, **named: Any) -> Any:
        if "POISON-WORKER" in pages[0].text():
            os.kill(os.getpid(), signal.SIGKILL)
        return proposes(pages, **named)

    module.propose = propose


POISONS = {
    "models.inside.opening": in_opening,
    "models.inside.textlayer": in_reading,
    "models.proposing": in_splitting,
}


class Finder:
    """Finds a module as usual, and poisons it once it is loaded."""

    def __init__(self) -> None:
        self.busy = False

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if self.busy or name not in POISONS:
            return None
        self.busy = True
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self.busy = False
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def exec_module(module: Any) -> None:
                load(module)
                POISONS[name](module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


sys.meta_path.insert(0, Finder())  # type: ignore[arg-type]
