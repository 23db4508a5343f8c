"""`bannette train`: draw mail, learn from it, test on mail put together otherwise, write artefacts.

Papers to learn from and papers to test on are put together from different parts. Everything follows
from one seed: the same seed and code write the same bytes.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from models import artefacts
from models.classification import ARTEFACT as SORTING
from models.classification import WEIGHTS
from models.extraction.particulars import CHOSEN
from models.extraction.ranking import ARTEFACT as FIELDS
from models.splitting import ARTEFACT as SPLITTING
from models.splitting import Weights
from models.synthetic.layout import Layouts
from models.training import fields, sorting, splitting
from models.training.bounds import calibrate
from models.training.mail import Drawn, draw_mail, lay

SEED = 2026
MAILS = 60
DOCUMENTS = 40
PILES_OF_A_MAIL = 6
IN_A_PILE = (6, 14)
TO_TEST = 3
"""One mail is drawn to test for so many to learn from."""
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Trained:
    """The artefacts by name, and what they scored on papers they were not trained on."""

    artefacts: dict[str, dict[str, Any]]
    report: dict[str, Any]


def train(
    *,
    seed: int = SEED,
    mails: int = MAILS,
    documents: int = DOCUMENTS,
    processes: int = 1,
    say: Say = lambda _: None,
) -> Trained:
    """Learn from `mails` mails of `documents` documents each."""
    learn = _draw(seed, mails, documents, "train", processes)
    test = _draw(seed + 1_000_000, max(2, mails // TO_TEST), documents, "test", processes)
    pages = sum(len(d.sketches) for mail in learn for d in mail)
    say(f"{pages} pages drawn to learn from, in {mails} mails")
    weights, cut = _splitting(learn, test, seed)
    say(f"splitting: {cut}")
    points, sorted_ = _sorting(learn, test, seed)
    say(f"sorting: {sorted_}")
    chosen, ranked = _fields(learn, test, seed)
    say(f"fields: {ranked}")
    return Trained(
        {SPLITTING: asdict(weights), SORTING: points, FIELDS: chosen},
        {SPLITTING: cut, SORTING: sorted_, FIELDS: ranked},
    )


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="bannette train", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--mails", type=int, default=MAILS)
    parser.add_argument("--folder", type=Path, default=artefacts.FOLDER,
                        help="where to write the artefacts; those in use by default")  # fmt: skip
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    args = parser.parse_args(arguments)
    started = time.monotonic()

    def say(text: str) -> None:
        sys.stdout.write(f"{time.monotonic() - started:6.0f} s  {text}\n")
        sys.stdout.flush()

    trained = train(seed=args.seed, mails=args.mails, processes=args.processes, say=say)
    size = artefacts.save(trained.artefacts, args.folder)
    say(f"{size} bytes written to {args.folder}")
    return 0


def _splitting(
    learn: Sequence[list[Drawn]], test: Sequence[list[Drawn]], seed: int
) -> tuple[Weights, dict[str, Any]]:
    weights = splitting.fit(list(_piles(learn, seed)))
    unseen = list(_piles(test, seed + 1))
    said = splitting.claims(unseen, weights)
    slope, offset = calibrate(said)
    weights = replace(weights, slope=slope, offset=offset)
    by_hand = Weights.untrained()
    return weights, {
        "learnt": splitting.measure_claims(said, weights),
        "by_hand": splitting.measure_claims(splitting.claims(unseen, by_hand), by_hand),
    }


def _sorting(
    learn: Sequence[list[Drawn]], test: Sequence[list[Drawn]], seed: int
) -> tuple[dict[str, float], dict[str, Any]]:
    random = Random(seed)
    points = sorting.fit([sorting.measure(random, d) for mail in learn for d in mail])
    unseen = [document for mail in test for document in mail]
    return points, {
        "learnt": sorting.measure_claims(unseen, points),
        "by_hand": sorting.measure_claims(unseen, WEIGHTS),
    }


def _fields(
    learn: Sequence[list[Drawn]], test: Sequence[list[Drawn]], seed: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    found = {
        name: fields.learn(
            name,
            [d.fields[name] for mail in learn for d in mail if d.fields],
            [d.fields[name] for mail in test for d in mail if d.fields],
            seed,
        )
        for name in CHOSEN
    }
    return {n: made for n, (made, _) in found.items()}, {n: told for n, (_, told) in found.items()}


def _piles(mails: Iterable[Sequence[Drawn]], seed: int) -> Iterable[splitting.Measured]:
    random = Random(seed)
    for mail in mails:
        for _ in range(PILES_OF_A_MAIL):
            yield splitting.measure(lay(random, mail, random.randint(*IN_A_PILE)))


def _draw(
    seed: int, mails: int, documents: int, layouts: Layouts, processes: int
) -> list[list[Drawn]]:
    draw = partial(_draw_one, documents=documents, layouts=layouts)
    seeds = range(seed, seed + mails)
    if processes == 1:
        return [draw(number) for number in seeds]
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(draw, seeds))


def _draw_one(seed: int, documents: int, layouts: Layouts) -> list[Drawn]:
    """Every other mail is read badly, as from worn scans."""
    return draw_mail(seed, documents, layouts, badly_read=seed % 2 == 1)
