"""What the board's script is told after each change: the pieces of the page that are different now,
and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from domain.documents import SetAside
from service.operations import alternatives, history, reopening
from service.pages.desk import Desk
from service.pages.stacks import Stack, stack_of

UNDER_WAY = ("received", "processing")


def context(desk: Desk, view: dict[str, Any]) -> dict[str, Any]:
    """What the templates of the board need to know."""
    house, who = desk.house, desk.session.who
    validated = view["status"] == "validated"
    past = history.history(house, who, view["id"])
    editable = view["status"] == "ready" and desk.may("imports:write")
    return {
        "stack": stack_of(view),
        "view": view,
        "documents": {document["number"]: document for document in view["documents"]},
        "to_post": [d for d in view["documents"] if d["status"] == "to_post"],
        "reasons": [reason.value for reason in SetAside],
        "editable": editable,
        "past": past,
        "sentence": partial(sentence, desk),
        "reopening": reopening.may_reopen(house, who, view["id"]) if validated else None,
        "alternatives": alternatives.alternatives(house, who, view["id"]) if editable else [],
    }


def piece(
    desk: Desk,
    view: dict[str, Any],
    *,
    since: int,
    status: str,
    reading: Collection[str],
) -> dict[str, Any]:
    """What changed since version `since`, of a board that the browser saw in `status`.

    `reading` are the ids of groups that it shows as being read: they come when they are.
    """
    known = context(desk, view)
    stack: Stack = known["stack"]
    answer = {
        "version": view["version"],
        "status": view["status"],
        "state": desk.piece("review_state.html", **known),
        "alternatives": known["alternatives"],
    }
    if view["status"] != status or (view["status"] in UNDER_WAY and view["version"] != since):
        return {**answer, "whole": desk.piece("review_board.html", **known)}
    touched = history.pages_since(desk.house, desk.session.who, view["id"], since)
    changed = [
        group
        for group in stack.groups
        if (group["id"] in reading and not group["being_read"])
        or any(sheet.id in touched for sheet in group["sheets"])
    ]
    others = history.told(desk.house, desk.session.who, view["id"], since)
    return {
        **answer,
        "order": [group["id"] for group in stack.groups],
        "groups": {g["id"]: desk.piece("review_group.html", group=g, **known) for g in changed},
        "aside": desk.piece("review_aside.html", **known),
        "others": [sentence(desk, item) for item in others if not item["own"]],
    }


def sentence(desk: Desk, item: Mapping[str, Any]) -> str:
    """A change as a person says it: who did what to which pages."""
    words, pages = desk.words, _ranges(item["pages"])
    what = words.word(
        "change",
        item["do"],
        pages=pages,
        category=desk.category_name(item["category"]) if item["category"] else "",
    )
    if item["what"] in ("undo", "redo"):
        what = words.word("change", item["what"], what=what)
    who = words.say("You") if item["own"] else item["name"]
    return f"{who} – {what}" if who else what


def _ranges(numbers: Sequence[int]) -> str:
    """``3, 5–8`` for 3, 5, 6, 7, 8."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}–{r[-1]}" for r in runs)
