"""What the forms of the settings share: how a page answers a refusal, and boxes for companies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Response
from litestar.enums import RequestEncodingType
from litestar.params import Body

from domain.errors import Refused
from service import answers
from service.pages.desk import Desk, in_words

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


def show_settings(desk: Desk, template: str, told: dict[str, Any], **context: Any) -> Response[str]:
    """A page of settings; `told` is what the request before it led to."""
    refusal: Refused | None = told.pop("refusal", None)
    return desk.show(
        template,
        here="settings",
        status_code=answers.status_of(refusal) if refusal else 200,
        refusal=in_words(desk.words, refusal) if refusal else None,
        told=told,
        data=told.pop("data", {}),
        **context,
    )


def chosen_companies(desk: Desk, data: Mapping[str, str]) -> list[str]:
    """The companies whose boxes are ticked; none for all."""
    return [c["id"] for c in desk.companies if f"company.{c['id']}" in data]
