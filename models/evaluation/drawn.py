"""The frozen set: stacks drawn from fixed seeds, of layouts that nothing was trained on.

It can be had anywhere, without anybody's mail, and one version of the code draws it the same for
ever. One hand drew it all, and of wider kinds than most mail: it shows what got better or worse,
not how well mail is read.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from models.synthetic.sets import write_set

SEED = 770_000
"""Far from the seeds of training."""
DIGITAL_STACKS = 8
SCANNED_STACKS = 2
DOCUMENTS = 20


@contextlib.contextmanager
def drawn_set(
    digital: int = DIGITAL_STACKS, scanned: int = SCANNED_STACKS, documents: int = DOCUMENTS
) -> Iterator[Path]:
    """A folder of truth with so many stacks of `documents` documents, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="bannette-drawn-") as folder:
        path = Path(folder)
        write_set(path, SEED, digital, "test", scanned=False, documents=documents)
        write_set(path, SEED + digital, scanned, "test", scanned=True, documents=documents)
        yield path
