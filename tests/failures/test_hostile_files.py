"""Every odd file of other projects' test suites ends within its limits, and the worker lives.

All of it is opened; of each only the first page is read, for reading is what takes long.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from domain.errors import Unreadable
from models.limits import Limits
from models.opening import open_file
from models.reading import ReadingOptions, read_pages
from models.sandbox import Sandbox

HOSTILE = Path(__file__).parents[2].parent / "shared" / "data" / "hostile"
MANIFEST = HOSTILE / "manifest.jsonl"
LIMITS = Limits(open_seconds=20, page_seconds=20)


@pytest.mark.slow
@pytest.mark.skipif(not MANIFEST.exists(), reason="the hostile files are not on this machine")
def test_every_hostile_file_is_read_or_refused_with_a_reason_within_its_limits(
    tmp_path: Path,
) -> None:
    children = tmp_path / "children"
    children.mkdir()
    wrong: list[str] = []
    with Sandbox(temp_dir=children) as sandbox:
        sandbox.run("time:sleep", 0, seconds=10)
        descriptors = len(list(Path("/dev/fd").iterdir()))
        for number, entry in enumerate(map(json.loads, MANIFEST.read_text().splitlines())):
            work = tmp_path / f"work{number}"
            work.mkdir()
            began = time.monotonic()
            outcome = _take(sandbox, HOSTILE / entry["file"], work)
            if time.monotonic() - began > 60:
                wrong.append(f"{entry['file']}: too slow")
            if entry["expect"] != "either" and outcome.split()[0] != entry["expect"]:
                wrong.append(f"{entry['file']}: {outcome}, expected {entry['expect']}")
            assert sandbox.last_usage is not None
            if sandbox.last_usage.peak_mb > 1024:
                wrong.append(f"{entry['file']}: took {sandbox.last_usage.peak_mb} MB")
        assert not wrong
        assert list(children.iterdir()) == []
        assert len(list(Path("/dev/fd").iterdir())) == descriptors


def _take(sandbox: Sandbox, path: Path, work: Path) -> str:
    """``ok`` when the file was opened and its first page came back, else ``reject`` and why."""
    try:
        opened = open_file(sandbox, path, path.name, LIMITS, work)
    except Unreadable as refused:
        return f"reject {refused.code}" if refused.advice else "refused without advice"
    if opened.pages:
        assert opened.pdf_path is not None
        (page,) = read_pages(sandbox, opened.pdf_path, [0], ReadingOptions(limits=LIMITS))
        assert page.text.number == 0
    return "ok"
