"""Identifiers, made before anything is sent, so that a retry names the same thing.

An id is a short word for its kind and a UUIDv7 (RFC 9562): unique without asking the
database, and sorted by the moment it was made, which gives lists a stable cursor.
"""

from __future__ import annotations

import os
import time


def new_id(kind: str) -> str:
    """An id such as ``imp_0198c0de…``: `kind`, an underscore and 32 hexadecimal digits.

    Twelve bits say the part of the millisecond, so that what one process makes in a row is in order.
    """
    milliseconds, part = divmod(time.time_ns(), 1_000_000)
    value = (milliseconds & (1 << 48) - 1) << 80
    value |= 0x7 << 76 | part * 4096 // 1_000_000 << 64
    value |= 0b10 << 62 | int.from_bytes(os.urandom(8), "big") & (1 << 62) - 1
    return f"{kind}_{value:032x}"
