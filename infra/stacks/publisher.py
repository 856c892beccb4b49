"""What publishing the page needs, and no more: a policy for whoever publishes, such as a CI job.

It writes pages and assets, and has the edge fetch them anew. It reads no table and no secret,
changes no function, bucket or distribution, and deletes nothing but the lock of `sitegen publish`;
what is overwritten stays in the bucket's earlier versions.
"""

from __future__ import annotations

from typing import Any, Final

from troposphere import GetAtt, If, Output, Ref, Sub, Template, iam, s3

from infra.stacks.buckets import SERVED
from infra.stacks.role import allow, document
from infra.stages import EDGE_REGION, Stage

WRITTEN: Final = (*SERVED, "versions/*")
LOCK: Final = "versions/lock.json"


def add_publisher(template: Template, stage: Stage, site: s3.Bucket) -> None:
    """After the buckets, whose parameter names the distribution."""
    policy = template.add_resource(
        iam.ManagedPolicy(
            "PublishPolicy",
            ManagedPolicyName=f"{stage.function}-publish",
            Description="Publishes the page, and does nothing else.",
            PolicyDocument=document(_statements(stage, site)),
        )
    )
    template.add_output(Output("PublishPolicy", Value=Ref(policy)))


def _statements(stage: Stage, site: s3.Bucket) -> list[Any]:
    objects = [Sub(f"${{{site.title}.Arn}}/{path}") for path in WRITTEN]
    distribution = Sub(
        "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${DistributionId}"
    )
    return [
        allow(["s3:ListBucket"], GetAtt(site, "Arn")),
        allow(["s3:GetObject", "s3:PutObject"], *objects),
        allow(["s3:DeleteObject"], Sub(f"${{{site.title}.Arn}}/{LOCK}")),
        # Where bucket and distribution are told.
        allow(
            ["cloudformation:DescribeStacks"],
            _stack("${AWS::Region}", stage.data_stack),
            _stack(EDGE_REGION, stage.edge_stack),
        ),
        If(
            "HasDistribution",
            allow(["cloudfront:CreateInvalidation"], distribution),
            Ref("AWS::NoValue"),
        ),
    ]


def _stack(region: str, name: str) -> Sub:
    arn = f"arn:${{AWS::Partition}}:cloudformation:{region}:${{AWS::AccountId}}:stack/{name}/*"
    return Sub(arn)
