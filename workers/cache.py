"""Files from the object store, for the time they are worked on.

The pages of one file are read in many short tasks; each would fetch the whole file again. Copies
are shared by the processes of a machine, forgotten a minute after their last use, and nothing is
lost with them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.objects import Objects

KEEP_SECONDS = 60.0
ABANDONED_SECONDS = 900.0
"""Nothing takes this long: a folder or a half-fetched file this old was left by a killed worker."""


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


@contextmanager
def work_folder() -> Iterator[Path]:
    """An empty folder for one task, removed with it, or later if its worker is killed."""
    with tempfile.TemporaryDirectory(dir=folder(), prefix="work-") as name:
        yield Path(name)


def forget_old(now: float | None = None) -> None:
    """Remove the copies nobody used for a minute, and what killed workers left behind."""
    moment = time.time() if now is None else now
    for path in folder().iterdir():
        # Another process may be removing the same file.
        with contextlib.suppress(FileNotFoundError):
            age = moment - path.stat().st_mtime
            if path.is_dir():
                if age > ABANDONED_SECONDS:
                    shutil.rmtree(path, ignore_errors=True)
            elif age > (ABANDONED_SECONDS if path.suffix == ".part" else KEEP_SECONDS):
                path.unlink()
