"""How fast a stack becomes groups, what that costs beside bare OCR, and what stays responsive.

    python benchmarks/speed.py [--pages 10 100 1000] [--kinds digital scanned] [--markdown FILE]

For each kind and size: a whole installation (`bannette up` in a new folder) receives one drawn
stack over HTTP. Beside it, in the same run and on the same cores, the same scanned pages go through
Tesseract alone: decoded, grey, 200 dpi, one process a core, nothing else. The machine's noise
is in both, so the ratio of the two is what to read. Memory is the most that each kind of process
held together, shared pages divided among their holders.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.processes import memory_mb  # noqa: E402 - the path comes first

BARE_PAGES = 60
"""Bare OCR of more pages than this says nothing new; its rate is measured on so many."""


@dataclass(slots=True)
class Run:
    kind: str
    pages: int
    seconds: float = 0.0
    first_group_seconds: float | None = None
    bare_rate: float | None = None
    latency_ms: list[float] = field(default_factory=list)
    memory_mb: dict[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        return self.pages / self.seconds


@dataclass(frozen=True, slots=True)
class Installation:
    address: str
    key: str
    process: int
    folder: Path
    organisation_id: str
    email: str


@contextmanager
def installation() -> Iterator[Installation]:
    """`bannette up` in a folder of its own, with a key to it; everything is gone afterwards."""
    from service.house import open_house
    from service.operations import access, api_keys
    from service.settings import Settings
    from service.up import running

    with tempfile.TemporaryDirectory(prefix="bannette-speed-") as name:
        folder = Path(name)
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "bannette.py"), "up", "--no-sample"],
            env={**os.environ, "BANNETTE_DATA_FOLDER": name, "BANNETTE_LOG_LEVEL": "WARNING"},
            stdout=subprocess.DEVNULL,
        )
        try:
            while (known := running(folder)) is None:
                if process.poll() is not None:
                    raise SystemExit("bannette up did not start")
                time.sleep(0.2)
            house = open_house(Settings(data_folder=folder))
            email = "speed@example.org"
            made = access.bootstrap(house, organisation_name="Speed", email=email)
            who = access.operator(made.organisation_id)
            key = api_keys.add_key(
                house, who, name="speed", scopes=["imports:read", "imports:write"]
            )
            house.store.close()
            yield Installation(
                known["address"], key["key"], process.pid, folder, made.organisation_id, email
            )
        finally:
            process.terminate()
            process.wait(60)


def measure(kind: str, pages: int, pdf: bytes) -> Run:
    run = Run(kind, pages)
    with (
        installation() as found,
        httpx.Client(
            base_url=found.address + "/api/v1",
            headers={"Authorization": f"Bearer {found.key}"},
            timeout=120,
        ) as http,
        tempfile.NamedTemporaryFile(suffix=".pdf") as file,
    ):
        file.write(pdf)
        file.flush()
        warm_up(http)
        stop = threading.Event()
        watchers = [
            threading.Thread(target=watch_memory, args=(found.process, run.memory_mb, stop)),
            threading.Thread(target=watch_latency, args=(found, run.latency_ms, stop)),
        ]
        for watcher in watchers:
            watcher.start()
        began = time.monotonic()
        with Path(file.name).open("rb") as stack:
            answer = http.post("/imports", files={"file": ("stack.pdf", stack)})
        answer.raise_for_status()
        address = f"/imports/{answer.json()['id']}"
        while True:
            state = http.get(address).json()
            if run.first_group_seconds is None and any(f["groups"] for f in state["files"]):
                run.first_group_seconds = time.monotonic() - began
            if state["status"] in ("ready", "failed"):
                break
            time.sleep(0.2 if pages < 100 else 1.0)  # each look costs what is measured
        run.seconds = time.monotonic() - began
        stop.set()
        for watcher in watchers:
            watcher.join()
        if state["status"] != "ready" or state["receipt"]["pages"] != pages:
            raise SystemExit(f"the stack did not come through: {json.dumps(state)[:500]}")
    return run


def warm_up(http: httpx.Client) -> None:
    """One page through everything: what is measured is work, not starting to work."""
    from models.synthetic.stacks import draw_stack

    answer = http.post("/imports", files={"file": ("warm.pdf", draw_stack(1, pages=1).pdf)})
    answer.raise_for_status()
    while http.get(f"/imports/{answer.json()['id']}").json()["status"] not in ("ready", "failed"):
        time.sleep(0.2)


def watch_latency(found: Installation, into: list[float], stop: threading.Event) -> None:
    """What a person looking at the list of imports waits for, while the workers work."""
    with httpx.Client(headers={"Authorization": f"Bearer {found.key}"}) as http:
        while not stop.wait(0.5):
            began = time.perf_counter()
            http.get(f"{found.address}/api/v1/imports").raise_for_status()
            into.append((time.perf_counter() - began) * 1000)


def watch_memory(root: int, highest: dict[str, float], stop: threading.Event) -> None:
    while not stop.wait(1.0):
        for kind, held in memory_mb(root).items():
            highest[kind] = max(highest.get(kind, 0.0), held)


def bare_ocr(pdf: bytes, pages: int) -> float:
    """Pages a second of Tesseract alone, on every core, on pages drawn beforehand."""
    cores = os.cpu_count() or 1
    count = min(pages, BARE_PAGES)
    os.environ["OMP_THREAD_LIMIT"] = "1"
    with ProcessPoolExecutor(cores) as pool:
        pictures = list(pool.map(_draw, [pdf] * cores, [(n, cores, count) for n in range(cores)]))
        list(pool.map(_recognise, [p[:1] for p in pictures]))  # the libraries are loaded now
        began = time.monotonic()
        list(pool.map(_recognise, pictures))
        return count / (time.monotonic() - began)


def _draw(pdf: bytes, share: tuple[int, int, int]) -> list[tuple[bytes, int, int]]:
    import pymupdf

    first, step, count = share
    drawn = []
    with pymupdf.open(stream=pdf, filetype="pdf") as document:
        for number in range(first, count, step):
            grey = document[number].get_pixmap(dpi=200, colorspace=pymupdf.csGRAY)
            drawn.append((bytes(grey.samples), grey.width, grey.height))
    return drawn


def _recognise(pictures: list[tuple[bytes, int, int]]) -> None:
    import tesserocr

    from models.inside.ocr import data_folder

    with tesserocr.PyTessBaseAPI(path=str(data_folder()), lang="fra+deu+eng") as api:
        for samples, width, height in pictures:
            api.SetImageBytes(samples, width, height, 1, width)
            api.SetSourceResolution(200)
            api.GetTSVText(0)


def table(runs: list[Run]) -> str:
    lines = [
        "| stack | pages | seconds | pages/s | bare OCR pages/s | ratio | first group s | API ms |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for run in runs:
        ratio = f"{run.bare_rate / run.rate:.2f}" if run.bare_rate else "–"
        bare = f"{run.bare_rate:.2f}" if run.bare_rate else "–"
        first = f"{run.first_group_seconds:.1f}" if run.first_group_seconds else "–"
        p50 = statistics.median(run.latency_ms)
        p95 = statistics.quantiles(run.latency_ms, n=20)[-1] if len(run.latency_ms) > 1 else p50
        lines.append(
            f"| {run.kind} | {run.pages} | {run.seconds:.1f} | {run.rate:.2f} | {bare} | {ratio} "
            f"| {first} | {p50:.0f} / {p95:.0f} |"
        )
    labels = sorted({kind for run in runs for kind in run.memory_mb} - {"other"})
    lines += ["", "API ms: median / 95th percentile. Highest memory, MB:", ""]
    lines += ["| stack | pages | " + " | ".join(labels) + " |", "|---" * (len(labels) + 2) + "|"]
    for run in runs:
        cells = " | ".join(f"{run.memory_mb.get(label, 0):.0f}" for label in labels)
        lines.append(f"| {run.kind} | {run.pages} | {cells} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pages", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--kinds", nargs="+", default=["digital", "scanned"])
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--markdown", type=Path, help="write the tables there as well")
    options: Any = parser.parse_args()
    from models.synthetic.stacks import draw_stack

    runs = []
    for kind in options.kinds:
        for pages in options.pages:
            pdf = draw_stack(options.seed, pages=pages, scanned=kind == "scanned").pdf
            run = measure(kind, pages, pdf)
            if kind == "scanned":
                run.bare_rate = bare_ocr(pdf, pages)
            runs.append(run)
            print(f"{kind} {pages}: {run.rate:.2f} pages/s", file=sys.stderr)
    text = table(runs)
    print(text)
    if options.markdown:
        options.markdown.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
