"""Identifiers, made before anything is sent, so that a retry names the same thing.

An id is a short word for its kind and a UUIDv7 (RFC 9562): unique without asking the
database, and sorted by the moment it was made, which gives lists a stable cursor.
"""

from __future__ import annotations

import os
import time


def new_id(kind: str) -> str:
    """An id such as ``imp_0198c0de…``: `kind`, an underscore and 32 hexadecimal digits."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80
    value |= 0x7 << 76 | (random >> 68 & 0xFFF) << 64
    value |= 0b10 << 62 | random & (1 << 62) - 1
    return f"{kind}_{value:032x}"
