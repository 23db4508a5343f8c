"""What a purchase document must satisfy before it is believed: pure checks on a reading.

Each check returns problems and touches nothing. `blocking` keeps a document from being posted
until a person has looked; the rest is shown. What the totals become in the books is decided in
`domain.purchases` and `domain.posting`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from domain.documents import POSTABLE, Category
from domain.findings import Reading
from domain.identifiers import iban_is_valid, siren_is_valid, siret_is_valid, vat_id_is_valid
from domain.money import CENT, parse_amount
from domain.problems import Problem

TOLERANCE = Decimal("0.02")
"""What rounding may move between the totals of one invoice."""
MOST_ROUNDING = Decimal("0.10")
LONG_AGO = timedelta(days=3 * 366)
LATEST_DUE = timedelta(days=400)

RATES = {
    # Rates a national invoice may show, past ones included: the date of the document may be old.
    "FR": "0 0.9 1.05 1.75 2.1 5.5 7 8.5 9.2 9.6 10 13 19.6 20 20.6",
    "BE": "0 6 12 21",
    "CH": "0 2.5 2.6 3.7 3.8 7.7 8 8.1",
    "LU": "0 3 7 8 13 14 16 17",
    "DE": "0 5 7 16 19",
    "NL": "0 6 9 19 21",
}
_ALLOWED = {country: {Decimal(r) for r in rates.split()} for country, rates in RATES.items()}


def check(reading: Reading, *, category: str, today: date | None = None) -> tuple[Problem, ...]:
    """Everything that speaks against a purchase document; nothing for other documents."""
    if category not in POSTABLE:
        return ()
    known = {(p.code, p.field) for p in reading.problems}
    found = [
        *_missing(reading, category),
        *_totals(reading),
        *_vat(reading),
        *_dates(reading, today),
        *_identifiers(reading),
        *_contradictions(reading),
    ]
    return tuple(p for p in found if (p.code, p.field) not in known)


def _missing(reading: Reading, category: str) -> Iterator[Problem]:
    needed = ["gross_total", "issue_date"]
    if category != Category.RECEIPT:
        needed += ["invoice_number", "supplier_name"]
    names = {
        "gross_total": "total",
        "issue_date": "date",
        "invoice_number": "number",
        "supplier_name": "supplier",
    }
    for field in needed:
        if not (reading.value(field) or "").strip():
            message = f"The {names[field]} of the document is missing."
            yield Problem(f"{field}_missing", message, "blocking", field)


def _totals(reading: Reading) -> Iterator[Problem]:
    net, vat, gross = (_amount(reading, f"{part}_total") for part in ("net", "vat", "gross"))
    if net is not None and vat is not None and gross is not None:
        off = abs(net + vat - gross)
        if off > TOLERANCE:
            yield Problem(
                "totals_differ",
                f"Net {net} and VAT {vat} make {net + vat}, but the total is {gross}.",
                "blocking",
                "gross_total",
                {"net": str(net), "vat": str(vat), "gross": str(gross), "difference": str(off)},
            )
    lines = [_parsed(item.net_amount) for item in reading.line_items]
    amounts = [line for line in lines if line is not None]
    targets = [abs(t) for t in (net, gross) if t is not None]
    if amounts and targets and len(amounts) == len(lines):
        total = abs(sum(amounts, Decimal(0)))
        if all(abs(total - target) > TOLERANCE * len(amounts) for target in targets):
            yield Problem(
                "lines_differ",
                f"The lines make {total}, which is not the total of the document.",
                "info",
                "net_total",
                {"lines": str(total), "net": str(targets[0])},
            )


def _vat(reading: Reading) -> Iterator[Problem]:
    country = supplier_country(reading)
    allowed = _ALLOWED.get(country or "")
    slack = max(TOLERANCE, min(MOST_ROUNDING, CENT * len(reading.line_items)))
    total = Decimal(0)
    whole = bool(reading.vat_lines)
    for line in reading.vat_lines:
        rate, base, amount = (_parsed(v) for v in (line.rate, line.base, line.amount))
        if rate is None or amount is None:
            whole = False
            continue
        total += amount
        if allowed is not None and rate.normalize() not in {r.normalize() for r in allowed}:
            yield Problem(
                "vat_rate_not_allowed",
                f"A VAT rate of {line.rate} % does not exist in {country}.",
                "warning",
                "vat_total",
                {"rate": line.rate, "country": country},
            )
        if base is None:
            continue
        expected = (base * rate / 100).quantize(CENT, rounding=ROUND_HALF_UP)
        if abs(expected - amount) > slack:
            yield Problem(
                "vat_differs",
                f"{line.rate} % of {base} is {expected}, but the document states {amount}.",
                "blocking",
                "vat_total",
                {"rate": line.rate, "expected": str(expected), "found": str(amount)},
            )
    printed = _amount(reading, "vat_total")
    if whole and printed is not None and abs(abs(total) - abs(printed)) > slack:
        yield Problem(
            "vat_table_differs",
            f"The VAT table makes {total}, but the total VAT is {printed}.",
            "warning",
            "vat_total",
            {"expected": str(total), "found": str(printed)},
        )


def _dates(reading: Reading, today: date | None) -> Iterator[Problem]:
    issue, due = (_date(reading, field) for field in ("issue_date", "due_date"))
    if issue is not None and today is not None:
        if issue > today + timedelta(days=1):
            yield Problem(
                "date_in_future",
                f"The document is dated {issue}, which is not yet.",
                "blocking",
                "issue_date",
                {"date": issue.isoformat()},
            )
        elif today - issue > LONG_AGO:
            yield Problem(
                "date_long_ago",
                f"The document is dated {issue}: is that the right year?",
                "warning",
                "issue_date",
                {"date": issue.isoformat()},
            )
    if issue is not None and due is not None:
        if due < issue:
            yield Problem(
                "due_before_issue",
                f"Due on {due}, before the document was issued on {issue}.",
                "warning",
                "due_date",
                {"issue": issue.isoformat(), "due": due.isoformat()},
            )
        elif due - issue > LATEST_DUE:
            yield Problem(
                "due_too_late",
                f"Due on {due}, more than a year after {issue}.",
                "warning",
                "due_date",
                {"issue": issue.isoformat(), "due": due.isoformat()},
            )


def _identifiers(reading: Reading) -> Iterator[Problem]:
    rules = {
        "iban": ("iban_invalid", "The check digits of the IBAN are wrong.", iban_is_valid),
        "supplier_siren": ("siren_invalid", "The SIREN cannot be right.", siren_is_valid),
        "supplier_siret": ("siret_invalid", "The SIRET cannot be right.", siret_is_valid),
        "supplier_vat_id": (
            "vat_id_invalid",
            "The VAT number cannot be right.",
            lambda text: vat_id_is_valid(text) is not False,
        ),
    }
    for field, (code, message, valid) in rules.items():
        value = reading.value(field)
        if value and not valid(value):
            yield Problem(code, message, "warning", field, {"value": value[:40]})
    siren, siret = reading.value("supplier_siren"), reading.value("supplier_siret")
    vat_id = reading.value("supplier_vat_id") or ""
    if siren and vat_id.startswith("FR") and len(vat_id) == 13 and vat_id[4:] != siren[:9]:
        yield Problem(
            "siren_differs_from_vat_id",
            f"The SIREN {siren} is not the one in the VAT number {vat_id}.",
            "warning",
            "supplier_siren",
            {"siren": siren, "vat_id": vat_id},
        )
    if siren and siret and siret[:9] != siren[:9]:
        yield Problem(
            "siret_differs_from_siren",
            f"The SIRET {siret} does not begin with the SIREN {siren}.",
            "warning",
            "supplier_siret",
            {"siren": siren, "siret": siret},
        )


def _contradictions(reading: Reading) -> Iterator[Problem]:
    """A total whose sources disagree is for a person, whatever the reason."""
    gross = reading.fields.get("gross_total")
    told = any(p.field == "gross_total" and p.severity == "blocking" for p in reading.problems)
    closes = not any(p.code == "totals_differ" for p in _totals(reading))
    if gross is not None and gross.state == "contradictory" and closes and not told:
        yield Problem(
            "total_contradictory",
            f"The total was read as {gross.value}, and something on the page speaks against it.",
            "blocking",
            "gross_total",
            {"value": gross.value},
        )


def supplier_country(reading: Reading) -> str | None:
    """The country of the supplier as far as its identifiers tell."""
    vat_id = reading.value("supplier_vat_id") or ""
    if vat_id.startswith("CHE") or reading.value("supplier_uid"):
        return "CH"
    if len(vat_id) > 4 and vat_id[:2].isalpha():
        return vat_id[:2]
    if reading.value("supplier_siren") or reading.value("supplier_siret"):
        return "FR"
    return None


def _amount(reading: Reading, field: str) -> Decimal | None:
    return _parsed(reading.value(field))


def _parsed(text: str | None) -> Decimal | None:
    try:
        return parse_amount((text or "").strip())
    except ValueError:
        return None


def _date(reading: Reading, field: str) -> date | None:
    try:
        return date.fromisoformat((reading.value(field) or "").strip())
    except ValueError:
        return None
