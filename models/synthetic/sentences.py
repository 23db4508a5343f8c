"""Sentences of the papers that are written rather than tabulated, by language."""

from __future__ import annotations

from typing import Any

PAYSLIP: dict[str, dict[str, Any]] = {
    "fr": {
        "title": "BULLETIN DE PAIE", "period": "Période :", "number": "Matricule",
        "insured": "N° de sécurité sociale", "keep": "Dans votre intérêt, et pour vous aider à "
        "faire valoir vos droits, conservez ce bulletin de paie sans limitation de durée.",
        "jobs": ("Emploi : technicien", "Emploi : comptable", "Emploi : magasinier"),
        "heads": ("Rubriques", "Base", "Taux", "Gain", "Retenue"), "gross": "Salaire brut",
        "contributions": ("Sécurité sociale - Maladie", "Assurance vieillesse plafonnée",
                          "Retraite complémentaire tranche 1", "Complémentaire santé",
                          "CSG déductible", "CSG/CRDS non déductible", "Prévoyance"),
        "withheld": "Total des cotisations et contributions", "social": "Montant net social",
        "net": "Net payé",
    },
    "en": {
        "title": "PAYSLIP", "period": "Pay period:", "number": "Employee no.",
        "insured": "NI number", "keep": "Please retain this payslip for your records.",
        "jobs": ("Role: analyst", "Role: driver"),
        "heads": ("Earnings and deductions", "Base", "Rate", "Amount", "Deduction"),
        "gross": "Gross pay", "contributions": ("Income tax (PAYE)", "National Insurance",
                                                "Pension contribution"),
        "withheld": "Total deductions", "social": "Taxable pay", "net": "Net pay",
    },
    "de": {
        "title": "Entgeltabrechnung", "period": "Abrechnungsmonat:", "number": "Personal-Nr.",
        "insured": "SV-Nummer", "keep": "Diese Abrechnung ist aufzubewahren.",
        "jobs": ("Tätigkeit: Sachbearbeitung", "Tätigkeit: Montage"),
        "heads": ("Bezeichnung", "Basis", "Satz", "Bezug", "Abzug"), "gross": "Bruttogehalt",
        "contributions": ("Lohnsteuer", "Krankenversicherung", "Rentenversicherung",
                          "Arbeitslosenversicherung", "Pflegeversicherung"),
        "withheld": "Summe Abzüge", "social": "Steuerbrutto", "net": "Auszahlungsbetrag",
    },
}  # fmt: skip

