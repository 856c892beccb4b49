"""The buckets: the site, which only the stage's own CloudFront reads, and Zappa's packages."""

from __future__ import annotations

from typing import Any, Final

from troposphere import Equals, GetAtt, If, Not, Output, Parameter, Ref, Sub, Tags, Template, s3

from infra.stacks.accepted import accepted
from infra.stages import Stage

# Versions, manifest and lock of `sitegen publish` are nobody else's business.
SERVED: Final = ("index.html", "index.*.html", "assets/*", "client.js")
REASONS: Final = accepted(
    CKV_AWS_18="An access log would name people by their addresses; CloudFront counts requests.",
)
PACKAGE_REASONS: Final = accepted(
    CKV_AWS_18="Only deployments read and write here, and CloudTrail has them.",
    CKV_AWS_21="A package is made again from the code at any time.",
)


def add_buckets(template: Template, stage: Stage) -> s3.Bucket:
    """Returns the bucket of the site."""
    template.add_parameter(
        Parameter(
            "DistributionId",
            Type="String",
            Default="",
            Description="The distribution that may read the site; empty before there is one.",
        )
    )
    template.add_condition("HasDistribution", Not(Equals(Ref("DistributionId"), "")))
    site = _bucket(
        template,
        stage,
        "site",
        metadata=REASONS,
        VersioningConfiguration=s3.VersioningConfiguration(Status="Enabled"),
        LifecycleConfiguration=_lifecycle(
            NoncurrentVersionExpiration=s3.NoncurrentVersionExpiration(NoncurrentDays=30)
        ),
    )
    packages = _bucket(
        template,
        stage,
        "packages",
        metadata=PACKAGE_REASONS,
        LifecycleConfiguration=_lifecycle(ExpirationInDays=30),
    )
    _policy(template, site, If("HasDistribution", _readable(site), Ref("AWS::NoValue")))
    _policy(template, packages)
    template.add_output(
        [
            Output("SiteBucket", Value=Ref(site)),
            Output("SiteBucketHost", Value=GetAtt(site, "RegionalDomainName")),
            Output("PackageBucket", Value=Ref(packages)),
        ]
    )
    return site


def _bucket(
    template: Template, stage: Stage, purpose: str, *, metadata: dict[str, Any], **options: Any
) -> s3.Bucket:
    suffix = f"-{stage.bucket_suffix}" if stage.bucket_suffix else ""
    return template.add_resource(
        s3.Bucket(
            f"{purpose.capitalize()}Bucket",
            BucketName=Sub(f"{stage.function}-{purpose}-${{AWS::AccountId}}{suffix}"),
            OwnershipControls=s3.OwnershipControls(
                Rules=[s3.OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]
            ),
            PublicAccessBlockConfiguration=s3.PublicAccessBlockConfiguration(
                BlockPublicAcls=True,
                BlockPublicPolicy=True,
                IgnorePublicAcls=True,
                RestrictPublicBuckets=True,
            ),
            BucketEncryption=s3.BucketEncryption(
                ServerSideEncryptionConfiguration=[
                    s3.ServerSideEncryptionRule(
                        ServerSideEncryptionByDefault=s3.ServerSideEncryptionByDefault(
                            SSEAlgorithm="AES256"
                        )
                    )
                ]
            ),
            Metadata=metadata,
            Tags=Tags(stage=stage.name),
            **options,
        )
    )


def _lifecycle(**rule: Any) -> s3.LifecycleConfiguration:
    unfinished = s3.AbortIncompleteMultipartUpload(DaysAfterInitiation=1)
    return s3.LifecycleConfiguration(
        Rules=[
            s3.LifecycleRule(
                Id="tidy", Status="Enabled", AbortIncompleteMultipartUpload=unfinished, **rule
            )
        ]
    )


def _policy(template: Template, bucket: s3.Bucket, *more: Any) -> None:
    tls_only = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [GetAtt(bucket, "Arn"), _objects(bucket, "*")],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    template.add_resource(
        s3.BucketPolicy(
            f"{bucket.title}Policy",
            Bucket=Ref(bucket),
            PolicyDocument={"Version": "2012-10-17", "Statement": [tls_only, *more]},
        )
    )


def _readable(bucket: s3.Bucket) -> dict[str, Any]:
    distribution = "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/"
    return {
        "Sid": "OwnDistribution",
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": [_objects(bucket, served) for served in SERVED],
        "Condition": {"StringEquals": {"aws:SourceArn": Sub(distribution + "${DistributionId}")}},
    }


def _objects(bucket: s3.Bucket, path: str) -> Sub:
    return Sub(f"${{{bucket.title}.Arn}}/{path}")
