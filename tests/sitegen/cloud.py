"""AWS to publish to: moto's S3, CloudFormation and CloudFront over HTTP, and a hand on the wire."""

from __future__ import annotations

import itertools
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from threading import Thread
from typing import TYPE_CHECKING, Any
from unittest.mock import MagicMock

import boto3
from botocore.exceptions import ClientError
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# moto's CloudFormation loads a validator of OpenAPI, which nothing here asks for anything.
for part in ("", ".validation", ".validation.exceptions"):
    sys.modules.setdefault(f"openapi_spec_validator{part}", MagicMock())

from moto.moto_server.werkzeug_app import (  # noqa: E402
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from moto.s3.models import s3_backends  # noqa: E402

REGION = "eu-central-1"
ACCESS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}

SESSION = boto3.Session(**ACCESS)

_serial = itertools.count(1)


class Wire:
    """Passes calls on. A test may refuse one, lose its answer, or do something in between.

    `others` are paths of somebody else's buckets.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app
        self.quiet()

    def quiet(self) -> None:
        self.writes: list[str] = []
        self.others: set[str] = set()
        self.before: Callable[[str], bool | None] = lambda write: None
        self.after: Callable[[str], bool | None] = lambda write: None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if path in self.others:
            return Response(status=403)(environ, start_response)
        if method in {"GET", "HEAD"} or path == "/":
            return self.app(environ, start_response)
        write = f"{method} {path}"
        broken = Response("<Error><Code>SlowDown</Code></Error>", 503)
        if self.before(write):
            return broken(environ, start_response)
        self.writes.append(write)
        answer = Response.from_app(self.app, environ, buffered=True)
        return (broken if self.after(write) else answer)(environ, start_response)


@cache
def _client(url: str, service: str, region: str) -> Any:
    return SESSION.client(service, endpoint_url=url, region_name=region)


@dataclass(frozen=True)
class Cloud:
    url: str
    wire: Wire

    def client(self, service: str, region: str = REGION) -> Any:
        return _client(self.url, service, region)

    def deployed(self, *, edge: bool = True) -> Deployed:
        """A stage whose stacks stand, with a bucket as the data stack makes it: versioned."""
        stage = f"stage{next(_serial)}"
        bucket = f"latchstring-{stage}-site"
        versioned = {"BucketName": bucket, "VersioningConfiguration": {"Status": "Enabled"}}
        site = {"Type": "AWS::S3::Bucket", "Properties": versioned}
        self._stack(f"{stage}-data", REGION, site, {"SiteBucket": {"Ref": "It"}})
        distribution = self._distribution(bucket) if edge else None
        if edge:
            topic = {"Type": "AWS::SNS::Topic"}
            self._stack(f"{stage}-edge", "us-east-1", topic, {"DistributionId": distribution})
        self.wire.quiet()
        return Deployed(self, stage, bucket, distribution)

    def _stack(self, name: str, region: str, it: Any, outputs: dict[str, Any]) -> None:
        values = {output: {"Value": value} for output, value in outputs.items()}
        self.client("cloudformation", region).create_stack(
            StackName=f"latchstring-{name}",
            TemplateBody=json.dumps({"Resources": {"It": it}, "Outputs": values}),
        )

    def _distribution(self, bucket: str) -> str:
        origin = {"Id": "site", "DomainName": f"{bucket}.s3.amazonaws.com"}
        config = {
            "CallerReference": bucket,
            "Comment": "",
            "Enabled": True,
            "Origins": {
                "Quantity": 1,
                "Items": [origin | {"S3OriginConfig": {"OriginAccessIdentity": ""}}],
            },
            "DefaultCacheBehavior": {
                "TargetOriginId": "site",
                "ViewerProtocolPolicy": "https-only",
            },
        }
        made = self.client("cloudfront").create_distribution(DistributionConfig=config)
        return made["Distribution"]["Id"]


@dataclass(frozen=True)
class Deployed:
    """A stage as it stands in the cloud."""

    cloud: Cloud
    stage: str
    bucket: str
    distribution: str | None

    @property
    def s3(self) -> Any:
        return self.cloud.client("s3")

    @property
    def paths(self) -> set[str]:
        return {
            item["Key"] for item in self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        }

    @property
    def writes(self) -> list[str]:
        """What was written since the stage was deployed, without the bucket's name."""
        return [write.replace(f"/{self.bucket}/", "") for write in self.cloud.wire.writes]

    @property
    def live(self) -> str | None:
        """The version that visitors get."""
        page = self.get("index.html")
        return page["Metadata"]["version"] if page else None

    @property
    def invalidated(self) -> list[list[str]]:
        client = self.cloud.client("cloudfront")
        ids = client.list_invalidations(DistributionId=self.distribution)["InvalidationList"]
        return [
            client.get_invalidation(DistributionId=self.distribution, Id=item["Id"])[
                "Invalidation"
            ]["InvalidationBatch"]["Paths"]["Items"]
            for item in ids.get("Items", [])
        ]

    def get(self, path: str) -> Any:
        try:
            answer = self.s3.get_object(Bucket=self.bucket, Key=path)
        except ClientError:
            return None
        return answer | {"text": answer["Body"].read().decode()}

    def put(self, path: str, text: str) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=path, Body=text.encode())

    def make_older(self, path: str, by: timedelta) -> None:
        objects = next(iter(s3_backends.values()))["aws"].buckets[self.bucket].keys
        objects[path].last_modified -= by

    @property
    def pages(self) -> dict[str, str]:
        """The live page in each language."""
        return {
            path: self.get(path)["text"] for path in self.paths if re.fullmatch(r"index\..*", path)
        }

    def of_other_versions(self) -> set[str]:
        """The pages that are not those of the live version."""
        kept = {path: self.get(f"versions/{self.live}/{path}") for path in self.pages}
        return {path for path, text in self.pages.items() if text != kept[path]["text"]}

    def broken_links(self) -> set[str]:
        """What the live pages and all that they load refer to in vain."""
        waiting: set[str] = set()
        for page in self.pages.values():
            links = set(re.findall(r'="(assets/[^"]+)"', page))
            assert links
            waiting |= links
        seen: set[str] = set()
        broken = set()
        while waiting:
            path = waiting.pop()
            seen.add(path)
            if asset := self.get(path):
                imports = re.findall(r'(?:from|import\(?)\s*"\./([^"]+)"', asset["text"])
                waiting |= {f"assets/{name}" for name in imports} - seen
            else:
                broken.add(path)
        return broken


@contextmanager
def running() -> Iterator[Cloud]:
    wire = Wire(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, wire, threaded=True, request_handler=MotoRequestHandler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Cloud(f"http://127.0.0.1:{server.server_port}", wire)
    server.shutdown()
    thread.join()
    server.server_close()
