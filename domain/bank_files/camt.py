"""CAMT.052, .053 and .054 (ISO 20022), every version: read by local names, for the elements we
need have kept theirs from version 02 to 13.

No DTD is taken, so that there are no entities; depth and number of elements are bounded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from xml.parsers import expat

from domain.bank_files import reading
from domain.errors import Invalid
from domain.statements import Movement, Statement

NAME = "CAMT"
_DEEPEST = 64
_MOST_ELEMENTS = 2_000_000
_REPORTS = ("BkToCstmrStmt/Stmt", "BkToCstmrAcctRpt/Rpt", "BkToCstmrDbtCdtNtfctn/Ntfctn")
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)


@dataclass(slots=True)
class _Element:
    line: int
    attributes: dict[str, str]
    text: str = ""
    children: dict[str, list[_Element]] = field(default_factory=dict)

    def all(self, path: str) -> list[_Element]:
        """The elements at a path of local names such as ``Acct/Id``."""
        found = [self]
        for step in path.split("/"):
            found = [child for element in found for child in element.children.get(step, ())]
        return found

    def inside(self) -> list[_Element]:
        return [child for children in self.children.values() for child in children]

    def one(self, *paths: str) -> _Element | None:
        return next((element for path in paths for element in self.all(path)), None)

    def said(self, *paths: str) -> str:
        """The first text at one of the paths that says something."""
        texts = (element.text.strip() for path in paths for element in self.all(path))
        return next((text for text in texts if text), "")


def looks_like(content: bytes) -> bool:
    start = content[:4096].replace(b"\0", b"")
    return b"<" in start and any(
        name in content[:65536].replace(b"\0", b"")
        for name in (b"BkToCstmrStmt", b"BkToCstmrAcctRpt", b"BkToCstmrDbtCdtNtfctn")
    )


def read(content: bytes) -> tuple[Statement, ...]:
    root = _tree(content)
    # The document itself, or one in the envelope it was sent in.
    documents = [*root.all("Document"), *(d for top in root.inside() for d in top.all("Document"))]
    reports = [
        report for document in documents for path in _REPORTS for report in document.all(path)
    ]
    return tuple(_statement(report) for report in reports)


def _statement(report: _Element) -> Statement:
    currency = reading.currency(report.said("Acct/Ccy"))
    currency = currency or next(
        (reading.currency(a.attributes.get("Ccy", "")) for a in report.all("Bal/Amt")), ""
    )
    movements = [m for entry in report.all("Ntry") for m in _movements(entry)]
    balances = [(b.said("Tp/CdOrPrtry/Cd"), _signed(b)) for b in report.all("Bal")]
    interim = [value for kind, value in balances if kind == "ITBD"]
    opening = next((value for kind, value in balances if kind in _OPENING), None)
    closing = next((value for kind, value in balances if kind in _CLOSING), None)
    # A page of several: what lies between two pages is an interim balance.
    if opening is None and interim and (closing is not None or len(interim) == 2):
        opening = interim[0]
    if closing is None and interim and opening is not None:
        closing = interim[-1]
    ordered = reading.oldest_first(movements)
    first, last = reading.period(ordered)
    start, end = (
        _day(found) if (found := report.one(f"FrToDt/{name}")) else None
        for name in ("FrDtTm", "ToDtTm")
    )
    return Statement(
        "camt",
        ordered,
        iban=reading.iban(report.said("Acct/Id/IBAN", "Acct/Id/Othr/Id")),
        bank=reading.name(report.said("Acct/Svcr/FinInstnId/Nm", "Acct/Svcr/FinInstnId/BICFI"))
        or reading.name(report.said("Acct/Svcr/FinInstnId/BIC")),
        currency=currency,
        start=start or first,
        end=end or last,
        opening=opening,
        closing=closing,
    )


def _movements(entry: _Element) -> list[Movement]:
    """The movements of an entry; none while it is only announced."""
    if entry.said("Sts/Cd", "Sts", "Sts/Prtry") not in ("BOOK", ""):
        return []
    booked = entry.one("BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm")
    if booked is None:
        raise reading.broken(NAME, entry.line, "day")
    valued = entry.one("ValDt/Dt", "ValDt/DtTm")
    value_day = None if valued is None else _day(valued)
    parts = entry.all("NtryDtls/TxDtls")
    whole = _movement(entry, parts[0] if len(parts) == 1 else None, _day(booked), value_day)
    if len(parts) < 2:
        return [whole]
    details = []
    for part in parts:
        amount = part.one("Amt", "AmtDtls/TxAmt/Amt")
        if amount is None:
            return [whole]
        details.append(_movement(entry, part, whole.day, whole.value_day, amount))
    return reading.split_by_details(whole, details)


def _movement(
    entry: _Element,
    details: _Element | None,
    day: date,
    value_day: date | None,
    amount: _Element | None = None,
) -> Movement:
    signed = _signed(entry) if amount is None else _signed(details or entry, amount, entry)
    told = details or entry
    # The other side: who paid us, or whom we paid.
    other, others = ("Dbtr", "Cdtr") if signed > 0 else ("Cdtr", "Dbtr")
    party = f"RltdPties/{other}"
    counterparty = told.said(
        f"RltdPties/Ultmt{other}/Nm", f"{party}/Nm", f"{party}/Pty/Nm", f"RltdPties/{others}/Nm"
    )
    remittance = [e.text for e in told.all("RmtInf/Ustrd")]
    remittance += [e.text for e in told.all("RmtInf/Strd/AddtlRmtInf")]
    reference = told.said("RmtInf/Strd/CdtrRefInf/Ref") or reading.reference(
        told.said("Refs/EndToEndId")
    )
    own = entry.said("AddtlNtryInf")
    return Movement(
        day,
        reading.label(own, told.said("AddtlTxInf"), counterparty, "".join(remittance))
        or reading.label(reference, entry.said("BkTxCd/Domn/Cd", "BkTxCd/Prtry/Cd")),
        signed,
        value_day,
        counterparty=reading.name(counterparty),
        counterparty_iban=reading.iban(told.said(f"{party}Acct/Id/IBAN")),
        reference=reading.reference(reference),
    )


def _signed(
    element: _Element, amount: _Element | None = None, above: _Element | None = None
) -> Decimal:
    """An amount with its sign. A reversal's indicator already is that of the reversal."""
    found = amount or element.one("Amt")
    if found is None:
        raise reading.broken(NAME, element.line, "amount")
    value = reading.amount(NAME, found.line, found.text)
    side = element.said("CdtDbtInd") or (above.said("CdtDbtInd") if above else "")
    if side not in ("CRDT", "DBIT"):
        raise reading.broken(NAME, element.line, "side")
    return value if side == "CRDT" else -value


