"""A proposal as the page and the API show it: lines, parts with their suggestions, problems with the
ways to solve them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row

from domain.entry_lines import ProposedLine
from domain.people import Who
from domain.problems import Problem
from domain.purchases import Part
from domain.settlements import ways_of
from service.operations.proposals import Prepared


def to_json(prepared: Prepared, accounts: Mapping[str, Row[Any]], who: Who) -> dict[str, Any]:
    """What the page and the API show of a proposal to `who`."""
    proposal, language = prepared.proposal, who.language
    return {
        "document_id": prepared.document.id,
        "company_id": prepared.document.company_id,
        "version": prepared.document.version,
        "status": prepared.document.status,
        "journal": proposal.journal,
        "entry_date": proposal.entry_date.isoformat() if proposal.entry_date else None,
        "piece_date": proposal.piece_date.isoformat() if proposal.piece_date else None,
        "piece_reference": proposal.piece_reference,
        "label": proposal.label,
        "currency": proposal.currency,
        "supplier": {
            "id": prepared.supplier_id,
            "name": prepared.supplier_name,
            "auxiliary": prepared.auxiliary,
            "is_new": prepared.supplier_id is None,
        },
        "lines": [line_json(line, accounts, language) for line in proposal.lines],
        "totals": {
            "debit": str(proposal.debit),
            "credit": str(proposal.credit),
            "difference": str(proposal.debit - proposal.credit),
        },
        "parts": [_part_json(part, prepared) for part in prepared.purchase.parts],
        "problems": [_with_ways(p, prepared, who) for p in proposal.problems],
        "can_post": not prepared.blocking,
    }


def line_json(
    line: ProposedLine, accounts: Mapping[str, Row[Any]], language: str
) -> dict[str, Any]:
    return {
        "account": line.account,
        "account_label": account_label(accounts, line.account, language),
        "auxiliary": line.auxiliary,
        "label": line.label,
        "debit": str(line.debit),
        "credit": str(line.credit),
        "vat_code": line.vat_code,
        "foreign_amount": None if line.foreign_amount is None else str(line.foreign_amount),
        "foreign_currency": line.foreign_currency,
        "analytic": line.analytic,
        "parts": list(line.parts),
    }


def account_label(
    accounts: Mapping[str, Row[Any]], number: str | None, language: str
) -> str | None:
    row = accounts.get(number or "")
    if row is None:
        return None
    label: str = row.label_en if language == "en" else row.label_fr
    return label


def problem_json(problem: Problem) -> dict[str, Any]:
    return {
        "code": problem.code,
        "message": problem.message,
        "severity": problem.severity,
        "field": problem.field,
        "values": problem.values,
    }


def _with_ways(problem: Problem, prepared: Prepared, who: Who) -> dict[str, Any]:
    """A problem with what a person said of it, or else the ways for `who` to solve it."""
    said = prepared.settlement(problem)
    values = {name: found.value for name, found in prepared.reading.fields.items()}
    return {
        **problem_json(problem),
        "ways": [
            asdict(way)
            for way in ways_of(problem, values)
            # Whoever asked for a second person is not the one.
            if said is None
            and not (way.how == "confirm_iban" and problem.values.get("asked_by") == who.id)
        ],
        "settled": {
            "how": said.how,
            "reason": said.reason,
            "made_by": said.made_by,
            "made_at": said.made_at.isoformat(),
        }
        if said
        else None,
    }


def _part_json(part: Part, prepared: Prepared) -> dict[str, Any]:
    choices = prepared.choices[part.index]
    choice = choices[0]
    code = prepared.codes.get((part.index, choice.account))
    return {
        "part": part.index,
        "kind": part.kind,
        "description": part.description[:300],
        "net": str(part.net),
        "vat": str(part.vat),
        "rate": str(part.rate) if part.rate is not None else None,
        "account": choice.account,
        "treatment": choice.treatment,
        "analytic": choice.analytic or None,
        "shares": [
            {
                "account": c.account,
                "treatment": c.treatment,
                "net": str(c.net),
                "analytic": c.analytic or None,
            }
            for c in choices
            if len(choices) > 1
        ],
        "suggestion": prepared.suggestions[part.index].to_json(),
        "analytic_suggestion": code.to_json() if code else None,
    }
