"""The paper mill: what it draws is valid, closes, and says where it is."""

import io
from collections import Counter
from decimal import Decimal
from itertools import pairwise
from random import Random

import pymupdf
import pytest
import zxingcpp
from PIL import Image
from stdnum import iban
from stdnum.be import vat as belgian_vat
from stdnum.ch import uid
from stdnum.fr import siren, siret, tva

from domain.documents import Category
from models.synthetic import bank, commerce, office, parties, till
from models.synthetic.stacks import SHARES, draw_paper, draw_stack


def companies(country: str, count: int = 40) -> list[parties.Company]:
    random = Random(country)
    return [parties.draw_company(random, country) for _ in range(count)]


def text_of(*sheets) -> str:
    document = pymupdf.open()
    for sheet in sheets:
        sheet.write(document)
    return " ".join(" ".join(page.get_text() for page in document).split())


def test_drawn_companies_carry_identifiers_whose_check_digits_hold():
    for company in companies("FR"):
        assert siren.is_valid(company.siren)
        assert siret.is_valid(company.siret)
        assert tva.is_valid(company.vat_id)
        assert iban.is_valid(company.iban)
    assert all(uid.is_valid(c.vat_id) for c in companies("CH"))
    assert all(belgian_vat.is_valid(c.vat_id) for c in companies("BE"))
    for country in ("CH", "BE", "DE"):
        assert all(iban.is_valid(c.iban, check_country=False) for c in companies(country))


def test_a_company_that_charges_no_vat_has_no_vat_number():
    company = parties.draw_company(Random(1), "FR", charges_vat=False)
    assert company.vat_id is None
    paper = commerce.draw_commercial(
        Random(2), "purchase_invoice", company, parties.draw_company(Random(3), "FR"), lines=2
    )
    assert paper.fields["vat_lines"] == []
    assert paper.fields["net_total"] == paper.fields["gross_total"]
    assert "293 B" in text_of(*paper.sheets)


@pytest.mark.parametrize("country", ["FR", "BE", "CH", "DE", "GB"])
@pytest.mark.parametrize("category", ["purchase_invoice", "credit_note"])
def test_the_amounts_of_a_drawn_invoice_close(country, category):
    for seed in range(12):
        random = Random(f"{country}-{seed}")
        seller, buyer = parties.draw_company(random, country), parties.draw_company(random, "FR")
        fields = commerce.draw_commercial(random, category, seller, buyer).fields
        net, vat, gross = (
            Decimal(fields[name] or 0) for name in ("net_total", "vat_total", "gross_total")
        )
        assert net + vat == gross
        assert sum(Decimal(line["net_amount"]) for line in fields["line_items"]) == net
        assert sum(Decimal(line["base"]) for line in fields["vat_lines"]) == net
        assert sum(Decimal(line["amount"]) for line in fields["vat_lines"]) == vat


def test_what_the_truth_says_stands_on_the_paper():
    for seed in range(12):
        random = Random(seed)
        seller, buyer = parties.draw_company(random, "FR"), parties.draw_company(random, "FR")
        paper = commerce.draw_commercial(random, "purchase_invoice", seller, buyer)
        shown = text_of(*paper.sheets)
        assert seller.name in shown
        assert paper.fields["invoice_number"] in shown
        assert parties.spaced(seller.iban) in shown
        assert paper.fields["supplier_siren"] in shown.replace(" ", "")
        assert paper.fields["gross_total"].replace(".", ",") in shown.replace(" ", "")


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
    for country in ("FR", "BE", "CH", "DE", "GB"):
        random = Random(f"{category}-{country}")
        company, own = parties.draw_company(random, country), parties.draw_company(random, "FR")
        paper = draw_paper(random, category, company, own=own)
        assert paper.category == category
        assert len(text_of(*paper.sheets)) > 60


def test_nothing_is_drawn_outside_the_sheet_or_over_something_else():
    """Words of one line never run into each other, and none is cut by an edge."""
    for seed in range(6):
        stack = draw_stack(seed, pages=12)
        for page in pymupdf.open("pdf", stack.pdf):
            words = [pymupdf.Rect(w[:4]) for w in page.get_text("words")]
            assert all(page.rect.contains(w) for w in words if w.y1 < page.rect.height - 30)
            for one, other in pairwise(words):
                shared = one & other
                high = min(one.height, other.height)
                assert shared.is_empty or shared.height < 0.6 * high or shared.width < 1.5


