"""`bannette up`: everything on this machine, in one data folder, under one supervisor.

The story, from top to bottom: take the folder, start the embedded servers that no setting replaces,
migrate, start our own processes, wait until they answer, greet. What each part does is theirs.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from service.embedded import seaweedfs, valkey
from service.program import OURS, Program, free_port, http_answers
from service.settings import PREFIX, Settings
from service.supervisor import AskedToStop, DidNotStart, Supervisor

RUNNING_FILE = "up.json"
"""In the data folder while `bannette up` runs: its process id and the address people open."""
LOCK_FILE = "up.lock"
GRACE_S = 29.0
"""A worker asked to stop may take 28 s to put back what it holds; everything together, 35 s."""

Say = Callable[[str], None]


def up(settings: Settings, command: Sequence[str], *, greet: bool, follow: bool, say: Say) -> int:
    """Run everything until SIGINT or SIGTERM. `command` is how to call `bannette` again."""
    folder = settings.data_folder.absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _the_folder(folder) as mine:
        if not mine:
            return _say_it_runs(folder, say)
        settings = _settle(replace(settings, data_folder=folder), say)
        supervisor = Supervisor(folder / "logs", say)
        _listen(supervisor, say)
        (folder / RUNNING_FILE).unlink(missing_ok=True)  # left by one that was killed
        began = time.monotonic()
        try:
            _start(supervisor, settings, tuple(command), say)
            _write_running(folder, settings)
            say(f"Ready in {time.monotonic() - began:.1f} s.")
            if greet:
                say(
                    "Looking whether a sample stack is there; drawing and reading one takes a moment."
                )
                _greet(supervisor, settings, tuple(command), say)
            say(f"Bannette runs at {settings.public_url} ; Ctrl-C stops it.")
            _watch(supervisor, say if follow else None)
        except AskedToStop:
            pass
        except DidNotStart as error:
            say(f"{error}\n{error.log}\nThe whole log is in {supervisor.log_folder}.")
            return 1
        finally:
            supervisor.stopping = True
            supervisor.stop()
            (folder / RUNNING_FILE).unlink(missing_ok=True)
        say("Stopped.")
    return 0


def running(folder: Path) -> dict[str, str] | None:
    """What `bannette up` wrote about itself, while it runs on this data folder."""
    try:
        with (folder / LOCK_FILE).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return None  # nobody holds it: what is written there is left over
    except BlockingIOError:
        return _read_running(folder)
    except FileNotFoundError:
        return None


def own_programs(settings: Settings, command: tuple[str, ...]) -> list[Program]:
    """Our processes: the relay, one worker for the light work, a reader a core, the web."""
    address = f"{_reachable(settings.host)}:{settings.port}"
    web = replace(
        own_program("web", settings, command, "serve"),
        ready=lambda: http_answers(address, "/health/ready", only_ok=True),
    )
    readers = range(1, (settings.workers or os.cpu_count() or 1) + 1)
    return [
        own_program("relay", settings, command, "relay"),
        own_program("light", settings, command, "work", "--queues", "light,webhooks"),
        *(
            own_program(f"pages-{n}", settings, command, "work", "--queues", "pages")
            for n in readers
        ),
        web,
    ]


def own_program(name: str, settings: Settings, command: tuple[str, ...], *words: str) -> Program:
    """`bannette` with these words, as a child."""
    environment = _environment(settings)
    return Program(name, (*command, *words), environment, stage=OURS, stop_within_s=GRACE_S)


def keep_running(programs: Sequence[Program], say: Say) -> int:
    """Run these until SIGINT or SIGTERM, showing what they log: several workers in one container."""
    with TemporaryDirectory(prefix="bannette-logs-") as folder:
        supervisor = Supervisor(Path(folder), say)
        _listen(supervisor, say)
        try:
            for program in programs:
                supervisor.start(program)
            _watch(supervisor, say)
        finally:
            supervisor.stop()
    return 0


def _start(supervisor: Supervisor, settings: Settings, command: tuple[str, ...], say: Say) -> None:
    if not settings.redis_url:
        supervisor.start(valkey(settings))
    if not settings.s3_endpoint:
        supervisor.start(seaweedfs(settings))
    say("Broker and object store answer.")
    environment = _environment(settings)
    supervisor.run(Program("migrate", (*command, "migrate"), environment, stop_within_s=10))
    for program in own_programs(settings, command):
        supervisor.start(program)


def _greet(supervisor: Supervisor, settings: Settings, command: tuple[str, ...], say: Say) -> None:
    """The first time, draw a stack and import it; always, a link to sign in with."""
    try:
        printed = supervisor.run(
            Program("welcome", (*command, "demo", "--first"), _environment(settings))
        )
    except DidNotStart as error:
        # The service itself is well: say what is wrong and go on.
        say(f"The sample stack was not imported: {error}\n{error.log}")
        return
    say(printed.rstrip())


def _watch(supervisor: Supervisor, follow: Say | None) -> None:
    while not supervisor.stopping:
        supervisor.tick()
        if follow is not None:
            for name, line in supervisor.new_lines():
                follow(f"{name} | {line}")
        time.sleep(0.2)


@contextmanager
def _the_folder(folder: Path) -> Iterator[bool]:
    """Whether nobody else runs on this data folder; ours until the block ends."""
    with (folder / LOCK_FILE).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _say_it_runs(folder: Path, say: Say) -> int:
    known = _read_running(folder)
    if known:
        say(f"Bannette already runs at {known['address']} (process {known['pid']}).")
    else:
        say(f"Bannette is already starting on {folder}.")
    return 0


def _settle(settings: Settings, say: Say) -> Settings:
    """The settings with a port that is free, and the address that goes with it."""
    port = free_port(settings.port, settings.host)
    if port != settings.port:
        say(f"Port {settings.port} is taken; using {port}.")
    public = urlsplit(settings.public_url)
    # Somebody's own address, behind a proxy perhaps, is theirs to change.
    if settings.public_url == Settings().public_url or public.port == settings.port:
        public = public._replace(netloc=f"{public.hostname}:{port}")
    return replace(settings, port=port, public_url=public.geturl())


def _environment(settings: Settings) -> dict[str, str]:
    """What a child must know beyond the environment it inherits."""
    return {
        PREFIX + "DATA_FOLDER": str(settings.data_folder),
        PREFIX + "PORT": str(settings.port),
        PREFIX + "PUBLIC_URL": settings.public_url,
        "PYTHONUNBUFFERED": "1",
        # One process a core already: libraries that start threads of their own fight for the cores.
        "OMP_THREAD_LIMIT": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104 - compared, not bound


def _read_running(folder: Path) -> dict[str, str] | None:
    try:
        found: dict[str, str] = json.loads((folder / RUNNING_FILE).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return found


def _write_running(folder: Path, settings: Settings) -> None:
    value = {"pid": str(os.getpid()), "address": settings.public_url}
    (folder / RUNNING_FILE).write_text(json.dumps(value), "utf-8")


def _listen(supervisor: Supervisor, say: Say) -> None:
    """The first signal asks; a second one does not wait."""

    def asked(_number: int, _frame: object) -> None:
        if supervisor.stopping:
            for child in supervisor.children:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.process.pid, signal.SIGKILL)
            return
        supervisor.stopping = True
        say("Stopping; what is half done goes back in line. (Again to stop at once.)")

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, asked)
