"""The paper mill: what it draws is valid, closes, and says where it is."""

import io
from collections import Counter
from decimal import Decimal
from itertools import islice, pairwise
from random import Random

import pymupdf
import pytest
import zxingcpp
from PIL import Image
from stdnum import iban
from stdnum.ch import esr, uid
from stdnum.eu import vat as european_vat
from stdnum.fr import siren, siret
from stdnum.gb import vat as british_vat

from domain.documents import Category
from domain.text import Box, PageText, Word
from models.synthetic import bank, commerce, identifiers, letters, parties, till
from models.synthetic.mail import ITALIAN, SHARES, draw_paper, draw_papers
from models.synthetic.noise import noisy_words
from models.synthetic.scanner import PROFILES, scan_blank, scan_page
from models.synthetic.sheet import A4
from models.synthetic.stacks import draw_stack
from models.synthetic.wording import countries


def companies(country: str, count: int = 40) -> list[parties.Company]:
    random = Random(country)
    return [parties.draw_company(random, country) for _ in range(count)]


def text_of(*sheets) -> str:
    document = pymupdf.open()
    for sheet in sheets:
        sheet.write(document)
    return " ".join(" ".join(page.get_text() for page in document).split())


@pytest.mark.parametrize("country", sorted(countries()))
def test_drawn_companies_carry_identifiers_whose_check_digits_hold(country):
    for company in companies(country, 20):
        assert company.iban is None or iban.is_valid(company.iban, check_country=False)
        if country == "FR":
            assert siren.is_valid(company.siren)
            assert siret.is_valid(company.siret)
        if country == "CH":
            assert uid.is_valid(company.vat_id)
        elif country == "GB":
            assert british_vat.is_valid(company.vat_id)
        elif country == "US":
            assert company.vat_id is None
        else:
            assert european_vat.is_valid(company.vat_id)


def test_a_swiss_qr_reference_and_a_belgian_message_end_in_their_check_digits():
    for seed in range(20):
        assert esr.is_valid(identifiers.draw_qr_reference(Random(seed)))
        digits = "".join(
            c for c in identifiers.draw_structured_message(Random(seed)) if c.isdigit()
        )
        assert int(digits[:10]) % 97 in (int(digits[10:]), int(digits[10:]) - 97)


def test_a_company_that_charges_no_vat_has_no_vat_number():
    company = parties.draw_company(Random(1), "FR", charges_vat=False)
    assert company.vat_id is None
    paper = commerce.draw_commercial(
        Random(2), "purchase_invoice", company, parties.draw_company(Random(3), "FR"), lines=2
    )
    assert paper.fields["vat_lines"] == []
    assert "293 B" in text_of(*paper.sheets)


@pytest.mark.parametrize("country", sorted(countries()))
@pytest.mark.parametrize("category", ["purchase_invoice", "credit_note"])
def test_the_amounts_of_a_drawn_invoice_close(country, category):
    for seed in range(5):
        random = Random(f"{country}-{seed}")
        seller, buyer = (parties.draw_company(random, country) for _ in range(2))
        paper = commerce.draw_commercial(random, category, seller, buyer)
        fields = paper.fields
        net, vat, gross = (
            Decimal(fields[name] or 0) for name in ("net_total", "vat_total", "gross_total")
        )
        # Swiss totals are rounded to five centimes.
        if fields["net_total"]:
            assert abs(net + vat - gross) <= (Decimal("0.02") if fields["currency"] == "CHF" else 0)
        assert sum(Decimal(line["amount"]) for line in fields["vat_lines"]) == vat
        if fields["vat_lines"] and fields["net_total"]:
            assert sum(Decimal(line["base"]) for line in fields["vat_lines"]) == net
        for line in fields["vat_lines"]:
            share = Decimal(line["base"]) * Decimal(line["rate"]) / 100
            assert abs(share - Decimal(line["amount"])) <= Decimal("0.01")


def test_what_the_truth_says_stands_on_the_paper():
    """Of papers of every kind, country and purpose."""
    asked = ("supplier_name", "supplier_vat_id", "supplier_siren", "invoice_number", "iban",
             "gross_total", "amount_due", "bank_name", "opening_balance", "closing_balance")  # fmt: skip
    found = 0
    for layouts in ("train", "test"):
        for paper in islice(draw_papers(Random(7), layouts, "wide"), 50):
            if paper.fields is None:
                continue
            shown = squeezed(text_of(*paper.sheets))
            lines = [i["description"] for i in paper.fields.get("line_items") or []]
            lines += [i["net_amount"] for i in paper.fields.get("line_items") or []]
            for value in [paper.fields.get(name) for name in asked] + lines:
                assert value is None or squeezed(value) in shown, (value, paper.layout)
                found += value is not None
    assert found > 400


