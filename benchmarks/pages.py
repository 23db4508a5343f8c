"""Pictures of every page, from a firm drawn by the paper mill: python benchmarks/pages.py docs/pages

Starts an installation in a folder of its own, lets it read and works with it for a few weeks (see
`demonstration.py`), and photographs each page as a person in France sees it on a small screen; some
of them in English and in the dark as well. WebP, no file above 80 kB. `--only NAME` draws those
pictures alone whose name contains it; `--folder` keeps the installation, and uses it again.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from PIL import Image
from playwright.sync_api import BrowserType, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.demonstration import NADIA, Firm, furnish  # noqa: E402 - the path comes first
from service.house import open_house  # noqa: E402
from service.operations import sessions  # noqa: E402
from service.program import free_port  # noqa: E402
from service.settings import Settings  # noqa: E402
from service.up import running  # noqa: E402

COMPANY = "Menuiserie Lambert"
MOST_BYTES = 80_000
OF_AN_UNKNOWN_BANK = b"""Quand;Quoi;Combien;Reste
03.11.2026;Prime atelier;-412,50;8 120,40
05.11.2026;Client Morel;1 200,00;9 320,40
"""
FACTS = "firm.json"


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture: its name, where it is (with the firm's ids in braces), what is pressed there."""

    name: str
    address: str
    press: tuple[str, ...] = ()
    """Keys, or what to click, as a selector."""
    signed_in: bool = True
    file: tuple[str, bytes] | None = None
    """Name and content of what is chosen in the first field for a file."""
    company: str = ""
    """The company that is chosen in the head; none, to see them all."""


