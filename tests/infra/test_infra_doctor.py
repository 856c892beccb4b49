"""`doctor`: a stage in which all is well, and each thing that may be wrong with it, by itself."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from tests.infra.altered import Answer, altered, denies, is_somebody, says
from tests.infra.emulated import EDGE, LACKING, Operator, Run, copy_project
from tests.infra.names import Records, public_dns

ACCOUNT = "200000000001"
ADMINISTRATOR = f"arn:aws:iam::{ACCOUNT}:user/administrator"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
NOT_A_ROLE = {"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*"}
# As Zappa names the API in its stack.
API = {"Resources": {"ApiV2": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": "api"}}}}
API["Resources"]["ApiV2"]["Properties"]["ProtocolType"] = "HTTP"

WHO = "GetCallerIdentity"
ACCOUNT_OF_SES, SENDER = "GET /v2/email/account", "GET /v2/email/identities/example.com"
HEALTHY_SES = {
    "ProductionAccessEnabled": True,
    "EnforcementStatus": "HEALTHY",
    "SendingEnabled": True,
}
NOT_FOUND = {"x-amzn-errortype": "NotFoundException"}


@dataclass(frozen=True)
class Patient:
    """A stage in which all is well, but for the answers and records that a test changes."""

    operator: Operator
    answers: Mapping[str, Answer]
    records: Records

    @property
    def health(self) -> str:
        """What is asked of the API around CloudFront."""
        return next(operation for operation in self.answers if "execute-api" in operation)

    def doctor(self, answers: Mapping[str, Answer] = {}, records: Records | None = None) -> Run:
        names = self.operator.folder / "names"
        shutil.rmtree(names, ignore_errors=True)
        with (
            altered(self.operator.url, {**self.answers, **answers}) as url,
            public_dns(names, self.records if records is None else records) as environ,
        ):
            return self.operator.infra("doctor", "prod", AWS_ENDPOINT_URL=url, **environ)

    def ails(self, answers: Mapping[str, Answer] = {}, records: Records | None = None) -> str:
        """The one thing that is wrong."""
        run = self.doctor(answers, records)
        assert run.status == 1
        [wrong] = [line for line in run.out.splitlines() if not line.startswith("ok ")]
        return wrong.removeprefix("WRONG ").strip()


@pytest.fixture(scope="module")
def patient(aws_url: str, tmp_path_factory: pytest.TempPathFactory) -> Patient:
    operator = Operator(tmp_path_factory.mktemp("stage") / "project", aws_url, ACCOUNT)
    copy_project(operator.folder)
    operator.edit(*LACKING)
    operator.make_zone()
    operator.client("sesv2").create_email_identity(EmailIdentity="example.com")
    make_user(operator, "administrator", EVERYTHING)
    operator.does("infra deploy prod --yes")
    operator.client("cloudformation").create_stack(
        StackName="latchstring-prod", TemplateBody=json.dumps(API)
    )
    operator.does("infra deploy prod --yes")
    [api] = operator.client("apigatewayv2").get_apis()["Items"]
    health = f"GET /_aws/execute-api/{api['ApiId']}/prod/api/v1/health"
    route53 = operator.client("route53")
    [zone] = route53.list_hosted_zones()["HostedZones"]
    delegation = route53.get_hosted_zone(Id=zone["Id"])["DelegationSet"]["NameServers"]
    servers = [f"{server.rstrip('.')}." for server in delegation]
    answers = {
        WHO: is_somebody(ADMINISTRATOR),
        health: says({"code": "direct_call_refused"}, 403),
    }
    return Patient(operator, answers, {("example.com", "NS"): servers})


def make_user(operator: Operator, name: str, *statements: Mapping[str, str]) -> None:
    iam = operator.client("iam")
    iam.create_user(UserName=name)
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName=name, PolicyName="its", PolicyDocument=policy)


def edited(patient: Patient, folder: Path, *changes: tuple[str, str]) -> Patient:
    """The same stage, described otherwise."""
    shutil.copytree(patient.operator.folder, folder)
    operator = replace(patient.operator, folder=folder)
    operator.edit(*changes)
    return replace(patient, operator=operator)


def test_where_all_is_well_it_says_so_of_everything(patient: Patient) -> None:
    told = patient.doctor()

    assert told.status == 0, told.out + told.err
    assert [line.split(":", 1)[0] for line in told.out.splitlines()] == [
        "ok     credentials",
        "ok     clock",
        "ok     region",
        "ok     permissions",
        "ok     stacks",
        "ok     stacks",
        "ok     secrets",
        "ok     zone",
        "ok     certificate",
        "ok     mail",
        "ok     bypass",
    ]
    for said in (
        "clock: agrees with AWS",
        "permissions: what a deployment needs is allowed",
        "zone: example.com is delegated to its hosted zone",
        "mail: production access, example.com verified",
        "bypass: the API refuses who goes around CloudFront",
    ):
        assert said in told.out


# The account.


def test_the_root_user_is_not_to_deploy(patient: Patient) -> None:
    assert patient.ails({WHO: is_somebody(f"arn:aws:iam::{ACCOUNT}:root")}) == (
        "permissions: this is the root user; make an administrator in IAM Identity Center"
    )


def test_a_permission_that_a_deployment_lacks_is_named(patient: Patient) -> None:
    make_user(patient.operator, "newcomer", EVERYTHING, NOT_A_ROLE)

    newcomer = is_somebody(f"arn:aws:iam::{ACCOUNT}:user/newcomer")
    assert patient.ails({WHO: newcomer}) == (
        "permissions: not allowed: iam:PassRole; ask for them or use another profile"
    )


def test_of_a_session_the_permissions_of_its_role_count(patient: Patient) -> None:
    trust = {"Version": "2012-10-17", "Statement": []}
    policy = {"Version": "2012-10-17", "Statement": [EVERYTHING, NOT_A_ROLE]}
    iam = patient.operator.client("iam")
    iam.create_role(RoleName="Deployer", AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName="Deployer", PolicyName="its", PolicyDocument=json.dumps(policy))

    session = is_somebody(f"arn:aws:sts::{ACCOUNT}:assumed-role/Deployer/ann")
    assert "not allowed: iam:PassRole" in patient.ails({WHO: session})


def test_who_may_not_ask_about_permissions_may_still_deploy(patient: Patient) -> None:
    error = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
    denied = Answer(403, f"<ErrorResponse>{error}</ErrorResponse>".encode())

    told = patient.doctor({"SimulatePrincipalPolicy": denied})

    assert told.status == 0, told.out
    assert "ok     permissions: IAM does not let these credentials ask" in told.out


def test_a_clock_that_is_off_is_to_be_set(patient: Patient) -> None:
    late = format_datetime(datetime.now(UTC) - timedelta(minutes=2), usegmt=True)

    said = patient.ails({WHO: is_somebody(ADMINISTRATOR, date=late)})

    assert said.startswith("clock: 12")
    assert said.endswith("s off; set it by NTP, since AWS refuses what is signed 5 min off")


def test_a_clock_that_aws_refuses_is_not_taken_for_a_wrong_key(patient: Patient) -> None:
    words = "Signature expired: 20260501T120000Z is now earlier than 20260501T121000Z"
    error = f"<Error><Code>SignatureDoesNotMatch</Code><Message>{words}</Message></Error>"
    refused = Answer(403, f"<ErrorResponse>{error}</ErrorResponse>".encode())

    assert patient.doctor({WHO: refused}).sentence == (
        "This machine's clock is off, and AWS refuses what it signs; set it by NTP."
    )


def test_without_credentials_it_says_only_that(patient: Patient) -> None:
    without = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    told = patient.operator.infra("doctor", "prod", AWS_EC2_METADATA_DISABLED="true", **without)

    assert "There are no AWS credentials; sign in" in told.sentence
    assert told.out == ""


def test_a_stage_that_stands_elsewhere_is_said_to(patient: Patient, tmp_path: Path) -> None:
    moved = edited(patient, tmp_path / "moved", (r"^region = .*", 'region = "eu-central-1"'))

    told = moved.doctor().out

    assert "WRONG  region: The stage prod stands in eu-west-1" in told
    assert "put eu-west-1 back, or see 'Moving regions'" in told


# Mail.


def test_the_sandbox_of_ses_is_to_be_left(patient: Patient) -> None:
    sandbox = says(HEALTHY_SES | {"ProductionAccessEnabled": False})

    assert patient.ails({ACCOUNT_OF_SES: sandbox}) == (
        "mail: SES is in its sandbox and sends only to verified addresses; ask for production "
        "access in the console of SES, which takes about a day"
    )


def test_sending_that_is_paused_is_let_go_on(patient: Patient) -> None:
    paused = says(HEALTHY_SES | {"SendingEnabled": False})

    assert patient.ails({ACCOUNT_OF_SES: paused}) == (
        "mail: sending is paused; `aws sesv2 put-account-sending-attributes --sending-enabled "
        "--region eu-west-1` lets it go on"
    )


def test_an_account_under_review_is_told_where_to_answer(patient: Patient) -> None:
    review = says(HEALTHY_SES | {"EnforcementStatus": "PROBATION"})

    said = patient.ails({ACCOUNT_OF_SES: review})

    assert said.startswith("mail: SES has put the account under PROBATION; ")
    assert "the support case is the place to answer" in said


def test_a_sender_that_ses_does_not_know_is_made_known(patient: Patient, tmp_path: Path) -> None:
    unknown = {SENDER: replace(says({"message": "none"}, 404), headers=NOT_FOUND)}
    ours = edited(patient, tmp_path / "ours", (r"^mail_identity = false", "mail_identity = true"))

    assert ours.ails(unknown) == (
        "mail: example.com is not known to SES; `python -m infra deploy` makes it known"
    )
    assert patient.ails(unknown) == (
        "mail: example.com is not known to SES; verify it there, or drop mail_identity = false"
    )


def test_the_records_that_dkim_waits_for_are_named(patient: Patient) -> None:
    waiting = says({"VerifiedForSendingStatus": False, "DkimAttributes": {"Tokens": ["a", "b"]}})

    assert patient.ails({SENDER: waiting}) == (
        "mail: DKIM is not seen yet; the zone must have "
        "a._domainkey.example.com CNAME a.dkim.amazonses.com, "
        "b._domainkey.example.com CNAME b.dkim.amazonses.com"
    )


def test_who_may_not_use_ses_is_told_what_to_ask_for(patient: Patient) -> None:
    assert patient.ails({ACCOUNT_OF_SES: denies("ses:GetAccount")}) == (
        "mail: User: arn:aws:iam::1:user/u is not authorized to perform: ses:GetAccount; "
        "ask for this permission or use a profile that has it."
    )


# Names and certificate.


def test_a_zone_that_the_domain_is_not_delegated_to_names_its_servers(patient: Patient) -> None:
    elsewhere = {("example.com", "NS"): ["ns1.example.net.", "ns2.example.net."]}
    servers = sorted(one.rstrip(".") for one in patient.records["example.com", "NS"])

    assert patient.ails(records=elsewhere) == (
        "zone: example.com is delegated to ns1.example.net, ns2.example.net; at its registrar, "
        f"set the name servers {', '.join(servers)}"
    )


def test_a_single_server_of_another_zone_is_one_too_many(patient: Patient) -> None:
    servers = [*patient.records["example.com", "NS"], "ns1.example.net."]

    assert "at its registrar" in patient.ails(records={("example.com", "NS"): servers})


def test_a_domain_that_is_delegated_to_nobody_is_to_be(patient: Patient) -> None:
    assert "example.com is delegated to nothing; at its registrar" in patient.ails(records={})


def test_a_zone_that_there_is_not_is_to_be_made(patient: Patient) -> None:
    none = "<ListHostedZonesResponse><HostedZones/></ListHostedZonesResponse>"

    said = patient.ails({"GET /2013-04-01/hostedzone": Answer(200, none.encode())})

    assert "no public hosted zone 'example.com'; make it with `aws route53" in said


def test_the_record_that_a_certificate_waits_for_is_named(patient: Patient) -> None:
    record = {"Name": "_a.accounts.example.com.", "Type": "CNAME", "Value": "_b.acm-validations."}
    waiting = {
        "Status": "PENDING_VALIDATION",
        "DomainValidationOptions": [
            {"DomainName": "accounts.example.com", "ResourceRecord": record}
        ],
    }

    assert patient.ails({"DescribeCertificate": says({"Certificate": waiting})}) == (
        "certificate: PENDING_VALIDATION; the zone must have "
        "_a.accounts.example.com. CNAME _b.acm-validations."
    )


def test_a_certificate_that_there_is_not_is_asked_for_by_up(patient: Patient) -> None:
    assert patient.ails({"ListCertificates": says({"CertificateSummaryList": []})}) == (
        "certificate: none yet; `python -m infra up prod` asks for it"
    )


@pytest.fixture
def elsewhere(patient: Patient, tmp_path: Path) -> Patient:
    """Its DNS is not in Route 53."""
    return edited(patient, tmp_path / "elsewhere", (r"^zone = .*", 'zone = ""'))


@pytest.fixture
def host(patient: Patient) -> str:
    """Where CloudFront answers."""
    cloudfront = patient.operator.client("cloudfront", EDGE)
    [one] = cloudfront.list_distributions()["DistributionList"]["Items"]
    return str(one["DomainName"])


def test_with_dns_elsewhere_the_domain_leads_to_cloudfront(elsewhere: Patient, host: str) -> None:
    told = elsewhere.doctor(records={("accounts.example.com", "CNAME"): [f"{host}."]})

    assert told.status == 0, told.out
    assert f"ok     zone: accounts.example.com leads to {host}" in told.out


def test_with_dns_elsewhere_the_record_to_make_is_named(elsewhere: Patient, host: str) -> None:
    assert elsewhere.ails(records={}) == (
        f"zone: where DNS is, make accounts.example.com a CNAME (at the top an ALIAS) of {host}"
    )


# What stands.


def test_before_anything_stands_it_says_what_makes_each_part(
    operator: Operator,
) -> None:
    told = operator.infra("doctor", "prod")

    assert told.status == 1
    for said in (
        "stacks: latchstring-prod-data is not there; `python -m infra up prod` makes it",
        "stacks: latchstring-prod-edge is not there; `python -m infra up prod` makes it",
        "secrets: none yet; `python -m infra deploy prod` makes them",
        "certificate: none yet; `python -m infra up prod` asks for it",
        "bypass: no API yet; `zappa deploy prod` makes it",
    ):
        assert f"WRONG  {said}\n" in told.out


def test_a_stack_that_no_change_helps_is_told_with_the_way_out(operator: Operator) -> None:
    topic = {"Type": "AWS::SNS::Topic"}
    bad = {**topic, "Properties": {"TopicName": {"Fn::GetAtt": ["Topic", "None"]}}}
    broken = {"Resources": {"Topic": topic, "Bad": bad}}
    operator.client("cloudformation").create_stack(
        StackName="latchstring-prod-data", TemplateBody=json.dumps(broken)
    )

    told = operator.infra("doctor", "prod").out

    assert "WRONG  stacks: latchstring-prod-data is in ROLLBACK_COMPLETE" in told
    assert "`python -m infra destroy prod` clears it" in told


def test_a_secret_that_was_lost_is_told_with_where_it_is_kept(patient: Patient) -> None:
    parameter = {"Value": json.dumps({"SIGNING_KEY": "1", "ORIGIN_SECRET": "1"})}

    said = patient.ails({"GetParameter": says({"Parameter": parameter})})

    assert "/latchstring/prod/secrets lacks LOOKUP_KEY; put the value back" in said
    assert "`aws ssm get-parameter-history --name /latchstring/prod/secrets" in said


def test_an_api_that_answers_who_goes_around_cloudfront_is_said_to(patient: Patient) -> None:
    assert patient.ails({patient.health: says({"status": "ok"})}) == (
        "bypass: the API answers 200 to who goes around CloudFront; `zappa update prod` puts up "
        "one that refuses"
    )


def test_an_api_that_fails_is_not_taken_for_one_that_answers(patient: Patient) -> None:
    assert patient.ails({patient.health: says({"message": "Internal Server Error"}, 500)}) == (
        "bypass: the API answers 500; `python -m infra logs prod` says why"
    )
