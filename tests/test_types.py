"""The scripts of our pages are plain JavaScript whose comments say the types; they are held to them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STATIC = ROOT / "service" / "static"


def test_every_script_asks_to_be_checked() -> None:
    unchecked = [
        path.name
        for path in sorted(STATIC.glob("*.js"))
        if not path.read_text("utf-8").startswith("// @ts-check\n")
    ]

    assert unchecked == []


def test_the_types_of_all_scripts_hold_together() -> None:
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("Node and npm are not installed.")
    compiler = ROOT / "tests" / "types" / "node_modules" / ".bin" / "tsc"
    checked = subprocess.run(
        [ROOT / "script" / "check-types"], capture_output=True, text=True, check=False
    )
    if not compiler.exists():
        pytest.skip(f"The compiler could not be installed: {checked.stderr[-300:]}")

    assert checked.stdout == ""
    assert checked.returncode == 0
