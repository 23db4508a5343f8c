"""The command on stacks the project draws: real files, real reading."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path

import pytest

from models.evaluation.command import evaluate, main
from models.evaluation.report import markdown, text
from models.synthetic.stacks import draw_stack


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One digital stream, and the same stack's first pages as single files with labels."""
    folder = tmp_path_factory.mktemp("truth")
    streams = folder / "streams"
    streams.mkdir()
    stack = draw_stack(7, documents=8)
    (streams / "a.pdf").write_bytes(stack.pdf)
    (streams / "a.json").write_text(json.dumps(stack.truth), "utf-8")
    single = draw_stack(8, documents=1)
    (folder / "one.pdf").write_bytes(single.pdf)
    (group,) = single.truth["groups"]
    label = {**group, "id": "one", "file": "one.pdf", "pages": single.truth["page_count"]}
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    broken = {**label, "id": "broken", "file": "broken.pdf"}
    lines = "\n".join(map(json.dumps, (label, broken)))
    (folder / "labels.jsonl").write_text(lines, "utf-8")
    return folder


def test_streams_and_files_are_measured_and_a_refused_file_counts_as_missed(
    drawn: Path, tmp_path: Path
) -> None:
    result = evaluate(drawn, cache_folder=tmp_path, today=dt.date(2026, 1, 1), processes=1).result
    assert list(result["sets"])[:3] == ["streams", "digital", "files"]
    assert result["sets"]["digital"]["documents"] == 8
    assert result["sets"]["digital"]["boundary"]["f1"] > 0.8
    assert result["sets"]["files"]["documents"] == 2
    assert result["sets"]["files"]["exact_documents"] <= 0.5
    (refused,) = result["refused"]
    assert refused["file"] == "broken.pdf"
    for say in (text, markdown):
        assert "boundary F1" in say(result)
        assert "fr, digital" in say(result)
        assert "unseen, digital" in say(result)


def test_pages_are_read_once_and_the_second_time_from_the_cache(
    drawn: Path, tmp_path: Path
) -> None:
    first = evaluate(drawn, only="digital", cache_folder=tmp_path, processes=1).result
    (kept,) = tmp_path.glob("*.json")
    # Nothing but the cache can know of this: were the file read again, the page would have words.
    data = json.loads(kept.read_text("utf-8"))
    for page in data["pages"]:
        page["words"] = []
    kept.write_text(json.dumps(data), "utf-8")
    second = evaluate(drawn, only="digital", cache_folder=tmp_path, processes=1).result
    right = [r["sets"]["digital"]["fields"]["gross_total"]["end_to_end"] for r in (first, second)]
    assert right[0] > 0.5
    assert right[1] == 0.0


def test_the_command_prints_json_and_writes_predictions(
    drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "XDG_CACHE_HOME", str(tmp_path / "cache"))
    words = [str(drawn), "--only", "digital", "--json", "--predictions", str(tmp_path / "found")]
    assert main([*words, "--processes", "1"]) == 0
    assert json.loads(capsys.readouterr().out)["sets"]["digital"]["files"] == 1
    written = json.loads((tmp_path / "found" / "a.json").read_text("utf-8"))
    assert sorted(p for group in written["groups"] for p in group["pages"])
    assert all(isinstance(v, str | list) for g in written["groups"] for v in g["fields"].values())


def test_a_folder_without_truth_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"labels\.jsonl"):
        evaluate(tmp_path, processes=1)
