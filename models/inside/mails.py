"""Takes the attachments out of a mail. A letter around an invoice is not a document itself.

A mail without attachments is refused: its text is a conversation, and nothing to book. Pictures
that the text shows (logos, signatures) are left out; files that are attached are taken.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import Any

from oxmsg import Message as OutlookMessage

from domain.errors import Unreadable
from models.inside.archives import safe_name
from models.inside.documents import damaged
from models.limits import Limits

SMALL_PICTURE = 20_000
"""Bytes under which an inline picture is a logo and not a photographed receipt."""

ENDINGS = {
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/tiff": ".tif",
    "message/rfc822": ".eml",
    "application/xml": ".xml",
    "text/xml": ".xml",
    "application/zip": ".zip",
}


def unpack(path: Path, work: Path, limits: Limits, *, kind: str) -> dict[str, Any]:
    """Write the attachments as ``m0000``…; `kind` is ``eml`` or ``ole`` (Outlook)."""
    found = _from_outlook(path) if kind == "ole" else _from_eml(path, limits)
    media = "application/vnd.ms-outlook" if kind == "ole" else "message/rfc822"
    members: list[list[Any]] = []
    total = 0
    for name, data in found:
        total += len(data)
        if len(members) >= limits.archive_entries or total > limits.archive_bytes:
            raise Unreadable(
                "The mail carries too many or too large attachments.",
                code="too_many_entries",
                advice="Send the attachments themselves.",
                limit=limits.archive_entries,
            )
        target = work / f"m{len(members):04d}"
        with target.open("xb") as out:
            out.write(data)
        members.append([safe_name(name, f"attachment {len(members) + 1}"), target.name, len(data)])
    if not members:
        raise Unreadable(
            "The mail has no attachment.",
            code="no_attachment",
            advice="Attach the document to the mail, or print the mail to a PDF.",
        )
    return {"media_type": media, "members": members, "problems": []}


def _from_eml(path: Path, limits: Limits) -> Iterator[tuple[str, bytes]]:
    data = path.read_bytes()
    # The parser is slow on thousands of parts, so they are counted where they cost nothing.
    if data.count(b"\n--") > 4 * limits.mail_parts:
        raise Unreadable(
            "The mail has too many parts.",
            code="too_many_entries",
            advice="Send the attachments themselves.",
            limit=limits.mail_parts,
        )
    try:
        # The lenient old policy: the new one raises on headers it cannot parse.
        message = email.message_from_bytes(data, policy=email.policy.compat32)
    except Exception as error:
        raise damaged("The mail is damaged.") from error
    yield from _attachments(message, [limits.mail_parts])


def _attachments(part: Message[Any, Any], left: list[int]) -> Iterator[tuple[str, bytes]]:
    left[0] -= 1
    if left[0] < 0:
        raise Unreadable(
            "The mail has too many parts.",
            code="too_many_entries",
            advice="Send the attachments themselves.",
        )
    kind = part.get_content_type()
    if kind == "message/rfc822":
        inner = part.get_payload()
        if isinstance(inner, list) and inner and isinstance(inner[0], Message):
            yield (_name(part, kind) or "mail.eml", inner[0].as_bytes())
        return
    payload = part.get_payload()
    if part.is_multipart() and isinstance(payload, list):
        for child in payload:
            if isinstance(child, Message):
                yield from _attachments(child, left)
        return
    disposition = str(part.get("Content-Disposition", "")).strip().lower()
    name = _name(part, kind)
    if kind.startswith("text/") and kind != "text/xml" and not disposition.startswith("attach"):
        return
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes) or not data:
        return
    if kind.startswith("image/") and not disposition.startswith("attach") and (
        part.get("Content-ID") or disposition.startswith("inline")
    ) and len(data) < SMALL_PICTURE:  # fmt: skip
        return
    if kind.startswith(("application/pgp-sig", "application/pkcs7-sig", "application/x-pkcs7-sig")):
        return
    yield name or "attachment" + ENDINGS.get(kind, ""), data


def _name(part: Message[Any, Any], kind: str) -> str:
    try:
        name = part.get_filename() or ""
        pieces = email.header.decode_header(name)
        return "".join(
            p.decode(c or "utf-8", "replace") if isinstance(p, bytes) else p for p, c in pieces
        )
    except (LookupError, ValueError, TypeError, email.errors.HeaderParseError):
        return "attachment" + ENDINGS.get(kind, "")


def _from_outlook(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        message = OutlookMessage.load(str(path))
        attachments = list(message.attachments)
        _ = message.message_class
    except Exception as error:
        raise Unreadable(
            "This is an old office document or a damaged mail.",
            code="unknown_type",
            advice="Save it as PDF and send that.",
        ) from error
    for attachment in attachments:
        data = attachment.file_bytes
        if data:
            yield attachment.file_name or "attachment", data
