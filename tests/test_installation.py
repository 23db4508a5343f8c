"""What people type and deploy: the command line, the scripts, compose.yaml, the image."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

import bannette
from service.settings import PREFIX, Settings

ROOT = Path(__file__).parents[1]
HEAVY = ("sqlalchemy", "litestar", "httpx", "pymupdf", "numpy", "models", "storage", "workers")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    return found


def test_every_service_of_compose_runs_a_command_that_exists(compose: dict[str, Any]) -> None:
    ours = {n: s for n, s in compose["services"].items() if s["image"].startswith("bannette")}
    assert {"web", "worker", "relay", "migrate"} <= set(ours)
    parser = bannette._parser()
    for service in ours.values():
        parser.parse_args(service["command"])


def test_every_variable_of_compose_and_the_image_is_a_setting(compose: dict[str, Any]) -> None:
    known = {PREFIX + f.name.upper() for f in fields(Settings)}
    given = set(compose["services"]["web"]["environment"])
    given |= set(re.findall(r"BANNETTE_\w+", (ROOT / "Dockerfile").read_text("utf-8")))
    given |= set(re.findall(r"BANNETTE_\w+", (ROOT / "script/secrets").read_text("utf-8")))
    assert given <= known
    # Without these a container would look for the embedded servers.
    assert {f"{PREFIX}{n}" for n in ("DATABASE_URL", "REDIS_URL", "S3_ENDPOINT")} <= given


def test_every_server_of_compose_has_a_health_check_and_a_secret_of_its_own(
    compose: dict[str, Any],
) -> None:
    unchecked = [n for n, s in compose["services"].items() if "healthcheck" not in s]
    assert unchecked == ["migrate"]
    wanted = set(re.findall(r"\$\{(\w+):\?", (ROOT / "compose.yaml").read_text("utf-8")))
    printed = [
        subprocess.run([ROOT / "script/secrets"], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    made = [dict(line.split("=", 1) for line in text.splitlines()) for text in printed]
    assert set(made[0]) == wanted
    values = [value for each in made for value in each.values()]
    assert len(set(values)) == len(values)


def test_our_containers_are_read_only_and_run_as_nobody_in_particular(
    compose: dict[str, Any],
) -> None:
    ours = [s for s in compose["services"].values() if s["image"].startswith("bannette")]
    assert all(s["read_only"] and s["cap_drop"] == ["ALL"] for s in ours)
    user = re.findall(r"^USER (\d+)", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert user
    assert int(user[-1]) > 1_000


@pytest.mark.parametrize("what", ["bannette; bannette._parser()", "service.up", "service.client"])
def test_what_must_start_at_once_loads_no_database_no_web_and_no_model(what: str) -> None:
    heavy = [name for name in HEAVY if (name, what) != ("httpx", "service.client")]
    code = f"import sys; import {what}; print([n for n in {heavy!r} if n in sys.modules])"
    assert _python("-c", code) == "[]\n"


def test_help_comes_at_once() -> None:
    took = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        text = _python("bannette.py", "--help")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    # Seconds of the processor, so that a busy machine does not decide.
    assert min(took) < 0.2
    for command in ("up", "demo", "read", "send", "serve", "work", "relay", "migrate"):
        assert re.search(rf"^ +{command} ", text, re.MULTILINE)


@pytest.mark.parametrize("name", ["install", "up", "test", "secrets"])
def test_the_scripts_are_programs_that_bash_can_read(name: str) -> None:
    path = ROOT / "script" / name
    assert path.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", path], check=True)


def test_ci_runs_the_test_command_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "```sh\nscript/test\n```" in readme
    assert (ROOT / ".ci/run").read_text("utf-8").rstrip().endswith("exec script/test")


def test_a_missing_file_is_named_before_anything_is_sent(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "bannette.py", "send", str(tmp_path / "no.pdf"), "--key", "x"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == f"There is no file {tmp_path / 'no.pdf'}. Nothing was done.\n"


def test_doctor_names_the_command_that_installs_what_is_missing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "bannette.py", "doctor"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={
            "BANNETTE_OCR_LANGUAGES": "fra+xyz",
            "BANNETTE_DATA_FOLDER": str(tmp_path),
            "PATH": "/usr/bin:/bin",
        },
    )
    assert done.returncode == 1
    assert "xyz missing" in done.stdout
    assert "tesseract" in done.stdout.partition("xyz missing")[2]
    assert "tesseract-ocr-fra" not in done.stdout


def test_the_lock_file_pins_what_the_project_asks_for() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    locked = {
        p["name"]: p["version"]
        for p in tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))["package"]
        if "version" in p
    }
    asked = [re.split(r"[\[<>=!~ ]", line)[0] for line in project["dependencies"]]
    assert [name for name in asked if name not in locked] == []
    # 1.28 hangs for ever on a file that 1.27 renders in a tenth of a second.
    assert locked["pymupdf"].startswith("1.27.")


def _python(*words: str) -> str:
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
