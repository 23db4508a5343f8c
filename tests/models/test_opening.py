"""What is taken, what is refused and why, and that refusing costs nothing."""

from __future__ import annotations

import email.message
import io
import socket
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pymupdf
import pytest
from PIL import Image

from domain.errors import Unreadable
from models.limits import Limits
from models.opening import Opened, open_file
from models.sandbox import Sandbox
from tests.models import drawing


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def opened(sandbox: Sandbox, path: Path, work: Path, depth: int = 0, **limits: int) -> Opened:
    return open_file(sandbox, path, path.name, Limits(**limits), work, depth=depth)


def refusal(sandbox: Sandbox, path: Path, work: Path, depth: int = 0, **limits: int) -> Unreadable:
    with pytest.raises(Unreadable) as refused:
        opened(sandbox, path, work, depth, **limits)
    assert refused.value.advice, "a refusal says what to do next"
    return refused.value


def test_a_pdf_is_itself_with_its_pages_as_displayed(
    sandbox: Sandbox, tmp_path: Path, work: Path
) -> None:
    path = drawing.pdf(tmp_path / "a.pdf", pages=3, rotate=90)
    got = opened(sandbox, path, work)
    assert (got.kind, got.media_type, got.pdf_path) == ("pdf", "application/pdf", path)
    assert [(p.width_pt, p.height_pt) for p in got.pages] == [(842, 595)] * 3


def test_the_name_of_a_file_is_never_believed(sandbox: Sandbox, tmp_path: Path, work: Path) -> None:
    path = drawing.pdf(tmp_path / "real.pdf").rename(tmp_path / "invoice.jpg")
    assert opened(sandbox, path, work).kind == "pdf"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\0" * 5000, "empty"),
        (b"MZ\x90\0 a program", "unknown_type"),
        (b"<html><body>%P DF</body></html>", "unknown_type"),
        (b"%PDF-1.7\n", "damaged"),
        (b"%PDF-1.7\n1 0 obj <</Type/Catalog>> endobj\ntrailer <</Root 1 0 R>>", "no_pages"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "damaged"),
        (b"PK\x03\x04 and no more", "damaged"),
    ],
)
def test_what_is_no_document_is_refused_with_a_reason(
    sandbox: Sandbox, tmp_path: Path, work: Path, content: bytes, code: str
) -> None:
    path = tmp_path / "document.pdf"
    path.write_bytes(content)
    assert refusal(sandbox, path, work).code == code


def test_an_html_page_that_claims_to_be_a_pdf_is_not_read(
    sandbox: Sandbox, tmp_path: Path, work: Path
) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"<html><!-- %PDF-1.7 --><body><h1>Facture</h1></body></html>")
    assert refusal(sandbox, path, work).code in ("damaged", "unknown_type", "no_pages")


def test_an_encrypted_pdf_is_refused_and_one_without_a_password_is_read(
    sandbox: Sandbox, tmp_path: Path, work: Path
) -> None:
    plain = drawing.pdf(tmp_path / "plain.pdf")
    for name, user in (("closed.pdf", "secret"), ("open.pdf", "")):
        with pikepdf.open(plain) as pdf:
            pdf.save(tmp_path / name, encryption=pikepdf.Encryption(user=user, owner="owner"))
    assert refusal(sandbox, tmp_path / "closed.pdf", work).code == "encrypted"
    assert len(opened(sandbox, tmp_path / "open.pdf", work).pages) == 1


def test_more_pages_than_allowed_are_refused(sandbox: Sandbox, tmp_path: Path, work: Path) -> None:
    refused = refusal(sandbox, drawing.pdf(tmp_path / "a.pdf", pages=4), work, pages=3)
    assert refused.code == "too_many_pages"
    assert refused.details["pages"] == 4


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "heic", "jp2"])
def test_an_image_becomes_a_page(sandbox: Sandbox, tmp_path: Path, work: Path, ending: str) -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    path = tmp_path / f"a.{ending}"
    drawing.photo(size=(900, 600)).save(path)
    got = opened(sandbox, path, work)
    assert got.kind == "image"
    assert got.pdf_path is not None
    assert got.pdf_path.parent == work
    assert [(p.width_pt, round(p.height_pt)) for p in got.pages] == [(842, 561)]


