"""Secrets that must be read again are kept encrypted."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from service.secrets import KEY_FILE, Undecipherable, derived_key, seal, unseal
from service.settings import Settings


def test_what_is_sealed_opens_for_the_same_purpose_alone(tmp_path: Path) -> None:
    settings = Settings(data_folder=tmp_path, secret_key="a secret key")
    sealed = seal(settings, "webhook secrets", b"whsec")
    assert b"whsec" not in sealed
    assert unseal(settings, "webhook secrets", sealed) == b"whsec"
    with pytest.raises(Undecipherable):
        unseal(settings, "sessions", sealed)
    with pytest.raises(Undecipherable):
        unseal(replace(settings, secret_key="another"), "webhook secrets", sealed)


def test_one_changed_bit_does_not_open(tmp_path: Path) -> None:
    settings = Settings(data_folder=tmp_path, secret_key="a secret key")
    sealed = bytearray(seal(settings, "webhook secrets", b"whsec"))
    sealed[20] ^= 1
    with pytest.raises(Undecipherable):
        unseal(settings, "webhook secrets", bytes(sealed))


def test_without_a_setting_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(data_folder=tmp_path / "data")
    first = derived_key(settings, "webhook secrets")
    file = tmp_path / "data" / KEY_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert derived_key(settings, "webhook secrets") == first
    assert [path.name for path in file.parent.iterdir()] == [KEY_FILE]


def test_processes_that_begin_together_agree_on_the_key(tmp_path: Path) -> None:
    settings = Settings(data_folder=tmp_path)
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: derived_key(settings, "webhook secrets"), range(16)))
    assert len(keys) == 1
