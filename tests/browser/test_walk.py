"""A small stack is reviewed and posted by keyboard alone, and costs few keys: see docs/review-walk.md."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from benchmarks.walk import WRONG, walk
from benchmarks.walk_preparation import prepare
from models.synthetic.stacks import draw_stack
from service.operations import access
from tests.browser.conftest import Site, Visitor
from tests.servers import Running
from tests.service.conftest import make_tenant

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_right_document_costs_two_keys_and_a_wrong_thing_six(
    running: Running, visit: Callable[..., Visitor]
) -> None:
    tenant = make_tenant(running.house, "walk")
    stack = draw_stack(2044, documents=6)
    with httpx.Client(
        base_url=running.address + "/api/v1", headers=tenant.headers, timeout=60
    ) as http:
        import_id = prepare(running.house, tenant.who, http, stack)
    nadia = visit(Site(running.house, running.address))
    nadia.expected.add(409)  # what stands against posting is found by trying
    nadia.sign_in(access.list_users(running.house, tenant.who)[0]["email"])

    count = walk(nadia.page, running.address, import_id, stack.truth).count

    assert [kind for kind in WRONG if not count.things[kind]] == []
    assert sum(n for why, n in count.presses.items() if why not in WRONG) <= 2 * 6
    for kind in WRONG:
        assert count.presses[kind] <= 6 * count.things[kind], kind
