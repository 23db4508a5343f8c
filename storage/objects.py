"""Objects: bytes in S3-compatible storage.

One class on minio-py serves every server. Keys are made by us, never by a sender, and begin with
the organisation they belong to. Nothing is overwritten: a key is written once.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import S3Error

from domain.errors import NotFound

PART_BYTES = 5 * 1024 * 1024
"""The least S3 allows: what is in memory of a stream, and 48 GiB in its ten thousand parts."""


class Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Stored:
    """What arrived: its size and SHA-256, counted while it streamed."""

    key: str
    bytes: int
    sha256: str


class Objects:
    """An S3 bucket. Safe to share between threads."""

    def __init__(
        self, endpoint: str, access_key: str, secret_key: str, bucket: str, region: str
    ) -> None:
        url = urlsplit(endpoint if "://" in endpoint else f"http://{endpoint}")
        self.bucket = bucket
        self.client = Minio(
            url.netloc,
            access_key=access_key,
            secret_key=secret_key,
            secure=url.scheme == "https",
            region=region,
            http_client=urllib3.PoolManager(
                timeout=urllib3.Timeout(connect=5, read=60),
                # A store that was just started says 500 until it knows where its volumes are.
                retries=urllib3.Retry(
                    total=4, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504]
                ),
                maxsize=20,
            ),
        )

    def ensure_bucket(self) -> None:
        if not self.client.bucket_exists(self.bucket):
            try:
                self.client.make_bucket(self.bucket)
            except S3Error as error:
                # Another process made it at the same moment.
                if error.code not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                    raise

    def put(
        self, key: str, source: Readable, media_type: str = "application/octet-stream"
    ) -> Stored:
        """Stream `source` to its end into `key`, a few megabytes in memory at a time."""
        counted = _Counted(source)
        self.client.put_object(
            self.bucket,
            key,
            counted,  # type: ignore[arg-type]  # minio asks for BinaryIO and only reads
            length=-1,
            part_size=PART_BYTES,
            num_parallel_uploads=1,  # each more is another part in memory
            content_type=media_type,
        )
        return Stored(key, counted.bytes, counted.hash.hexdigest())

    def put_bytes(
        self, key: str, content: bytes, media_type: str = "application/octet-stream"
    ) -> Stored:
        self.client.put_object(
            self.bucket, key, io.BytesIO(content), len(content), content_type=media_type
        )
        return Stored(key, len(content), hashlib.sha256(content).hexdigest())

    def put_file(
        self, key: str, path: Path, media_type: str = "application/octet-stream"
    ) -> Stored:
        with path.open("rb") as source:
            return self.put(key, source, media_type)

    def get(self, key: str) -> bytes:
        with self.open(key) as response:
            return response.read()

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        """The object as a stream; NotFound when there is none."""
        try:
            response = self.client.get_object(self.bucket, key)
        except S3Error as error:
            if error.code == "NoSuchKey":
                raise NotFound("This file is no longer in the object store.") from None
            raise
        try:
            yield response  # type: ignore[misc]  # a urllib3 response reads like a file
        finally:
            response.close()
            response.release_conn()

    def fetch(self, key: str, path: Path) -> None:
        """Write the object to `path`."""
        with self.open(key) as source, path.open("wb") as target:
            while chunk := source.read(1024 * 1024):
                target.write(chunk)

    def size(self, key: str) -> int | None:
        """Bytes of the object; None when there is none."""
        try:
            return self.client.stat_object(self.bucket, key).size
        except S3Error as error:
            if error.code in ("NoSuchKey", "NoSuchObject"):
                return None
            raise

    def exists(self, key: str) -> bool:
        return self.size(key) is not None

    def delete(self, key: str) -> None:
        self.client.remove_object(self.bucket, key)


class _Counted:
    """A stream that counts and hashes what passes through it."""

    def __init__(self, source: Readable) -> None:
        self.source = source
        self.bytes = 0
        self.hash = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        chunk = self.source.read(size)
        self.bytes += len(chunk)
        self.hash.update(chunk)
        return chunk
