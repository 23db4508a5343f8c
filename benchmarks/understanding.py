"""What understanding costs beside reading, in seconds of one core.

    python benchmarks/understanding.py [--pages 100] [--scanned-pages 24] [--seed 2026] [DIR]

Drawn stacks, or with DIR the streams of a folder in the format of `bannette evaluate`. *Reading* is
what a parser's child does with a page: the text layer, or Tesseract, codes and checks, without
pictures for people. *Understanding* is everything after: split, sort, extract, prove. The strong
reader is left out. All in one process and one run, so that the shares mean something on a noisy
machine.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from domain.text import PageText  # noqa: E402 - the path comes first
from models.inside.documents import open_pdf  # noqa: E402
from models.inside.pages import read_pages  # noqa: E402
from models.limits import Limits  # noqa: E402
from models.reading import ReadingOptions  # noqa: E402
from models.synthetic.stacks import draw_stack  # noqa: E402
from models.understanding import understand  # noqa: E402

T = TypeVar("T")


def read(path: Path) -> list[PageText]:
    with open_pdf(path) as document:
        numbers = range(len(document))
    options = {**ReadingOptions(images=False).to_json(), "coarse": False}
    pages, told = [], {}
    for piece in read_pages(str(path), numbers, options, Limits().to_json()):
        if isinstance(piece, bytes):
            continue
        if "text" in piece:
            told = piece["text"]
        elif "page" in piece:
            page = piece["page"]
            pages.append(PageText.from_json(page if "words" in page else {**told, **page}))
    return pages


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What `work` gives, and the seconds of processor time it took."""
    began = time.process_time()
    found = work()
    return found, time.process_time() - began


def row(kind: str, paths: list[Path]) -> str:
    reading = understanding = 0.0
    count = 0
    for path in paths:
        pages, seconds = timed(lambda path=path: read(path))  # type: ignore[misc]
        reading += seconds
        understanding += timed(lambda pages=pages: understand(pages))[1]  # type: ignore[misc]
        count += len(pages)
    per_page = 1000 / count
    return (
        f"| {kind} | {count} | {reading * per_page:.1f} | {understanding * per_page:.1f} "
        f"| {understanding / reading:.1%} | {count / (reading + understanding):.1f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", nargs="?", type=Path, metavar="DIR")
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--scanned-pages", type=int, default=24)
    parser.add_argument("--seed", type=int, default=2026)
    args = parser.parse_args()
    print("| stack | pages | reading ms | understanding ms | share | pages/s/core |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        for scanned, pages in ((False, args.pages), (True, args.scanned_pages)):
            kind = "scanned" if scanned else "digital"
            if args.folder:
                streams = args.folder / "streams"
                paths = sorted(streams.glob("s*.pdf" if scanned else "d*.pdf"))
            else:
                paths = [Path(name) / f"{kind}.pdf"]
                paths[0].write_bytes(draw_stack(args.seed, pages=pages, scanned=scanned).pdf)
            warm = Path(name) / "warm.pdf"
            warm.write_bytes(draw_stack(1, pages=2, scanned=scanned).pdf)
            understand(read(warm))
            print(row(kind, paths), flush=True)


if __name__ == "__main__":
    main()
