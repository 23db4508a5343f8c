"""How many keys a stack costs: a walker goes through drawn mail in a real browser, by keyboard only.

    python -m benchmarks.walk [--documents 40] [--seed 2031] [--markdown docs/review-walk.md]

A whole installation reads the stack. Then wrong cuts, categories and fields are put in, beside the
mistakes that the machine made by itself, which count as such. The walker does as a person does:
looks at what a page shows, compares it with the paper (here: with what was drawn), and presses
keys, from opening the import to the last entry. Each press is counted for what it was made for: a
chord such as Ctrl+Enter is one; the characters of a value, a page number or a name are counted
apart from the keys that lead to it. Seconds are those of the machine; a person's eyes come on top.

Suppliers are taken to be known, as on an ordinary day: where nothing proposes an account, the
preparation writes down what three earlier entries would.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy import select, update

from benchmarks.speed import installation
from domain.board import Change, Do, changed
from domain.documents import POSTABLE
from domain.people import Who
from domain.printed.dates import dates_in
from models.evaluation.comparing import same
from models.synthetic.stacks import draw_stack
from service.house import House, open_house
from service.operations import access, sessions
from service.operations.boards import Kept, write
from service.settings import Settings
from storage import tables as t

FIELDS = (
    "supplier_name", "invoice_number", "issue_date", "due_date", "net_total", "vat_total",
    "gross_total", "currency",
)  # fmt: skip
"""As the page numbers them from 1."""
WRONG = ("cut", "category", "field")


@dataclass(slots=True)
class Count:
    """Presses, characters and seconds, by what they were for."""

    presses: Counter[str] = field(default_factory=Counter)
    characters: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    things: Counter[str] = field(default_factory=Counter)
    keys: dict[str, Counter[str]] = field(default_factory=dict)


class Walker:
    """Somebody who knows the paper, at a keyboard."""

    def __init__(self, page: Page, truth: Mapping[str, Any]) -> None:
        self.page, self.count = page, Count()
        self.groups = {tuple(group["pages"]): group for group in truth["groups"]}
        self.starts = {pages[0] for pages in self.groups}

    def press(self, why: str, *keys: str) -> None:
        began = time.monotonic()
        for key in keys:
            self.page.keyboard.press(key)
        self.count.presses[why] += len(keys)
        self.count.keys.setdefault(why, Counter())[" ".join(keys)] += 1
        self.count.seconds[why] += time.monotonic() - began

    def write(self, why: str, text: str) -> None:
        began = time.monotonic()
        self.page.keyboard.type(text)
        self.count.characters[why] += len(text)
        self.count.seconds[why] += time.monotonic() - began

    @contextmanager
    def waiting(self, why: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.count.seconds[why] += time.monotonic() - began

    # --- the board ----------------------------------------------------------------------------

    def board(self) -> list[tuple[tuple[int, ...], str]]:
        """The groups as they are shown: pages from 0, and category."""
        rows = self.page.locator("#groups .group").evaluate_all(
            "rows => rows.map(row => [[...row.querySelectorAll('[data-page]')]"
            ".map(page => Number(page.dataset.order)), row.dataset.category])"
        )
        return [(tuple(pages), category) for pages, category in rows]

    def asked(self) -> tuple[str, int] | None:
        """What the board asks (cut, no_cut or category), and of which page."""
        found = self.page.evaluate(
            """() => {
              const sheet = document.querySelector('[data-page].current');
              if (!sheet || document.getElementById('ask')?.hidden !== false) return null;
              const row = sheet.closest('.group');
              const first = row?.querySelector('[data-page]') === sheet;
              const about = sheet.dataset.doubt === 'open' ? (first ? 'cut' : 'no_cut') : 'category';
              return [about, Number(sheet.dataset.order)];
            }"""
        )
        return (found[0], found[1]) if found else None

    def category_of(self, first: int) -> Mapping[str, Any] | None:
        return next((g for pages, g in self.groups.items() if pages[0] == first), None)

    def review(self) -> None:
        """What is asked, then what nobody asked about; then Validate."""
        for _ in range(200):
            asked = self.asked()
            if asked is None:
                break
            about, page = asked
            if about == "category":
                shown = next(c for pages, c in self.board() if pages[0] == page)
                true = self.category_of(page)
                if true is None or fits(shown, true):
                    self.press("right", "Space")
                else:
                    self.choose(true["category"])
                    self.count.things["category"] += 1
            elif (page in self.starts) == (about == "cut"):
                self.press("right", "Space")
            else:
                self.press("cut", "x" if about == "cut" else "s")
                self.count.things["cut"] += 1
        for page in sorted(self.starts):
            if not any(pages[0] == page for pages, _ in self.board()):
                self.to_page("cut", page)
                self.press("cut", "s")
                self.count.things["cut"] += 1
        for pages, _ in self.board():
            if pages[0] not in self.starts:
                self.to_page("cut", pages[0])
                self.press("cut", "x")
                self.count.things["cut"] += 1
        with self.waiting("cut"):  # what was cut otherwise is read again
            expect(self.page.locator("[data-reading]")).to_have_count(0, timeout=60_000)
        for pages, category in self.board():
            true = self.category_of(pages[0])
            if true is not None and not fits(category, true):
                self.to_page("category", pages[0])
                self.choose(true["category"])
                self.count.things["category"] += 1
        began = time.monotonic()
        self.press("right", "v")
        sure = self.page.locator("#sure[open]")
        start = self.page.locator("#start-posting")
        expect(sure.or_(start)).to_be_visible(timeout=60_000)
        if sure.is_visible():
            self.press("right", "Enter")
        expect(start).to_be_focused(timeout=60_000)
        self.count.seconds["right"] += time.monotonic() - began

    def to_page(self, why: str, page: int) -> None:
        self.press(why, "g")
        self.write(why, str(page + 1))
        self.press(why, "Enter")

    def choose(self, category: str) -> None:
        self.press("category", "c")
        options = self.page.locator("#category-list [role=option]")
        place = options.evaluate_all(
            "(items, code) => items.findIndex(item => item.dataset.category === code)", category
        )
        if place < 9:
            self.press("category", str(place + 1))
        else:
            name = options.nth(place).get_attribute("data-name") or ""
            self.write("category", name[:6])
            self.press("category", "Enter")

    # --- the invoices -------------------------------------------------------------------------

    def post_all(self) -> list[str]:
        """Post one after the other; what could not be."""
        left: list[str] = []
        self.press("right", "Enter")
        self.page.wait_for_url("**/documents/**")
        while "/documents/" in self.page.url:
            if len(left) > 20:
                raise SystemExit(f"stuck: {left}")
            address = self.page.url
            self.page.wait_for_function("document.readyState === 'complete'")
            self.correct()
            self.settle()
            with self.waiting("right"):
                self.press("right", "Control+Enter")
                try:
                    self.page.wait_for_url(lambda url, was=address: url != was, timeout=15_000)
                except Exception:  # noqa: BLE001 - what stands against it is said on the page
                    left.append(self.page.locator("#refusal").inner_text()[:300])
                    self.press("question", "Alt+s")
                    self.page.wait_for_url(lambda url, was=address: url != was)
        return left

    def correct(self) -> None:
        shown = self.page.evaluate(
            """() => Object.fromEntries([...document.querySelectorAll('.fields input[data-field]')]
              .map(input => [input.dataset.field, input.value]))"""
        )
        leaves = self.page.locator(".leaf").evaluate_all(
            "leaves => leaves.map(leaf => Number(leaf.dataset.page))"
        )
        true = self.groups.get(tuple(leaves))
        if true is None or not true["fields"]:
            return
        ignored = true["ignore_fields"] or ()
        for number, name in enumerate(FIELDS, 1):
            value = true["fields"].get(name)
            if value is None or name in ignored:
                continue
            if same(name, shown.get(name), value, unsigned=true["category"] == "credit_note"):
                continue
            self.put(number, name, value)
            self.count.things["field"] += 1

    def put(self, number: int, name: str, value: str) -> None:
        """The right value into a field: from the list of others if it is there, or typed."""
        if self.page.evaluate("document.activeElement.matches('input, select, textarea')"):
            self.press("field", "Escape")
        self.press("field", str(number), "F2")
        options = self.page.locator("#choices [role=option]")
        with self.waiting("field"):
            self.page.wait_for_timeout(300)
        texts = [meant(name, text) for text in options.all_inner_texts()]
        at = next((i for i, text in enumerate(texts) if same(name, text, value)), None)
        if at is not None:
            self.press("field", *["ArrowDown"] * at, "Enter")
        else:
            if texts:
                self.press("field", "Escape")
            self.write("field", typed(name, value))

    def settle(self) -> None:
        """What the page asks before it lets the entry be posted."""
        for _ in range(4):
            blocking = self.page.locator("#problems li.blocking")
            if not blocking.count():
                return
            self.count.things["question"] += 1
            self.press("question", "Alt+p", "Enter")
            self.page.wait_for_load_state()


def fits(category: str, true: Mapping[str, Any]) -> bool:
    return category == true["category"] or category in (true["accept_categories"] or ())


def meant(name: str, text: str) -> str:
    """What a choice says, without the page it stands on."""
    plain = re.sub(r"\s*p\. \d+\s*$", "", text).strip()
    seen = dates_in(plain) if name.endswith("_date") else ()
    return seen[0].value.isoformat() if seen else plain


def typed(name: str, value: str) -> str:
    """A value as a French keyboard gives it."""
    if name.endswith("_date"):
        year, month, day = value.split("-")
        return day + month + year
    return value.replace(".", ",") if name.endswith("_total") else value


# --- the preparation ----------------------------------------------------------------------------


def spoil(house: House, who: Who, import_id: str, share: int) -> None:
    """Put mistakes in, as the machine makes them: 3 cuts, 2 categories and 4 fields of 40 documents
    (`share` of 40 of each). One cut and one category are wrong without a doubt being shown.
    """
    cuts, kinds, fields = (max(1, round(n * share / 40)) for n in (3, 2, 4))
    with house.store.transaction() as connection:
        kept = Kept.load(connection, import_id)
        board = kept.board
        order = {page: number for number, page in enumerate(board.order)}
        singles = [g for g in board.groups if len(g.pages) == 1 and g.category not in POSTABLE]
        longer = [g for g in board.groups if len(g.pages) > 1]
        for number in range(cuts):
            if number % 3 == 1 and longer:
                page = longer.pop().pages[1]
                board, probability = changed(board, Change(Do.CUT, (page,))), 0.6
            else:
                group = singles.pop()
                page = group.pages[0]
                if order[page] == 0:
                    continue
                board, probability = changed(board, Change(Do.JOIN, (page,))), 0.4
            connection.execute(
                update(t.page)
                .where(t.page.c.id == page)
                .values(cut={"probability": 0.05 if number == 2 else probability, "reasons": []})
            )
        write(house, connection, who, kept, board, what="regroup", change={"do": "regroup"})
        # Nobody has said any of it.
        connection.execute(
            update(t.page).where(t.page.c.import_id == import_id).values(begins=None)
        )
        connection.execute(
            update(t.group).where(t.group.c.import_id == import_id).values(said=False)
        )
        for number, group in enumerate(singles[:kinds]):
            wrong = "contract" if group.category != "contract" else "letter"
            row = kept.rows[group.pages]
            connection.execute(
                update(t.group)
                .where(t.group.c.id == row.id)
                .values(
                    category=wrong, guess={"category": wrong, "sure": number > 0, "confidence": 0.7}
                )
            )
        spoilt = 0
        for group in board.groups:
            row = kept.rows.get(group.pages)
            if row is None or group.category not in POSTABLE or spoilt == fields:
                continue
            reading = row.reading
            name = ("issue_date", "invoice_number", "gross_total", "net_total")[spoilt % 4]
            found = reading["fields"].get(name)
            if not found:
                continue
            wrong_value = {"issue_date": "2026-01-01", "invoice_number": "0000"}.get(name, "1.00")
            found.update(value=wrong_value, state="read", page=None, box=None)
            connection.execute(
                update(t.group).where(t.group.c.id == row.id).values(reading=reading)
            )
            spoilt += 1


def know_suppliers(house: House, import_id: str) -> None:
    """Propose an account for every line, as for suppliers whose invoices were posted before."""
    with house.store.transaction() as connection:
        for row in connection.execute(select(t.group).where(t.group.c.import_id == import_id)):
            lines = [
                line if line["account"] else {**line, "account": "6064", "source": "history"}
                for line in row.suggestion or ()
            ]
            connection.execute(
                update(t.group).where(t.group.c.id == row.id).values(suggestion=lines)
            )


def table(count: Count, documents: int) -> str:
    right = count.presses["right"] + count.presses["question"]
    lines = [
        "| for | of them | presses | presses each | characters typed | seconds |",
        "|---|---|---|---|---|---|",
        (
            f"| each document | {documents} | {right} | {right / documents:.2f} | "
            f"{count.characters['right']} | {count.seconds['right']:.1f} |"
        ),
    ]
    for kind in WRONG:
        things = count.things[kind]
        each = count.presses[kind] / things if things else 0
        lines.append(
            f"| a wrong {kind} | {things} | {count.presses[kind]} | {each:.2f} | "
            f"{count.characters[kind]} | {count.seconds[kind]:.1f} |"
        )
    return "\n".join(lines) + "\n"


def walk(page: Page, address: str, import_id: str, truth: Mapping[str, Any]) -> Count:
    walker = Walker(page, truth)
    began = time.monotonic()
    page.goto(f"{address}/imports/{import_id}")
    walker.review()
    left = walker.post_all()
    walker.count.seconds["all"] = time.monotonic() - began
    if left:
        raise SystemExit("could not be posted: " + "\n".join(left))
    return walker.count


def prepare(house: House, who: Who, http: httpx.Client, pdf: bytes, documents: int) -> str:
    """The id of the import, read and spoilt."""
    answer = http.post("/imports", files={"file": ("stack.pdf", pdf)})
    answer.raise_for_status()
    import_id: str = answer.json()["id"]
    while (found := http.get(f"/imports/{import_id}").json())["status"] != "ready":
        time.sleep(0.5)
    spoil(house, who, import_id, documents)
    while any(g["being_read"] for f in found["files"] for g in f["groups"]):
        time.sleep(0.5)
        found = http.get(f"/imports/{import_id}").json()
    know_suppliers(house, import_id)
    return import_id


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--documents", type=int, default=40)
    parser.add_argument("--seed", type=int, default=2031)
    parser.add_argument("--markdown", type=Path, help="write the table between its marks there")
    options = parser.parse_args()
    stack = draw_stack(options.seed, documents=options.documents)
    with (
        installation() as found,
        httpx.Client(
            base_url=found.address + "/api/v1",
            headers={"Authorization": f"Bearer {found.key}"},
            timeout=120,
        ) as http,
        sync_playwright() as playwright,
    ):
        house = open_house(Settings(data_folder=found.folder))
        who = access.operator(found.organisation_id)
        import_id = prepare(house, who, http, stack.pdf, options.documents)
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--lang=fr-FR"],
            env={**os.environ, "LANGUAGE": "fr"},
        )
        page = browser.new_context(
            locale="fr-FR", viewport={"width": 1440, "height": 900}
        ).new_page()
        page.goto(found.address + urlsplit(sessions.sign_in_link(house, found.email)).path)
        page.locator("button.primary").click()
        page.wait_for_url("**/imports")
        count = walk(page, found.address, import_id, stack.truth)
        browser.close()
        house.store.close()
    text = table(count, options.documents)
    print(text, dict(count.keys), file=sys.stderr)
    print(text)


if __name__ == "__main__":
    main()
