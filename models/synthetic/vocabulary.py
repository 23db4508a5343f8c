"""Words the paper mill writes with: trades and their goods, names, places, labels by language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trade:
    """What a kind of company calls itself, and what it sells: (description, cents, unit)."""

    names: tuple[str, ...]
    goods: tuple[tuple[str, int, str], ...]
    rate: str = "standard"


TRADES: dict[str, dict[str, Trade]] = {
    "fr": {
        "office": Trade(
            ("Papeterie", "Bureau Service", "Fournitures"),
            (
                ("Ramette papier A4 80 g", 489, "u"),
                ("Toner noir laser haute capacité", 8990, "u"),
                ("Classeur à levier dos 80 mm", 325, "u"),
                ("Stylo bille bleu, boîte de 50", 1245, "bte"),
                ("Enveloppes DL 110 x 220, x500", 2790, "bte"),
                ("Fauteuil de bureau ergonomique", 18900, "u"),
                ("Lampe de bureau LED", 3450, "u"),
            ),
        ),
        "software": Trade(
            ("Informatique", "Solutions numériques", "Développement"),
            (
                ("Abonnement logiciel de gestion, mensuel", 7900, "mois"),
                ("Maintenance applicative", 54000, "forf."),
                ("Développement module de facturation", 62000, "jour"),
                ("Hébergement serveur dédié", 11900, "mois"),
                ("Formation des utilisateurs", 45000, "jour"),
                ("Nom de domaine .fr, 1 an", 1299, "an"),
            ),
        ),
        "building": Trade(
            ("Plomberie", "Électricité générale", "Menuiserie", "Peinture", "Maçonnerie"),
            (
                ("Dépose de l'ancienne installation", 24000, "forf."),
                ("Fourniture et pose chauffe-eau 200 l", 78500, "u"),
                ("Tube cuivre diamètre 16", 895, "ml"),
                ("Main d'œuvre qualifiée", 4800, "h"),
                ("Peinture acrylique mate, deux couches", 2150, "m²"),
                ("Tableau électrique 3 rangées", 32900, "u"),
                ("Déplacement et mise en route", 4500, "forf."),
            ),
        ),
        "cleaning": Trade(
            ("Propreté", "Nettoyage", "Multiservices"),
            (
                ("Entretien des locaux, forfait mensuel", 68000, "mois"),
                ("Nettoyage des vitres", 320, "m²"),
                ("Remise en état après travaux", 42000, "forf."),
                ("Fourniture consommables sanitaires", 5480, "lot"),
            ),
        ),
        "food": Trade(
            ("Primeurs", "Boissons", "Distribution alimentaire"),
            (
                ("Café en grains 1 kg", 1390, "kg"),
                ("Eau minérale 6 x 1,5 l", 312, "pack"),
                ("Pommes Gala catégorie 1", 245, "kg"),
                ("Huile de tournesol bidon 5 l", 1180, "u"),
                ("Farine T55 sac 25 kg", 1875, "sac"),
            ),
            rate="reduced",
        ),
        "advice": Trade(
            ("Conseil", "Cabinet", "Studio"),
            (
                ("Mission d'assistance comptable", 38000, "forf."),
                ("Audit et recommandations", 75000, "jour"),
                ("Création graphique, plaquette 4 pages", 56000, "forf."),
                ("Rédaction d'actes", 29000, "forf."),
            ),
        ),
        "transport": Trade(
            ("Transports", "Messagerie", "Logistique"),
            (
                ("Transport palette Lyon - Paris", 14800, "u"),
                ("Livraison express avant 13 h", 2490, "u"),
                ("Frais de manutention", 3500, "forf."),
                ("Surcharge carburant", 780, "u"),
            ),
        ),
    },
    "en": {
        "software": Trade(
            ("Systems", "Digital", "Software"),
            (
                ("Cloud hosting, standard plan", 4900, "month"),
                ("Support subscription", 12000, "month"),
                ("Consulting services", 8500, "hour"),
                ("Data migration", 95000, "lot"),
            ),
        ),
        "hardware": Trade(
            ("Supplies", "Trading", "Tools"),
            (
                ("Steel bolts M8, box of 200", 1850, "box"),
                ("Cordless drill 18 V", 12900, "pc"),
                ("Safety gloves, pair", 640, "pair"),
                ("Extension lead 10 m", 1590, "pc"),
                ("Timber 2.4 m treated", 875, "pc"),
            ),
        ),
        "print": Trade(
            ("Design", "Print", "Media"),
            (
                ("Business cards, 500", 4500, "set"),
                ("Exhibition banner", 11800, "pc"),
                ("Website banner artwork", 22000, "pc"),
                ("Brochure printing, 16 pages", 310, "pc"),
            ),
        ),
    },
    "de": {
        "hardware": Trade(
            ("Werkzeug", "Technik", "Industriebedarf"),
            (
                ("Schrauben M8 verzinkt, 200 Stück", 1650, "Pkg"),
                ("Akkuschrauber 18 V", 13900, "Stk"),
                ("Arbeitshandschuhe Gr. 9", 590, "Paar"),
                ("Kabeltrommel 25 m", 4290, "Stk"),
            ),
        ),
        "services": Trade(
            ("Dienstleistungen", "Beratung", "Gebäudereinigung"),
            (
                ("Beratungsleistung vor Ort", 9500, "Std"),
                ("Unterhaltsreinigung Büro", 42000, "Monat"),
                ("Wartung Heizungsanlage", 18500, "psch"),
                ("Anfahrt", 3500, "psch"),
            ),
        ),
        "paper": Trade(
            ("Bürobedarf", "Papierhandel", "Druckerei"),
            (
                ("Kopierpapier A4, 500 Blatt", 449, "Pkg"),
                ("Ordner breit, grau", 289, "Stk"),
                ("Visitenkarten, 250 Stück", 3900, "Set"),
            ),
        ),
    },
}

COMPANY_NAMES = {
    "fr": ("{trade} {name}", "{name} {trade} {form}", "{form} {name} & Fils", "{name} {form}"),
    "en": ("{name} {trade} {form}", "{name} & Sons {form}", "{trade} by {name} {form}"),
    "de": ("{name} {trade} {form}", "{trade} {name} {form}", "{name} & Partner {form}"),
}
FORMS = {
    "FR": ("SARL", "SAS", "SASU", "EURL"),
    "BE": ("SRL", "SA"),
    "CH": ("Sàrl", "SA"),
    "DE": ("GmbH", "KG", "OHG"),
    "GB": ("Ltd", "Limited", "LLP"),
}
SURNAMES = {
    "fr": (
        "Morel", "Garnier", "Lefèvre", "Roussel", "Blanchard", "Chevalier", "Perrin", "Besson",
        "Marchetti", "Delaunay", "Caron", "Guillot", "Favre", "Rochat", "Dubuis", "Lambrecht",
        "Tessier", "Pélissier", "Vasseur", "Joubert", "Barbier", "Collet", "Mercier", "Renard",
    ),
    "en": (
        "Whitfield", "Harper", "Ashdown", "Kendrick", "Marlow", "Osborne", "Pemberton", "Quayle",
        "Redfern", "Stanhope", "Thackray", "Wainwright",
    ),
    "de": (
        "Brandt", "Keller", "Vogel", "Lindner", "Hartmann", "Seidel", "Böhm", "Krüger", "Ziegler",
        "Winkler", "Albrecht", "Pfeiffer",
    ),
}  # fmt: skip
FIRST_NAMES = {
    "fr": ("Claire", "Julien", "Nadia", "Hugo", "Amélie", "Thomas", "Inès", "Bruno", "Sylvie"),
    "en": ("Alice", "Edward", "Priya", "Martin", "Grace", "Oliver", "Hannah"),
    "de": ("Anna", "Jürgen", "Katrin", "Lukas", "Sabine", "Uwe"),
}
STREETS = {
    "fr": (
        "rue des Tanneurs", "avenue de la Gare", "boulevard Victor Hugo", "rue du Moulin",
        "chemin des Vignes", "place du Marché", "impasse des Lilas", "route de Genève",
    ),
    "en": ("Mill Lane", "High Street", "Station Road", "Victoria Avenue", "Harbour View"),
    "de": ("Bahnhofstraße", "Lindenweg", "Industriestraße", "Am Markt", "Gartenstraße"),
}  # fmt: skip
PLACES = {
    "FR": ("69003 Lyon", "75011 Paris", "31000 Toulouse", "44200 Nantes", "74000 Annecy",
           "33800 Bordeaux", "59000 Lille", "67000 Strasbourg", "13006 Marseille"),
    "BE": ("1050 Bruxelles", "4000 Liège", "5000 Namur", "7000 Mons"),
    "CH": ("1003 Lausanne", "1204 Genève", "2000 Neuchâtel", "1950 Sion", "1700 Fribourg"),
    "DE": ("50667 Köln", "80331 München", "20095 Hamburg", "70173 Stuttgart"),
    "GB": ("Leeds LS1 4AP", "Bristol BS1 5TR", "London EC2A 3LT", "Glasgow G2 1DU"),
}  # fmt: skip
PHONES = {
    "FR": ("04 72 ", "01 45 ", "02 40 "),
    "BE": ("+32 2 ", "+32 4 "),
    "CH": ("+41 21 ", "+41 22 "),
    "DE": ("+49 221 ", "+49 89 "),
    "GB": ("+44 113 ", "+44 20 "),
}
BANKS = {
    "fr": ("Banque du Rhône", "Crédit des Alpes", "Caisse Régionale du Centre", "Banque Atlantis"),
    "en": ("Northern Counties Bank", "Harbour Savings Bank"),
    "de": ("Handelsbank Rheinland", "Volkskasse Süd"),
}
MONTHS = {
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
           "octobre", "novembre", "décembre"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December"),
    "de": ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
           "Oktober", "November", "Dezember"),
}  # fmt: skip
RATES = {
    "FR": {"standard": "20", "reduced": "5.5"},
    "BE": {"standard": "21", "reduced": "6"},
    "CH": {"standard": "8.1", "reduced": "2.6"},
    "DE": {"standard": "19", "reduced": "7"},
    "GB": {"standard": "20", "reduced": "5"},
}

# Titles a commercial paper may carry, by category and language.
TITLES = {
    "purchase_invoice": {
        "fr": ("FACTURE", "Facture", "FACTURE N° {number}", "Facture n° {number}"),
        "en": ("INVOICE", "Invoice", "Tax invoice", "Invoice {number}"),
        "de": ("RECHNUNG", "Rechnung", "Rechnung Nr. {number}"),
    },
    "credit_note": {
        "fr": ("AVOIR", "Avoir n° {number}", "FACTURE D'AVOIR", "Note de crédit"),
        "en": ("CREDIT NOTE", "Credit note {number}"),
        "de": ("GUTSCHRIFT", "Rechnungskorrektur"),
    },
    "quote": {
        "fr": ("DEVIS", "Devis n° {number}", "PROPOSITION COMMERCIALE", "Offre de prix"),
        "en": ("QUOTATION", "Quote {number}", "Estimate"),
        "de": ("ANGEBOT", "Angebot Nr. {number}", "Kostenvoranschlag"),
    },
    "purchase_order": {
        "fr": ("BON DE COMMANDE", "Commande n° {number}", "Bon de commande {number}"),
        "en": ("PURCHASE ORDER", "Purchase order {number}"),
        "de": ("BESTELLUNG", "Bestellung Nr. {number}"),
    },
    "delivery_note": {
        "fr": ("BON DE LIVRAISON", "Bon de livraison n° {number}", "Bordereau de livraison"),
        "en": ("DELIVERY NOTE", "Packing slip", "Delivery note {number}"),
        "de": ("LIEFERSCHEIN", "Lieferschein Nr. {number}"),
    },
}
LABELS = {
    "fr": {
        "number": ("N°", "Numéro", "Référence", "N° de pièce"),
        "date": ("Date", "Date d'émission", "Le", "Émis le"),
        "due": ("Échéance", "Date d'échéance", "À régler avant le", "Payable le"),
        "customer": ("N° client", "Code client", "Réf. client"),
        "description": ("Désignation", "Description", "Libellé", "Prestation"),
        "quantity": ("Qté", "Quantité", "Qté"),
        "unit": ("Unité", "U"),
        "price": ("P.U. HT", "Prix unitaire", "PU HT"),
        "vat": ("TVA", "Taux TVA", "TVA %"),
        "net": ("Montant HT", "Total HT", "Montant"),
        "net_total": ("Total HT", "Total hors taxes", "Montant total HT"),
        "vat_total": ("TVA {rate} %", "Total TVA", "Montant TVA"),
        "gross_total": ("Total TTC", "Net à payer TTC", "Montant TTC", "Total à payer"),
        "page": ("Page {n}/{of}", "Page {n} sur {of}", "{n} / {of}"),
        "carried": ("À reporter", "Sous-total à reporter"),
        "brought": ("Report", "Report de la page précédente"),
        "exempt": ("TVA non applicable, art. 293 B du CGI",),
        "delivered_to": ("Adresse de livraison", "Livré à"),
        "billed_to": ("Facturé à", "Client", "Adresse de facturation"),
        "payment": (
            (
                "Règlement par virement à 30 jours. Tout retard entraîne une pénalité au taux de trois "
                "fois l'intérêt légal et une indemnité forfaitaire de 40 euros."
            ),
            "Conditions de paiement : virement bancaire. Pas d'escompte pour paiement anticipé.",
        ),
    },
    "en": {
        "number": ("Number", "Reference", "No."),
        "date": ("Date", "Date of issue"),
        "due": ("Due date", "Payment due", "Pay by"),
        "customer": ("Customer no.", "Account"),
        "description": ("Description", "Item"),
        "quantity": ("Qty", "Quantity"),
        "unit": ("Unit", "UoM"),
        "price": ("Unit price", "Price"),
        "vat": ("VAT", "VAT %"),
        "net": ("Amount", "Line total"),
        "net_total": ("Subtotal", "Net total"),
        "vat_total": ("VAT {rate}%", "VAT"),
        "gross_total": ("Total", "Total due", "Amount due"),
        "page": ("Page {n} of {of}", "{n}/{of}"),
        "carried": ("Carried forward",),
        "brought": ("Brought forward",),
        "exempt": ("No VAT charged",),
        "delivered_to": ("Ship to", "Deliver to"),
        "billed_to": ("Bill to", "Invoice to"),
        "payment": ("Payment within 30 days by bank transfer. Thank you for your business.",),
    },
    "de": {
        "number": ("Nummer", "Beleg-Nr.", "Nr."),
        "date": ("Datum", "Belegdatum"),
        "due": ("Fällig am", "Zahlbar bis"),
        "customer": ("Kundennummer", "Kd.-Nr."),
        "description": ("Bezeichnung", "Artikel", "Leistung"),
        "quantity": ("Menge", "Anzahl"),
        "unit": ("Einheit", "ME"),
        "price": ("Einzelpreis", "E-Preis"),
        "vat": ("MwSt", "USt %"),
        "net": ("Betrag", "Gesamt"),
        "net_total": ("Nettobetrag", "Summe netto"),
        "vat_total": ("zzgl. {rate} % MwSt", "USt {rate} %"),
        "gross_total": ("Gesamtbetrag", "Rechnungsbetrag", "Bruttobetrag"),
        "page": ("Seite {n} von {of}", "Seite {n}/{of}"),
        "carried": ("Übertrag",),
        "brought": ("Übertrag",),
        "exempt": ("Kein Ausweis von Umsatzsteuer nach § 19 UStG",),
        "delivered_to": ("Lieferadresse",),
        "billed_to": ("Rechnungsadresse", "Kunde"),
        "payment": ("Zahlbar innerhalb von 30 Tagen ohne Abzug.",),
    },
}
