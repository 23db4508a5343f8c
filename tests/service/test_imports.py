"""Uploads: what comes in is stored once, said at once, and refused with a reason."""

from __future__ import annotations

from litestar.testing import TestClient
from sqlalchemy import select

from service.house import House
from storage import tables as t


def test_an_upload_is_answered_with_its_files_and_leaves_a_task_for_each(
    client: TestClient, house: House
) -> None:
    answer = client.post(
        "/api/v1/imports",
        files=[("file", ("a.pdf", b"%PDF-a")), ("file", ("b.pdf", b"%PDF-b"))],
    )

    assert answer.status_code == 202, answer.text
    assert [(f["name"], f["status"]) for f in answer.json()["files"]] == [
        ("a.pdf", "received"),
        ("b.pdf", "received"),
    ]
    with house.store.reading() as connection:
        assert connection.scalars(select(t.task.c.step)).all() == ["open", "open"]
        keys = connection.scalars(select(t.file.c.object_key).order_by(t.file.c.position)).all()
    assert [house.objects.get(key) for key in keys] == [b"%PDF-a", b"%PDF-b"]
