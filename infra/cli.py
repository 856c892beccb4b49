"""The command line: `python -m infra COMMAND STAGE`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from botocore.exceptions import BotoCoreError, ClientError

from infra import (
    aws,
    canary,
    cost,
    deploy,
    destroy,
    doctor,
    lock,
    logs,
    restore,
    rotate,
    stages,
    status,
    up,
)
from infra.errors import Refusal
from infra.screen import say
from infra.stacks import data, edge

FAILED, INTERRUPTED = 1, 130
COUNT_DIGITS = 12
STACKS = {"data": data.template, "edge": edge.template}


def main(argv: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], None] = options.run
    try:
        run(options)
    except Refusal as refusal:
        sys.stderr.write(f"{refusal}\n")
        return FAILED
    except (BotoCoreError, ClientError) as error:
        sys.stderr.write(f"{aws.explain(error)}\n")
        return FAILED
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted; run the same command again to go on.\n")
        return INTERRUPTED
    return 0


def _template(options: argparse.Namespace) -> None:
    say(STACKS[options.stack](stages.load(options.stage)).to_json())


def _cost(options: argparse.Namespace) -> None:
    done = cost.month(options.users, options.signins, options.registrations, options.visits)
    cost.cost(stages.load(options.stage), done, as_json=options.json)


def _plan(options: argparse.Namespace) -> None:
    deploy.plan(_connect(options))


def _deploy(options: argparse.Namespace) -> None:
    connection = _connect(options)
    with lock.held(connection, take_over=options.take_over):
        deploy.deploy(connection, yes=options.yes)


def _up(options: argparse.Namespace) -> None:
    connection = _connect(options)
    with lock.held(connection, take_over=options.take_over):
        up.up(connection, yes=options.yes)


def _smoke(options: argparse.Namespace) -> None:
    connection = _connect(options)
    with lock.held(connection, take_over=options.take_over):
        canary.fly(connection)


def _destroy(options: argparse.Namespace) -> None:
    connection = _connect(options)
    with lock.held(connection, take_over=options.take_over):
        destroy.destroy(
            connection, yes=options.yes, tables=options.tables, names=options.really or []
        )


def _status(options: argparse.Namespace) -> None:
    status.status(_connect(options), drift=not options.quick)


def _doctor(options: argparse.Namespace) -> None:
    doctor.doctor(_connect(options))


def _logs(options: argparse.Namespace) -> None:
    logs.logs(_connect(options), since=options.since, pattern=options.filter, follow=options.follow)


def _restore(options: argparse.Namespace) -> None:
    restore.restore(_connect(options), to=options.to, table=options.table, yes=options.yes)


def _rotate(options: argparse.Namespace) -> None:
    connection = _connect(options)
    with lock.held(connection, take_over=options.take_over):
        rotate.rotate(connection, options.secret, at_once=options.at_once)


def _connect(options: argparse.Namespace) -> aws.Aws:
    return aws.connect(stages.load(options.stage))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra", description="Puts a stage on AWS, and takes it away again."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    printing = commands.add_parser("template", help="print the CloudFormation of a stack")
    printing.add_argument("stack", choices=STACKS)
    printing.add_argument("stage", nargs="?", default="prod")
    printing.set_defaults(run=_template)
    _add_cost(commands)
    _add(commands, "plan", "show what `deploy` would change", _plan)
    _changing(_add(commands, "deploy", "make or change the stacks", _deploy))
    _changing(_add(commands, "up", "the whole way: stacks, function, page, smoke test", _up))
    testing = _add(commands, "smoke", "register, use and remove a test account", _smoke)
    _add_take_over(testing)
    standing = _add(commands, "status", "what stands, and what was changed by hand", _status)
    standing.add_argument("--quick", action="store_true", help="do not look for changes by hand")
    _add(commands, "doctor", "what has to be right outside of the code", _doctor)
    reading = _add(commands, "logs", "the function's log", _logs)
    reading.add_argument("--since", default="10m", help="such as 30s, 10m, 2h, 1d (%(default)s)")
    reading.add_argument("--filter", default="", help="a CloudWatch filter pattern")
    reading.add_argument("--follow", action="store_true", help="go on until interrupted")
    bringing = _add(commands, "restore", "bring a table back, beside the present one", _restore)
    bringing.add_argument("--to", required=True, help="a time such as 2026-05-01T12:00:00Z")
    bringing.add_argument("--table", default="accounts", help="(%(default)s)")
    bringing.add_argument("--yes", action="store_true", help="do not ask")
    replacing = _add(commands, "rotate", "replace a secret, step by step", _rotate)
    replacing.add_argument("secret", choices=rotate.KINDS)
    replacing.add_argument("--at-once", action="store_true", help="for one that has leaked")
    _add_take_over(replacing)
    ending = _changing(_add(commands, "destroy", "remove all but the tables", _destroy))
    ending.add_argument("--tables", action="store_true", help="remove the tables as well")
    ending.add_argument(
        "--really", metavar="STAGE", action="append", help="the stage's name; twice, for --tables"
    )
    return parser


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    about: str,
    run: Callable[[argparse.Namespace], None],
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=about)
    command.add_argument("stage", help="a table of infra/stages.toml")
    command.set_defaults(run=run)
    return command


def _add_cost(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser("cost", help="what a month costs, flow by flow, and elsewhere")
    command.add_argument("stage", nargs="?", default="prod")
    for name, default, about in (
        ("--users", 1000, "active in the month (%(default)s)"),
        ("--signins", None, "in the month, of all users together (4 a user)"),
        ("--registrations", None, "in the month (1 for 10 users)"),
        ("--visits", None, "of somebody signed in, in the month (5 a sign-in)"),
    ):
        command.add_argument(name, type=_count, default=default, metavar="N", help=about)
    command.add_argument("--json", action="store_true", help="print figures for a machine")
    command.set_defaults(run=_cost)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= COUNT_DIGITS):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a whole number from 0 to {10**COUNT_DIGITS - 1:,}"
        )
    return int(text)


def _changing(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    command.add_argument("--yes", action="store_true", help="do not ask")
    _add_take_over(command)
    return command


def _add_take_over(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--take-over", action="store_true", help="an earlier run was interrupted elsewhere"
    )
