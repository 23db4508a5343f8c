"""Bad days at full size: `bannette up` as a person runs it, and somebody who pulls the plugs.

    python benchmarks/chaos.py kills [--pages 300] [--every 5] [--flushes 2] [--scanned]
    python benchmarks/chaos.py hostile FOLDER [--limit 120]

`kills` sends one drawn stack and kills -9 a worker every few seconds until it is ready, emptying
the broker in between; then it validates, and counts what may have been lost or doubled. The same
stack goes through undisturbed first, so that the two times can be compared. `hostile` sends every
file of a folder, one by one, then all of them as one ZIP, and looks at what it cost. The scaled
versions of both are in tests/failures. Ends with 1 when something is not as it should be.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import redis
from sqlalchemy import func, select

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.processes import below, memory_mb  # noqa: E402 - the path comes first
from service.house import House, open_house  # noqa: E402
from service.operations import access, api_keys  # noqa: E402
from service.program import free_port  # noqa: E402
from service.settings import Settings  # noqa: E402
from service.up import running  # noqa: E402
from storage import tables as t  # noqa: E402
from storage.invariants import check  # noqa: E402

WORKERS = ("work --queues pages", "work --queues light,webhooks", "relay")
SETTLED = ("ready", "failed", "validated")


@dataclass(frozen=True, slots=True)
class Service:
    house: House
    http: httpx.Client
    process: subprocess.Popen[bytes]

    def upload(self, name: str, content: bytes) -> str:
        answer = self.http.post("/imports", files={"file": (name, content)})
        if answer.status_code == 413:
            return ""  # refused at the door: as terminal as can be
        answer.raise_for_status()
        return str(answer.json()["id"])

    def get(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get(path).raise_for_status().json()
        return found

    def status(self, import_id: str) -> str:
        with self.house.store.reading() as connection:
            found = connection.scalar(select(t.imports.c.status).where(t.imports.c.id == import_id))
        return str(found)

    def settle(
        self, import_id: str, limit_s: float, meanwhile: Callable[[], None] = lambda: None
    ) -> float | None:
        """Seconds until nothing more is to be waited for; None when that took too long."""
        began = time.monotonic()
        while self.status(import_id) not in SETTLED:
            if time.monotonic() - began > limit_s:
                return None
            if self.process.poll() is not None:
                raise SystemExit("bannette up ended")
            meanwhile()
            time.sleep(0.1)
        return time.monotonic() - began

    def children(self) -> dict[int, str]:
        """Our processes: process id and command line."""
        return {
            pid: words for pid, words in below(self.process.pid).items() if "bannette.py" in words
        }

    def temporary_bytes(self) -> int:
        """What lies on the temporary disk under names of ours."""
        found = 0
        for folder in Path(tempfile.gettempdir()).glob("bannette-*"):
            if folder == self.house.settings.data_folder:
                continue
            for path in folder.rglob("*"):
                try:
                    found += path.stat().st_size
                except OSError:
                    continue
        return found


@contextmanager
def service(log: Path) -> Iterator[Service]:
    """`bannette up` in a folder of its own; everything is gone afterwards."""
    name = tempfile.mkdtemp(prefix="chaos-")
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "bannette.py"), "up", "--no-sample"],
            env={
                **os.environ,
                "BANNETTE_DATA_FOLDER": name,
                "BANNETTE_PORT": str(free_port(random.randrange(18_000, 28_000))),
                "BANNETTE_LOG_LEVEL": "WARNING",
            },
            stdout=output,
        )
    try:
        while (known := running(Path(name))) is None:
            if process.poll() is not None:
                raise SystemExit("bannette up did not start")
            time.sleep(0.2)
        house = open_house(Settings(data_folder=Path(name)))
        made = access.bootstrap(house, organisation_name="Chaos", email="chaos@example.org")
        who = access.operator(made.organisation_id)
        scopes = ["imports:read", "imports:write", "documents:read"]
        key = api_keys.add_key(house, who, name="chaos", scopes=scopes)["key"]
        with httpx.Client(
            base_url=known["address"] + "/api/v1",
            headers={"Authorization": f"Bearer {key}"},
            timeout=120,
        ) as http:
            yield Service(house, http, process)
        house.store.close()
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(name, ignore_errors=True)


# --- killed workers, forgotten queues ------------------------------------------------------------


def kills(args: argparse.Namespace) -> list[str]:
    from models.synthetic.stacks import draw_stack

    stack = draw_stack(args.seed, pages=args.pages, scanned=args.scanned).pdf
    with service(args.log) as calm:
        quiet_s = calm.settle(calm.upload("stack.pdf", stack), args.limit)
    print(f"undisturbed: {_seconds(quiet_s)}", flush=True)
    with service(args.log) as found:
        return _disturbed(found, stack, args, quiet_s)


def _disturbed(
    found: Service, stack: bytes, args: argparse.Namespace, quiet_s: float | None
) -> list[str]:
    choose = random.Random(args.seed)
    import_id = found.upload("stack.pdf", stack)
    killed: Counter[str] = Counter()
    next_kill = time.monotonic() + args.every
    flushes = [args.pages * (n + 1) // (args.flushes + 1) for n in range(args.flushes)]

    def meanwhile() -> None:
        nonlocal next_kill
        if flushes and _pages_read(found, import_id) >= flushes[0]:
            flushes.pop(0)
            with redis.Redis.from_url(found.house.settings.resolved_redis_url) as broker:
                broker.flushall()
            print("  the broker forgot everything")
        if time.monotonic() >= next_kill:
            next_kill += args.every
            alive = [(pid, w) for pid, w in found.children().items() if w.endswith(WORKERS)]
            if alive:
                pid, words = choose.choice(alive)
                os.kill(pid, signal.SIGKILL)
                killed[words.split("bannette.py ")[1]] += 1

    took_s = found.settle(import_id, args.limit, meanwhile)
    print(f"disturbed: {_seconds(took_s)}, killed {sum(killed.values())}: {dict(killed)}")
    wrong = [] if took_s else [f"not ready within {args.limit} s"]
    if took_s and quiet_s and took_s > 4 * quiet_s:
        wrong.append(f"took {took_s / quiet_s:.1f} times the undisturbed time")
    done = found.get(f"/imports/{import_id}")
    wrong += _validated(found, done, args.pages) if took_s else []
    return wrong


def _validated(found: Service, done: dict[str, Any], pages: int) -> list[str]:
    wrong = []
    receipt = done["receipt"]
    print(f"receipt: {receipt}")
    if not receipt["adds_up"] or receipt["pages"] != pages or receipt["pending"]:
        wrong.append("the receipt does not add up")
    path = f"/imports/{done['id']}/validate"
    answers = [found.http.post(path) for _ in range(2)]
    if [answer.status_code for answer in answers] != [200, 200]:
        wrong.append(f"validation: {answers[0].text}")
    until = time.monotonic() + 120
    while _count(found, t.document, t.document.c.pdf_key.is_(None)) and time.monotonic() < until:
        time.sleep(0.5)
    groups = sum(len(file["groups"]) for file in done["files"])
    documents = _count(found, t.document)
    with found.house.store.reading() as connection:
        events = Counter(
            (row.type, row.subject)
            for row in connection.execute(select(t.event.c.type, t.event.c.subject))
        )
        broken = check(connection, found.house.objects, found.house.now())
    print(f"{groups} groups, {documents} documents, {sum(events.values())} events")
    if groups != documents:
        wrong.append(f"{groups} groups became {documents} documents")
    wrong += [f"event {event} {times} times" for event, times in events.items() if times > 1]
    wrong += [f"invariant {b.number}: {b.subject}: {b.message}" for b in broken]
    return wrong


def _pages_read(found: Service, import_id: str) -> int:
    return _count(found, t.page, (t.page.c.import_id == import_id) & (t.page.c.status == "read"))


def _count(found: Service, table: Any, where: Any = True) -> int:
    with found.house.store.reading() as connection:
        query = select(func.count()).select_from(table)
        return connection.scalar(query if where is True else query.where(where)) or 0


# --- hostile files -------------------------------------------------------------------------------


def hostile(args: argparse.Namespace) -> list[str]:
    manifest = args.folder / "manifest.jsonl"
    expected = {}
    if manifest.exists():
        entries = map(json.loads, manifest.read_text("utf-8").splitlines())
        expected = {entry["file"]: entry["expect"] for entry in entries}
    paths = sorted(p for p in args.folder.rglob("*") if p.is_file() and p != manifest)
    with service(args.log) as found:
        warm = found.upload("warm.pdf", _one_page())
        found.settle(warm, args.limit)
        before = found.children(), memory_mb(found.process.pid), found.temporary_bytes()
        wrong = []
        slowest = (0.0, "")
        outcomes: Counter[str] = Counter()
        for number, path in enumerate(paths, 1):
            name = str(path.relative_to(args.folder))
            outcome, took_s = _sent(found, path.name, path.read_bytes(), args.limit)
            outcomes[outcome] += 1
            slowest = max(slowest, (took_s, name))
            if number % 20 == 0:
                print(f"{number} of {len(paths)}: {dict(outcomes)}", flush=True)
            if outcome == "stuck":
                wrong.append(f"{name}: not terminal within {args.limit} s")
            if expected.get(name, "either") not in ("either", outcome):
                wrong.append(f"{name}: {outcome}, expected {expected[name]}")
        print(f"one by one: {dict(outcomes)}, slowest {slowest[0]:.1f} s ({slowest[1]})")
        outcome, took_s = _sent(found, "all.zip", _zipped(args.folder, paths), args.zip_limit)
        print(f"as one ZIP of {len(paths)} files: {outcome} after {took_s:.0f} s")
        if outcome == "stuck":
            wrong.append(f"the ZIP: not terminal within {args.zip_limit} s")
        time.sleep(90)  # copies of files are forgotten a minute after their last use
        wrong += _back_to(found, before)
        with found.house.store.reading() as connection:
            broken = check(connection, found.house.objects, found.house.now())
        wrong += [f"invariant {b.number}: {b.subject}: {b.message}" for b in broken]
    return wrong


def _sent(found: Service, name: str, content: bytes, limit_s: float) -> tuple[str, float]:
    """``ok``, ``reject`` or ``stuck``, and the seconds it took."""
    began = time.monotonic()
    import_id = found.upload(name, content)
    if not import_id:
        return "reject", time.monotonic() - began
    if found.settle(import_id, limit_s) is None:
        return "stuck", limit_s
    first, *_ = found.get(f"/imports/{import_id}")["files"]
    fine = first["status"] in ("ready", "unpacked", "duplicate")
    if not fine and not (first["problem"] or {}).get("advice"):
        return "no reason", time.monotonic() - began
    return "ok" if fine else "reject", time.monotonic() - began


def _back_to(found: Service, before: tuple[dict[int, str], dict[str, float], int]) -> list[str]:
    children, held, temporary = before
    wrong = []
    now, now_temporary = memory_mb(found.process.pid), found.temporary_bytes()
    print(f"temporary {temporary} → {now_temporary} bytes")
    for kind in sorted(held | now):
        print(f"memory of {kind}: {held.get(kind, 0):.0f} → {now.get(kind, 0):.0f} MB")
    # The object store keeps an index of what it was given: it may grow with what it holds.
    before_mb, now_mb = (sum(v for k, v in m.items() if k != "object store") for m in (held, now))
    print(f"memory of ours and the broker: {before_mb:.0f} → {now_mb:.0f} MB")
    if found.children() != children:
        wrong.append(f"processes died: {sorted(set(children) - set(found.children()))}")
    if now_mb > before_mb * 1.1:
        wrong.append(f"memory grew by {now_mb / before_mb - 1:.0%}")
    if now_temporary > temporary * 1.1:
        wrong.append(f"{now_temporary} bytes are left on the temporary disk")
    return wrong


def _zipped(folder: Path, paths: list[Path]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for path in paths:
            archive.write(path, path.relative_to(folder))
    return packed.getvalue()


def _one_page() -> bytes:
    from models.synthetic.stacks import draw_stack

    return draw_stack(1, pages=2, scanned=True).pdf


def _seconds(value: float | None) -> str:
    return "too long" if value is None else f"{value:.1f} s"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--log", type=Path, default=Path(os.devnull), help="what `up` says")
    commands = parser.add_subparsers(required=True)
    killing = commands.add_parser("kills")
    killing.add_argument("--pages", type=int, default=300)
    killing.add_argument("--every", type=float, default=5.0, help="seconds between two kills")
    killing.add_argument("--flushes", type=int, default=2, help="how often the broker forgets")
    killing.add_argument("--scanned", action="store_true")
    killing.add_argument("--seed", type=int, default=1)
    killing.add_argument("--limit", type=float, default=1800.0)
    killing.set_defaults(run=kills)
    opening = commands.add_parser("hostile")
    opening.add_argument("folder", type=Path)
    opening.add_argument("--limit", type=float, default=120.0, help="seconds for one file")
    opening.add_argument("--zip-limit", type=float, default=1800.0, help="seconds for the ZIP")
    opening.set_defaults(run=hostile)
    args = parser.parse_args()
    wrong = args.run(args)
    for line in wrong:
        print(f"✗ {line}")
    print("✗ not as it should be" if wrong else "✓ everything is as it should be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