def squeezed(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def test_the_movements_of_a_drawn_statement_lead_to_its_closing_balance():
    fields = bank.draw_statement(Random(4), parties.draw_company(Random(5), "FR"), 60).fields
    moved = sum(Decimal(t["amount"]) for t in fields["transactions"])
    assert Decimal(fields["opening_balance"]) + moved == Decimal(fields["closing_balance"])
    assert len(fields["transactions"]) == 60
    assert iban.is_valid(fields["iban"])


def test_a_long_statement_goes_over_several_sheets():
    paper = bank.draw_statement(Random(6), parties.draw_company(Random(7), "FR"), 75)
    assert len(paper.sheets) >= 2


def test_the_parts_of_a_receipt_add_up():
    fields = till.draw_receipt(Random(8), parties.draw_company(Random(9), "FR")).fields
    assert Decimal(fields["net_total"]) + Decimal(fields["vat_total"]) == Decimal(
        fields["gross_total"]
    )


@pytest.mark.parametrize("category", sorted(SHARES))
def test_every_kind_of_paper_is_drawn_in_every_country(category):
    assert category in set(Category)
    for country in countries():
        if country == "IT" and category not in ITALIAN:
            continue
        random = Random(f"{category}-{country}")
        language = "fr" if country == "CH" else None
        company = parties.draw_company(random, country, language=language)
        own = parties.draw_company(random, "FR")
        paper = draw_paper(random, category, company, own=own)
        assert paper.category == category
        assert len(text_of(*paper.sheets)) > 60


def test_nothing_is_drawn_outside_the_sheet_or_over_something_else():
    """Words of one line never run into each other, and none is cut by an edge."""
    for seed in range(3):
        stack = draw_stack(seed, pages=12, mail="wide")
        for page in pymupdf.open("pdf", stack.pdf):
            words = [pymupdf.Rect(w[:4]) for w in page.get_text("words")]
            assert all(page.rect.contains(w) for w in words if w.y1 < page.rect.height - 30)
            for one, other in pairwise(words):
                shared = one & other
                high = min(one.height, other.height)
                assert shared.is_empty or shared.height < 0.6 * high or shared.width < 1.5


def test_the_same_seed_draws_the_same_stack_and_another_seed_another():
    assert draw_stack(3, documents=4).pdf == draw_stack(3, documents=4).pdf
    assert draw_stack(3, pages=1, scanned=True) == draw_stack(3, pages=1, scanned=True)
    assert draw_stack(3, documents=4).pdf != draw_stack(4, documents=4).pdf


def test_a_stack_has_as_many_documents_or_pages_as_asked():
    assert len(draw_stack(1, documents=9).truth["groups"]) == 9
    assert draw_stack(1, pages=25).truth["page_count"] == 25
    assert len(draw_stack(1).truth["groups"]) == 12
    with pytest.raises(ValueError, match="not both"):
        draw_stack(1, documents=2, pages=2)


@pytest.mark.parametrize("scanned", [False, True])
def test_every_page_of_a_stack_is_in_exactly_one_place(scanned):
    stack = draw_stack(11, documents=5, scanned=scanned)
    places = Counter(p for group in stack.truth["groups"] for p in group["pages"])
    places.update(stack.truth["blank_pages"])
    count = pymupdf.open("pdf", stack.pdf).page_count
    assert stack.truth["page_count"] == count
    assert places == Counter(range(count))


def test_a_scan_is_a_grey_picture_and_its_blank_sheets_are_not_quite_white():
    stack = draw_stack(1, documents=3, scanned=True, feeding="duplex")
    document = pymupdf.open("pdf", stack.pdf)
    assert all(page.get_text() == "" and len(page.get_images()) == 1 for page in document)
    blank = scan_blank(Random(1), *A4)
    picture = Image.open(io.BytesIO(blank.jpeg))
    assert picture.mode == "L"
    darkest, lightest = picture.getextrema()
    assert darkest < 255
    assert lightest > 200


def test_a_page_fed_sideways_lies_on_its_side_and_is_named_in_the_truth():
    document = pymupdf.open()
    draw_paper(Random(1), "contract", *companies("FR", 1), own=companies("FR", 2)[1]).sheets[
        0
    ].write(document)
    scan = scan_page(Random(1), document[0], 90)
    assert (scan.width > scan.height, scan.turned) == (True, 90)
    truths = (draw_stack(seed, pages=4, scanned=True).truth for seed in range(20))
    turned = next(t for t in truths if t["rotated_pages"])
    assert set(turned["rotated_pages"].values()) <= {90, 180, 270}


def test_a_swiss_invoice_carries_its_amount_and_account_in_its_qr_code():
    papers = (
        commerce.draw_commercial(
            random, "purchase_invoice",
            parties.draw_company(random, "CH"), parties.draw_company(random, "CH"), lines=2,
        )
        for random in map(Random, range(200))
    )  # fmt: skip
    slips = (p for p in papers if "payment=slip" in p.layout and p.fields["currency"] == "CHF")
    for paper in islice(slips, 3):
        document = pymupdf.open()
        for sheet in paper.sheets:
            sheet.write(document)
        said = [code for page in document for code in codes_on(page)]
        assert [lines[0] for lines in said] == ["SPC"]
        assert paper.fields["iban"] in said[0]
        assert (paper.fields["amount_due"] or paper.fields["gross_total"]) in said[0]


def codes_on(page) -> list[list[str]]:
    pixels = page.get_pixmap(dpi=150, colorspace=pymupdf.csGRAY)
    picture = Image.frombytes("L", (pixels.width, pixels.height), pixels.samples)
    return [code.text.splitlines() for code in zxingcpp.read_barcodes(picture)]


def test_general_conditions_belong_to_the_paper_they_follow():
    random = Random(1)
    seller, buyer = parties.draw_company(random, "FR"), parties.draw_company(random, "FR")
    papers = (
        commerce.draw_commercial(random, "purchase_invoice", seller, buyer, lines=2)
        for _ in range(200)
    )
    followed = next(p for p in papers if "conditions générales" in text_of(p.sheets[-1]).lower())
    assert len(followed.sheets) >= 2


def test_a_paper_of_no_known_category_is_refused():
    company = parties.draw_company(Random(1), "FR")
    with pytest.raises(ValueError, match="no paper"):
        draw_paper(Random(1), "postcard", company, own=company)


def test_a_letter_may_run_over_a_second_page():
    own = parties.draw_company(Random(2), "FR")
    lengths = {
        len(letters.draw_letter(Random(s), parties.draw_company(Random(s), "FR"), own).sheets)
        for s in range(60)
    }
    assert 1 in lengths
    assert max(lengths) >= 2


def test_papers_to_train_on_and_to_test_on_share_no_layout():
    drawn = {
        layouts: {paper.layout for paper in islice(draw_papers(Random(3), layouts, "wide"), 100)}
        for layouts in ("train", "test")
    }
    assert not drawn["train"] & drawn["test"]
    assert all(len(names) >= 60 for names in drawn.values())


@pytest.mark.parametrize("feeding", ["duplex", "interleaved", "shuffled"])
def test_the_truth_follows_the_pages_however_they_are_fed(feeding):
    stack, plain = (
        draw_stack(11, documents=40, feeding=f, mail="wide") for f in (feeding, "plain")
    )
    pages, in_order = (
        [page.get_text() for page in pymupdf.open("pdf", s.pdf)] for s in (stack, plain)
    )
    for one, other in zip(stack.truth["groups"], plain.truth["groups"], strict=True):
        assert [pages[n] for n in one["pages"]] == [in_order[n] for n in other["pages"]]
    assert all(pages[n] == "" for n in stack.truth["blank_pages"])
    if feeding == "duplex":
        assert stack.truth["blank_pages"]
    else:
        assert any(
            g["pages"] != list(range(g["pages"][0], g["pages"][0] + len(g["pages"])))
            for g in stack.truth["groups"]
        )


@pytest.mark.parametrize("profile", PROFILES)
def test_each_machine_takes_pictures_of_its_own(profile):
    stack = draw_stack(2, pages=1, scanned=profile)
    page = pymupdf.open("pdf", stack.pdf)[0]
    assert len(page.get_images()) == 1
    assert stack == draw_stack(2, pages=1, scanned=profile)


def test_a_poor_hidden_text_is_wrong_here_and_there():
    stack, drawn = (draw_stack(4, pages=4, scanned=s, layer=s) for s in (True, False))
    said, truth = ([p.get_text() for p in pymupdf.open("pdf", s.pdf)] for s in (stack, drawn))
    laid = [n for n, text in enumerate(said) if text]
    assert laid
    for n in laid:
        assert said[n].split() != truth[n].split()
        assert set(said[n].split()) & set(truth[n].split())


def test_ocr_noise_changes_words_in_proportion_and_keeps_their_places():
    words = tuple(
        Word(f"mot{n}x", Box(0.1, 0.01 * n, 0.3, 0.01 * n + 0.01), 1.0, n) for n in range(90)
    )
    page = PageText(0, 595, 842, "text", words)
    mild, strong = (noisy_words(Random(1), page, strength) for strength in (0.005, 0.1))
    kept = [sum(w.text in {v.text for v in p.words} for w in words) for p in (mild, strong)]
    assert kept[0] > 75 > kept[1] > 10
    assert mild.source == "ocr"
    assert mild == noisy_words(Random(1), page, 0.005)
