"""Stacks of mail: drawn documents laid one behind the other, as a mailroom scans them.

`draw_stack` is what demonstrations, tests and benchmarks call. The truth has the shape that
`models.evaluation` reads.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import pymupdf

from models.synthetic import bank, commerce, office, till
from models.synthetic.layout import Layout, Layouts
from models.synthetic.paper import Paper
from models.synthetic.parties import Company, draw_company
from models.synthetic.scanner import Scan, scan_blank, scan_page
from models.synthetic.sheet import A4

# How often a kind of paper comes in the mail of a small company.
SHARES = {
    "purchase_invoice": 40,
    "receipt": 14,
    "bank_statement": 5,
    "letter": 8,
    "quote": 6,
    "delivery_note": 6,
    "credit_note": 4,
    "purchase_order": 4,
    "payslip": 4,
    "tax_notice": 3,
    "contract": 3,
    "other": 4,
}
COUNTRIES = ("FR", "FR", "FR", "FR", "FR", "CH", "BE", "DE", "GB")


@dataclass(frozen=True, slots=True)
class Stack:
    pdf: bytes
    truth: dict[str, Any]


def draw_paper(
    random: Random,
    category: str,
    company: Company,
    *,
    own: Company,
    layouts: Layouts | None = None,
) -> Paper:
    """One document of `category` from `company` to `own`; `layouts` as in `draw_stack`."""
    layout = Layout(random, layouts)
    if category in commerce.CATEGORIES:
        return commerce.draw_commercial(random, category, company, own, layout=layout)
    if category == "receipt":
        return till.draw_receipt(random, company)
    if category == "bank_statement":
        return bank.draw_statement(random, own, layout=layout)
    if category == "payslip":
        return office.draw_payslip(random, company)
    if category == "contract":
        return office.draw_contract(random, company, own, layout=layout)
    if category == "tax_notice":
        return office.draw_tax_notice(random, own, company.country)
    if category == "letter":
        return office.draw_letter(random, company, own, layout=layout)
    if category == "other":
        if company.country == "FR" and random.random() < 0.3:
            return bank.draw_bank_details(random, company)
        return office.draw_form(random, company)
    raise ValueError(f"no paper of category {category}")


def draw_papers(random: Random, layouts: Layouts | None = None) -> Iterator[Paper]:
    """An endless mail to one company, from some dozens of correspondents that come back."""
    own = draw_company(random, "FR")
    known: list[Company] = []
    categories, weights = list(SHARES), list(SHARES.values())
    while True:
        if known and random.random() < 0.3:
            company = random.choice(known)
        else:
            country = random.choice(COUNTRIES)
            company = draw_company(random, country, charges_vat=random.random() < 0.9)
            known.append(company)
        yield draw_paper(
            random, random.choices(categories, weights)[0], company, own=own, layouts=layouts
        )


def draw_stack(
    seed: int,
    documents: int | None = None,
    pages: int | None = None,
    scanned: bool = False,
    layouts: Layouts | None = None,
) -> Stack:
    """A stack of `documents` documents, or of exactly `pages` pages (12 documents if neither).

    A scanned stack is pictures of pages: askew, noisy, some turned, with blank sheets between some
    documents. `layouts` keeps to papers for training or for testing, which are put together from
    different parts (`layout.HELD_OUT`). The same arguments draw the same stack.
    """
    if documents is not None and pages is not None:
        raise ValueError("a stack has a number of documents or a number of pages, not both")
    if documents is None and pages is None:
        documents = 12
    random = Random(seed)
    drawn = pymupdf.open()
    groups: list[dict[str, Any]] = []
    for paper in draw_papers(random, layouts):
        if documents is not None and len(groups) == documents:
            break
        if pages is not None:
            left = pages - drawn.page_count
            if left == 0:
                break
            if len(paper.sheets) > left:
                continue
        first = drawn.page_count
        for sheet in paper.sheets:
            sheet.write(drawn)
        groups.append(
            {
                "pages": list(range(first, drawn.page_count)),
                "category": paper.category,
                "accept_categories": list(paper.accept_categories),
                "source_doc": f"drawn-{seed}-{len(groups) + 1}",
                "language": paper.language,
                "fields": paper.fields,
                "ignore_fields": [],
                "layout": paper.layout,
            }
        )
    truth: dict[str, Any] = {
        "variant": "scan" if scanned else "digital",
        "page_count": drawn.page_count,
        "groups": groups,
        "blank_pages": [],
        "rotated_pages": {},
    }
    if scanned:
        return _scanned(random, drawn, truth, exact=pages is not None)
    drawn.set_metadata({"title": "Bannette", "creationDate": "D:20260101000000Z"})
    return Stack(drawn.tobytes(garbage=0, deflate=False, no_new_id=True), truth)


def _scanned(
    random: Random, drawn: pymupdf.Document, truth: dict[str, Any], *, exact: bool
) -> Stack:
    out = pymupdf.open()

    def lay(scan: Scan) -> int:
        page = out.new_page(width=scan.width, height=scan.height)
        page.insert_image(page.rect, stream=io.BytesIO(scan.jpeg))
        return int(page.number)

    for n, group in enumerate(truth["groups"]):
        # A stack of an exact number of pages has no room for separators.
        if n and not exact and random.random() < 0.08:
            truth["blank_pages"].append(lay(scan_blank(random, *A4)))
        numbers = []
        for number in group["pages"]:
            turned = random.choice((90, 180, 270)) if random.random() < 0.06 else 0
            numbers.append(lay(scan_page(random, drawn[number], turned)))
            if turned:
                truth["rotated_pages"][str(numbers[-1])] = turned
        group["pages"] = numbers
    truth["page_count"] = out.page_count
    return Stack(out.tobytes(garbage=0, no_new_id=True), truth)
