"""The report of mistakes can be opened anywhere and runs nothing that paper says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from models.evaluation.command import evaluate
from models.evaluation.html import write_report
from models.synthetic.stacks import draw_stack

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a stack whose truth was bent: another supplier, another total, another category."""
    folder = tmp_path_factory.mktemp("bent")
    stack = draw_stack(7, documents=4)
    groups = [group for group in stack.truth["groups"] if group["fields"]]
    for group in groups:
        group["fields"]["supplier_name"] = HOSTILE
    groups[0]["category"] = "payslip"
    (folder / "a.pdf").write_bytes(stack.pdf)
    (folder / "a.json").write_text(json.dumps(stack.truth), "utf-8")
    found = evaluate(folder, cache_folder=folder / "cache", processes=1)
    write_report(folder / "report", found.result, found.files, folder / "cache")
    return folder / "report"


def test_every_string_from_paper_is_escaped(report: Path) -> None:
    page = (report / "index.html").read_text("utf-8")
    assert HOSTILE not in page
    assert HOSTILE.replace("<", "&lt;").replace(">", "&gt;") in page


def test_a_mistake_shows_its_page_with_what_was_taken(report: Path) -> None:
    page = (report / "index.html").read_text("utf-8")
    assert 'id="supplier-name"' in page
    assert 'class="mark taken"' in page.partition('id="supplier-name"')[2]
    pictures = set(re.findall(r'src="([^"]+)"', page))
    assert pictures
    for picture in pictures:
        assert (report / picture).read_bytes()[8:12] == b"WEBP"


def test_the_folder_needs_nothing_from_outside(report: Path) -> None:
    page = (report / "index.html").read_text("utf-8")
    assert "default-src 'none'" in page
    for link in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert link.startswith(("#", "pages/"))
