"""A printed cover sheet comes back from the scanner saying what it said."""

from __future__ import annotations

import cv2
import numpy as np
import pymupdf
import pytest
import zxingcpp

from domain.covers import Separator, separator
from domain.text import PageText
from models.inside import codes
from models.inside.rendering import Pixels
from service.cover_sheets import draw_cover_sheet

SAYS = Separator(company="cmp_01hq3", category="bank_statement")
LINES = ("Boulangerie (Dupré) & Fils", "Relevés bancaires", "À poser devant les papiers")


def drawn(pdf: bytes, dpi: int = 100) -> Pixels:
    with pymupdf.open(stream=pdf, filetype="pdf") as document:
        pixmap = document[0].get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY)
    rows = np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.stride)
    return rows[:, : pixmap.width].copy()


def said_by(grey: Pixels, *, sideways: bool = False) -> Separator | None:
    return separator(PageText(0, 595, 842, "ocr", codes=codes.read(grey, sideways=sideways)))


@pytest.mark.parametrize("quarter_turns", range(4))
def test_a_cover_sheet_is_recognised_whatever_way_it_lay(quarter_turns: int) -> None:
    grey = np.ascontiguousarray(np.rot90(drawn(draw_cover_sheet(SAYS, LINES)), quarter_turns))
    assert said_by(grey) == SAYS


def test_a_cover_sheet_survives_a_skewed_and_noisy_scan() -> None:
    grey = drawn(draw_cover_sheet(SAYS, LINES))
    turned = cv2.getRotationMatrix2D((413, 585), 4.0, 1.0)
    skewed = cv2.warpAffine(grey, turned, grey.shape[::-1], borderValue=(255,))
    noise = np.random.default_rng(7).normal(0, 12, grey.shape)
    assert said_by(np.clip(skewed + noise, 0, 255).astype(np.uint8)) == SAYS


def test_people_read_on_a_cover_sheet_whose_papers_follow() -> None:
    with pymupdf.open(stream=draw_cover_sheet(SAYS, LINES), filetype="pdf") as document:
        assert document.page_count == 1
        assert not document.is_repaired
        assert document[0].get_text().splitlines() == list(LINES)


def test_a_bought_separator_that_lies_on_its_side_is_recognised() -> None:
    code = zxingcpp.create_barcode("PATCHT", zxingcpp.BarcodeFormat.Code39)
    bars = np.asarray(code.to_image(scale=2))
    sheet = np.full((900, 640), 255, np.uint8)
    sheet[100 : 100 + bars.shape[0], 60 : 60 + bars.shape[1]] = bars
    assert said_by(np.ascontiguousarray(np.rot90(sheet)), sideways=True) == Separator()
