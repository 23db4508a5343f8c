"""What a document calls itself: the word at its head, told from the same word in a label.

``Facture n° 2024-17`` in large letters is a title; ``Numéro de facture :`` is a label that quotes
and orders carry too; ``à réception de facture`` is a sentence. Strength says how much a line looks
like the first.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from models.extraction.texts import fold, words
from models.page_lines import Line, Lines

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
IN_A_SENTENCE = frozenset(
    {"on", "upon", "of", "the", "due", "for", "with", "by", "and", "or", "in", "bei", "nach", "mit"}
    | {"im", "der", "die", "den", "sur", "pour", "avec", "cette", "ce", "et", "ou", "van", "met"}
)
NUMBER_WORDS = frozenset({"n", "no", "nr", "numero", "number", "num", "nummer", "id"})
CHAPTERS = frozenset({"chapitre", "chapter", "article", "titre", "section", "kapitel", "artikel"})
# German joins its words: Warenrechnung, Schlussrechnung, Werklieferschein.
COMPOUNDS = {
    "rechnung": "purchase_invoice",
    "lieferschein": "delivery_note",
    "vertrag": "contract",
    "bescheid": "tax_notice",
}
SPREAD = re.compile(r"\b(?:[a-z] ){4}[a-z]\b")
OPENING = "\"'«»(*#-–—:|“”„‘’"
HEAD = 0.5  # of the page
LOWEST = 0.6  # for a line in larger letters: the subject of a letter with a tall head
MOST_TOKENS = 12


@dataclass(frozen=True, slots=True)
class Title:
    """A name found at the head of a page. `strength` runs from about 0 to 6."""

    category: str
    text: str
    strength: float


def titles(page: Lines) -> list[Title]:
    """The names found on a page, the most title-like first; at most one a category."""
    best: dict[str, Title] = {}
    for line in page.lines:
        if line.top > LOWEST:
            break
        if line.top > HEAD and line.height < page.usual_height * 1.25:
            continue
        tokens = line.tokens
        if SPREAD.search(line.text):
            tokens = _joined(tokens)
        if not tokens or fold(line.words[0].text) in CHAPTERS:
            continue
        for at in range(min(len(tokens), MOST_TOKENS)):
            named = _named(tokens, at)
            if named is None:
                continue
            category, length = named
            large = line.height / max(page.usual_height, 1e-6)
            strength = _strength(tokens, at, length, line.top, large) + _typeset(line, tokens[at])
            if large < 1.25 and line.top > 0.1 and any(w.text.endswith(":") for w in line.words):
                strength -= 1.0
            known = best.get(category)
            if known is None or strength > known.strength:
                name = " ".join(tokens[at : at + length])
                best[category] = Title(category, name, round(strength, 2))
    found = [title for title in best.values() if title.strength > 0]
    return sorted(found, key=lambda title: -title.strength)


def _joined(tokens: Sequence[str]) -> tuple[str, ...]:
    """Letters that a designer spread out (``R E C H N U N G``), as the word they are."""
    done: list[str] = []
    run: list[str] = []
    for token in (*tokens, ""):
        if len(token) == 1 and token.isalpha():
            run.append(token)
            continue
        done += ["".join(run)] if len(run) >= 5 else run
        run = []
        if token:
            done.append(token)
    return tuple(done)


def _typeset(line: Line, token: str) -> float:
    """What capitals say: a name begins with one, and a title is often all of them."""
    for word in line.words:
        written = word.text.lstrip(OPENING)
        if token in words(written):
            capitals = written.isupper() and len(written) > 3
            return 0.6 * written[:1].isupper() + 0.5 * capitals
    # Only letters that were spread out are in no single word.
    return 1.1 if line.words[0].text[:1].isupper() else 0.0


def _strength(tokens: Sequence[str], at: int, length: int, top: float, large: float) -> float:
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
    elif at and tokens[at - 1] in IN_A_SENTENCE:
        strength -= 1.5
    if after and after[0] in ("date", "datum", "to", "number", "nummer", "nr"):
        strength -= 0.8
    if len(tokens) > 9:
        strength -= 1.5
    return strength


def _named(tokens: Sequence[str], at: int) -> tuple[str, int] | None:
    """The category that a name at this place stands for, and how many words the name has."""
    for name, category in _table().get(tokens[at], ()):
        if tuple(tokens[at : at + len(name)]) == name:
            return category, len(name)
    if len(tokens[at]) > 9:
        for ending, category in COMPOUNDS.items():
            if tokens[at].endswith(ending):
                return category, 1
    return None


@functools.cache
def _table() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """By their first word, the names that begin with it, the longest first."""
    names = {tuple(name.split()): category for category, all_ in NAMES.items() for name in all_}
    table: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for name in sorted(names, key=len, reverse=True):
        table.setdefault(name[0], []).append((name, names[name]))
    return table
