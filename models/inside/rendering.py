"""Draws a page: grey for readers, WebP for people, never more pixels than allowed."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import io
import math

import cv2
import numpy as np
import pymupdf
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

READING_DPI = 200
READING_MPX = 16
"""OCR of more than an A2 sheet at 200 dpi takes longer than a page may; it is read coarser."""
PREVIEW_DPI = 110
PREVIEW_MPX = 4
THUMBNAIL_PX = 220
LEAST_DPI = 8.0


def fitting_dpi(rect: pymupdf.Rect, dpi: float, most_mpx: float) -> float:
    """`dpi`, or less where `rect`, in points, would have more than `most_mpx` million pixels."""
    inches = max(rect.width / 72 * rect.height / 72, 1e-6)
    return max(min(dpi, math.sqrt(most_mpx * 1e6 / inches)), 0.1)


def draw(
    page: pymupdf.DisplayList, dpi: float, *, grey: bool, part: pymupdf.Rect | None = None
) -> Pixels:
    """The page, or the `part` of it, as displayed: height x width, or height x width x 3 in colour."""
    zoom = dpi / 72
    pixmap = page.get_pixmap(
        matrix=pymupdf.Matrix(zoom, zoom),
        colorspace=pymupdf.csGRAY if grey else pymupdf.csRGB,
        alpha=0,
        clip=part,
    )
    data = np.frombuffer(pixmap.samples_mv, np.uint8)
    rows = data.reshape(pixmap.height, pixmap.stride)
    if grey:
        return rows[:, : pixmap.width].copy()
    return rows[:, : pixmap.width * 3].reshape(pixmap.height, pixmap.width, 3).copy()


def to_grey(pixels: Pixels) -> Pixels:
    if pixels.ndim == 2:
        return pixels
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def shrink(pixels: Pixels, scale: float) -> Pixels:
    if scale >= 1:
        return pixels
    height, width = pixels.shape[:2]
    # By scale and not by size: an odd width would make a half something slightly else, which
    # takes fifteen times as long.
    fx, fy = max(scale, 1 / width), max(scale, 1 / height)
    small = cv2.resize(pixels, None, fx=fx, fy=fy, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def webp(pixels: Pixels, quality: int) -> bytes:
    buffer = io.BytesIO()
    # Method 0 takes a third of the time of the default for a quarter more bytes.
    Image.fromarray(pixels).save(buffer, "WEBP", quality=quality, method=0)
    return buffer.getvalue()


def preview(pixels: Pixels, dpi: float) -> tuple[bytes, bytes]:
    """The page for a person to look at, and its thumbnail."""
    height, width = pixels.shape[:2]
    most = math.sqrt(PREVIEW_MPX * 1e6 / (height * width))
    # A half or a third is taken five times faster than 0.55 of the size.
    whole = 1 / max(1, round(dpi / PREVIEW_DPI))
    shown = shrink(pixels, min(whole, most, 16_000 / max(height, width)))
    small = shrink(shown, THUMBNAIL_PX / shown.shape[1])
    return webp(shown, 70), webp(small[: 4 * THUMBNAIL_PX], 60)