def test_a_jpeg_is_kept_byte_for_byte(sandbox: Sandbox, tmp_path: Path, work: Path) -> None:
    path = tmp_path / "a.jpg"
    drawing.photo().save(path)
    got = opened(sandbox, path, work)
    assert got.pdf_path is not None
    with pikepdf.open(got.pdf_path) as pdf:
        (image,) = pdf.pages[0].get_images().values()
        assert image.read_raw_bytes() == path.read_bytes()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_set_upright_by_its_exif(
    sandbox: Sandbox, tmp_path: Path, work: Path, orientation: int
) -> None:
    upright = Image.new("RGB", (400, 200), "white")
    upright.paste("black", (0, 0, 100, 50))  # a mark in the upper left corner
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "a.jpg", exif=exif, quality=95)
    got = opened(sandbox, tmp_path / "a.jpg", work)
    assert got.pages[0].width_pt > got.pages[0].height_pt
    with pymupdf.open(got.pdf_path) as pdf:
        pixmap = pdf[0].get_pixmap(colorspace=pymupdf.csGRAY)
        seen = Image.frombytes("L", (pixmap.width, pixmap.height), pixmap.samples)
    assert seen.getpixel((20, 20)) < 60
    assert seen.getpixel((seen.width - 20, seen.height - 20)) > 200
    assert seen.getpixel((20, seen.height - 20)) > 200


def test_every_frame_of_a_tiff_is_a_page_of_its_printed_size(
    sandbox: Sandbox, tmp_path: Path, work: Path
) -> None:
    frames = [Image.new("1", (1654, 2339), 1) for _ in range(3)]
    path = tmp_path / "fax.tif"
    frames[0].save(
        path, save_all=True, append_images=frames[1:], compression="group4", dpi=(200, 200)
    )
    pages = opened(sandbox, path, work).pages
    assert [(round(p.width_pt), round(p.height_pt)) for p in pages] == [(595, 842)] * 3
    assert refusal(sandbox, path, work, pages=2).code == "too_many_pages"


def test_a_truncated_image_is_refused_with_a_reason(
    sandbox: Sandbox, tmp_path: Path, work: Path
) -> None:
    path = tmp_path / "a.jpg"
    drawing.photo().save(path)
    path.write_bytes(path.read_bytes()[:4000])
    assert refusal(sandbox, path, work).code == "damaged"


def test_a_flood_of_pixels_is_refused_before_it_is_decoded(
    sandbox: Sandbox, tmp_path: Path, work: Path
) -> None:
    path = tmp_path / "flood.png"
    Image.new("1", (30_000, 30_000)).save(path)
    assert refusal(sandbox, path, work).code == "too_many_pixels"
    assert sandbox.last_usage is not None
    assert sandbox.last_usage.peak_mb < 400


def test_an_archive_is_unpacked_under_names_of_our_own(
    sandbox: Sandbox, tmp_path: Path, work: Path
) -> None:
    path = drawing.archive(
        tmp_path / "a.zip",
        ("../../../etc/cron.d/x.pdf", b"one"),
        ("/absolute.pdf", b"two"),
        ("C:\\windows\\a.pdf", b"three"),
        ("d\u202efdp.exe\r\nX: y\x00.pdf", b"four"),
        ("n" * 300 + ".pdf", b"five"),
        ("__MACOSX/._a.pdf", b"ignored"),
        ("folder/", b""),
    )
    canary = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*") if work not in p.parents)
    got = opened(sandbox, path, work)
    after = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*") if work not in p.parents)
    assert canary == after
    assert all(m.path.parent == work for m in got.members)
    assert [m.path.read_bytes() for m in got.members] == [
        b"one",
        b"two",
        b"three",
        b"four",
        b"five",
    ]
    names = [m.name for m in got.members]
    assert names[:3] == ["x.pdf", "absolute.pdf", "a.pdf"]
    assert all(len(n) <= 150 and n.isprintable() for n in names)


def test_a_link_in_an_archive_is_refused(sandbox: Sandbox, tmp_path: Path, work: Path) -> None:
    entry = zipfile.ZipInfo("passwd.pdf")
    entry.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr(entry, "/etc/passwd")
    assert refusal(sandbox, tmp_path / "a.zip", work).code == "archive_link"


