"""Review: a person puts groups right, undoes it, and validates them once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from litestar.testing import TestClient
from sqlalchemy import select, update

from domain.findings import Reading
from domain.text import Box, PageText, Word
from service.house import House
from storage import tables as t
from tests.service.conftest import Tenant
from tests.service.stack import ready_import


@pytest.fixture
def import_id(house: House, ours: Tenant) -> str:
    return ready_import(house, ours)


def see(client: TestClient, import_id: str) -> dict:
    return client.get(f"/api/v1/imports/{import_id}").json()


def groups_of(view: dict) -> list[dict]:
    return [
        {"pages": [p["page_id"] for p in g["page_list"]], "category": g["category"]}
        for f in view["files"]
        for g in f["groups"]
    ]


def aside_of(view: dict) -> list[dict]:
    return [
        {"id": p["page_id"], "reason": p["reason"]} for f in view["files"] for p in f["set_aside"]
    ]


def change(client: TestClient, import_id: str, version: int | None = None, **one: object):
    """Send one change; the answer."""
    body = {"changes": [one], "version": version}
    return client.post(f"/api/v1/imports/{import_id}/changes", json=body)


def shape(view: dict) -> list[list[int]]:
    """The pages of each group, from 1."""
    groups = sorted((g for f in view["files"] for g in f["groups"]), key=lambda g: g["number"])
    return [[p["page"] + 1 for p in g["page_list"]] for g in groups]


def pages_of(view: dict) -> list[str]:
    """The ids of all pages, in order."""
    every = [p for f in view["files"] for g in f["groups"] for p in g["page_list"]]
    every += [p for f in view["files"] for p in f["set_aside"]]
    return [p["page_id"] for p in sorted(every, key=lambda p: p["page"])]


def finish_rereading(house: House) -> None:
    """What the pipeline does with the groups that were changed."""
    with house.store.transaction() as connection:
        connection.execute(
            update(t.group).where(t.group.c.reading.is_(None)).values(reading=Reading({}).to_json())
        )


def test_every_page_has_one_place_and_the_receipt_says_so(
    client: TestClient, import_id: str
) -> None:
    view = see(client, import_id)

    assert view["receipt"] == {
        "pages": 4,
        "grouped": 3,
        "set_aside": 1,
        "pending": 0,
        "reasons": {"blank": 1},
        "adds_up": True,
    }
    assert view["files"][0]["groups"][0]["pages"] == [0, 1]
    assert view["files"][0]["groups"][0]["fields"]["gross_total"]["value"] == "120.00"
    assert view["files"][0]["set_aside"][0]["page"] == 3


def test_splitting_a_group_keeps_the_others_as_they_were_read(
    client: TestClient, house: House, import_id: str
) -> None:
    view = see(client, import_id)
    first, second = groups_of(view)
    wanted = [
        {"pages": first["pages"][:1], "category": "purchase_invoice"},
        {"pages": first["pages"][1:]},
        second,
    ]

    answer = client.put(
        f"/api/v1/imports/{import_id}/groups",
        json={"groups": wanted, "set_aside": aside_of(view)},
        headers={"If-Match": f'"{view["version"]}"'},
    )

    assert answer.status_code == 200, answer.text
    after = answer.json()["files"][0]["groups"]
    assert [(g["number"], g["pages"], g["being_read"], g["sure"]) for g in after] == [
        (1, [0], True, True),
        (2, [1], True, False),
        (3, [2], False, True),
    ]
    with house.store.reading() as connection:
        steps = connection.execute(
            select(t.task.c.step, t.task.c.subject).where(t.task.c.step == "reread")
        ).all()
        messages = connection.scalars(
            select(t.outbox.c.actor).where(t.outbox.c.actor == "pipeline.reread")
        ).all()
    assert len(steps) == len(messages) == 2


@pytest.mark.parametrize("what", ["lost", "twice", "unknown"])
def test_a_regrouping_that_loses_or_doubles_a_page_is_refused_by_name(
    client: TestClient, import_id: str, what: str
) -> None:
    view = see(client, import_id)
    groups = groups_of(view)
    if what == "lost":
        groups[0]["pages"].pop()
    elif what == "twice":
        groups[1]["pages"].append(groups[0]["pages"][1])
    else:
        groups[0]["pages"].append("pag_of_nobody")

    answer = client.put(
        f"/api/v1/imports/{import_id}/groups",
        json={"groups": groups, "set_aside": aside_of(view)},
        headers={"If-Match": f'"{view["version"]}"'},
    )

    assert answer.status_code == 422
    assert answer.json()["code"] == "pages_misplaced"
    named = {"lost": "stack.pdf page 2", "twice": "stack.pdf page 2", "unknown": "pag_of_nobody"}
    assert answer.json()["pages"] == [named[what]]
    assert groups_of(see(client, import_id)) == groups_of(view)


def test_pages_may_be_named_by_file_and_number_and_come_back_from_being_set_aside(
    client: TestClient, import_id: str
) -> None:
    view = see(client, import_id)
    file_id = view["files"][0]["id"]
    pages = [{"file_id": file_id, "page": n} for n in range(4)]

    answer = client.put(
        f"/api/v1/imports/{import_id}/groups",
        json={"groups": [{"pages": pages, "category": "contract"}], "version": view["version"]},
    )

    assert answer.status_code == 200, answer.text
    assert answer.json()["receipt"]["grouped"] == 4
    assert answer.json()["files"][0]["groups"][0]["category"] == "contract"


def test_who_saw_old_groups_is_told_what_changed(client: TestClient, import_id: str) -> None:
    view = see(client, import_id)
    address = f"/api/v1/imports/{import_id}/groups/2"
    seen = {"If-Match": f'"{view["version"]}"'}
    assert client.patch(address, json={"category": "quote"}, headers=seen).status_code == 200

    answer = client.patch(address, json={"category": "contract"}, headers=seen)

    assert answer.status_code == 412
    assert answer.json()["code"] == "stale"
    assert answer.json()["changes"][0]["what"] == "category"
    assert see(client, import_id)["files"][0]["groups"][1]["category"] == "quote"


def test_undo_brings_back_groups_categories_and_what_was_read(
    client: TestClient, house: House, import_id: str
) -> None:
    before = see(client, import_id)
    merged = [{"pages": [p for g in groups_of(before) for p in g["pages"]], "category": "other"}]
    assert client.patch(
        f"/api/v1/imports/{import_id}/groups/1", json={"category": "quote"}
    ).is_success
    finish_rereading(house)
    assert client.put(
        f"/api/v1/imports/{import_id}/groups",
        json={"groups": merged, "set_aside": aside_of(before)},
    ).is_success
    finish_rereading(house)

    once = client.post(f"/api/v1/imports/{import_id}/undo").json()
    twice = client.post(f"/api/v1/imports/{import_id}/undo").json()
    thrice = client.post(f"/api/v1/imports/{import_id}/undo")

    assert [g["category"] for g in groups_of(once)] == ["quote", "letter"]
    assert twice["files"] == before["files"]
    assert thrice.status_code == 409
    assert thrice.json()["code"] == "nothing_to_undo"


def test_validating_makes_documents_once_however_often_it_is_asked(
    any_client: TestClient, any_house: House, any_tenant: Tenant
) -> None:
    import_id = ready_import(any_house, any_tenant)
    address = f"/api/v1/imports/{import_id}/validate"

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: any_client.post(address), range(6)))

    assert {a.status_code for a in answers} == {200}
    assert len({str(a.json()["documents"]) for a in answers}) == 1
    assert [(d["category"], d["status"]) for d in answers[0].json()["documents"]] == [
        ("purchase_invoice", "to_post"),
        ("letter", "filed"),
    ]
    with any_house.store.reading() as connection:
        told = select(t.event.c.type).where(t.event.c.sequence.is_not(None))
        types = connection.scalars(told).all()
        steps = connection.scalars(select(t.task.c.step).where(t.task.c.step == "assemble")).all()
    assert sorted(types) == [
        "document.created",
        "document.created",
        "import.received",
        "import.validated",
        "invoice.to_post",
    ]
    assert len(steps) == 2


def test_groups_that_are_still_read_again_are_not_validated(
    client: TestClient, house: House, import_id: str
) -> None:
    client.patch(f"/api/v1/imports/{import_id}/groups/1", json={"category": "quote"})

    early = client.post(f"/api/v1/imports/{import_id}/validate")
    finish_rereading(house)
    later = client.post(f"/api/v1/imports/{import_id}/validate")

    assert (early.status_code, early.json()["code"]) == (409, "groups_being_read")
    assert early.json()["groups"] == [1]
    assert later.status_code == 200


def test_a_validated_import_can_neither_be_regrouped_nor_deleted(
    client: TestClient, import_id: str
) -> None:
    view = client.post(f"/api/v1/imports/{import_id}/validate").json()

    regrouped = client.put(
        f"/api/v1/imports/{import_id}/groups",
        json={"groups": groups_of(view), "set_aside": aside_of(view)},
    )
    deleted = client.delete(f"/api/v1/imports/{import_id}")

    assert (regrouped.status_code, regrouped.json()["code"]) == (409, "import_validated")
    assert (deleted.status_code, deleted.json()["code"]) == (409, "import_validated")


def test_there_is_no_such_category(client: TestClient, import_id: str) -> None:
    answer = client.patch(f"/api/v1/imports/{import_id}/groups/1", json={"category": "invoice"})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_category")
    assert "purchase_invoice" in answer.json()["advice"]


def test_changes_are_made_taken_back_and_made_again_without_end(
    client: TestClient, house: House, import_id: str
) -> None:
    start = see(client, import_id)
    first, second, third, blank = pages_of(start)
    for one in (
        {"do": "cut", "pages": [second]},
        {"do": "join", "pages": [third], "onto": second},
        {"do": "move", "pages": [blank], "onto": first},
        {"do": "turn", "pages": [first], "degrees": 180},
        {"do": "category", "pages": [second], "category": "contract"},
        {"do": "aside", "pages": [first], "reason": "duplicate"},
    ):
        answer = change(client, import_id, **one)
        assert answer.status_code == 200, answer.text
        finish_rereading(house)
    end = see(client, import_id)
    assert shape(end) == [[2, 3], [4]]
    assert end["files"][0]["set_aside"][0]["reason"] == "duplicate"

    undone = [client.post(f"/api/v1/imports/{import_id}/undo").json() for _ in range(6)]
    assert shape(undone[0]) == [[1, 4], [2, 3]]
    assert undone[-1]["files"] == start["files"]
    assert client.post(f"/api/v1/imports/{import_id}/undo").status_code == 409
    redone = [client.post(f"/api/v1/imports/{import_id}/redo").json() for _ in range(6)]
    assert redone[-1]["files"] == end["files"]
    assert client.post(f"/api/v1/imports/{import_id}/redo").json()["code"] == "nothing_to_redo"

    history = client.get(f"/api/v1/imports/{import_id}/changes").json()
    assert len(history["items"]) == 18
    assert [item["do"] for item in history["items"][-3:]] == ["move", "join", "cut"]
    assert history["items"][-1]["pages"] == [2]
    assert history["redo"] is None


def test_a_new_change_gives_up_what_was_taken_back(client: TestClient, import_id: str) -> None:
    _, second, third, _ = pages_of(see(client, import_id))
    change(client, import_id, do="cut", pages=[second])
    client.post(f"/api/v1/imports/{import_id}/undo")
    change(client, import_id, do="turn", pages=[third])

    assert client.post(f"/api/v1/imports/{import_id}/redo").status_code == 409


def test_changes_of_two_people_to_other_groups_are_both_made(
    client: TestClient, import_id: str
) -> None:
    seen = see(client, import_id)
    _, second, third, _ = pages_of(seen)
    change(client, import_id, do="cut", pages=[second])

    merged = change(
        client, import_id, seen["version"], do="category", pages=[third], category="quote"
    )
    refused = change(client, import_id, seen["version"], do="aside", pages=[second])

    assert merged.status_code == 200, merged.text
    assert [g["category"] for g in groups_of(merged.json())][-1] == "quote"
    assert (refused.status_code, refused.json()["code"]) == (412, "stale")
    assert refused.json()["changes"][0]["do"] == "cut"
    assert shape(see(client, import_id)) == [[1], [2], [3]]


def test_any_change_of_the_history_is_taken_back_unless_its_pages_changed_since(
    client: TestClient, import_id: str
) -> None:
    _, second, third, _ = pages_of(see(client, import_id))
    change(client, import_id, do="cut", pages=[second])
    change(client, import_id, do="turn", pages=[third])
    versions = [
        i["version"] for i in client.get(f"/api/v1/imports/{import_id}/changes").json()["items"]
    ]

    undone = client.post(f"/api/v1/imports/{import_id}/undo", json={"change": versions[-1]})
    assert shape(undone.json()) == [[1, 2], [3]]
    assert client.post(f"/api/v1/imports/{import_id}/redo").is_success
    change(client, import_id, do="join", pages=[third], onto=second)
    blocked = client.post(
        f"/api/v1/imports/{import_id}/undo", json={"change": undone.json()["version"]}
    )

    assert (blocked.status_code, blocked.json()["code"]) == (409, "changed_since")
    assert [c["do"] for c in blocked.json()["changes"]] == ["join"]


def test_several_changes_are_made_together_or_not_at_all(
    client: TestClient, import_id: str
) -> None:
    before = see(client, import_id)
    _, second, _, blank = pages_of(before)

    answer = client.post(
        f"/api/v1/imports/{import_id}/changes",
        json={"changes": [{"do": "cut", "pages": [second]}, {"do": "cut", "pages": [blank]}]},
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "page_set_aside")
    assert see(client, import_id) == before


def test_what_is_in_doubt_is_listed_and_counts_as_checked_once_decided(
    client: TestClient, house: House, import_id: str
) -> None:
    _, second, third, _ = pages_of(see(client, import_id))
    with house.store.transaction() as connection:
        for page, probability in ((second, 0.4), (third, 0.7)):
            connection.execute(
                update(t.page)
                .where(t.page.c.id == page)
                .values(cut={"probability": probability, "reasons": ["page number 1"]})
            )
        connection.execute(
            update(t.group)
            .where(t.group.c.category == "letter")
            .values(guess={"category": "letter", "sure": False}, sure=False)
        )

    def to_check() -> list[tuple[str, bool]]:
        return [(d["about"], d["settled"]) for d in see(client, import_id)["to_check"]]

    assert to_check() == [("no_cut", False), ("cut", False), ("category", False)]
    change(client, import_id, do="keep_cut", pages=[second])
    change(client, import_id, do="keep_category", pages=[third])
    assert to_check() == [("no_cut", True), ("cut", False), ("category", True)]
    assert see(client, import_id)["files"][0]["groups"][1]["sure"] is True


def test_the_next_best_way_to_cut_is_told_as_changes_and_taken_as_one(
    client: TestClient, house: House, import_id: str
) -> None:
    _, second, third, _ = pages_of(see(client, import_id))
    with house.store.transaction() as connection:
        connection.execute(
            update(t.file)
            .where(t.file.c.import_id == import_id)
            .values(
                alternatives=[
                    {"starts": [0, 1], "probability": 0.2},
                    {"starts": [0, 2], "probability": 0.1},
                ]
            )
        )

    found = client.get(f"/api/v1/imports/{import_id}/alternatives").json()["items"]
    assert [(a["cuts"], a["joins"], a["probability"]) for a in found] == [([second], [third], 0.2)]
    answer = change(client, import_id, do="recut", pages=[second], joins=[third])

    assert shape(answer.json()) == [[1], [2, 3]]


def test_a_validation_is_taken_back_and_documents_come_back_with_their_corrections(
    client: TestClient, house: House, import_id: str
) -> None:
    before = see(client, import_id)
    address = f"/api/v1/imports/{import_id}"
    invoice, letter = client.post(f"{address}/validate").json()["documents"]
    client.patch(f"/api/v1/documents/{invoice['id']}", json={"fields": {"invoice_number": "F-7"}})

    reopened = client.post(f"{address}/reopen").json()
    assert (reopened["status"], reopened["documents"]) == ("ready", [])
    assert reopened["files"] == before["files"]
    assert client.get(f"/api/v1/documents/{invoice['id']}").status_code == 404
    assert client.get("/api/v1/documents").json()["items"] == []
    assert client.post(f"{address}/reopen").json()["version"] == reopened["version"]

    change(client, import_id, do="category", pages=[pages_of(before)[2]], category="contract")
    finish_rereading(house)
    again = client.post(f"{address}/validate").json()["documents"]
    assert again[0]["id"] == invoice["id"]
    assert (again[1]["category"], again[1]["id"] == letter["id"]) == ("contract", False)
    restored = client.get(f"/api/v1/documents/{invoice['id']}").json()
    assert restored["fields"]["invoice_number"]["value"] == "F-7"
    with house.store.reading() as connection:
        types = set(connection.scalars(select(t.event.c.type)))
    assert {"import.reopened", "document.withdrawn", "document.restored"} <= types


def test_a_validation_stands_once_something_of_it_is_posted(
    client: TestClient, import_id: str
) -> None:
    address = f"/api/v1/imports/{import_id}"
    invoice = client.post(f"{address}/validate").json()["documents"][0]
    posted = client.post(
        f"/api/v1/documents/{invoice['id']}/post",
        json={"choices": [{"part": 0, "account": "6064", "treatment": "FR_STD20"}]},
    )
    assert posted.is_success, posted.text

    refused = client.post(f"{address}/reopen")

    assert (refused.status_code, refused.json()["code"]) == (409, "import_posted")
    assert refused.json()["numbers"] == [1]


def test_the_words_of_a_page_come_with_their_places(
    client: TestClient, house: House, import_id: str
) -> None:
    page = pages_of(see(client, import_id))[0]
    address = f"/api/v1/imports/{import_id}/pages/{page}/words"
    assert client.get(address).json()["words"] == []
    word = Word("Facture", Box(0.1, 0.1, 0.3, 0.12), 0.9, 0)
    text = PageText(0, 595, 842, "ocr", words=(word,))
    key = f"words-of-{page}"
    house.objects.put_bytes(key, json.dumps(text.to_json()).encode())
    with house.store.transaction() as connection:
        connection.execute(update(t.page).where(t.page.c.id == page).values(text_key=key))

    told = client.get(address).json()

    assert told["words"] == [["Facture", 0.1, 0.1, 0.3, 0.12]]
    assert (told["width"], told["text"]) == (595, "Facture")
    assert client.get(f"/api/v1/imports/{import_id}/pages/pag_none/words").status_code == 404