SHOTS = (
    Shot("sign-in", "/sign-in", signed_in=False),
    Shot("link", "{sign_in}", signed_in=False),
    Shot("invitation", "{invitation}", signed_in=False),
    Shot("password", "{password}", signed_in=False),
    Shot("dashboard", "/dashboard"),
    Shot("imports", "/imports"),
    Shot("cover-sheet", "/imports", (".cover-sheet summary",)),
    Shot("board", "/imports/{review}"),
    Shot("board-preview", "/imports/{review}", ("ArrowRight", "ArrowDown", "p")),
    Shot("board-keys", "/imports/{review}", ("?",)),
    Shot("tab", "/categories/purchase_invoice", ("j", "x", "j", "x")),
    Shot("tab-filtered", "/categories/purchase_invoice?least=500&proved=yes"),
    Shot("trash", "/categories/purchase_invoice?status=deleted"),
    Shot("invoice", "/documents/{invoice}"),
    Shot("invoice-problems", "/documents/{troubled}"),
    Shot("posted", "/documents/{posted}"),
    Shot("books", "/books"),
    Shot("balance", "/books/balance?since=2024-01-01", company=COMPANY),
    Shot("ledger", "/books/ledger?account=401&since=2024-01-01", company=COMPANY),
    Shot("posted-documents", "/books/documents"),
    Shot("entry", "/books/{entry}"),
    Shot("suppliers", "/suppliers", company=COMPANY),
    Shot("supplier", "/suppliers/{supplier}"),
    Shot("supplier-merge", "/suppliers/{supplier}/merge?other={twin}"),
    Shot("rules", "/books/rules"),
    Shot("rule", "/books/rules/{rule}"),
    Shot("rule-new", "/books/rules/new", company=COMPANY),
    Shot("automation", "/books/automation?replay=yes", company=COMPANY),
    Shot("files", "/books/files"),
    Shot("statements", "/statements"),
    Shot(
        "statement-columns",
        "/statements",
        ("[name=columns]", "form[action='/statements/files'] button"),
        file=("mouvements.csv", OF_AN_UNKNOWN_BANK),
        company=COMPANY,
    ),
    Shot("statement", "/statements/{statement}"),
    Shot("reconciliation", "/statements/accounts/{bank_account}"),
    Shot("entry-by-hand", "/books/new", company=COMPANY),
    Shot("vat", "/books/vat", company=COMPANY),
    Shot("vat-return", "/books/vat", ("#post",), company=COMPANY),
    Shot("closing", "/books/closing", company=COMPANY),
    Shot("customers", "/sales/customers", company=COMPANY),
    Shot("customer", "/sales/customers/{customer}"),
    Shot("spreadsheets", "/sales/spreadsheets", company=COMPANY),
    Shot("spreadsheet-columns", "/sales/spreadsheets/{spreadsheet}?step=columns"),
    Shot(
        "spreadsheet-cells",
        "/sales/spreadsheets/{spreadsheet}?step=columns",
        ("#next [data-next]",),
    ),
    Shot("customer-new", "/sales/customers/new", company=COMPANY),
    Shot("contract-new", "/sales/contracts/new", company=COMPANY),
    Shot("draft-new", "/sales/drafts/new", company=COMPANY),
    Shot("contracts", "/sales/contracts", company=COMPANY),
    Shot("contract", "/sales/contracts/{contract}"),
    Shot("batch-new", "/sales/batches/new", ("j", "j", "e"), company=COMPANY),
    Shot("batches", "/sales/batches", company=COMPANY),
    Shot("batch", "/sales/batches/{batch}"),
    Shot("drafts", "/sales/drafts", ("j", "x", "j", "x"), company=COMPANY),
    Shot("draft", "/sales/drafts/{draft}"),
    Shot("draft-merge", "/sales/drafts/merge?main={draft}&others={other_draft}"),
    Shot("sales", "/sales/invoices", company=COMPANY),
    Shot("sale", "/sales/invoices/{sale}"),
    Shot("sale-credit", "/sales/invoices/{sale}/credit"),
    Shot("sale-send", "/sales/invoices/{sale}/send"),
    Shot("emails", "/sales/emails", company=COMPANY),
    Shot("email-texts", "/sales/settings/emails", company=COMPANY),
    Shot("mail-server", "/settings/mail"),
    Shot("records", "/sales/records", company=COMPANY),
    Shot("aged-balance", "/sales/balance", company=COMPANY),
    Shot("sales-settings", "/sales/settings", company=COMPANY),
    Shot("account", "/settings/account"),
    Shot("people", "/settings/people"),
    Shot("companies", "/settings/companies"),
    Shot("keys", "/settings/keys"),
    Shot("audit", "/settings/audit"),
    Shot("learnt", "/settings/learnt"),
    Shot("webhooks", "/settings/webhooks"),
    Shot("deliveries", "/settings/deliveries"),
    Shot("delivery", "/settings/deliveries/{delivery}"),
    Shot("not-found", "/imports/imp_0"),
)
BOTH = ("dashboard", "board", "tab", "invoice", "statement", "sign-in")
"""Those that are shown in English and in the dark as well."""
LOOKS = (("", "fr-FR", "light"), ("-en-dark", "en-GB", "dark"))
"""What the name of a picture ends with, in which language it is, and in which colours."""


