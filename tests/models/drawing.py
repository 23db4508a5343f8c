"""Draws the files that the tests of reading and opening are about."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pymupdf
from PIL import Image, ImageDraw, ImageFont

LINES = (
    "Menuiserie Bernard SARL",
    "12 rue des Lilas, 69003 Lyon",
    "Facture F-2024-0117 du 12/03/2024",
    "Désignation              Quantité        Prix unitaire        Montant",
    "Porte en chêne massif    2               450,00               900,00",
    "Pose et finitions        1               300,00               300,00",
    "Total HT                                                      1200,00",
    "TVA 20,00 %                                                   240,00",
    "Total TTC à payer                                             1440,00",
    "Règlement par virement sous trente jours, merci de votre confiance.",
    "Escompte pour paiement anticipé : néant. Pénalités de retard légales.",
)


def pdf(path: Path, pages: int = 1, lines: tuple[str, ...] = LINES, rotate: int = 0) -> Path:
    """A PDF with a text layer: cells of a row are inserted one by one, in columns."""
    with pymupdf.open() as document:
        for number in range(pages):
            page = document.new_page(width=595, height=842)
            for row, line in enumerate((*lines, f"Page {number + 1} sur {pages}")):
                for column, cell in enumerate(c for c in line.split("   ") if c.strip()):
                    page.insert_text((50 + 130 * column, 80 + 24 * row), cell.strip(), fontsize=10)
            page.set_rotation(rotate)
        document.save(path)
    return path


def picture(path: Path, dpi: int = 150, **settings: object) -> Image.Image:
    """The page of `pdf`, as a scanner would see it."""
    pdf(path, **settings)  # type: ignore[arg-type]
    with pymupdf.open(path) as document:
        pixmap = document[0].get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY)
    return Image.frombytes("L", (pixmap.width, pixmap.height), pixmap.samples)


def scan(path: Path, *pages: Image.Image, dpi: int = 150) -> Path:
    """A PDF of pictures only."""
    with pymupdf.open() as document:
        for image in pages:
            buffer = io.BytesIO()
            image.save(buffer, "JPEG", quality=80)
            page = document.new_page(width=image.width * 72 / dpi, height=image.height * 72 / dpi)
            page.insert_image(page.rect, stream=buffer.getvalue())
        document.save(path)
    return path


def speckled(width: int = 1240, height: int = 1754) -> Image.Image:
    """The back of a sheet: paper grey, noise, dust and the shadow of the lid."""
    random = np.random.default_rng(7)
    paper = random.normal(238, 5, (height, width))
    paper -= np.linspace(0, 25, width)[None, :]
    paper[:6] = 60
    image = np.clip(paper, 0, 255).astype(np.uint8)
    for _ in range(12):
        x, y = int(random.integers(20, width - 20)), int(random.integers(20, height - 20))
        image[y : y + 2, x : x + 1] = 150
    return Image.fromarray(cv2.GaussianBlur(image, (3, 3), 0))


def photo(text: str = "TOTAL 12,50 EUR", size: tuple[int, int] = (900, 600)) -> Image.Image:
    image = Image.new("RGB", size, (236, 233, 228))
    ImageDraw.Draw(image).text((60, 200), text, fill=(20, 20, 30), font=ImageFont.load_default(64))
    return image


def archive(path: Path, *entries: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in entries:
            made.writestr(name, data)
    return path
