"""Logs: one line of JSON on stderr for whatever happened, ours or a library's, with no secret in it.

`structlog.get_logger()` anywhere; `configure` once per process. What is bound with
`structlog.contextvars` (`request_id`, `import_id`, `file_id`, `task_id`) stands on every line,
also on the warnings and exceptions of libraries. Secrets are taken out of the finished event, by
the name they go under, by their shape, and by their value when a setting holds them, so that no
caller has to remember. Rotating and shipping the lines is left to whoever reads stderr.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import warnings
from types import TracebackType
from typing import Any, TextIO
from urllib.parse import unquote, urlsplit

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from service.settings import Settings

HIDDEN = "[hidden]"
LONGEST = 20_000
"""Characters of one value; the paper decides how long a text is, not the log."""
QUIET = ("httpcore", "httpx", "sqlalchemy", "urllib3", "PIL", "multipart")
"""Libraries that at INFO or DEBUG tell of every request or write out parameters."""

_SECRET_NAMES = re.compile(
    r"(?i)^(authorization|proxy-authorization|cookie|set-cookie|.*(password|passwd|secret|token)|"
    r".*(api|access|private|signing)[_-]?key|key|idempotency[_-]key|webhook-signature)$"
)
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    # An API key keeps its prefix: it finds the key in the table and opens nothing.
    (re.compile(r"\b(bnt_[A-Za-z0-9]{4,16})_[A-Za-z0-9_-]{16,}"), rf"\1_{HIDDEN}"),
    (re.compile(r"\bwhsec_[A-Za-z0-9+/=_-]+"), HIDDEN),
    (re.compile(r"(?i)\b(bearer|basic)(\s+|%20)[A-Za-z0-9._~+/=-]{6,}"), rf"\1 {HIDDEN}"),
    # Header lines, dictionaries of headers, tuples of bytes: to the end of the value.
    (
        re.compile(
            r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie|x-csrf-token|idempotency-key)"
            r"(b?['\"]?\s*[:=,]\s*)(b?\"[^\"]*\"|b?'[^']*'|[^\r\n]+)"
        ),
        rf"\1\2{HIDDEN}",
    ),
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]{0,20}://)[^/\s:@'\"]*:[^/\s'\"]*@"), rf"\1{HIDDEN}@"),
    (re.compile(r"(/sign-in/)[A-Za-z0-9_-]{20,}"), rf"\1{HIDDEN}"),
    (
        re.compile(
            r"(?i)\b([a-z_-]{0,40}(?:password|secret|token|api_key|access_key|signature|credential))"
            r"(['\"]?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s&,;'\"}]+)"
        ),
        rf"\1\2{HIDDEN}",
    ),
    # A token of ours: 256 random bits are 43 characters, with letters of both sizes and digits.
    (
        re.compile(
            r"(?<![A-Za-z0-9_-])(?=[a-z0-9_-]*[A-Z])(?=[A-Z0-9_-]*[a-z])(?=[A-Za-z_-]*[0-9])"
            r"[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])"
        ),
        HIDDEN,
    ),
)
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}


class Redactor:
    """Takes secrets out of an event. `known` are values that must never appear, in any place."""

    def __init__(self, known: frozenset[str] = frozenset()) -> None:
        # The longest first: one secret may be the beginning of another.
        self.known = sorted((k for k in known if len(k) >= 6), key=len, reverse=True)

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {self.text(str(name)): self.value(value, str(name)) for name, value in event.items()}

    def value(self, value: Any, name: str = "") -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if name and _SECRET_NAMES.match(name):
            return HIDDEN
        if isinstance(value, dict):
            return {self.text(str(k)): self.value(v, str(k)) for k, v in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            if _is_header(value):
                return [self.text(_decoded(next(iter(value)))), HIDDEN]
            return [self.value(item) for item in value]
        return self.text(_decoded(value))

    def text(self, text: str) -> str:
        if len(text) > LONGEST:
            text = f"{text[:LONGEST]}… ({len(text)} characters)"
        for secret in self.known:
            text = text.replace(secret, HIDDEN)
        for shape, instead in _SHAPES:
            text = shape.sub(instead, text)
        return text


def configure(settings: Settings, stream: TextIO | None = None) -> None:
    """Send everything this process logs to stderr, in the shape the settings ask for."""
    stream = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    as_text = settings.log_format == "text"
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=stream.isatty())
        if as_text
        else structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                Redactor(secrets_of(settings)),
                *([_on_one_line] if as_text else []),
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    warnings.simplefilter("default")
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def secrets_of(settings: Settings) -> frozenset[str]:
    """Every value that must not be seen in a log, from the settings and the URLs among them."""
    found = {
        settings.secret_key,
        settings.s3_access_key,
        settings.s3_secret_key,
        settings.oidc_client_secret,
    }
    for url in (settings.database_url, settings.redis_url, settings.s3_endpoint):
        password = urlsplit(url).password if "://" in url else None
        if password:
            found |= {password, unquote(password)}
    return frozenset(found - {""})


def _is_header(value: Any) -> bool:
    """Whether this is one header of many, as servers pass them: a name and a value."""
    if len(value) != 2 or isinstance(value, set | frozenset):
        return False
    name = value[0]
    return isinstance(name, str | bytes) and bool(_SECRET_NAMES.match(_decoded(name)))


def _decoded(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _on_one_line(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """For people: a file name from outside cannot begin a line of its own or colour the screen."""
    return {
        name: value.translate(_CONTROLS)
        if isinstance(value, str) and name != "exception"
        else value
        for name, value in event.items()
    }


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    structlog.get_logger("uncaught").critical("process.failed", exc_info=(kind, error, trace))


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is None or issubclass(args.exc_type, SystemExit):
        return
    structlog.get_logger("uncaught").critical(
        "thread.failed",
        thread=args.thread.name if args.thread else None,
        exc_info=(args.exc_type, args.exc_value, args.exc_traceback),
    )
