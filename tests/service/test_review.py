"""Review: a person puts groups right, undoes it, and validates them once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from litestar.testing import TestClient
from sqlalchemy import select, update

from domain.findings import Reading
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
    assert answer.json()["changes"][0]["what"] == "recategorise"
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
