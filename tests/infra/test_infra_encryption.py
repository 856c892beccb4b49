"""What the templates say of TLS, of encryption at rest, and of who is told of trouble."""

from __future__ import annotations

from typing import Any

import pytest

from infra.stacks import data, edge
from infra.stages import load

YEAR = 365 * 24 * 3600


def of_kind(template: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one["Properties"] for one in template["Resources"].values() if one["Type"] == kind]


@pytest.fixture(scope="module")
def at_the_edge() -> dict[str, Any]:
    made: dict[str, Any] = edge.template(load("prod")).to_dict()
    return made


@pytest.fixture(scope="module")
def behind() -> dict[str, Any]:
    made: dict[str, Any] = data.template(load("prod")).to_dict()
    return made


@pytest.fixture(scope="module")
def distribution(at_the_edge: dict[str, Any]) -> dict[str, Any]:
    [made] = of_kind(at_the_edge, "AWS::CloudFront::Distribution")
    config: dict[str, Any] = made["DistributionConfig"]
    return config


def test_readers_and_callers_are_spoken_to_in_tls_1_2_or_newer(
    distribution: dict[str, Any],
) -> None:
    """AWS's policy of this name has no cipher suite without forward secrecy."""
    assert distribution["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"


def test_the_certificate_is_one_that_browsers_trust(
    at_the_edge: dict[str, Any], distribution: dict[str, Any]
) -> None:
    [certificate] = of_kind(at_the_edge, "AWS::CertificateManager::Certificate")
    assert certificate["DomainName"] == load("prod").domain
    assert certificate["ValidationMethod"] == "DNS"
    assert "CertificateAuthorityArn" not in certificate
    assert distribution["ViewerCertificate"]["AcmCertificateArn"] == {"Ref": "Certificate"}


def test_the_api_is_asked_over_tls_alone(distribution: dict[str, Any]) -> None:
    [api] = [one for one in distribution["Origins"] if one["Id"] == "api"]
    assert api["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert api["CustomOriginConfig"]["OriginSSLProtocols"] == ["TLSv1.2"]


def test_plain_http_leads_a_reader_to_the_page_and_a_program_nowhere(
    distribution: dict[str, Any],
) -> None:
    page, calls = distribution["DefaultCacheBehavior"], distribution["CacheBehaviors"]
    assert page["ViewerProtocolPolicy"] == "redirect-to-https"
    assert {one["PathPattern"]: one["ViewerProtocolPolicy"] for one in calls} == {
        "/api/*": "https-only",
        "/.well-known/*": "https-only",
    }


def test_browsers_keep_to_tls_for_a_year_on_all_subdomains(
    at_the_edge: dict[str, Any], distribution: dict[str, Any]
) -> None:
    policies = of_kind(at_the_edge, "AWS::CloudFront::ResponseHeadersPolicy")
    asked = [
        one["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]["StrictTransportSecurity"]
        for one in policies
    ]
    assert asked == [
        {"AccessControlMaxAgeSec": YEAR, "IncludeSubdomains": True, "Override": True}
    ] * len(policies)
    behaviours = [distribution["DefaultCacheBehavior"], *distribution["CacheBehaviors"]]
    assert all("ResponseHeadersPolicyId" in one for one in behaviours)


def test_only_the_methods_of_the_api_pass_the_edge(distribution: dict[str, Any]) -> None:
    behaviours = [distribution["DefaultCacheBehavior"], *distribution["CacheBehaviors"]]
    allowed = {method for one in behaviours for method in one["AllowedMethods"]}
    assert allowed == {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}


def test_what_is_public_is_kept_at_the_edge_without_a_cookie(at_the_edge: dict[str, Any]) -> None:
    [policy] = of_kind(at_the_edge, "AWS::CloudFront::CachePolicy")
    forwarded = policy["CachePolicyConfig"]["ParametersInCacheKeyAndForwardedToOrigin"]
    assert forwarded["CookiesConfig"] == {"CookieBehavior": "none"}


def test_buckets_are_encrypted_closed_and_reached_over_tls_alone(behind: dict[str, Any]) -> None:
    buckets = of_kind(behind, "AWS::S3::Bucket")
    policies = of_kind(behind, "AWS::S3::BucketPolicy")
    assert len(buckets) == len(policies) == 2
    for bucket in buckets:
        assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    for policy in policies:
        first = policy["PolicyDocument"]["Statement"][0]
        assert (first["Effect"], first["Principal"], first["Action"]) == ("Deny", "*", "s3:*")
        assert first["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_log_is_kept_for_as_long_as_the_stage_says(behind: dict[str, Any]) -> None:
    [log] = of_kind(behind, "AWS::Logs::LogGroup")
    assert log["RetentionInDays"] == load("prod").log_retention_days


def test_somebody_is_told_of_errors_of_refused_writes_and_of_mail_that_bounces(
    behind: dict[str, Any],
) -> None:
    alarms = of_kind(behind, "AWS::CloudWatch::Alarm")
    [topic] = of_kind(behind, "AWS::SNS::Topic")
    assert {one["MetricName"] for one in alarms} >= {
        "Errors",
        "server_errors",
        "Throttles",
        "WriteThrottleEvents",
        "Reputation.BounceRate",
        "Reputation.ComplaintRate",
    }
    assert all(one["AlarmActions"] == [{"Ref": "Alarms"}] for one in alarms)
    assert topic["Subscription"] == [{"Endpoint": load("prod").alarm_email, "Protocol": "email"}]
