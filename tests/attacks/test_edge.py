"""What CloudFront and the buckets are told: no way around them, and nothing kept that one caller
chose for another.

It shows what the templates say; that AWS does so is AWS's word.
"""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import pytest

from infra.stacks import data, edge
from infra.stacks.buckets import SERVED
from infra.stages import load

CACHE_NOTHING = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
# What CloudFront keeps for 10 seconds by itself, and lets be set.
ERRORS = {400, 403, 404, 405, 414, 500, 501, 502, 503, 504}
STAGE = load("prod")
KINDS = {"plain": STAGE, "www": replace(STAGE, www_redirect=True, waf=True)}

Made = dict[str, Any]


@pytest.fixture(params=KINDS)
def made(request: pytest.FixtureRequest) -> Made:
    """The edge stack's resources."""
    resources: Made = edge.template(KINDS[request.param]).to_dict()["Resources"]
    return resources


@pytest.fixture
def distribution(made: Made) -> Made:
    config: Made = made["Distribution"]["Properties"]["DistributionConfig"]
    return config


@pytest.fixture(params=["SiteBucket", "PackagesBucket"])
def bucket(request: pytest.FixtureRequest) -> tuple[Made, list[Made]]:
    """A bucket, and the statements of its policy."""
    resources = data.template(STAGE).to_dict()["Resources"]
    policy = resources[f"{request.param}Policy"]["Properties"]["PolicyDocument"]
    return resources[request.param]["Properties"], policy["Statement"]


def behaviours(distribution: Made) -> list[Made]:
    return [distribution["DefaultCacheBehavior"], *distribution["CacheBehaviors"]]


def test_where_something_is_kept_nothing_goes_to_the_api_that_is_not_in_the_key(
    made: Made, distribution: Made
) -> None:
    """Else one caller's header, cookie or query decides what all others get."""
    [kept] = [
        one
        for one in behaviours(distribution)
        if one["TargetOriginId"] == "api" and one["CachePolicyId"] != CACHE_NOTHING
    ]
    assert kept["PathPattern"] == "/.well-known/*"
    assert "OriginRequestPolicyId" not in kept
    policy = made[kept["CachePolicyId"]["Ref"]]["Properties"]["CachePolicyConfig"]
    assert (policy["MinTTL"], policy["DefaultTTL"]) == (0, 0)


def test_what_is_private_is_kept_by_no_path(distribution: Made) -> None:
    """CloudFront takes the first pattern that fits; every path of the API fits this one first."""
    first = distribution["CacheBehaviors"][0]
    assert (first["PathPattern"], first["CachePolicyId"]) == ("/api/*", CACHE_NOTHING)
    for path in ("/api/v1/users/me", "/api/v1/users/me/x.css", "/api/v1/openapi.json"):
        assert fnmatchcase(path, first["PathPattern"])


def test_an_error_is_kept_for_nobody_and_is_no_page(distribution: Made) -> None:
    """Else a stranger's 404 under /admin is an admin's too, for 10 seconds, again and again."""
    said = {one["ErrorCode"]: one for one in distribution["CustomErrorResponses"]}
    assert said.keys() == ERRORS
    for error in said.values():
        assert error["ErrorCachingMinTTL"] == 0
        assert "ResponsePagePath" not in error


def test_no_header_goes_to_the_api_that_says_who_or_where_the_caller_is(made: Made) -> None:
    """But for the one that CloudFront writes itself."""
    config = made["ToApi"]["Properties"]["OriginRequestPolicyConfig"]["HeadersConfig"]
    assert config["HeaderBehavior"] == "whitelist"
    forwarded = {name.lower() for name in config["Headers"]}
    telling = {"host", "forwarded", "via", "true-client-ip", "x-real-ip", "x-origin-secret"}
    assert forwarded & telling == set()
    assert [name for name in forwarded if name.startswith("x-")] == []


def test_the_secret_is_cloudfronts_own_header(distribution: Made) -> None:
    """A custom header replaces what the caller sends under its name."""
    [api] = [origin for origin in distribution["Origins"] if origin["Id"] == "api"]
    [header] = api["OriginCustomHeaders"]
    assert header == {"HeaderName": "X-Origin-Secret", "HeaderValue": {"Ref": "OriginSecret"}}
    assert api["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"


def test_nobody_speaks_to_cloudfront_in_plain(distribution: Made) -> None:
    for behaviour in behaviours(distribution):
        assert behaviour["ViewerProtocolPolicy"] in {"https-only", "redirect-to-https"}


def test_the_edge_leads_to_the_way_to_a_new_password_in_each_kind_of_stage(
    distribution: Made,
) -> None:
    """The function that does it stands before this pattern too."""
    [documents] = [
        one for one in distribution["CacheBehaviors"] if one["PathPattern"] == "/.well-known/*"
    ]
    [asked] = documents["FunctionAssociations"]
    assert asked["EventType"] == "viewer-request"


def test_only_the_api_takes_what_changes_things(distribution: Made) -> None:
    unsafe = {
        behaviour.get("PathPattern", "*")
        for behaviour in behaviours(distribution)
        if set(behaviour["AllowedMethods"]) - {"GET", "HEAD"}
    }
    assert unsafe == {"/api/*"}


def test_a_bucket_is_read_by_its_own_distribution_alone(bucket: tuple[Made, list[Made]]) -> None:
    """Not by its address, nor through somebody else's CloudFront (a confused deputy)."""
    properties, statements = bucket
    blocked = properties["PublicAccessBlockConfiguration"]
    assert len(blocked) == 4
    assert all(blocked.values())
    for statement in statements:
        if "Fn::If" in statement:
            _, allowed, otherwise = statement["Fn::If"]
            assert otherwise == {"Ref": "AWS::NoValue"}
            assert allowed["Effect"] == "Allow"
            assert allowed["Principal"] == {"Service": "cloudfront.amazonaws.com"}
            assert allowed["Action"] == "s3:GetObject"
            assert [*allowed["Condition"]["StringEquals"]] == ["aws:SourceArn"]
        else:
            assert statement["Effect"] == "Deny"
            assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize(
    ("key", "served"),
    [
        *[("index.html", True), ("index.de.html", True), ("assets/a.0123.js", True)],
        *[("client.js", True), ("manifest.json", False), ("versions/1/index.html", False)],
        *[("lock", False), ("x/index.html", False), ("../index.html", False)],
    ],
)
def test_of_the_site_only_what_is_the_page_is_read(key: str, served: bool) -> None:
    assert any(fnmatchcase(key, pattern) for pattern in SERVED) is served
