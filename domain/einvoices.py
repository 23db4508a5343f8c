"""The life cycle of a received e-invoice: which statuses there are, who gives them, what follows.

The codes are those of the French reform (AFNOR XP Z12-012). A buyer's are decided here, by a
person; the others come from the platform, the seller or a third party and are kept in whatever
order they come.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

By = Literal["platform", "seller", "buyer", "third"]

MADE_AVAILABLE, TAKEN_IN_CHARGE, APPROVED, PARTLY_APPROVED, DISPUTED = 203, 204, 205, 206, 207
SUSPENDED, COMPLETED, REFUSED, PAYMENT_SENT, CASHED, REJECTED = 208, 209, 210, 211, 212, 213
CANCELLED, INADMISSIBLE = 220, 501

_REFUSAL = (
    "TX_TVA_ERR", "MONTANTTOTAL_ERR", "CALCUL_ERR", "NON_CONFORME", "DOUBLON", "DEST_ERR",
    "TRANSAC_INC", "EMMET_INC", "CONTRAT_TERM", "DOUBLE_FACT", "CMD_ERR", "ADR_ERR",
    "REF_CT_ABSENT",
)  # fmt: skip
_DISPUTE = (
    *_REFUSAL, "AUTRE", "COORD_BANC_ERR", "SIRET_ERR", "CODE_ROUTAGE_ERR", "REF_ERR", "PU_ERR",
    "REM_ERR", "QTE_ERR", "ART_ERR", "MODPAI_ERR", "QUALITE_ERR", "LIVR_INCOMP",
)  # fmt: skip
_SUSPENSION = (
    "JUSTIF_ABS", "COORD_BANC_ERR", "CMD_ERR", "SIRET_ERR", "CODE_ROUTAGE_ERR", "REF_CT_ABSENT",
    "REF_ERR",
)  # fmt: skip
REASONS: dict[int, tuple[str, ...]] = {
    PARTLY_APPROVED: _DISPUTE,
    DISPUTED: _DISPUTE,
    SUSPENDED: _SUSPENSION,
    REFUSED: _REFUSAL,
}
"""The reasons a buyer chooses among; these statuses need one."""
EVERY_REASON = tuple(dict.fromkeys((*_DISPUTE, *_SUSPENSION)))


@dataclass(frozen=True, slots=True)
class Status:
    code: int
    by: By
    follows: frozenset[int] = frozenset()
    """After which a buyer may give it; the platform and the seller say theirs at any time."""
    needs_reason: bool = False


_OPEN = frozenset({MADE_AVAILABLE, TAKEN_IN_CHARGE, DISPUTED, SUSPENDED, COMPLETED})
STATUSES: dict[int, Status] = {
    status.code: status
    for status in (
        Status(200, "platform"),
        Status(201, "platform"),
        Status(202, "platform"),
        Status(MADE_AVAILABLE, "platform"),
        Status(TAKEN_IN_CHARGE, "buyer", frozenset({MADE_AVAILABLE})),
        Status(APPROVED, "buyer", _OPEN | {PARTLY_APPROVED}),
        Status(PARTLY_APPROVED, "buyer", _OPEN, needs_reason=True),
        Status(DISPUTED, "buyer", _OPEN | {PARTLY_APPROVED}, needs_reason=True),
        Status(SUSPENDED, "buyer", _OPEN - {SUSPENDED}, needs_reason=True),
        Status(COMPLETED, "seller"),
        Status(REFUSED, "buyer", _OPEN, needs_reason=True),
        Status(PAYMENT_SENT, "buyer", frozenset({APPROVED, PARTLY_APPROVED})),
        Status(CASHED, "seller"),
        Status(REJECTED, "platform", needs_reason=True),
        Status(214, "third"),
        Status(CANCELLED, "seller"),
        Status(221, "platform", needs_reason=True),
        Status(224, "third"),
        Status(225, "seller"),
        Status(226, "seller"),
        Status(227, "seller"),
        Status(228, "seller"),
        Status(500, "platform"),
        Status(INADMISSIBLE, "platform", needs_reason=True),
    )
}
DEAD = frozenset({REFUSED, REJECTED, CANCELLED, 221, INADMISSIBLE})
"""After one of these an invoice is not posted; if it was, its entry is to be reversed, once."""
_SILENT = frozenset({200, 201, 202, 214, 224, 225, 226, 227, 228, 500})
"""What says nothing about where the buyer stands."""


def standing(codes: list[int]) -> int:
    """Where an e-invoice stands, of all the statuses it had, in their order."""
    told = [code for code in codes if code not in _SILENT]
    return told[-1] if told else MADE_AVAILABLE


def next_for_buyer(code: int) -> tuple[Status, ...]:
    """What a buyer may decide where an e-invoice stands."""
    return tuple(s for s in STATUSES.values() if s.by == "buyer" and code in s.follows)
