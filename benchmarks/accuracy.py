"""How well stacks and single documents are understood, as tables for `docs/accuracy.md`.

    python benchmarks/accuracy.py DIR [--write docs/accuracy.md] [--processes 2]

`DIR` is a folder of documents with their truth, in the format of `bannette evaluate`. The document
holds numbers only: nothing of the papers, which belong to their owners. Beside them, the same is
measured on a stack that the project draws itself, so that a number can be had without any data.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from models.evaluation import evaluate  # noqa: E402 - the path comes first
from models.evaluation.report import markdown  # noqa: E402
from models.synthetic.stacks import draw_stack  # noqa: E402

DRAWN_SEEDS = (101, 102)
DRAWN_DOCUMENTS = 30

HEAD = """# Accuracy

Measured on {day} with `python benchmarks/accuracy.py DIR --write docs/accuracy.md`, the documents
read as the service reads them. The documents are real or published samples that we may measure
with and not publish; rules and words were chosen with the same set in sight, so that unseen mail
will do somewhat worse. Most receipts are pictures of thermal slips in English; there is little real
French paper beside invoices and quotes.

- *exact documents*: exactly the true pages were put together, blank pages aside. Half of all mail
  has one page, so look at those *of several pages*, and at the line of what is had for nothing by
  calling every page a document.
- *category*: on exact documents; *lenient* also takes what a reasonable clerk might have chosen.
- *right*: share of the fields of exact documents that have the true value; *end to end* counts the
  documents that were cut wrongly as wrong. *Spurious*: a value where the paper has none.
- *files, pages alone*: the files that carry the XML of an invoice, read as if they did not. In
  *files* they are read as they come.
- *proved*: the reader says that the value follows from others on the page. Those claims are worth
  what their last table says.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--write", type=Path, metavar="FILE", help="rather than to the terminal")
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    args = parser.parse_args()
    result, _ = evaluate(args.directory, processes=args.processes)
    drawn = drawn_result(args.processes)
    seeds = " and ".join(map(str, DRAWN_SEEDS))
    about_drawn = (
        f"Stacks {seeds} of the paper mill, {DRAWN_DOCUMENTS} documents each, once as PDFs and "
        "once as scans. They are easier than mail: one hand drew them all."
    )
    page = "\n\n".join(
        [
            HEAD.format(day=result["taken_on"]).rstrip(),
            "## Real documents",
            markdown(result),
            "## Drawn stacks",
            about_drawn,
            markdown(drawn),
        ]
    )
    if args.write:
        args.write.write_text(page + "\n", "utf-8")
    else:
        print(page)


def drawn_result(processes: int) -> dict[str, Any]:
    """The same measures on stacks of our own."""
    with tempfile.TemporaryDirectory(prefix="bannette-drawn-") as folder:
        streams = Path(folder, "streams")
        streams.mkdir()
        for seed in DRAWN_SEEDS:
            for scanned in (False, True):
                stack = draw_stack(seed, documents=DRAWN_DOCUMENTS, scanned=scanned)
                name = f"{'scan' if scanned else 'digital'}-{seed}"
                (streams / f"{name}.pdf").write_bytes(stack.pdf)
                (streams / f"{name}.json").write_text(json.dumps(stack.truth), "utf-8")
        result, _ = evaluate(Path(folder), processes=processes)
    return result


if __name__ == "__main__":
    main()
