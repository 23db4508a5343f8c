"""Makes a PDF of an image file, so that everything after has one kind of thing to read.

A JPEG is embedded byte for byte; other formats are embedded without loss. The page is as large
as the image says it is in print, or an A4 sheet's longer side when it does not say, as photos.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pillow_heif
import pymupdf
from PIL import Image, ImageOps

from domain.errors import Unreadable
from models.inside.documents import damaged
from models.limits import Limits

FORMATS = {
    "JPEG": ("image/jpeg", ("JPEG", "MPO")),
    "PNG": ("image/png", ("PNG",)),
    "TIFF": ("image/tiff", ("TIFF",)),
    "WEBP": ("image/webp", ("WEBP",)),
    "HEIF": ("image/heic", ("HEIF",)),
    "JPEG2000": ("image/jp2", ("JPEG2000",)),
}
TURNS = {1: 0, 3: 180, 6: 90, 8: 270}  # EXIF orientation → clockwise turn; others are mirrored
SHEET_PT = 842.0
EXIF_ORIENTATION = 0x0112

pillow_heif.register_heif_opener()
Image.init()


def to_pdf(path: Path, kind: str, out: Path, limits: Limits) -> dict[str, Any]:
    """Write `out`, a page an image; returns media type, page sizes and problems."""
    warnings.simplefilter("ignore")  # of dubious EXIF; sizes are checked below
    Image.MAX_IMAGE_PIXELS = limits.image_mpx * 1_000_000
    media_type, formats = FORMATS[kind]
    pdf = pymupdf.open()
    try:
        with Image.open(path, formats=formats) as image:
            sizes = [_add_page(pdf, frame, path) for frame in _frames(image, kind, limits)]
    except (Unreadable, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(limits) from error
    except Exception as error:  # Pillow and its codecs raise whatever they like
        if "malloc" in str(error).lower():
            raise
        raise damaged("The image is damaged or cut short.") from error
    pdf.save(out, no_new_id=True)
    return {"media_type": media_type, "pages": sizes, "problems": []}


def _frames(image: Image.Image, kind: str, limits: Limits) -> Iterator[Image.Image]:
    """The frames of a TIFF, the one picture of everything else, with sizes checked first."""
    for number in range(limits.pages + 1):
        if number == limits.pages:
            raise Unreadable(
                f"The image has more than {limits.pages} pages.",
                code="too_many_pages",
                advice="Split it and send the parts.",
                limit=limits.pages,
            )
        if number:
            try:
                image.seek(number)
            except EOFError:
                return
        width, height = image.size
        if width * height > limits.image_mpx * 1_000_000:
            raise _too_many_pixels(limits)
        if width < 1 or height < 1:
            raise damaged("The image has no size.")
        yield image
        if kind != "TIFF":
            return


def _too_many_pixels(limits: Limits) -> Unreadable:
    return Unreadable(
        f"The image has more than {limits.image_mpx} million pixels.",
        code="too_many_pixels",
        advice="Scan it at 200 to 300 dots per inch, or save it smaller.",
        limit_mpx=limits.image_mpx,
    )


def _add_page(pdf: pymupdf.Document, image: Image.Image, path: Path) -> tuple[float, float]:
    # A picture that does not decode is refused now, not page by page later. Before anything else:
    # reading its EXIF would decode it too, and swallow the error.
    image.load()
    orientation = _orientation(image)
    if image.format in ("JPEG", "MPO") and image.mode in ("L", "RGB") and orientation in TURNS:
        stream, turn = path.read_bytes(), TURNS[orientation]
    else:
        stream, turn = _lossless(image, orientation), 0
    width, height = _size_pt(image)
    if orientation >= 5 and not turn:
        width, height = height, width
    page = pdf.new_page(width=width, height=height)
    page.insert_image(page.rect, stream=stream, keep_proportion=False)
    if turn:
        page.set_rotation(turn)
    return float(page.rect.width), float(page.rect.height)


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(EXIF_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - broken EXIF never spoils a picture
        return 1
    if image.format == "HEIF":
        return 1  # its reader has turned it already
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _lossless(image: Image.Image, orientation: int) -> bytes:
    if image.mode in ("1", "L", "RGB"):
        flat = image
    elif image.mode in ("I", "I;16", "I;16B", "F"):
        flat = _scaled_to_8_bit(image)
    elif image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        flat = Image.new("RGB", rgba.size, "white")
        flat.paste(rgba, mask=rgba.getchannel("A"))
    else:
        flat = image.convert("RGB")
    if orientation != 1:
        exif = Image.Exif()
        exif[EXIF_ORIENTATION] = orientation
        flat = flat.copy()
        flat.info["exif"] = exif.tobytes()
        flat.getexif()[EXIF_ORIENTATION] = orientation
        flat = ImageOps.exif_transpose(flat)
        flat.info.pop("exif", None)
    buffer = io.BytesIO()
    flat.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _scaled_to_8_bit(image: Image.Image) -> Image.Image:
    real = image.convert("F")
    low, high = real.getextrema()
    assert isinstance(low, float)
    assert isinstance(high, float)
    span = (high - low) or 1.0
    return real.point(lambda v: v * (255.0 / span) - low * 255.0 / span).convert("L")


def _size_pt(image: Image.Image) -> tuple[float, float]:
    """The size in print. Cameras and screens write 72 or 96; no scanner works below 100."""
    width, height = image.size
    try:
        dpi = float(image.info.get("dpi", (0, 0))[0])
    except (TypeError, ValueError, IndexError, ZeroDivisionError, KeyError):
        dpi = 0.0
    if 100 <= dpi <= 1200 and max(width, height) * 72 / dpi <= 1.5 * SHEET_PT:
        scale = 72 / dpi
    else:
        scale = SHEET_PT / max(width, height)
    return max(width * scale, 3.0), max(height * scale, 3.0)
