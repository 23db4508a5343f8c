"""Whatever bytes come as a bank's file, they are read or refused, within seconds and little memory."""

from __future__ import annotations

import random
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.bank_files import read_statements
from domain.errors import Invalid
from domain.statements import check
from tests.domain.test_bank_files import (
    CFONB,
    CODA,
    COLLECTIVE,
    MT940,
    OFX1,
    OFX2,
    balance,
    camt,
    entry,
    only,
)
from tests.domain.test_bank_tables import BELGIAN_BANK, RAIFFEISEN, UBS

SAMPLES = [
    camt(balance("OPBD", "50.00"), COLLECTIVE, entry("14.45", "DBIT", "Frais")),
    MT940.encode(),
    "\n".join(CFONB).encode(),
    "".join(CFONB).encode(),
    "\n".join(CODA).encode(),
    OFX1.encode(),
    OFX2.encode(),
    UBS.encode(),
    RAIFFEISEN.encode("utf-16"),
    BELGIAN_BANK.encode("cp1252"),
]


@pytest.mark.parametrize(
    "content", [b"", b"  \n", b"%PDF-1.7", b"PK\x03\x04zip", b"hello", b"\0\1\2\3" * 99]
)
def test_what_is_no_statement_is_refused_with_advice(content: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        read_statements("x", content)
    assert refusal.value.code == "bank_file_unknown"
    assert refusal.value.advice


def fails_only_by_refusing(content: bytes) -> None:
    try:
        found = read_statements("x", content)
    except Invalid as refusal:
        assert refusal.code.startswith(("bank_", "xml_"))  # noqa: PT017 - both ways are good
    else:
        for statement in found:
            check(statement)
            for movement in statement.movements:
                assert len(movement.label) <= 500
                assert "\0" not in movement.label + movement.reference + movement.counterparty


@settings(max_examples=150)
@given(st.binary(max_size=400))
def test_no_bytes_do_more_than_be_refused(content: bytes) -> None:
    fails_only_by_refusing(content)


@settings(max_examples=400)
@given(st.integers(0, len(SAMPLES) - 1), st.randoms(use_true_random=False))
def test_no_spoiled_statement_does_more_than_be_refused(sample: int, chance: random.Random) -> None:
    content = bytearray(SAMPLES[sample])
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(content))
        what = chance.randrange(4)
        if what == 0:
            content[at] = chance.randrange(256)
        elif what == 1:
            del content[at : at + chance.randint(1, 200)]
        elif what == 2:
            content[at:at] = content[at : at + chance.randint(1, 200)]
        else:
            content[at:at] = bytes(chance.choice(b"0123456789;,.-:/<>\"'{}\n") for _ in range(3))
        if not content:
            return
    fails_only_by_refusing(bytes(content))


@pytest.mark.parametrize(
    "content",
    [
        b"<Document><BkToCstmrStmt><Stmt>" + b"<Ntry/>" * 60_000,
        b":20:x\n:61:" + b"2" * 2_000_000,
        b":20:x\n:60F:C260301EUR1,00\n:61:2603010301C1,00NTRF\n:86:" + b"?20/A/" * 60_000,
        b":20:x\n:60F:C260301EUR1,00\n:61:2603010301C1,00NTRF\n:86:a" + b"\nb" * 200_000,
        b"<OFX><STMTRS>" + b"<STMTTRN><NAME>" * 40_000,
        b"<OFX" + b"<" * 2_000_000,
        b'Date;Montant;Libell\xe9\n"' + b"1;" * 1_000_000,
        b"Date;Montant;Label\n" + b"01.01.2026;1,00;x\n" * 60_000,
        b"1 " * 1_000_000 + b";\n" + b"'" * 1_000_000,
        b"0    " + b"0" * 2_000_000,
        b"0130006    00001" + b" " * 2_000_000,
    ],
    ids=range(11),
)
def test_a_file_of_malice_costs_seconds_at_most(content: bytes) -> None:
    began = time.process_time()
    fails_only_by_refusing(content)
    assert time.process_time() - began < 10


def test_a_year_of_movements_is_read_in_bounded_memory() -> None:
    rows = "".join(f"<x/>{entry('1.00', 'CRDT', f'Vente {n}')}" for n in range(500))
    tracemalloc.start()
    try:
        statement = only(camt(rows))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(statement.movements) == 500
    assert peak < 80 * len(rows)