LETTER: dict[str, dict[str, Any]] = {
    "fr": {
        "placed": "{city}, le {day}", "subject": "Objet",
        "salutations": ("Madame, Monsieur,", "Cher client,", "Monsieur,"),
        "closings": (
            ("Nous vous prions d'agréer, Madame, Monsieur, l'expression de nos salutations "
            "distinguées."),
            "Dans l'attente de votre réponse, veuillez recevoir nos cordiales salutations.",
        ),
        "subjects": (
            ("relance, factures impayées", (
                ("Sauf erreur ou omission de notre part, nous constatons que la facture n° {number} "
                "d'un montant de {amount} euros reste impayée à ce jour malgré notre précédent "
                "courrier."),
                ("Nous vous remercions de bien vouloir procéder à son règlement sous huit jours. Si "
                "votre paiement s'est croisé avec la présente, ne tenez pas compte de ce rappel."))),
            ("modification de nos conditions tarifaires", (
                ("Nous vous informons que nos tarifs évolueront à compter du premier du mois "
                "prochain, conformément à l'article 6 de nos conditions générales de vente."),
                "Votre interlocuteur habituel reste à votre disposition pour toute question.")),
            ("changement d'adresse", (
                ("Nous avons le plaisir de vous annoncer le transfert de nos bureaux. Notre numéro "
                "de téléphone et nos adresses électroniques restent inchangés."),
                "Nous vous saurions gré de mettre à jour vos fichiers.")),
            ("résiliation de votre abonnement", (
                ("Nous accusons réception de votre courrier du {day} et prenons note de votre "
                "demande de résiliation, qui prendra effet au terme du préavis contractuel."),
                "Un dernier décompte vous parviendra prochainement.")),
        ),
        "padding": (
            ("Comme convenu lors de notre entretien téléphonique, nous restons attentifs à la "
            "qualité de nos relations et vous remercions de la confiance que vous nous témoignez."),
            ("Vous trouverez en annexe les documents utiles au traitement de votre dossier. Nous "
            "vous demandons de nous les retourner dûment complétés et signés."),
            ("Nos services sont ouverts du lundi au vendredi, de neuf heures à midi et de quatorze "
            "à dix-sept heures. Pour toute réclamation, rappelez la référence {number}."),
            ("Cette démarche s'inscrit dans le cadre de l'amélioration continue de nos procédures, "
            "menée depuis plusieurs années avec l'ensemble de nos partenaires."),
        ),
    },
    "en": {
        "placed": "{day}", "subject": "Re",
        "salutations": ("Dear Sir or Madam,", "Dear customer,", "Dear Ms Harper,"),
        "closings": ("Yours faithfully,", "Yours sincerely,"),
        "subjects": (
            ("overdue account", (
                "According to our records invoice {number} for {amount} has not been paid yet.",
                ("Please let us have your payment within seven days. If you have paid already, "
                "please disregard this reminder."))),
            ("change of terms", (
                "We are writing to let you know that our terms of business will change next month.",
                "You do not need to do anything.")),
        ),
        "padding": (
            ("We appreciate your custom and remain at your disposal for any further information "
            "that you may require about your account."),
            "Please find enclosed the documents that you asked for. Kindly return a signed copy.",
            ("Our office is open from Monday to Friday. Please quote {number} in all "
            "correspondence."),
            "This forms part of a wider review of the way in which we look after our customers.",
        ),
    },
    "de": {
        "placed": "{city}, den {day}", "subject": "Betreff",
        "salutations": ("Sehr geehrte Damen und Herren,", "Sehr geehrter Kunde,"),
        "closings": ("Mit freundlichen Grüßen",),
        "subjects": (
            ("Zahlungserinnerung", (
                ("leider konnten wir für die Rechnung {number} über {amount} Euro noch keinen "
                "Zahlungseingang feststellen."),
                ("Bitte überweisen Sie den offenen Betrag innerhalb von sieben Tagen. Sollte sich "
                "Ihre Zahlung mit diesem Schreiben überschnitten haben, betrachten Sie es als "
                "gegenstandslos."))),
            ("Ihre Anfrage", (
                "vielen Dank für Ihr Schreiben vom {day}, das wir gerne beantworten.",
                "Für Rückfragen stehen wir Ihnen jederzeit zur Verfügung.")),
        ),
        "padding": (
            ("Wir danken Ihnen für das entgegengebrachte Vertrauen und freuen uns auf die weitere "
            "Zusammenarbeit."),
            "Anbei erhalten Sie die gewünschten Unterlagen zu Ihrer Verwendung.",
            "Unser Büro ist von Montag bis Freitag besetzt. Bitte geben Sie {number} an.",
            "Diese Maßnahme dient der Verbesserung unserer Abläufe.",
        ),
    },
}  # fmt: skip

TERMS = {
    "fr": "Conditions générales de vente",
    "en": "Terms and conditions of sale",
    "de": "Allgemeine Geschäftsbedingungen",
}

