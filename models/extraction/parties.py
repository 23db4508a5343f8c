"""Who sent the document: the supplier's name, never the customer's.

Every cell that may be a name is described by a few named features: a label that says seller, a legal
form, the domain of a mail address, the letterhead's place and size, the address under it, a
repetition elsewhere. `ranking` chooses. What stands under `Facturé à` or is our
own company is not the supplier.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from models.extraction.blocks import Cell, cells_of
from models.extraction.customers import FOOTER, Customer
from models.extraction.labels import Label, Labelled, begins_cell
from models.extraction.names import (
    domains,
    is_address,
    is_contact,
    is_person,
    is_street,
    legal_form,
    matches_domain,
    may_be_name,
    names_capital,
    sender_line,
    titles,
    trimmed,
)
from models.extraction.ranking import Candidate
from models.extraction.rows import Sheet
from models.extraction.texts import as_words, words

NAME_WEIGHTS = {
    "absent": 2.0,
    "labelled": 10.0,
    "early": 3.5,
    "receipt_top": 2.5,
    "legal_on_top": 3.2,
    "legal": 2.0,
    "legal_on_receipt": 1.5,
    "capital": 3.5,
    "domain": 3.0,
    "larger": 1.2,
    "upper": 0.4,
    "sender_line": 3.5,
    "heads_address": 1.4,
    "beside_address": 0.6,
    "reachable": 1.0,
    "repeated": 1.2,
    "echoed": 1.0,
    "footer": 0.2,
    "title_words": -3.0,
    "only_title": -2.5,
    "label_of_value": -4.0,
    "made_of_labels": -3.5,
    "doubtful": -5.0,
    "doubtful_word": -1.0,
    "street": -3.0,
    "contact": -4.0,
    "person": -3.0,
    "colon": -1.5,
    "digits": -0.8,
    "long": -2.0,
    "short": -1.2,
    "inside_block": -0.6,
    "buyer": -6.0,
    "addressee": -3.0,
    "below_table": -1.2,
}
"""What each feature is believed to be worth, in log-odds of naming the supplier."""
_LONGEST_SCRAP = 3
_DOUBTFUL = 0.75
_LEAST_REPEATED = 4
"""Letters a name needs for its repetition to mean something."""
_PAYEES = as_words(
    "account holder name kontoinhaber titulaire inhaber beneficiary beneficiaire begunstigter "
    "remit pay payable make zahlungsempfanger empfanger"
)
"""Words of labels that name who is paid: often a person or a bank service of the supplier."""


@dataclass(frozen=True, slots=True)
class Own:
    """Names and identifiers of our own company: never the supplier's."""

    names: tuple[str, ...] = ()
    identifiers: frozenset[str] = field(default_factory=frozenset)

    def is_me(self, name: str) -> bool:
        mine = [set(words(n)) for n in self.names]
        theirs = set(words(name))
        return any(own and own <= theirs for own in mine)

    def has(self, identifier: str) -> bool:
        return any(identifier in mine or mine in identifier for mine in self.identifiers if mine)


