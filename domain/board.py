"""The board of an import: pages in groups or set aside, and what a person may do with them.

A change is said in pages, never in numbers of groups, so that it means the same after somebody else
has changed other groups. Changing is pure: a board and a change give the board as it is then; what
differs between two boards is enough to go from one to the other and back again. How boards are kept
is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from domain.documents import SetAside
from domain.errors import Conflict, Invalid


@dataclass(frozen=True, slots=True)
class Group:
    """Pages (their ids, in order) to be one document. `said`: a person gave or confirmed its
    category; otherwise it is a guess.
    """

    pages: tuple[str, ...]
    category: str
    said: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    """`order` names all pages as they lie in the stack; each is in one group or in `aside`."""

    order: tuple[str, ...]
    groups: tuple[Group, ...]
    aside: Mapping[str, SetAside] = field(default_factory=dict)
    rotation: Mapping[str, int] = field(default_factory=dict)
    """Page → degrees clockwise by which a person turned it: 90, 180 or 270."""
    begins: Mapping[str, bool] = field(default_factory=dict)
    """Page → whether a document begins at it, where a person has said so."""

    def group_of(self, page: str) -> Group | None:
        return next((group for group in self.groups if page in group.pages), None)

    def sorted(self) -> Board:
        """With the groups in the order of the stack: by the first of their pages there."""
        place = {page: number for number, page in enumerate(self.order)}
        ranked = sorted(self.groups, key=lambda group: min(place[page] for page in group.pages))
        return replace(self, groups=tuple(ranked))


class Do(StrEnum):
    CUT = "cut"  # a document begins at each of `pages`
    JOIN = "join"  # the groups of `pages` go on the group of `onto`, or that of the page before
    RECUT = "recut"  # both at once: cut at `pages`, join at `joins`
    MOVE = "move"  # `pages` go into the group of `onto`, before page `before` or in their place
    NEW = "new"  # `pages` become a group of their own
    ASIDE = "aside"  # `pages` are set aside for a `reason`
    CATEGORY = "category"  # the groups of `pages` are of `category`
    TURN = "turn"  # `pages` are turned clockwise by `degrees`
    ORDER = "order"  # `pages` are one document, in this order
    AS_FED = "as_fed"  # `pages` lie as they were fed: those that were neighbours are a group
    KEEP_CUT = "keep_cut"  # it is right that a document begins at `pages`, or that none does
    KEEP_CATEGORY = "keep_category"  # the category of the groups of `pages` is right


@dataclass(frozen=True, slots=True)
class Change:
    """One thing a person did."""

    do: Do
    pages: tuple[str, ...]
    onto: str | None = None
    before: str | None = None
    joins: tuple[str, ...] = ()
    category: str | None = None
    reason: SetAside = SetAside.PERSON
    degrees: int = 90

    def named(self) -> Iterator[str]:
        """Every page the change speaks of."""
        yield from self.pages
        yield from self.joins
        yield from (page for page in (self.onto, self.before) if page is not None)


def changed(board: Board, change: Change) -> Board:
    """The board after a change; Invalid when it cannot be done."""
    unknown = [page for page in change.named() if page not in set(board.order)]
    if unknown or not (change.pages or change.joins):
        raise Invalid(
            f"These pages are not of this import: {', '.join(unknown) or 'none was named'}.",
            code="pages_misplaced",
            advice="Load the import again.",
            fields=["pages"],
            pages=unknown,
        )
    return _DOING[change.do](board, change).sorted()


def _cut(board: Board, change: Change) -> Board:
    for page in change.pages:
        group = _grouped(board, page)
        at = group.pages.index(page)
        if at:
            first, second = group.pages[:at], group.pages[at:]
            halves = (replace(group, pages=first), Group(second, group.category))
            board = _exchanged(board, {group.pages: halves})
    return _decided(board, change.pages, begins=True)


def _join(board: Board, change: Change) -> Board:
    return _joined(board, change.pages, change.onto)


def _recut(board: Board, change: Change) -> Board:
    return _joined(_cut(board, change), change.joins, None)


def _joined(board: Board, pages: Iterable[str], onto: str | None) -> Board:
    for page in pages:
        group = _grouped(board, page)
        target = _grouped(board, onto or _before(board, group))
        if target == group:
            continue
        whole = replace(target, pages=target.pages + group.pages)
        board = _exchanged(board, {group.pages: (), target.pages: (whole,)})
        board = _decided(board, [group.pages[0]], begins=False)
    return board


def _before(board: Board, group: Group) -> str:
    """The page that lies in the stack before the first of a group, or that first page itself."""
    at = board.order.index(group.pages[0])
    return next(
        (page for page in reversed(board.order[:at]) if page not in board.aside), group.pages[0]
    )


def _move(board: Board, change: Change) -> Board:
    if change.onto is None:
        raise _wrong("A move names a page of the group that the pages go to.", "onto")
    target = _grouped(board, change.onto)
    moving = dict.fromkeys(change.pages)
    rest = [page for page in target.pages if page not in moving]
    if change.before in rest:
        at = rest.index(change.before)
        pages = (*rest[:at], *moving, *rest[at:])
    elif change.before is None:
        pages = _in_their_place(board.order, rest, moving) if rest else tuple(moving)
    else:
        raise _wrong("The pages are put before a page that stays in their group.", "before")
    board = _taken_out(board, [page for page in moving if page not in target.pages])
    return _exchanged(board, {target.pages: (replace(target, pages=pages),)})


def _new(board: Board, change: Change) -> Board:
    pages = tuple(dict.fromkeys(change.pages))
    home = board.group_of(pages[0])
    if home is not None and home.pages == pages:
        return board
    board = _taken_out(board, pages)
    made = Group(pages, home.category if home else "other")
    return replace(board, groups=(*board.groups, made))


def _order(board: Board, change: Change) -> Board:
    first, *later = dict.fromkeys(change.pages)
    board = _new(board, change)
    return _decided(_decided(board, [first], begins=True), later, begins=False)


def _as_fed(board: Board, change: Change) -> Board:
    home = _grouped(board, change.pages[0])
    wanted = set(change.pages)
    runs: list[list[str]] = []
    last = None
    for page in (page for page in board.order if page not in board.aside):
        if page in wanted and last in wanted:
            runs[-1].append(page)
        elif page in wanted:
            runs.append([page])
        last = page
    board = _taken_out(board, wanted)
    board = replace(board, groups=(*board.groups, *(Group(tuple(r), home.category) for r in runs)))
    board = _decided(board, [run[0] for run in runs], begins=True)
    return _decided(board, [page for run in runs for page in run[1:]], begins=False)


def _aside(board: Board, change: Change) -> Board:
    aside = {**board.aside, **dict.fromkeys(change.pages, change.reason)}
    return replace(_taken_out(board, change.pages), aside=aside)


def _category(board: Board, change: Change) -> Board:
    if not change.category:
        raise _wrong("Say which category.", "category")
    for page in change.pages:
        group = _grouped(board, page)
        said = replace(group, category=change.category, said=True)
        board = _exchanged(board, {group.pages: (said,)})
    return board


def _keep_category(board: Board, change: Change) -> Board:
    for page in change.pages:
        group = _grouped(board, page)
        board = _exchanged(board, {group.pages: (replace(group, said=True),)})
    return board


def _keep_cut(board: Board, change: Change) -> Board:
    for page in change.pages:
        board = _decided(board, [page], begins=_grouped(board, page).pages[0] == page)
    return board


def _turn(board: Board, change: Change) -> Board:
    if change.degrees not in (90, 180, 270):
        raise _wrong("Pages are turned by 90, 180 or 270 degrees.", "degrees")
    rotation = dict(board.rotation)
    for page in change.pages:
        rotation[page] = (rotation.get(page, 0) + change.degrees) % 360
    return replace(board, rotation={page: turn for page, turn in rotation.items() if turn})


_DOING: dict[Do, Callable[[Board, Change], Board]] = {
    Do.CUT: _cut,
    Do.JOIN: _join,
    Do.RECUT: _recut,
    Do.MOVE: _move,
    Do.NEW: _new,
    Do.ASIDE: _aside,
    Do.CATEGORY: _category,
    Do.TURN: _turn,
    Do.ORDER: _order,
    Do.AS_FED: _as_fed,
    Do.KEEP_CUT: _keep_cut,
    Do.KEEP_CATEGORY: _keep_category,
}


def recut_to(
    board: Board, pages: Sequence[str], starts: Collection[str]
) -> tuple[list[str], list[str]]:
    """Where to cut, and what to join with what lies before, so that among these pages documents
    begin at `starts` and nowhere else. Pages that were moved from their neighbours stay where a
    person put them.
    """
    where = {page: (group, at) for group in board.groups for at, page in enumerate(group.pages)}
    cuts, joins = [], []
    last: str | None = None
    for page in (page for page in pages if page in where):
        group, at = where[page]
        if page in starts and at and group.pages[at - 1] == last:
            cuts.append(page)
        elif page not in starts and not at and last and where[last][0].pages[-1] == last:
            joins.append(page)
        last = page
    return cuts, joins


def _grouped(board: Board, page: str) -> Group:
    group = board.group_of(page)
    if group is None:
        raise Conflict(
            "This page is set aside.",
            code="page_set_aside",
            advice="Bring it back into a group first.",
            pages=[page],
        )
    return group


def _exchanged(board: Board, others: Mapping[tuple[str, ...], Sequence[Group]]) -> Board:
    """With groups, named by their pages, replaced by others."""
    groups = [new for old in board.groups for new in others.get(old.pages, (old,))]
    return replace(board, groups=tuple(groups))


def _taken_out(board: Board, pages: Iterable[str]) -> Board:
    """Without these pages, which are about to be somewhere else."""
    gone = set(pages)
    left = [
        replace(group, pages=tuple(page for page in group.pages if page not in gone))
        for group in board.groups
    ]
    return replace(
        board,
        groups=tuple(group for group in left if group.pages),
        aside={page: reason for page, reason in board.aside.items() if page not in gone},
    )


def _in_their_place(
    order: Sequence[str], rest: Sequence[str], moving: Iterable[str]
) -> tuple[str, ...]:
    """`moving` put among `rest`, each before the first page that lies behind it in the stack."""
    place = {page: number for number, page in enumerate(order)}
    pages = list(rest)
    for page in sorted(moving, key=place.__getitem__):
        at = next((i for i, other in enumerate(pages) if place[other] > place[page]), len(pages))
        pages.insert(at, page)
    return tuple(pages)


def _decided(board: Board, pages: Iterable[str], *, begins: bool) -> Board:
    return replace(board, begins={**board.begins, **dict.fromkeys(pages, begins)})


def _wrong(message: str, name: str) -> Invalid:
    return Invalid(message, code="invalid_change", fields=[name])