CONTRACT: dict[str, dict[str, Any]] = {
    "fr": {
        "titles": ("CONTRAT DE PRESTATION DE SERVICES", "CONTRAT DE MAINTENANCE", "BAIL COMMERCIAL",
                   "CONTRAT DE LOCATION"),
        "between": "Entre les soussignés :\nLa société {one}, dont le siège social est situé "
        "{one_at}, ci-après dénommée « le Prestataire », d'une part,\net la société {other}, "
        "{other_at}, ci-après dénommée « le Client », d'autre part,\nil a été convenu ce qui suit.",
        "further": (
            ("Les annexes font partie intégrante du contrat. En cas de contradiction, le corps du "
            "contrat prévaut sur ses annexes."),
            ("Le fait pour une partie de ne pas se prévaloir d'un manquement ne vaut pas renonciation "
            "à s'en prévaloir ultérieurement."),
            ("Aucune modification ne peut être apportée aux présentes sans un avenant signé des "
            "représentants habilités de chacune des parties."),
            ("Les parties élisent domicile à leurs sièges respectifs. Toute notification y est "
            "valablement adressée par lettre recommandée avec avis de réception."),
            ("Le Prestataire déclare être titulaire d'une assurance couvrant sa responsabilité civile "
            "professionnelle et s'engage à en justifier à première demande."),
            ("En cas de force majeure, les obligations de la partie empêchée sont suspendues pendant "
            "la durée de l'empêchement, dont elle informe l'autre partie sans délai."),
            ("Le Client s'interdit de solliciter le personnel du Prestataire pendant la durée du "
            "contrat et les douze mois qui suivent son terme."),
            ("Les données à caractère personnel sont traitées pour les seuls besoins de l'exécution "
            "du contrat et ne sont pas conservées au-delà de la durée nécessaire."),
            ("Tout retard de paiement entraîne de plein droit des pénalités et l'indemnité forfaitaire "
            "pour frais de recouvrement prévue par le code de commerce."),
            ("Le matériel mis à disposition demeure la propriété du Prestataire et lui est restitué "
            "au terme du contrat, en bon état de fonctionnement."),
        ),
        "article": "Article {n} - {title}",
        "done": "Fait à {city}, le {day}, en deux exemplaires originaux.",
        "signed": "Pour {name}, signature",
        "articles": (
            ("Objet", ("Le présent contrat a pour objet de définir les conditions dans lesquelles le "
             "Prestataire fournit au Client les prestations décrites en annexe. Les parties "
             "reconnaissent avoir reçu toutes les informations utiles à leur engagement.")),
            ("Durée", ("Le contrat est conclu pour une durée de douze mois à compter de sa signature. "
             "Il se renouvelle par tacite reconduction, sauf dénonciation par l'une des parties par "
             "lettre recommandée avec un préavis de trois mois.")),
            ("Prix et paiement", ("Les prestations sont facturées mensuellement aux tarifs figurant en "
             "annexe. Les factures sont payables à trente jours. Les prix sont révisés chaque année "
             "selon l'indice Syntec.")),
            ("Obligations des parties", ("Le Prestataire s'engage à exécuter ses prestations avec "
             "diligence, selon les règles de l'art. Le Client lui donne accès aux locaux et aux "
             "informations nécessaires.")),
            ("Confidentialité", ("Chacune des parties s'interdit de divulguer à des tiers les "
             "informations dont elle aurait connaissance à l'occasion de l'exécution du contrat, et "
             "ce pendant une durée de cinq ans après son terme.")),
            ("Responsabilité", ("La responsabilité du Prestataire est limitée aux dommages directs et "
             "prévisibles, dans la limite des sommes versées au cours des douze derniers mois.")),
            ("Résiliation", ("En cas de manquement grave non réparé dans un délai de trente jours après "
             "mise en demeure, le contrat peut être résilié de plein droit par l'autre partie.")),
            ("Droit applicable", ("Le présent contrat est régi par le droit français. Tout litige "
             "relève du tribunal de commerce du siège du Prestataire.")),
        ),
    },
    "en": {
        "titles": ("SERVICE AGREEMENT", "LEASE AGREEMENT", "MAINTENANCE AGREEMENT"),
        "between": 'This agreement is made between:\n{one}, {one_at} (the "Supplier"), and\n'
        '{other}, {other_at} (the "Customer").\nThe parties agree as follows.',
        "further": (
            ("The schedules form part of this agreement. If they conflict with its clauses, the "
            "clauses prevail."),
            "No failure or delay by a party to exercise a right is a waiver of that right.",
            ("No variation of this agreement is effective unless it is in writing and signed by the "
            "parties."),
            ("Notices shall be delivered by hand or sent by first-class post to the registered office "
            "of the other party."),
            ("Neither party is liable for a delay that results from events beyond its reasonable "
            "control, provided that it tells the other party promptly."),
            ("Personal data shall be processed only as far as the performance of this agreement "
            "requires."),
        ),
        "article": "{n}. {title}", "done": "Signed in {city} on {day}.",
        "signed": "For and on behalf of {name}",
        "articles": (
            ("Scope", ("The Supplier shall provide the services described in the schedule to the "
             "Customer with reasonable skill and care, and the Customer shall pay the charges.")),
            ("Term", ("This agreement begins on the date of signature and continues for twelve months. "
             "It is renewed for the same period unless either party gives three months' notice.")),
            ("Charges", ("The charges are set out in the schedule, exclude value added tax and are "
             "payable within thirty days of the date of each invoice.")),
            ("Confidentiality", ("Each party shall keep confidential all information of the other party "
             "that is marked as such or would reasonably be regarded as confidential.")),
            ("Termination", ("Either party may terminate this agreement if the other commits a material "
             "breach and fails to remedy it within thirty days of written notice.")),
            ("Governing law", ("This agreement is governed by the law of England and Wales and the "
             "parties submit to the exclusive jurisdiction of its courts.")),
        ),
    },
    "de": {
        "titles": ("DIENSTLEISTUNGSVERTRAG", "WARTUNGSVERTRAG", "MIETVERTRAG"),
        "between": "Zwischen\n{one}, {one_at}, nachfolgend Auftragnehmer genannt, und\n{other}, "
        "{other_at}, nachfolgend Auftraggeber genannt,\nwird folgender Vertrag geschlossen.",
        "further": (
            ("Die Anlagen sind Bestandteil dieses Vertrags. Bei Widersprüchen geht der Vertragstext "
            "vor."),
            ("Sollte eine Bestimmung unwirksam sein, so bleibt die Wirksamkeit der übrigen "
            "Bestimmungen davon unberührt."),
            "Mündliche Nebenabreden bestehen nicht.",
            ("Der Auftragnehmer haftet nur für Vorsatz und grobe Fahrlässigkeit, soweit nicht das "
            "Leben, der Körper oder die Gesundheit betroffen ist."),
            ("Personenbezogene Daten werden nur verarbeitet, soweit die Erfüllung des Vertrags es "
            "erfordert."),
        ),
        "article": "§ {n} {title}", "done": "{city}, den {day}", "signed": "Unterschrift {name}",
        "articles": (
            ("Gegenstand", ("Der Auftragnehmer erbringt für den Auftraggeber die in der Anlage "
             "beschriebenen Leistungen nach den anerkannten Regeln der Technik.")),
            ("Laufzeit", ("Der Vertrag beginnt mit der Unterzeichnung und läuft zwölf Monate. Er "
             "verlängert sich um jeweils ein Jahr, wenn er nicht mit einer Frist von drei Monaten "
             "gekündigt wird.")),
            ("Vergütung", ("Die Vergütung ergibt sich aus der Anlage und ist innerhalb von dreißig "
             "Tagen nach Rechnungsstellung ohne Abzug zahlbar.")),
            ("Verschwiegenheit", ("Die Parteien verpflichten sich, alle Informationen vertraulich zu "
             "behandeln, die ihnen bei der Durchführung des Vertrags bekannt werden.")),
            ("Schlussbestimmungen", ("Änderungen bedürfen der Schriftform. Gerichtsstand ist der Sitz "
             "des Auftragnehmers.")),
        ),
    },
}  # fmt: skip

