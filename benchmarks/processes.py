"""The processes of an installation under measurement: what each is, and what it holds."""

from __future__ import annotations

from pathlib import Path

KINDS = (
    ("models.inside.template", "parsers"),
    ("models.strong.process", "strong reader"),
    ("bannette.py serve", "web"),
    ("bannette.py relay", "relay"),
    ("--queues light,webhooks", "light worker"),
    ("--queues pages", "page workers"),
    ("valkey", "broker"),
    ("weed", "object store"),
)


def below(pid: int) -> dict[int, str]:
    """Every process below one: process id and command line."""
    found = {}
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return {}
    for child in map(int, children):
        try:
            words = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        found[child] = words.strip()
        found |= below(child)
    return found


def kind_of(words: str) -> str:
    """What a process is, by its command line."""
    return next((kind for mark, kind in KINDS if mark in words), "other")


def share_mb(pid: int) -> float:
    """The memory a process holds in megabytes, shared pages divided among their holders; 0 when it
    has ended.
    """
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1024


def memory_mb(pid: int) -> dict[str, float]:
    """What each kind of process below one holds together."""
    held: dict[str, float] = {}
    for child, words in below(pid).items():
        kind = kind_of(words)
        held[kind] = held.get(kind, 0.0) + share_mb(child)
    return held
