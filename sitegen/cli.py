"""The command line: `python -m sitegen build` and `python -m sitegen serve`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from backend.settings import SettingError, Settings, load
from sitegen.build import TEMPLATES, build
from sitegen.errors import BuildError
from sitegen.manifest import Manifest
from sitegen.serve import serve

FAILED, MISUSED = 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    try:
        settings = load(os.environ)
        output = options.output or settings.instance_path / "site"
        _COMMANDS[options.command](settings, output, options)
    except SettingError as error:
        sys.stderr.write(f"{error}\n")
        return MISUSED
    except BuildError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    except KeyboardInterrupt:
        return 0
    return 0


def _build(settings: Settings, output: Path, options: argparse.Namespace) -> None:
    contents = build(settings, output, options.templates)
    sys.stdout.write(f"{_summary(contents)} in {output}\n")


def _serve(settings: Settings, output: Path, options: argparse.Namespace) -> None:
    serve(settings, output, options.templates, port=options.port, api=options.api.rstrip("/"))


_COMMANDS = {"build": _build, "serve": _serve}


def _summary(contents: Manifest) -> str:
    sizes = [
        min([entry["size"], *(coded["size"] for coded in entry["encodings"].values())])
        for entry in contents["files"]
    ]
    return f"{len(sizes)} files, {sum(sizes) / 1024:.1f} KiB compressed,"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sitegen", description="Builds the page.")
    commands = parser.add_subparsers(dest="command", required=True)
    _add(commands.add_parser("build", help="make the site, ready to be served"))
    serving = commands.add_parser("serve", help="serve the site and rebuild it on every change")
    _add(serving)
    serving.add_argument("--port", type=int, default=5001, help="default: 5001; 0 takes a free one")
    serving.add_argument(
        "--api",
        default="http://127.0.0.1:5000",
        help="where the API answers (default: %(default)s)",
    )
    return parser


def _add(command: argparse.ArgumentParser) -> None:
    command.add_argument("--output", type=Path, help="default: `site` in INSTANCE_PATH")
    command.add_argument("--templates", type=Path, default=TEMPLATES, help="default: ours")
