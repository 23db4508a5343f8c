"""Our own table of invoices for accountants: one row a line, with everything one asks for.

As spreadsheets of this language take it: semicolons, decimal commas, a byte order mark. Amounts of
credit notes are negative.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from domain.sales import SalesInvoice
from domain.sales_exports.rows import MARK, Names, day, plain, safe, sign, table


def _rows(invoice: SalesInvoice, names: Names) -> list[dict[str, str]]:
    way = sign(invoice)
    whole = {
        "type": invoice.kind.value,
        "numéro": safe(invoice.number),
        "date": day(invoice.issued_on),
        "échéance": day(invoice.due_on),
        "client": safe(invoice.customer.name),
        "siren": safe(invoice.customer.legal_id),
        "tva_client": safe(invoice.customer.vat_id),
        "devise": invoice.currency,
        "total_ht": _comma(invoice.net_total * way),
        "total_tva": _comma(invoice.vat_total * way),
        "total_ttc": _comma(invoice.gross_total * way),
        "facture_corrigée": safe(invoice.corrects_number),
        "commande": safe(invoice.order_reference),
    }
    return [
        {
            **whole,
            "ligne": str(place),
            "désignation": safe(line.text),
            "quantité": plain(line.quantity * way).replace(".", ","),
            "unité": safe(line.unit),
            "prix_unitaire": plain(line.unit_price).replace(".", ","),
            "remise_pct": plain(line.discount_percent).replace(".", ","),
            "montant_ht": _comma(line.net * way),
            "taux_tva": plain(line.vat_rate).replace(".", ","),
            "code_tva": line.treatment,
            "compte": names.account(line),
        }
        for place, line in enumerate(invoice.lines, 1)
    ]


def lines_of(invoices: Sequence[SalesInvoice], names: Names) -> bytes:
    rows = (row for invoice in invoices for row in _rows(invoice, names))
    return table("accounting", rows, delimiter=";", mark=MARK)


def _comma(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")
