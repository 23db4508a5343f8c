"""A bounded pipe from the event loop to a thread that reads like a file.

The loop must not wait and the object store's client cannot be awaited: between them lie a few
pieces in memory. When the pipe is full the loop stops taking bytes from the network, so that the
sender is slowed down to the speed of the store.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque

ROOM_BYTES = 2 * 1024 * 1024


class Closed(Exception):  # noqa: N818 - the other side has simply gone
    """The reading side ended before everything was written."""


class Pipe:
    """Written by one coroutine, read by one thread. Make it in the coroutine's loop."""

    def __init__(self, room: int = ROOM_BYTES) -> None:
        self._loop = asyncio.get_running_loop()
        self._room = room
        self._pieces: deque[bytes] = deque()
        self._held = 0
        self._ended = False
        self._reason: BaseException | None = None
        self._reader_gone = False
        self._changed = threading.Condition()
        self._space = asyncio.Event()
        self._space.set()

    # --- the coroutine's side ---

    async def write(self, piece: bytes) -> None:
        """Add `piece`, waiting while the pipe is full; Closed when nobody reads any more."""
        await self._space.wait()
        with self._changed:
            if self._reader_gone:
                raise Closed
            self._pieces.append(piece)
            self._held += len(piece)
            if self._held >= self._room:
                self._space.clear()
            self._changed.notify()

    def end(self, reason: BaseException | None = None) -> None:
        """No more will come. With a `reason`, the reader's next read raises it."""
        with self._changed:
            self._ended = True
            self._reason = self._reason or reason
            self._changed.notify()

    # --- the thread's side ---

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, or b"" at the end; waits for at least one."""
        with self._changed:
            while not (self._pieces or self._ended):
                self._changed.wait()
            if self._reason is not None:
                raise self._reason
            if not self._pieces:
                return b""
            piece = self._pieces.popleft()
            if 0 <= size < len(piece):
                self._pieces.appendleft(piece[size:])
                piece = piece[:size]
            self._held -= len(piece)
            if self._held < self._room:
                self._wake()
            return piece

    def abandon(self) -> None:
        """The reader stops, whatever comes: a coroutine that waits for room is let go."""
        with self._changed:
            self._reader_gone = True
            self._pieces.clear()
            self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
            self._loop.call_soon_threadsafe(self._space.set)
