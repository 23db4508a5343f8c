"""The dashboard counts what came, what was posted, how long it took, and where it was put right."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from litestar.testing import TestClient
from sqlalchemy import insert, select

from domain.ids import new_id
from service.house import House
from service.operations import accounting, companies, dashboard, sessions, validation
from service.pages.charts import columns, nice_ceiling
from service.pages.words import words_of
from storage import tables as t
from tests.service.conftest import Tenant
from tests.service.stack import ready_import

CHOICES = [{"part": 0, "account": "6064", "treatment": "FR_STD20"}]


def posted(house: House, tenant: Tenant, hours: int) -> str:
    """A stack of an invoice and a letter, whose invoice was posted `hours` after it came."""
    import_id = ready_import(house, tenant)
    validation.validate(house, tenant.who, import_id)
    later = replace(house, now=lambda: house.now() + timedelta(hours=hours))
    with house.store.reading() as connection:
        document_id = connection.scalar(
            select(t.document.c.id).where(
                t.document.c.import_id == import_id, t.document.c.category == "purchase_invoice"
            )
        )
    accounting.post(later, tenant.who, document_id, choices=CHOICES, override_reason="double")
    return str(document_id)


def test_mail_postings_and_durations_are_counted(house: House, ours: Tenant) -> None:
    for hours in (1, 1, 30):
        posted(house, ours, hours)
    ready_import(house, ours, name="waiting.pdf")
    at = replace(house, now=lambda: house.now() + timedelta(hours=31))

    found = dashboard.statistics(at, ours.who, days=3)

    assert (found["received"], found["posted"], found["pages"]) == (8, 3, 16)
    assert sum(day["received"] for day in found["per_day"]) == 8
    assert len(found["per_day"]) == 3
    assert found["share_without_correction"] == 1
    assert found["seconds_to_post"] == {"median": 3_600, "p90": 30 * 3_600}
    assert found["waiting"]["to_check"]["count"] == 1
    assert found["waiting"]["to_check"]["oldest"][0]["name"] == "waiting.pdf"
    assert [age["count"] for age in found["waiting"]["to_check"]["by_age"]] == [0, 1, 0, 0]


def test_a_correction_shows_where_it_happened_and_a_reversal_takes_the_posting_back(
    client: TestClient, house: House, ours: Tenant
) -> None:
    import_id = ready_import(house, ours)
    documents = client.post(f"/api/v1/imports/{import_id}/validate").json()["documents"]
    address = f"/api/v1/documents/{documents[0]['id']}"
    client.patch(address, json={"fields": {"invoice_number": "F-1"}, "version": 1})
    entry = client.post(f"{address}/post", json={"choices": CHOICES}).json()

    put_right = client.get("/api/v1/statistics").json()
    client.post(f"/api/v1/journal-entries/{entry['id']}/reverse", json={"reason": "Essai"})
    reversed_ = client.get("/api/v1/statistics").json()

    assert put_right["posted"] == 1
    assert put_right["share_without_correction"] == 0
    assert put_right["corrections"]["by_field"] == [{"field": "invoice_number", "corrections": 1}]
    assert put_right["corrections"]["by_supplier"][0]["supplier"] == "Papeterie Générale SARL"
    assert put_right["waiting"]["to_post"]["count"] == 0
    assert (reversed_["posted"], reversed_["share_without_correction"]) == (0, None)
    assert reversed_["waiting"]["to_post"]["count"] == 1


def test_numbers_are_of_one_company_or_of_those_that_are_seen(house: House, ours: Tenant) -> None:
    made = companies.create(house, ours.who, {"name": "Autre"})
    other = replace(ours, company_id=made["id"])
    posted(house, ours, 1)
    posted(house, other, 1)
    posted(house, other, 1)
    limited = replace(ours.who, companies=frozenset({ours.company_id}))
    at = replace(house, now=lambda: house.now() + timedelta(hours=2))

    def count(who, company_id=None):
        return dashboard.statistics(at, who, company_id=company_id)["posted"]

    assert (count(ours.who), count(ours.who, made["id"])) == (3, 2)
    assert (count(limited), count(limited, made["id"])) == (1, 0)


def test_the_page_draws_what_the_numbers_say_and_teaches_when_there_are_none(
    client: TestClient, house: House, ours: Tenant
) -> None:
    token = sessions.sign_in_link(house, "admin@dupont.example").rsplit("/", 1)[1]
    del client.headers["Authorization"]
    client.post(f"/sign-in/{token}")
    empty = client.get("/dashboard").text
    posted(house, ours, 0)

    page = client.get("/dashboard", params={"days": 90}).text

    assert "Importez une pile" in empty
    assert 'class="chart"' not in empty
    bars = re.findall(r'<rect class="bar (\w+)"', page)
    assert sorted(bars) == ["pages", "posted", "received"]
    assert "style=" not in page
    assert client.get("/dashboard", params={"days": 0}).status_code == 422


def test_the_time_of_receipt_is_kept_where_a_document_is_made_otherwise(
    house: House, ours: Tenant
) -> None:
    import_id = ready_import(house, ours)
    with house.store.transaction() as connection:
        connection.execute(
            insert(t.document).values(
                id=new_id("doc"),
                organisation_id=ours.organisation_id,
                company_id=ours.company_id,
                import_id=import_id,
                group_number=9,
                category="letter",
                status="filed",
                pages=1,
                created_at=house.now(),
            )
        )
        row = connection.execute(select(t.document)).one()

    assert row.received_at == row.created_at


def test_a_chart_keeps_within_its_box_and_its_scale_is_round() -> None:
    chart = columns(["a", "b"], [("received", [3, 0]), ("posted", [7, 10])])

    assert [nice_ceiling(n) for n in (0, 1, 3, 7, 11, 49, 51)] == [1, 1, 4, 8, 20, 60, 60]
    assert len(chart.bars) == 3, "nothing is drawn for nothing"
    for bar in chart.bars:
        assert bar.x >= chart.left
        assert bar.x + bar.width <= chart.right
        assert abs(bar.y + bar.height - chart.base) < 0.02
    assert [value for _, value in chart.grid] == [0, 5, 10]
    assert columns([], []).bars == ()


def test_a_length_of_time_is_said_in_its_two_largest_units() -> None:
    fr, en = words_of("fr"), words_of("en")

    assert [fr.duration(s) for s in (None, 20, 300, 7_500, 183_600)] == [
        "", "< 1 min", "5 min", "2 h 5 min", "2 j 3 h"
    ]  # fmt: skip
    assert en.duration(183_600) == "2 d 3 h"
