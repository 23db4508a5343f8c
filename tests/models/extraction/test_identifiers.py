from __future__ import annotations

import pytest

from domain.identifiers import iban_is_valid
from models.extraction.identifiers import find_identifiers, mended
from models.extraction.rows import sheet_of
from tests.models.extraction.paper import page


def found(text: str, source: str = "text") -> list[tuple[str, str, bool | None]]:
    return [
        (i.kind, i.value, i.valid) for i in find_identifiers(sheet_of([page(text, source=source)]))
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("IBAN : FR76 3000 6000 0112 3456 7890 189 - BIC : AGRIFRPP",
         ("iban", "FR7630006000011234567890189", True)),
        ("DE89370400440532013000", ("iban", "DE89370400440532013000", True)),
        ("IBAN FR76 3000 6000 0112 3456 7890 188", ("iban", "FR7630006000011234567890188", False)),
        ("N° TVA intracom : FR 44 732 829 320", ("vat_id", "FR44732829320", True)),
        ("TVA BE 0403.019.261", ("vat_id", "BE0403019261", True)),
        ("BTW BE 403.019.261", ("vat_id", "BE0403019261", True)),
        ("USt-IdNr. DE136695976", ("vat_id", "DE136695976", True)),
        ("CHE-100.155.212 TVA", ("uid", "CHE100155212", True)),
        ("SIRET : 732 829 320 00074", ("siret", "73282932000074", True)),
        ("RCS Paris B 732 829 320", ("siren", "732829320", True)),
        ("VAT 232 153 895", ("vat_id", "GB232153895", True)),
        ("BTW nr. 0403.170.701", ("vat_id", "BE0403170701", True)),
        ("UStID#DE12345618938", ("vat_id", "DE12345618938", False)),
        ("GSTIN: 27AAPFU0939F1ZV", ("vat_id", "27AAPFU0939F1ZV", True)),
        ("RIB : 20041 01005 0500013M026 06", ("iban", "FR1420041010050500013M02606", True)),
    ],
)  # fmt: skip
def test_identifiers_are_found_and_judged(text: str, expected: tuple[str, str, bool]) -> None:
    assert found(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "Tél. 0403 170 701",
        "TVA 20 % 403 170 701",
        "Tél. 01 71 17 61 67 89",
        "GLN 4000001123452",
        "Capital 100 000 000 EUR",
        "Page 1/1",
    ],
)
def test_telephones_and_article_numbers_are_no_identifiers(text: str) -> None:
    assert found(text) == []


def test_a_misread_account_is_mended_only_on_scans_and_only_one_way() -> None:
    assert found("IBAN FR76 30O0 6000 0112 3456 7890 189", "ocr") == [
        ("iban", "FR7630006000011234567890189", True)]  # fmt: skip
    assert found("IBAN FR76 30O0 6000 0112 3456 7890 189") == [
        ("iban", "FR7630O06000011234567890189", False)]  # fmt: skip
    assert found("N° TVA FR44 73282932O", "ocr") == [("vat_id", "FR44732829320", True)]
    assert mended("FR7630006000011234567890188", iban_is_valid, fixed=2) is None
