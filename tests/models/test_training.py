"""Training at toy size, and the artefacts it writes."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from models import artefacts, classification, splitting
from models.artefacts import ArtefactError
from models.evidence import EVIDENCE
from models.extraction import ranking
from models.extraction.particulars import CHOSEN
from models.training import fields
from models.training.bounds import REACH, calibrate
from models.training.command import Trained, train
from models.training.mail import Drawn, draw_mail, lay
from tests.models.extraction.paper import page


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(seed=7, mails=2, documents=8)


@pytest.fixture(scope="module")
def mail() -> list[Drawn]:
    return draw_mail(3, 10, "train", badly_read=True)


def test_training_twice_from_one_seed_writes_the_same_bytes(
    tmp_path: Path, trained: Trained
) -> None:
    again = train(seed=7, mails=2, documents=8)
    for name, found in (("one", trained), ("other", again)):
        artefacts.save(found.artefacts, tmp_path / name)
    written = [p.relative_to(tmp_path / "one") for p in sorted((tmp_path / "one").iterdir())]
    assert written
    for path in written:
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "other" / path).read_bytes()


def test_learnt_weights_stay_near_those_set_by_hand_and_keep_their_sign(trained: Trained) -> None:
    learnt = trained.artefacts[splitting.ARTEFACT]["cuts"]
    assert set(learnt) == set(EVIDENCE)
    for name, (by_hand, _) in EVIDENCE.items():
        if name != "prior":
            assert REACH[0] - 0.01 <= learnt[name] / by_hand <= REACH[1] + 0.01, name


def test_a_field_is_chosen_by_weights_near_those_of_the_hand_or_by_those(trained: Trained) -> None:
    learnt = trained.artefacts[ranking.ARTEFACT]
    assert set(learnt) == set(CHOSEN)
    for field, by_hand in CHOSEN.items():
        worth = learnt[field]["features"]
        assert set(worth) == set(by_hand)
        if field in fields.BY_HAND:
            assert worth == by_hand
        else:
            assert worth != by_hand
            for name, hand in by_hand.items():
                assert REACH[0] - 0.01 <= worth[name] / hand <= REACH[1] + 0.01, name


def test_on_a_badly_read_page_the_right_candidate_stands_where_it_was_printed() -> None:
    printed = page("Durand SARL\nFacture n° F-2024-118     Client n° 4471\n")
    read = page("Durand SARL\nFacture n° F-2024-1I8     Client n° 4471\n", source="ocr")
    truth = {"invoice_number": "F-2024-118"}
    sample = fields.measure("purchase_invoice", truth, [printed], [read])["invoice_number"]
    right = [c.value for c, good in zip(sample.candidates, sample.right, strict=True) if good]
    assert right == ["F-2024-1I8"]


def test_probabilities_are_never_made_surer_than_they_were() -> None:
    slope, offset = calibrate([(0.5, True), (2.0, True), (-2.0, False), (-0.5, False)] * 9)
    assert (slope, offset) == (1.0, 0.0)
    too_sure = [(6.0, n % 3 != 0) for n in range(30)] + [(-6.0, n % 3 == 0) for n in range(30)]
    assert calibrate(too_sure)[0] < 0.5


def test_a_pile_keeps_the_pages_of_a_document_together_and_in_order(mail: list[Drawn]) -> None:
    pile = lay(Random(1), mail, 10)
    assert [page.number for page in pile.sketches] == list(range(len(pile.sketches)))
    assert pile.starts[0] == 0
    assert list(pile.starts) == sorted(set(pile.starts))


def test_the_shipped_artefacts_are_those_their_manifest_names_and_small() -> None:
    assert splitting.learnt().cuts.keys() == EVIDENCE.keys()
    assert classification.learnt().keys() == classification.WEIGHTS.keys()
    files = list(artefacts.FOLDER.glob("*.json"))
    assert sum(path.stat().st_size for path in files) < artefacts.MOST_BYTES


def test_an_artefact_that_was_changed_or_is_of_another_version_is_refused(
    tmp_path: Path, trained: Trained
) -> None:
    artefacts.save(trained.artefacts, tmp_path)
    path = tmp_path / "sorting.json"
    path.write_text(path.read_text("utf-8").replace('"title"', '"tittle"'), "utf-8")
    with pytest.raises(ArtefactError, match="changed"):
        artefacts.load("sorting", tmp_path)
    manifest = tmp_path / artefacts.MANIFEST
    manifest.write_text(json.dumps({**json.loads(manifest.read_text("utf-8")), "version": 0}))
    with pytest.raises(ArtefactError, match="version"):
        artefacts.load("splitting", tmp_path)
    with pytest.raises(ArtefactError, match="bannette train"):
        artefacts.load("splitting", tmp_path / "nowhere")
