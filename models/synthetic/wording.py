"""The words the paper mill writes with, by language: they are data, in the folder `words`.

``labels.csv`` has many names for each field, so that readers do not learn one; ``goods.csv`` what
companies of a trade sell; one JSON file a language its names, titles and sentences, and
``countries.json`` how each country writes amounts, dates and addresses.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

_FOLDER = files("models.synthetic") / "words"


@dataclass(frozen=True, slots=True)
class Good:
    """Something sold: what it is called, its usual price, and in what it is counted."""

    description: str
    cents: int
    unit: str


@dataclass(frozen=True, slots=True)
class Trade:
    """What a kind of company calls itself, what it sells, and at which VAT rate."""

    companies: tuple[str, ...]
    rate: str
    """``standard``, ``reduced``, ``zero`` or ``exempt``."""
    goods: tuple[Good, ...]


@cache
def words(language: str) -> Mapping[str, Any]:
    """Everything said in `language`, by topic."""
    found: dict[str, Any] = json.loads((_FOLDER / f"{language}.json").read_text("utf-8"))
    return found


@cache
def countries() -> Mapping[str, Mapping[str, Any]]:
    """By ISO code: languages, currency, legal forms, places, VAT rates, ways to write."""
    found: dict[str, Any] = json.loads((_FOLDER / "countries.json").read_text("utf-8"))
    return found


@cache
def labels(language: str) -> Mapping[str, tuple[str, ...]]:
    """Field → the labels it may stand under."""
    found: dict[str, tuple[str, ...]] = {}
    for row in _rows("labels.csv"):
        if row["language"] == language:
            found[row["field"]] = (*found.get(row["field"], ()), row["label"])
    return found


@cache
def trades(language: str) -> Mapping[str, Trade]:
    found: dict[str, Trade] = {}
    for row in _rows("goods.csv"):
        if row["language"] == language:
            good = Good(row["description"], int(row["cents"]), row["unit"])
            known = found.get(
                row["trade"], Trade(tuple(row["companies"].split("|")), row["rate"], ())
            )
            found[row["trade"]] = Trade(known.companies, known.rate, (*known.goods, good))
    return found


def phrase(random: Random, language: str, name: str, /, **filled: Any) -> str:
    """One wording of the commercial phrase `name`, with its places filled."""
    said: str = random.choice(words(language)["phrases"][name])
    return said.format(**filled)


def label(random: Random, language: str, field: str) -> str:
    return random.choice(labels(language)[field])


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((_FOLDER / name).read_text("utf-8").splitlines()))
