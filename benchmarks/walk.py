"""How many keys a stack costs: a walker goes through drawn mail in a real browser, by keyboard only.

    python -m benchmarks.walk [--documents 40] [--seed 2044]

A whole installation reads the stack. Then wrong cuts, categories and fields are put in, beside the
mistakes that the machine made by itself, which count as such. The walker does as a person does:
looks at what a page shows, compares it with the paper (here: with what was drawn), and presses
keys, from opening the import to the last entry. Each press is counted for what it was made for: a
chord such as Ctrl+Enter is one; the characters of a value, a page number or a name are counted
apart from the keys that lead to it. Seconds are those of the machine; a person's eyes come on top.

Suppliers are known, as on an ordinary day: one earlier invoice of each was posted, so that an account
is proposed from it.
"""

from __future__ import annotations

import argparse
import os
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.speed import installation
from benchmarks.walk_preparation import ACCOUNT, prepare
from domain.printed.dates import dates_in
from models.evaluation.comparing import same
from models.synthetic.stacks import draw_stack
from service.house import open_house
from service.operations import access, sessions
from service.settings import Settings

FIELDS = (
    "supplier_name", "invoice_number", "issue_date", "due_date", "net_total", "vat_total",
    "gross_total", "currency",
)  # fmt: skip
"""As the page numbers them from 1."""
EXCHANGE_RATE = "1,05"
"""Of every other currency: the walk counts keys, not money."""
WRONG = ("cut", "category", "field")


@dataclass(slots=True)
class Count:
    """Presses, characters and seconds, by what they were for."""

    presses: Counter[str] = field(default_factory=Counter)
    characters: Counter[str] = field(default_factory=Counter)
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    things: Counter[str] = field(default_factory=Counter)
    keys: dict[str, Counter[str]] = field(default_factory=dict)


class Walker:
    """Somebody who knows the paper, at a keyboard."""

    def __init__(self, page: Page, truth: Mapping[str, Any]) -> None:
        self.page, self.count = page, Count()
        self.asked_for: list[str] = []
        """What stood against posting, in the words of the page."""
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
            if left:
                return left
            address = self.page.url
            self.page.wait_for_function("document.readyState === 'complete'")
            corrected = self.correct()
            for _ in range(4):
                if not corrected:
                    self.settle()
                corrected = False
                self.answered("right", "Control+Enter")
                if self.page.url != address:
                    break
            else:
                left.append(self.page.locator("main").inner_text()[:1500])
        return left

    def correct(self) -> bool:
        """Put the fields right that are not; whether there were any."""
        before = self.count.things["field"]
        shown = self.page.evaluate(
            """() => Object.fromEntries([...document.querySelectorAll('.fields input[data-field]')]
              .map(input => [input.dataset.field, input.value]))"""
        )
        leaves = self.page.locator(".leaf").evaluate_all(
            "leaves => leaves.map(leaf => Number(leaf.dataset.page))"
        )
        true = self.groups.get(tuple(leaves))
        if true is None or not true["fields"]:
            return False
        ignored = true["ignore_fields"] or ()
        for number, name in enumerate(FIELDS, 1):
            value = true["fields"].get(name)
            if value is None or name in ignored:
                continue
            if same(name, shown.get(name), value, unsigned=true["category"] == "credit_note"):
                continue
            self.put(number, name, value)
            self.count.things["field"] += 1
        return self.count.things["field"] > before

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
            asked = self.page.locator("#problems li.blocking").all_inner_texts()
            if not asked:
                return
            self.asked_for.append(" ".join(asked[0].split()))
            self.count.things["question"] += 1
            if "compte" in asked[0]:  # of all its lines: the first field of the entry
                self.press("question", "Alt+e")
                self.write("question", ACCOUNT)
                with self.waiting("question"):
                    expect(self.page.locator("#choices [aria-selected=true]")).to_be_visible()
                    self.press("question", "Enter")
                    without = self.page.locator("#problems li.blocking", has_text="compte")
                    expect(without).to_have_count(0)
            elif "taux de change" in asked[0]:
                self.press("question", "Alt+p", "Enter")  # the posting keeps what was typed
                expect(self.page.locator("input[data-field=exchange_rate]")).to_be_focused()
                self.write("question", EXCHANGE_RATE)
                return
            else:
                self.press("question", "Alt+p")
                self.answered("question", "Enter")

    def answered(self, why: str, key: str) -> None:
        """Press what sends the form, and wait for the page that answers."""
        before = self.page.evaluate("performance.timeOrigin")
        with self.waiting(why):
            self.press(why, key)
            self.page.wait_for_function(
                "before => performance.timeOrigin !== before && document.readyState === 'complete'",
                arg=before,
            )


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


def table(count: Count, documents: int) -> str:
    """What was counted, and then key by key, as Markdown."""
    right = sum(presses for why, presses in count.presses.items() if why not in WRONG)
    seconds = sum(s for why, s in count.seconds.items() if why not in (*WRONG, "all"))
    typed_ = sum(c for why, c in count.characters.items() if why not in WRONG)
    rows: list[tuple[str, int, int, int, float]] = [
        ("each document", documents, right, typed_, seconds)
    ]
    rows += [
        (
            f"a wrong {kind}",
            count.things[kind],
            count.presses[kind],
            count.characters[kind],
            count.seconds[kind],
        )
        for kind in WRONG
    ]
    lines = [
        "| for | of them | presses | presses each | characters typed | seconds |",
        "|---|---|---|---|---|---|",
    ]
    for name, things, presses, characters, took in rows:
        each = presses / things if things else 0
        lines.append(f"| {name} | {things} | {presses} | {each:.2f} | {characters} | {took:.1f} |")
    lines += ["", "| for | keys | times |", "|---|---|---|"]
    for why, keys in count.keys.items():
        name = why if why not in WRONG else f"a wrong {why}"
        lines += [f"| {name} | {key} | {times} |" for key, times in keys.most_common()]
    return "\n".join(lines) + "\n"


def walk(page: Page, address: str, import_id: str, truth: Mapping[str, Any]) -> Walker:
    """From opening the import to the last entry; SystemExit with what could not be posted."""
    walker = Walker(page, truth)
    page.goto(f"{address}/imports/{import_id}")
    walker.review()
    left = walker.post_all()
    if left:
        raise SystemExit("could not be posted: " + "\n".join(left))
    return walker


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--documents", type=int, default=40)
    parser.add_argument("--seed", type=int, default=2044)
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
        import_id = prepare(house, who, http, stack)
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
        walker = walk(page, found.address, import_id, stack.truth)
        browser.close()
        house.store.close()
    print(table(walker.count, options.documents))
    print("\n".join(walker.asked_for))


if __name__ == "__main__":
    main()
