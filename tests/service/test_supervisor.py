"""The embedded servers and the supervisor that keeps them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from sqlalchemy import text

from service.embedded import seaweedfs, valkey
from service.house import House, open_house
from service.program import OURS, SERVERS, Program
from service.settings import Settings
from service.supervisor import DidNotStart, Supervisor


def test_a_house_reads_back_what_it_wrote_on_each_set_of_servers(any_house: House) -> None:
    any_house.objects.put_bytes("org_1/x", b"paper")
    assert any_house.objects.get("org_1/x") == b"paper"
    with any_house.store.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM organisation")) == 0
    with redis.Redis.from_url(any_house.settings.resolved_redis_url) as broker:
        assert broker.ping()


def test_broker_and_object_store_keep_what_they_have_through_a_kill(tmp_path: Path) -> None:
    settings = Settings(data_folder=tmp_path)
    with Supervisor(tmp_path / "logs") as supervisor:
        children = [supervisor.start(valkey(settings)), supervisor.start(seaweedfs(settings))]
        house = open_house(settings)
        house.objects.ensure_bucket()
        house.objects.put_bytes("org_1/x", b"paper")
        with redis.Redis.from_url(settings.resolved_redis_url) as broker:
            broker.set("kept", "yes")
            time.sleep(1.2)  # the log is forced to disk every second
        for child in children:
            child.process.kill()
            child.process.wait()
        _tick_until(supervisor, lambda: all(c.crashes and c.restart_at is None for c in children))
        for child in children:
            supervisor.wait_ready(child)
        with redis.Redis.from_url(settings.resolved_redis_url) as broker:
            assert broker.get("kept") == b"yes"
        assert house.objects.get("org_1/x") == b"paper"
        house.store.close()


def test_two_installations_run_side_by_side_with_secrets_only_we_can_read(
    embedded_servers: object, tmp_path: Path
) -> None:
    settings = Settings(data_folder=tmp_path)
    with Supervisor(tmp_path / "logs") as supervisor:
        supervisor.start(seaweedfs(settings))
        for name in ("s3.json", "objects/identities.json"):
            assert (tmp_path / name).stat().st_mode & 0o077 == 0


def test_a_data_folder_with_a_long_path_has_its_socket_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / ("a" * 60) / ("b" * 60)
    settings = Settings(data_folder=folder)
    socket = settings.embedded_redis_socket
    assert len(str(socket)) < 100
    with Supervisor(tmp_path / "logs") as supervisor:
        supervisor.start(valkey(settings))
        assert socket.parent.stat().st_mode & 0o077 == 0
        with redis.Redis.from_url(settings.resolved_redis_url) as broker:
            assert broker.ping()
    socket.parent.rmdir()


def test_a_program_that_cannot_start_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    broken = Program("broken", _python("print('no such thing'); raise SystemExit(3)"), ready=_never)
    with Supervisor(tmp_path) as supervisor, pytest.raises(DidNotStart) as raised:
        supervisor.start(broken)
    assert "ended with code 3" in str(raised.value)
    assert "no such thing" in raised.value.log


def test_a_program_that_keeps_crashing_is_restarted_later_and_later(tmp_path: Path) -> None:
    said: list[str] = []
    with Supervisor(tmp_path, said.append) as supervisor:
        child = supervisor.start(
            Program("short", _python("print('out of ink'); raise SystemExit(1)"))
        )
        _tick_until(supervisor, lambda: child.crashes >= 2)
    assert said == [
        "short ended with code 1; again in 0.5 s. out of ink",
        "short ended with code 1; again in 1 s. out of ink",
    ]


def test_the_web_stops_before_the_servers_it_relies_on_and_the_deaf_are_killed(
    tmp_path: Path,
) -> None:
    order = tmp_path / "order"
    script = (
        "import signal, sys, time\n"
        f"note = lambda *_: (open({str(order)!r}, 'a').write(sys.argv[1]), sys.exit(0))\n"
        "signal.signal(signal.SIGTERM, note)\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)"
    )
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    supervisor = Supervisor(tmp_path / "logs")
    with supervisor:
        server = supervisor.start(Program("server", (*_python(script), "S"), stage=SERVERS))
        web = supervisor.start(Program("web", (*_python(script), "W"), stage=OURS))
        ear = supervisor.start(Program("deaf", _python(deaf), stage=OURS, stop_within_s=0.5))
        _until(lambda: "ready" in supervisor.log_of(server.program))
        _until(lambda: "ready" in supervisor.log_of(web.program))
        time.sleep(0.2)
    assert order.read_text() == "WS"
    assert ear.process.returncode == -signal.SIGKILL


def test_a_killed_supervisor_leaves_no_orphan_not_even_a_grandchild(tmp_path: Path) -> None:
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from service.supervisor import Supervisor\n"
        "from service.program import Program\n"
        "child = 'import subprocess, sys, time\\n'\\\n"
        '  \'p = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])\\n\'\\\n'
        "  'print(p.pid, flush=True)\\n'\\\n"
        "  'time.sleep(60)'\n"
        "s = Supervisor(Path(sys.argv[1]))\n"
        "c = s.start(Program('child', (sys.executable, '-c', child)))\n"
        "print(c.process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    supervisor = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert supervisor.stdout is not None
    child = int(supervisor.stdout.readline())
    log = tmp_path / "child.log"
    _until(lambda: log.read_text().endswith("\n"))
    grandchild = int(log.read_text())
    assert _runs(child)
    assert _runs(grandchild)
    supervisor.kill()
    supervisor.wait()
    _until(lambda: not _runs(child) and not _runs(grandchild))


def _python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def _never() -> bool:
    return False


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    # A zombie that nobody has collected yet does not run.
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def _until(done: Callable[[], bool], within_s: float = 60) -> None:
    until = time.monotonic() + within_s
    while not done():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.05)


def _tick_until(supervisor: Supervisor, done: Callable[[], bool]) -> None:
    def ticked() -> bool:
        supervisor.tick()
        return done()

    _until(ticked)
