"""The house keeps its shape: imports point inwards, everything says why it exists, names are ours."""

from __future__ import annotations

import ast
import re
import runpy
import sys
from collections.abc import Iterator
from dataclasses import fields
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from service.settings import PREFIX, Settings

ROOT = Path(__file__).parents[1]
ROOMS = ("domain", "models", "storage", "service", "workers")

MAY_IMPORT = {
    "domain": {"domain"},
    "models": {"models", "domain"},
    "storage": {"storage", "domain"},
    "service": {"service", "storage", "domain"},
    "workers": {"workers", "service", "storage", "models", "domain"},
}
PURE_LIBRARIES: set[str] = set()
"""What `domain` may use besides the standard library; each needs a decision that says why."""
NOT_THERE = {
    # What reads paper costs seconds and hundreds of megabytes, and strangers' bytes may crash it.
    "service": {"pymupdf", "fitz", "cv2", "tesserocr", "sklearn", "scipy", "pikepdf", "dramatiq"},
    "models": {"sqlalchemy", "litestar", "dramatiq", "minio", "redis", "httpx"},
    "storage": {"litestar", "dramatiq", "redis", "pymupdf", "httpx"},
}
DOORS = {"service.app", "service.web", "service.api", "service.pages", "service.up"}
"""Of the service, what only the service and the command line know."""


def sources(*rooms: str) -> Iterator[Path]:
    for room in rooms:
        yield from sorted((ROOT / room).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """The full names of everything `path` imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports here are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("room", ROOMS)
def test_imports_point_inwards(room: str) -> None:
    allowed = MAY_IMPORT[room]
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sources(room)
        for name in imported(path)
        if ((top := name.partition(".")[0]) in (*ROOMS, "bannette", "tests") and top not in allowed)
        or top in NOT_THERE.get(room, ())
    ]
    assert wrong == []


def test_the_domain_needs_only_the_standard_library() -> None:
    known = set(sys.stdlib_module_names) | {"domain"} | PURE_LIBRARIES
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sources("domain")
        for name in imported(path)
        if name.partition(".")[0] not in known
    ]
    assert wrong == []


def test_operations_and_workers_do_not_know_the_doors() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in (*sources("workers"), *sorted((ROOT / "service/operations").rglob("*.py")))
        for name in imported(path)
        if any(name == door or name.startswith(door + ".") for door in DOORS)
    ]
    assert wrong == []


def test_every_module_says_why_it_exists() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "bannette.py", *sources(*ROOMS, "benchmarks"))
        if path.read_text("utf-8").strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_no_module_has_outgrown_one_subject() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines())
        for path in sources(*ROOMS)
        if "migrations" not in path.parts
    }
    assert {name: lines for name, lines in lengths.items() if lines > 500} == {}
    assert sorted(lengths.values())[len(lengths) // 2] <= 200


def test_every_setting_is_documented() -> None:
    written = (ROOT / "docs/settings.md").read_text("utf-8")
    assert [f.name for f in fields(Settings) if PREFIX + f.name.upper() not in written] == []
    table = runpy.run_path(str(ROOT / "script/document-settings"))["table"]
    assert written == table(), "run script/document-settings"


def test_every_decision_has_its_four_parts() -> None:
    decisions = sorted((ROOT / "docs/decisions").glob("*.md"))
    numbers = [int(path.name[:4]) for path in decisions]
    assert numbers == sorted(set(numbers)), "each has a number of its own"
    for path in decisions:
        headings = re.findall(r"^## (\w+)", path.read_text("utf-8"), re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences", "Alternatives"], path.name


def test_no_installed_package_bears_the_name_of_a_room() -> None:
    theirs = {
        name: owners
        for name, owners in packages_distributions().items()
        if name in (*ROOMS, "bannette") and set(owners) != {"bannette"}
    }
    assert theirs == {}


def test_nothing_knows_the_documents_we_measure_on(shared_data: Path) -> None:
    names = {
        path.stem
        for path in shared_data.rglob("*")
        # Short or ordinary words would be found anywhere.
        if path.is_file() and len(path.stem) > 8 and re.search(r"\d", path.stem)
    }
    known = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / "bannette.py", *sources(*ROOMS))
        for name in names & set(re.findall(r"[\w.-]{9,}", path.read_text("utf-8")))
    ]
    assert known == []


def test_the_code_speaks_of_no_machine_in_particular() -> None:
    told = re.compile(r"/(?:home|root|Users|work)/\w|\bpypi\.[a-z]+\b|files\.pythonhosted")
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in (
            *(ROOT / name for name in ("bannette.py", "README.md", "Dockerfile", "compose.yaml")),
            *sources(*ROOMS),
            *sorted((ROOT / "docs").rglob("*.md")),
            *(p for p in sorted((ROOT / "script").iterdir()) if p.is_file()),
        )
        for match in told.finditer(path.read_text("utf-8"))
    ]
    assert found == []


def test_the_packages_it_is_built_on_are_used() -> None:
    wanted = {"litestar", "dramatiq", "redis", "pymupdf", "pytesseract", "sklearn", "cv2", "minio"}
    rooms = (ROOT / room for room in ("service", "workers", "models", "storage"))
    used = {
        name.partition(".")[0]
        for room in rooms
        for path in room.rglob("*.py")
        for name in re.findall(
            r"^\s*(?:from|import) ([\w.]+)", path.read_text("utf-8"), re.MULTILINE
        )
    }
    assert wanted - used == set()