@dataclass(frozen=True)
class Parties:
    """The two parties of a document as its words show them."""

    sheet: Sheet
    labelled: Labelled
    own: Own
    receipt: bool = False

    @cached_property
    def cells(self) -> dict[int, list[Cell]]:
        """The cells of the first and the last page: letterheads and footers stand there."""
        pages = {0, len(self.sheet.by_page) - 1} & self.sheet.by_page.keys()
        return {
            page: cells_of(self.sheet.by_page[page], whole_rows=self.receipt)
            for page in sorted(pages)
        }

    @cached_property
    def _domains(self) -> set[str]:
        return domains(row.text for row in self.sheet.rows)

    @cached_property
    def customer(self) -> Customer:
        """Whom the document is for. Till receipts are addressed to nobody."""
        return Customer(self.sheet, self.labelled, [] if self.receipt else self.cells.get(0, []))

    def names(self) -> list[Candidate]:
        """Candidates for the supplier's name, top down."""
        found: list[Candidate] = []
        sellers = {
            index
            for index, labels in self.labelled.by_row.items()
            if any("seller_name" in label.fields for label in labels)
        }
        scanned_pages = [page.source == "ocr" for page in self.sheet.pages]
        for page, cells in self.cells.items():
            order = 0
            for cell in cells:
                candidate = None
                if not sellers.isdisjoint(range(cell.row.index - 4, cell.row.index + 1)):
                    candidate = self._labelled_name(cell)
                if candidate is not None:
                    found.append(candidate)
                    continue
                if (0.5 < cell.row.box.y0 < 0.78 and not self.receipt) or not may_be_name(
                    cell.text
                ):
                    continue  # suppliers stand in the letterhead or the footer
                features = self._features(cell, order if page == 0 else None)
                order += 1
                name = trimmed(" ".join(cell.text.split()) if self.receipt else cell.text)
                if not may_be_name(name) or self.own.is_me(name):
                    continue
                name = _without_noise(name, cell) if scanned_pages[page] else name
                found.append(Candidate(name, cell.row, cell.start, cell.end, features))
        return self._with_repetition(found)

    def _with_repetition(self, found: Sequence[Candidate]) -> list[Candidate]:
        """The same, with what it adds that a name stands elsewhere again, alone or inside other
        words.
        """
        alone = Counter(candidate.key for candidate in found)
        texts = "|".join(f" {' '.join(words(row.text))} " for row in self.sheet.rows if row.wordy)
        again = {
            key: {"repeated": float(times > 1), "echoed": float(texts.count(f" {key} ") > 1)}
            for key, times in alone.items()
            if len(key) >= _LEAST_REPEATED
        }
        return [replace(c, features={**c.features, **again.get(c.key, {})}) for c in found]

    def _features(self, cell: Cell, order: int | None) -> dict[str, float]:
        sheet, row, text = self.sheet, cell.row, cell.text
        sender = sender_line(text)
        if sender:
            text = sender
        plain = words(text)
        legal = legal_form(text)
        receipt = self.receipt
        titled = titles(text)
        box = cell.box
        labels = [
            v
            for v in self.labelled.on(row)
            if cell.start <= v.start < cell.end and len("".join(v.tokens)) > 2
        ]
        scanned = sheet.pages[row.page].source == "ocr"
        mean = sum(w.confidence for w in row.words) / len(row.words) if scanned else 1.0
        below = cell.following(4)
        heads = any(is_address(c.text) for c in below[:3]) and not is_address(text)
        inside = cell.above is not None and may_be_name(cell.above.text)
        inside = inside and not titles(cell.above.text) if cell.above else False
        return {
            "early": 1 - 0.1 * min(order, 8) if order is not None else 0.0,
            "receipt_top": 1 - 0.2 * min(order or 0, 6) if receipt else 0.0,
            "legal_on_top": legal and (row.box.y0 < 0.35 or receipt),
            "legal": legal and not (row.box.y0 < 0.35 or receipt),
            "legal_on_receipt": legal and receipt,
            "capital": names_capital(text),
            "domain": self._domain_of(plain),
            "larger": min(max((row.height / sheet.height if sheet.height else 1) - 1.1, 0.0), 1.5),
            "upper": text.isupper(),
            "sender_line": bool(sender),
            "heads_address": heads and not receipt,
            "beside_address": heads and not receipt and is_address(below[0].text),
            "reachable": heads and not receipt and any(is_contact(c.text) for c in below),
            "footer": row.box.y0 > FOOTER,
            "title_words": titled / max(1, len(plain)),
            "only_title": titled > 0 and titled == len(plain),
            "label_of_value": row.text[cell.end : cell.end + 4].strip().startswith(":"),
            "made_of_labels": sum(len(v.tokens) for v in labels) >= 0.7 * max(1, len(plain))
            and not {name for v in labels for name in v.fields} <= {"seller_name"},
            "doubtful": max(0.0, 0.85 - mean),
            "doubtful_word": scanned
            and len(plain) == 1
            and row.confidence(cell.start, cell.end) < 0.8,
            "street": is_street(text) or (is_address(text) and not legal),
            "contact": is_contact(text),
            "person": is_person(text),
            "colon": ":" in text,
            "digits": any(map(str.isdigit, re.sub(r"\([^)]*\)", "", text))),
            "long": len(plain) > 7,
            "short": len(plain) == 1 and len(plain[0]) < 4,
            "inside_block": inside and not receipt,
            "buyer": self.customer.in_block(row, box),
            "addressee": id(cell) in self.customer.addressees,
            "below_table": row.box.y0 <= FOOTER
            and any(h <= row.index for h in self.labelled.headers),
        }

    def _labelled_name(self, cell: Cell) -> Candidate | None:
        """`Fournisseur : ACME SAS`, or the line under a heading that says seller."""
        row, start, end = cell.row, cell.start, cell.end
        for label in self.labelled.on(row):
            if "seller_name" not in label.fields or not start <= label.start < end:
                continue
            before = row.text[start : label.start].strip()
            if before and before[-1] not in "-–|·;.":
                continue  # `la somme de :` is no heading
            text = row.text[label.end : end]
            if row.text[label.end - 1] == ":":
                text = ":" + text
            if not any(map(str.isalnum, text)):
                # `Fournisseur :` in one cell, the name in the next.
                following = next((c for c in row.cells() if c[0] > end), None)
                if following is not None and row.text[:end].rstrip().endswith(":"):
                    text = ":" + row.text[following[0] : following[1]]
                    start, end = following
            strong = len(label.tokens[0]) > 3 or len(label.tokens) > 1
            if not re.match(r"\s*[:\-]", text) or (not strong and not text.strip().startswith(":")):
                continue
            name = trimmed(text)
            if may_be_name(name) and not self.own.is_me(name):
                begin = max(start, label.end) if label.end < end else start
                return Candidate(name, row, begin, end, self._strength(label, name))
        return self._under_heading(cell)

    def _under_heading(self, cell: Cell) -> Candidate | None:
        row, box = cell.row, cell.box
        name = trimmed(cell.text)
        after = row.text[cell.end : cell.end + 4].strip()
        if not may_be_name(cell.text) or ":" in cell.text or after.startswith(":"):
            return None
        if self.own.is_me(name) or (is_address(cell.text) and not legal_form(name)):
            return None
        rows = self.sheet.by_page[row.page]
        for upper in reversed(rows[max(0, row.place - 4) : row.place]):
            for label in self.labelled.on(upper):
                if (
                    "seller_name" in label.fields
                    and "buyer_name" not in label.fields
                    and not label.fuzzy
                    and len(" ".join(label.tokens)) > 3
                    and begins_cell(label)
                    and abs(label.box.x0 - box.x0) < 0.03
                    and not any(map(str.isalnum, upper.text[label.end : label.end + 2]))
                ):
                    return Candidate(name, row, cell.start, cell.end, self._strength(label, name))
            between = [c for c in upper.cells() if abs(upper.box_of(*c).x0 - box.x0) < 0.03]
            if any(
                ":" not in upper.text[slice(*c)] and upper.text[c[1] : c[1] + 4].strip()[:1] != ":"
                for c in between
            ):
                return None
        return None

    def _strength(self, label: Label, name: str) -> dict[str, float]:
        """How sure a label names the supplier: who is paid may be its bank or its owner, and the
        seller of a till receipt is a person.
        """
        if self.receipt or set(label.tokens) & _PAYEES:
            return {
                "labelled": 0.4,
                "legal": float(legal_form(name)),
                "domain": self._domain_of(words(name)),
            }
        return {"labelled": 0.95 if len(label.tokens[0]) > 3 or len(label.tokens) > 1 else 0.7}

    def _domain_of(self, plain: Sequence[str]) -> float:
        """How much of a mail or web address of the paper a name is, from 0 to 1."""
        return max((matches_domain(plain, domain) for domain in self._domains), default=0.0)


def _without_noise(name: str, cell: Cell) -> str:
    """A name on a scan without the scrap before it that OCR made of a logo: `ai Turnpike`."""
    first, last = cell.row.span(cell.start, cell.end)
    spots = cell.row.words[first:last]
    scrap, _, rest = name.partition(" ")
    noisy = (
        len(spots) > 1
        and spots[0].text == scrap
        and len(scrap) <= _LONGEST_SCRAP
        and spots[0].confidence < _DOUBTFUL < spots[1].confidence
    )
    return rest.strip() if noisy and may_be_name(rest) else name
