"""The child may do what it likes: the worker gets an answer, and nothing is left behind."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.errors import Unreadable
from models.sandbox import ParserFailed, Sandbox

HOSTILE = Path(__file__).with_name("hostile_jobs.py")


@pytest.fixture(scope="module")
def temp_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("children")


@pytest.fixture(scope="module")
def sandbox(temp_dir: Path) -> Iterator[Sandbox]:
    with Sandbox(temp_dir=temp_dir, import_path=[str(HOSTILE.parent)]) as made:
        yield made


def children_of(pid: int) -> list[int]:
    try:
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def test_values_and_bytes_come_back_as_they_are_made(sandbox: Sandbox) -> None:
    got = list(sandbox.stream("hostile_jobs:count", 3, seconds=10))
    assert got == [{"n": 0}, b"\x00" * 10, {"n": 1}, b"\x01" * 10, {"n": 2}, b"\x02" * 10]


@pytest.mark.parametrize("job", ["segfault", "abort"])
def test_a_child_that_crashes_is_a_typed_refusal(sandbox: Sandbox, job: str) -> None:
    with pytest.raises(ParserFailed) as failed:
        sandbox.run(f"hostile_jobs:{job}", seconds=10)
    assert failed.value.code == "parser_crashed"
    assert failed.value.advice


def test_a_crash_while_the_disk_is_full_is_no_fault_of_the_file(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.sandbox.LEAST_FREE_BYTES", 1 << 62)
    with pytest.raises(OSError, match="no space"):
        sandbox.run("hostile_jobs:abort", seconds=10)


def test_a_child_that_hangs_in_c_is_killed_in_time_with_all_it_started(sandbox: Sandbox) -> None:
    began = time.monotonic()
    with pytest.raises(ParserFailed) as failed:
        sandbox.run("hostile_jobs:hang_with_a_grandchild", seconds=1)
    assert failed.value.code == "parser_timeout"
    assert time.monotonic() - began < 5
    assert not [p for p in Path("/proc").glob("[0-9]*/cmdline") if b"4711.25" in _read(p)]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_a_child_silent_for_too_long_is_killed_before_its_time_is_over(sandbox: Sandbox) -> None:
    began = time.monotonic()
    stream = sandbox.stream("hostile_jobs:one_then_silence", seconds=60, quiet_seconds=0.5)
    assert next(stream) == 1
    with pytest.raises(ParserFailed, match="time allowed"):
        next(stream)
    assert time.monotonic() - began < 5


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="limits memory on Linux only")
@pytest.mark.parametrize("job", ["eat_memory", "eat_memory_in_c"])
def test_a_child_that_eats_memory_is_stopped_by_its_limit(sandbox: Sandbox, job: str) -> None:
    with pytest.raises(ParserFailed) as failed:
        sandbox.run(f"hostile_jobs:{job}", seconds=30, memory_mb=200)
    assert failed.value.code == "parser_memory"
    assert sandbox.last_usage is not None
    assert sandbox.last_usage.peak_mb < 700


def test_a_child_cannot_fill_the_disk_with_one_file(temp_dir: Path) -> None:
    with (
        Sandbox(temp_dir=temp_dir, file_mb=1, import_path=[str(HOSTILE.parent)]) as small,
        pytest.raises(ParserFailed),
    ):
        small.run("hostile_jobs:write_a_large_file", seconds=10)


def test_a_refusal_inside_is_the_same_refusal_outside(sandbox: Sandbox) -> None:
    with pytest.raises(Unreadable) as refused:
        sandbox.run("hostile_jobs:refuse", seconds=10)
    assert (refused.value.code, refused.value.advice) == ("encrypted", "Send it open.")
    assert refused.value.details == {"limit": 3}


def test_an_answer_that_lies_about_its_length_is_no_answer(sandbox: Sandbox) -> None:
    with pytest.raises(ParserFailed):
        sandbox.run("hostile_jobs:lie_about_length", seconds=5)


def test_many_children_leave_no_process_no_file_and_no_descriptor(
    sandbox: Sandbox, temp_dir: Path
) -> None:
    sandbox.run("hostile_jobs:leave_files", seconds=10)
    before = len(list(Path("/dev/fd").iterdir()))
    for _ in range(100):
        sandbox.run("hostile_jobs:leave_files", seconds=10)
    assert len(list(Path("/dev/fd").iterdir())) == before
    assert list(temp_dir.iterdir()) == []
    assert sandbox._template is not None
    assert children_of(sandbox._template.pid) == []


def test_a_stream_given_up_ends_its_child(sandbox: Sandbox, temp_dir: Path) -> None:
    stream = sandbox.stream("hostile_jobs:one_then_silence", seconds=60)
    next(stream)
    stream.close()
    assert list(temp_dir.iterdir()) == []


def test_threads_share_a_sandbox(sandbox: Sandbox) -> None:
    got: list[object] = []

    def work(n: int) -> None:
        got.append(sandbox.run("hostile_jobs:echo", n, seconds=20))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(got) == list(range(12))  # type: ignore[type-var]


def test_a_killed_template_is_replaced(temp_dir: Path) -> None:
    with Sandbox(temp_dir=temp_dir, import_path=[str(HOSTILE.parent)]) as fragile:
        assert fragile._template is not None
        fragile._template.kill()
        fragile._template.wait()
        assert fragile.run("hostile_jobs:echo", 1, seconds=10) == 1


def test_a_child_reaches_no_network(sandbox: Sandbox) -> None:
    if sandbox.facts["network"]:
        pytest.skip("this system does not let us leave the network")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.2)
        with pytest.raises(ParserFailed):
            sandbox.run("hostile_jobs:call", listener.getsockname()[1], seconds=10)
        with pytest.raises(TimeoutError):
            listener.accept()
