"""What CloudFront passes on, keeps and adds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from troposphere import Join, Ref, Template, cloudfront

from sitegen.headers import SECURITY_HEADERS

# CloudFront allows ten, and passes Content-Type, Content-Length and Date by itself. Never Host: API
# Gateway answers only to its own.
TO_API: Final = (
    "Accept",
    "Accept-Language",
    "Access-Control-Request-Headers",
    "Access-Control-Request-Method",
    "CloudFront-Viewer-Address",
    "Idempotency-Key",
    "If-Match",
    "Origin",
    "Sec-Fetch-Site",
    "User-Agent",
)
YEAR: Final = 365 * 24 * 3600
# These have a place of their own in a response headers policy.
OWN_PLACE: Final = frozenset(
    {"Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options", "X-Frame-Options"}
)


@dataclass(frozen=True)
class Policies:
    to_api: cloudfront.OriginRequestPolicy
    public_documents: cloudfront.CachePolicy
    page_headers: cloudfront.ResponseHeadersPolicy
    api_headers: cloudfront.ResponseHeadersPolicy


def add_policies(made: Template) -> Policies:
    return Policies(
        made.add_resource(_to_api()),
        made.add_resource(_public_documents()),
        made.add_resource(_headers("PageHeaders", page=True)),
        made.add_resource(_headers("ApiHeaders", page=False)),
    )


def _to_api() -> cloudfront.OriginRequestPolicy:
    return cloudfront.OriginRequestPolicy(
        "ToApi",
        OriginRequestPolicyConfig=cloudfront.OriginRequestPolicyConfig(
            Name=_name("to-api"),
            HeadersConfig=cloudfront.OriginRequestHeadersConfig(
                HeaderBehavior="whitelist", Headers=list(TO_API)
            ),
            CookiesConfig=cloudfront.OriginRequestCookiesConfig(CookieBehavior="all"),
            QueryStringsConfig=cloudfront.OriginRequestQueryStringsConfig(
                QueryStringBehavior="all"
            ),
        ),
    )


def _public_documents() -> cloudfront.CachePolicy:
    """What says that it may be kept is kept, an hour at most; it is the same for everybody."""
    return cloudfront.CachePolicy(
        "PublicDocuments",
        CachePolicyConfig=cloudfront.CachePolicyConfig(
            Name=_name("public-documents"),
            MinTTL=0,
            DefaultTTL=0,
            MaxTTL=3600,
            ParametersInCacheKeyAndForwardedToOrigin=(
                cloudfront.ParametersInCacheKeyAndForwardedToOrigin(
                    EnableAcceptEncodingGzip=False,
                    EnableAcceptEncodingBrotli=False,
                    HeadersConfig=cloudfront.CacheHeadersConfig(HeaderBehavior="none"),
                    CookiesConfig=cloudfront.CacheCookiesConfig(CookieBehavior="none"),
                    QueryStringsConfig=cloudfront.CacheQueryStringsConfig(
                        QueryStringBehavior="none"
                    ),
                )
            ),
        ),
    )


def _headers(title: str, *, page: bool) -> cloudfront.ResponseHeadersPolicy:
    """HTTPS for a year for all; the page's headers for the page, since the API sends its own."""
    security: dict[str, Any] = {
        "StrictTransportSecurity": cloudfront.StrictTransportSecurity(
            AccessControlMaxAgeSec=YEAR, IncludeSubdomains=True, Override=True
        )
    }
    options: dict[str, Any] = {}
    if page:
        security |= {
            "ContentSecurityPolicy": cloudfront.ContentSecurityPolicy(
                ContentSecurityPolicy=SECURITY_HEADERS["Content-Security-Policy"], Override=True
            ),
            "ReferrerPolicy": cloudfront.ReferrerPolicy(
                ReferrerPolicy=SECURITY_HEADERS["Referrer-Policy"], Override=True
            ),
            "ContentTypeOptions": cloudfront.ContentTypeOptions(Override=True),
            "FrameOptions": cloudfront.FrameOptions(
                FrameOption=SECURITY_HEADERS["X-Frame-Options"], Override=True
            ),
        }
        options["CustomHeadersConfig"] = cloudfront.CustomHeadersConfig(
            Items=[
                cloudfront.CustomHeader(Header=name, Value=value, Override=True)
                for name, value in SECURITY_HEADERS.items()
                if name not in OWN_PLACE
            ]
        )
    return cloudfront.ResponseHeadersPolicy(
        title,
        ResponseHeadersPolicyConfig=cloudfront.ResponseHeadersPolicyConfig(
            Name=_name(title.lower()),
            SecurityHeadersConfig=cloudfront.SecurityHeadersConfig(**security),
            **options,
        ),
    )


def _name(purpose: str) -> Join:
    return Join("-", [Ref("AWS::StackName"), purpose])
