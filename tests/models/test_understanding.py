"""Files in, documents out, with every page accounted for."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.documents import SetAside
from domain.findings import Finding, Reading
from domain.text import Box, PageText, Word
from models.limits import Limits
from models.reading import ReadingOptions
from models.sandbox import Sandbox
from models.synthetic.stacks import draw_stack
from models.understanding import read_files, understand
from tests.models import drawing

TODAY = dt.date(2026, 6, 1)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def read(sandbox: Sandbox, *paths: Path, **options: Any) -> list[dict[str, Any]]:
    limits = Limits(**options)
    return list(
        read_files(paths, sandbox=sandbox, options=ReadingOptions(limits=limits), today=TODAY)
    )


def page(number: int, *lines: str, problem: str | None = None) -> PageText:
    words = tuple(
        Word(text, Box(0.1 + 0.1 * x, 0.1 + 0.05 * y, 0.18 + 0.1 * x, 0.12 + 0.05 * y), 1.0, y)
        for y, line in enumerate(lines)
        for x, text in enumerate(line.split())
    )
    return PageText(number, 595, 842, "text", words, problem=problem, ink=0.05)


def places(file: dict[str, Any]) -> list[int]:
    """Every page number told of, groups and set aside."""
    grouped = [number for group in file["groups"] for number in group["pages"]]
    return sorted(grouped + [aside["page"] for aside in file["set_aside"]])


def test_a_drawn_stack_is_read_with_every_page_in_one_place(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    stack = draw_stack(3, documents=6)
    path = tmp_path / "courrier.pdf"
    path.write_bytes(stack.pdf)
    (file,) = read(sandbox, path)
    assert (file["name"], file["problem"], len(file["sha256"])) == ("courrier.pdf", None, 64)
    assert places(file) == list(range(stack.truth["page_count"])) == list(range(file["pages"]))
    assert [g["number"] for g in file["groups"]] == list(range(1, len(file["groups"]) + 1))
    totals = [g["fields"]["gross_total"] for g in file["groups"] if "gross_total" in g["fields"]]
    assert totals
    assert all(len(t["box"]) == 4 and t["source"] == "text" for t in totals)


def test_an_archive_is_followed_by_what_it_holds_and_groups_are_numbered_through(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    invoice = drawing.pdf(tmp_path / "facture.pdf").read_bytes()
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("b.pdf", invoice)
    with zipfile.ZipFile(tmp_path / "lot.zip", "w") as archive:
        archive.writestr("a.pdf", invoice)
        archive.writestr("dedans.zip", inner.getvalue())
        archive.writestr("notes.txt", b"hello")
    files = {f["name"]: f for f in read(sandbox, tmp_path / "lot.zip")}
    assert set(files) == {
        "lot.zip", "lot.zip/a.pdf", "lot.zip/dedans.zip", "lot.zip/dedans.zip/b.pdf",
        "lot.zip/notes.txt",
    }  # fmt: skip
    assert files["lot.zip/notes.txt"]["problem"]["advice"]
    numbers = sorted(g["number"] for f in files.values() for g in f["groups"])
    assert numbers == [1, 2]


def test_archives_inside_archives_share_one_limit(sandbox: Sandbox, tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("b.pdf", drawing.pdf(tmp_path / "b.pdf").read_bytes())
        archive.writestr("c.pdf", b"%PDF-1.4")
    with zipfile.ZipFile(tmp_path / "lot.zip", "w") as archive:
        archive.writestr("dedans.zip", inner.getvalue())
    files = read(sandbox, tmp_path / "lot.zip", archive_entries=2)
    assert files[-1]["problem"]["code"] == "archive_too_large"
    assert len(files) == 2


def test_a_file_that_cannot_be_taken_says_why_and_the_next_is_read(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7\n%%EOF")
    drawing.pdf(tmp_path / "b.pdf")
    refused, taken = read(sandbox, tmp_path / "a.pdf", tmp_path / "b.pdf")
    assert refused["problem"]["message"]
    assert (refused["pages"], refused["groups"]) == (0, [])
    assert taken["groups"][0]["fields"]["gross_total"]["value"] == "1440.00"


def test_a_page_of_which_nothing_could_be_had_is_set_aside_as_unreadable() -> None:
    lost = page(1, problem="parser_timeout")
    found = understand([page(0, "Facture F-1 Total 12,00"), lost], today=TODAY)
    assert found.set_aside == {1: SetAside.UNREADABLE}
    assert [g.group.pages for g in found.groups] == [(0,)]


def test_a_page_read_in_part_stays_in_its_document() -> None:
    found = understand([page(0, "Facture F-1 Total 12,00", problem="parser_crashed")], today=TODAY)
    assert (found.set_aside, len(found.groups)) == ({}, 1)


def test_a_file_with_an_electronic_invoice_is_one_document() -> None:
    xml = Reading(fields={"gross_total": Finding("12.00", 1.0, "read", "xml")})
    pages = [page(0, "Facture F-1", "page 1/1"), page(1, "Devis D-2", "page 1/1")]
    found = understand(pages, einvoice=xml, today=TODAY)
    (document,) = found.groups
    assert document.group.pages == (0, 1)
    assert document.reading.value("gross_total") == "12.00"


def test_no_pages_make_no_documents() -> None:
    assert understand([], today=TODAY).groups == ()
