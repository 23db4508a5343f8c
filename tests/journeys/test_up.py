"""`bannette up` as a person has it: one command, a sample stack, a link; then Ctrl-C."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from service.program import free_port
from tests.installation import PATIENCE_S

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks into /proc")


@dataclass
class Running:
    """A running `bannette up`, and what it has said."""

    process: subprocess.Popen[str]
    folder: Path
    said: Path
    environment: dict[str, str]

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "bannette.py", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.environment['BANNETTE_PORT']}"

    @property
    def children(self) -> dict[int, str]:
        """Process id and command line of everything below it."""
        rows = [_process(path) for path in Path("/proc").glob("[0-9]*")]
        found: dict[int, str] = {}
        wanted = {self.process.pid}
        while wanted:
            below = {pid: args for pid, parent, args in rows if parent in wanted}
            found |= below
            wanted = set(below)
        return found


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("up")
    environment = {
        **os.environ,
        "BANNETTE_DATA_FOLDER": str(folder / "data"),
        "BANNETTE_PORT": str(free_port(random.randrange(18_400, 19_400))),
        "BANNETTE_WORKERS": "1",
    }
    said = folder / "said.txt"
    with said.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "bannette.py", "up"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        _until(lambda: "Ctrl-C" in said.read_text() or process.poll() is not None, said)
        assert process.poll() is None, said.read_text()
        yield Running(process, folder / "data", said, environment)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(60)


def test_it_shows_a_sample_stack_ready_to_review_and_a_link_that_signs_in_once(
    running: Running,
) -> None:
    text = running.said.read_text()
    link = re.search(r"http://\S+/sign-in/\S+", text)
    assert link
    imported = re.search(r"/imports/(imp_\w+)", text)
    assert imported
    local = json.loads((running.folder / "this-machine.json").read_text())
    found = httpx.get(
        f"{running.address}/api/v1/imports/{imported[1]}",
        headers={"Authorization": f"Bearer {local['key']}"},
    ).json()
    assert found["status"] == "ready"
    assert found["receipt"]["adds_up"]
    assert found["receipt"]["grouped"] > 0
    # Whatever is logged, the link and the key are not.
    logged = "".join(path.read_text("utf-8") for path in (running.folder / "logs").iterdir())
    assert link[0].rpartition("/")[2] not in logged
    assert local["key"] not in logged


def test_a_second_one_says_where_the_first_is(running: Running) -> None:
    again = running.call("up")
    assert again.returncode == 0
    assert running.address in again.stderr


def test_send_needs_no_key_on_the_same_machine_and_prints_the_receipt(
    running: Running, tmp_path: Path
) -> None:
    from models.synthetic.stacks import draw_stack

    stack = draw_stack(77, documents=4)
    path = tmp_path / "mail.pdf"
    path.write_bytes(stack.pdf)
    sent = running.call("send", str(path))
    assert sent.returncode == 0, sent.stderr
    assert f"{stack.truth['page_count']} pages = " in sent.stdout
    again = running.call("send", str(path))
    assert "imported before" in again.stdout


def test_a_new_link_leads_to_the_service_that_runs(running: Running) -> None:
    link = running.call("user", "reset-link", "demo@example.org").stdout.strip()
    assert link.startswith(f"{running.address}/sign-in/")
    assert httpx.get(link, timeout=PATIENCE_S).status_code == 200


def test_learning_by_hand_tells_what_came_of_it(running: Running) -> None:
    local = json.loads((running.folder / "this-machine.json").read_text())
    with httpx.Client(
        base_url=f"{running.address}/api/v1",
        headers={"Authorization": f"Bearer {local['key']}"},
        timeout=PATIENCE_S,
    ) as http:
        # A duplicate, sent again by an earlier test, has no groups.
        found = http.get("/imports").json()["items"]
        newest = next(item for item in found if item["groups"])
        validated = http.post(f"/imports/{newest['id']}/validate")
        assert validated.status_code == 200, validated.text

    first, again = (running.call("learn") for _ in range(2))

    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert re.fullmatch(r"org_\w+\t(nothing new|\d+ examples, .*)\n", first.stdout)
    assert again.stdout.endswith("\tnothing new\n")


def test_what_must_always_be_true_is_true_and_doctor_finds_nothing_missing(
    running: Running,
) -> None:
    for words in (("doctor", "--invariants"), ("doctor", "--services"), ("doctor",)):
        done = running.call(*words)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_killed_part_is_started_again(running: Running) -> None:
    victims = {
        part: next(pid for pid, args in running.children.items() if part in args)
        for part in ("valkey-server", "work --queues pages", "relay")
    }
    for pid in victims.values():
        os.kill(pid, signal.SIGKILL)

    def again() -> bool:
        now = running.children
        return all(
            any(part in args and pid != victims[part] for pid, args in now.items())
            for part in victims
        )

    _until(again, running.said)
    address = running.address + "/health/ready"
    _until(lambda: httpx.get(address, timeout=10).status_code == 200, running.said)


def test_ctrl_c_stops_everything_within_35_seconds_and_leaves_nobody(running: Running) -> None:
    children = running.children
    assert len(children) >= 6
    began = time.monotonic()
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(40) == 0, running.said.read_text()
    assert time.monotonic() - began < 35
    left = [args for pid, args in children.items() if Path(f"/proc/{pid}").exists()]
    assert left == []
    assert not (running.folder / "up.json").exists()


def _process(path: Path) -> tuple[int, int, str]:
    """Process id, parent and command line; zeros for one that has just ended."""
    try:
        parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
        return int(path.name), parent, (path / "cmdline").read_text().replace("\0", " ")
    except OSError:
        return 0, 0, ""


def _until(done: Callable[[], bool], said: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < until, said.read_text()
        time.sleep(0.2)
