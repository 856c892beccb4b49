"""What is shipped or handed to AWS has no secret, no person and no file that lay about."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import brotli
import pytest

from tests.attacks.canaries.planted import FILES, SETTINGS, everything, found
from tests.infra.emulated import EDGE, REGION, Operator
from tests.tally import Tried


@pytest.fixture
def packed(offline: Operator, tmp_path: Path) -> dict[str, bytes]:
    """The files of the zip."""
    output = tmp_path / "lambda.zip"
    run = offline.run("zappa", "package", "prod", "-o", str(output))
    assert run.status == 0, run.out + run.err
    assert found(run.out + run.err) == set()
    with zipfile.ZipFile(output) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("name", everything())
def test_a_canary_is_found_where_it_is(name: str, folder: Path) -> None:
    """In the files that were planted; each is another."""
    planted = b"\n".join((folder / path).read_bytes() for path in FILES)
    assert name in found(planted)
    assert name in found(everything()[name].encode().hex())
    assert len(set(everything().values())) == len(everything())


@pytest.mark.torture
def test_the_zip_has_none(packed: dict[str, bytes], tried: Tried) -> None:
    for name, content in packed.items():
        assert found(content) == set(), name
        assert not name.endswith(("notes.txt", "dump.json", ".eml", ".po~", "users.csv.gz"))
    assert "backend/lambda_handler.pyc" in packed
    tried("attack", len(everything()) - 1)


def test_the_page_has_none(offline: Operator, tmp_path: Path, tried: Tried) -> None:
    output = tmp_path / "site"
    run = offline.run("sitegen", "build", "--output", str(output))
    assert run.status == 0, run.err
    assert found(run.out + run.err) == set()
    built = [path for path in output.rglob("*") if path.is_file()]
    assert len(built) > 50
    for path in built:
        opened = {".gz": gzip.decompress, ".br": brotli.decompress}.get(path.suffix, bytes)
        assert found(opened(path.read_bytes())) == set(), path
        assert found(path.name) == set()
    tried("attack", len(everything()) - 1)


@pytest.mark.parametrize("stack", ["data", "edge"])
def test_no_template_has_one(stack: str, offline: Operator, tried: Tried) -> None:
    run = offline.infra("template", stack)
    assert run.status == 0, run.err
    made = json.loads(run.out)
    assert found(run.out + run.err) == set()
    assert all("Secret" not in name for name in made.get("Outputs", {}))
    tried("attack", len(everything()) - 1)


def test_the_edge_stack_is_told_its_secret_so_that_nobody_reads_it_there(
    offline: Operator,
) -> None:
    made = json.loads(offline.infra("template", "edge").out)
    assert made["Parameters"]["OriginSecret"]["NoEcho"] is True
    assert "Default" not in made["Parameters"]["OriginSecret"]


@pytest.mark.torture
def test_no_command_tells_one_while_a_stage_is_made_and_used(
    operator: Operator, tried: Tried
) -> None:
    """Nor does what CloudFormation and the site's bucket hold afterwards."""
    operator.client("ssm").put_parameter(
        Name="/latchstring/prod/secrets", Type="SecureString", Value=json.dumps(SETTINGS)
    )
    lines = (
        "infra plan prod",
        "infra deploy prod --yes",
        "infra plan prod",
        "infra status prod",
        "infra doctor prod",
        "infra logs prod",
        "infra cost",
        "sitegen publish prod --dry-run",
        "sitegen publish prod",
        "sitegen versions prod",
        "sitegen rollback prod",
        "infra rotate prod signing",
        "infra rotate prod origin",
        "infra rotate prod nothing",
        "infra restore prod --to yesterday",
        "infra smoke prod",
    )
    told = {line: operator.run(*line.split()) for line in lines}
    done = {line for line, run in told.items() if run.status == 0}
    assert done >= {"infra deploy prod --yes", "infra status prod", "sitegen publish prod"}
    for line, run in told.items():
        assert found(run.out + run.err) == set(), line
    held = _held(operator)
    assert len(held) > 20
    for name, content in held.items():
        assert found(content) == set(), name
    ended = operator.infra("destroy", "prod", "--yes")
    assert found(ended.out + ended.err) == set()
    tried("attack", len(lines) + len(held))


def _held(operator: Operator) -> dict[str, bytes]:
    """Templates and outputs of the stacks, and what the page's bucket serves."""
    held: dict[str, bytes] = {}
    for region in (REGION, EDGE):
        cloud = operator.client("cloudformation", region)
        for stack in cloud.describe_stacks()["Stacks"]:
            name = stack["StackName"]
            held[f"{name} outputs"] = json.dumps(stack.get("Outputs", [])).encode()
            body = cloud.get_template(StackName=name)["TemplateBody"]
            held[f"{name} template"] = json.dumps(body, default=str).encode()
    store = operator.client("s3")
    for bucket in store.list_buckets()["Buckets"]:
        for one in store.list_objects_v2(Bucket=bucket["Name"]).get("Contents", []):
            body = store.get_object(Bucket=bucket["Name"], Key=one["Key"])["Body"]
            held[f"{bucket['Name']}/{one['Key']}"] = body.read()
    return held
