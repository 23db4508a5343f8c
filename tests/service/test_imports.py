"""Uploads: what comes in is stored once, said at once, and refused with a reason."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import func, select, update

from domain.filenames import attachment_header, clean_filename
from service.app import create_app
from service.house import House
from storage import tables as t
from tests.service.conftest import Tenant
from tests.service.stack import ready_import

MIB = 1024 * 1024


def limited(house: House, ours: Tenant, **settings: Any) -> TestClient:
    """A client of the same house under other limits."""
    house = replace(house, settings=replace(house.settings, **settings))
    client = TestClient(create_app(house), raise_server_exceptions=False)
    client.headers.update(ours.headers)
    return client


def rows(house: House, table: Any) -> int:
    with house.store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def objects(house: House) -> list[str]:
    """The files stored for the organisations of this house; the bucket is everybody's."""
    with house.store.reading() as connection:
        organisations = connection.scalars(select(t.organisation.c.id)).all()
    return sorted(
        str(o.object_name)
        for organisation in organisations
        for o in house.objects.client.list_objects(
            house.objects.bucket, prefix=f"{organisation}/", recursive=True
        )
    )


def soon(what: Callable[[], bool]) -> bool:
    """Whether `what` comes true within a few seconds: objects are removed in the background."""
    until = time.monotonic() + 5
    while not what() and time.monotonic() < until:
        time.sleep(0.05)
    return what()


def test_an_upload_is_answered_with_its_files_and_leaves_a_task_for_each(
    any_client: TestClient, any_house: House
) -> None:
    answer = any_client.post(
        "/api/v1/imports",
        files=[("file", ("a.pdf", b"%PDF-a")), ("file", ("b.pdf", b"%PDF-b"))],
        data={"name": "Courrier du 2 mars"},
    )

    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert answer.headers["location"] == f"/api/v1/imports/{body['id']}"
    assert body["name"] == "Courrier du 2 mars"
    assert [(f["name"], f["status"]) for f in body["files"]] == [
        ("a.pdf", "received"),
        ("b.pdf", "received"),
    ]
    assert body["files"][0]["sha256"] == hashlib.sha256(b"%PDF-a").hexdigest()
    with any_house.store.reading() as connection:
        assert connection.scalars(select(t.task.c.step)).all() == ["open", "open"]
        told = select(t.event.c.type).where(t.event.c.sequence.is_not(None))
        assert connection.scalars(told).all() == ["import.received"]
        keys = connection.scalars(select(t.file.c.object_key).order_by(t.file.c.position)).all()
    assert [any_house.objects.get(key) for key in keys] == [b"%PDF-a", b"%PDF-b"]


def test_a_raw_body_is_one_file_named_by_its_header(client: TestClient) -> None:
    named = client.post(
        "/api/v1/imports",
        content=b"%PDF-raw",
        headers={"Content-Disposition": "attachment; filename*=UTF-8''re%C3%A7u%20%E2%82%AC.pdf"},
    )
    asked = client.post("/api/v1/imports?name=other.pdf", content=b"%PDF-other")

    assert named.json()["files"][0]["name"] == "reçu €.pdf"
    assert asked.json()["files"][0]["name"] == "other.pdf"


def test_a_large_file_arrives_byte_for_byte(client: TestClient, house: House) -> None:
    content = b"".join(hashlib.sha256(bytes([n % 256])).digest() * 1024 for n in range(640))

    answer = client.post("/api/v1/imports", files={"file": ("big.pdf", content)})

    assert answer.json()["files"][0]["bytes"] == len(content) == 20 * MIB
    with house.store.reading() as connection:
        key = connection.scalar(select(t.file.c.object_key))
    assert house.objects.get(str(key)) == content


def test_a_file_that_cannot_be_taken_harms_no_other(house: House, ours: Tenant) -> None:
    with limited(house, ours, file_bytes=2 * MIB) as client:
        answer = client.post(
            "/api/v1/imports",
            files=[
                ("file", ("empty.pdf", b"")),
                ("file", ("huge.pdf", b"x" * (3 * MIB))),
                ("file", ("good.pdf", b"%PDF-good")),
            ],
        )

    files = {f["name"]: f for f in answer.json()["files"]}
    assert answer.status_code == 202
    assert {n: f["status"] for n, f in files.items()} == {
        "empty.pdf": "rejected",
        "huge.pdf": "rejected",
        "good.pdf": "received",
    }
    for name, code in (("empty.pdf", "file_empty"), ("huge.pdf", "file_too_large")):
        problem = files[name]["problem"]
        assert problem["code"] == code
        assert name in problem["message"]
        assert problem["advice"]
    assert len(objects(house)) == 1


