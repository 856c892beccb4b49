"""What `doctor` looks at of the stage: its stacks, secrets, zone, certificate and API."""

from __future__ import annotations

from collections.abc import Iterator

from infra import names, parameters, place, rotate, stack
from infra.aws import Aws
from infra.findings import Finding, ill, well
from infra.http import Caller

SERVER_ERROR = 500


def stacks(aws: Aws) -> list[Finding]:
    findings = []
    for cloudformation, name in (
        (aws.here("cloudformation"), aws.stage.data_stack),
        (aws.edge("cloudformation"), aws.stage.edge_stack),
    ):
        standing = stack.read(cloudformation, name)
        if standing is None:
            findings += ill(f"{name} is not there; `python -m infra up {aws.stage.name}` makes it")
        elif not standing.stands:
            findings += ill(
                stack.way_out(standing, aws.stage.name)
                or f"{name} is {standing.status}; wait until that has ended"
            )
        else:
            findings += well(f"{name} {standing.status}")
    return findings


def secrets(aws: Aws) -> list[Finding]:
    if parameters.read_secrets(aws) is None:
        return ill(f"none yet; `python -m infra deploy {aws.stage.name}` makes them")
    return [*well("all there"), *_unfinished(aws)]


def zone(aws: Aws) -> list[Finding]:
    if not aws.stage.zone:
        return _elsewhere(aws)
    identity = place.hosted_zone(aws)
    answer = aws.here("route53").get_hosted_zone(Id=identity)
    wanted = {name.rstrip(".") for name in answer.get("DelegationSet", {}).get("NameServers", [])}
    actual = names.nameservers(aws.stage.zone)
    if actual is None:
        return well(f"{identity}; the delegation cannot be seen from here")
    if not actual or actual - wanted:
        return ill(
            f"{aws.stage.zone} is delegated to {_list(actual)}; at its registrar, set the name "
            f"servers {_list(wanted)}"
        )
    return well(f"{aws.stage.zone} is delegated to its hosted zone")


def certificate(aws: Aws) -> list[Finding]:
    acm = aws.edge("acm")
    pages = acm.get_paginator("list_certificates").paginate()
    ours = [
        one["CertificateArn"]
        for page in pages
        for one in page["CertificateSummaryList"]
        if one["DomainName"] == aws.stage.domain
    ]
    if not ours:
        return ill(f"none yet; `python -m infra up {aws.stage.name}` asks for it")
    its = acm.describe_certificate(CertificateArn=ours[-1])["Certificate"]
    if its["Status"] == "ISSUED":
        return well("issued, and renewed by AWS while its record stands")
    records = [
        f"{one['ResourceRecord']['Name']} CNAME {one['ResourceRecord']['Value']}"
        for one in its.get("DomainValidationOptions", [])
        if "ResourceRecord" in one
    ]
    return ill(f"{its['Status']}; the zone must have {' and '.join(records) or 'its record'}")


def bypass(aws: Aws) -> list[Finding]:
    """Whoever could go around CloudFront could choose the address that limits count by."""
    api = place.api(aws)
    if api is None:
        return ill(f"no API yet; `zappa deploy {aws.stage.name}` makes it")
    answer = Caller(api.address, {}).call("GET", "/api/v1/health")
    told = answer.json()
    if isinstance(told, dict) and told.get("code") == "direct_call_refused":
        return well("the API refuses who goes around CloudFront")
    if answer.status >= SERVER_ERROR:
        return ill(
            f"the API answers {answer.status}; `python -m infra logs {aws.stage.name}` says why"
        )
    return ill(
        f"the API answers {answer.status} to who goes around CloudFront; "
        f"`zappa update {aws.stage.name}` puts up one that refuses"
    )


def _unfinished(aws: Aws) -> Iterator[Finding]:
    for secret, kind in rotate.KINDS.items():
        if parameters.read_rotation(aws, kind.name):
            command = f"python -m infra rotate {aws.stage.name} {secret}"
            yield from well(f"{kind.name} is being replaced; `{command}` goes on")


def _elsewhere(aws: Aws) -> list[Finding]:
    standing = stack.read(aws.edge("cloudformation"), aws.stage.edge_stack)
    if standing is None or not standing.stands:
        return well("DNS is elsewhere; the records are told once the edge stands")
    host = standing.outputs["DistributionHost"]
    actual = names.canonical(aws.stage.domain)
    if actual != host:
        return ill(f"where DNS is, make {aws.stage.domain} a CNAME (at the top an ALIAS) of {host}")
    return well(f"{aws.stage.domain} leads to {host}")


def _list(hosts: set[str]) -> str:
    return ", ".join(sorted(hosts)) or "nothing"
