"""`python -m sitegen publish`, `rollback` and `versions`, against a real S3 protocol over HTTP."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import boto3
import pytest

from backend.languages import LANGUAGES
from sitegen.cli import main
from tests.servers import free_port
from tests.sitegen import cloud
from tests.sitegen.built_site import ROOT
from tests.sitegen.cloud import ACCESS, REGION, Cloud, Deployed

TRANSLATED = [f"index.{tag}.html" for tag in LANGUAGES]


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Operator:
    """Somebody with a stage, the templates and the command line."""

    stage: Deployed
    templates: Path
    stages: Path
    capsys: pytest.CaptureFixture[str]

    def publish(self, *more: str) -> Result:
        return self.run("publish", self.stage.stage, "--templates", str(self.templates), *more)

    def rollback(self, *more: str) -> Result:
        return self.run("rollback", self.stage.stage, *more)

    def versions(self) -> list[str]:
        return self.run("versions", self.stage.stage).out.splitlines()

    def run(self, command: str, *more: str) -> Result:
        self.capsys.readouterr()
        status = main([command, "--stages", str(self.stages), *more])
        return Result(status, *self.capsys.readouterr())

    def start(self, *more: str) -> subprocess.Popen[str]:
        """Publishes in a process of its own."""
        options = ["--stages", str(self.stages), "--templates", str(self.templates), *more]
        command = [sys.executable, "-m", "sitegen", "publish", self.stage.stage, *options]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, cwd=ROOT, **pipes)

    def edit(self, file: str, text: str = "\n/* */ body { order: 1 }\n") -> None:
        path = self.templates / file
        path.write_text(path.read_text() + text)

    def change_everything(self) -> None:
        self.edit("css/page.css.j2")
        self.edit("js/client.js", "\nexport const changed = true;\n")


@pytest.fixture(scope="module")
def aws() -> Iterator[Cloud]:
    with cloud.running() as it:
        yield it


@pytest.fixture
def access(aws: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in ACCESS.items():
        monkeypatch.setenv(name.upper(), value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


@pytest.fixture
def operator(
    aws: Cloud, access: None, templates: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Operator:
    stage = aws.deployed()
    stages = tmp_path / "stages.toml"
    stages.write_text(f'[{stage.stage}]\nregion = "{REGION}"\n')
    return Operator(stage, templates, stages, capsys)


def test_the_published_page_is_live_and_whole(operator: Operator) -> None:
    assert operator.publish().status == 0
    assert "<title>Latchstring</title>" in operator.stage.get("index.html")["text"]
    assert operator.stage.broken_links() == set()


def test_files_have_their_type_and_are_cached_for_ever_but_the_page(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    logo = tmp_path / "large.svg"
    logo.write_text(f'<svg xmlns="http://www.w3.org/2000/svg"><text>{"a" * 2000}</text></svg>')
    monkeypatch.setenv("BRAND_LOGO", str(logo))
    operator.publish()
    kept = {path: operator.stage.get(path) for path in operator.stage.paths}
    page, assets = kept["index.html"], {p: o for p, o in kept.items() if p.startswith("assets/")}
    assert (page["ContentType"], page["CacheControl"]) == (
        "text/html; charset=utf-8",
        "public, max-age=0, s-maxage=60, must-revalidate",
    )
    assert {asset["CacheControl"] for asset in assets.values()} == {
        "public, max-age=31536000, immutable"
    }
    assert {path.rpartition(".")[2]: asset["ContentType"] for path, asset in assets.items()} == {
        "css": "text/css; charset=utf-8",
        "html": "text/html; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml",
    }


def test_the_page_is_written_after_all_that_it_needs(operator: Operator) -> None:
    operator.publish()
    version, pages = operator.stage.live, ["index.html", *TRANSLATED, "client.js"]
    lock, *writes, unlock, refresh = operator.stage.writes
    assert (lock, unlock) == ("PUT versions/lock.json", "DELETE versions/lock.json")
    after_the_assets = [
        *(f"PUT versions/{version}/{page}" for page in pages),
        f"PUT versions/{version}/manifest.json",
        *(f"PUT {page}" for page in pages),
    ]
    written = len(writes) - len(after_the_assets)
    assert [write.partition("/")[0] for write in writes[:written]] == ["PUT assets"] * written
    assert sorted(writes[written:]) == sorted(after_the_assets)
    assert writes[-len(pages)] == "PUT index.html"
    assert refresh.endswith(f"/distribution/{operator.stage.distribution}/invalidation")


def test_only_the_page_is_invalidated(operator: Operator) -> None:
    operator.publish()
    assert operator.stage.invalidated == [["/", "/index.*"]]


def test_only_what_has_changed_is_uploaded(operator: Operator) -> None:
    operator.publish()
    operator.stage.cloud.wire.quiet()
    operator.edit("css/page.css.j2")
    assert "[1/1] assets/page." in operator.publish().out
    assert len([write for write in operator.stage.writes if "assets/" in write]) == 1


def test_what_is_live_already_is_not_published_again(operator: Operator) -> None:
    operator.publish()
    operator.stage.cloud.wire.quiet()
    assert "is live already" in operator.publish().out
    assert operator.stage.writes == ["PUT versions/lock.json", "DELETE versions/lock.json"]


def test_an_asset_that_was_lost_or_spoilt_is_uploaded_again(operator: Operator) -> None:
    operator.publish()
    lost, spoilt, *_ = sorted(path for path in operator.stage.paths if path.endswith(".js"))
    good = operator.stage.get(spoilt)["text"]
    operator.stage.s3.delete_object(Bucket=operator.stage.bucket, Key=lost)
    operator.stage.s3.put_object(Bucket=operator.stage.bucket, Key=spoilt, Body=b"spoilt")
    operator.publish()
    assert operator.stage.get(spoilt)["text"] == good
    assert operator.stage.broken_links() == set()


def test_what_older_pages_need_stays(operator: Operator) -> None:
    operator.publish()
    before = operator.stage.paths
    operator.change_everything()
    operator.publish()
    assert before <= operator.stage.paths


def test_a_dry_run_tells_what_would_change_and_changes_nothing(operator: Operator) -> None:
    operator.publish()
    operator.stage.cloud.wire.quiet()
    operator.edit("css/page.css.j2")
    told = operator.publish("--dry-run").out
    assert re.search(r"add +assets/page\.[0-9a-f]{12}\.css \(\d+ bytes\)", told)
    [(kept, of_all)] = re.findall(r"keep +(\d+) of (\d+) assets", told)
    assert int(kept) == int(of_all) - 1
    assert re.search(r"replace +index\.html", told)
    assert re.search(rf"refresh +{operator.stage.distribution}", told)
    assert operator.stage.writes == []


def test_the_settings_of_the_stage_shape_the_page(operator: Operator) -> None:
    with operator.stages.open("a") as file:
        name = operator.stage.stage
        file.write(f'[{name}.settings]\nBRAND_NAME = "Fish"\nPASSWORD_MIN_LENGTH = 12\n')
    operator.publish()
    page = operator.stage.get("index.html")["text"]
    assert "<title>Fish</title>" in page
    assert 'minlength="12"' in page


def test_the_environment_wins_over_the_settings_of_the_stage(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with operator.stages.open("a") as file:
        file.write(f'[{operator.stage.stage}.settings]\nBRAND_NAME = "Fish"\n')
    monkeypatch.setenv("BRAND_NAME", "Chips")
    monkeypatch.setenv("STAGE", "prod")
    operator.publish()
    assert "<title>Chips</title>" in operator.stage.get("index.html")["text"]


def test_the_only_stage_need_not_be_named(operator: Operator) -> None:
    assert operator.run("publish").status == 0
    assert operator.stage.live


def test_bucket_and_distribution_can_be_given(operator: Operator) -> None:
    other = operator.stage.cloud.deployed()
    operator.publish("--bucket", other.bucket, "--distribution", str(other.distribution))
    assert operator.stage.live is None
    assert (bool(other.live), other.invalidated) == (True, [["/", "/index.*"]])


def test_without_an_edge_stack_the_page_is_published_and_nothing_invalidated(
    operator: Operator,
) -> None:
    bare = operator.stage.cloud.deployed(edge=False)
    operator.stages.write_text(f'[{bare.stage}]\nregion = "{REGION}"\n')
    told = operator.run("publish")
    assert (told.status, bool(bare.live)) == (0, True)
    assert "no distribution yet" in told.out


def test_changed_security_headers_are_pointed_out(operator: Operator) -> None:
    operator.publish()
    record = f"versions/{operator.stage.live}/manifest.json"
    before = operator.stage.get(record)["text"].replace("DENY", "SAMEORIGIN")
    operator.stage.put(record, before)
    operator.edit("css/page.css.j2")
    assert "run `python -m infra deploy`" in operator.publish().out
    operator.edit("css/page.css.j2")
    assert "infra deploy" not in operator.publish().out


# Rolling back.


def test_rollback_makes_the_version_live_that_was_before(operator: Operator) -> None:
    operator.publish()
    first, page = operator.stage.live, operator.stage.get("index.html")
    operator.change_everything()
    operator.publish()
    assert operator.stage.live != first
    assert operator.rollback().status == 0
    again = operator.stage.get("index.html")
    same = ("text", "ContentType", "CacheControl", "Metadata")
    assert [again[part] for part in same] == [page[part] for part in same]
    assert operator.stage.broken_links() == set()
    assert operator.stage.invalidated == [["/", "/index.*"]] * 3


def test_rollback_after_a_rollback_goes_one_further(operator: Operator) -> None:
    seen = []
    for _ in range(3):
        operator.publish()
        seen.append(operator.stage.live)
        operator.edit("css/page.css.j2")
    operator.rollback()
    operator.rollback()
    assert operator.stage.live == seen[0]
    refused = operator.rollback()
    assert (refused.status, "No version was live before" in refused.err) == (1, True)


def test_rollback_passes_over_a_version_that_was_rolled_back(operator: Operator) -> None:
    operator.publish()
    good = operator.stage.live
    operator.edit("css/page.css.j2")
    operator.publish()
    operator.rollback()
    operator.edit("css/page.css.j2")
    operator.publish()
    operator.rollback()
    assert operator.stage.live == good


def test_rollback_goes_to_the_version_that_is_named(operator: Operator) -> None:
    operator.publish()
    first = str(operator.stage.live)
    for _ in range(2):
        operator.edit("css/page.css.j2")
        operator.publish()
    assert operator.rollback(first).status == 0
    assert operator.stage.live == first


def test_a_version_that_is_no_longer_whole_does_not_become_live(operator: Operator) -> None:
    operator.publish()
    lost = next(path for path in operator.stage.paths if path.endswith(".css"))
    operator.edit("css/page.css.j2")
    operator.publish()
    live = operator.stage.live
    operator.stage.s3.delete_object(Bucket=operator.stage.bucket, Key=lost)
    refused = operator.rollback()
    assert (refused.status, lost in refused.err) == (1, True)
    assert operator.stage.live == live


def test_versions_are_listed_with_the_live_one_marked(operator: Operator) -> None:
    operator.publish()
    first = operator.stage.live
    operator.edit("css/page.css.j2")
    operator.publish()
    operator.rollback()
    listed = operator.versions()
    assert len(listed) == 2
    (live,) = [line for line in listed if line.endswith("live")]
    assert re.fullmatch(rf"{first}  \d{{4}}-\d\d-\d\d \d\d:\d\d UTC  live", live)


def test_versions_says_when_there_is_none(operator: Operator) -> None:
    assert operator.versions() == ["Nothing has been published yet."]


# Killed, interrupted, or at once with somebody else.

STEPS = {
    "the lock": r"PUT versions/lock\.json",
    "an asset": r"PUT assets/",
    "the last asset": r"PUT assets/page\..*\.js",
    "the version's page": r"PUT versions/\w+/index\.html",
    "its page in German": r"PUT versions/\w+/index\.de\.html",
    "its record": r"PUT versions/\w+/manifest\.json",
    "the live page": r"PUT index\.html",
    "the live page in German": r"PUT index\.de\.html",
    "the lock's return": r"DELETE versions/lock\.json",
}
LIVE = {"the live page", "the live page in German", "the lock's return"}


def killed_after(operator: Operator, step: str, how: signal.Signals = signal.SIGKILL) -> None:
    """Ends a publish as soon as its first write of that kind has been carried out."""
    wire = operator.stage.cloud.wire
    wire.quiet()
    begun: list[subprocess.Popen[str]] = []

    def kill(_write: str) -> None:
        if re.match(STEPS[step], operator.stage.writes[-1]) and begun[0].poll() is None:
            begun[0].send_signal(how)
            if how == signal.SIGKILL:
                begun[0].wait()

    wire.after = kill
    begun.append(operator.start())
    begun[0].communicate(timeout=60)
    assert begun[0].returncode == {signal.SIGKILL: -9, signal.SIGTERM: 143, signal.SIGINT: 130}[how]
    wire.quiet()


@pytest.mark.parametrize("step", STEPS)
def test_a_publish_may_be_killed_at_any_step_and_run_again(step: str, operator: Operator) -> None:
    operator.publish()
    first = operator.stage.live
    operator.change_everything()
    killed_after(operator, step)
    assert operator.stage.broken_links() == set()
    assert (operator.stage.live != first) == (step in LIVE)

    assert operator.publish().status == 0
    assert operator.stage.live != first
    assert operator.stage.of_other_versions() == set()
    assert operator.stage.broken_links() == set()
    assert "versions/lock.json" not in operator.stage.paths
    operator.rollback()
    assert operator.stage.live == first
    assert operator.stage.of_other_versions() == set()
    assert operator.stage.broken_links() == set()


@pytest.mark.parametrize("step", ["the lock", "an asset", "its record", "the live page"])
def test_the_first_publish_may_be_killed_too(step: str, operator: Operator) -> None:
    killed_after(operator, step)
    assert bool(operator.stage.live) == (step in LIVE)
    assert operator.stage.broken_links() == set()
    assert operator.publish().status == 0
    assert operator.stage.live
    assert operator.stage.broken_links() == set()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_publish_that_is_told_to_end_gives_back_the_lock(
    how: signal.Signals, operator: Operator
) -> None:
    killed_after(operator, "an asset", how)
    assert operator.stage.live is None
    assert "versions/lock.json" not in operator.stage.paths


def test_a_second_publisher_is_refused_and_told_who_is_at_it(operator: Operator) -> None:
    wire = operator.stage.cloud.wire
    others: list[tuple[str, str, int]] = []

    def second(write: str) -> None:
        wire.after = lambda write: None
        other = operator.start()
        others.append((*other.communicate(timeout=60), other.returncode))

    wire.after = second
    with operator.start() as first:
        assert first.wait(60) == 0
    ((_, refused, status),) = others
    assert status == 1
    assert re.search(r"\S+@\S+ has been publishing since .*; wait until that is done", refused)
    assert operator.stage.live
    assert operator.stage.broken_links() == set()


def locked_elsewhere(operator: Operator, age: timedelta) -> None:
    """As a publisher on another machine, which was cut off, leaves the lock behind."""
    holder = {"user": "ann", "host": "elsewhere", "process": 1, "since": "12:00", "token": "0"}
    operator.stage.put("versions/lock.json", json.dumps(holder))
    operator.stage.make_older("versions/lock.json", age)


def test_a_lock_from_another_machine_holds_for_five_minutes(operator: Operator) -> None:
    locked_elsewhere(operator, timedelta(minutes=4))
    refused = operator.publish()
    assert (refused.status, operator.stage.live) == (1, None)
    assert refused.err == (
        "ann@elsewhere has been publishing since 12:00; wait until that is done. "
        "If it was cut off, it is taken over after 5 minutes.\n"
    )


def test_an_older_lock_is_taken_over_and_that_is_said(operator: Operator) -> None:
    locked_elsewhere(operator, timedelta(minutes=6))
    told = operator.publish()
    assert (told.status, bool(operator.stage.live)) == (0, True)
    assert "Taking over from ann@elsewhere" in told.out
    assert "versions/lock.json" not in operator.stage.paths


def test_who_was_overtaken_leaves_the_page_as_the_other_made_it(operator: Operator) -> None:
    """A publisher that slept for so long that the lock was taken over and another published."""
    operator.publish()
    other = operator.stage.get("index.html")["text"].replace("Latchstring", "Theirs")
    operator.change_everything()
    wire = operator.stage.cloud.wire

    def overtake(write: str) -> None:
        if write.endswith("/manifest.json"):
            wire.quiet()
            operator.stage.put("index.html", other)

    wire.after = overtake
    refused = operator.publish()
    assert (refused.status, "theirs stays" in refused.err) == (1, True)
    assert operator.stage.get("index.html")["text"] == other


# When AWS hiccups.


@pytest.mark.parametrize(
    "path", ["lock.json", "assets/page.", "/manifest.json", "-site/index.html"]
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_write_that_seems_to_fail_is_tried_again(
    path: str, when: str, operator: Operator
) -> None:
    wire = operator.stage.cloud.wire

    def fail_once(write: str) -> bool:
        if path in write:
            setattr(wire, when, lambda write: None)
            return True
        return False

    setattr(wire, when, fail_once)
    assert operator.publish().status == 0
    assert operator.stage.live
    assert operator.stage.broken_links() == set()
    assert "versions/lock.json" not in operator.stage.paths


def test_when_cloudfront_refuses_the_page_is_live_and_that_is_said(operator: Operator) -> None:
    refused = operator.publish("--distribution", "NONE")
    assert (refused.status, bool(operator.stage.live)) == (1, True)
    assert refused.err == (
        "The page is live, but CloudFront was not told and may show the old one for a minute. "
        "AWS refused CreateInvalidation: NoSuchDistribution, "
        "The specified distribution does not exist; correct --distribution.\n"
    )


# What an operator may have got wrong.


@pytest.mark.parametrize("command", ["publish", "rollback", "versions"])
def test_without_credentials_it_is_said_how_to_have_some(
    command: str, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    refused = operator.run(command)
    assert (refused.status, refused.err) == (
        1,
        "There are no AWS credentials; sign in, or set AWS_PROFILE or AWS_ACCESS_KEY_ID.\n",
    )


def test_without_a_data_stack_it_is_said_how_to_make_one(operator: Operator) -> None:
    operator.stages.write_text(f'[fresh]\nregion = "{REGION}"\n')
    refused = operator.run("publish")
    assert refused.status == 1
    assert refused.err == (
        "The stack latchstring-fresh-data does not stand in eu-central-1, so there is no bucket; "
        "run `python -m infra deploy fresh` first.\n"
    )


def test_a_bucket_that_is_not_there_is_named(operator: Operator) -> None:
    refused = operator.publish("--bucket", "no-such-bucket")
    assert refused.status == 1
    assert refused.err.startswith("The bucket no-such-bucket does not exist; ")


def test_a_bucket_of_somebody_else_is_named(operator: Operator) -> None:
    operator.stage.cloud.wire.others.add("/taken")
    refused = operator.publish("--bucket", "taken")
    assert (refused.status, refused.err) == (
        1,
        "The bucket taken is not yours to read; use other credentials, or correct --bucket.\n",
    )


def test_a_region_in_which_nobody_answers_is_said_to_be_checked(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    refused = operator.publish()
    assert refused.status == 1
    assert refused.err.endswith("; check the network, and the region in stages.toml.\n")


def test_a_version_that_is_not_there_is_named(operator: Operator) -> None:
    operator.publish()
    live = operator.stage.live
    refused = operator.rollback("0123456789ab")
    assert (refused.status, operator.stage.live) == (1, live)
    assert refused.err.startswith("There is no version '0123456789ab'; ")


@pytest.mark.parametrize(
    ("stages", "complaint"),
    [
        ('[one]\nregion = "x"\n[two]\nregion = "x"\n', "Say which stage; .* has one, two."),
        ("[one]\n", "The stage 'one' in .* needs a region, such as 'eu-central-1'."),
        ("[one\n", ".*stages.toml: .*"),
        ("", "Say which stage; .* has none."),
    ],
)
def test_what_is_wrong_with_the_stages_is_said(
    stages: str, complaint: str, operator: Operator
) -> None:
    operator.stages.write_text(stages)
    refused = operator.run("publish")
    assert refused.status == 1
    assert re.fullmatch(f"{complaint}\n", refused.err)


def test_a_stage_that_is_not_there_is_named(operator: Operator) -> None:
    refused = operator.run("publish", "none")
    assert refused.status == 1
    assert re.match(r"There is no stage 'none' in .*, which has stage\d+\.\n", refused.err)


def test_a_broken_template_publishes_nothing(operator: Operator) -> None:
    operator.edit("page/register.html.j2", "{{ odd }}")
    refused = operator.publish()
    assert (refused.status, operator.stage.writes) == (1, [])
    assert "page/register.html.j2, line" in refused.err