def test_an_import_of_nothing_but_refused_files_has_failed_and_says_so(client: TestClient) -> None:
    answer = client.post("/api/v1/imports", files={"file": ("empty.pdf", b"")})

    assert (answer.status_code, answer.json()["status"]) == (202, "failed")


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_over_the_limit_is_refused_and_leaves_nothing(
    house: House, ours: Tenant, announced: bool
) -> None:
    content: Any = b"x" * (3 * MIB)
    if not announced:
        content = iter([b"x" * MIB] * 3)

    with limited(house, ours, upload_bytes=2 * MIB, file_bytes=MIB) as client:
        answer = client.post("/api/v1/imports?name=a.pdf", content=content)

    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")
    assert rows(house, t.imports) == 0
    assert soon(lambda: not objects(house))


def test_too_many_files_are_refused(house: House, ours: Tenant) -> None:
    with limited(house, ours, files_per_import=3) as client:
        answer = client.post(
            "/api/v1/imports", files=[("file", (f"{n}.pdf", b"%PDF")) for n in range(4)]
        )

    assert (answer.status_code, answer.json()["code"]) == (413, "too_many_files")
    assert soon(lambda: not objects(house))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "multipart/form-data"),
        (b"--x\r\nContent-Dispo", "multipart/form-data; boundary=x"),
        (b"no boundary here", "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc',
            "multipart/form-data; boundary=x",
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
            + b"v" * 5_000
            + b"\r\n--x--\r\n",
            "multipart/form-data; boundary=x",
        ),
    ],
)
def test_a_broken_multipart_body_is_refused_with_a_reason(
    client: TestClient, house: House, content: bytes, kind: str
) -> None:
    answer = client.post("/api/v1/imports", content=content, headers={"Content-Type": kind})

    assert answer.status_code in (400, 413, 422), answer.text
    assert answer.json()["advice"]
    assert rows(house, t.imports) == 0
    assert soon(lambda: not objects(house))


def test_the_same_bytes_again_point_to_the_first(client: TestClient, house: House) -> None:
    first = client.post("/api/v1/imports", files={"file": ("a.pdf", b"%PDF-a")}).json()

    again = client.post(
        "/api/v1/imports",
        files=[
            ("file", ("copy.pdf", b"%PDF-a")),
            ("file", ("new.pdf", b"%PDF-new")),
            ("file", ("twin.pdf", b"%PDF-new")),
        ],
    ).json()

    assert [f["status"] for f in again["files"]] == ["duplicate", "received", "duplicate"]
    link = again["files"][0]["duplicate_of"]
    assert link["file_id"] == first["files"][0]["id"]
    assert link["url"] == f"/api/v1/imports/{first['id']}"
    assert again["files"][2]["duplicate_of"]["name"] == "new.pdf"


def test_two_uploads_of_the_same_bytes_at_once_are_one_file_and_one_duplicate(
    any_client: TestClient,
) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(
                lambda _: any_client.post("/api/v1/imports", files={"file": ("a.pdf", b"%PDF-a")}),
                range(4),
            )
        )

    statuses = sorted(f["status"] for a in answers for f in a.json()["files"])
    assert statuses == ["duplicate", "duplicate", "duplicate", "received"]


def test_a_duplicate_is_imported_anyway_when_somebody_says_so(
    client: TestClient, house: House
) -> None:
    client.post("/api/v1/imports", files={"file": ("a.pdf", b"%PDF-a")})
    again = client.post("/api/v1/imports", files={"file": ("a.pdf", b"%PDF-a")}).json()
    address = f"/api/v1/imports/{again['id']}/files/{again['files'][0]['id']}/import-anyway"

    twice = [client.post(address) for _ in range(2)]
    allowed = client.post(
        "/api/v1/imports", files={"file": ("a.pdf", b"%PDF-a")}, data={"allow_duplicates": "true"}
    )

    assert again["status"] == "ready"
    assert [a.json()["files"][0]["status"] for a in twice] == ["received", "received"]
    assert twice[0].json()["status"] == "processing"
    assert allowed.json()["files"][0]["status"] == "received"
    assert rows(house, t.task) == 3


