"""Emptying a bucket, of which versions and delete markers are a part."""

from __future__ import annotations

from typing import Any

from infra.screen import say


def empty(s3: Any, name: str) -> None:
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
        objects = [
            {"Key": one["Key"], "VersionId": one["VersionId"]}
            for one in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        ]
        if objects:
            s3.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True})
            say(f"{name}: {len(objects)} object versions removed")
