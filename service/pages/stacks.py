"""An import as the review page lays it out: groups in the order of the stack, pages set aside,
files that gave nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.documents import FileStatus

TROUBLED = (FileStatus.REJECTED, FileStatus.FAILED, FileStatus.DUPLICATE)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of paper."""

    id: str
    order: int
    """Its place in the whole stack, from 0."""
    number: int
    """Its number in its file, from 1."""
    file_name: str
    image: str | None
    problem: str | None
    group: int | None = None
    reason: str | None = None
    wide: bool = False
    rotation: int = 0
    cut: Mapping[str, Any] | None = None
    """What the machine says of a document beginning here."""
    doubt: Mapping[str, Any] | None = None
    """What there is to check about that, or was."""
    reordered: Mapping[str, Any] | None = None
    """What there is to check about the order of pages of which it is the first, or was."""


@dataclass(frozen=True, slots=True)
class Stack:
    view: dict[str, Any]
    groups: list[dict[str, Any]]
    aside: list[Sheet]
    troubles: list[dict[str, Any]]
    to_check: list[dict[str, Any]]

    @property
    def being_read(self) -> bool:
        return any(group["being_read"] for group in self.groups)

    @property
    def settled(self) -> int:
        """How much of what there was to check a person has checked."""
        return sum(doubt["settled"] for doubt in self.to_check)


def stack_of(view: dict[str, Any]) -> Stack:
    names = {f["id"]: f["name"] for f in view["files"]}
    places = {f["id"]: place for place, f in enumerate(view["files"])}
    raw = [(g, p) for f in view["files"] for g in f["groups"] for p in g["page_list"]]
    loose = [p for f in view["files"] for p in f["set_aside"]]
    every = [p for _, p in raw] + loose
    every.sort(key=lambda p: (places[p["file_id"]], p["page"]))
    order = {p["page_id"]: number for number, p in enumerate(every)}
    several = len({p["file_id"] for p in every}) > 1

    def to_check(*about: str) -> dict[str, Mapping[str, Any]]:
        return {doubt["page_id"]: doubt for doubt in view["to_check"] if doubt["about"] in about}

    of_cuts, of_kinds = to_check("cut", "no_cut"), to_check("category")
    of_orders = to_check("order", "no_order")

    def sheet(page: Mapping[str, Any], group: int | None) -> Sheet:
        return Sheet(
            page["page_id"],
            order[page["page_id"]],
            page["page"] + 1,
            names[page["file_id"]] if several else "",
            page["image"],
            page["problem"],
            group,
            page.get("reason"),
            page["width"] > page["height"],
            page["rotation"],
            page["cut"],
            of_cuts.get(page["page_id"]),
            of_orders.get(page["page_id"]),
        )

    groups = sorted((g for f in view["files"] for g in f["groups"]), key=lambda g: g["number"])
    return Stack(
        view,
        [
            {
                **g,
                "sheets": [sheet(p, g["number"]) for p in g["page_list"]],
                "doubt": of_kinds.get(g["page_list"][0]["page_id"]),
            }
            for g in groups
        ],
        [sheet(p, None) for p in loose],
        [f for f in view["files"] if f["status"] in TROUBLED],
        view["to_check"],
    )


def by_numbers(stack: Stack, data: Mapping[str, str]) -> tuple[list[Any], list[Any]]:
    """The regrouping that typed numbers ask for: pages with the same number are a group, a page
    without one is set aside.
    """
    wanted: dict[int, list[str]] = {}
    aside: list[dict[str, Any]] = []
    sheets = [s for g in stack.groups for s in g["sheets"]] + stack.aside
    for sheet in sheets:
        typed = data.get(f"page.{sheet.id}", str(sheet.group or "")).strip()
        if typed.isascii() and typed.isdigit() and int(typed[:6]) > 0:
            wanted.setdefault(int(typed[:6]), []).append(sheet.id)
        else:
            aside.append({"id": sheet.id, "reason": sheet.reason or "person"})
    return [{"pages": wanted[number]} for number in sorted(wanted)], aside
