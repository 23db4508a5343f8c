"""What suggestions of accounts are worth: a walk forward over generated ledgers.

    python -m benchmarks.suggestions [--documents 500] [--companies 6] [--seed 40]

Each company's purchases come in the order of their days; what is proposed for a line is compared
with what is right, then the document is posted and may teach. Beside ours stand the two habits a
person has without a computer: the account of the supplier's last line, and its most frequent one.

The ledgers have what makes real ones hard: many suppliers of few papers, names that say nothing,
suppliers that sell several kinds of things, lines without a useful word, accounts that change for
good, firms with habits of their own, and mistakes that were posted and never put right. What is
bought, how lines say it and where it belongs is in `purchases.csv`, written as invoices say it and
not from the words of the charts.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random

from domain.countries import country
from domain.findings import Finding, LineItem, Reading, VatLine
from domain.suggestions import AccountSuggestion, Buyer, History, PastPosting
from domain.suppliers import Identity, Supplier
from models.suggestion import suggest

ROLES = ("expense", "asset", "payroll", "financial")
PLAIN = ("Prestation", "Selon devis", "Facture du mois", "Fournitures diverses", "Divers", "")
MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre".split()  # noqa: SIM905
_NAMES = (
    "Martin Bernard Thomas Petit Robert Richard Durand Leroy Moreau Simon Laurent Lefebvre Rey Favre "
    "Rochat Blanc Peeters Janssens Maes Jacobs Dubois Lambert Novalis Axiom Sereno Altea Kerdoc Lumio "
    "Ostrea Pragma Quintal Rivage Solari Tandem Vertex Zenith"
)
STEMS = _NAMES.split()
LETTERHEAD = "Merci de votre confiance. Règlement à 30 jours. Page 1/1"
MOST_PAST = 2_000
OF_SUPPLIER = 100
FIRST, COLD = "first of a supplier", "the same without any past: the words of the chart alone"
BANDS = (0.0, 0.6, 0.75, 0.9, 0.97)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of purchase in one country: how it is said, and where it belongs."""

    name: str
    family: str
    trades: tuple[str, ...]
    brands: tuple[str, ...]
    lines: tuple[str, ...]
    account: str
    other: str
    """Another account that a firm may have the habit of, or change to."""
    treatment: str
    rate: Decimal


@dataclass(slots=True)
class Seller:
    """A supplier: the kinds it sells, and from which of its papers on one is posted elsewhere."""

    supplier: Supplier
    kinds: list[Kind]
    weight: float
    franchise: bool
    vague: float
    """Share of its lines that say nothing of what was bought."""
    changes_after: int | None
    papers: int = 0


@dataclass(frozen=True, slots=True)
class Bought:
    description: str
    net: Decimal
    account: str
    treatment: str
    posted: str
    """Where it went: a mistake now and then."""


@dataclass(slots=True)
class Ledger:
    """A company and its purchases to come."""

    buyer: Buyer
    kinds: list[Kind]
    random: Random
    sellers: list[Seller] = field(default_factory=list)

    def documents(self, count: int) -> Iterator[tuple[Seller, list[Bought]]]:
        for _ in range(count):
            new = not self.sellers or self.random.random() < 0.16
            if new:
                self.sellers.append(self._seller())
            seller = (
                self.sellers[-1]
                if new
                else self.random.choices(self.sellers, [s.weight for s in self.sellers])[0]
            )
            seller.papers += 1
            yield seller, [self._line(seller) for _ in range(self.random.choice((1, 1, 1, 2, 3)))]

    def _seller(self) -> Seller:
        random = self.random
        kind = random.choice(self.kinds)
        kinds = [kind]
        if kind.family and random.random() < 0.5:
            related = [k for k in self.kinds if k.family == kind.family and k is not kind]
            kinds += random.sample(related, min(len(related), random.choice((1, 1, 2))))
        if kind.brands and random.random() < 0.4:
            name = random.choice(kind.brands)
        elif random.random() < 0.5:
            name = f"{random.choice(kind.trades)} {random.choice(STEMS)}"
        else:
            name = f"{random.choice(STEMS)} {random.choice(STEMS)}"
        number = len(self.sellers)
        name = (
            name
            if all(s.supplier.identity.name != name for s in self.sellers)
            else f"{name} {number}"
        )
        return Seller(
            Supplier(f"sup_{number:04}", Identity(name), f"F{number}"),
            kinds,
            weight=random.paretovariate(1.1),
            franchise=self.buyer.country.code == "FR" and random.random() < 0.04,
            vague=random.choice((0.0, 0.0, 0.05, 0.15, 0.6)),
            changes_after=random.randint(3, 8) if random.random() < 0.08 else None,
        )

    def _line(self, seller: Seller) -> Bought:
        random = self.random
        kind = random.choices(seller.kinds, [4, 2, 1][: len(seller.kinds)])[0]
        words = random.choice(PLAIN if random.random() < seller.vague else kind.lines)
        if words.count(" ") > 1 and random.random() < 0.3:  # said a little otherwise each time
            said = words.split()
            said.pop(random.randrange(len(said)))
            words = " ".join(said)
        if words and random.random() < 0.4:
            words += random.choice(
                (f" {random.choice(MONTHS)} 2026", f" réf. {random.randint(100, 99999)}")
            )
        changed = seller.changes_after is not None and seller.papers > seller.changes_after
        account = kind.other if changed and kind is seller.kinds[0] else kind.account
        treatment = self.buyer.country.vat_keys.franchise if seller.franchise else kind.treatment
        wrong = random.random() < 0.02
        posted = random.choice(self.kinds).account if wrong else account
        return Bought(words, Decimal(random.randint(800, 45_000)) / 100, account, treatment, posted)


