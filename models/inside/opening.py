"""Opens an uploaded file inside the child: what it is, its pages, what it carries.

The answer is plain JSON. Files made on the way lie in the work folder under names of our own
(``document.pdf``, ``m0001``); a stranger's name is only ever a string in the answer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from domain.errors import Unreadable
from models.inside import archives, documents, einvoices, images, mails
from models.inside.sniffing import HEAD_BYTES, sniff
from models.limits import Limits

DERIVED = "document.pdf"


def open_file(path: str, limits_json: dict[str, Any], work_dir: str, depth: int) -> dict[str, Any]:
    """Everything `models.opening.Opened` says, as JSON."""
    limits = Limits.from_json(limits_json)
    source, work = Path(path), Path(work_dir)
    if source.stat().st_size == 0:
        raise Unreadable(
            "The file is empty.",
            code="empty",
            advice="Check the file where it comes from and send it again.",
        )
    with source.open("rb") as file:
        head = file.read(HEAD_BYTES)
    kind = sniff(head)
    if kind == "pdf":
        return {"kind": "pdf", "media_type": "application/pdf", **documents.look(source, limits)}
    if kind == "xml":
        return {"kind": "einvoice", **einvoices.draw(source, work / DERIVED, limits)}
    if kind in ("zip", "ole", "eml"):
        if kind == "zip":
            archives.refuse_office(source)
        if depth >= limits.archive_depth:
            raise Unreadable(
                "Archives lie too deep inside one another.",
                code="archive_too_deep",
                advice="Unpack the inner archives and send their files.",
                limit=limits.archive_depth,
            )
        if kind == "zip":
            return {
                "kind": "archive",
                "media_type": "application/zip",
                **archives.unpack(source, work, limits),
            }
        return {"kind": "mail", **mails.unpack(source, work, limits, kind=kind)}
    made = images.to_pdf(source, kind, work / DERIVED, limits)
    return {"kind": "image", "pdf": DERIVED, **made}
