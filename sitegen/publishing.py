"""The commands that need AWS: `python -m sitegen publish`, `rollback` and `versions`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from functools import wraps
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from backend.settings import load
from sitegen import aws, publish, stages
from sitegen.bucket import Bucket
from sitegen.errors import PublishError
from sitegen.publish import Changes, Say
from sitegen.stages import Destination, Stage

Command = Callable[[argparse.Namespace, Say], None]


def _told(command: Command) -> Command:
    """What AWS refuses becomes a sentence."""

    @wraps(command)
    def run(options: argparse.Namespace, say: Say) -> None:
        try:
            command(options, say)
        except (BotoCoreError, ClientError) as error:
            raise PublishError(aws.sentence(error)) from error

    return run


@_told
def _publish(options: argparse.Namespace, say: Say) -> None:
    stage = _stage(options)
    version, assets = publish.built(load(stages.environment(stage, os.environ)), options.templates)
    destination, bucket = _opened(stage, options)
    if options.dry_run:
        _show(publish.changes(bucket, version, assets), destination, len(assets), say)
    elif publish.publish(bucket, version, assets, say):
        _invalidate(destination, say)
    else:
        say(f"Version {version.name} is live already; the page has not changed.")


@_told
def _rollback(options: argparse.Namespace, say: Say) -> None:
    stage = _stage(options)
    destination, bucket = _opened(stage, options)
    if publish.rollback(bucket, options.version, say):
        _invalidate(destination, say)
    else:
        say("That version is live already.")


@_told
def _versions(options: argparse.Namespace, say: Say) -> None:
    stage = _stage(options)
    _, bucket = _opened(stage, options)
    listed = publish.versions(bucket)
    for time, name, live in listed:
        say(f"{name}  {time:%Y-%m-%d %H:%M} UTC{'  live' if live else ''}")
    if not listed:
        say("Nothing has been published yet.")


def _stage(options: argparse.Namespace) -> Stage:
    return stages.find(options.stage, options.stages or stages.FILE)


def _opened(stage: Stage, options: argparse.Namespace) -> tuple[Destination, Bucket]:
    destination = stages.destination(stage, options.bucket, options.distribution)
    bucket = Bucket(aws.client("s3", stage.region), destination.bucket)
    bucket.check()
    return destination, bucket


def _show(changes: Changes, destination: Destination, assets: int, say: Say) -> None:
    say(f"Version {changes.version.name} into the bucket {destination.bucket}:")
    for file in changes.missing:
        say(f"  add      {file.path} ({len(file.body)} bytes)")
    say(f"  keep     {assets - len(changes.missing)} of {assets} assets")
    for page, _ in changes.pages:
        say(f"  replace  {page.path} ({len(page.body)} bytes)")
    if changes.pages:
        say(f"  refresh  {destination.distribution or 'nothing, without a distribution'}")
    say("Nothing has been changed: this was a dry run.")


def _invalidate(destination: Destination, say: Say) -> None:
    if destination.distribution is None:
        say("There is no distribution yet, so nothing had to be invalidated.")
        return
    try:
        aws.invalidate(destination.distribution, ("/", "/index.*"))
    except (BotoCoreError, ClientError) as error:
        raise PublishError(
            "The page is live, but CloudFront was not told and may show the old one "
            f"for a minute. {aws.sentence(error)}"
        ) from error
    say(f"The distribution {destination.distribution} fetches the page anew.")


COMMANDS: Final = {"publish": _publish, "rollback": _rollback, "versions": _versions}
