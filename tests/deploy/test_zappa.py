"""Zappa's own commands with the settings as they stand, onto an emulator that runs the function."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.deploy.conftest import REGION, SECRETS, client, zappa
from tests.deploy.runtime import EDGE
from tests.infra.emulated import copy_project
from tests.support import PASSWORD

ACCOUNT = "000000000000"
BUCKET = f"latchstring-prod-packages-{ACCOUNT}"
ROLE = "latchstring-prod-ZappaLambdaExecutionRole"
TABLES = ["latchstring-prod-accounts", "latchstring-prod-audit", "latchstring-prod-ephemeral"]
KEYS = [("pk", "HASH"), ("sk", "RANGE")]


@dataclass(frozen=True)
class Account:
    """An account in which the data stack stands, and a copy of the project."""

    url: str
    folder: Path

    def zappa(self, *arguments: str) -> str:
        """What a command says; it must succeed."""
        run = zappa(*arguments, cwd=self.folder, AWS_ENDPOINT_URL=self.url)
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Through the emulated gateway, as CloudFront would."""
        [api] = client("apigatewayv2", self.url).get_apis()["Items"]
        url = f"{self.url}/_aws/execute-api/{api['ApiId']}/prod/api/v1/{path}"
        sent = {name: value for name, value in EDGE.items() if name != "Host"} | headers
        data = None if body is None else json.dumps(body).encode()
        request = Request(url, data, {"Content-Type": "application/json", **sent}, method=method)
        with urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def code(self) -> str:
        """The code of the newest mail."""
        with urlopen(f"{self.url}/_ministack/ses/messages", timeout=5) as answer:
            mails = json.load(answer)["messages"][ACCOUNT]
        return str(mails[-1]["Subject"])[:6]


@pytest.fixture(scope="module")
def account(aws_url: str, tmp_path_factory: pytest.TempPathFactory) -> Account:
    """With what the data stack makes, and the two lines that `python -m infra deploy` fills in."""
    client("s3", aws_url).create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    client("iam", aws_url).create_role(RoleName=ROLE, AssumeRolePolicyDocument="{}")
    for table in TABLES:
        client("dynamodb", aws_url).create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k, _ in KEYS],
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in KEYS],
        )
    folder = tmp_path_factory.mktemp("project")
    copy_project(folder)
    settings = json.loads((folder / "zappa_settings.json").read_text())
    settings["prod"] |= {"s3_bucket": BUCKET, "aws_region": REGION}
    (folder / "zappa_settings.json").write_text(json.dumps(settings))
    return Account(aws_url, folder)


def test_deploys_serves_updates_and_undeploys(account: Account) -> None:
    assert "Deployment complete" in account.zappa("deploy", "prod")
    function = client("lambda", account.url).get_function(FunctionName="latchstring-prod")
    configuration = function["Configuration"]
    assert (configuration["MemorySize"], configuration["Timeout"]) == (1769, 15)
    assert configuration["Role"].endswith(f"role/{ROLE}")
    assert SECRETS["SIGNING_KEY"] not in json.dumps(function, default=str)

    newcomer = {"username": "zappa", "email": "zappa@example.com", "password": PASSWORD}
    begun = account.call("POST", "users", newcomer)["registration"]
    verified = account.call("POST", f"registrations/{begun['id']}/verify", {"code": account.code()})
    user = verified["user"]
    items = client("dynamodb", account.url).scan(TableName=TABLES[0])["Items"]
    assert any(user["id"] in json.dumps(item) for item in items)

    assert "deployment is live" in account.zappa("update", "prod")
    assert account.call("GET", "health") == {"status": "ok"}
    signed_in = {"identifier": "zappa", "password": PASSWORD}
    assert account.call("POST", "sessions", signed_in)["user"] == user

    account.zappa("undeploy", "prod", "--yes")
    assert client("lambda", account.url).list_functions()["Functions"] == []
    assert client("apigatewayv2", account.url).get_apis()["Items"] == []
    assert client("dynamodb", account.url).list_tables()["TableNames"] == TABLES
    assert client("s3", account.url).list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0
    assert [path.name for path in account.folder.glob("latchstring-*")] == []
