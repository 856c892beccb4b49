"""The bucket that the site lies in. A write may depend on what was seen there before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from sitegen.errors import PublishError
from sitegen.files import File, digest
from sitegen.manifest import Entry

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

ABSENT: Final = {"404", "NoSuchKey"}
# S3 answers a condition that does not hold with 412, a race with 409, a deleted object with 404.
CHANGED: Final = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"}


class Overtaken(Exception):
    """The object is no longer as it was seen, and nothing was written."""


@dataclass(frozen=True)
class Stored:
    """An object that is there. Its age is by the bucket's clock, so that ours may be wrong."""

    etag: str
    age: timedelta
    content_type: str
    cache_control: str
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class Bucket:
    client: S3Client
    name: str

    def check(self) -> None:
        """A missing bucket and a missing object look the same later on."""
        try:
            self.client.head_bucket(Bucket=self.name)
        except ClientError as error:
            reason = {
                "404": "does not exist; run `python -m infra deploy` first, or correct --bucket",
                "403": "is not yours to read; use other credentials, or correct --bucket",
            }.get(error.response["Error"].get("Code", ""))
            if reason is None:
                raise
            raise PublishError(f"The bucket {self.name} {reason}.") from None

    def head(self, path: str) -> Stored | None:
        try:
            answer = self.client.head_object(Bucket=self.name, Key=path)
        except ClientError as error:
            if error.response["Error"].get("Code") in ABSENT:
                return None
            raise
        now = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
        return Stored(
            etag=answer["ETag"],
            age=now - answer["LastModified"],
            content_type=answer.get("ContentType", ""),
            cache_control=answer.get("CacheControl", ""),
            metadata=answer["Metadata"],
        )

    def holds(self, entry: Entry) -> bool:
        """Whether the file is there with its content, its type and its caching."""
        stored = self.head(entry["path"])
        return stored is not None and (
            stored.metadata.get("sha256"),
            stored.content_type,
            stored.cache_control,
        ) == (entry["sha256"], entry["content_type"], entry["cache_control"])

    def read(self, path: str) -> bytes | None:
        try:
            return self.client.get_object(Bucket=self.name, Key=path)["Body"].read()
        except ClientError as error:
            if error.response["Error"].get("Code") in ABSENT:
                return None
            raise

    def put(self, file: File, **metadata: str) -> None:
        self._put(file, metadata, {})

    def replace(self, seen: Stored | None, file: File, **metadata: str) -> str:
        """Writes only where still stands what was seen; returns the new ETag."""
        condition = {"IfMatch": seen.etag} if seen else {"IfNoneMatch": "*"}
        try:
            return self._put(file, metadata, condition)
        except ClientError as error:
            if error.response["Error"].get("Code") in CHANGED:
                raise Overtaken from error
            raise

    def delete(self, path: str, etag: str) -> None:
        """Deletes only the object with that ETag."""
        try:
            self.client.delete_object(Bucket=self.name, Key=path, IfMatch=etag)
        except ClientError as error:
            if error.response["Error"].get("Code") in CHANGED:
                raise Overtaken from error
            raise

    def list(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        """Each path with the time at which it was written."""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.name, Prefix=prefix
        )
        for page in pages:
            for item in page.get("Contents", []):
                yield item["Key"], item["LastModified"]

    def _put(self, file: File, metadata: Mapping[str, str], condition: dict[str, Any]) -> str:
        return self.client.put_object(
            Bucket=self.name,
            Key=file.path,
            Body=file.body,
            ContentType=file.content_type,
            CacheControl=file.cache_control,
            Metadata={"sha256": digest(file.body), **metadata},
            **condition,
        )["ETag"]
