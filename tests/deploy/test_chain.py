"""From nothing to a page and an API that answer, and back: every command on the way, one by one."""

from __future__ import annotations

import json
import re

from tests.deploy.stage import KEPT, call, everything, mailed_code, secrets, site
from tests.infra.emulated import Operator
from tests.support import PASSWORD


def test_puts_it_on_aws_and_takes_it_away_again(operator: Operator) -> None:
    operator.does("infra deploy prod --yes")
    assert "Deployment complete" in operator.does("zappa deploy prod")
    function = operator.client("lambda").get_function(FunctionName="latchstring-prod")
    told = json.dumps(function, default=str)
    assert "role/latchstring-prod-ZappaLambdaExecutionRole" in told
    assert not [key for key in secrets(operator).values() if key in told]
    operator.does("infra deploy prod --yes")
    assert operator.does("infra plan prod").count("nothing to change") == 2

    newcomer = {"username": "ann", "email": "ann@example.com", "password": PASSWORD}
    begun = call(operator, "POST", "users", newcomer)["registration"]
    code = {"code": mailed_code(operator)}
    user = call(operator, "POST", f"registrations/{begun['id']}/verify", code)["user"]
    items = operator.client("dynamodb").scan(TableName="latchstring-prod-accounts")["Items"]
    assert f"U#{user['id']}" in [item["pk"]["S"] for item in items]

    assert "deployment is live" in operator.does("zappa update prod")
    signed_in = {"identifier": "ann", "password": PASSWORD}
    assert call(operator, "POST", "sessions", signed_in)["user"] == user

    operator.does("sitegen publish prod")
    first = site(operator, "index.html")
    operator.edit((r"^BRAND_NAME = .*", 'BRAND_COLOUR = "#7a1f5c"'))
    operator.does("sitegen publish prod")
    second = site(operator, "index.html")
    assert assets(second) - assets(first)
    operator.does("sitegen rollback prod")
    assert site(operator, "index.html") == first
    assert all(site(operator, path) for path in assets(first))

    operator.does("zappa undeploy prod --yes")
    operator.does("infra destroy prod --yes")
    left = everything(operator)
    assert left.pop("items")
    assert left == KEPT


def test_a_step_that_fails_is_told_and_gone_on_with_later(operator: Operator) -> None:
    file = operator.folder / "zappa_settings.json"
    good = file.read_text()
    file.write_text("{")

    failed = operator.infra("up", "prod", "--yes")

    assert failed.sentence.startswith("zappa_settings.json is not JSON")
    file.write_text(good)
    operator.does("infra deploy prod --yes")


def assets(page: str) -> set[str]:
    return set(re.findall(r"assets/[\w.-]+", page))
