"""What was learnt, as data: numbers in JSON beside this module, with the checksum of each.

Nothing here is executed and nothing is unpickled. A file that is not the one that was trained, or
that another version of the code wrote, is refused: weights that mean something else are worse than
none. `bannette train` writes them.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
MANIFEST = "manifest.json"
VERSION = 1
MOST_BYTES = 15_000_000
"""Of all artefacts together: they travel in the package."""


class ArtefactError(ValueError):
    """An artefact is missing, changed, or of another version."""


@functools.cache
def load(name: str, folder: Path = FOLDER) -> Mapping[str, Any]:
    """The artefact of this name; ArtefactError when it is not what was trained."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        data = (folder / f"{name}.json").read_bytes()
    except (OSError, ValueError) as error:
        raise ArtefactError(f"{name}: cannot be read ({error}). Run `bannette train`.") from error
    if manifest.get("version") != VERSION:
        raise ArtefactError(f"{name}: of version {manifest.get('version')}, not {VERSION}.")
    if manifest.get("sha256", {}).get(name) != hashlib.sha256(data).hexdigest():
        raise ArtefactError(f"{name}: changed since it was trained. Run `bannette train`.")
    loaded: Mapping[str, Any] = json.loads(data)
    return loaded


def save(artefacts: Mapping[str, Mapping[str, Any]], folder: Path = FOLDER) -> int:
    """Write artefacts and their checksums; returns their size in bytes. The same in, the same out."""
    folder.mkdir(parents=True, exist_ok=True)
    written = {name: _bytes(content) for name, content in artefacts.items()}
    size = sum(map(len, written.values()))
    if size > MOST_BYTES:
        raise ValueError(f"artefacts of {size} bytes; at most {MOST_BYTES} travel in the package")
    for name, data in written.items():
        (folder / f"{name}.json").write_bytes(data)
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in written.items()}
    (folder / MANIFEST).write_bytes(_bytes({"version": VERSION, "sha256": sums}))
    load.cache_clear()
    return size


def _bytes(content: Mapping[str, Any]) -> bytes:
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    return (text + "\n").encode()
