"""Both languages say everything, and typed numbers are read as people write them here."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

from domain.automation import Against, Dial
from domain.bank_posting import Source
from domain.billing import Level, Readiness
from domain.board import Do
from domain.contracts import ContractKind, Every
from domain.corrections import CHOICES, FIELDS
from domain.countries import CODES as COUNTRIES
from domain.countries import country
from domain.documents import Category, DocumentStatus, FileStatus, ImportStatus, SetAside
from domain.drafts import Commercial
from domain.drafts import State as SaleState
from domain.einvoices import EVERY_REASON, STATUSES
from domain.emails import PLACEHOLDERS, SEND_ERRORS, EmailKind
from domain.errors import Refused
from domain.events import CATALOGUE
from domain.fec_file import Severity
from domain.ibans import IbanState
from domain.people import Role
from domain.reconciliation import Confidence, Why
from domain.rules import SENTENCES, RuleStatus
from domain.spreadsheets import State as SpreadsheetState
from domain.spreadsheets.columns import FIELDS as SPREADSHEET_FIELDS
from domain.spreadsheets.records import RECORDS
from domain.twins import LIKENESSES
from domain.webhooks import ATTEMPT_ERRORS, DISABLED_REASONS, DeliveryStatus
from models.evidence import EVIDENCE
from models.ordering import MOVED, TURNED
from models.splitting import SEPARATED
from service.operations.books import VAT_REGIMES
from service.operations.closing import KINDS
from service.operations.emails import SHOWN as EMAIL_STATUSES
from service.operations.records import KINDS as RECORD_KINDS
from service.operations.records import STATES as RECORD_STATES
from service.pages import static
from service.pages.statement_files import MEANINGS, ORDERS
from service.pages.typed import changes_of, choices_of, decimal_of, typed
from service.pages.words import LANGUAGES, preferred, words_of
from service.spreadsheets import REFUSALS as REFUSALS_OF_SPREADSHEETS

TEMPLATES = sorted((static.FOLDER.parent / "templates").glob("*.html"))
SENTENCE = re.compile(r"""(?<![\w.])_\(\s*(?:"([^"]*)"|'([^']*)')""")
COUNTED = re.compile(r'(?<![\w.])n\("([^"]*)",\s*"([^"]*)"')
REFUSALS = {kind.__name__ for kind in (Refused, *Refused.__subclasses__())}
ROOT = Path(__file__).parents[2]


def fault_codes() -> set[str]:
    """The codes of what is wrong in files of books."""
    files = [ROOT / "domain" / name for name in ("fec_file.py", "fec_rules.py", "book_tables.py")]
    return {
        code
        for path in files
        for code in re.findall(r'faults\.add\(\s*"([a-z_]+)"', path.read_text("utf-8"))
    }


def cell_fault_codes() -> set[str]:
    """What can be wrong with the cells of a spreadsheet."""
    paths = [*(ROOT / "domain/spreadsheets").glob("*.py"),
             ROOT / "domain/legal_ids.py", ROOT / "service/operations/record_files.py"]  # fmt: skip
    text = "".join(path.read_text("utf-8") for path in paths)
    return set(re.findall(r'(?:Wrong(?:LegalId)?\(|draft.rows[^"]*"\w+",)\s*"([a-z_]+)"', text))


