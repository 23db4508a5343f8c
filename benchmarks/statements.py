"""How statements of three pages come out in the layouts of known banks, from text and from scans.

    python -m benchmarks.statements [--seed 2026] [--movements 100] [--profile office]

Every bank of `models/synthetic/words/banks.csv`: a drawn statement is read, understood with its stack
of one, and checked as the page of a statement checks it. A row is right when day and amount are; a
statement is *proved* when its balances and movements close. Where it is not, the table says whether
the problems, or the two readings of a page that differ, name the rows that are wrong.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

import pymupdf

from benchmarks.understanding import read
from domain.findings import Reading
from domain.statements import check
from models.sandbox import Sandbox
from models.strong.reader import StrongReader
from models.strong.strengthening import Strengthener
from models.synthetic.banks import Bank, banks, draw_statement_of
from models.synthetic.paper import Paper
from models.synthetic.parties import draw_company
from models.synthetic.scanner import Profile, scan_page
from models.understanding import as_it_is, understand
from service.operations.statement_papers import statement_of


@dataclass(frozen=True, slots=True)
class Came:
    """What came of one statement. `wrong` are rows that differ from the truth, `named` those that
    its problems point at.
    """

    pages: int
    groups: int
    rows: int
    right: int
    proved: bool
    wrong: tuple[str, ...]
    named: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def cell(self) -> str:
        told = "proved" if self.proved else "; ".join(dict.fromkeys(self.problems)) or "not proved"
        if self.wrong and set(self.wrong) <= set(self.named):
            told += ", rows named"
        parts = f", {self.groups} documents" if self.groups != 1 else ""
        return f"{self.right} of {self.rows}, {told}{parts}"


def pdf_of(paper: Paper, random: Random, profile: Profile | None) -> bytes:
    drawn, embedded = pymupdf.open(), dict[str, int]()
    for sheet in paper.sheets:
        sheet.write(drawn, embedded)
    if profile is None:
        return bytes(drawn.tobytes())
    out = pymupdf.open()
    for page in drawn:
        scan_page(random, page, 0, profile).lay(out)
    return bytes(out.tobytes())


def came_of(content: bytes, paper: Paper, strong: Strengthener | None = None) -> Came:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "statement.pdf")
        path.write_bytes(content)
        pages = read(path)
        found = understand(pages, strengthen=strong.of(path) if strong else as_it_is)
    reading = max((g.reading for g in found.groups), key=lambda r: len(r.transactions))
    return judged(reading, len(pages), len(found.groups), paper)


def judged(reading: Reading, pages: int, groups: int, paper: Paper) -> Came:
    assert paper.fields is not None
    true = Counter((t["date"], t["amount"]) for t in paper.fields["transactions"])
    seen = [(t.date, t.amount) for t in reading.transactions]
    wrong = list((Counter(seen) - true).elements())
    statement = statement_of(reading, date(2026, 1, 1))
    problems = check(statement)
    named = {row for problem in problems for row in problem.values.get("rows", ())}
    named |= {n for n, row in enumerate(reading.transactions) if row.read_as is not None}
    return Came(
        pages,
        groups,
        true.total(),
        (true & Counter(seen)).total(),
        statement.is_proved,
        tuple(f"{day} {amount}" for day, amount in wrong),
        tuple(f"{seen[row][0]} {seen[row][1]}" for row in sorted(named)),
        tuple(str(p.values.get("hint") or p.code) for p in problems if p.severity != "info"),
    )


def drawn(bank: Bank, seed: int, movements: int) -> Paper:
    random = Random(f"{seed} {bank.name}")
    return draw_statement_of(random, bank, draw_company(random, bank.country), movements)


def table(every: Sequence[tuple[Bank, Came, Came]]) -> str:
    lines = ["| bank | pages | digital: rows right | scanned: rows right |", "|---|---|---|---|"]
    lines += [
        f"| {bank.name} | {digital.pages} | {digital.cell} | {scanned.cell} |"
        for bank, digital, scanned in every
    ]
    for title, which in (("digital", 1), ("scanned", 2)):
        cames = [line[which] for line in every]
        right, rows = sum(c.right for c in cames), sum(c.rows for c in cames)  # type: ignore[union-attr]
        proved = sum(c.proved for c in cames)  # type: ignore[union-attr]
        lines.append(f"\n{title}: {right} of {rows} rows, {proved} of {len(cames)} proved")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--movements", type=int, default=100)
    parser.add_argument("--profile", default="office")
    parser.add_argument("--bank", default="")
    parser.add_argument("--first-only", action="store_true", help="without the strong reader")
    options = parser.parse_args()
    every = []
    strong = None if options.first_only else Strengthener(Sandbox(), StrongReader())
    for bank in banks():
        if options.bank and options.bank != bank.name:
            continue
        paper = drawn(bank, options.seed, options.movements)
        random = Random(options.seed)
        digital = came_of(pdf_of(paper, random, None), paper)
        scanned = came_of(pdf_of(paper, random, options.profile), paper, strong)
        every.append((bank, digital, scanned))
        print(f"{bank.name}: {digital.cell} | {scanned.cell}", flush=True)
    print(table(every))
    if strong:
        strong.reader.close()
        strong.sandbox.close()


if __name__ == "__main__":
    main()
