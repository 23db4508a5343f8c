"""What corrections teach about one sender: rules a person can read, switch off and bring back.

A rule says where a field stands on the papers of one sender, or what it always is. Rules are
values: they are made and applied in `models.memory`, kept and shown by the operations. None acts
before it has been replayed on the documents of that sender that people have confirmed.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from domain.suppliers import Identity
from domain.text import Box

Kind = Literal["constant", "anchored", "days", "table", "one_rate", "category"]
Side = Literal["left", "above", "place"]

LATEST = 20
"""How many of a sender's last confirmed documents a rule is replayed on."""
FEWEST_SHARE = 0.6
"""A rule of which people confirmed a smaller share than this retires by itself."""


class RuleStatus(enum.StrEnum):
    ACTIVE = "active"
    REFUSED = "refused"  # the replay spoke against it; it never acted
    OFF = "off"  # a person switched it off
    RETIRED = "retired"  # people overruled it too often
    REPLACED = "replaced"  # a later version acts


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a value stands: beside some words, and what it looks like.

    `label` is the folded words to the left of the value or above it; none for a mere place.
    `box` is where the value stood when it was shown, `dx` and `dy` how far from its label, in
    fractions of the page. `shape` is what the printed value looks like (see
    `models.memory.shapes`). `which` counts equal labels from the top of the document,
    `from_end` from its bottom.
    """

    side: Side
    label: str
    shape: str
    page: int
    box: Box
    dx: float = 0.0
    dy: float = 0.0
    which: int = 0
    from_end: int = 0
    month_first: bool = False
    closed: bool = False
    """Spaces within the value as printed are no part of it."""

    def to_json(self) -> dict[str, Any]:
        return {
            name: self.box.as_list() if name == "box" else getattr(self, name)
            for name in self.__slots__
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Anchor:
        return cls(**{**data, "box": Box(*data["box"])})


@dataclass(frozen=True, slots=True)
class Lane:
    """A column of a sender's table: what it `holds`, from `x0` to `x1` in widths of the page."""

    holds: str
    x0: float
    x1: float


@dataclass(frozen=True, slots=True)
class Table:
    """Where the lines of a sender stand, and which rows are lines.

    `heading` are the folded words above the columns, `lanes` the columns left to right. A line has
    a number in every lane of `needs` and, where there are any, begins with the words `begins`; rows
    that begin with one of `passed` look like lines and are none. The table is over at a row that
    begins with one of `ends`. `heading_x0` is where the heading began, for papers that lie askew.
    """

    heading: tuple[str, ...]
    heading_x0: float
    lanes: tuple[Lane, ...]
    needs: tuple[str, ...]
    begins: str = ""
    passed: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """What its lanes hold, without those that nobody asked about."""
        return tuple(lane.holds for lane in self.lanes if lane.holds != "other")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Table:
        lists = ("heading", "needs", "passed", "ends")
        lanes = tuple(Lane(**lane) for lane in data["lanes"])
        return cls(**{**data, "lanes": lanes, **{name: tuple(data[name]) for name in lists}})


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing learnt. `value` is what a constant always is, the number of days between issue
    and due date, or the only rate.
    """

    field: str
    kind: Kind
    value: str | None = None
    anchors: tuple[Anchor, ...] = ()
    table: Table | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "field": self.field,
            "kind": self.kind,
            "value": self.value,
            "anchors": [anchor.to_json() for anchor in self.anchors],
            "table": self.table.to_json() if self.table else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Rule:
        return cls(
            data["field"],
            data["kind"],
            data.get("value"),
            tuple(Anchor.from_json(anchor) for anchor in data.get("anchors", ())),
            Table.from_json(data["table"]) if data.get("table") else None,
        )

    @property
    def wording(self) -> tuple[str, dict[str, str]]:
        """A code and the values of the sentence that says this rule; pages translate it."""
        if self.kind == "constant":
            return "constant", {"value": self.value or ""}
        if self.kind == "days":
            return "days", {"days": self.value or ""}
        if self.kind == "one_rate":
            return "one_rate", {"rate": self.value or ""}
        if self.kind == "category":
            return "category", {"was": self.field.partition(":")[2], "category": self.value or ""}
        if self.table is not None:
            under = " ".join(self.table.heading)
            return (
                ("table", {"label": under})
                if under
                else ("rows", {"label": self.table.begins or "…"})
            )
        first = self.anchors[0]
        if first.side == "place":
            return "place", {"page": str(first.page + 1)}
        return first.side, {"label": first.label}


def category_rule(looked_like: str, category: str) -> Rule:
    """Papers of the sender that look like one category are another."""
    return Rule(f"{CATEGORY}:{looked_like}", "category", category)


CATEGORY = "category"
SENTENCES = {
    "constant": "It is always “{value}”.",
    "days": "It is {days} days after the issue date.",
    "left": "It stands to the right of “{label}”.",
    "above": "It stands under “{label}”.",
    "place": "It always stands at the same place of page {page}.",
    "table": "The lines stand under “{label}”.",
    "rows": "Each line begins with “{label}”.",
    "category": "What looks like {was} is {category}.",
    "one_rate": "The only rate is {rate} %, on the whole of the net total.",
}
"""Rules in English, for programs; people read them in their language."""


def sentence(rule: Rule) -> str:
    code, values = rule.wording
    return SENTENCES[code].format(**values)


def reader_of(rule_id: str) -> str:
    """How a finding or a list names the rule that gave it, as its reader."""
    return f"rule {rule_id}"


def rule_id_of(reader: str) -> str | None:
    """The rule that a finding or a list comes from, by its reader; None for any other."""
    kind, _, rule_id = reader.partition(" ")
    return rule_id if kind == "rule" and rule_id else None


@dataclass(frozen=True, slots=True)
class ActiveRule:
    """A rule that acts, with its name and how far people agreed with it: 0–1."""

    id: str
    rule: Rule
    reliability: float = 0.9


@dataclass(frozen=True, slots=True)
class Sender:
    """Whoever a paper comes from, as far as it is known again: by its identifiers, else by the
    words of its letterhead.
    """

    id: str
    identity: Identity
    letterhead: tuple[str, ...] = ()
    rules: tuple[ActiveRule, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """What an organisation has learnt of its senders. Compared by identity: it is large, and one
    object serves many documents.
    """

    senders: tuple[Sender, ...] = ()
    stamp: tuple[int, int] = (0, 0)
    """Tells whether anything was learnt since."""


NOTHING_LEARNT = Memory()


def confirmed_share(confirmed: int, overruled: int) -> float:
    """How far a rule is to be believed, 0–1; a new one is given the benefit of the doubt."""
    return (confirmed + 4.5) / (confirmed + overruled + 5)


def must_retire(confirmed: int, overruled: int) -> bool:
    """Whether people overruled a rule too often for it to go on acting."""
    seen = confirmed + overruled
    return overruled > 0 and confirmed / seen < FEWEST_SHARE
