"""The edge stack, in us-east-1: certificate, CloudFront before page and API, and the address."""

from __future__ import annotations

from typing import Final

from troposphere import (
    GetAtt,
    Output,
    Parameter,
    Ref,
    Template,
    certificatemanager,
    cloudwatch,
    route53,
)

from infra.stacks.distribution import add_distribution
from infra.stacks.firewall import add_firewall
from infra.stacks.watch import add_topic, alarm
from infra.stages import Stage

# CloudFront's own zone, the same for everybody.
CLOUDFRONT_ZONE: Final = "Z2FDTNDATAQYW2"
FAILED_PERCENT: Final = 5


def template(stage: Stage) -> Template:
    made = Template(Description=f"Latchstring {stage.name}: certificate, CloudFront, address")
    made.set_version()
    _add_parameters(made, stage)
    firewall = add_firewall(made, stage) if stage.waf else None
    distribution = add_distribution(made, stage, _certificate(made, stage), firewall)
    if stage.zone:
        _add_records(made, stage, distribution)
    _add_alarm(made, stage, distribution)
    made.add_output(
        [
            Output("DistributionId", Value=Ref(distribution)),
            Output("DistributionHost", Value=GetAtt(distribution, "DomainName")),
            Output("CertificateArn", Value=Ref("Certificate")),
        ]
    )
    return made


def _add_parameters(made: Template, stage: Stage) -> None:
    made.add_parameter(
        [
            Parameter("ApiHost", Type="String", Description="The API's own host name."),
            Parameter("ApiPath", Type="String", Description="Its stage, such as /prod."),
            Parameter("SiteBucketHost", Type="String", Description="The site bucket's host name."),
            Parameter(
                "OriginSecret",
                Type="String",
                NoEcho=True,
                MinLength=32,
                Description="What proves to the API that a call came through CloudFront.",
            ),
        ]
    )
    if stage.zone:
        made.add_parameter(
            Parameter("HostedZoneId", Type="AWS::Route53::HostedZone::Id", Description=stage.zone)
        )


def _certificate(made: Template, stage: Stage) -> certificatemanager.Certificate:
    options = {}
    if stage.zone:
        options["DomainValidationOptions"] = [
            certificatemanager.DomainValidationOption(
                DomainName=host, HostedZoneId=Ref("HostedZoneId")
            )
            for host in stage.hosts
        ]
    if stage.hosts[1:]:
        options["SubjectAlternativeNames"] = stage.hosts[1:]
    return made.add_resource(
        certificatemanager.Certificate(
            "Certificate", DomainName=stage.domain, ValidationMethod="DNS", **options
        )
    )


def _add_records(made: Template, stage: Stage, distribution: object) -> None:
    for place, host in enumerate(stage.hosts):
        for kind in ("A", "AAAA"):
            made.add_resource(
                route53.RecordSetType(
                    f"{('Domain', 'Www')[place]}{kind}",
                    HostedZoneId=Ref("HostedZoneId"),
                    Name=host,
                    Type=kind,
                    AliasTarget=route53.AliasTarget(
                        DNSName=GetAtt(distribution, "DomainName"),
                        HostedZoneId=CLOUDFRONT_ZONE,
                    ),
                )
            )


def _add_alarm(made: Template, stage: Stage, distribution: object) -> None:
    made.add_resource(
        alarm(
            "Failing",
            add_topic(made, stage),
            f"More than {FAILED_PERCENT} % of all answers are 5xx.",
            Namespace="AWS/CloudFront",
            MetricName="5xxErrorRate",
            Dimensions=[
                cloudwatch.MetricDimension(Name="DistributionId", Value=Ref(distribution)),
                cloudwatch.MetricDimension(Name="Region", Value="Global"),
            ],
            Statistic="Average",
            ComparisonOperator="GreaterThanThreshold",
            Threshold=FAILED_PERCENT,
        )
    )
