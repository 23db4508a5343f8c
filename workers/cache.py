"""Files from the object store, for the time they are worked on.

The pages of one file are read in many short tasks; each would fetch the whole file again. Copies
are shared by the processes of a machine, forgotten a minute after their last use, and nothing is
lost with them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from pathlib import Path

from storage.objects import Objects

KEEP_SECONDS = 60.0


def folder() -> Path:
    """Where the copies lie: ours alone, on this machine's temporary disk."""
    path = Path(tempfile.gettempdir()) / f"bannette-files-{os.getuid()}"
    path.mkdir(mode=0o700, exist_ok=True)
    if path.stat().st_uid != os.getuid():
        raise PermissionError(f"{path} belongs to somebody else")
    return path


def local_copy(objects: Objects, key: str) -> Path:
    """A copy of the object `key`; it stays for a minute after the last call that named it."""
    path = folder() / hashlib.sha256(f"{objects.bucket}/{key}".encode()).hexdigest()
    try:
        os.utime(path)
    except FileNotFoundError:
        descriptor, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        os.close(descriptor)
        try:
            objects.fetch(key, Path(name))
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    return path


def forget_old(now: float | None = None) -> None:
    """Remove the copies nobody used for a minute, and what a killed worker left half-fetched."""
    moment = time.time() if now is None else now
    for path in folder().iterdir():
        # Another process may be removing the same file.
        with contextlib.suppress(FileNotFoundError):
            patience = KEEP_SECONDS * (10 if path.suffix == ".part" else 1)
            if moment - path.stat().st_mtime > patience:
                path.unlink()