def test_the_same_seed_draws_the_same_stack_and_another_seed_another():
    assert draw_stack(3, documents=4).pdf == draw_stack(3, documents=4).pdf
    assert draw_stack(3, documents=2, scanned=True) == draw_stack(3, documents=2, scanned=True)
    assert draw_stack(3, documents=4).pdf != draw_stack(4, documents=4).pdf


def test_a_stack_has_as_many_documents_or_pages_as_asked():
    assert len(draw_stack(1, documents=9).truth["groups"]) == 9
    assert draw_stack(1, pages=25).truth["page_count"] == 25
    assert len(draw_stack(1).truth["groups"]) == 12
    with pytest.raises(ValueError, match="not both"):
        draw_stack(1, documents=2, pages=2)


@pytest.mark.parametrize("scanned", [False, True])
def test_every_page_of_a_stack_is_in_exactly_one_place(scanned):
    stack = draw_stack(11, documents=14, scanned=scanned)
    places = Counter(p for group in stack.truth["groups"] for p in group["pages"])
    places.update(stack.truth["blank_pages"])
    count = pymupdf.open("pdf", stack.pdf).page_count
    assert stack.truth["page_count"] == count
    assert places == Counter(range(count))


def test_a_scan_is_a_grey_picture_and_its_blank_sheets_are_not_quite_white():
    stacks = (draw_stack(seed, documents=6, scanned=True) for seed in range(20))
    stack = next(s for s in stacks if s.truth["blank_pages"])
    document = pymupdf.open("pdf", stack.pdf)
    assert all(page.get_text() == "" and len(page.get_images()) == 1 for page in document)
    blank = document[stack.truth["blank_pages"][0]]
    picture = Image.open(io.BytesIO(document.extract_image(blank.get_images()[0][0])["image"]))
    assert picture.mode == "L"
    darkest, lightest = picture.getextrema()
    assert darkest < 255
    assert lightest > 200


def test_pages_fed_sideways_are_named_in_the_truth():
    for seed in range(30):
        stack = draw_stack(seed, documents=8, scanned=True)
        sideways = [int(p) for p, t in stack.truth["rotated_pages"].items() if t in (90, 270)]
        if sideways:
            break
    document = pymupdf.open("pdf", stack.pdf)
    assert sideways
    for number in sideways:
        category = next(g["category"] for g in stack.truth["groups"] if number in g["pages"])
        rect = document[number].rect
        assert rect.width > rect.height or category == "receipt"


def test_a_swiss_invoice_carries_its_amount_and_account_in_its_qr_code():
    for seed in range(20):
        random = Random(seed)
        seller, buyer = parties.draw_company(random, "CH"), parties.draw_company(random, "FR")
        paper = commerce.draw_commercial(random, "purchase_invoice", seller, buyer, lines=2)
        document = pymupdf.open()
        paper.sheets[0].write(document)
        pixels = document[0].get_pixmap(dpi=150, colorspace=pymupdf.csGRAY)
        picture = Image.frombytes("L", (pixels.width, pixels.height), pixels.samples)
        said = [code.text.splitlines() for code in zxingcpp.read_barcodes(picture)]
        assert [lines[0] for lines in said] == ["SPC"]
        assert seller.iban in said[0]
        assert paper.fields["gross_total"] in said[0]


def test_general_conditions_belong_to_the_paper_they_follow():
    random = Random(1)
    seller, buyer = parties.draw_company(random, "FR"), parties.draw_company(random, "FR")
    papers = (
        commerce.draw_commercial(random, "purchase_invoice", seller, buyer, lines=2)
        for _ in range(80)
    )
    followed = next(p for p in papers if "Conditions générales" in text_of(p.sheets[-1]))
    assert len(followed.sheets) == 2


def test_a_paper_of_no_known_category_is_refused():
    company = parties.draw_company(Random(1), "FR")
    with pytest.raises(ValueError, match="no paper"):
        draw_paper(Random(1), "postcard", company, own=company)


def test_a_letter_may_run_over_a_second_page():
    own = parties.draw_company(Random(2), "FR")
    lengths = {
        len(office.draw_letter(Random(s), parties.draw_company(Random(s), "FR"), own).sheets)
        for s in range(60)
    }
    assert 1 in lengths
    assert max(lengths) >= 2
