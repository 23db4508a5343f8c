"""Documents are put together from pages, and nothing that acts comes along."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pymupdf
import pytest
from pikepdf import Dictionary, Name

from domain.errors import Unreadable
from models.pdf import assemble
from models.sandbox import Sandbox
from tests.models import drawing


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def test_pages_of_several_files_become_one_document_in_order(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    one = drawing.pdf(tmp_path / "1.pdf", pages=3, lines=("first",))
    two = drawing.pdf(tmp_path / "2.pdf", pages=2, lines=("second",), rotate=90)
    out = tmp_path / "out.pdf"
    assert assemble(sandbox, [(one, [2, 0], {}), (two, [1], {1: 90})], out) == 3
    with pymupdf.open(out) as made:
        assert [p.get_text().split()[:3] for p in made] == [
            ["first", "Page", "3"], ["first", "Page", "1"], ["second", "Page", "2"],
        ]  # fmt: skip
        assert [p.rotation for p in made] == [0, 0, 180]


def test_the_same_pages_give_the_same_bytes(sandbox: Sandbox, tmp_path: Path) -> None:
    source = drawing.pdf(tmp_path / "1.pdf", pages=2)
    for name in ("a.pdf", "b.pdf"):
        assemble(sandbox, [(source, [0, 1], {})], tmp_path / name)
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


def test_scripts_launches_and_enclosed_files_stay_behind(sandbox: Sandbox, tmp_path: Path) -> None:
    source = drawing.pdf(tmp_path / "1.pdf")
    script = Dictionary(S=Name.JavaScript, JS="app.alert('x')")
    with pikepdf.open(source) as pdf:
        pdf.Root.OpenAction = script
        pdf.Root.AA = Dictionary(WC=script)
        pdf.attachments["evil.exe"] = b"MZ"
        page = pdf.pages[0]
        page.obj.AA = Dictionary(O=script)
        acts = [
            Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=action)
            for action in (
                script,
                Dictionary(S=Name.Launch, F="cmd.exe"),
                Dictionary(S=Name.URI, URI="http://127.0.0.1/"),
                Dictionary(S=Name.SubmitForm, F="http://127.0.0.1/"),
            )
        ]
        enclosed = Dictionary(
            Type=Name.Annot, Subtype=Name.FileAttachment, Rect=[0, 0, 9, 9],
            FS=Dictionary(Type=Name.Filespec, F="x", EF=Dictionary(F=pdf.make_stream(b"MZ"))),
        )  # fmt: skip
        page.obj.Annots = pdf.make_indirect(pikepdf.Array([*acts, enclosed]))
        pdf.save(tmp_path / "armed.pdf")
    out = tmp_path / "out.pdf"
    assemble(sandbox, [(tmp_path / "armed.pdf", [0], {})], out)
    with pikepdf.open(out) as made:
        made.save(
            tmp_path / "plain.pdf", qdf=True, object_stream_mode=pikepdf.ObjectStreamMode.disable
        )
    text = (tmp_path / "plain.pdf").read_bytes()
    for word in (b"JavaScript", b"Launch", b"/URI", b"SubmitForm", b"EmbeddedFile", b"OpenAction",
                 b"Filespec", b"MZ", b"/AA"):  # fmt: skip
        assert word not in text
    with pymupdf.open(out) as made_pdf:
        assert "Bernard" in made_pdf[0].get_text()


def test_a_page_that_is_not_there_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    source = drawing.pdf(tmp_path / "1.pdf")
    with pytest.raises(Unreadable):
        assemble(sandbox, [(source, [5], {})], tmp_path / "out.pdf")