CODES = {
    "category": set(Category),
    "tab": set(Category),
    "import_status": set(ImportStatus),
    "file_status": set(FileStatus),
    "status": set(DocumentStatus),
    "aside": set(SetAside),
    "aside_many": set(SetAside),
    "role": set(Role),
    "delivery_status": set(DeliveryStatus),
    "attempt_error": set(ATTEMPT_ERRORS),
    "disabled_reason": set(DISABLED_REASONS),
    "email_status": {*EMAIL_STATUSES, "failed"},
    "email_kind": set(EmailKind),
    "email_error": set(SEND_ERRORS),
    "placeholder": set(PLACEHOLDERS),
    "event": {*CATALOGUE, "webhook.test"},
    "field": set(FIELDS),
    "fault": fault_codes(),
    "cell_fault": cell_fault_codes(),
    "spreadsheet_field": {*SPREADSHEET_FIELDS, *RECORDS.fields},
    "spreadsheet_state": set(SpreadsheetState),
    "fault_severity": set(get_args(Severity)),
    "vat_regime": set(VAT_REGIMES),
    "choice": {value for values in CHOICES.values() for value in values},
    "state": {"proved", "consistent", "read", "contradictory", "corrected"},
    "source": {"xml", "qr", "text", "ocr", "person", "rule"},
    "change": {*Do, "regroup", "undo", "redo"},
    "regrouped": {*Do, "regroup", "undo", "redo"},
    "einvoice_status": {str(code) for code in STATUSES},
    "einvoice_reason": set(EVERY_REASON),
    "iban_state": {"absent", *IbanState},
    "likeness": set(LIKENESSES),
    "severity": {"info", "warning", "blocking"},
    "against": set(get_args(Against)),
    "dial": set(Dial),
    "dial_means": set(Dial),
    "match_confidence": {*get_args(Confidence), "person"},
    "match_reason": set(get_args(Why)),
    "movement_source": set(get_args(Source)),
    "movement_meaning": {m.code for c in COUNTRIES for m in country(c).banking.meanings},
    "bank_column": set(MEANINGS),
    "date_order": set(ORDERS),
    "closing_kind": set(KINDS),
    "closing_means": set(KINDS),
    "contract_kind": {*ContractKind, "none"},
    "sale_state": set(SaleState),
    "sale_status": set(Commercial),
    "contract_every": set(Every),
    "billing_level": set(Level),
    "readiness": set(Readiness),
    "waits_for": {"ticket_open", "period_open"},
    "record_kind": {*RECORD_KINDS, "fee", "overage"},
    "record_state": set(RECORD_STATES),
    "rule": set(SENTENCES),
    "rule_status": set(RuleStatus),
    "rule_reason": {"contradicts", "overruled", "checks", "put_back", "taken_back"},
}


def refusal_codes() -> set[str]:
    """What the service and the inside refuse with; an unknown one would be read in English."""
    root = Path(__file__).parents[2]
    paths = [path for room in ("service", "domain") for path in (root / room).rglob("*.py")]
    calls = (n for p in paths for n in ast.walk(ast.parse(p.read_text("utf-8"))))
    return {
        keyword.value.value
        for call in calls
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in REFUSALS
        for keyword in call.keywords
        if keyword.arg == "code" and isinstance(keyword.value, ast.Constant)
    }


def problem_codes() -> set[str]:
    """The codes of problems in the packages that find them."""
    root = Path(__file__).parents[2]
    found = set()
    for folder in ("domain", "models/extraction", "models/memory", "service/operations", "workers"):
        for path in (root / folder).rglob("*.py"):
            found |= set(
                re.findall(r'(?:Problem|_broken|_differ)\(\s*"([a-z_]+)"', path.read_text("utf-8"))
            )
    return found


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_sentence_of_a_template_is_there_in_french(template: Path) -> None:
    text = template.read_text("utf-8")
    french = words_of("fr")

    sentences = {a or b for a, b in SENTENCE.findall(text)}
    assert {s for s in sentences if (None, s) not in french.texts} == set()
    assert {one for one, _ in COUNTED.findall(text) if one not in french.plurals} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_that_people_see_has_a_name(language: str) -> None:
    words = words_of(language)
    codes = CODES | {
        "problem": problem_codes(),
        "refusal": refusal_codes() | set(REFUSALS_OF_SPREADSHEETS),
    }

    missing = {(c, str(k)) for c, ks in codes.items() for k in ks if (c, str(k)) not in words.texts}
    assert missing == set()


def test_every_reason_for_a_cut_is_said_in_french() -> None:
    said = {why for weight, why in EVIDENCE.values() if why and weight > 0}
    said |= {SEPARATED, MOVED, TURNED}
    for room in ("models", "workers"):
        for path in (Path(__file__).parents[2] / room).glob("*.py"):
            said |= set(re.findall(r'Cut\(1\.0, \("([^"]+)",\)\)', path.read_text("utf-8")))
    french = words_of("fr").texts

    assert {why for why in said if ("cut", why) not in french} == set()


def test_the_two_languages_name_the_same_codes_with_the_same_values() -> None:
    french, english = words_of("fr").texts, words_of("en").texts

    assert {k for k in french if k[0]} == {k for k in english if k[0]}
    for key, text in english.items():
        used, wanted = (set(re.findall(r"{(\w+)}", t)) for t in (french[key], text))
        assert used <= wanted, key


def test_french_has_its_signs_and_spaces_that_no_line_breaks_at() -> None:
    french = words_of("fr")
    texts = [*french.texts.values(), *(form for forms in french.plurals.values() for form in forms)]

    assert [text for text in texts if re.search(r" [;:!?»%]|« |[a-zé]'[a-zé]", text)] == []
    assert (
        french.say("Sign in with {provider}", provider="L'ID : x") == "Se connecter avec L'ID : x"
    )


