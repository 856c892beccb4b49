"""The command line: `python -m sitegen build`, `serve`, `publish`, `rollback` and `versions`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from backend.settings import SettingError, load
from sitegen.build import TEMPLATES, build
from sitegen.errors import BuildError, PublishError
from sitegen.manifest import Manifest
from sitegen.serve import serve

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


def _with_the_sdk(name: str) -> Callable[[argparse.Namespace], None]:
    """A command of `publishing`, with the SDK: loading that takes half as long as a build."""

    def run(options: argparse.Namespace) -> None:
        from sitegen import publishing  # noqa: PLC0415

        publishing.COMMANDS[name](options, _say)

    return run


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
    publishing.set_defaults(run=_with_the_sdk("publish"))
    rolling = commands.add_parser("rollback", help="make an earlier version live again")
    rolling.set_defaults(run=_with_the_sdk("rollback"))
    listing = commands.add_parser("versions", help="list what was published, the newest first")
    listing.set_defaults(run=_with_the_sdk("versions"))
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
    command.add_argument("--stages", type=Path, help=argparse.SUPPRESS)
