"""A full disk, as the kernel tells it to our processes: a clear answer, and nothing lost."""

from __future__ import annotations

import resource
import sys
import time

import pytest

from tests.failures import papers
from tests.installation import Installation, children_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="limits of running processes"),
]


def test_while_the_disk_is_full_uploads_are_refused_and_work_waits(there: Installation) -> None:
    before = there.pids()
    found = there.upload({"mail.pdf": papers.mail(30), "other.pdf": papers.invoice()})
    there.until(lambda: there.pages_read(found["id"]) >= 2, "reading")
    limit_files(there, 0)
    try:
        time.sleep(1)
        refused = there.http.post("/imports", content=papers.invoice(), params={"name": "a.pdf"})
        assert refused.status_code == 503, refused.text
        assert refused.json()["code"] == "unavailable"
        assert refused.json()["advice"]
        time.sleep(8)  # long enough for more attempts than a file has
        assert there.http.get(f"/imports/{found['id']}").status_code in (200, 503)
    finally:
        limit_files(there, resource.RLIM_INFINITY)
    found = there.settled(found["id"])
    assert found["status"] == "ready"
    assert found["receipt"]["grouped"] == 31
    assert there.pids() == before
    there.sound(there.validated(found))


def limit_files(there: Installation, most_bytes: int) -> None:
    """Let our processes write files of `most_bytes` only: what is beyond fails, as on a full disk."""
    waiting = list(there.pids().values())
    while waiting:
        pid = waiting.pop()
        waiting += children_of(pid)
        try:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))
        except (ProcessLookupError, PermissionError):
            continue  # a parser that has done its work