def ledger(number: int, seed: int) -> Ledger:
    """Company `number`: its country, its habits, the kinds of things it buys."""
    random = Random(f"{seed}-{number}")
    where = country(("FR", "CH", "BE")[number % 3])
    accounts = {a.number: a.label_fr for a in where.chart if a.role in ROLES}
    kinds = []
    with (Path(__file__).parent / "purchases.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            usual, _, other = row[where.code].partition("/")
            account, treatment, rate = usual.split(":")
            if other and random.random() < 0.2:
                account, other = other, account
            if treatment == "PART_FUEL80" and random.random() < 0.5:
                treatment = "FUEL100"
            assert {account, other or account} <= accounts.keys(), row["kind"]
            assert treatment in where.treatments, treatment
            kinds.append(
                Kind(
                    row["kind"],
                    row["family"],
                    tuple(row["trade"].split("|")),
                    tuple(filter(None, row["brands"].split("|"))),
                    tuple(row["lines"].split("|")),
                    account,
                    other or account,
                    treatment,
                    Decimal(rate),
                )
            )
    buyer = Buyer(f"cmp_{number}", where, where.currency, accounts=accounts)
    return Ledger(buyer, kinds, random)


def reading_of(seller: Seller, lines: list[Bought], rates: dict[str, Decimal]) -> Reading:
    """The document as it was read, each line with its rate; no VAT from who charges none."""
    shown = [Decimal(0) if seller.franchise else rates[line.treatment] for line in lines]
    bases: dict[Decimal, Decimal] = defaultdict(Decimal)
    for line, rate in zip(lines, shown, strict=True):
        bases[rate] += line.net
    table = {
        rate: (net, (net * rate / 100).quantize(Decimal("0.01"))) for rate, net in bases.items()
    }
    net = sum((n for n, _ in table.values()), Decimal(0))
    vat = sum((v for _, v in table.values()), Decimal(0))
    values = {
        "supplier_name": seller.supplier.identity.name,
        "invoice_number": str(seller.papers),
        "issue_date": "2026-11-02",
        "net_total": str(net),
        "vat_total": str(vat),
        "gross_total": str(net + vat),
    }
    return Reading(
        {name: Finding(value, 0.95) for name, value in values.items()},
        vat_lines=tuple(VatLine(str(r), str(n), str(v)) for r, (n, v) in table.items()),
        line_items=tuple(
            LineItem(line.description, vat_rate=str(rate), net_amount=str(line.net))
            for line, rate in zip(lines, shown, strict=True)
        ),
    )


@dataclass(slots=True)
class Score:
    """How often somebody was right of so many lines, and how often they said nothing."""

    lines: int = 0
    right: int = 0
    silent: int = 0
    treatments: int = 0

    def note(self, said: str | None, account: str, treatment_right: bool) -> None:
        self.lines += 1
        self.right += said == account
        self.silent += said is None
        self.treatments += treatment_right

    def row(self, name: str) -> str:
        said = self.lines - self.silent
        share = [
            f"{100 * n / d:.1f} %" if d else "-"
            for n, d in (
                (self.right, self.lines),
                (self.silent, self.lines),
                (self.right, said),
                (self.treatments, said),
            )
        ]
        return f"| {name} | {self.lines} | {' | '.join(share)} |"


@dataclass(slots=True)
class Walk:
    """A walk over one ledger after another, with what was right of each."""

    scores: dict[tuple[str, str], Score] = field(default_factory=lambda: defaultdict(Score))
    bands: dict[float, Score] = field(default_factory=lambda: defaultdict(Score))
    sources: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))

    def over(self, ledger: Ledger, count: int) -> None:
        past: list[PastPosting] = []
        rates = {kind.treatment: kind.rate for kind in ledger.kinds}
        for number, (seller, lines) in enumerate(ledger.documents(count)):
            known = [p for p in past if p.supplier_id == seller.supplier.id]
            history = History(
                seller.supplier if known else None,
                (*known[:OF_SUPPLIER], *past[:MOST_PAST]),
            )
            text = " ".join(line.description for line in lines) + LETTERHEAD
            if seller.franchise:
                text += " TVA non applicable, art. 293 B du CGI"
            reading = reading_of(seller, lines, rates)
            found = suggest(reading, company=ledger.buyer, history=history, text=text)
            for line, said in zip(lines, found, strict=True):
                self._judge(ledger.buyer.country.code, line, said, known)
            if not known:
                cold = suggest(reading, company=ledger.buyer, history=History(), text=text)
                for line, said in zip(lines, cold, strict=True):
                    self.scores[COLD, "ours"].note(
                        said.account, line.account, said.treatment == line.treatment
                    )
            past = [*_posted(seller, lines, number), *past]

    def _judge(
        self, where: str, line: Bought, said: AccountSuggestion, known: list[PastPosting]
    ) -> None:
        groups = ["all", where, "known supplier" if known else FIRST]
        if len({p.account for p in known[:20]}) > 1:
            groups.append("supplier of several accounts")
        often = Counter(p.account for p in known).most_common(1)
        usual = Counter(p.treatment for p in known).most_common(1)
        answers = {
            "ours": (said.account, said.treatment),
            "last": (known[0].account, known[0].treatment) if known else (None, None),
            "most frequent": (often[0][0], usual[0][0]) if known else (None, None),
        }
        for group in groups:
            for name, (account, treatment) in answers.items():
                if known or name == "ours" or group != FIRST:
                    self.scores[group, name].note(
                        account, line.account, treatment == line.treatment
                    )
        if said.account is not None:
            band = max(b for b in BANDS if said.confidence >= b)
            treated = said.treatment == line.treatment
            self.bands[band].note(said.account, line.account, treated)
            self.sources[said.source].note(said.account, line.account, treated)


