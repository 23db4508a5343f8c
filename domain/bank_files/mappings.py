"""Which column of a bank's table is what: said by a person, or guessed from its header.

A mapping is kept by the fingerprint of the header it was made for, so that the same bank's next
file is read without asking.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from domain.errors import Invalid
from domain.words import folded

Order = Literal["dmy", "mdy", "ymd"]
MOST_COLUMNS = 60

NAMES: dict[str, tuple[str, ...]] = {
    # The likeliest first: where a table has several of them, the day of booking counts.
    "day": (
        "date de comptabilisation", "date comptable", "date compta", "booking date", "booked at",
        "buchungsdatum", "buchungstag", "boekingsdatum", "date operation", "date d operation",
        "date de l operation", "date ope", "date de transaction", "transaction date",
        "data di registrazione", "completed date", "execution date", "date d execution", "uitvoeringsdatum", "datum",
        "abschlussdatum", "date", "data",
    ),
    "value_day": (
        "date de valeur", "date valeur", "valeur", "value date", "valuta date", "valuta",
        "valutadatum", "data valuta", "data di valuta",
    ),
    "debit": (
        "debit", "montant debit", "debits", "belastung", "lastschrift", "money out", "paid out", "charge",
        "outgoing", "addebito", "soll",
    ),
    "credit": (
        "credit", "montant credit", "credits", "gutschrift", "money in", "paid in", "incoming",
        "accredito", "haben",
    ),
    "amount": (
        "montant", "amount", "betrag", "bedrag", "importo", "credit debit amount",
        "montant de l operation", "montant operation", "montant signe",
    ),
    "balance": ("solde", "balance", "saldo", "kontostand", "solde apres operation"),
    "label": (
        "libelle", "libelle operation", "libelle de l operation", "libelle complet",
        "libelle simplifie", "intitule", "nature de l operation", "nature des operations",
        "operation", "operations", "transaction", "transactions", "description", "description1",
        "description2", "description3", "texte", "text", "texte de notification",
        "notification text", "avisierungstext", "buchungstext", "buchungsdetails",
        "verwendungszweck", "beschreibung", "beschreibung1", "beschreibung2", "beschreibung3",
        "omschrijving", "communication", "communications", "mededeling", "details", "detail",
        "informations complementaires", "payment reference", "memo", "descrizione",
    ),
    "counterparty": (
        "contrepartie", "nom contrepartie", "nom de la contrepartie", "nom contrepartie contient",
        "beneficiaire", "tiers", "counterparty", "counterparty name", "partner name", "payee",
        "name", "naam tegenpartij", "empfanger", "beguenstigter zahlungspflichtiger",
        "auftraggeber empfanger",
    ),
    "counterparty_iban": (
        "compte contrepartie", "iban contrepartie", "compte de la contrepartie", "partner iban",
        "counterparty iban", "rekening tegenpartij", "tegenrekening", "kontonummer iban",
    ),
    "reference": (
        "communication structuree", "reference structuree", "gestructureerde mededeling",
        "reference", "reference client", "kundenreferenz", "qr referenz", "reference qr",
    ),
    "currency": ("devise", "monnaie", "currency", "curr", "wahrung", "munt", "valuta code"),
    "own_iban": ("iban", "numero de compte", "compte", "iban du compte", "rekeningnummer"),
}  # fmt: skip
"""What columns are called, folded, without currencies."""
_CURRENCIES = {"eur", "euro", "euros", "chf", "usd", "gbp", "en", "in"}
_DAY = re.compile(r"\s*([0-9]{1,4})[./-]([0-9]{1,2})[./-]([0-9]{1,4})(?![0-9])", re.ASCII)
_AMOUNT = re.compile(
    r"[+−–-]?\s?(?:[A-Z]{3}|[€$£])?\s?[+−–-]?[0-9][0-9 \u00a0\u202f'’.,]*\s?(?:[A-Z]{3}|[€$£])?[+−–-]?"
)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Columns by number, from 0. Either `amount`, signed, or `debit` and `credit`; a debit column
    may write its amounts with either sign. `label` columns are put together.
    """

    day: int
    label: tuple[int, ...]
    amount: int | None = None
    debit: int | None = None
    credit: int | None = None
    value_day: int | None = None
    balance: int | None = None
    counterparty: int | None = None
    counterparty_iban: int | None = None
    reference: int | None = None
    currency: int | None = None
    own_iban: int | None = None
    decimal: Literal[",", "."] = ","
    date_order: Order = "dmy"
    has_header: bool = True

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "label": list(self.label)}


def mapping_of(data: Dict[str, Any]) -> Mapping:
    """The mapping that somebody sends; Invalid when it cannot be one."""
    values: dict[str, Any] = {}
    for field in fields(Mapping):
        given = data.get(field.name)
        if given is None:
            continue
        if field.name == "label":
            ok = isinstance(given, (list, tuple)) and bool(given) and all(map(_is_column, given))
            values[field.name] = tuple(given) if ok else None
        elif field.name == "decimal":
            ok = given in (",", ".")
        elif field.name == "date_order":
            ok = given in ("dmy", "mdy", "ymd")
        elif field.name == "has_header":
            ok = isinstance(given, bool)
        else:
            ok = _is_column(given)
        if not ok:
            raise wrong(field.name)
        values.setdefault(field.name, given)
    unknown = sorted(set(data) - {field.name for field in fields(Mapping)})
    if unknown:
        raise wrong(str(unknown[0])[:40])
    for needed in ("day", "label"):
        if needed not in values:
            raise wrong(needed)
    if "amount" not in values and not {"debit", "credit"} <= set(values):
        raise wrong("amount")
    return Mapping(**values)


