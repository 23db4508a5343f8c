"""Secrets at rest: what must be read again later is kept encrypted.

One secret key, from the settings or from a file made once in the data folder, is the root of a
separate key for each purpose. What never needs to be read again (passwords, API keys) is hashed
elsewhere, not kept here.
"""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from service.settings import Settings

KEY_FILE = "secret.key"
"""In the data folder, readable by its owner only; made when the setting is empty."""
KEY_BYTES = 32

# Purposes: a key for one opens nothing of another.
WEBHOOK_SECRETS = "webhook secrets"
INVITATION_LINKS = "invitation links"


class Undecipherable(Exception):  # noqa: N818 - said of the value
    """A sealed value does not open: the secret key is another than the one it was sealed with."""


def derived_key(settings: Settings, purpose: str) -> bytes:
    """32 bytes for `purpose` alone; the same as long as the secret key stays the same."""
    root = settings.secret_key.encode() or _key_file(settings.data_folder)
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"bannette {purpose}".encode()).derive(root)


def seal(settings: Settings, purpose: str, secret: bytes) -> bytes:
    """`secret` encrypted and authenticated."""
    return _box(settings, purpose).encrypt(secret)


def unseal(settings: Settings, purpose: str, sealed: bytes) -> bytes:
    """What was sealed for the same purpose; Undecipherable when the key or the bytes changed."""
    try:
        return _box(settings, purpose).decrypt(sealed)
    except InvalidToken:
        raise Undecipherable(purpose) from None


def _box(settings: Settings, purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derived_key(settings, purpose)))


def _key_file(folder: Path) -> bytes:
    path = folder / KEY_FILE
    try:
        return path.read_bytes()
    except FileNotFoundError:
        pass
    folder.mkdir(parents=True, exist_ok=True)
    # Written whole under another name and then linked: of two processes that begin together one
    # wins, and nobody ever reads half a key.
    draft = folder / f".{KEY_FILE}.{secrets.token_hex(8)}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_hex(KEY_BYTES).encode())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_bytes()
