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
from itertools import pairwise

from models.extraction.texts import fold, words
from models.page_lines import Line, Lines, is_amount

NAMES: dict[str, tuple[str, ...]] = {
    "purchase_invoice": (
        "facture", "facture d acompte", "facture de solde", "note d honoraires", "invoice",
        "tax invoice", "commercial invoice", "sales invoice", "bill", "billing statement",
        "rechnung", "factuur", "fattura", "faktura", "facture qr", "qr facture", "qr rechnung",
        "handelsrechnung", "abrechnung", "decompte", "note de frais et honoraires",
        "parcella", "nota d onorario", "verkoopfactuur",
    ),
    "credit_note": (
        "avoir", "facture d avoir", "note de credit", "ticket d avoir", "credit note",
        "credit memo", "credit invoice", "gutschrift", "rechnungskorrektur", "rechnungs korrektur",
        "korrekturrechnung", "stornorechnung", "storno", "creditnota", "creditfactuur",
        "rechnungsgutschrift", "note d avoir", "nota di credito", "nota di accredito",
    ),
    "quote": (
        "devis", "offre de prix", "proposition commerciale", "offre", "facture pro forma",
        "facture proforma", "pro forma", "proforma", "quotation", "quote", "estimate", "proposal",
        "pro forma invoice", "proforma invoice", "angebot", "kostenvoranschlag", "offerte",
        "prijsofferte", "numero de devis", "proposition", "proposition de prix", "prijsopgave",
        "preventivo", "offerta",
    ),
    "purchase_order": (
        "bon de commande", "bordereau de commande", "commande", "purchase order", "order form",
        "work order", "bestellung", "bestelbon", "inkooporder", "auftrag", "ordre d achat",
        "bestelling", "bestelformulier", "bestellschein", "auftragsbestatigung",
        "confirmation de commande", "order confirmation", "orderbevestiging", "ordine",
        "ordine d acquisto", "ordine di acquisto", "conferma d ordine",
    ),
    "delivery_note": (
        "bon de livraison", "bordereau de livraison", "bon d expedition", "bordereau d expedition",
        "lettre de voiture", "delivery note", "delivery order", "delivery slip", "packing list",
        "packing slip", "bill of lading", "waybill", "lieferschein", "leveringsbon", "pakbon",
        "delivery docket", "despatch note", "dispatch note", "goods received note", "vrachtbrief",
        "afleverbon", "bon de reception", "bordereau de transport", "bolla di consegna",
        "documento di trasporto", "packliste",
    ),
    "receipt": (
        "recu", "ticket", "ticket de caisse", "recu de paiement", "ticket client", "receipt",
        "sales receipt", "payment receipt", "cash receipt", "guest check", "quittung",
        "kassenbon", "bon", "kassabon", "cash bill", "cash sale", "scontrino", "ricevuta",
    ),
    "bank_statement": (
        "releve de compte", "releve bancaire", "extrait de compte", "releve d identite",
        "releve de compte courant", "releve", "account statement", "bank statement",
        "statement of account", "consolidated statement", "checking statement",
        "statement summary", "kontoauszug", "rekeninguittreksel", "rekeningafschrift",
        "bankafschrift", "dagafschrift", "auszug", "releve mensuel", "releve de carte",
        "estratto conto",
    ),
    "payslip": (
        "bulletin de paie", "bulletin de salaire", "bulletin de paye", "fiche de paie",
        "fiche de salaire", "decompte de salaire", "payslip", "pay slip", "pay stub",
        "earnings statement", "wage slip", "payroll", "lohnabrechnung", "gehaltsabrechnung",
        "lohnausweis", "loonstrook", "loonbrief", "entgeltabrechnung", "verdienstabrechnung",
        "salarisstrook", "loonfiche", "busta paga",
    ),
    "contract": (
        "contrat", "contrat de travail", "contrat de bail", "bail commercial",
        "contrat de prestation", "convention", "avenant", "contract", "agreement",
        "purchase agreement", "service agreement", "services agreement", "lease agreement",
        "purchase contract", "vertrag", "mietvertrag", "arbeitsvertrag", "dienstleistungsvertrag",
        "overeenkomst", "conditions generales de vente", "contratto", "huurovereenkomst",
        "arbeidsovereenkomst", "accord cadre",
    ),
    "tax_notice": (
        "avis d imposition", "avis d impot", "taxe fonciere", "taxe d habitation",
        "cotisation fonciere des entreprises", "declaration de tva", "declaration fiscale",
        "avis de taxation", "bordereau de taxation", "tax return", "tax statement",
        "steuerbescheid", "umsatzsteuer voranmeldung", "steuerveranlagung", "aanslagbiljet",
        "profit or loss from business", "wage and tax statement", "supplemental income and loss",
        "declaration periodique a la tva", "declaration de taxe sur la valeur ajoutee",
        "declaration de resultat", "decompte tva", "btw aangifte", "vat return", "tax assessment",
        "mehrwertsteuerabrechnung", "mwst abrechnung", "umsatzsteuererklarung", "aanslag",
        "voorlopige aanslag", "dichiarazione iva", "avviso di accertamento",
    ),
    "letter": (
        "mise en demeure", "rappel", "lettre de relance", "reminder", "mahnung", "aanmaning",
        "zahlungserinnerung", "herinnering", "betalingsherinnering", "ingebrekestelling",
        "relance", "sollecito", "zahlungsaufforderung",
    ),
    "other": (
        "attestation", "certificat", "releve d identite bancaire", "rib", "extrait kbis",
        "curriculum vitae", "resume", "questionnaire", "formulaire", "application", "statuts",
        "certificate", "memorandum", "minutes", "proces verbal", "consent form", "note de frais",
        "application form", "loan application", "biographical sketch", "bescheinigung", "antrag",
        "expense report", "rapport", "report", "attestation de vigilance", "plan de tresorerie",
        "rapport d intervention", "bon d intervention", "fiche d intervention", "bon de travail",
        "feuille d heures", "timesheet", "arbeitsbericht", "regiebericht", "stundenzettel",
        "werkbon", "urenstaat", "attest", "verzekeringsattest", "anmeldeformular", "formular",
        "formulier", "inschrijvingsformulier", "aanvraagformulier", "handelsregisterauszug",
        "uittreksel", "uittreksel handelsregister", "bestatigung", "protokoll", "notulen",
        "tableau d amortissement", "certificato", "modulo", "visura camerale",
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
ADDRESSEE = frozenset({"to", "a", "an", "aan"})
"""Behind a name, the words of ``Bill to:`` and ``Rechnung an``, over the customer's address."""
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
APART = 0.02  # of the width, between the columns of a table
OPENING = "\"'«»(*#-–—:|“”„‘’"
HEAD = 0.5  # of the page
LOWEST = 0.6  # for a line in larger letters: the subject of a letter with a tall head
MOST_TOKENS = 12
ROWS = 3
"""Below so many lines with amounts, names are those of rows."""
LARGE = 1.25  # of the usual height of lines


@dataclass(frozen=True, slots=True)
class Title:
    """A name found at the head of a page. `strength` runs from about 0 to 6."""

    category: str
    text: str
    strength: float


def titles(page: Lines) -> list[Title]:
    """The names found on a page, the most title-like first; at most one a category."""
    best: dict[str, Title] = {}
    rows = 0
    for line in page.outside:
        if line.top > LOWEST:
            break
        rows += any(map(is_amount, line.words))
        if line.top > HEAD and line.height < page.usual_height * LARGE:
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
            if large < LARGE:
                strength -= _in_a_row(line) + _as_label(line, at + length) + 1.5 * (rows > ROWS)
            known = best.get(category)
            if known is None or strength > known.strength:
                name = " ".join(tokens[at : at + length])
                best[category] = Title(category, name, round(strength, 2))
    found = [title for title in best.values() if title.strength > 0]
    return sorted(found, key=lambda title: -title.strength)


def _in_a_row(line: Line) -> float:
    """What it takes away that a line is a row of a table, which names the papers of others."""
    if any(map(is_amount, line.words)):
        return 2.0
    cells = 1 + sum(b.box.x0 - a.box.x1 > APART for a, b in pairwise(line.words))
    return 1.0 if cells >= 4 and not any(c.isdigit() for c in line.text) else 0.0


def _as_label(line: Line, end: int) -> float:
    """What it takes away that a colon follows: a label, the more so with words before the colon."""
    count, right = 0, 1.0
    for word in line.words:
        if count >= end and word.box.x0 - right > APART and word.text != ":":
            return 0.0  # what follows is a column of its own
        count, right = count + len(words(word.text)), word.box.x1
        if word.text.endswith(":") and count >= end:
            between = line.tokens[end:count]
            named = [t for t in between if t.isalpha() and t not in NUMBER_WORDS]
            return 2.0 if named else 1.0 if line.top > 0.1 else 0.0
    return 0.0


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
    if large > LARGE:
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
    if after and after[0] in ("date", "datum", "number", "nummer", "nr"):
        strength -= 0.8
    if after and after[0] in ADDRESSEE:
        strength -= 2.5
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
