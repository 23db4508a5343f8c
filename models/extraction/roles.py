"""The part an amount plays, said by the words before it: net, VAT, gross, due, paid, a line, a rate.

Words decide by what they mean together (`Total` + `excl.` + `VAT`), so that one table serves four
languages. It is a guess with weights (0-1), which arithmetic settles later.
"""

from __future__ import annotations

import functools

from models.extraction.texts import as_words

NET_WORDS = as_words(
    "ht htva hors netto excl excluding exkl excluded exclude exclusive exclusief ex before "
    "subtotal zwischensumme nettobetrag nettosumme subtotaal untaxed taxable warenwert "
    "nettowert ohne sous soustotal positionssumme merchandise pretax imponibile imponible subtotale"
)
ON_THE_WAY_WORDS = as_words("subtotal zwischensumme subtotaal sous soustotal subtotale")
"""Sums on the way to a total: before the tax where there is one, else of a part or a page."""
GROSS_WORDS = as_words(
    "ttc tvac incl inclusive including inclus incluse inc inkl inclusief brutto bruttobetrag gross"
    " comprise comprises toutes grand rounded bruttosumme nett inclu"
)
TOTAL_WORDS = as_words(
    "total totaal gesamt summe betrag montant amount sum bedrag tot amt totals jumlah totale sales"
    " gesamtpreis beitrag pramie cotisation totale importe importo"
)
FINAL_WORDS = as_words(
    "gesamtbetrag rechnungsbetrag rechnungssumme gesamtsumme endbetrag endsumme factuurbedrag"
    " eindtotaal totaalbedrag"
)
"""Words that end an invoice unless something says net."""
VAT_WORDS = as_words(
    "tva vat gst mwst ust btw iva tax taxe taxes umsatzsteuer mehrwertsteuer steuer steuerbetrag "
    "sst tps tvq hst igst cgst sgst mwstbetrag"
)
_OTHER_FIELDS = {
    "amount_paid": "paid",
    "receipt_payment": "payment",
    "rounding": "rounding",
    "discount": "discount",
    "early_discount": "discount",
    "receipt_persons": "count",
    "previous_balance": "previous",
    "shipping": "charge",
    "deposit_packaging": "charge",
    "eco_tax": "charge",
    "unit_price": "price",
    "quantity": "count",
}
IRRELEVANT_WORDS = as_words(
    "weight gewicht poids volume kg kwh zuschlage abschlage zuschlag abschlag points capital"
)
PAYMENT_WORDS = as_words("accepted tendered tender cash paid especes rendu change monnaie")
BASE_WORDS = as_words(
    "base assiette bemessungsgrundlage grondslag maatstaf basisbetrag steuerbasisbetrag nettobasis"
    " steuerbasis basis"
)


OTHER_TAX_WORDS = as_words(
    "sejour tourisme touristique tourist city kurtaxe carbone carbon fonciere habitation apport"
    " apprentissage ordures menageres environnement ecologique recyclage aeroport airport timbre"
    " departementale communale contribution levy eco"
)
"""What makes a tax another one than VAT."""
_OTHER_TAX_STEMS = (
    "strom", "energie", "kfz", "grund", "hunde", "gewerbe", "lohn", "einkommen", "mineralol",
    "tabak", "bier", "kaffee", "getranke", "vergnugung", "ubernachtung", "beherbergung",
)  # fmt: skip


SPEAKING_WORDS = (
    NET_WORDS | GROSS_WORDS | TOTAL_WORDS | FINAL_WORDS | VAT_WORDS | PAYMENT_WORDS | BASE_WORDS
) | as_words("net eur chf usd gbp a to de of der die das due payer the in et and")


@functools.lru_cache(maxsize=4_096)
def roles_of(tokens: tuple[str, ...], fields: frozenset[str]) -> dict[str, float]:
    """The parts an amount may play after these words; `fields` are those of the labels among
    them.
    """
    words = set(tokens) | {part for token in tokens for part in compound_parts(token)}
    net, gross = words & NET_WORDS, words & GROSS_WORDS
    if gross == {"gross"} and tokens[0] != "gross" and not words & (TOTAL_WORDS | BASE_WORDS):
        gross = set()  # `Kaffee groß` is a large one
    final = words & FINAL_WORDS
    vat, total = words & VAT_WORDS, words & TOTAL_WORDS | final
    if gross == {"inc"} and not (vat or total):
        gross = set()  # `Calloway Inc.` is a company
    if vat and vat <= {"taxe", "taxes", "tax"} and words & OTHER_TAX_WORDS:
        return {"charge": 1.0}
    if words & IRRELEVANT_WORDS:
        return {"charge": 1.0}
    for field, role in _OTHER_FIELDS.items():
        # `Change` or `Remise` alone; `Total after rounding` and `Total payment` are totals.
        if (field in fields and not (total or gross)) or (
            field == "receipt_persons" and field in fields
        ):
            return {role: 1.0}
        if (
            field in fields
            and role in ("rounding", "discount", "paid", "previous", "charge")
            and not (words & {"after", "apres", "nach"})
        ):
            return {role: 0.9, "gross": 0.1}
    if words & BASE_WORDS and not gross:
        return {"base": 1.0, "net": 0.8 if net or "total_excl_vat" in fields else 0.4}
    if words & PAYMENT_WORDS and not words & {"due", "to"}:
        return {"payment": 1.0}
    if "amount_due" in fields or ("net" in words and "payer" in words):
        return {"due": 1.0, "gross": 0.75}
    if vat and (net or gross) and total:
        return {"net": 1.0} if net and not gross else {"gross": 1.0}
    if vat and "net" in words and not (net or gross or total):
        return {"base": 0.8, "net": 0.5, "vat": 0.3}
    if vat and net and not total:
        return {"net": 0.7, "vat": 0.3}
    if vat:
        return {"vat": 1.0 if "total_vat" in fields or total else 0.8}
    if net and not gross and net <= ON_THE_WAY_WORDS:
        return {"net": 0.75, "gross": 0.1}
    if net and not gross:
        return {"net": 1.0 if total or "total_excl_vat" in fields else 0.7, "gross": 0.1}
    if gross:
        return {"gross": 1.0}
    if "total_excl_vat" in fields and "net" in words:
        return {"net": 0.85, "gross": 0.4}
    if final:
        return {"gross": 0.9, "net": 0.1}
    if "total_incl_vat" in fields or total:
        strong = "total_incl_vat" in fields or "receipt_total" in fields
        return {"gross": 0.8 if strong else 0.5, "net": 0.35, "line": 0.1}
    if "total_excl_vat" in fields or "net" in words:
        return {"net": 0.8, "gross": 0.1}
    return {}


def compound_parts(token: str) -> list[str]:
    """What a German compound means: `Rechnungsbeitrag` ends an invoice, `Versicherungsteuer` is a
    tax.
    """
    if len(token) < 8:
        return []
    found = []
    rest = token.removeprefix("total")
    if rest != token and (rest in GROSS_WORDS or rest in NET_WORDS):
        found += ["total", rest]
    if token.endswith("steuer") and not token.startswith(_OTHER_TAX_STEMS):
        found.append("steuer")
    if token.endswith(("betrag", "beitrag", "summe")):
        found.append("gesamtbetrag" if token.startswith(("rechnung", "end")) else "betrag")
    if token.startswith("netto"):
        found.append("netto")
    if token.startswith("brutto"):
        found.append("brutto")
    return found
