"""The strong reader from inside its own process: PP-OCR's weights, one page after the other.

It reads what Tesseract cannot, at several times the price and with 700 MB of its own, so that a
machine has one of it, for all its workers. Like every child it sees untrusted pixels only, without
network, rights or files to write. It ends when nobody holds a connection to it any more, when it
had nothing to do for some minutes, and by its alarm clock when a page takes too long.
`models.strong.reader` is its other half and tells how it is started.
"""

from __future__ import annotations

import contextlib
import gc
import json
import resource
import select
import signal
import socket
import time
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import rapidocr
from numpy.typing import NDArray

from models.inside.template import leave_the_network, renounce, send
from models.lines import Spot
from models.sandbox import FAILURE, VALUE, receive
from models.strong.reader import PAGE

LONGEST_SIDE = 1280
"""Pixels of the picture that lines are looked for in; they are then read at full size."""
TRANSFER_SECONDS = 20.0
LEAST_SCORE = 0.5


def serve(settings: dict[str, Any]) -> None:
    """Read pages for whoever connects to the listening socket, until nobody does."""
    listener = socket.socket(fileno=settings["fd"])
    leave_the_network()
    renounce()
    cv2.setNumThreads(1)
    engine = Engine(settings["threads"])
    gc.freeze()
    # What it has now, its weights among it, and what the largest page needs on top.
    limit = settings["memory_mb"] * 1024 * 1024
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    workers: dict[int, socket.socket] = {}
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    while events := poll.poll(settings["idle_seconds"] * 1000):
        for fd, _ in events:
            if fd == listener.fileno():
                worker, _ = listener.accept()
                worker.settimeout(TRANSFER_SECONDS)
                workers[worker.fileno()] = worker
                poll.register(worker, select.POLLIN)
            elif not answer(workers[fd], engine, settings["page_seconds"]):
                poll.unregister(fd)
                workers.pop(fd).close()
        if not workers and not poll.poll(0):
            return


def answer(worker: socket.socket, engine: Engine, seconds: float) -> bool:
    """Read one page for `worker`; False when it has gone."""
    try:
        _, data = receive(worker, time.monotonic() + TRANSFER_SECONDS)
        signal.setitimer(signal.ITIMER_REAL, seconds)  # ends the process, in C code as well
        try:
            kind, told = VALUE, json.dumps(engine.read(_picture(data)))
        except Exception as error:  # noqa: BLE001 - the page keeps its first reading
            kind, told = FAILURE, repr(error)[:500]
        signal.setitimer(signal.ITIMER_REAL, 0)
        send(worker, kind, told.encode())
    except (OSError, EOFError, TimeoutError):
        return False
    return True


def _picture(data: bytes) -> NDArray[np.uint8]:
    width, height = PAGE.unpack_from(data)
    return np.frombuffer(data, np.uint8, offset=PAGE.size).reshape(height, width)


class Engine:
    """PP-OCR with the weights of its wheel: no switch of language, every Latin letter."""

    def __init__(self, threads: int) -> None:
        self._ocr = rapidocr.RapidOCR(
            params={
                "Global.log_level": "error",
                "Global.use_cls": False,  # pages come upright
                "Global.max_side_len": 10_000,  # lines are read from the picture as it is
                "Global.text_score": LEAST_SCORE,
                "Global.return_word_box": True,
                "Global.return_single_char_box": True,
                "Det.limit_type": "max",
                "Det.limit_side_len": LONGEST_SIDE,
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )

    def read(self, grey: NDArray[np.uint8]) -> list[Spot]:
        """The words of an upright page, boxes in pixels, confidence of the line they stand in."""
        found: Any = self._ocr(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR))
        if found.txts is None:
            return []
        spots: list[Spot] = []
        for text, score, box, letters in zip(
            found.txts, found.scores, found.boxes, found.word_results, strict=True
        ):
            spots += words(text, float(score), box, [letter[2] for letter in letters])
        return spots


def words(
    text: str, score: float, box: Sequence[Sequence[float]], letters: Sequence[Any]
) -> list[Spot]:
    """The words of a line: `letters` are the corners of each of its letters, spaces left out.

    Where there are not as many as letters, the line's own box is shared out among them.
    """
    y0, y1 = _reach(box, 1)
    spots, at = [], 0
    even = len(letters) != len("".join(text.split()))
    left, right = _reach(box, 0)
    step = (right - left) / max(len(text), 1)
    begin = 0
    for word in text.split():
        begin = text.index(word, begin)
        if even:
            x0, x1 = left + begin * step, left + (begin + len(word)) * step
        else:
            own = letters[at : at + len(word)]
            x0 = min(_reach(corners, 0)[0] for corners in own)
            x1 = max(_reach(corners, 0)[1] for corners in own)
        spots.append(Spot(word[:200], x0, y0, max(x0, x1), y1, score))
        at += len(word)
        begin += len(word)
    return spots


def _reach(corners: Sequence[Sequence[float]], axis: int) -> tuple[float, float]:
    along = [float(corner[axis]) for corner in corners]
    return min(along), max(along)