def test_failed_files_are_tried_again(client: TestClient, house: House) -> None:
    made = client.post(
        "/api/v1/imports",
        files=[("file", ("a.pdf", b"%PDF-a")), ("file", ("empty.pdf", b""))],
    ).json()
    with house.store.transaction() as connection:
        connection.execute(
            update(t.file)
            .where(t.file.c.name == "a.pdf")
            .values(status="failed", problem={"code": "x", "message": "x", "advice": "x"})
        )
        connection.execute(update(t.imports).values(status="failed", files_done=2))

    answer = client.post(f"/api/v1/imports/{made['id']}/retry")
    again = client.post(f"/api/v1/imports/{made['id']}/retry")

    assert answer.json()["status"] == "processing"
    assert [(f["status"], bool(f["problem"])) for f in answer.json()["files"]] == [
        ("received", False),
        ("rejected", True),
    ]
    assert answer.json()["progress_files"] == {"total": 2, "done": 1}
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_retry")


def test_a_deleted_import_is_gone_and_its_work_is_dropped(client: TestClient, house: House) -> None:
    made = client.post("/api/v1/imports", files={"file": ("a.pdf", b"%PDF-a")}).json()

    deleted = client.delete(f"/api/v1/imports/{made['id']}")
    again = client.post("/api/v1/imports", files={"file": ("a.pdf", b"%PDF-a")})

    assert deleted.status_code == 204
    assert client.get(f"/api/v1/imports/{made['id']}").status_code == 404
    assert client.get("/api/v1/imports").json()["items"][0]["id"] == again.json()["id"]
    assert again.json()["files"][0]["status"] == "received"
    with house.store.reading() as connection:
        statuses = connection.scalars(select(t.task.c.status).order_by(t.task.c.id)).all()
    assert statuses[0] == "failed"


def test_a_day_allows_so_many_bytes_and_says_when_the_next_begins(
    house: House, ours: Tenant
) -> None:
    with limited(house, ours, bytes_per_day=2 * MIB) as client:
        first = client.post("/api/v1/imports?name=a", content=b"a" * MIB)
        over = client.post("/api/v1/imports?name=b", content=b"b" * (MIB + 1))
        hidden = client.post("/api/v1/imports?name=b", content=iter([b"b" * (MIB + 1)]))

    assert first.status_code == 202
    for answer in (over, hidden):
        assert (answer.status_code, answer.json()["code"]) == (429, "quota_reached")
        assert 0 < int(answer.headers["retry-after"]) <= 86_400
    assert rows(house, t.imports) == 1


# --- the same request twice ----------------------------------------------------------------------


def test_an_upload_sent_again_with_its_key_is_one_import(client: TestClient, house: House) -> None:
    def send(content: bytes) -> Any:
        return client.post(
            "/api/v1/imports",
            files={"file": ("a.pdf", content)},
            headers={"Idempotency-Key": "7d0f"},
        )

    first, again, other = send(b"%PDF-a"), send(b"%PDF-a"), send(b"%PDF-b")

    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert rows(house, t.imports) == 1
    with house.store.reading() as connection:
        kept = connection.scalars(select(t.file.c.object_key)).all()
    assert soon(lambda: objects(house) == kept)


def test_uploads_with_one_key_at_the_same_moment_are_one_import(
    any_client: TestClient, any_house: House
) -> None:
    def send(_: int) -> Any:
        return any_client.post(
            "/api/v1/imports",
            files={"file": ("a.pdf", b"%PDF-a")},
            headers={"Idempotency-Key": "one"},
        )

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, range(6)))

    assert {a.status_code for a in answers} <= {202, 409}
    assert len({a.json()["id"] for a in answers if a.status_code == 202}) == 1
    assert rows(any_house, t.imports) == 1


