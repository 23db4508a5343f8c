"""Makes one PDF of chosen pages, in a sandboxed child, with everything that acts left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from models.limits import Limits
from models.sandbox import Sandbox

Part = tuple[Path, Sequence[int], Mapping[int, int]]
"""A PDF, its pages in order (0-based), and by page how far to turn it clockwise in degrees."""


def assemble(
    sandbox: Sandbox, parts: Sequence[Part], out: Path, limits: Limits | None = None
) -> int:
    """Write the pages of `parts` to `out`, always the same bytes for the same pages; the number
    of pages. Raises `Unreadable` when a page can neither be copied nor drawn.
    """
    limits = limits or Limits()
    pages = sandbox.run(
        "models.inside.assembling:assemble",
        [
            [str(path.resolve()), list(numbers), [[n, t] for n, t in turns.items()]]
            for path, numbers, turns in parts
        ],
        str(out.resolve()),
        seconds=limits.assemble_seconds,
        memory_mb=limits.memory_mb,
    )
    return int(pages)
