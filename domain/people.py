"""Who is asking, and what they may do.

A person has a role, an API key has scopes; an operation only ever asks for a scope.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.errors import Forbidden


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

    def must(self, scope: Scope) -> None:
        """Forbidden unless they may."""
        if scope not in self.scopes:
            raise Forbidden(
                f"This needs the permission “{scope}”.",
                advice="Ask an administrator of your organisation for a role or key that has it.",
                scope=str(scope),
            )
