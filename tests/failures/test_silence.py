"""A stage that stands still raises the alarm within a minute."""

from __future__ import annotations

import os
import re
import signal
import time

import pytest

from tests.failures import papers
from tests.installation import Installation

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("names", [("relay",), ("pages-1", "pages-2")])
def test_a_frozen_stage_is_seen_by_health_and_metrics_within_a_minute(
    there: Installation, names: tuple[str, ...]
) -> None:
    there.until(there.readers_are_up, "starting the readers")
    frozen = [there.running.children[name].process.pid for name in names]
    if names == ("relay",):
        assert overdue(there) < 25
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        found = there.upload({"mail.pdf": papers.mail(3)})
        began = time.monotonic()
        there.until(lambda: overdue(there) > 25, "the alarm")
        ready = there.http.get(f"{there.running.address}/health/ready")
        assert ready.json()["status"] == "late"
        assert time.monotonic() - began < 62
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    found = there.settled(found["id"])
    there.until(lambda: overdue(there) == 0, "the end of the alarm")
    there.sound(found)


def overdue(there: Installation) -> float:
    text = there.http.get(f"{there.running.address}/metrics").text
    found = re.findall(r'bannette_oldest_overdue_seconds\{of="(?:tasks|messages)"\} (\S+)', text)
    return max(map(float, found))
