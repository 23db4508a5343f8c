"""The guard: ends what a killed supervisor leaves behind.

It runs as a file of its own, waits at the end of a pipe, and is told the process groups that live.
When the supervisor ends in order it says so; when the pipe just closes, it was killed, and the
guard stops every group: first politely, then for good. Standard library only, a few megabytes.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

POLITE_S = 25.0


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's by now
        return False
    return True


def end(groups: set[int], polite_s: float = POLITE_S) -> None:
    """Stop every process of these groups."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for group in groups:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, number)
        until = time.monotonic() + polite_s
        while any(alive(group) for group in groups):
            if time.monotonic() > until:
                break
            time.sleep(0.1)
        else:
            return


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        word = line.strip()
        if word == "end":
            return
        if word.startswith("+"):
            groups.add(int(word[1:]))
        elif word.startswith("-"):
            groups.discard(int(word[1:]))
    end(groups)


if __name__ == "__main__":
    main()