TAX: dict[str, dict[str, Any]] = {
    "fr": {
        "office": "DIRECTION GÉNÉRALE DES FINANCES PUBLIQUES", "service": "Service des impôts des "
        "entreprises", "titles": ("AVIS D'IMPÔT {year} - Cotisation foncière des entreprises",
                                  "TAXES FONCIÈRES {year} - Avis d'impôt",
                                  "AVIS DE MISE EN RECOUVREMENT {year}"),
        "reference": "Référence de l'avis", "payer": "Numéro fiscal",
        "levied": "Date de mise en recouvrement", "due": "Date limite de paiement",
        "base": "Base nette d'imposition", "tax": "Cotisation", "fees": "Frais de gestion",
        "to_pay": "Montant à payer", "means": "Vous pouvez payer en ligne sur impots.gouv.fr ou "
        "adhérer au prélèvement à l'échéance. Tout retard de paiement entraîne une majoration de "
        "10 %.",
    },
    "en": {
        "office": "REVENUE AND CUSTOMS", "service": "Corporation Tax Services",
        "titles": ("Notice of assessment {year}", "Tax return {year}: notice to file"),
        "reference": "Notice reference", "payer": "Unique taxpayer reference",
        "levied": "Date of issue", "due": "Payment deadline", "base": "Taxable profit",
        "tax": "Tax due", "fees": "Interest", "to_pay": "Amount payable",
        "means": "Interest is charged on late payment. You can pay online.",
    },
    "de": {
        "office": "FINANZAMT", "service": "Steuerverwaltung",
        "titles": ("Bescheid für {year} über Körperschaftsteuer", "Gewerbesteuerbescheid {year}"),
        "reference": "Aktenzeichen", "payer": "Steuernummer", "levied": "Bescheiddatum",
        "due": "Fällig am", "base": "Bemessungsgrundlage", "tax": "Festgesetzte Steuer",
        "fees": "Zinsen", "to_pay": "Zu zahlen", "means": "Gegen diesen Bescheid kann innerhalb "
        "eines Monats Einspruch eingelegt werden. Rechtsbehelfsbelehrung siehe Rückseite.",
    },
}  # fmt: skip