def test_creating_with_a_key_creates_once_and_answers_alike(
    any_client: TestClient, any_house: House
) -> None:
    def create(name: str, key: str = "k1") -> Any:
        return any_client.post(
            "/api/v1/companies", json={"name": name}, headers={"Idempotency-Key": key}
        )

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: create("Atelier"), range(6)))
    again, other = create("Atelier"), create("Autre")

    made = [a for a in answers if a.status_code == 201]
    assert {a.status_code for a in answers} <= {201, 409}
    assert all(a.json() == made[0].json() for a in [*made, again])
    assert again.headers["idempotent-replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert rows(any_house, t.company) == 2


def test_a_refused_request_may_be_put_right_with_the_same_key(client: TestClient) -> None:
    use = {"Idempotency-Key": "k2"}
    wrong = client.post("/api/v1/companies", json={"name": "Atelier", "siren": "123"}, headers=use)
    right = client.post("/api/v1/companies", json={"name": "Atelier"}, headers=use)
    overlong = client.post(
        "/api/v1/companies", json={"name": "x"}, headers={"Idempotency-Key": "k" * 256}
    )

    assert (wrong.status_code, right.status_code) == (422, 201)
    assert (overlong.status_code, overlong.json()["code"]) == (422, "invalid_idempotency_key")


# --- going out -----------------------------------------------------------------------------------


def test_progress_is_told_until_the_import_settles(
    client: TestClient, house: House, ours: Tenant
) -> None:
    import_id = ready_import(house, ours)

    answer = client.get(f"/api/v1/imports/{import_id}/events")

    events = [
        line.removeprefix("event: ") for line in answer.text.splitlines() if line[:6] == "event:"
    ]
    data = [json.loads(line[6:]) for line in answer.text.splitlines() if line[:5] == "data:"]
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert events == ["progress", "end"]
    assert data[0]["progress"] == {"pages": 4, "read": 4}
    assert data[1] == {"status": "ready"}


HOSTILE_NAMES = [
    'a\r\nSet-Cookie: x=1.pdf"',
    "../../etc/passwd",
    "C:\\temp\\évil.pdf",
    "facture\u202efdp.exe",
    "<img src=x onerror=alert(1)>.pdf",
    "n" * 300 + ".pdf",
    "\x00\x01",
    "...",
    "",
]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_name_from_outside_cannot_split_a_header_or_climb_a_path(name: str) -> None:
    clean, header = clean_filename(name), attachment_header(name)

    assert clean.isprintable()
    assert not set(clean) & {"/", "\\", "\r", "\n", "\u202e"}
    assert 1 <= len(clean) <= 200
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    if name.endswith(".pdf"):
        assert clean.endswith(".pdf")


def test_the_original_comes_back_as_an_inert_attachment(client: TestClient) -> None:
    made = client.post(
        "/api/v1/imports", files={"file": ("<script>.html", b"<script>alert(1)</script>")}
    ).json()

    answer = client.get(f"/api/v1/imports/{made['id']}/files/{made['files'][0]['id']}/original")

    assert answer.content == b"<script>alert(1)</script>"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert "<" not in answer.headers["content-disposition"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox")


def test_every_answer_has_careful_headers_and_a_request_id(
    client: TestClient, stranger: TestClient
) -> None:
    for answer in (
        client.get("/api/v1/companies"),
        client.get("/api/v1/nonsense"),
        stranger.get("/api/v1/companies"),
    ):
        policy = answer.headers["content-security-policy"]
        assert "unsafe-inline" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-request-id"]


def test_errors_leak_nothing(client: TestClient, house: House) -> None:
    with house.store.transaction() as connection:
        connection.exec_driver_sql("DROP TABLE correction")
        connection.exec_driver_sql("ALTER TABLE page_group RENAME TO gone")
    made = client.post("/api/v1/imports", files={"file": ("a.pdf", b"%PDF")})

    assert made.status_code in (500, 503)
    assert made.headers["content-type"] == "application/problem+json"
    for secret in ("page_group", "Traceback", "SELECT", "sqlite", "/site-packages", "storage/"):
        assert secret.lower() not in made.text.lower()


def test_an_address_or_method_that_is_not_there_is_a_problem_too(client: TestClient) -> None:
    missing, wrong = client.get("/api/v1/nothing"), client.put("/api/v1/imports")

    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")


def test_an_object_store_that_does_not_answer_is_said_and_nothing_is_written(
    house: House, ours: Tenant
) -> None:
    from storage.objects import Objects

    away = replace(house, objects=Objects("http://127.0.0.1:9", "a", "b", "bucket", "us-east-1"))
    with TestClient(create_app(away), raise_server_exceptions=False) as client:
        client.headers.update(ours.headers)
        answer = client.post("/api/v1/imports", files={"file": ("a.pdf", b"%PDF")})

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert rows(house, t.imports) == 0
