"""What two neighbouring pages say about a document beginning between them, with words for it.

Each piece of evidence has a name, the log-odds that we gave it before anything was learnt, and a
reason in words. Training (`models.training.splitting`) starts from these odds and may not turn one
round, so that a learnt weight still means what its words say. Page numbers, identifiers, places and
repetition cross languages; vocabulary is asked last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from models.sketches import Sketch

EVIDENCE: dict[str, tuple[float, str]] = {
    # name: log-odds that a new document begins, and why
    "prior": (0.6, ""),
    "first_of_several": (2.6, "page 1 of several"),
    "first_of_one": (4.0, "page 1 of 1"),
    "numbered_one": (1.8, "page number 1"),
    "next_number": (-5.0, "the page numbers go on"),
    "next_number_alone": (-2.4, "the page numbers go on"),
    "later_number": (-1.8, "not a first page by its number"),
    "number_breaks": (2.0, "the page numbers start again"),
    "previous_last": (2.2, "the page before is the last of its document"),
    "previous_not_last": (-2.6, "the page before announces more"),
    "blank_between": (2.2, "a blank page lies between"),
    "title": (0.75, "it has a title"),  # for each point of its strength above one
    "same_title": (-1.2, "the same title and number as the page before"),
    "heading": (0.6, "a heading in large letters"),
    "title_alone": (-0.8, "a title without address, number or date"),
    "own_number": (0.9, "it has a document number, the page before has none"),
    "new_identifier": (2.2, "another company's identifier"),
    "same_identifier": (-1.3, "the same company's identifier"),
    "new_contact": (1.0, "another address or telephone"),
    "same_contact": (-0.9, "the same address or telephone"),
    "same_number": (-2.6, "the same document number"),
    "new_number": (2.6, "another document number"),
    "again": (2.5, "a paper of its own, with another number or date"),
    "same_date": (-0.3, "the same dates"),
    "new_date": (0.4, "other dates"),
    "table_first": (-1.6, "a table goes on at the top"),
    "same_reference": (-1.4, "numbers of the page before come back"),
    "new_reference": (0.5, "none of the numbers of the page before"),
    "same_head": (-1.6, "the same letterhead"),
    "new_head": (0.7, "another letterhead"),
    "same_foot": (-1.1, "the same footer"),
    "new_foot": (0.3, "another footer"),
    "size": (1.8, "another paper size"),
    "slip": (2.6, "a till receipt stands alone"),
    "source": (1.2, "one page is a scan, the other is not"),
    "category": (1.6, "another kind of document"),
    "language": (1.0, "another language"),
    "same_words": (-1.3, "much the same words"),
    "letters": (0.8, "another size of letters"),
    "carried_in": (-2.6, "a sum is carried over"),
    "carried_out": (-2.4, "the page before is continued"),
    "same_sum": (-0.8, "a sum of the page before comes back"),
    "total_reached": (0.5, "the total stood on the page before"),
    "no_total_yet": (-0.9, "a table without its total"),
    "same_columns": (-1.0, "the same columns go on"),
    "room_left": (0.4, "the page before ended early"),
    "count_goes_on": (-1.2, "numbered paragraphs or rows go on"),
    "count_begins": (0.3, "numbered paragraphs or rows begin"),
    "salutation": (1.3, "a letter begins"),
    "closed": (0.8, "a letter ended"),
    "inside": (-1.6, "a sentence goes on"),
    "prose_goes_on": (-1.4, "pages of sentences go on"),
    "terms": (-1.6, "general conditions or an annex follow"),
    "untitled": (-1.3, "no title of its own"),
    "nothing_new": (-0.8, "no address of its own"),
}
KIN = frozenset(
    {
        "new_identifier",
        "same_identifier",
        "new_contact",
        "same_contact",
        "same_number",
        "new_number",
    }
    | {"same_reference", "same_head", "same_foot", "new_foot", "size", "source", "language"}
    | {"category", "same_words", "letters", "same_sum", "same_columns", "count_goes_on"}
)
"""What two pages have in common or not wherever they lie, one behind the other or far apart."""
FEW_WORDS = 20
CLEAR = 3.6
FAINT = 1.7
"""Titles weaker than this are words in a sentence as often as not."""
OF_A_SENDER = frozenset(
    {"same_identifier", "same_contact", "same_reference", "same_head", "same_foot", "same_words"}
    | {"same_columns", "same_sum"}
)
STILL_SAID = 0.4
MISREAD = 2
ROOM = 0.55
"""A page whose words end above this place had room for more."""
_Say = Callable[..., None]


def pair_evidence(before: Sketch, after: Sketch, *, blank_between: bool) -> dict[str, float]:
    """The evidence for a cut between two pages: names of `EVIDENCE`, and how much of each."""
    found: dict[str, float] = {}

    def say(name: str, times: float = 1.0) -> None:
        found[name] = times

    say("prior")
    if blank_between:
        say("blank_between")
    _numbers(before, after, say)
    _names(before, after, say)
    _looks(before, after, say)
    _contents(before, after, say)
    if not heads_itself(after):
        # A page of which little could be read says little by what it lacks.
        heard = min(1.0, after.words / FEW_WORDS)
        say("untitled", heard)
        if not (after.contacts or after.identifiers):
            say("nothing_new", heard)
    if after.salutation and "new_date" in found and "same_number" not in found:
        found.setdefault("again", 0.3)
    if "again" in found:
        # A sender who writes again shares everything with himself.
        for name in OF_A_SENDER & found.keys():
            found[name] *= STILL_SAID
    return found


def compare_identifiers(some: frozenset[str], others: frozenset[str]) -> bool | None:
    """Whether two pages name a company in common; None where they name nothing comparable.

    An IBAN says nothing about a VAT number. A few letters misread are no other company.
    """
    if some & others:
        return True
    comparable = False
    for one in some:
        for other in others:
            if one[-9:] == other[-9:] or one[:9] == other[:9]:
                return True  # a SIREN within a SIRET or a VAT number
            if len(one) == len(other) and one[:2].isalpha() == other[:2].isalpha():
                comparable = True
                if sum(a != b for a, b in zip(one, other, strict=True)) <= MISREAD:
                    return True
    return False if comparable else None


def heads_itself(page: Sketch) -> bool:
    """Whether a page begins like a document: with a title, a salutation, or as a slip."""
    titled = page.title is not None and page.title.strength >= FAINT and not page.terms
    return titled or page.salutation or page.slip


def reasons(contributions: Iterable[tuple[str, float]], most: int) -> tuple[str, ...]:
    """The words of what speaks for a cut, the loudest first."""
    spoken = sorted(contributions, key=lambda item: -item[1])
    words = (EVIDENCE[name][1] for name, value in spoken if value > 0)
    return tuple(dict.fromkeys(filter(None, words)))[:most]


def _numbers(before: Sketch, after: Sketch, say: _Say) -> None:
    number, total = after.page_number, after.page_total
    if number == 1:
        say("numbered_one" if not total else "first_of_one" if total == 1 else "first_of_several")
        if before.page_number is not None and before.page_number >= 1 and not total:
            say("number_breaks", 0.5)
    elif number is not None:
        if before.page_number == number - 1:
            say("next_number" if total and total == before.page_total else "next_number_alone")
        elif before.page_number is not None and before.page_number >= number:
            say("number_breaks")
        else:
            say("later_number")
    if before.page_total and before.page_number:
        if before.page_number == before.page_total:
            say("previous_last")
        elif number is None or number == before.page_number + 1:
            say("previous_not_last")


def _names(before: Sketch, after: Sketch, say: _Say) -> None:
    same_reference = bool(before.references & after.references)
    if after.title and after.title.strength > FAINT and not after.terms:
        say("title", min(after.title.strength - 1.0, 3.5))
        same = before.title and before.title.text == after.title.text
        other_day = before.dates and after.dates and not before.dates & after.dates
        number = before.document_number == after.document_number
        if same and number and same_reference and not other_day:
            say("same_title", 2.0)
        if after.title.strength > CLEAR and not before.terms:
            other_number = before.document_number and after.document_number and not number
            if same and (other_number or (other_day and number)):
                say("again", 1.0 if other_number else 0.6)
            elif other_day and not same_reference:
                say("again", 0.4)
        if not (after.contacts or after.identifiers or after.document_number or after.dates):
            say("title_alone")
    same_company = compare_identifiers(before.identifiers, after.identifiers)
    if same_company is not None:
        say("same_identifier" if same_company else "new_identifier")
    if after.heading and not after.terms and not after.heading & before.body:
        say("heading")
    begins = heads_itself(after)
    if before.contacts and after.contacts:
        if before.contacts & after.contacts:
            say("same_contact")
        else:
            # An inner page quotes addresses as well: of a service desk, of the place delivered to.
            say("new_contact", 1.0 if begins else 0.4)
    mine, theirs = after.document_number, before.document_number
    if mine and mine == theirs:
        say("same_number")
    elif mine in before.references or theirs in after.references:
        say("same_reference")
    elif mine and theirs:
        # A customer's or contract's number may stand where a document's is looked for.
        say("new_number", 1.0 if begins and after.title and after.title.strength > CLEAR else 0.5)
    elif same_reference:
        say("same_reference")
    elif mine:
        say("own_number")
    elif before.references and after.references and begins:
        say("new_reference")
    if before.dates and after.dates:
        say("same_date" if before.dates & after.dates else "new_date")


def _looks(before: Sketch, after: Sketch, say: _Say) -> None:
    if after.slip or before.slip:
        say("slip")
    turned = _alike(before.width, after.height, 0.04) and _alike(before.height, after.width, 0.04)
    same_size = _alike(before.width, after.width, 0.04) and _alike(
        before.height, after.height, 0.04
    )
    if not same_size and not turned:
        say("size", 0.4 if after.slip or before.slip else 1.0)
    if before.source != after.source:
        say("source")
    if len(before.head) >= 3 and len(after.head) >= 3:
        shared = _overlap(before.head, after.head)
        if shared > 0.45:
            say("same_head", shared * 1.2)
        elif shared < 0.12 and heads_itself(after):
            say("new_head")
    if len(before.foot) >= 3 and len(after.foot) >= 3:
        shared = _overlap(before.foot, after.foot)
        if shared > 0.4:
            say("same_foot", shared * 1.2)
        elif shared < 0.12:
            say("new_foot")
    if before.letter_height and not _alike(before.letter_height, after.letter_height, 0.18):
        say("letters")
    if before.bottom < ROOM and before.words > FEW_WORDS:
        say("room_left", (1 - before.bottom) * 2)


def _contents(before: Sketch, after: Sketch, say: _Say) -> None:
    if after.carried_in:
        say("carried_in")
    if before.carried_out:
        say("carried_out")
    if before.last_amounts & after.first_amounts:
        say("same_sum")
    was, lead_before = before.category
    now, lead_after = after.category
    if was != now and lead_before > 2 and lead_after > 2 and not after.terms:
        say("category", 1.0 if heads_itself(after) else 0.4)
    if before.language and after.language and before.language != after.language:
        say("language")
    shared = _overlap(before.body, after.body)
    if shared > 0.3:
        say("same_words", min(shared * 2, 1.5))
    columns = set(before.columns) & set(after.columns)
    table_goes_on = len(columns) >= 3 and len(columns) >= 0.6 * len(after.columns)
    if table_goes_on:
        say("same_columns")
    if before.totals:
        say("total_reached")
    elif table_goes_on and not after.title:
        say("no_total_yet")
    if before.last_count and after.first_count == before.last_count + 1:
        say("count_goes_on")
    elif after.first_count == 1:
        say("count_begins")
    if after.salutation and not before.salutation:
        say("salutation")
    if before.closing:
        say("closed")
    if after.starts_inside and (before.ends_inside or before.prose > 0.3):
        say("inside")
    if before.prose > 0.45 and after.prose > 0.45 and not after.salutation:
        strong = after.title and after.title.strength > 3
        say("prose_goes_on", 0.4 if strong else 1.0)
    if after.terms:
        say("terms")
    if after.table_first:
        say("table_first")


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Jaccard similarity."""
    either = len(one | other)
    return len(one & other) / either if either else 0.0


def _alike(one: float, other: float, tolerance: float) -> bool:
    return abs(one - other) <= tolerance * max(one, other)