def _day(element: _Element) -> date:
    digits = element.text.strip()[:10].replace("-", "")
    if len(digits) != 8:
        raise reading.broken(NAME, element.line, "day")
    return reading.day(NAME, element.line, digits)


def _tree(content: bytes) -> _Element:
    """The elements by local name, below a root that stands for the file."""
    root = _Element(1, {})
    open_: list[_Element] = [root]
    count = 0
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > _MOST_ELEMENTS:
            raise reading.too_large()
        if len(open_) > _DEEPEST:
            raise reading.broken(NAME, parser.CurrentLineNumber, "structure")
        element = _Element(parser.CurrentLineNumber, attributes)
        open_[-1].children.setdefault(name.rpartition(" ")[2], []).append(element)
        open_.append(element)

    def end(_name: str) -> None:
        open_.pop()

    def text(data: str) -> None:
        open_[-1].text += data

    def refuse(*_: object) -> None:
        raise Invalid(
            "The XML file declares a DOCTYPE, which no statement needs and which can do harm.",
            code="xml_doctype",
            advice="Export the statement again from the bank.",
        )

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise reading.broken(NAME, error.lineno, "structure") from None
    except (LookupError, ValueError, UnicodeError):  # an encoding that nobody has
        raise reading.broken(NAME, 1, "structure") from None
    return root
