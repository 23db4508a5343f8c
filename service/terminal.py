"""What people see in a terminal: readings, receipts, progress. Printing only; nothing is decided."""

from __future__ import annotations

import sys
from typing import Any, Self


def say(text: str) -> None:
    """To the person, not into the pipe."""
    print(text, file=sys.stderr, flush=True)


def print_reading(file: dict[str, Any]) -> None:
    """What one file says."""
    if file["problem"]:
        print(f"{file['name']}: {file['problem']['message']} {file['problem']['advice']}".strip())
        return
    print(f"{file['name']}: {file['pages']} pages")
    for group in file["groups"]:
        numbers = ", ".join(str(page + 1) for page in group["pages"])
        print(f"  {group['number']}. {group['category']} ({group['confidence']:.0%}) p. {numbers}")
        for name, field in group["fields"].items():
            print(f"       {name:18} {field['value']}")
        for problem in group["problems"]:
            print(f"       ! {problem.get('message') or problem.get('code')}")
    for page in file["set_aside"]:
        print(f"  page {page['page'] + 1} set aside: {page['reason']}")


def print_receipt(found: dict[str, Any]) -> None:
    """What became of an import."""
    print(f"{found['name'] or found['id']}: {found['status']}")
    for file in found["files"]:
        if file["duplicate_of"]:
            print(f"  {file['name']}: imported before, as {file['duplicate_of']['import_name']}")
        elif file["problem"]:
            advice = file["problem"].get("advice") or ""
            print(f"  {file['name']}: {file['problem']['message']} {advice}".rstrip())
    receipt = found["receipt"]
    reasons = ", ".join(f"{number} {reason}" for reason, number in receipt["reasons"].items())
    print(
        f"  {receipt['pages']} pages = {receipt['grouped']} in groups"
        f" + {receipt['set_aside']} set aside{f' ({reasons})' if reasons else ''}"
    )


class Bar:
    """A progress bar on standard error, if that is a terminal; leaving it ends its line."""

    def __init__(self, what: str, unit: str, divisor: int = 1) -> None:
        self.what, self.unit, self.divisor = what, unit, divisor
        self.visible = sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.visible:
            sys.stderr.write("\n")

    def __call__(self, done: int, of: int) -> None:
        if not self.visible:
            return
        filled = "█" * round(done / of * 30) if of else ""
        numbers = f"{done / self.divisor:,.0f}/{of / self.divisor:,.0f}"
        sys.stderr.write(f"\r\x1b[K{self.what} {filled:░<30} {numbers} {self.unit}")
        sys.stderr.flush()
