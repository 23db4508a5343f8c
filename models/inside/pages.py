"""Reads pages one after the other inside a child: text layer or OCR, codes, ink, previews.

A page is told in steps, so that what was had survives the crash of the next step: that it was
begun, what its text layer says, and at last everything. `models.reading` puts them together.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pymupdf

from domain.text import PageText
from models.inside import codes, ocr, rendering, textlayer, upright
from models.inside.documents import open_pdf, size_of
from models.inside.drawn import PICTURE
from models.limits import Limits
from models.lines import MOST_WORDS, Spot, into_lines, placed, set_upright, to_words

cv2.setNumThreads(1)

BLANK_INK = 0.0001
"""Two letters on a sheet are more than this; dust and streaks have been left out before."""
DOUBTFUL = 0.75
"""Mean confidence under which a page may lie head down: right way up they have 0.8 and more."""
HOPELESS = 0.45
LEAST_SKEW = 0.15
FEW_LETTERS = 3.0
"""A picture without words reads as a letter or two either way up: it stays as it lies."""
FEW_ON_A_SEPARATOR = 200
BAND = 4
"""Height of the band that is tried head down, in twenty-fourths of the page."""
CHECK_DPI = 55


@dataclass(frozen=True, slots=True)
class Settings:
    engine: str
    languages: tuple[str, ...]
    images: bool
    force_ocr: bool
    coarse: bool
    render_mpx: int
    page_seconds: float


def read_pages(
    path: str, numbers: Sequence[int], options: dict[str, Any], limits_json: dict[str, Any]
) -> Iterator[dict[str, Any] | bytes]:
    """For each page: ``{"begun": …}``, maybe ``{"text": …}``, then ``{"page": …}`` and bytes.

    A ``page`` without ``words`` has those of the ``text`` before it.
    """
    limits = Limits.from_json(limits_json)
    settings = Settings(
        engine=options["engine"],
        languages=tuple(options["languages"]),
        images=options["images"],
        force_ocr=options["force_ocr"],
        coarse=options["coarse"],
        render_mpx=limits.render_mpx,
        page_seconds=limits.page_seconds,
    )
    document = open_pdf(Path(path))
    for number in numbers:
        try:
            pymupdf.TOOLS.reset_mupdf_warnings()
            page = document.load_page(number)
            width, height = size_of(page)
            yield {"begun": number, "width": width, "height": height}
            yield from _read_page(page, number, settings)
        except MemoryError:
            yield {"failed": number, "problem": "parser_memory"}
        except Exception as error:  # noqa: BLE001 - one bad page never fails a file
            memory = "malloc" in str(error).lower() or "insufficient memory" in str(error).lower()
            problem = "parser_memory" if memory else "page_damaged"
            yield {"failed": number, "problem": problem, "cause": repr(error)[:500]}
        page = None


def _read_page(
    page: pymupdf.Page, number: int, settings: Settings
) -> Iterator[dict[str, Any] | bytes]:
    listed = page.get_displaylist()  # once: to interpret a page costs more than to draw it
    layer = textlayer.read(listed)
    width, height = size_of(page)
    text = PageText(number, width, height, "text", reader=f"mupdf-{pymupdf.mupdf_version}")
    if layer.trusted() and not settings.force_ocr:
        text = _from_layer(text, layer.spots, layer.turn)
        yield {"text": text.to_json()}
        # Drawn once: finely for people and to count letters, coarsely to see that words show.
        few, on_picture = len(layer.spots) < textlayer.FEW_WORDS, layer.pictures.share >= PICTURE
        fine = settings.images or few or on_picture
        dpi = rendering.PREVIEW_DPI / (2 if settings.coarse else 1) if fine else CHECK_DPI
        dpi = rendering.fitting_dpi(listed.rect, dpi, rendering.PREVIEW_MPX)
        pixels = rendering.draw(listed, dpi, grey=not settings.images)
        grey = rendering.to_grey(pixels)
        seen = replace(layer, spots=tuple(textlayer.visible(layer.spots, grey)))
        if seen.trusted(lambda: upright.look(textlayer.without(seen.spots, grey), dpi).letters):
            if len(seen.spots) < len(layer.spots):
                text = _from_layer(text, seen.spots, layer.turn)
            places = () if settings.coarse else layer.codes
            text = replace(
                text,
                ink=round(upright.ink(grey), 6),
                codes=codes.read_places(listed, places, text.turned),
            )
            pixels = upright.turn(pixels, text.turned)
            known = len(seen.spots) == len(layer.spots)
            yield from _told(text, pixels, dpi, settings, words_known=known)
            return
        text = PageText(number, width, height, "text")
    yield from _scanned(listed, text, layer, settings)


def _scanned(
    listed: pymupdf.DisplayList, text: PageText, layer: textlayer.Layer, settings: Settings
) -> Iterator[dict[str, Any] | bytes]:
    dpi = reading_dpi(listed, layer, settings.render_mpx)
    if settings.coarse:
        dpi /= 2
    coloured = not (layer.pictures.grey and layer.pictures.share >= 0.95)
    pixels = rendering.draw(listed, dpi, grey=not coloured)
    # MuPDF keeps fonts and pictures for the next page, up to 256 MB: OCR needs the room more.
    pymupdf.TOOLS.store_shrink(100)
    grey = rendering.to_grey(pixels)
    look = upright.look(grey, dpi)
    text = replace(text, source="ocr", ink=round(look.ink, 6))
    if look.ink < BLANK_INK:
        # An empty page that MuPDF complained about is a page it could not draw.
        broken = "page_damaged" if pymupdf.TOOLS.mupdf_warnings() else None
        text = replace(text, blank=broken is None, problem=broken)
        yield from _told(text, pixels, dpi, settings)
        return
    engine = ocr.engine(settings.engine, settings.languages)
    reader = ocr.Reader(engine, settings.page_seconds * 0.4)
    turned = look.turn
    lines = _recognise(grey, turned, look.skew, dpi, reader.read)
    if _lie_on_their_side(lines):
        # Columns of amounts stand as straight as lines of text lie; words tell the two apart.
        turned = 0 if turned in (90, 270) else 90
        lines = _recognise(grey, turned, look.skew, dpi, reader.read)
    sure = ocr.confidence([s for line in lines for s in line])
    # Most pages lie right: to leave one as it lies takes less proof than to turn it.
    doubtful = sure < (HOPELESS if look.sure and not look.turn else DOUBTFUL)
    if doubtful and look.letters:
        other = (turned + 180) % 360
        if _band_reads_better(upright.turn(grey, turned), lines, look.skew, dpi, reader.read):
            again = _recognise(grey, other, look.skew, dpi, reader.read)
            if _worth(again) > _worth(lines) + FEW_LETTERS:
                turned, lines = other, again
    if turned and _worth(lines) <= FEW_LETTERS:
        turned, lines = 0, _recognise(grey, 0, look.skew, dpi, reader.read)
    pixels, grey = upright.turn(pixels, turned), upright.turn(grey, turned)
    text = replace(_turned(text, turned), reader=engine.name, words=to_words(lines))
    if not reader.finished:
        text = replace(text, problem="parser_timeout")
    # A sheet with a barcode and hardly a word may lie any way: separators do.
    found = codes.read(grey, sideways=look.letters < FEW_ON_A_SEPARATOR)
    yield from _told(replace(text, codes=found), pixels, dpi, settings)


def reading_dpi(listed: pymupdf.DisplayList, layer: textlayer.Layer, render_mpx: int) -> float:
    """The resolution at which the picture of a page reads best."""
    dpi: float = rendering.READING_DPI
    if layer.pictures.share >= PICTURE and layer.pictures.dpi:
        dpi = min(dpi, max(layer.pictures.dpi, ocr.LEAST_DPI))  # enlarging loses words
    return rendering.fitting_dpi(listed.rect, dpi, min(rendering.READING_MPX, render_mpx))


def _recognise(
    grey: rendering.Pixels,
    turn: int,
    skew: float,
    dpi: float,
    read: Callable[[rendering.Pixels, float], list[Spot]],
) -> Sequence[Sequence[Spot]]:
    """Lines of words in fractions of the page set upright, read from it levelled."""
    image = upright.turn(grey, turn)
    height, width = image.shape
    back = None
    if abs(skew) >= LEAST_SKEW:
        image, matrix = upright.level(image, skew)
        back = matrix.tolist()
    lines = into_lines(read(image, dpi))
    return [[placed(spot, back, width, height) for spot in line] for line in lines]


def _lie_on_their_side(lines: Sequence[Sequence[Spot]]) -> bool:
    """Whether most words of some length were read from top to bottom."""
    words = [spot for line in lines for spot in line if len(spot.text) > 3]
    return sum(s.y1 - s.y0 > s.x1 - s.x0 for s in words) > max(5, len(words) / 2)


def _band_reads_better(
    image: rendering.Pixels,
    lines: Sequence[Sequence[Spot]],
    skew: float,
    dpi: float,
    read: Callable[[rendering.Pixels, float], list[Spot]],
) -> bool:
    """Whether the fullest band of `image`, read as `lines`, reads better head down: a sixth of
    the price of reading the page again.
    """
    spots = [s for line in lines for s in line]
    letters = np.zeros(24)
    for spot in spots:
        letters[min(max(int(24 * (spot.y0 + spot.y1) / 2), 0), 23)] += len(spot.text)
    full = np.convolve(letters, np.ones(BAND), "valid")
    top = int(full.argmax()) if spots else 10
    height = image.shape[0]
    band = image[top * height // 24 : (top + BAND) * height // 24]
    ours = [s for s in spots if top <= 24 * (s.y0 + s.y1) / 2 < top + BAND]
    return _worth(_recognise(band, 180, skew, dpi, read)) > _worth([ours])


def _worth(lines: Sequence[Sequence[Spot]]) -> float:
    """Letters that were read with some confidence; noise reads as many words, but not so."""
    return sum(len(s.text) * max(s.confidence - 0.5, 0) for line in lines for s in line)


def _from_layer(text: PageText, spots: Sequence[Spot], turn: int) -> PageText:
    """`text` with the words of the text layer, set upright."""
    if turn:
        spots = [set_upright(spot, turn) for spot in spots]
    return replace(_turned(text, turn), words=to_words(into_lines(spots[:MOST_WORDS])))


def _turned(text: PageText, turn: int) -> PageText:
    if turn % 180:
        return replace(text, turned=turn, width=text.height, height=text.width)
    return replace(text, turned=turn)


def _told(
    text: PageText,
    pixels: rendering.Pixels,
    dpi: float,
    settings: Settings,
    *,
    words_known: bool = False,
) -> Iterator[dict[str, Any] | bytes]:
    """The finished page, followed by its preview and thumbnail when they are wanted.

    Words that are known already are not told again: that is most of a digital page.
    """
    page = (replace(text, words=()) if words_known else text).to_json()
    if words_known:
        del page["words"]
    if not settings.images:
        yield {"page": page, "images": 0}
        return
    shown, small = rendering.preview(pixels, dpi)
    yield {"page": page, "images": 2}
    yield shown
    yield small
