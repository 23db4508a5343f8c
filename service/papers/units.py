"""Units as people write them and as EN 16931 wants them (UN/ECE Recommendation 20)."""

from __future__ import annotations

from domain.words import folded

PIECE = "C62"
_CODES = {
    "HUR": "h hr hrs heure heures hour hours std stunde stunden",
    "MIN": "min minute minutes minuten",
    "DAY": "j jr jour jours day days tag tage",
    "WEE": "semaine semaines week weeks woche wochen",
    "MON": "mois month months monat monate",
    "ANN": "an ans annee annees year years jahr jahre",
    "KGM": "kg kilo kilos kilogramme kilogrammes kilogram",
    "GRM": "g gramme grammes gramm",
    "TNE": "t tonne tonnes",
    "MTR": "m metre metres meter ml",
    "MTK": "m2 m² qm",
    "MTQ": "m3 m³",
    "KMT": "km kilometre kilometres kilometer",
    "LTR": "l litre litres liter",
    "KWH": "kwh",
    "LS": "forfait forfaits flat pauschale pauschal",
}
_BY_WORD = {word: code for code, words in _CODES.items() for word in words.split()}


def unit_code(unit: str) -> str:
    """The code of `unit`; a piece where it is not known."""
    return _BY_WORD.get(folded(unit).strip(), PIECE)
