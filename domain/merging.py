"""Merging drafts into one, and taking it back.

The rules are those of the field (AP-1 to AP-9): one main draft keeps what it says, the lines of the
others follow its own. Pure: what moved is remembered by `service.operations.merges`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from domain.drafts import Draft, DraftLine, State, turned
from domain.errors import Conflict, Invalid
from domain.sales import InvoiceKind


def check(main: Draft, others: Sequence[Draft]) -> None:
    """Refused with the first rule that these drafts break."""
    if not others:
        raise Invalid(
            "Merging needs a main draft and at least one other.",
            code="merge_alone",
            advice="Choose two drafts or more.",
        )
    drafts = (main, *others)
    if len({draft.id for draft in drafts}) != len(drafts):
        raise Invalid("A draft is merged once.", code="merge_twice")
    for draft in drafts:
        if draft.state is not State.DRAFT or draft.locked:
            raise _refused("merge_finalised", "is no draft that may be changed", draft)
    for draft in others:
        if (draft.company_id, draft.customer_id) != (main.company_id, main.customer_id):
            raise _refused("merge_customers", "is for another customer or company", draft)
        if draft.currency != main.currency:
            raise _refused("merge_currencies", "is in another currency", draft)
    for draft in drafts:
        if draft.corrects_id is not None:
            raise _refused("merge_linked_credit_note", "corrects a numbered invoice", draft)
        if draft.kind is not main.kind and InvoiceKind.DEPOSIT in (draft.kind, main.kind):
            raise _refused("merge_kinds", "is a deposit, or the main one is", draft)


def merge(main: Draft, others: Sequence[Draft]) -> Draft:
    """The main draft with the lines of the others after its own, in their order.

    Its type, texts and template stay, those of the others are dropped. A free credit note that is
    merged into an invoice deducts; so does an invoice that is merged into a credit note.
    """
    check(main, others)
    lines = list(main.lines)
    for draft in others:
        lines += moved_lines(main, draft)
    return replace(main, lines=tuple(lines))


def moved_lines(main: Draft, other: Draft) -> tuple[DraftLine, ...]:
    """The lines of `other` as they stand in `main`: turned when one takes and the other gives."""
    takes = InvoiceKind.CREDIT_NOTE
    if (other.kind is takes) == (main.kind is takes):
        return other.lines
    return tuple(replace(one, line=turned(one.line)) for one in other.lines)


def separate(
    kept: Draft, moved: Mapping[str, Sequence[str]], were_turned: Collection[str] = ()
) -> tuple[Draft, dict[str, tuple[DraftLine, ...]]]:
    """The draft without what was merged into it, and the lines each source gets back.

    `moved` names the lines of each source, `were_turned` the sources whose lines were turned. What
    was put right since goes back as it is now; what is gone stays gone.
    """
    if kept.state is not State.DRAFT or kept.locked:
        raise _refused("separate_finalised", "is no draft that may be changed", kept)
    there = {line.id: line for line in kept.lines}
    back = {
        source: tuple(
            replace(there[one], line=turned(there[one].line))
            if source in were_turned
            else there[one]
            for one in ids
            if one in there
        )
        for source, ids in moved.items()
    }
    gone = {line.id for lines in back.values() for line in lines}
    return replace(kept, lines=tuple(one for one in kept.lines if one.id not in gone)), back


def put_back(draft: Draft, line_ids: Collection[str]) -> tuple[Draft, tuple[DraftLine, ...]]:
    """The draft without some lines, and these: they are to be invoiced again."""
    if draft.state is not State.DRAFT or draft.locked:
        raise _refused("separate_finalised", "is no draft that may be changed", draft)
    taken = tuple(one for one in draft.lines if one.id in line_ids)
    if len(taken) != len(set(line_ids)):
        raise Invalid("A line is not in this draft.", code="line_unknown", fields=["line_ids"])
    kept = tuple(one for one in draft.lines if one.id not in line_ids)
    return replace(draft, lines=kept), taken


def _refused(code: str, why: str, draft: Draft) -> Conflict:
    return Conflict(
        f"The draft “{draft.name or draft.title or draft.id}” {why}.",
        code=code,
        advice="Leave it out.",
        draft_id=draft.id,
    )
