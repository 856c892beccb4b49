"""The command line: `python -m sitegen build`, `serve`, `publish`, `rollback` and `versions`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from backend.settings import SettingError, load
from sitegen import aws, publish, stages
from sitegen.bucket import Bucket
from sitegen.build import TEMPLATES, build
from sitegen.errors import BuildError, PublishError
from sitegen.manifest import Manifest
from sitegen.publish import Changes
from sitegen.serve import serve
from sitegen.stages import Destination, Stage

FAILED, MISUSED, INTERRUPTED = 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    try:
        options.run(options)
    except SettingError as error:
        _complain(str(error))
        return MISUSED
    except (BuildError, PublishError) as error:
        _complain(str(error))
        return FAILED
    except (BotoCoreError, ClientError) as error:
        _complain(aws.sentence(error))
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _build(options: argparse.Namespace) -> None:
    settings = load(os.environ)
    output = options.output or settings.instance_path / "site"
    contents = build(settings, output, options.templates)
    _say(f"{_summary(contents)} in {output}")


def _serve(options: argparse.Namespace) -> None:
    settings = load(os.environ)
    output = options.output or settings.instance_path / "site"
    with suppress(KeyboardInterrupt):
        serve(settings, output, options.templates, port=options.port, api=options.api.rstrip("/"))


def _publish(options: argparse.Namespace) -> None:
    stage = stages.find(options.stage, options.stages)
    version, assets = publish.built(load(stages.environment(stage, os.environ)), options.templates)
    destination, bucket = _opened(stage, options)
    if options.dry_run:
        _show(publish.changes(bucket, version, assets), destination, len(assets))
    elif publish.publish(bucket, version, assets, _say):
        _invalidate(destination)
    else:
        _say(f"Version {version.name} is live already; the page has not changed.")


def _rollback(options: argparse.Namespace) -> None:
    stage = stages.find(options.stage, options.stages)
    destination, bucket = _opened(stage, options)
    if publish.rollback(bucket, options.version, _say):
        _invalidate(destination)
    else:
        _say("That version is live already.")


def _versions(options: argparse.Namespace) -> None:
    stage = stages.find(options.stage, options.stages)
    _, bucket = _opened(stage, options)
    listed = publish.versions(bucket)
    for time, name, live in listed:
        _say(f"{name}  {time:%Y-%m-%d %H:%M} UTC{'  live' if live else ''}")
    if not listed:
        _say("Nothing has been published yet.")


def _opened(stage: Stage, options: argparse.Namespace) -> tuple[Destination, Bucket]:
    destination = stages.destination(stage, options.bucket, options.distribution)
    bucket = Bucket(aws.client("s3", stage.region), destination.bucket)
    bucket.check()
    return destination, bucket


def _show(changes: Changes, destination: Destination, assets: int) -> None:
    _say(f"Version {changes.version.name} into the bucket {destination.bucket}:")
    for file in changes.missing:
        _say(f"  add      {file.path} ({len(file.body)} bytes)")
    _say(f"  keep     {assets - len(changes.missing)} of {assets} assets")
    for page, _ in changes.pages:
        _say(f"  replace  {page.path} ({len(page.body)} bytes)")
    if changes.pages:
        _say(f"  refresh  {destination.distribution or 'nothing, without a distribution'}")
    _say("Nothing has been changed: this was a dry run.")


def _invalidate(destination: Destination) -> None:
    if destination.distribution is None:
        _say("There is no distribution yet, so nothing had to be invalidated.")
        return
    try:
        aws.invalidate(destination.distribution, ("/", "/index.*"))
    except (BotoCoreError, ClientError) as error:
        raise PublishError(
            "The page is live, but CloudFront was not told and may show the old one "
            f"for a minute. {aws.sentence(error)}"
        ) from error
    _say(f"The distribution {destination.distribution} fetches the page anew.")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _complain(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


def _summary(contents: Manifest) -> str:
    sizes = [
        min([entry["size"], *(coded["size"] for coded in entry["encodings"].values())])
        for entry in contents["files"]
    ]
    return f"{len(sizes)} files, {sum(sizes) / 1024:.1f} KiB compressed,"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sitegen", description="Builds the page and publishes it."
    )
    commands = parser.add_subparsers(required=True)
    building = commands.add_parser("build", help="make the site, ready to be served")
    building.set_defaults(run=_build)
    serving = commands.add_parser("serve", help="serve the site and rebuild it on every change")
    serving.set_defaults(run=_serve)
    serving.add_argument("--port", type=int, default=5001, help="default: 5001; 0 takes a free one")
    serving.add_argument(
        "--api",
        default="http://127.0.0.1:5000",
        help="where the API answers (default: %(default)s)",
    )
    publishing = commands.add_parser("publish", help="build the site and make it live")
    publishing.set_defaults(run=_publish)
    rolling = commands.add_parser("rollback", help="make an earlier version live again")
    rolling.set_defaults(run=_rollback)
    listing = commands.add_parser("versions", help="list what was published, the newest first")
    listing.set_defaults(run=_versions)
    for command in (publishing, rolling, listing):
        _add_destination(command)
    rolling.add_argument("version", nargs="?", help="default: the one that was live before")
    publishing.add_argument("--dry-run", action="store_true", help="only say what would change")
    for command in (building, serving):
        command.add_argument("--output", type=Path, help="default: `site` in INSTANCE_PATH")
    for command in (building, serving, publishing):
        command.add_argument("--templates", type=Path, default=TEMPLATES, help="default: ours")
    return parser


def _add_destination(command: argparse.ArgumentParser) -> None:
    command.add_argument("stage", nargs="?", help="default: the only one in infra/stages.toml")
    command.add_argument("--bucket", help="default: the one that the data stack made")
    command.add_argument("--distribution", help="default: the one that the edge stack made")
    command.add_argument("--stages", type=Path, default=stages.FILE, help=argparse.SUPPRESS)