def test_a_bomb_is_refused_before_it_fills_the_disk(
    sandbox: Sandbox, tmp_path: Path, work: Path
) -> None:
    path = drawing.archive(tmp_path / "a.zip", ("zeros.pdf", bytes(30_000_000)))
    assert refusal(sandbox, path, work).code == "archive_bomb"
    assert sum(p.stat().st_size for p in work.iterdir()) < 10_000_000


def test_an_archive_that_lies_about_sizes_is_refused(
    sandbox: Sandbox, tmp_path: Path, work: Path
) -> None:
    path = drawing.archive(tmp_path / "a.zip", ("a.pdf", bytes(5_000_000)))
    data = path.read_bytes()
    size = (5_000_000).to_bytes(4, "little")
    assert data.count(size) == 2
    path.write_bytes(data.replace(size, (100).to_bytes(4, "little")))
    assert refusal(sandbox, path, work).code == "damaged"


def test_entries_that_share_bytes_are_refused(sandbox: Sandbox, tmp_path: Path, work: Path) -> None:
    path = drawing.archive(tmp_path / "a.zip", *((f"{n}.pdf", bytes(2000)) for n in range(3)))
    with zipfile.ZipFile(path) as archive:
        offsets = [i.header_offset for i in archive.infolist()]
    data = path.read_bytes()
    start = data.index(b"PK\x01\x02")
    directory = data[start:].replace(
        offsets[1].to_bytes(4, "little") + b"1.pdf", offsets[0].to_bytes(4, "little") + b"1.pdf"
    )
    path.write_bytes(data[:start] + directory)
    assert refusal(sandbox, path, work).code == "damaged"


def test_too_many_entries_are_refused(sandbox: Sandbox, tmp_path: Path, work: Path) -> None:
    path = drawing.archive(tmp_path / "a.zip", *((f"{n}.pdf", b"x") for n in range(11)))
    assert refusal(sandbox, path, work, archive_entries=10).code == "too_many_entries"


def test_archives_inside_archives_go_as_deep_as_allowed(
    sandbox: Sandbox, tmp_path: Path, work: Path
) -> None:
    path = drawing.archive(tmp_path / "a.zip", ("a.pdf", b"x"))
    assert refusal(sandbox, path, work, depth=2).code == "archive_too_deep"
    assert opened(sandbox, path, work, depth=1).members


def test_an_office_document_is_not_an_archive(sandbox: Sandbox, tmp_path: Path, work: Path) -> None:
    path = drawing.archive(
        tmp_path / "a.docx", ("[Content_Types].xml", b"<x/>"), ("b.xml", b"<x/>")
    )
    assert refusal(sandbox, path, work).code == "office_document"


def test_a_spreadsheet_is_told_from_other_office_documents(
    sandbox: Sandbox, tmp_path: Path, work: Path
) -> None:
    parts = (("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>"))
    refused = refusal(sandbox, drawing.archive(tmp_path / "a.zip", *parts), work)
    assert refused.code == "spreadsheet"
    assert "spreadsheet-imports" in refused.advice


def test_a_mail_gives_its_attachments_and_not_its_logo(
    sandbox: Sandbox, tmp_path: Path, work: Path
) -> None:
    pdf = drawing.pdf(tmp_path / "i.pdf").read_bytes()
    mail = email.message.EmailMessage()
    mail["Subject"], mail["From"] = "Votre facture", "compta@example.org"
    mail.set_content("Bonjour, voici la facture.")
    mail.add_attachment(pdf, maintype="application", subtype="pdf", filename="../Facture été.pdf")
    logo = io.BytesIO()
    Image.new("RGB", (60, 20), "red").save(logo, "PNG")
    mail.add_attachment(
        logo.getvalue(), maintype="image", subtype="png", disposition="inline", cid="<l@x>"
    )
    (tmp_path / "m.eml").write_bytes(mail.as_bytes())
    got = opened(sandbox, tmp_path / "m.eml", work)
    assert (got.kind, got.media_type) == ("mail", "message/rfc822")
    assert [(m.name, m.path.read_bytes() == pdf) for m in got.members] == [
        ("Facture été.pdf", True)
    ]


