"""What a document calls itself: the word at its head, told from the same word in a label.

``Facture n° 2024-17`` in large letters is a title; ``Numéro de facture :`` is a label that quotes
and orders carry too; ``à réception de facture`` is a sentence. Strength says how much a line looks
like the first.
"""

from __future__ import annotations

import functools
import re
import statistics
from dataclasses import dataclass

from domain.text import PageText
from models.extraction.texts import fold, words

NAMES: dict[str, tuple[str, ...]] = {
    "purchase_invoice": (
        "facture", "facture d acompte", "facture de solde", "note d honoraires", "invoice",
        "tax invoice", "commercial invoice", "sales invoice", "bill", "billing statement",
        "rechnung", "factuur", "fattura", "faktura", "facture qr", "qr facture", "qr rechnung",
        "handelsrechnung", "abrechnung", "decompte",
    ),
    "credit_note": (
        "avoir", "facture d avoir", "note de credit", "ticket d avoir", "credit note",
        "credit memo", "credit invoice", "gutschrift", "rechnungskorrektur", "rechnungs korrektur",
        "korrekturrechnung", "stornorechnung", "storno", "creditnota", "creditfactuur",
    ),
    "quote": (
        "devis", "offre de prix", "proposition commerciale", "offre", "facture pro forma",
        "facture proforma", "pro forma", "proforma", "quotation", "quote", "estimate", "proposal",
        "pro forma invoice", "proforma invoice", "angebot", "kostenvoranschlag", "offerte",
        "prijsofferte", "numero de devis",
    ),
    "purchase_order": (
        "bon de commande", "bordereau de commande", "commande", "purchase order", "order form",
        "work order", "bestellung", "bestelbon", "inkooporder", "auftrag",
    ),
    "delivery_note": (
        "bon de livraison", "bordereau de livraison", "bon d expedition", "bordereau d expedition",
        "lettre de voiture", "delivery note", "delivery order", "delivery slip", "packing list",
        "packing slip", "bill of lading", "waybill", "lieferschein", "leveringsbon", "pakbon",
    ),
    "receipt": (
        "recu", "ticket", "ticket de caisse", "recu de paiement", "ticket client", "receipt",
        "sales receipt", "payment receipt", "cash receipt", "guest check", "quittung",
        "kassenbon", "bon", "kassabon", "cash bill", "cash sale",
    ),
    "bank_statement": (
        "releve de compte", "releve bancaire", "extrait de compte", "releve d identite",
        "releve de compte courant", "releve", "account statement", "bank statement",
        "statement of account", "consolidated statement", "checking statement",
        "statement summary", "kontoauszug", "rekeninguittreksel", "rekeningafschrift",
    ),
    "payslip": (
        "bulletin de paie", "bulletin de salaire", "bulletin de paye", "fiche de paie",
        "fiche de salaire", "decompte de salaire", "payslip", "pay slip", "pay stub",
        "earnings statement", "wage slip", "payroll", "lohnabrechnung", "gehaltsabrechnung",
        "lohnausweis", "loonstrook", "loonbrief", "entgeltabrechnung",
    ),
    "contract": (
        "contrat", "contrat de travail", "contrat de bail", "bail commercial",
        "contrat de prestation", "convention", "avenant", "contract", "agreement",
        "purchase agreement", "service agreement", "services agreement", "lease agreement",
        "purchase contract", "vertrag", "mietvertrag", "arbeitsvertrag", "dienstleistungsvertrag",
        "overeenkomst", "conditions generales de vente",
    ),
    "tax_notice": (
        "avis d imposition", "avis d impot", "taxe fonciere", "taxe d habitation",
        "cotisation fonciere des entreprises", "declaration de tva", "declaration fiscale",
        "avis de taxation", "bordereau de taxation", "tax return", "tax statement",
        "steuerbescheid", "umsatzsteuer voranmeldung", "steuerveranlagung", "aanslagbiljet",
        "profit or loss from business", "wage and tax statement", "supplemental income and loss",
    ),
    "letter": (
        "mise en demeure", "rappel", "lettre de relance", "reminder", "mahnung", "aanmaning",
        "zahlungserinnerung", "herinnering",
    ),
    "other": (
        "attestation", "certificat", "releve d identite bancaire", "rib", "extrait kbis",
        "curriculum vitae", "resume", "questionnaire", "formulaire", "application", "statuts",
        "certificate", "memorandum", "minutes", "proces verbal", "consent form", "note de frais",
        "application form", "loan application", "biographical sketch", "bescheinigung", "antrag",
        "expense report", "rapport", "report", "attestation de vigilance", "plan de tresorerie",
    ),
}  # fmt: skip

