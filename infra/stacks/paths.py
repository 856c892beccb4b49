"""A function at the edge: the page's language, paths that the site does not have, and www.

The bucket would answer 403 in XML for a path that is not there, and an error page of CloudFront's
would stand before the API's own 404 too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from troposphere import GetAtt, Join, Ref, Template, cloudfront

from backend.languages import LANGUAGES
from infra.stages import Stage

SOURCE = Path(__file__).with_name("paths.js")


@dataclass(frozen=True)
class Paths:
    """Which behaviours ask the function."""

    page: list[cloudfront.FunctionAssociation]
    api: list[cloudfront.FunctionAssociation]


def source(stage: Stage) -> str:
    text = SOURCE.read_text(encoding="utf-8")
    return text.replace("DOMAIN", stage.domain).replace("LANGUAGES", json.dumps(list(LANGUAGES)))


def add_paths(made: Template, stage: Stage) -> Paths:
    function = made.add_resource(
        cloudfront.Function(
            "Paths",
            Name=Join("-", [Ref("AWS::StackName"), "paths"]),
            AutoPublish=True,
            FunctionCode=source(stage),
            FunctionConfig=cloudfront.FunctionConfig(
                Comment="The page's language, unknown paths, and www", Runtime="cloudfront-js-2.0"
            ),
        )
    )
    asked = [
        cloudfront.FunctionAssociation(
            EventType="viewer-request", FunctionARN=GetAtt(function, "FunctionARN")
        )
    ]
    return Paths(page=asked, api=asked if stage.www_redirect else [])
