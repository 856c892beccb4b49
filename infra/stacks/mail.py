"""The sender's domain in SES, with the records that prove it."""

from __future__ import annotations

from troposphere import GetAtt, Output, Parameter, Ref, Template, route53, ses

from infra.stages import Stage

TOKENS = (1, 2, 3)
TTL = "3600"


def add_mail(template: Template, stage: Stage) -> None:
    if not stage.mail_identity:
        return
    identity = template.add_resource(
        ses.EmailIdentity(
            "MailIdentity",
            EmailIdentity=stage.mail_domain,
            DkimSigningAttributes=ses.DkimSigningAttributes(NextSigningKeyLength="RSA_2048_BIT"),
        )
    )
    for number in TOKENS:
        name, value = (
            GetAtt(identity, f"DkimDNSToken{part}{number}") for part in ("Name", "Value")
        )
        template.add_output(Output(f"DkimName{number}", Value=name))
        template.add_output(Output(f"DkimValue{number}", Value=value))
        if stage.mail_records:
            template.add_resource(
                route53.RecordSetType(
                    f"DkimRecord{number}",
                    HostedZoneId=Ref("HostedZoneId"),
                    Name=name,
                    Type="CNAME",
                    TTL=TTL,
                    ResourceRecords=[value],
                )
            )
    if stage.mail_records:
        template.add_parameter(
            Parameter("HostedZoneId", Type="AWS::Route53::HostedZone::Id", Description=stage.zone)
        )
