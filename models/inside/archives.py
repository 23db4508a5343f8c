"""Unpacks a ZIP within bounds: checked before by what it declares, and while by what it is."""

from __future__ import annotations

import posixpath
import re
import stat
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

from domain.errors import Unreadable
from models.inside.documents import damaged
from models.limits import Limits

CHUNK = 1 << 16
IGNORED = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
RATIO_COUNTS_FROM = 1 << 20
"""Blank scans compress a thousandfold honestly; a ratio means nothing below a megabyte."""


def safe_name(name: str, fallback: str) -> str:
    """The last part of a stranger's path, as text to show: no controls, no direction marks."""
    last = posixpath.basename(name.replace("\\", "/").rstrip("/"))
    kept = "".join(
        c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C"
    ).strip(" .")
    if len(kept) > 150:
        stem, dot, ending = kept.rpartition(".")
        kept = stem[:140] + dot + ending[:8] if dot else kept[:150]
    return kept or fallback


def refuse_office(path: Path) -> None:
    """Office documents are ZIP files inside; their parts are no documents."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = {info.filename for info in archive.infolist()[:2000]}
    except Exception:  # noqa: BLE001 - not a sound archive: unpacking says why
        return
    if {"[Content_Types].xml", "xl/workbook.xml"} <= names:
        raise Unreadable(
            "This is a spreadsheet.",
            code="spreadsheet",
            advice="Rows to invoice become drafts: POST /api/v1/spreadsheet-imports takes it. To "
            "file it as a document, save it as PDF and send that.",
        )
    if "[Content_Types].xml" in names or {"mimetype", "META-INF/manifest.xml"} <= names:
        raise Unreadable(
            "This is an office document.",
            code="office_document",
            advice="Save it as PDF and send that.",
        )


def unpack(path: Path, work: Path, limits: Limits) -> dict[str, Any]:
    """Write the files of the archive as ``m0000``…; refuses the whole when a bound breaks."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _unpack(archive, path.stat().st_size, work, limits)
    except (Unreadable, MemoryError):
        raise
    except Exception as error:  # zipfile raises struct, key, value, unicode and more
        raise damaged("The archive is damaged or cut short.") from error


def _unpack(archive: zipfile.ZipFile, size: int, work: Path, limits: Limits) -> dict[str, Any]:
    entries = [i for i in archive.infolist() if not i.is_dir() and not IGNORED.search(i.filename)]
    if len(archive.infolist()) > limits.archive_entries:
        raise Unreadable(
            f"The archive has more than {limits.archive_entries} entries.",
            code="too_many_entries",
            advice="Send it in several archives.",
            limit=limits.archive_entries,
        )
    for entry in entries:
        if entry.flag_bits & 0x1:
            raise Unreadable(
                "The archive is encrypted.", code="encrypted", advice="Send it without a password."
            )
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise Unreadable(
                "The archive holds a link instead of a file.",
                code="archive_link",
                advice="Pack the files themselves.",
            )
    declared = sum(i.file_size for i in entries)
    if declared > limits.archive_bytes:
        raise _bomb(limits)
    if declared > RATIO_COUNTS_FROM and declared > limits.archive_ratio * max(size, 1):
        raise _bomb(limits)
    _refuse_overlap(entries)

    members: list[list[Any]] = []
    total = 0
    for number, entry in enumerate(entries):
        target = work / f"m{number:04d}"
        taken = 0
        with archive.open(entry) as source, target.open("xb") as out:
            while chunk := source.read(CHUNK):
                taken += len(chunk)
                total += len(chunk)
                out.write(chunk)
                if total > limits.archive_bytes or (
                    total > RATIO_COUNTS_FROM and total > limits.archive_ratio * max(size, 1)
                ):
                    raise _bomb(limits)
        if taken == 0:
            target.unlink()
            continue
        members.append([safe_name(entry.filename, f"file {number + 1}"), target.name, taken])
    if not members:
        raise Unreadable(
            "The archive holds no files.", code="empty", advice="Check it and send it again."
        )
    return {"members": members, "problems": []}


def _refuse_overlap(entries: list[zipfile.ZipInfo]) -> None:
    """Entries that share bytes: twenty gigabytes in a few kilobytes."""
    end = -1
    for entry in sorted(entries, key=lambda i: i.header_offset):
        if entry.header_offset < end:
            raise damaged("The entries of the archive overlap.")
        end = entry.header_offset + 30 + entry.compress_size


def _bomb(limits: Limits) -> Unreadable:
    return Unreadable(
        "The archive unpacks to far more than it should.",
        code="archive_bomb",
        advice="Send the files themselves, or smaller archives.",
        limit_bytes=limits.archive_bytes,
        limit_ratio=limits.archive_ratio,
    )
