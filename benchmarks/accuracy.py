"""How well stacks and single documents are understood, as tables for `docs/accuracy.md`.

    python benchmarks/accuracy.py DIR [--write] [--processes 2]

`DIR` is a folder of documents with their truth, in the format of `bannette evaluate`. The documents
hold numbers only: nothing of the papers, which belong to their owners. Beside them, the same is
measured on the frozen set of drawn stacks, so that a number can be had without any data. `--write`
replaces `docs/accuracy.md` and adds a line for each to `docs/accuracy-history.md`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from models.evaluation import bars, drawn  # noqa: E402 - the path comes first
from models.evaluation.command import evaluate  # noqa: E402
from models.evaluation.report import markdown  # noqa: E402

HEAD = """# Accuracy

Measured on {day} at {version} with `python benchmarks/accuracy.py DIR --write`, the documents read
as the service reads them. The documents are real or published samples that we may measure with and
not publish; rules and words were chosen with the same set in sight, so that unseen mail will do
somewhat worse. Most receipts are pictures of thermal slips in English; there is little real French
paper beside invoices and quotes. How the numbers went over time is in
[accuracy-history.md](accuracy-history.md); `bannette evaluate DIR --html FOLDER` shows each mistake
on its page.

- *exact documents*: exactly the true pages were put together, blank pages aside. Half of all mail
  has one page, so look at those *of several pages*, and at the line of what is had for nothing by
  calling every page a document.
- *category*: on exact documents; *lenient* also takes what a reasonable clerk might have chosen,
  and is what the bar asks.
- *right*: share of the fields of exact documents that have the true value; *end to end* counts the
  documents that were cut wrongly as wrong. *Spurious*: a value where the paper has none.
- *files, pages alone*: the files that carry the XML of an invoice, read as if they did not. In
  *files* they are read as they come.
- *seen*: a supplier of whom the same set has an earlier document. Nothing is learnt between them
  here: it tells frequent suppliers from rare ones.
- *claimed without ifs*: a cut with 99 % or more, a value marked proved, a category that is not said
  to be one to check. Those claims have to be right, for nobody looks.
"""
HISTORY_HEAD = """# Accuracy over time

One line a measurement, written by `python benchmarks/accuracy.py DIR --write`: *real* are documents
with their truth as in [accuracy.md](accuracy.md), *drawn* the frozen set of the paper mill. Shares
in percent; of two, the first is of stacks that were digital from the start, the second of scanned
ones. A version with a plus was measured with changes that are not in it.

"""
ABOUT_DRAWN = (
    f"The frozen set, `bannette evaluate --drawn`: {drawn.DIGITAL_STACKS} stacks that were digital "
    f"from the start and {drawn.SCANNED_STACKS} scanned ones, {drawn.DOCUMENTS} documents each, of "
    "layouts that nothing was trained on. One hand drew them all, of wider kinds than most mail: they "
    "show what got better or worse, not how well mail is read."
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--write", action="store_true", help="into docs/, not to the terminal")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs", help="another folder for it")
    parser.add_argument("--no-drawn", action="store_true", help="without the drawn stacks")
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    args = parser.parse_args()
    measured_at = version()
    real = evaluate(args.directory, processes=args.processes).result
    parts = [
        HEAD.format(day=real["taken_on"], version=measured_at).rstrip(),
        "## Bars",
        bars.table(real),
        "## Real documents",
        markdown(real),
    ]
    lines = [bars.history_line(real, measured_at, "real")]
    if not args.no_drawn:
        with drawn.drawn_set() as folder:
            result = evaluate(folder, processes=args.processes).result
        parts += ["## Drawn stacks", ABOUT_DRAWN, markdown(result)]
        lines.append(bars.history_line(result, measured_at, "drawn"))
    page = "\n\n".join(parts)
    if args.write:
        (args.docs / "accuracy.md").write_text(page + "\n", "utf-8")
        add_to_history(args.docs / "accuracy-history.md", lines)
    else:
        print(page, *lines, sep="\n")


def add_to_history(path: Path, lines: list[str]) -> None:
    head = HISTORY_HEAD + bars.history_head() + "\n"
    so_far = path.read_text("utf-8") if path.is_file() else head
    path.write_text(so_far + "".join(f"{line}\n" for line in lines), "utf-8")


def version() -> str:
    """The commit that is measured, with a plus when the code was changed since."""

    def git(*words: str) -> str:
        told = subprocess.run(("git", *words), cwd=ROOT, capture_output=True, text=True, check=True)
        return told.stdout.strip()

    changed = git("status", "--porcelain", "--", "domain", "models")
    return git("rev-parse", "--short", "HEAD") + ("+" if changed else "")


if __name__ == "__main__":
    main()
