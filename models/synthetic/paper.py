"""What a drawn document is, and what all of them share: a look, and sheets that follow each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from models.synthetic.layout import Layout
from models.synthetic.locales import Locale, draw_locale
from models.synthetic.sheet import A4, Colour, Sheet
from models.synthetic.wording import label, phrase

SHADES: tuple[Colour, ...] = (
    (0.12, 0.25, 0.5),
    (0.6, 0.12, 0.15),
    (0.1, 0.4, 0.3),
    (0.25, 0.25, 0.28),
    (0.75, 0.4, 0.05),
    (0.35, 0.2, 0.5),
    (0.0, 0.5, 0.6),
    (0.0, 0.0, 0.0),
)
FAMILIES = {
    "sans": 6, "serif": 2, "mono": 0.7, "fira": 2, "noto": 2, "ubuntu": 1.5,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Paper:
    """A drawn document and its truth."""

    category: str
    language: str
    sheets: tuple[Sheet, ...]
    fields: dict[str, Any] | None = None
    accept_categories: tuple[str, ...] = ()
    ignore_fields: tuple[str, ...] = ()
    """What the paper leaves to opinion."""
    layout: str = ""
    """The parts it is put together from."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a paper looks and speaks; drawn once per document."""

    random: Random
    layout: Layout
    locale: Locale
    family: str
    margin: float
    size: float
    shade: Colour
    _labels: dict[str, str] = field(default_factory=dict)

    @property
    def language(self) -> str:
        return self.locale.language

    def label(self, name: str) -> str:
        """What the field `name` is called on this paper: the same each time."""
        if name not in self._labels:
            self._labels[name] = label(self.random, self.language, name)
        return self._labels[name]

    def say(self, name: str, /, **filled: Any) -> str:
        return phrase(self.random, self.language, name, **filled)

    def colon(self, text: str) -> str:
        """`text` as it stands before a value on the same line."""
        end = {"colon": " :" if self.language == "fr" else ":", "bare": ""}
        kind = self.layout.choose("colon", ("colon", "bare"), (3, 1))
        return text + end[kind] if text[-1:] not in ".:" else text


def draw_look(
    random: Random,
    layout: Layout,
    language: str,
    country: str,
    *,
    currency: str | None = None,
    family: str | None = None,
) -> Look:
    return Look(
        random=random,
        layout=layout,
        locale=draw_locale(random, language, country, currency),
        family=family or random.choices(list(FAMILIES), list(FAMILIES.values()))[0],
        margin=random.uniform(38, 62),
        size=random.choice((8.0, 8.5, 9.0, 9.5, 10.0)),
        shade=random.choice(SHADES),
    )


class Pages:
    """Sheets that follow each other. `begin` draws the top of each and says where writing starts."""

    def __init__(
        self,
        look: Look,
        begin: Callable[[Sheet, int], float],
        *,
        size: tuple[float, float] = A4,
        foot: float = 78,
    ) -> None:
        self.look = look
        self.sheets: list[Sheet] = []
        self._begin, self._size, self._foot = begin, size, foot
        self.turn()

    @property
    def sheet(self) -> Sheet:
        return self.sheets[-1]

    @property
    def left(self) -> float:
        """How much height is left above the foot."""
        return self.sheet.height - self._foot - self.y

    def turn(self) -> None:
        """Begin another sheet."""
        self.sheets.append(Sheet(self._size, self.look.family))
        self.y = self._begin(self.sheet, len(self.sheets))

    def need(self, height: float) -> bool:
        """Turn the page unless `height` is left; tells whether it was turned."""
        if self.left >= height or height > self.sheet.height / 2:
            return False
        self.turn()
        return True

    def write(self, text: str, *, size: float | None = None, bold: bool = False,
              leading: float = 1.35, after: float = 6) -> None:  # fmt: skip
        """A paragraph over the whole width, continued on the next sheet where need be."""
        size = size or self.look.size
        wide = self.sheet.width - 2 * self.look.margin
        for line in self.sheet.broken(text, wide, size, bold=bold):
            self.need(size * leading)
            self.sheet.text(self.look.margin, self.y, line, size, bold=bold)
            self.y += size * leading
        self.y += after


def draw_date(random: Random) -> date:
    return date(2022, 1, 3) + timedelta(days=random.randint(0, 1700))


def number_pages(look: Look, sheets: list[Sheet]) -> None:
    """Write ``page n of m`` where the layout wants it; most single pages go without."""
    place = look.layout.choose(
        "numbering", ("foot-right", "foot-centre", "head-right", "none"), (4, 3, 2, 2)
    )
    if place == "none" or (len(sheets) == 1 and look.random.random() < 0.6):
        return
    said = look.say("page", n="{n}", of="{of}")
    for n, sheet in enumerate(sheets, 1):
        shown = said.format(n=n, of=len(sheets))
        if place == "foot-centre":
            sheet.text(sheet.width / 2, sheet.height - 12, shown, 7, align="center")
        else:
            y = sheet.height - 12 if place == "foot-right" else 20
            sheet.text(sheet.width - look.margin, y, shown, 7, align="right")
