"""`manifest.json`: all that a server needs to know of a built site.

    {
      "version": "…",              changes when any file or header does
      "headers": {name: value},    sent with every file
      "files": [{
        "path": "assets/page.0123456789ab.css",      "index.TAG.html" is served at / to readers
                                                     of TAG, "index.html" to all others
        "sha256": "…", "size": 4711,                 of the file as it is
        "content_type": "text/css; charset=utf-8",
        "cache_control": "public, max-age=31536000, immutable",
        "encodings": {                               those that make the file smaller
          "br":   {"path": "….css.br", "sha256": "…", "size": 1234},
          "gzip": {"path": "….css.gz", "sha256": "…", "size": 1300}
        }
      }]
    }

The sha256 of what is sent serves as its ETag; the answer varies by Accept-Encoding.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TypedDict

from sitegen.files import File, Variant, digest
from sitegen.headers import SECURITY_HEADERS

NAME = "manifest.json"


class Encoding(TypedDict):
    path: str
    sha256: str
    size: int


class Entry(TypedDict):
    path: str
    sha256: str
    size: int
    content_type: str
    cache_control: str
    encodings: dict[str, Encoding]


class Manifest(TypedDict):
    version: str
    headers: dict[str, str]
    files: list[Entry]


def manifest(files: Iterable[tuple[File, list[Variant]]]) -> Manifest:
    entries = sorted((_entry(file, made) for file, made in files), key=lambda entry: entry["path"])
    content = json.dumps([SECURITY_HEADERS, entries], sort_keys=True).encode()
    return {"version": digest(content), "headers": SECURITY_HEADERS, "files": entries}


def written(contents: Manifest) -> bytes:
    return json.dumps(contents, indent=1).encode()


def read(body: bytes) -> Manifest:
    contents: Manifest = json.loads(body)
    return contents


def _entry(file: File, made: list[Variant]) -> Entry:
    return {
        "path": file.path,
        "sha256": digest(file.body),
        "size": len(file.body),
        "content_type": file.content_type,
        "cache_control": file.cache_control,
        "encodings": {
            variant.coding: {
                "path": variant.path,
                "sha256": digest(variant.body),
                "size": len(variant.body),
            }
            for variant in made
        },
    }
