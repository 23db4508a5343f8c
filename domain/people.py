"""Who is asking, and what they may do.

A person has a role, an API key has scopes; an operation only ever asks for a scope. Either may be
limited to some companies, which `storage.visibility` holds every question to.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.errors import Forbidden

MACHINE = "machine"
"""Who did what no person, key or operator did."""


class Scope(StrEnum):
    IMPORTS_READ = "imports:read"
    IMPORTS_WRITE = "imports:write"  # upload, regroup, validate, retry, delete
    DOCUMENTS_READ = "documents:read"
    DOCUMENTS_WRITE = "documents:write"  # correct fields, recategorise
    BOOKS_READ = "books:read"
    BOOKS_WRITE = "books:write"  # post, reverse, suppliers, accounts
    WEBHOOKS = "webhooks"  # endpoints, deliveries, replay
    ADMIN = "admin"  # people, keys, companies


class Role(StrEnum):
    ADMIN = "admin"
    ACCOUNTANT = "accountant"
    REVIEWER = "reviewer"
    READER = "reader"


_READ = frozenset({Scope.IMPORTS_READ, Scope.DOCUMENTS_READ, Scope.BOOKS_READ})
_REVIEW = _READ | {Scope.IMPORTS_WRITE, Scope.DOCUMENTS_WRITE}
SCOPES_OF_ROLE: dict[Role, frozenset[Scope]] = {
    Role.READER: _READ,
    Role.REVIEWER: _REVIEW,
    Role.ACCOUNTANT: _REVIEW | {Scope.BOOKS_WRITE},
    Role.ADMIN: frozenset(Scope),
}


@dataclass(frozen=True, slots=True)
class Who:
    """A signed-in person or an API key. `id` is theirs; everything they see is `organisation_id`'s."""

    organisation_id: str
    id: str
    name: str
    scopes: frozenset[Scope]
    language: str = "fr"
    companies: frozenset[str] | None = None
    """The only companies they see; None for all of the organisation's."""
    address: str = ""
    """The network address they ask from, for the audit log; empty when there is none."""

    def sees(self, company_id: str | None) -> bool:
        """Whether what is of this company, or of none, is theirs to see."""
        return self.companies is None or company_id in self.companies

    def must_see_all(self) -> None:
        """Forbidden to those who see some companies only: it concerns the others as well."""
        if self.companies is not None:
            raise Forbidden(
                "This concerns companies that you do not see.",
                code="sees_some_companies",
                advice="Ask somebody who sees all companies of your organisation.",
            )

    def must(self, scope: Scope) -> None:
        """Forbidden unless they may."""
        if scope not in self.scopes:
            raise Forbidden(
                f"This needs the permission “{scope}”.",
                advice="Ask an administrator of your organisation for a role or key that has it.",
                scope=str(scope),
            )
