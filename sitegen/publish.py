"""A version of the site into the bucket: its assets, its record, and the page last.

    assets/…                        named by content and never deleted: every version stays whole
    versions/VERSION/index.html     its page, and
    versions/VERSION/manifest.json  what that needs; says which version was live before
    index.html                      the live page, whose metadata say which version it is

Nobody sees a difference until index.html is written, and that is one write.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Final

from backend.settings import Settings
from sitegen import lock, manifest
from sitegen.bucket import Bucket, Overtaken, Stored
from sitegen.build import site_files
from sitegen.errors import PublishError
from sitegen.files import File
from sitegen.manifest import Manifest

PAGE: Final = "index.html"
RECORDS: Final = "versions/"
PRIVATE: Final = "no-store"
DIGITS: Final = 12

Say = Callable[[str], None]


@dataclass(frozen=True)
class Version:
    name: str
    contents: Manifest
    page: File

    @property
    def kept_page(self) -> File:
        return replace(self.page, path=_path(self.name, PAGE), cache_control=PRIVATE)

    @property
    def record(self) -> File:
        body = manifest.written(self.contents)
        return File(_path(self.name, manifest.NAME), body, "application/json", PRIVATE)


@dataclass(frozen=True)
class Changes:
    """What publishing a version would do to the bucket."""

    live: Stored | None
    version: Version
    missing: list[File]

    @property
    def page(self) -> bool:
        return _name(self.live) != self.version.name


def built(settings: Settings, templates: Path) -> tuple[Version, list[File]]:
    """The version and its assets, uncompressed: CloudFront compresses what it sends."""
    page, *assets = site_files(settings, templates)
    contents = manifest.manifest((file, []) for file in (page, *assets))
    return Version(contents["version"][:DIGITS], contents, page), assets


def changes(bucket: Bucket, version: Version, assets: list[File]) -> Changes:
    live = bucket.head(PAGE)
    entries = {entry["path"]: entry for entry in version.contents["files"]}
    missing = [file for file in assets if not bucket.holds(entries[file.path])]
    return Changes(live, version, missing)


def publish(bucket: Bucket, version: Version, assets: list[File], say: Say) -> bool:
    """Whether the live page has changed."""
    with lock.held(bucket, say):
        found = changes(bucket, version, assets)
        for number, file in enumerate(found.missing, 1):
            bucket.put(file)
            say(f"[{number}/{len(found.missing)}] {file.path}")
        if not found.page:
            return False
        bucket.put(version.kept_page)
        bucket.put(version.record, previous=_name(found.live))
        _point(bucket, found.live, version, say)
    return True


def rollback(bucket: Bucket, name: str | None, say: Say) -> bool:
    """Whether the live page has changed. Without a name, to the version that was live before."""
    with lock.held(bucket, say):
        live = bucket.head(PAGE)
        version = _load(bucket, name or _previous(bucket, live))
        if _name(live) == version.name:
            return False
        assets = [entry for entry in version.contents["files"] if entry["path"] != PAGE]
        lost = [entry["path"] for entry in assets if not bucket.holds(entry)]
        if lost:
            raise PublishError(
                f"Version {version.name} is no longer whole: {', '.join(lost)} "
                "cannot be found in the bucket; choose another version."
            )
        _point(bucket, live, version, say)
    return True


def versions(bucket: Bucket) -> list[tuple[datetime, str, bool]]:
    """When each was published, its name, and whether it is live; the newest first."""
    live = _name(bucket.head(PAGE))
    records = [
        (time, PurePosixPath(path).parent.name)
        for path, time in bucket.list(RECORDS)
        if PurePosixPath(path).name == manifest.NAME
    ]
    return [(time, name, name == live) for time, name in sorted(records, reverse=True)]


def _point(bucket: Bucket, live: Stored | None, version: Version, say: Say) -> None:
    try:
        bucket.replace(live, version.page, version=version.name)
    except Overtaken:
        # It may have been ourselves, in a try whose answer was lost.
        if _name(bucket.head(PAGE)) != version.name:
            raise PublishError(
                "Somebody else has changed the live page meanwhile, and theirs stays; "
                "see `python -m sitegen versions`."
            ) from None
    say(f"Version {version.name} is live.")
    before = bucket.read(_path(_name(live), manifest.NAME))
    if before and manifest.read(before)["headers"] != version.contents["headers"]:
        say(
            "Its security headers differ from those before; "
            "run `python -m infra deploy`, so that CloudFront sends them."
        )


def _previous(bucket: Bucket, live: Stored | None) -> str:
    record = bucket.head(_path(_name(live), manifest.NAME))
    previous = record.metadata.get("previous") if record else None
    if not previous:
        raise PublishError("No version was live before; see `python -m sitegen versions`.")
    return previous


def _load(bucket: Bucket, name: str) -> Version:
    record, page = bucket.read(_path(name, manifest.NAME)), bucket.read(_path(name, PAGE))
    if record is None or page is None:
        raise PublishError(f"There is no version {name!r}; see `python -m sitegen versions`.")
    contents = manifest.read(record)
    (entry,) = (entry for entry in contents["files"] if entry["path"] == PAGE)
    return Version(name, contents, File(PAGE, page, entry["content_type"], entry["cache_control"]))


def _name(page: Stored | None) -> str:
    """Empty where there is no page yet, or one that came another way."""
    return page.metadata.get("version", "") if page else ""


def _path(version: str, name: str) -> str:
    return f"{RECORDS}{version}/{name}"
