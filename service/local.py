"""The service on this machine: how `bannette send` reaches it without being told.

On an empty database the first start makes an organisation, a person, a company and a key, and leaves
the key in the data folder, readable by its owner only. Whoever has that folder has everything else
in it as well.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from domain.errors import Unauthenticated
from service.settings import Settings
from service.up import running

if TYPE_CHECKING:
    from service.client import Client
    from service.house import House

LOCAL_FILE = "this-machine.json"
NAME = "Démonstration"
EMAIL = "demo@example.org"


@dataclass(frozen=True, slots=True)
class Local:
    key: str
    company_id: str
    email: str


def read(settings: Settings) -> Local | None:
    """What the first start left, if this is the machine and the folder where it was."""
    try:
        return Local(**json.loads((settings.data_folder / LOCAL_FILE).read_text("utf-8")))
    except FileNotFoundError:
        return None


def settings_here() -> Settings:
    """The settings of the environment, with the address that `bannette up` found here, so that links
    lead to the service that runs.
    """
    settings = Settings.from_environment()
    here = running(settings.data_folder)
    return replace(settings, public_url=here["address"]) if here else settings


def prepare(house: House) -> None:
    """In an empty database: an organisation, a person, a company, and a key for this machine."""
    from sqlalchemy import exists, select

    from domain.people import Scope
    from service.operations import access, api_keys
    from storage import tables as t

    with house.store.reading() as connection:
        if connection.scalar(select(exists(select(t.organisation.c.id)))):
            return
    made = access.bootstrap(house, organisation_name=NAME, email=EMAIL)
    who = access.operator(made.organisation_id)
    scopes = [scope.value for scope in Scope if scope is not Scope.ADMIN]
    key = api_keys.add_key(house, who, name="bannette send", scopes=scopes)["key"]
    path = house.settings.data_folder / LOCAL_FILE
    with os.fdopen(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
        json.dump(asdict(Local(key, made.company_id, EMAIL)), file)


def connect(
    settings: Settings, address: str | None, key: str | None, environment: Mapping[str, str]
) -> tuple[Client, Local | None]:
    """A client of the service that is meant: named, in the environment, or this machine's own."""
    from service.client import Client

    address = address or environment.get("BANNETTE_URL")
    local = None if address else read(settings)
    key = key or environment.get("BANNETTE_KEY") or (local.key if local else None)
    if not key:
        raise Unauthenticated(
            "A key is needed.",
            advice="Make one with `bannette key add NAME`, and put it into BANNETTE_KEY.",
        )
    here = running(settings.data_folder) or {}
    return Client(address or here.get("address") or settings.public_url, key), local