def test_amounts_days_and_numbers_are_written_as_one_writes_them_there() -> None:
    fr, en = words_of("fr"), words_of("en")

    assert fr.amount("1234567.5") == "1\u202f234\u202f567,50"
    assert en.amount("1234567.5") == "1,234,567.50"
    assert (fr.day("2026-03-02"), en.day("2026-03-02")) == ("02/03/2026", "2 Mar 2026")
    assert fr.amount("NaN?") == "NaN?"
    assert fr.count("{number} page", "{number} pages", 0) == "0 page"
    assert en.count("{number} page", "{number} pages", 0) == "0 pages"


def test_a_problem_is_said_with_its_values_and_hostile_ones_are_only_text() -> None:
    problem = {
        "code": "duplicate_certain",
        "message": "…",
        "values": {"number": "{0.__class__} <b>", "document_id": "doc_1"},
    }

    assert "{0.__class__} <b>" in words_of("fr").problem(problem)
    paying = {"code": "iban_differs_from_code", "values": {"code": "FR76", "page": "DE89"}}
    assert "FR76" in words_of("fr").problem(paying)
    assert "DE89" in words_of("fr").problem(paying)
    wrong = {"code": "vat_differs", "values": {"rate": "10.00"}}
    assert words_of("fr").problem(wrong).startswith("À 10\u00a0%")
    unknown = {"code": "unheard_of", "message": "Said in English {x}.", "values": {}}
    assert words_of("fr").problem(unknown) == "Said in English {x}."


@pytest.mark.parametrize(
    ("header", "language"),
    [("en-US,en;q=0.9", "en"), ("de,fr;q=0.5", "fr"), ("", "fr"), ("ja", "fr")],
)
def test_a_stranger_is_spoken_to_in_a_language_they_read(header: str, language: str) -> None:
    assert preferred(header) == language


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1 234,50", "1234.50"),
        ("1\u202f234,50", "1234.50"),
        ("1'234.50", "1234.50"),
        ("1.234,50 €", "1234.50"),
        ("1,234.50", "1234.50"),
        ("-12,5", "-12.5"),
        ("5,5 %", "5.5"),
        ("douze", "douze"),
    ],
)
def test_a_typed_number_is_read_as_people_write_it(text: str, number: str) -> None:
    assert decimal_of(text) == number


def test_only_what_differs_from_what_was_shown_was_typed() -> None:
    form = {
        "shown": '{"field.gross_total": "1 234,50", "field.iban": "FR76", "vat.0.rate": "20"}',
        "field.gross_total": "1 234,60",
        "field.iban": "FR76 ",
        "vat.0.rate": "20",
        "version": "3",
    }

    changed = typed(form)

    assert changed == {"field.gross_total": "1 234,60"}
    assert changes_of(form, changed) == {"fields": {"gross_total": "1234.60"}}


def test_one_account_for_all_lines_leaves_the_ones_that_were_chosen() -> None:
    form = {
        "row.0.account": "",
        "row.0.treatment": "FR_STD20",
        "row.0.was": "|FR_STD20",
        "row.0.members": "0:10.00 2:5.00",
        "row.1.account": "6226 Honoraires",
        "row.1.treatment": "FR_STD20",
        "row.1.was": "6064|FR_STD20",
        "row.1.members": "1:20.00",
    }

    nobody = choices_of(form | {"row.1.account": "6064"})
    chosen = choices_of(form | {"all.account": "6063"})

    assert nobody == []
    assert [(c["part"], c["account"], c["net"]) for c in chosen] == [
        (0, "6063", "10.00"),
        (2, "6063", "5.00"),
        (1, "6226", "20.00"),
    ]


def test_a_place_that_was_pointed_at_goes_with_its_field() -> None:
    form = {
        "shown": '{"field.gross_total": "120,00"}',
        "field.gross_total": "120,00",
        "place.gross_total": "2 0.1 0.2 0.3 0.4",
        "place.iban": "0 0 0 x 1",
    }

    changes = changes_of(form, typed(form))

    assert changes["fields"] == {"gross_total": "120.00"}, "the value is confirmed where it stands"
    assert changes["places"] == {"gross_total": (2, [0.1, 0.2, 0.3, 0.4])}


def test_the_rates_there_are_stand_in_a_sentence_as_one_writes_them() -> None:
    said = {"rates": ["2.1", "20"]}
    assert words_of("fr").word("cell_fault", "rate_unknown", **said).endswith(": 2,1 ; 20")
    assert words_of("en").word("cell_fault", "rate_unknown", **said).endswith("are 2.1, 20")
