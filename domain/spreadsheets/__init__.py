"""Invoice lines from a spreadsheet: columns understood, rows checked, drafts grouped, a recap.

    columns      which header is which field
    cells        what a cell means, or why it cannot
    identifiers  the number of a customer, repaired and checked
    rows         lines to invoice and faults by cell
    drafts       one for each customer, and what they come to
    records      what was done, to be invoiced later, from CSV as well

Pure: reading the file is left to the service, creating drafts to its operations.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """How far a person came with a spreadsheet. Only the last step makes drafts."""

    MAPPING = "mapping"
    REVIEW = "review"
    RECAP = "recap"
    IMPORTED = "imported"
    CANCELLED = "cancelled"


OPEN = (State.MAPPING, State.REVIEW, State.RECAP)
