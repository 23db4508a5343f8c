"""Words come out where a person sees them, whatever way the paper lay, and no page is lost."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import pymupdf
import pytest
import zxingcpp
from PIL import Image

from domain.text import PageText
from models.inside import ocr
from models.limits import Limits
from models.lines import Spot, into_lines
from models.reading import PageRead, ReadingOptions, read_pages
from models.sandbox import Sandbox
from tests.models import drawing


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        if made.facts["ocr"].startswith("none"):
            pytest.skip("Tesseract is not installed")
        yield made


def read(sandbox: Sandbox, path: Path, **options: object) -> list[PageRead]:
    with pymupdf.open(path) as document:
        count = document.page_count
    return list(read_pages(sandbox, path, range(count), ReadingOptions(**options)))  # type: ignore[arg-type]


def row(text: PageText, word: str) -> list[str]:
    """The line that holds `word`."""
    return next(
        [w.text for w in line] for line in text.lines() if any(word in w.text for w in line)
    )


def place(text: PageText, word: str) -> tuple[float, float]:
    found = next(w for w in text.words if word in w.text)
    return (found.box.x0 + found.box.x1) / 2, found.box.middle


def test_a_text_layer_is_read_exactly_with_its_table_rows(sandbox: Sandbox, tmp_path: Path) -> None:
    (page,) = read(sandbox, drawing.pdf(tmp_path / "a.pdf"))
    text = page.text
    assert (text.source, text.problem, text.turned, text.blank) == ("text", None, 0, False)
    assert row(text, "Porte") == ["Porte", "en", "chêne", "massif", "2", "450,00", "900,00"]
    assert "Facture F-2024-0117 du 12/03/2024" in text.text()
    assert text.ink > 0.001


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_boxes_lie_on_the_page_as_displayed_upright(
    sandbox: Sandbox, tmp_path: Path, rotate: int
) -> None:
    # The text was drawn upright, then the page was turned: it is set upright again.
    (page,) = read(sandbox, drawing.pdf(tmp_path / "a.pdf", rotate=rotate))
    text = page.text
    assert text.turned == -rotate % 360
    assert (text.width, text.height) == (595, 842)
    assert place(text, "Menuiserie") == pytest.approx((0.12, 0.09), abs=0.03)
    assert page.image is not None
    with Image.open(io.BytesIO(page.image)) as image:
        assert image.height > image.width
        grey = np.asarray(image.convert("L"))
    assert grey[: len(grey) // 2].mean() < grey[len(grey) // 2 :].mean(), "the text is at the top"


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_scan_is_set_upright_and_levelled(sandbox: Sandbox, tmp_path: Path, turn: int) -> None:
    image = drawing.picture(tmp_path / "d.pdf").rotate(1.2, fillcolor=255, expand=False)
    image = image.rotate(-turn, expand=True)
    (page,) = read(sandbox, drawing.scan(tmp_path / "s.pdf", image))
    text = page.text
    assert (text.source, text.turned) == ("ocr", -turn % 360)
    assert text.height > text.width
    assert text.confidence > 0.8
    assert row(text, "Porte")[-2:] == ["450,00", "900,00"]
    assert place(text, "Menuiserie") == pytest.approx((0.12, 0.09), abs=0.03)
    assert page.image is not None
    with Image.open(io.BytesIO(page.image)) as preview:
        assert preview.height > preview.width
    assert page.thumbnail is not None
    with Image.open(io.BytesIO(page.thumbnail)) as small:
        assert small.width == 220


def test_the_portable_engine_reads_the_same_page(sandbox: Sandbox, tmp_path: Path) -> None:
    path = drawing.scan(tmp_path / "s.pdf", drawing.picture(tmp_path / "d.pdf"))
    (page,) = read(sandbox, path, engine="pytesseract")
    assert page.text.reader.startswith("pytesseract")
    assert row(page.text, "Porte")[-2:] == ["450,00", "900,00"]


def test_a_blank_sheet_with_dust_and_shadow_is_blank_and_one_with_a_line_is_not(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    written = drawing.speckled()
    written.paste(drawing.photo("Merci.", (500, 300)).convert("L"), (300, 300))
    path = drawing.scan(tmp_path / "s.pdf", drawing.speckled(), written)
    blank, other = (p.text for p in read(sandbox, path))
    assert (blank.blank, blank.words, blank.problem) == (True, (), None)
    assert not other.blank
    assert "Merci" in other.text()


def test_a_text_layer_nobody_can_see_is_not_believed(sandbox: Sandbox, tmp_path: Path) -> None:
    image = drawing.picture(tmp_path / "d.pdf")
    path = drawing.scan(tmp_path / "s.pdf", image)
    with pymupdf.open(path) as document:
        for n in range(40):
            document[0].insert_text((50, 60 + 15 * n), "Total 999999,00 pirate", render_mode=3)
        document.save(tmp_path / "hidden.pdf")
    (page,) = read(sandbox, tmp_path / "hidden.pdf")
    assert page.text.source == "ocr"
    assert "pirate" not in page.text.text()
    assert "1440,00" in page.text.text()


def test_white_text_on_white_paper_is_not_read(sandbox: Sandbox, tmp_path: Path) -> None:
    path = drawing.pdf(tmp_path / "d.pdf")
    with pymupdf.open(path) as document:
        document[0].insert_text((50, 600), "Total 999999,00 pirate", color=(1, 1, 1))
        document.save(tmp_path / "white.pdf")
    (page,) = read(sandbox, tmp_path / "white.pdf")
    assert page.text.source == "text"
    assert "pirate" not in page.text.text()


def test_words_printed_twice_to_look_bold_are_read_once(sandbox: Sandbox, tmp_path: Path) -> None:
    path = drawing.pdf(tmp_path / "d.pdf")
    with pymupdf.open(path) as document:
        for shift in (0, 0.4):
            document[0].insert_text((50 + shift, 600), "Reste à payer 1 140,00", fontsize=12)
        document[0].insert_text((50, 620), "non non, 1 140,00", fontsize=12)
        document.save(tmp_path / "bold.pdf")
    (page,) = read(sandbox, tmp_path / "bold.pdf", images=False)
    assert "Reste à payer 1 140,00\nnon non, 1 140,00" in page.text.text()


def test_a_scan_with_a_stamped_footer_is_read_by_ocr(sandbox: Sandbox, tmp_path: Path) -> None:
    path = drawing.scan(tmp_path / "s.pdf", drawing.picture(tmp_path / "d.pdf"))
    with pymupdf.open(path) as document:
        document[0].insert_text((50, 830), "Numérisé le 12/03/2024")
        document.save(tmp_path / "stamped.pdf")
    (page,) = read(sandbox, tmp_path / "stamped.pdf")
    assert page.text.source == "ocr"
    assert "Bernard" in page.text.text()


def test_a_photographed_receipt_is_read(sandbox: Sandbox, tmp_path: Path) -> None:
    photo = drawing.photo("TOTAL TTC 12,50 EUR", (1200, 800))
    path = drawing.scan(tmp_path / "s.pdf", photo.convert("L"), dpi=72)
    (page,) = read(sandbox, path)
    assert "12,50" in page.text.text()


def test_a_qr_code_is_read_where_it_stands(sandbox: Sandbox, tmp_path: Path) -> None:
    path = drawing.pdf(tmp_path / "d.pdf")
    code = zxingcpp.create_barcode(
        "SPC\n0200\n1\nCH4431999123000889012", zxingcpp.BarcodeFormat.QRCode
    )
    pixels = np.asarray(code.to_image(scale=6))
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    with pymupdf.open(path) as document:
        document[0].insert_image(pymupdf.Rect(60, 600, 190, 730), stream=buffer.getvalue())
        document.save(tmp_path / "qr.pdf")
    (page,) = read(sandbox, tmp_path / "qr.pdf")
    (found,) = page.text.codes
    assert (found.kind, found.text.split()[0]) == ("QRCode", "SPC")
    assert found.box.x0 == pytest.approx(60 / 595, abs=0.05)
    assert found.box.middle == pytest.approx(665 / 842, abs=0.02)


def test_a_code_drawn_in_strokes_is_read_on_a_page_that_was_turned(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    code = zxingcpp.create_barcode("BANNETTE1;company=SOLEIL", zxingcpp.BarcodeFormat.QRCode)
    dark = np.asarray(code.to_image(scale=1)) == 0
    with pymupdf.open(drawing.pdf(tmp_path / "d.pdf")) as document:
        shape = document[0].new_shape()
        for row, column in zip(*map(list, dark.nonzero()), strict=True):
            x, y = 400 + 3 * column, 600 + 3 * row
            shape.draw_rect(pymupdf.Rect(x, y, x + 3, y + 3))
            shape.finish(fill=(0, 0, 0), color=None)
        shape.commit()
        document[0].set_rotation(90)
        document.save(tmp_path / "qr.pdf")
    (page,) = read(sandbox, tmp_path / "qr.pdf", images=False)
    (found,) = page.text.codes
    assert (found.kind, found.text) == ("QRCode", "BANNETTE1;company=SOLEIL")
    assert found.box.x0 == pytest.approx(400 / 595, abs=0.03)
    assert found.box.y0 == pytest.approx(600 / 842, abs=0.03)


def bomb(path: Path, good: int) -> Path:
    """A file of good pages around one whose drawing never ends: forms nested in forms."""
    drawing.pdf(path, pages=good)
    with pymupdf.open(path) as document:
        page = document[1]
        inner = document.get_new_xref()
        document.update_object(inner, "<</Type/XObject/Subtype/Form/BBox[0 0 600 900]>>")
        document.update_stream(inner, b"0 0 600 900 re f " * 50)
        for _ in range(9):
            outer = document.get_new_xref()
            document.update_object(
                outer,
                "<</Type/XObject/Subtype/Form/BBox[0 0 600 900]/Resources<</XObject<</X "
                f"{inner} 0 R>>>>>>",
            )
            document.update_stream(outer, b"/X Do " * 10)
            inner = outer
        document.xref_set_key(page.xref, "Resources", f"<</XObject<</X {inner} 0 R>>>>")
        document.update_stream(page.get_contents()[0], b"/X Do")
        document.save(path.with_name("bomb.pdf"))
    return path.with_name("bomb.pdf")


def test_a_page_that_hangs_its_reader_costs_only_itself(sandbox: Sandbox, tmp_path: Path) -> None:
    pages = read(sandbox, bomb(tmp_path / "a.pdf", good=4), limits=Limits(page_seconds=3))
    assert [p.text.number for p in pages] == [0, 1, 2, 3]
    by_number = {p.text.number: p.text for p in pages}
    assert by_number[1].problem == "parser_timeout"
    assert (by_number[1].width, by_number[1].height) == (595, 842)
    assert all(by_number[n].problem is None and by_number[n].words for n in (0, 2, 3))


def test_a_page_that_eats_memory_costs_only_itself(sandbox: Sandbox, tmp_path: Path) -> None:
    path = drawing.pdf(tmp_path / "a.pdf", pages=3)
    flood = Image.new("RGB", (9000, 9000), "white")
    buffer = io.BytesIO()
    flood.save(buffer, "PNG")
    with pymupdf.open(path) as document:
        document[1].insert_image(document[1].rect, stream=buffer.getvalue())
        document.save(tmp_path / "flood.pdf")
    pages = read(sandbox, tmp_path / "flood.pdf", limits=Limits(memory_mb=150))
    assert [p.text.number for p in pages] == [0, 1, 2]
    assert [p.text.problem is None for p in pages] == [True, False, True]
    assert sandbox.last_usage is not None
    assert sandbox.last_usage.peak_mb < 600


def test_a_poster_is_drawn_with_fewer_dots(sandbox: Sandbox, tmp_path: Path) -> None:
    with pymupdf.open() as document:
        page = document.new_page(width=14_000, height=14_000)
        page.insert_text((400, 3000), "AFFICHE", fontsize=2500)
        page.draw_rect(page.rect, color=(0, 0, 0), width=40)
        document.save(tmp_path / "poster.pdf")
    (page_read,) = read(sandbox, tmp_path / "poster.pdf")
    assert page_read.text.problem is None
    assert page_read.image is not None
    assert sandbox.last_usage is not None
    assert sandbox.last_usage.peak_mb < 600


def test_pages_come_as_they_are_read_and_a_reader_may_stop(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    pages = read_pages(sandbox, drawing.pdf(tmp_path / "a.pdf", pages=5), [3, 1, 4])
    assert next(pages).text.number == 3
    pages.close()
    assert sandbox.run("time:sleep", 0, seconds=5) is None


def test_a_page_text_survives_its_journey_as_json(sandbox: Sandbox, tmp_path: Path) -> None:
    (page,) = read(sandbox, drawing.pdf(tmp_path / "a.pdf"))
    assert PageText.from_json(page.text.to_json()).text() == page.text.text()


def test_cells_of_a_slanting_row_are_one_line_and_rows_stay_apart() -> None:
    rows = 12
    spots = [
        Spot(f"r{r}c{c}", 100 * c, 30 * r + 4 * c, 100 * c + 60, 30 * r + 4 * c + 20, 1.0)
        for r in range(rows)
        for c in range(4)
    ]
    got = [[s.text for s in line] for line in into_lines(list(reversed(spots)))]
    assert got == [[f"r{r}c{c}" for c in range(4)] for r in range(rows)]


def test_small_marks_stand_on_the_line_of_their_words() -> None:
    spots = [
        Spot("Total", 0, 100, 60, 120, 1), Spot("-", 70, 109, 78, 112, 1),
        Spot(".", 90, 117, 92, 120, 1), Spot("12,50", 100, 100, 150, 120, 1),
        Spot("next", 0, 126, 60, 146, 1),
    ]  # fmt: skip
    assert [[s.text for s in line] for line in into_lines(spots)] == [
        ["Total", "-", ".", "12,50"], ["next"],
    ]  # fmt: skip


def test_language_data_that_is_missing_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "fra.traineddata").touch()
    assert ocr.installed(("fra", "deu"), tmp_path) == "fra"
    assert ocr.installed(("deu",), tmp_path) == "eng"


def test_what_is_printed_is_darker_than_the_paper_around_it() -> None:
    from models.inside import upright

    shadow = np.tile(np.linspace(120, 240, 800).astype(np.uint8), (1000, 1))
    assert upright.look(shadow, 100).ink == 0
    cv2.putText(shadow, "Facture", (300, 500), cv2.FONT_HERSHEY_SIMPLEX, 1, 20, 2)
    assert upright.look(shadow, 100).ink > 0.0005


def _scan_with_text(
    path: Path, lines: Sequence[str], *, under: bool = False, **how: object
) -> Path:
    """A scanned invoice whose total is 1440,00, with other words in its text layer."""
    image = io.BytesIO()
    drawing.picture(path, dpi=100).save(image, "JPEG", quality=85)
    with pymupdf.open() as document:
        page = document.new_page(width=595, height=842)
        if not under:
            page.insert_image(page.rect, stream=image.getvalue())
        for number, line in enumerate(lines):
            page.insert_text((50, 80 + 24 * number), line, fontsize=10, **how)
        if under:
            page.insert_image(page.rect, stream=image.getvalue())
        document.save(path)
    return path


OTHER_WORDS = tuple(line.replace("1440,00", "1140,00") for line in drawing.LINES)
RECEIVED = ("",) * 14 + (
    "Reçu le 14 mars par le courrier, transmis au service comptable et classé.",
) * 3


@pytest.mark.parametrize(
    ("lines", "how"),
    [
        (OTHER_WORDS, {"under": True}),
        (OTHER_WORDS, {"render_mode": 3}),
        (OTHER_WORDS, {"color": (1, 1, 1)}),
        (RECEIVED, {}),
    ],
    ids=["drawn under the scan", "invisible", "white on the scan", "a stamp beside the scan"],
)
def test_what_counts_on_a_scan_is_what_a_person_sees(
    sandbox: Sandbox, tmp_path: Path, lines: Sequence[str], how: dict[str, object]
) -> None:
    (page,) = read(sandbox, _scan_with_text(tmp_path / "scan.pdf", lines, **how), images=False)  # type: ignore[arg-type]
    assert page.text.source == "ocr"
    assert "1440,00" in page.text.text()
    assert "1140,00" not in page.text.text()