def test_a_mail_without_attachment_is_refused(sandbox: Sandbox, tmp_path: Path, work: Path) -> None:
    (tmp_path / "m.eml").write_text("From: a@b.c\nSubject: hello\n\nNothing to book.\n")
    assert refusal(sandbox, tmp_path / "m.eml", work).code == "no_attachment"


def test_a_mail_of_ten_thousand_parts_is_refused_quickly(
    sandbox: Sandbox, tmp_path: Path, work: Path
) -> None:
    part = "--b\nContent-Type: application/pdf\n\nx\n"
    text = "From: a@b.c\nContent-Type: multipart/mixed; boundary=b\n\n" + part * 10_000 + "--b--\n"
    (tmp_path / "m.eml").write_text(text)
    assert refusal(sandbox, tmp_path / "m.eml", work).code == "too_many_entries"
    assert sandbox.last_usage is not None
    assert sandbox.last_usage.cpu_s < 2


UBL = (
    '<?xml version="1.0"?>{doctype}<Invoice '
    'xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" '
    'xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2" '
    'xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2">'
    "<cbc:ID>{number}</cbc:ID><cbc:IssueDate>2024-03-12</cbc:IssueDate>"
    "<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>"
    "<cac:LegalMonetaryTotal><cbc:PayableAmount currencyID='EUR'>120.00</cbc:PayableAmount>"
    "</cac:LegalMonetaryTotal></Invoice>"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_xml_invoice_is_read_and_drawn(
    sandbox: Sandbox, tmp_path: Path, work: Path, encoding: str
) -> None:
    text = UBL.format(doctype="", number="F-12")
    (tmp_path / "i.xml").write_bytes(text.encode(encoding))
    got = opened(sandbox, tmp_path / "i.xml", work)
    assert (got.kind, len(got.pages)) == ("einvoice", 1)
    assert got.einvoice is not None
    assert got.einvoice.value("invoice_number") == "F-12"
    with pymupdf.open(got.pdf_path) as pdf:
        assert "F-12" in pdf[0].get_text()


def test_an_xml_invoice_attached_to_a_pdf_is_read(
    sandbox: Sandbox, tmp_path: Path, work: Path
) -> None:
    path = drawing.pdf(tmp_path / "plain.pdf")
    with pymupdf.open(path) as pdf:
        pdf.embfile_add("factur-x.xml", UBL.format(doctype="", number="F-13").encode())
        pdf.embfile_add("plan.dwg", b"a drawing")
        pdf.save(tmp_path / "with.pdf")
    got = opened(sandbox, tmp_path / "with.pdf", work)
    assert got.einvoice is not None
    assert got.einvoice.value("invoice_number") == "F-13"
    assert [(p.code, p.values["names"]) for p in got.problems] == [
        ("attachments_left", ["plan.dwg"])
    ]


ENTITY = '<!DOCTYPE x [<!ENTITY e SYSTEM "{url}">]>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("where", ["alone", "attached"])
def test_a_document_type_in_xml_is_refused_and_fetches_nothing(
    sandbox: Sandbox, tmp_path: Path, work: Path, encoding: str, where: str
) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.1)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        xml = UBL.format(doctype=ENTITY.format(url=url), number="&e;").encode(encoding)
        if encoding == "utf-16-be":
            xml = b"\xfe\xff" + xml
        if where == "alone":
            (tmp_path / "i.xml").write_bytes(xml)
            assert refusal(sandbox, tmp_path / "i.xml", work).code == "xml_doctype"
        else:
            path = drawing.pdf(tmp_path / "plain.pdf")
            with pymupdf.open(path) as pdf:
                pdf.embfile_add("factur-x.xml", xml)
                pdf.save(tmp_path / "with.pdf")
            got = opened(sandbox, tmp_path / "with.pdf", work)
            assert got.einvoice is None
            assert [p.code for p in got.problems] == ["einvoice_unreadable"]
        with pytest.raises(TimeoutError):
            listener.accept()


@pytest.mark.parametrize(
    "xml",
    [b"<a>" * 5000, b"<Invoice xmlns='urn:other'/>", b"<?xml version='1.0'?><a><b></a>"],
)
def test_xml_that_is_no_invoice_is_refused(
    sandbox: Sandbox, tmp_path: Path, work: Path, xml: bytes
) -> None:
    (tmp_path / "i.xml").write_bytes(xml)
    assert refusal(sandbox, tmp_path / "i.xml", work).code
