"""MT940 (SWIFT customer statement): tags of a line or more, as banks really send them.

The narrative of a movement (:86:) is free text, German ``?20`` fields or ``/NAME/`` words; each is
understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from domain.bank_files import reading
from domain.statements import Movement, Statement

NAME = "MT940"
_TAG = re.compile(r":([0-9]{2}[A-Z]?):(.*)", re.ASCII)
_MOVEMENT = re.compile(
    r"([0-9]{6})([0-9]{4})?(RC|RD|EC|ED|C|D)([A-Z])?([0-9]{1,15}(?:[,.][0-9]{0,6})?)"
    r"(?:([A-Z][A-Z0-9]{3})?(.*))",
    re.ASCII | re.DOTALL,
)
_BALANCE = re.compile(r"([CD])([0-9]{6})([A-Z]{3})([0-9]{1,15}(?:[,.][0-9]{0,6})?)", re.ASCII)
_WORDS = re.compile(r"/([A-Z]{2,8})/")
_NAMES, _IBANS = ("NAME", "ORDP", "BENM", "CNTP"), ("IBAN", "CDAC", "CNTP")
_REFERENCES, _TEXTS = ("CREF", "EREF"), ("REMI", "TRCD", "PREF", "MARF", "CSID", "ISDT", "SVCL")


@dataclass(slots=True)
class _Page:
    """A message: a statement, or a page of one when it does not close."""

    account: str = ""
    opening: Decimal | None = None
    closing: Decimal | None = None
    start: date | None = None
    end: date | None = None
    currency: str = ""
    goes_on: bool = False
    is_continued: bool = False
    movements: list[Movement] = field(default_factory=list)


def looks_like(text: str) -> bool:
    return bool(re.search(r"^(?:\{.{0,300})?:20:", text[:4096], re.MULTILINE)) and (
        ":60F:" in text or ":60M:" in text or ":61:" in text
    )


def read(text: str) -> tuple[Statement, ...]:
    pages: list[_Page] = []
    for line, tag, value in _tags(text):
        if tag == "20":
            pages.append(_Page())
        elif not pages:
            raise reading.broken(NAME, line, "structure")
        else:
            _take(pages[-1], line, tag, value)
    return tuple(
        Statement(
            "mt940",
            reading.oldest_first(page.movements),
            iban=_account(page.account),
            currency=page.currency,
            start=page.start,
            end=page.end,
            opening=page.opening,
            closing=page.closing,
        )
        for page in _joined(pages)
    )


def _tags(text: str) -> Iterator[tuple[int, str, str]]:
    """Line number, tag and value; lines without a tag go on with the value before them."""
    tag, value, at = "", "", 0
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.rstrip()
        # The envelope of the network around a message, on a line of its own or before the tag.
        bare = re.sub(r"^\{1:.{0,400}?\{4:", "", line)
        if bare in ("-}", "-", "") or bare.startswith("{5:") or line.startswith("-}"):
            continue
        match = _TAG.match(bare)
        if match:
            if tag:
                yield at, tag, value
            tag, value, at = match[1], match[2], number
        elif tag:
            if len(value) < 4000:
                value += "\n" + bare
        elif not bare.startswith("{"):
            raise reading.broken(NAME, number, "structure")
    if tag:
        yield at, tag, value


def _take(page: _Page, line: int, tag: str, value: str) -> None:
    if tag == "25":
        page.account = value
    elif tag in ("60F", "60M"):
        page.start, page.currency, page.opening = _balance(line, value)
        page.is_continued = tag == "60M"
    elif tag in ("62F", "62M"):
        page.end, page.currency, page.closing = _balance(line, value)
        page.goes_on = tag == "62M"
    elif tag == "61":
        page.movements.append(_movement(line, value))
    elif tag == "86" and page.movements and page.closing is None:
        page.movements[-1] = _told(page.movements[-1], value)


def _joined(pages: list[_Page]) -> Iterator[_Page]:
    """Statements whole again: a page that does not close goes on with the next of its account."""
    whole: _Page | None = None
    for page in pages:
        if whole and whole.goes_on and page.is_continued and page.account == whole.account:
            whole.movements += page.movements
            whole.closing, whole.end, whole.goes_on = page.closing, page.end, page.goes_on
            continue
        if whole:
            yield whole
        whole = page
    if whole:
        yield whole


def _balance(line: int, value: str) -> tuple[date, str, Decimal]:
    match = _BALANCE.fullmatch(value.strip())
    if not match:
        raise reading.broken(NAME, line, "balance")
    amount = reading.amount(NAME, line, match[4])
    return reading.day(NAME, line, match[2]), match[3], amount if match[1] == "C" else -amount


def _movement(line: int, value: str) -> Movement:
    match = _MOVEMENT.fullmatch(value)
    if not match:
        raise reading.broken(NAME, line, "movement")
    value_day = reading.day(NAME, line, match[1])
    day = value_day
    if match[2]:
        try:
            day = reading.near(value_day, int(match[2][:2]), int(match[2][2:]))
        except ValueError:
            raise reading.broken(NAME, line, "day") from None
    amount = reading.amount(NAME, line, match[5])
    # A reversed credit takes money away, a reversed debit brings it back.
    incoming = match[3] in ("C", "EC", "RD")
    told, _, supplement = (match[7] or "").partition("\n")
    reference = told.partition("//")[0]
    return Movement(
        day,
        reading.label(supplement or reference),
        amount if incoming else -amount,
        value_day,
        reference=reading.reference(reference),
    )


def _told(movement: Movement, narrative: str) -> Movement:
    """A movement with what its narrative tells: text, name, account and reference."""
    if re.match(r"[0-9]{3}\?[0-9]{2}", narrative):
        return _german(movement, narrative.replace("\n", ""))
    flat = narrative.replace("\n", " ") if "/" not in narrative[:1] else narrative.replace("\n", "")
    words = _WORDS.split(flat)
    said = dict(zip(words[1::2], words[2::2], strict=False))
    if not (set(said) & {*_NAMES, *_REFERENCES, "REMI"}):
        return _with(movement, flat, "", _find_iban(flat), "")
    texts = [said[key] for key in _TEXTS if key == "REMI" and key in said]
    return _with(
        movement,
        " ".join([words[0], *texts]),
        next((said[key] for key in _NAMES if said.get(key)), ""),
        next((found for key in _IBANS if (found := _find_iban(said.get(key, "")))), ""),
        next((found for key in _REFERENCES if (found := reading.reference(said.get(key, "")))), ""),
    )


def _german(movement: Movement, narrative: str) -> Movement:
    fields = dict(re.findall(r"\?([0-9]{2})([^?]*)", narrative, re.ASCII))
    purpose = "".join(v for k, v in fields.items() if "20" <= k <= "29" or "60" <= k <= "63")
    reference = re.search(r"(?:EREF|KREF)\+(.{1,35}?)(?=[A-Z]{4}\+|$)", purpose)
    text = re.search(r"SVWZ\+(.*?)(?=[A-Z]{4}\+|$)", purpose)
    return _with(
        movement,
        f"{fields.get('00', '')} {text[1] if text else purpose}",
        fields.get("32", "") + fields.get("33", ""),
        reading.iban(fields.get("31", "")),
        reference[1] if reference else "",
    )


def _with(movement: Movement, text: str, name: str, iban: str, reference: str) -> Movement:
    return replace(
        movement,
        label=reading.label(text, name) or movement.label,
        counterparty=reading.name(name),
        counterparty_iban=iban,
        reference=reading.reference(reference) or movement.reference,
    )


def _find_iban(text: str) -> str:
    found = re.findall(r"\b[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}\b", text[:500], re.ASCII)
    return next((iban for candidate in found if (iban := reading.iban(candidate))), "")


def _account(value: str) -> str:
    """The IBAN of :25:, which may stand after a BIC or before a currency."""
    for part in re.split(r"[/\s]", value[:80]):
        found = reading.iban(part) or reading.iban(re.sub(r"[A-Z]{3}$", "", part))
        if found:
            return found
    return ""
