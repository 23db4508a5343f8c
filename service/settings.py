"""Settings: one frozen value, read once at the door and passed inwards.

Every field is an environment variable, `BANNETTE_` and its name in capitals. The defaults are the
embedded installation: everything on this machine, in one data folder. Other URLs make it several.
"""

from __future__ import annotations

import hashlib
import os
import types
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_type_hints
from urllib.parse import quote

if TYPE_CHECKING:
    from storage.tasks import Windows

PREFIX = "BANNETTE_"
MIB = 1024 * 1024
SOCKET_NAME_BYTES = 100
S3_CREDENTIALS_FILE = "s3.json"
"""In the data folder, written by the embedded store's starter: endpoint, access_key, secret_key."""


@dataclass(frozen=True, slots=True)
class Settings:
    data_folder: Path = Path("data")
    """Where the embedded database, broker and object store keep their files."""
    public_url: str = "http://127.0.0.1:8400"
    """The address people and webhooks see. With https, cookies are marked secure."""
    host: str = "127.0.0.1"
    """The address the web server listens on."""
    port: int = 8400
    """The port the web server listens on."""
    secret_key: str = ""
    """Encrypts webhook secrets and signs tokens. Empty: made once and kept in the data folder."""

    database_url: str = ""
    """PostgreSQL as `postgresql+psycopg://…`. Empty: SQLite in the data folder."""
    redis_url: str = ""
    """Any Redis-protocol server. Empty: the embedded one's socket in the data folder."""
    s3_endpoint: str = ""
    """Host and port of an S3 server, with `http://` or `https://`. Empty: the embedded one."""
    s3_access_key: str = ""
    """Access key of the S3 server. Empty: the embedded one's, from the data folder."""
    s3_secret_key: str = ""
    """Secret key of the S3 server. Empty: the embedded one's, from the data folder."""
    s3_bucket: str = "bannette"
    """The bucket that holds everything; made when missing."""
    s3_region: str = "us-east-1"
    """Region, for servers that care."""

    upload_bytes: int = 2_000 * MIB
    """Largest upload, all files of one request together; refused while streaming."""
    file_bytes: int = 1_000 * MIB
    """Largest single file."""
    files_per_import: int = 1_000
    """Most files in one request."""
    upload_idle_seconds: int = 30
    """An upload that sends nothing for this long is cut."""
    pages_per_file: int = 2_000
    """Most pages of one file."""
    image_megapixels: int = 64
    """Largest picture that is opened."""
    render_megapixels: int = 40
    """Largest picture a page is drawn at; the resolution is lowered to fit."""
    archive_entries: int = 1_000
    """Most entries of a ZIP or attachments of a mail."""
    archive_bytes: int = 500 * MIB
    """Most bytes an archive may unpack to, counted while unpacking."""
    archive_ratio: int = 200
    """Largest ratio of unpacked to packed bytes."""
    archive_depth: int = 2
    """Archives within archives."""
    xml_bytes: int = 10 * MIB
    """Largest XML invoice."""
    pages_per_day: int = 100_000
    """Pages one organisation may have read in a day; 0 for no limit."""
    bytes_per_day: int = 50_000 * MIB
    """Bytes one organisation may upload in a day; 0 for no limit."""

    ocr_languages: str = "fra+deu+eng"
    """Tesseract languages, joined by `+`."""
    ocr_engine: str = "tesserocr"
    """`tesserocr` (in process, fast) or `pytesseract` (the portable one)."""
    strong_reader: bool = True
    """Read pages again, with a better and slower reader, where the first reading proves nothing."""
    strong_reader_threads: int = 1
    """Processor threads of the strong reader, which all workers of a machine share."""
    strong_reader_memory_bytes: int = 1_000 * MIB
    """Memory the strong reader may take."""
    strong_reader_idle_seconds: int = 180
    """The strong reader leaves, with its memory, when nothing was asked of it for this long."""
    child_memory_bytes: int = 900 * MIB
    """Memory a parser's child process may take beyond what it starts with."""
    open_seconds: int = 60
    """Time to open a file in its child process."""
    page_seconds: int = 60
    """Time to read one page in its child process."""

    workers: int = 0
    """Reading processes of `bannette up`; 0 for one a core."""
    import_window: int = 4
    """Tasks of one import that may be in the broker at once; small imports overtake big ones."""
    organisation_window: int = 16
    """Tasks of one organisation that may be in the broker at once."""
    lease_seconds: int = 20
    """A task whose worker gave no sign for this long is given to another."""
    sweep_seconds: int = 5
    """How often the sweeper looks for work that stopped moving."""
    task_attempts: int = 3
    """Attempts without progress before a task is given up."""

    learn_hour: int = 2
    """Hour of the day (UTC) after which each organisation's daily training is asked for."""

    webhook_private_addresses: bool = False
    """Allow webhooks to private and local addresses (tests, an accounting system next door)."""
    webhook_http: bool = False
    """Allow webhooks without TLS."""
    webhook_timeout_seconds: int = 15
    """Time a receiver has to answer, in all."""
    webhook_endpoint_concurrency: int = 4
    """Deliveries to one endpoint under way at once."""

    smtp_host: str = ""
    """Mail server that takes what leaves by e-mail. Empty: nothing is sent, and pages say so."""
    smtp_port: int = 587
    """587 with `starttls`, 465 with `tls`."""
    smtp_tls: str = "starttls"
    """`starttls` or `tls`, with a certificate that is checked; `none` for a server on this machine."""
    smtp_user: str = ""
    """User name at the mail server; empty when it asks for none."""
    smtp_password: str = field(default="", repr=False)
    """Password at the mail server."""
    smtp_sender: str = ""
    """Address that e-mails come from; needed with `BANNETTE_SMTP_HOST`. Names and addresses for
    answers are each company's own."""
    smtp_timeout_seconds: int = 30
    """Time the mail server has for each of its answers."""
    smtp_concurrency: int = 4
    """E-mails under way at once."""

    oidc_issuer: str = ""
    """Issuer of an OpenID Connect provider, whose people may sign in. Empty: passwords and links."""
    oidc_client_id: str = ""
    """What the provider calls us. It sends people back to `/sign-in/oidc/return`."""
    oidc_client_secret: str = field(default="", repr=False)
    """The secret the provider gave us; empty for a public client."""
    oidc_name: str = "OpenID Connect"
    """What the button to sign in there says."""
    oidc_default_role: str = ""
    """Role of people the provider vouches for and nobody invited: accountant, reviewer or reader,
    while there is one organisation. Empty: they are not let in."""
    session_days: int = 14
    """How long a sign-in lasts."""
    log_level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""
    log_format: str = "json"
    """`json`, or `text` for people."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Settings of the environment; ValueError names the variable that cannot be read."""
        env = os.environ if environment is None else environment
        hints = get_type_hints(cls)
        known = {PREFIX + f.name.upper(): f.name for f in fields(cls)}
        given: dict[str, Any] = {}
        for variable, name in known.items():
            if variable in env:
                given[name] = _parse(variable, env[variable], hints[name])
        return cls(**given)

    @property
    def resolved_database_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_folder.absolute() / 'bannette.db'}"

    @property
    def sends_emails(self) -> bool:
        return bool(self.smtp_host and self.smtp_sender)

    @property
    def windows(self) -> Windows:
        # The command line reads settings to send a file; it must not load a database for that.
        from storage.tasks import Windows

        return Windows(self.import_window, self.organisation_window)

    @property
    def resolved_redis_url(self) -> str:
        return self.redis_url or f"unix://{quote(str(self.embedded_redis_socket))}"

    @property
    def embedded_redis_socket(self) -> Path:
        """Where the embedded broker listens: in the data folder, or, as the name of a socket may
        have about a hundred characters only, in a short folder of our own that stands for it.
        """
        socket = self.data_folder.absolute() / "valkey.sock"
        if len(os.fsencode(socket)) <= SOCKET_NAME_BYTES:
            return socket
        digest = hashlib.sha256(os.fsencode(socket)).hexdigest()[:16]
        return Path("/tmp", f"bannette-{os.getuid()}-{digest}", "valkey.sock")  # noqa: S108


def _parse(variable: str, text: str, kind: Any) -> Any:
    if isinstance(kind, types.UnionType):
        kind = get_args(kind)[0]
    try:
        if kind is bool:
            if text.lower() not in ("0", "1", "true", "false", "yes", "no"):
                raise ValueError  # noqa: TRY301 - one message for every kind
            return text.lower() in ("1", "true", "yes")
        return kind(text)
    except ValueError:
        raise ValueError(f"{variable}={text!r} is not {kind.__name__}") from None
