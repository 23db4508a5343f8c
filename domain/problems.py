"""Problems: facts to look at, as data. A check returns them; it never raises, logs or mends."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Problem:
    """`code` is a stable slug (``totals_differ``); `message` is an English sentence and `values`
    what it speaks of, so that a page can say it in the reader's language. `blocking` problems keep
    a document from being posted until a person has settled them.
    """

    code: str
    message: str
    severity: Literal["info", "warning", "blocking"] = "warning"
    field: str | None = None
    values: dict[str, Any] = dataclasses.field(default_factory=dict)