def wrong(field: str) -> Invalid:
    return Invalid(
        f"The mapping of the columns has no usable “{field}”.",
        code="bank_mapping_wrong",
        advice="Say which column is the day, the label, and the amount or debit and credit.",
        field=field,
    )


def _is_column(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST_COLUMNS


def fingerprint(header: Sequence[str]) -> str:
    """What a mapping is kept by: the same columns in the same order, however they are written."""
    return hashlib.sha256("|".join(bare(cell) for cell in header).encode()).hexdigest()


def bare(cell: str) -> str:
    """A column's name as it is compared."""
    words = folded(cell[:100]).split()
    kept = [word for word in words if word not in _CURRENCIES]
    return " ".join(kept or words)


def named(header: Sequence[str]) -> dict[str, list[int]]:
    """The columns that a header names, by role, the likeliest first; each has one role."""
    names = [bare(cell) for cell in header]
    found: dict[str, list[int]] = {}
    taken: set[int] = set()
    for role, synonyms in NAMES.items():
        columns = [
            at
            for synonym in synonyms
            for at, name in enumerate(names)
            if name == synonym and at not in taken
        ]
        if columns:
            found[role] = columns
            taken.update(columns if role == "label" else columns[:1])
    return found


def guess_mapping(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Mapping | None:
    """The mapping that a header and some rows suggest; None when no day or no amount is seen."""
    width = min(max((len(row) for row in (header, *rows)), default=0), MOST_COLUMNS)
    columns = [[row[at].strip() if at < len(row) else "" for row in rows] for at in range(width)]
    roles = named(header[:MOST_COLUMNS])
    has_header = bool(roles)
    one: dict[str, int] = {role: found[0] for role, found in roles.items() if role != "label"}
    labels = roles.get("label", [])
    if "day" not in one:
        one.update(_days(columns))
    if "amount" not in one and not {"debit", "credit"} <= set(one):
        one.pop("debit", None)
        one.pop("credit", None)
        one.update(_amounts(columns, {*one.values(), *labels}))
    if "debit" in one and "credit" in one:
        one.pop("amount", None)
    if not labels:
        labels = _texts(columns, set(one.values()))
    if "day" not in one or not labels or not {"amount", "debit"} & set(one):
        return None
    money = [columns[at] for role, at in one.items() if role in ("amount", "debit", "credit")]
    return Mapping(
        label=tuple(sorted(labels)),
        decimal=_decimal(cell for column in money for cell in column),
        date_order=_order(columns[one["day"]]),
        has_header=has_header or not any(_DAY.match(cell) for cell in header),
        **one,
    )


def _days(columns: list[list[str]]) -> dict[str, int]:
    found = [at for at, cells in enumerate(columns) if _mostly(_is_day, cells)]
    return dict(zip(("day", "value_day"), found, strict=False))


def _amounts(columns: list[list[str]], taken: set[int]) -> dict[str, int]:
    """Columns of amounts: one, or two of which each row fills one, or an amount and a balance."""
    found = [at for at, c in enumerate(columns) if at not in taken and _mostly(_is_amount, c)]
    if len(found) >= 2:
        first, second = (columns[at] for at in found[:2])
        if not any(a and b for a, b in zip(first, second, strict=True)):
            return dict(zip(("debit", "credit", "balance"), found, strict=False))
    return dict(zip(("amount", "balance"), found, strict=False))


def _texts(columns: list[list[str]], taken: set[int]) -> list[int]:
    lengths = Counter({at: sum(map(len, c)) for at, c in enumerate(columns) if at not in taken})
    return [at for at, length in lengths.most_common(1) if length]


def _mostly(is_one: Any, cells: list[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return bool(filled) and sum(map(is_one, filled)) >= 0.8 * len(filled)


def _is_day(cell: str) -> bool:
    return bool(_DAY.match(cell))


def _is_amount(cell: str) -> bool:
    return bool(_AMOUNT.fullmatch(cell)) and bool(re.search(r"[.,][0-9]{2}\D*$", cell))


def _decimal(cells: Any) -> Literal[",", "."]:
    """The sign before the last one or two digits."""
    signs = Counter(m[1] for cell in cells if (m := re.search(r"([.,])[0-9]{1,2}[^0-9]*$", cell)))
    return "." if signs["."] > signs[","] else ","


def _order(cells: Sequence[str]) -> Order:
    groups = [(m[1], m[2]) for cell in cells if (m := _DAY.match(cell))]
    if groups and sum(len(first) == 4 for first, _ in groups) * 2 > len(groups):
        return "ymd"
    if any(int(second) > 12 for _, second in groups):
        return "mdy"
    return "dmy" if groups else "ymd"
