"""Refusals: what we will not do, why, and what to do instead.

A refusal is an answer, not a fault: it is shown to the person and never retried. The class
says it once; the web turns `code` into a status, the pages turn it into a sentence.

    Refused                 the request cannot be granted as it stands
    ├── NotFound            no such thing here (or it is somebody else's: the answer is the same)
    ├── Forbidden           the person's role does not allow it
    ├── Unauthenticated     nobody is signed in
    ├── Invalid             a value that cannot be; `fields` says which
    ├── Conflict            somebody was faster, or it is already done
    ├── TooLarge            over a limit of size or number
    ├── TooMany             over a quota; may be tried again later
    ├── Unreadable          a file that cannot be taken; `code` says why, `advice` what to send
    └── Unavailable         a part we need does not answer; try again
"""

from __future__ import annotations

from typing import Any


class Refused(Exception):  # noqa: N818 - a refusal is not an error
    """An answer of no, with a stable `code`, a sentence, and what to do next.

    `code` is a slug integrators may rely on; `advice` is one sentence telling what to do;
    `details` are plain JSON values (ids, limits) that help a program decide.
    """

    code = "refused"

    def __init__(
        self, message: str, *, code: str | None = None, advice: str = "", **details: Any
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.advice = advice
        self.details = details


class NotFound(Refused):
    code = "not_found"


class Forbidden(Refused):
    code = "forbidden"


class Unauthenticated(Refused):
    code = "unauthenticated"


class Invalid(Refused):
    code = "invalid"


class Conflict(Refused):
    code = "conflict"


class TooLarge(Refused):
    code = "too_large"


class TooMany(Refused):
    code = "too_many"


class Unavailable(Refused):
    code = "unavailable"


class Unreadable(Refused):
    code = "unreadable"