@contextmanager
def mail_server() -> Iterator[dict[str, str]]:
    """A mail server that takes everything and keeps nothing, as settings."""
    port = free_port(random.randrange(18_000, 28_000))
    controller = Controller(Sink(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield {
            "BANNETTE_SMTP_HOST": "127.0.0.1",
            "BANNETTE_SMTP_PORT": str(port),
            "BANNETTE_SMTP_TLS": "none",
            "BANNETTE_SMTP_SENDER": "factures@lambert.example",
        }
    finally:
        controller.stop()


@contextmanager
def installation(folder: Path, mail: dict[str, str]) -> Iterator[str]:
    """`bannette up` on a folder; its address."""
    environment = {
        **os.environ,
        **mail,
        "BANNETTE_DATA_FOLDER": str(folder),
        "BANNETTE_PORT": str(free_port(random.randrange(18_000, 28_000))),
        "BANNETTE_LOG_LEVEL": "WARNING",
    }
    command = [sys.executable, str(ROOT / "bannette.py"), "up", "--no-sample"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        while (known := running(folder)) is None:
            if process.poll() is not None:
                raise SystemExit("bannette up did not start")
            time.sleep(0.2)
        yield known["address"]
    finally:
        process.terminate()
        process.wait()


def firm_in(folder: Path, address: str, mail: dict[str, str]) -> Firm:
    """The firm that lives there; a new one where none does."""
    told = {**mail, "BANNETTE_DATA_FOLDER": str(folder), "BANNETTE_PUBLIC_URL": address}
    house = open_house(Settings.from_environment(told))
    try:
        kept = folder / FACTS
        if kept.exists():
            facts = json.loads(kept.read_text("utf-8"))
            return Firm(**{**facts, "sign_in": sessions.sign_in_link(house, NADIA)})
        firm = furnish(house, address)
        kept.write_text(json.dumps(asdict(firm)), "utf-8")
        return firm
    finally:
        house.store.close()


def photograph(chromium: BrowserType, address: str, firm: Firm, out: Path, only: str) -> None:
    installed = shutil.which("chromium") or shutil.which("chromium-browser")
    state = None
    for suffix, locale, theme in LOOKS:
        # A field for a date is drawn by the browser, in the language that it was started in.
        browser = chromium.launch(
            executable_path=installed,
            args=["--no-sandbox", f"--lang={locale}"],
            env={**os.environ, "LANGUAGE": locale.replace("-", "_")},
        )
        for signed_in in (False, True):
            context = browser.new_context(
                viewport={"width": 1280, "height": 800},
                locale=locale,
                color_scheme=theme,
                storage_state=state if signed_in else None,
            )
            page = context.new_page()
            if signed_in and state is None:
                page.goto(address + urlsplit(firm.sign_in).path)
                page.locator("button.primary").click()
                page.wait_for_url("**/imports")
                state = context.storage_state()
            if signed_in:
                page.goto(address + "/settings/account")
                page.locator(f"button[name=language][value={locale[:2]}]").click()
                page.locator(f"html[lang={locale[:2]}]").wait_for()
            for shot in SHOTS:
                wanted = only in shot.name and (not suffix or shot.name in BOTH)
                if wanted and shot.signed_in == signed_in:
                    save(picture(page, address, firm, shot), out / f"{shot.name}{suffix}.webp")
            context.close()
        browser.close()


def picture(page: Page, address: str, firm: Firm, shot: Shot) -> bytes:
    place = urlsplit(shot.address.format(**asdict(firm)))
    there = address + place.path + (f"?{place.query}" if place.query else "")
    page.goto(there)
    if shot.company:
        with page.expect_navigation():
            page.locator("#company").select_option(label=shot.company)
        page.goto(there)
    _wait(page)
    if shot.file:
        name, content = shot.file
        page.locator("input[type=file]").first.set_input_files(
            {"name": name, "mimeType": "text/csv", "buffer": content}
        )
    for what in shot.press:
        if len(what) == 1 or (what.isalpha() and what[0].isupper()):
            page.keyboard.press(what)
        else:
            page.locator(what).first.click()
        _wait(page)
    taken = page.screenshot()
    if shot.company:
        with page.expect_navigation():
            page.locator("#company").select_option(index=0)
    return taken


def _wait(page: Page) -> None:
    """Until every picture is there, and what moves has come to rest."""
    page.wait_for_function(
        "() => [...document.images].every(i => i.complete || i.loading === 'lazy')"
    )
    page.wait_for_timeout(400)


def save(png: bytes, path: Path) -> None:
    """As WebP, as good as its size allows."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    for quality in (88, 80, 72, 62, 50, 40, 30):
        kept = io.BytesIO()
        image.save(kept, "WEBP", quality=quality, method=6)
        if kept.tell() <= MOST_BYTES:
            break
    path.write_bytes(kept.getvalue())
    print(f"{path.name}: {kept.tell() / 1000:.0f} kB at quality {quality}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--folder", type=Path)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    folder = args.folder or Path(tempfile.mkdtemp(prefix="pages-"))
    try:
        with (
            mail_server() as mail,
            installation(folder, mail) as address,
            sync_playwright() as playwright,
        ):
            firm = firm_in(folder, address, mail)
            photograph(playwright.chromium, address, firm, args.out, args.only)
    finally:
        if args.folder is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
