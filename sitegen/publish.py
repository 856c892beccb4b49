"""A version of the site into the bucket: its assets, its record, and the page last.

    assets/…                        named by content and never deleted: every version stays whole
    versions/VERSION/index.html     its page, beside it the page in each language, and
    versions/VERSION/manifest.json  what they need; says which version was live before
    index.html                      the live page, whose metadata say which version it is
    index.TAG.html                  the live page in each language

Nobody sees a difference until index.html is written; the languages follow at once. Each page is
whole by itself, and a publisher that was cut off between them is made good by the next.
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
from sitegen.files import PAGE, File
from sitegen.manifest import Entry, Manifest

RECORDS: Final = "versions/"
ASSETS: Final = "assets/"
PRIVATE: Final = "no-store"
DIGITS: Final = 12

Say = Callable[[str], None]


@dataclass(frozen=True)
class Version:
    name: str
    contents: Manifest
    pages: list[File]

    @property
    def kept_pages(self) -> list[File]:
        return [
            replace(page, path=_path(self.name, page.path), cache_control=PRIVATE)
            for page in self.pages
        ]

    @property
    def entries(self) -> dict[str, Entry]:
        return {entry["path"]: entry for entry in self.contents["files"]}

    @property
    def record(self) -> File:
        body = manifest.written(self.contents)
        return File(_path(self.name, manifest.NAME), body, "application/json", PRIVATE)


@dataclass(frozen=True)
class Changes:
    """What publishing a version would do to the bucket.

    `pages` are those that differ, index.html first, each with what stands in its place.
    """

    live: Stored | None
    version: Version
    missing: list[File]
    pages: list[tuple[File, Stored | None]]


def built(settings: Settings, templates: Path) -> tuple[Version, list[File]]:
    """The version and its assets, uncompressed: CloudFront compresses what it sends."""
    pages, assets = site_files(settings, templates)
    contents = manifest.manifest((file, []) for file in (*pages, *assets))
    return Version(contents["version"][:DIGITS], contents, pages), assets


def changes(bucket: Bucket, version: Version, assets: list[File]) -> Changes:
    live = bucket.head(PAGE)
    missing = [file for file in assets if not bucket.holds(version.entries[file.path])]
    return Changes(live, version, missing, _outdated(bucket, live, version))


def publish(bucket: Bucket, version: Version, assets: list[File], say: Say) -> bool:
    """Whether a live page has changed."""
    with lock.held(bucket, say):
        found = changes(bucket, version, assets)
        for number, file in enumerate(found.missing, 1):
            bucket.put(file)
            say(f"[{number}/{len(found.missing)}] {file.path}")
        if _name(found.live) != version.name:
            for page in version.kept_pages:
                bucket.put(page)
            bucket.put(version.record, previous=_name(found.live))
        _point(bucket, found.live, version, found.pages, say)
    return bool(found.pages)


def rollback(bucket: Bucket, name: str | None, say: Say) -> bool:
    """Whether a live page has changed. Without a name, to the version that was live before."""
    with lock.held(bucket, say):
        live = bucket.head(PAGE)
        version = _load(bucket, name or _previous(bucket, live))
        outdated = _outdated(bucket, live, version)
        assets = version.entries.keys() - {page.path for page in version.pages}
        lost = [path for path in sorted(assets) if not bucket.holds(version.entries[path])]
        if lost:
            raise PublishError(
                f"Version {version.name} is no longer whole: {', '.join(lost)} "
                "cannot be found in the bucket; choose another version."
            )
        _point(bucket, live, version, outdated, say)
    return bool(outdated)


def versions(bucket: Bucket) -> list[tuple[datetime, str, bool]]:
    """When each was published, its name, and whether it is live; the newest first."""
    live = _name(bucket.head(PAGE))
    records = [
        (time, PurePosixPath(path).parent.name)
        for path, time in bucket.list(RECORDS)
        if PurePosixPath(path).name == manifest.NAME
    ]
    return [(time, name, name == live) for time, name in sorted(records, reverse=True)]


def _outdated(
    bucket: Bucket, live: Stored | None, version: Version
) -> list[tuple[File, Stored | None]]:
    others = [
        (page, bucket.head(page.path))
        for page in version.pages
        if page.path != PAGE and not bucket.holds(version.entries[page.path])
    ]
    if _name(live) == version.name:
        return others
    return [(page, live) for page in version.pages if page.path == PAGE] + others


def _point(
    bucket: Bucket,
    live: Stored | None,
    version: Version,
    pages: list[tuple[File, Stored | None]],
    say: Say,
) -> None:
    for page, seen in pages:
        _replace(bucket, version, page, seen)
    if not pages:
        return
    say(f"Version {version.name} is live.")
    before = bucket.read(_path(_name(live), manifest.NAME))
    if before and manifest.read(before)["headers"] != version.contents["headers"]:
        say(
            "Its security headers differ from those before; "
            "run `python -m infra deploy`, so that CloudFront sends them."
        )


def _replace(bucket: Bucket, version: Version, page: File, seen: Stored | None) -> None:
    try:
        bucket.replace(seen, page, version=version.name)
    except Overtaken:
        # It may have been ourselves, in a try whose answer was lost.
        stored = bucket.head(page.path)
        if _name(stored) != version.name:
            raise PublishError(
                "Somebody else has changed the live page meanwhile, and theirs stays; "
                "see `python -m sitegen versions`."
            ) from None


def _previous(bucket: Bucket, live: Stored | None) -> str:
    record = bucket.head(_path(_name(live), manifest.NAME))
    previous = record.metadata.get("previous") if record else None
    if not previous:
        raise PublishError("No version was live before; see `python -m sitegen versions`.")
    return previous


def _load(bucket: Bucket, name: str) -> Version:
    record = bucket.read(_path(name, manifest.NAME))
    if record is None:
        raise _unknown(name)
    contents = manifest.read(record)
    entries = [entry for entry in contents["files"] if not entry["path"].startswith(ASSETS)]
    return Version(name, contents, [_kept_page(bucket, name, entry) for entry in entries])


def _kept_page(bucket: Bucket, version: str, entry: Entry) -> File:
    body = bucket.read(_path(version, entry["path"]))
    if body is None:
        raise _unknown(version)
    return File(entry["path"], body, entry["content_type"], entry["cache_control"])


def _unknown(version: str) -> PublishError:
    return PublishError(f"There is no version {version!r}; see `python -m sitegen versions`.")


def _name(page: Stored | None) -> str:
    """Empty where there is no page yet, or one that came another way."""
    return page.metadata.get("version", "") if page else ""


def _path(version: str, name: str) -> str:
    return f"{RECORDS}{version}/{name}"
