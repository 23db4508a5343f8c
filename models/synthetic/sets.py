"""Folders of drawn stacks with their truth, as `bannette evaluate` reads them.

Such a folder is how accuracy is measured without anybody's mail.

    python -m models.synthetic.sets DIR [--seed 1] [--stacks 10] [--layouts test] [--scanned phone]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import get_args

from models.synthetic.faults import Profile
from models.synthetic.feeding import Feeding
from models.synthetic.layout import Layouts
from models.synthetic.scanner import PROFILES
from models.synthetic.stacks import draw_stack

DOCUMENTS = 20


def write_set(
    folder: Path,
    seed: int,
    stacks: int,
    layouts: Layouts | None = None,
    scanned: bool | Profile = False,
    documents: int = DOCUMENTS,
    feeding: Feeding | None = None,
) -> None:
    """Write `stacks` stacks of `documents` documents into ``folder/streams``.

    Stack n is drawn from ``seed + n``, so that sets with far seeds share no paper.
    """
    streams = folder / "streams"
    streams.mkdir(parents=True, exist_ok=True)
    for n in range(stacks):
        stack = draw_stack(
            seed + n, documents=documents, scanned=scanned, layouts=layouts, feeding=feeding
        )
        name = f"{'s' if scanned else 'd'}{seed + n}"
        (streams / f"{name}.pdf").write_bytes(stack.pdf)
        truth = {"stream": f"{name}.pdf", **stack.truth}
        (streams / f"{name}.json").write_text(json.dumps(truth, ensure_ascii=False), "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Draw stacks of mail with their truth.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stacks", type=int, default=10)
    parser.add_argument("--documents", type=int, default=DOCUMENTS)
    parser.add_argument("--layouts", choices=("train", "test"))
    parser.add_argument("--scanned", choices=PROFILES, nargs="?", const="office", default=False)
    parser.add_argument("--feeding", choices=get_args(Feeding))
    args = parser.parse_args()
    write_set(
        args.directory,
        args.seed,
        args.stacks,
        args.layouts,
        args.scanned,
        args.documents,
        args.feeding,
    )


if __name__ == "__main__":
    main()
