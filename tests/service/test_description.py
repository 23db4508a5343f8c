"""The published description of the API: whole, true, and from this server alone."""

from __future__ import annotations

from typing import Any

import pytest
from litestar.testing import TestClient

from service import description
from service.house import House
from tests.service.conftest import Tenant
from tests.service.stack import ready_import


@pytest.fixture
def schema(stranger: TestClient) -> dict[str, Any]:
    return stranger.get("/api/openapi.json").json()


OPEN_ENDED = {"fields", "machine_fields", "values", "reasons", "by_category", "data", "details"}
"""What has other names every time."""


def operations(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, item in schema["paths"].items()
        for method, operation in item.items()
        if method in description.METHODS
    }


def test_every_door_is_described_with_its_errors(schema: dict[str, Any]) -> None:
    assert schema["openapi"].startswith("3.1")
    tags = {tag["name"] for tag in schema["tags"]}
    for name, operation in operations(schema).items():
        assert operation["summary"], name
        assert set(operation["tags"]) <= tags, name
        assert "application/problem+json" in operation["responses"]["default"]["content"], name
    assert schema["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


def test_what_may_be_sent_twice_says_so(schema: dict[str, Any]) -> None:
    found = {
        name
        for name, operation in operations(schema).items()
        if any(p["name"].lower() == "idempotency-key" for p in operation.get("parameters", []))
    }

    assert {"POST /api/v1/imports", "POST /api/v1/companies"} <= found


def test_every_example_is_of_a_door_there_is(schema: dict[str, Any]) -> None:
    named, there = set(description.examples()), set(operations(schema))

    assert named <= there
    assert len(named) >= 20


def test_the_examples_have_the_shape_of_the_answers(
    client: TestClient, house: House, ours: Tenant
) -> None:
    import_id = ready_import(house, ours)
    client.post(f"/api/v1/imports/{import_id}/validate")
    document_id = client.get("/api/v1/documents").json()["items"][0]["id"]
    places = {"import_id": import_id, "document_id": document_id, "company_id": ours.company_id}
    compared = 0

    for name, example in description.examples().items():
        method, path = name.split(" ")
        if method != "GET" or "response" not in example:
            continue
        try:
            address = path.format(**places)
        except KeyError:
            continue
        answer = client.get(address)
        assert answer.status_code == 200, f"{name}: {answer.text}"
        if name != "GET /api/v1/documents/counts":  # named by category
            _same_shape(example["response"], answer.json(), name)
        compared += 1

    assert compared >= 8


def _same_shape(example: Any, answer: Any, where: str) -> None:
    """The same names, as deep as both have something to say."""
    if isinstance(example, dict) and isinstance(answer, dict):
        if where.rsplit(".", maxsplit=1)[-1] not in OPEN_ENDED:
            assert set(example) == set(answer), where
        for name in set(example) & set(answer):
            _same_shape(example[name], answer[name], f"{where}.{name}")
    elif isinstance(example, list) and isinstance(answer, list) and example and answer:
        _same_shape(example[0], answer[0], f"{where}[]")


def test_the_page_for_people_asks_nothing_of_other_servers(stranger: TestClient) -> None:
    page = stranger.get("/api")

    assert page.status_code == 200
    assert "POST /api/v1/imports" in page.text
    assert "<script" not in page.text
    assert "http://" not in page.text.replace("http://127.0.0.1", "")
    assert 'src="' not in page.text
