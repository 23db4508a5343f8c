"""The house: the parts every operation works with, wired once and passed inwards.

The web, the workers, the command line and the tests each make one. Nothing else opens an engine or
a client.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from service.settings import S3_CREDENTIALS_FILE, Settings
from storage.objects import Objects
from storage.store import Store


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class House:
    settings: Settings
    store: Store
    objects: Objects
    now: Callable[[], datetime] = utc_now
    """The clock; tests hold it still."""


def open_house(settings: Settings) -> House:
    """The parts that `settings` name. Opens no connection yet."""
    return House(settings, Store(settings.resolved_database_url), open_objects(settings))


def open_objects(settings: Settings) -> Objects:
    endpoint = settings.s3_endpoint
    access_key, secret_key = settings.s3_access_key, settings.s3_secret_key
    if not endpoint:
        embedded = json.loads((settings.data_folder / S3_CREDENTIALS_FILE).read_text("utf-8"))
        endpoint = embedded["endpoint"]
        access_key, secret_key = embedded["access_key"], embedded["secret_key"]
    return Objects(endpoint, access_key, secret_key, settings.s3_bucket, settings.s3_region)
