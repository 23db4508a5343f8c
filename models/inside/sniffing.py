"""Which kind of file these bytes are. The name is never asked: it is a stranger's claim."""

from __future__ import annotations

import re

from domain.errors import Unreadable

HEAD_BYTES = 4096

MAIL_HEADER = re.compile(
    rb"\A(?:From [^\n]{0,998}\n)?(?:[!-9;-~]{1,70}:[^\n]{0,4000}\r?\n(?:[ \t][^\n]{0,4000}\r?\n)*){1,60}?"
    rb"(?:from|to|cc|date|subject|received|return-path|delivered-to|message-id|mime-version"
    rb"|content-type|reply-to|sender|x-[a-z-]+)[ \t]*:",
    re.IGNORECASE,
)
MAIL_FIRST = re.compile(
    rb"\A(?:From [^\n]{0,998}\n)?(?:from|to|cc|date|subject|received|return-path|delivered-to"
    rb"|message-id|mime-version|content-type|reply-to|sender|x-[a-z-]+)[ \t]*:",
    re.IGNORECASE,
)
HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")

UNKNOWN_ADVICE = (
    "Send a PDF, a JPEG, PNG, TIFF, WebP or HEIC image, an XML invoice, a mail (EML, MSG), "
    "or a ZIP of these."
)


def sniff(head: bytes) -> str:
    """``pdf``, ``zip``, ``ole``, ``eml``, ``xml`` or the format of an image (``JPEG``, …).

    Raises `Unreadable` (``unknown_type``) for everything else.
    """
    if not head.strip(b"\0 \t\r\n"):
        raise Unreadable(
            "The file holds nothing but blanks.",
            code="empty",
            advice="Check the file where it comes from and send it again.",
        )
    image = _image(head)
    if image:
        return image
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return "zip"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "ole"
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if _is_xml(head):
        return "xml"
    if MAIL_FIRST.match(head) or MAIL_HEADER.match(head):
        return "eml"
    raise Unreadable(
        "This is not a kind of file we can read.", code="unknown_type", advice=UNKNOWN_ADVICE
    )


def _image(head: bytes) -> str | None:
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return "TIFF"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    if head.startswith((b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")):
        return "JPEG2000"
    if head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS:
        return "HEIF"
    return None


def _is_xml(head: bytes) -> bool:
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
    ):
        if head.startswith(mark):
            text = head[len(mark) :].decode(encoding, "replace")
            break
    else:
        text = head.decode("latin-1")
    text = text.lstrip()
    if re.match(r"(?i)<(!doctype\s+html|html|head|body|script|svg)\b", text):
        return False
    return bool(re.match(r"<(\?xml|!DOCTYPE|!--|[A-Za-z_])", text))
