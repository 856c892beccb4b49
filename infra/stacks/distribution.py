"""CloudFront: the page from its bucket, the API behind it, one origin for the browser."""

from __future__ import annotations

from typing import Any, Final

from troposphere import GetAtt, Ref, Tags, Template, certificatemanager, cloudfront, wafv2

from infra.stacks.accepted import accepted
from infra.stacks.paths import add_paths
from infra.stacks.policies import add_policies
from infra.stages import Stage

PAGE, API = "page", "api"
ALL_METHODS: Final = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
SAFE_METHODS: Final = ["GET", "HEAD"]
# AWS's own policies have the same ids everywhere.
CACHE_AS_THE_PAGE_SAYS: Final = "658327ea-f89d-4fab-a63d-7e88639e58f6"
CACHE_NOTHING: Final = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
# The function answers within 15 seconds or not at all.
ANSWER_SECONDS: Final = 20
# All errors whose keeping can be set; 410, which cannot, is never the answer to a GET.
ERRORS: Final = (400, 403, 404, 405, 414, 500, 501, 502, 503, 504)


def add_distribution(
    made: Template,
    stage: Stage,
    certificate: certificatemanager.Certificate,
    firewall: wafv2.WebACL | None,
) -> cloudfront.Distribution:
    policies = add_policies(made)
    paths = add_paths(made, stage)
    api = {
        "TargetOriginId": API,
        # A redirect would hide from a program that it sent a password in the clear.
        "ViewerProtocolPolicy": "https-only",
        # Compressed answers have weak ETags, which If-Match refuses.
        "Compress": False,
        "ResponseHeadersPolicyId": Ref(policies.api_headers),
    }
    behaviours = [
        cloudfront.CacheBehavior(
            PathPattern="/api/*",
            AllowedMethods=ALL_METHODS,
            CachePolicyId=CACHE_NOTHING,
            OriginRequestPolicyId=Ref(policies.to_api),
            FunctionAssociations=paths.api,
            **api,
        ),
        # What is kept for everybody is asked for without a word of anybody's.
        cloudfront.CacheBehavior(
            PathPattern="/.well-known/*",
            AllowedMethods=SAFE_METHODS,
            CachePolicyId=Ref(policies.public_documents),
            FunctionAssociations=paths.page,
            **api,
        ),
    ]
    page = cloudfront.DefaultCacheBehavior(
        TargetOriginId=PAGE,
        ViewerProtocolPolicy="redirect-to-https",
        AllowedMethods=SAFE_METHODS,
        Compress=True,
        CachePolicyId=CACHE_AS_THE_PAGE_SAYS,
        ResponseHeadersPolicyId=Ref(policies.page_headers),
        FunctionAssociations=paths.page,
    )
    config = cloudfront.DistributionConfig(
        Comment=f"Latchstring {stage.name}",
        Enabled=True,
        Aliases=stage.hosts,
        HttpVersion="http2and3",
        IPV6Enabled=True,
        PriceClass="PriceClass_100",
        DefaultRootObject="index.html",
        DefaultCacheBehavior=page,
        CacheBehaviors=behaviours,
        CustomErrorResponses=[_passed_on(error) for error in ERRORS],
        Origins=[_page_origin(made), _api_origin()],
        ViewerCertificate=cloudfront.ViewerCertificate(
            AcmCertificateArn=Ref(certificate),
            MinimumProtocolVersion="TLSv1.2_2021",
            SslSupportMethod="sni-only",
        ),
        **_firewall(firewall),
    )
    return made.add_resource(
        cloudfront.Distribution(
            "Distribution",
            DistributionConfig=config,
            Metadata=accepted(**_reasons(stage)),
            Tags=Tags(stage=stage.name),
        )
    )


def _passed_on(error: int) -> cloudfront.CustomErrorResponse:
    """The error as it is, for who asked: CloudFront would give it to others for 10 seconds,
    whatever its Cache-Control says. No page in its place, which the API's errors would get too.
    """
    return cloudfront.CustomErrorResponse(ErrorCode=error, ErrorCachingMinTTL=0)


def _page_origin(made: Template) -> cloudfront.Origin:
    control = made.add_resource(
        cloudfront.OriginAccessControl(
            "OriginAccess",
            OriginAccessControlConfig=cloudfront.OriginAccessControlConfig(
                Name=Ref("AWS::StackName"),
                OriginAccessControlOriginType="s3",
                SigningBehavior="always",
                SigningProtocol="sigv4",
            ),
        )
    )
    return cloudfront.Origin(
        Id=PAGE,
        DomainName=Ref("SiteBucketHost"),
        OriginAccessControlId=GetAtt(control, "Id"),
        S3OriginConfig=cloudfront.S3OriginConfig(OriginAccessIdentity=""),
    )


def _api_origin() -> cloudfront.Origin:
    return cloudfront.Origin(
        Id=API,
        DomainName=Ref("ApiHost"),
        OriginPath=Ref("ApiPath"),
        CustomOriginConfig=cloudfront.CustomOriginConfig(
            OriginProtocolPolicy="https-only",
            OriginSSLProtocols=["TLSv1.2"],
            OriginReadTimeout=ANSWER_SECONDS,
        ),
        OriginCustomHeaders=[
            cloudfront.OriginCustomHeader(
                HeaderName="X-Origin-Secret", HeaderValue=Ref("OriginSecret")
            )
        ],
    )


def _firewall(firewall: wafv2.WebACL | None) -> dict[str, Any]:
    return {"WebACLId": GetAtt(firewall, "Arn")} if firewall else {}


def _reasons(stage: Stage) -> dict[str, str]:
    reasons = {
        "CKV_AWS_86": "An access log would name people; the function logs each request without.",
    }
    if not stage.waf:
        reasons["CKV_AWS_68"] = "It would cost ten times the rest; `waf = true` turns it on."
    return reasons