def _posted(seller: Seller, lines: list[Bought], number: int) -> list[PastPosting]:
    """The cost lines of the entry: one an account, with the words of its lines."""
    words: dict[str, list[str]] = defaultdict(list)
    treatments: dict[str, str] = {}
    for line in lines:
        words[line.posted].append(line.description)
        treatments.setdefault(line.posted, line.treatment)
    return [
        PastPosting(
            account,
            treatments[account],
            " · ".join(filter(None, dict.fromkeys(said)))[:120],
            seller.supplier.id,
            f"ent_{number}",
            seller.supplier.identity.name,
            f"F-{number}",
        )
        for account, said in words.items()
    ]


def report(walk: Walk) -> str:
    head = "lines | right | says nothing | right when it speaks | VAT right when it speaks |"
    rule = "|---|---:|---:|---:|---:|---:|"
    names = {"ours": "suggestion", "last": "last account", "most frequent": "most frequent account"}
    told = []
    groups = ("all", "known supplier", "supplier of several accounts", FIRST, COLD)
    for group in (*groups, "FR", "CH", "BE"):
        told += [f"\n### {group}\n", f"| | {head}", rule]
        told += [walk.scores[group, n].row(label) for n, label in names.items()
                 if walk.scores[group, n].lines]  # fmt: skip
    told += ["\n### by evidence\n", f"| | {head}", rule]
    told += [score.row(name) for name, score in sorted(walk.sources.items())]
    told += ["\n### by confidence, from\n", f"| | {head}", rule]
    told += [walk.bands[band].row(f"{100 * band:.0f} %") for band in sorted(walk.bands)]
    return "\n".join(told)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=500, help="of each company")
    parser.add_argument("--companies", type=int, default=6)
    parser.add_argument("--seed", type=int, default=40)
    options = parser.parse_args()
    walk, began = Walk(), time.process_time()
    for number in range(options.companies):
        walk.over(ledger(number, options.seed), options.documents)
    print(report(walk))
    print(f"\n{time.process_time() - began:.0f} s of processor time")


if __name__ == "__main__":
    main()
