"""Whose paper this is: senders known again by their identifiers, else by their letterhead.

An identifier alone is not believed: the customer's own number, or that of a bank or a factor that
several senders name, would give one sender's rules to another. It takes some of the letterhead as
well; or the sender's name as one of the first lines; or most of the letterhead.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from domain.rules import Memory, Sender
from domain.suppliers import Identity, Supplier, matching, plain_name
from domain.text import PageText
from domain.words import folded
from models.extraction.identifiers import find_identifiers
from models.extraction.parties import Own
from models.extraction.rows import Sheet, sheet_of

HEAD, FOOT = 0.28, 0.88
"""Letterheads stand above the first, small print below the second, as shares of the height."""
FIRST_LINES = 10
MOST_WORDS = 60
FEWEST_WORDS = 6
SHORTEST, LONG = 3, 6
WITH_IDENTIFIER = 0.25
WITHOUT_IDENTIFIER = 0.6
MOST_OF_NAME = 0.6
KEYS = ("siren", "vat_id", "uid", "iban")


def letterhead_of(page: PageText, own: Own) -> tuple[str, ...]:
    """The words at the head and the foot of a first page that are not our own name, sorted."""
    mine = {word for name in own.names for word in folded(name).split()}
    found: dict[str, None] = {}
    first = {line[0].line for line in page.lines()[:FIRST_LINES] if line}
    for word in page.words:
        # A slip laid on a sheet begins anywhere.
        if not (word.box.y1 <= HEAD or word.box.y0 >= FOOT or word.line in first):
            continue
        for token in folded(word.text).split():
            if len(token) >= SHORTEST and token.isalpha() and token not in mine:
                found[token[:30]] = None
    return tuple(sorted(list(found)[:MOST_WORDS]))


def identifiers_of(sheet: Sheet, own: Own) -> dict[str, str]:
    """The identifiers printed on a document that are not our own, each with its kind."""
    found: dict[str, str] = {}
    for identifier in find_identifiers(sheet):
        if identifier.valid is False or own.has(identifier.value):
            continue
        kind, value = identifier.kind, identifier.value
        if kind == "siret":
            kind, value = "siren", value[:9]
        found[value] = kind
        if kind == "vat_id" and value.startswith("FR"):
            found[value[4:]] = "siren"
    return found


@dataclass(frozen=True, slots=True)
class _Index:
    by_identifier: dict[str, list[int]]
    by_key: dict[str, set[tuple[int, str]]]
    """Senders with their words, by every key that such a word may be misread as."""
    weights: dict[str, float]
    """Words that many letterheads share say little."""
    totals: list[float]


@lru_cache(maxsize=16)
def _index(memory: Memory) -> _Index:
    by_identifier: dict[str, list[int]] = defaultdict(list)
    by_key: dict[str, set[tuple[int, str]]] = defaultdict(set)
    shared: Counter[str] = Counter()
    for number, sender in enumerate(memory.senders):
        for key in KEYS:
            value = getattr(sender.identity, key)
            if value:
                by_identifier[value].append(number)
        shared.update(sender.letterhead)
        for word in sender.letterhead:
            for key in _keys(word):
                by_key[key].add((number, word))
    weights = {word: 1.0 / count for word, count in shared.items()}
    totals = [sum(weights[word] for word in s.letterhead) or 1.0 for s in memory.senders]
    return _Index(dict(by_identifier), dict(by_key), weights, totals)


def _keys(word: str) -> set[str]:
    """The word, and a long one without any one of its letters: two words share a key when they are
    a misread letter apart.
    """
    if len(word) < LONG:
        return {word}
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


def recognise(pages: Sequence[PageText], memory: Memory, own: Own) -> Sender | None:
    """The sender of a document, or None when it is unknown or could be several."""
    if not memory.senders or not pages:
        return None
    return recognise_by(identifiers_of(sheet_of(list(pages)), own), pages[0], memory, own)


def recognise_by(
    identifiers: dict[str, str], first: PageText, memory: Memory, own: Own
) -> Sender | None:
    """As `recognise`, from identifiers that were found already."""
    index = _index(memory)
    alike: dict[int, float] = defaultdict(float)
    seen = {
        known
        for word in letterhead_of(first, own)
        for key in _keys(word)
        for known in index.by_key.get(key, ())
    }
    for number, word in seen:
        alike[number] += index.weights[word]
    shares = {number: weight / index.totals[number] for number, weight in alike.items()}
    named = {n for value in identifiers for n in index.by_identifier.get(value, ())}
    able: list[tuple[float, int]] = []
    for number in named | set(shares):
        sender, share = memory.senders[number], shares.get(number, 0.0)
        if number in named and (share >= WITH_IDENTIFIER or not sender.letterhead):
            able.append((1.0 + share, number))
        elif (
            share >= WITH_IDENTIFIER
            and _heads(sender, first)
            and not _contradicts(sender.identity, identifiers)
        ):
            able.append((0.5 + share / 2, number))
        elif (
            share >= WITHOUT_IDENTIFIER
            and _is_named(sender, first)
            and not _contradicts(sender.identity, identifiers)
        ):
            able.append((share, number))
    able.sort(reverse=True)
    if not able or (len(able) > 1 and able[0][0] - able[1][0] < 0.1):
        return None
    return memory.senders[able[0][1]]


def sender_of(
    pages: Sequence[PageText], identity: Identity, memory: Memory, own: Own
) -> Sender | None:
    """The sender of a document that a person has put right: their word before the letterhead."""
    known = [Supplier(s.id, s.identity, "") for s in memory.senders]
    found = matching(identity, known)
    if found is not None:
        return next(s for s in memory.senders if s.id == found.id)
    sender = recognise(pages, memory, own)
    if sender is not None and identity.name and sender.identity.name:
        said, known_as = (
            plain_name(name).split() for name in (identity.name, sender.identity.name)
        )
        return sender if set(said) & set(known_as) else None
    return sender


def _contradicts(identity: Identity, printed: dict[str, str]) -> bool:
    """Whether the paper shows companies of the same country, and this one is not among them."""
    for key in ("siren", "vat_id", "uid"):
        known = getattr(identity, key)
        if not known:
            continue
        alike = [
            v
            for v, kind in printed.items()
            if kind == key and (v[:2] == known[:2] or key == "siren")
        ]
        if alike and known not in alike:
            return True
    return False


def _heads(sender: Sender, first: PageText) -> bool:
    """Whether one of the first lines of a page is the sender's name and little more: as good as an
    identifier, for names are large and well read where small print is not.
    """
    name = plain_name(sender.identity.name).split()
    if len(name) < 2:
        return False
    for line in first.lines()[:FIRST_LINES]:
        printed = plain_name(" ".join(word.text for word in line)).split()
        if len(printed) <= len(name) + 1 and all(
            any(_keys(word) & _keys(other) for other in printed) for word in name
        ):
            return True
    return False


def _is_named(sender: Sender, first: PageText) -> bool:
    """Whether the page shows the sender's name, where its letterhead had shown it."""
    name = plain_name(sender.identity.name).split()
    if not name or not set(name) <= set(sender.letterhead):
        return True  # a logo: nothing to look for
    printed = {key for text in first.words for t in folded(text.text).split() for key in _keys(t)}
    return sum(bool(_keys(word) & printed) for word in name) >= MOST_OF_NAME * len(name)


def refined(known: Sequence[str], seen: Sequence[str]) -> tuple[str, ...]:
    """A letterhead after one more paper: what both papers show, while that is enough to go by."""
    there = {key for word in seen for key in _keys(word)}
    both = tuple(word for word in known if _keys(word) & there)
    return both if len(both) >= FEWEST_WORDS else tuple(known)