FORMS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "fr": (
        ("CURRICULUM VITAE", ("Expérience professionnelle :", "Formation :", "Langues :",
                              "Compétences :", "Centres d'intérêt :")),
        ("ATTESTATION SUR L'HONNEUR", (("Je soussigné certifie sur l'honneur l'exactitude des "
                                       "renseignements portés sur le présent document."),
                                       "Fait pour servir et valoir ce que de droit.")),
        ("ATTESTATION D'ASSURANCE", (("Nous certifions que l'assuré est garanti au titre du contrat "
                                     "responsabilité civile professionnelle n° 5520871."),
                                     ("La présente attestation est valable un an et n'implique "
                                     "qu'une présomption de garantie."))),
        ("FORMULAIRE D'INSCRIPTION", ("Nom :", "Prénom :", "Date de naissance :", "Adresse :",
                                      "Téléphone :", "Adresse électronique :", "Profession :")),
    ),
    "en": (
        ("APPLICATION FORM", ("Surname:", "First name:", "Date of birth:", "Address:",
                              "Telephone:", "Occupation:")),
        ("CERTIFICATE OF INSURANCE", ("This is to certify that the policy holder is insured.",
                                      "This certificate is valid for one year.")),
    ),
    "de": (
        ("ANMELDEFORMULAR", ("Name:", "Vorname:", "Geburtsdatum:", "Anschrift:", "Telefon:")),
        ("LEBENSLAUF", ("Berufserfahrung:", "Ausbildung:", "Sprachen:", "Kenntnisse:")),
    ),
}  # fmt: skip
