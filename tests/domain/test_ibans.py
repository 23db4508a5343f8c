"""A changed bank account: who trusts which, and from what amount it needs two people."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.ibans import IbanState, KnownIban, changed_iban

OLD, NEW = "FR7630006000011234567890189", "DE89370400440532013000"
LIMIT = Decimal(1000)


@pytest.mark.parametrize(
    ("known", "amount", "found"),
    [
        ([], "50", None),
        ([], "5000", ("iban_unverified", "info")),
        ([KnownIban(NEW)], "5000", ("iban_unverified", "info")),
        ([KnownIban(NEW, verified_by="a")], "5000", None),
        ([KnownIban(OLD)], "999.99", ("iban_changed", "warning")),
        ([KnownIban(OLD)], "1000", ("iban_changed", "blocking")),
        # Read before is not trusted: a small invoice does not open the door for a large one.
        ([KnownIban(OLD), KnownIban(NEW)], "1000", ("iban_changed", "blocking")),
        ([KnownIban(OLD), KnownIban(NEW, verified_by="a")], "999.99", None),
        ([KnownIban(OLD), KnownIban(NEW, verified_by="a")], "1000", ("iban_asked", "blocking")),
        ([KnownIban(OLD), KnownIban(NEW, "a", "b")], "1000", None),
        ([KnownIban(OLD), KnownIban(NEW, "a", "a")], "1000", ("iban_asked", "blocking")),
        ([KnownIban(OLD), KnownIban(NEW, "a")], "1000", ("iban_asked", "blocking")),
        # Once another was verified, the first is not trusted for being the first.
        ([KnownIban(NEW), KnownIban(OLD, "a", "b")], "1000", ("iban_changed", "blocking")),
    ],
)
def test_when_an_account_is_a_change(
    known: list[KnownIban], amount: str, found: tuple[str, str] | None
) -> None:
    problems = changed_iban(NEW, known, Decimal(amount), LIMIT)
    assert [(p.code, p.severity) for p in problems] == ([found] if found else [])


def test_a_company_without_a_limit_is_warned_and_no_more() -> None:
    (problem,) = changed_iban(NEW, [KnownIban(OLD)], Decimal(10**6), None)
    assert (problem.code, problem.severity) == ("iban_changed", "warning")


def test_an_amount_that_is_not_known_may_be_any() -> None:
    (problem,) = changed_iban(NEW, [KnownIban(OLD)], None, LIMIT)
    assert problem.severity == "blocking"


def test_a_change_is_shown_beside_where_the_trusted_account_was_read() -> None:
    (problem,) = changed_iban(NEW, [KnownIban(OLD, document_id="doc_1")], LIMIT, LIMIT)
    assert problem.values == {"known": OLD, "now": NEW, "document_id": "doc_1"}


def test_the_states_of_an_account() -> None:
    assert [k.state for k in (KnownIban(OLD), KnownIban(OLD, "a"), KnownIban(OLD, "a", "b"))] == [
        IbanState.UNVERIFIED,
        IbanState.ASKED,
        IbanState.VERIFIED,
    ]
