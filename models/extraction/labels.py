"""The words that stand before values: `N° de facture`, `Total TTC`, `Zahlbar bis`.

The table `labels.csv` is data; here it becomes a trie over tokens, and the longest label wins, so
that `Total HT` is never read as `Total`. A label may belong to several fields (`Total` heads a
column, closes an invoice, ends a receipt); place and arithmetic decide later.
"""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import resources

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from domain.text import Box
from models.extraction.rows import Row, Sheet
from models.extraction.texts import fold

_TOKEN = re.compile(r"[a-z0-9]+|[%#]")
_DOTTED = re.compile(r"\b(?:[a-z]\.){1,4}[a-z]\b\.?|\b[a-z]/[a-z]\b")
_NUMBER_WORDS = {"no", "nr", "num", "numero", "nummer", "number", "n", "#", "nos"}
TABLE_FIELDS = frozenset(
    {
        "line_description", "quantity", "unit", "unit_price", "line_total", "line_item_code",
        "vat_rate", "vat_base", "debit", "credit", "balance", "operation_date",
        "operation_label", "value_date", "movement_amount",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Label:
    """A label found on a row, at words `first:last`."""

    row: Row
    first: int
    last: int
    fields: frozenset[str]
    tokens: tuple[str, ...]
    box: Box
    fuzzy: bool = False
    glued: int = 0
    """Signs at the end of its last word that are its value: 5 of `number:12345`."""

    @property
    def start(self) -> int:
        return self.row.starts[self.first]

    @property
    def end(self) -> int:
        last = self.row.words[self.last - 1].text
        return self.row.starts[self.last - 1] + len(last) - self.glued


def begins_cell(label: Label) -> bool:
    """Whether a label begins its cell: `Client :`, not `pour le client` in a sentence.

    Short words, such as `An` and `To`, must also be all of it or be followed by a colon.
    """
    text = label.row.text
    before = text[: label.start]
    if before.strip() and not before.endswith("  "):
        return False
    short = len(label.tokens) == 1 and len(label.tokens[0]) <= 4
    after = text[label.end : label.end + 3]
    return not short or after.strip().startswith(":") or not after.strip() or after.startswith("  ")


_OTHER = frozenset({"other_date", "other_number"})


def _bare(row: Row, order: int, before: list[Label]) -> frozenset[str]:
    """What a lone `Nr.` counts: the document after its title or alone, else something else."""
    if before and before[-1].last == order and any("title" in f for f in before[-1].fields):
        return frozenset({"invoice_number"})
    alone = order == 0 or row.text[: row.starts[order]].endswith("  ")
    return frozenset({"bare_number"}) if alone else frozenset({"other_number"})


def _is_bare_sign(tokens: list[tuple[str, int]], at: int) -> bool:
    """Whether the token `at` is a sign of a number that stands alone: not `#` before `INV-3`."""
    if at >= len(tokens) or tokens[at][0] != "n":
        return False
    return at + 1 == len(tokens) or tokens[at + 1][1] != tokens[at][1]


def _glued(word: str) -> int:
    """How many signs at the end of a word with a label in it are the value that was set behind."""
    sign = re.search(r"[:#°º=](?=[^:#°º=]*\d)", word)
    return len(word) - sign.end() if sign else 0


def _is_number_sign(text: str) -> bool:
    return bool(re.match(r"(?i:n[°ºo.]|num[eé]ro|number|nummer|no\.|nr\.)", text))


@dataclass(slots=True)
class _Node:
    next: dict[str, _Node] = field(default_factory=dict)
    fields: set[str] = field(default_factory=set)


@functools.lru_cache(maxsize=20_000)
def tokens_of(text: str) -> tuple[str, ...]:
    """The tokens of a text, with dotted abbreviations closed up and one sign for `number`."""
    plain = _DOTTED.sub(lambda m: re.sub(r"[./]", "", m[0]) + " ", fold(text))
    return tuple("n" if t in _NUMBER_WORDS else t for t in _TOKEN.findall(plain))


@functools.cache
def _table() -> tuple[_Node, dict[tuple[str, int], list[str]]]:
    root = _Node()
    vocabulary: set[str] = set()
    file = resources.files("models.extraction").joinpath("labels.csv")
    for entry in csv.DictReader(file.read_text(encoding="utf-8").splitlines()):
        tokens = tokens_of(entry["label"])
        if not tokens or tokens == ("n",):
            continue
        node = root
        for token in tokens:
            node = node.next.setdefault(token, _Node())
        node.fields.add(entry["field"])
        vocabulary.update(token for token in tokens if len(token) >= 5)
    near: dict[tuple[str, int], list[str]] = {}
    for word in sorted(vocabulary):
        for length in (len(word) - 1, len(word), len(word) + 1):
            near.setdefault((word[0], length), []).append(word)
            near.setdefault((word[-1], -length), []).append(word)
    return root, near


@functools.lru_cache(maxsize=50_000)
def mended_token(token: str) -> str:
    """The label word one reading error away from `token`, or `token` itself."""
    _, near = _table()
    if len(token) < 5 or token.isdigit():
        return token
    known = near.get((token[0], len(token)), []) + near.get((token[-1], -len(token)), [])
    if token in known:
        return token
    best = process.extractOne(token, known, scorer=Levenshtein.distance, score_cutoff=1)
    return best[0] if best else token


def labels_in(row: Row, *, mend: bool = False) -> list[Label]:
    """The labels on a row, left to right, longest first; `mend` forgives one wrong letter."""
    root, _ = _table()
    tokens: list[tuple[str, int]] = []
    compound: set[int] = set()
    """Tokens that end a hyphenated word: `Bestell-Datum` is no `Datum`."""
    for order, word in enumerate(row.words):
        parts = tokens_of(word.text)
        if len(parts) > 1 and re.match(r"[A-Za-zÀ-ÿ]{3,}-[A-Za-z]", word.text):
            compound.update(range(len(tokens) + 1, len(tokens) + len(parts)))
        tokens.extend((token, order) for token in parts)
    found: list[Label] = []
    at = 0
    while at < len(tokens):
        if not mend and tokens[at][0] not in root.next and tokens[at][0] != "n":
            at += 1  # begins no label: most words
            continue
        node: _Node | None = root
        best: tuple[int, _Node] | None = None
        position, fuzzy = at, False
        while node is not None and position < len(tokens):
            token, order = tokens[position]
            if position > at:
                before = tokens[position - 1][1]
                gap = row.words[order].box.x0 - row.words[before].box.x1
                if order > before and gap > 1.6 * row.em:
                    break
            following = node.next.get(token)
            if following is None and mend:
                mended = mended_token(token)
                if mended != token:
                    following = node.next.get(mended)
                    fuzzy = fuzzy or following is not None
            node = following
            position += 1
            if node is not None and node.fields:
                best = (position, node)
        if best is None:
            if tokens[at][0] == "n" and _is_number_sign(row.words[tokens[at][1]].text):
                order = tokens[at][1]
                found.append(
                    Label(
                        row,
                        order,
                        order + 1,
                        _bare(row, order, found),
                        ("n",),
                        row.words[order].box,
                        glued=_glued(row.words[order].text),
                    )
                )
            at += 1
            continue
        end, final = best
        if tokens[end - 1][0] == "n" and _is_bare_sign(tokens, end):
            end += 1  # `Receipt # No.`
        first, last = tokens[at][1], tokens[end - 1][1] + 1
        goes_on = end < len(tokens) and tokens[end][1] == last - 1
        found.append(
            Label(
                row,
                first,
                last,
                _OTHER if at in compound else frozenset(final.fields),
                tuple(token for token, _ in tokens[at:end]),
                Box.around(word.box for word in row.words[first:last]),
                fuzzy,
                _glued(row.words[last - 1].text) if goes_on else 0,
            )
        )
        at = end
    return found


@dataclass(frozen=True, slots=True)
class Labelled:
    """All labels of a document by row, and the rows that head a table of lines."""

    by_row: dict[int, list[Label]]
    headers: frozenset[int]
    region_end: dict[int, int]
    """Header row → the last row its table of lines may reach: the one before the totals."""

    def on(self, row: Row) -> list[Label]:
        return self.by_row.get(row.index, [])


def find_labels(sheet: Sheet) -> Labelled:
    by_row: dict[int, list[Label]] = {}
    headers: set[int] = set()
    for row in sheet.rows:
        mend = sheet.pages[row.page].source == "ocr"
        labels = labels_in(row, mend=mend)
        if labels:
            by_row[row.index] = labels
            if is_table_header(row, labels):
                headers.add(row.index)
    ends = {header: _region_end(sheet, by_row, header) for header in headers}
    return Labelled(by_row, frozenset(headers), ends)


_TOTALS = {"total_excl_vat", "total_incl_vat", "total_vat", "amount_due"}


def _region_end(sheet: Sheet, by_row: dict[int, list[Label]], header: int) -> int:
    head = sheet.rows[header]
    for row in sheet.rows[header + 1 :]:
        if row.page != head.page:
            return row.index - 1
        labels = by_row.get(row.index, ())
        for label in labels:
            ends = label.fields & _TOTALS and any(map(str.isdigit, row.text[label.end :]))
            if ends and (label.first == 0 or row.text[: label.start].endswith("  ")):
                return row.index - 1
        if row.box.y0 - head.box.y0 > 3.5 * head.height and heads_totals(row, labels):
            return row.index - 1
    return len(sheet.rows)


def heads_totals(row: Row, labels: Sequence[Label]) -> bool:
    """Whether a row is the heading of totals or of a VAT table that stand below it."""
    named = sum(bool(label.fields & (_TOTALS | {"vat_rate", "vat_base"})) for label in labels)
    return named >= 2 and not any(map(str.isdigit, row.text))


def is_table_header(row: Row, labels: list[Label]) -> bool:
    """Whether a row names the columns of a table of lines: three column words and hardly a number."""
    columns = [label for label in labels if label.fields & TABLE_FIELDS]
    if len(columns) < 2 or sum(any(map(str.isdigit, w.text)) for w in row.words) > 1:
        return False
    names = set().union(*(label.fields for label in columns))
    if not names & {"line_description", "quantity", "line_item_code", "unit_price"}:
        return False  # the heading of the VAT table or of the totals
    covered = sum(label.last - label.first for label in columns)
    if len(columns) == 2:
        return bool(names & {"line_total", "unit_price"}) and covered >= 0.6 * len(row.words)
    return covered >= 0.4 * len(row.words)