AS_LABEL = frozenset(
    {"numero", "date", "n", "no", "nr", "ref", "reference", "votre", "your", "ihre", "notre", "de"}
    | {"du", "la", "per", "par", "auf", "zur", "zu", "dieser", "this", "cette", "type", "a", "an"}
)
NUMBER_WORDS = frozenset({"n", "no", "nr", "numero", "number", "num", "nummer", "id"})
CHAPTERS = frozenset({"chapitre", "chapter", "article", "titre", "section", "kapitel", "artikel"})
HEAD = 0.5  # of the page
MOST_TOKENS = 12


@dataclass(frozen=True, slots=True)
class Title:
    """A name found at the head of a page. `strength` runs from about 0 to 6."""

    category: str
    text: str
    strength: float


def titles(page: PageText) -> list[Title]:
    """The names found on a page, the most title-like first; at most one a category."""
    table = _table()
    lines = page.lines()
    if not lines:
        return []
    usual = statistics.median(max(w.box.y1 - w.box.y0 for w in line) for line in lines)
    best: dict[str, Title] = {}
    for line in lines:
        top = line[0].box.y0
        if top > HEAD:
            break
        if fold(line[0].text) in CHAPTERS:
            continue
        raw = _joined([(token, word.text) for word in line for token in words(word.text)])
        tokens = [token for token, _ in raw]
        colons = [i for i, word in enumerate(line) if word.text.endswith(":")]
        large = max(w.box.y1 - w.box.y0 for w in line) / max(usual, 1e-6)
        for at in range(min(len(tokens), MOST_TOKENS)):
            for length in range(min(5, len(tokens) - at), 0, -1):
                category = _named(tokens[at : at + length], table)
                if category is None:
                    continue
                strength = _strength(tokens, at, length, top, large)
                if raw[at][1][:1].isupper():
                    strength += 0.6
                if raw[at][1].isupper() and len(raw[at][1]) > 3:
                    strength += 0.5
                if colons and top > 0.1 and large < 1.25:
                    strength -= 1.0
                known = best.get(category)
                if known is None or strength > known.strength:
                    name = " ".join(tokens[at : at + length])
                    best[category] = Title(category, name, round(strength, 2))
                break
    found = [title for title in best.values() if title.strength > 0]
    return sorted(found, key=lambda title: -title.strength)


def _joined(raw: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Letters that a designer spread out (``R E C H N U N G``), as the word they are."""
    done: list[tuple[str, str]] = []
    run: list[tuple[str, str]] = []
    for item in [*raw, ("", "")]:
        if len(item[0]) == 1 and item[0].isalpha():
            run.append(item)
            continue
        if len(run) >= 5:
            done.append(("".join(t for t, _ in run), "".join(r for _, r in run)))
        else:
            done += run
        run = []
        if item[0]:
            done.append(item)
    return done


def _strength(tokens: list[str], at: int, length: int, top: float, large: float) -> float:
    after = tokens[at + length : at + length + 2]
    strength = 1.0 + (HEAD - top) * 1.6 + 0.35 * (length - 1)
    if large > 1.25:
        strength += min(2.2, (large - 1) * 1.6)
    if at == 0:
        strength += 0.5
    if at == 0 and len(tokens) <= length + 2:
        strength += 1.0
    if after and (after[0] in NUMBER_WORDS or re.search(r"\d{3}", "".join(after))):
        strength += 0.7
    if at and tokens[at - 1] in AS_LABEL:
        strength -= 2.5
    if after and after[0] in ("date", "datum", "to", "number", "nummer", "nr"):
        strength -= 0.8
    if len(tokens) > 9:
        strength -= 1.5
    return strength


def _named(tokens: list[str], table: dict[tuple[str, ...], str]) -> str | None:
    found = table.get(tuple(tokens))
    if found is None and len(tokens) == 1 and len(tokens[0]) > 9:
        # German joins its words: Warenrechnung, Schlussrechnung, Werklieferschein.
        for ending, category in (
            ("rechnung", "purchase_invoice"),
            ("lieferschein", "delivery_note"),
            ("vertrag", "contract"),
            ("bescheid", "tax_notice"),
        ):
            if tokens[0].endswith(ending):
                return category
    return found


@functools.cache
def _table() -> dict[tuple[str, ...], str]:
    return {tuple(name.split()): c for c, names in NAMES.items() for name in names}
