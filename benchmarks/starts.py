"""How the function starts, beside the least that a start can be: the deployed zip under AWS's own
runtime interface emulator, in turn with Flask and boto3, with a bare handler, and with itself as it
was while it still had the SDK.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path
from typing import Final

from benchmarks import functions, memory_sizes
from benchmarks.emulator import ENVIRON, NotStarted, Start, start
from benchmarks.functions import BARE, BEFORE, FLASK, OURS, SOURCES, NotPacked, Packed
from benchmarks.memory_sizes import Work
from benchmarks.pictures import bars
from benchmarks.report import Note, Part, Picture, Table, Target

STARTS: Final = 7
MIB: Final = 2**20
PACK: Final[dict[str, Callable[[Path], Packed]]] = {
    OURS: functions.ours,
    SOURCES: functions.without_bytecode,
    FLASK: functions.flask,
    BARE: functions.bare,
    BEFORE: functions.before,
}
# What an import took by itself, in microseconds, as `-X importtime` tells it.
IMPORT: Final = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+([^.\s]+)")
DEAREST: Final = 10
TRACES: Final = 5
TITLE: Final = "How the function starts"
METHOD: Final = """\
Each zip is unpacked and started by `aws-lambda-rie` with `awslambdaric`, {starts} times in turn;
the figures are medians. The init time is the emulator's own; the CPU is that of the runtime's
process until it has answered its first call, `GET /api/v1/users/me` without a session (Flask and
the bare handler answer with a constant)."""
WORK: Final = """
A hash takes {hash:.0f} ms of CPU here; of the real function, with an engine behind it, a sign-in
takes {sign_in:.0f} ms and a signed-in `me` {me:.1f} ms, and its memory is {memory:.0f} MiB at the
most."""
BYTECODE: Final = "With bytecode a start takes {saved:.0%} of the CPU that it takes without."
DOUBTS: Final = (
    "The emulator runs this machine's Python and processor, Lambda Python 3.13 on arm64.",
    "Lambda reads the zip from afar, so that a small one gains more than is seen here.",
    "The bill is computed from CPU and share; no quota was set here.",
    "A call is taken to wait 5 ms for DynamoDB in `me` and 20 ms in a sign-in.",
    "Lambda gives a small function's start more CPU than its share, so that it is sooner.",
)


def measure(note: Note) -> Part:
    with tempfile.TemporaryDirectory(prefix="latchstring-") as temporary:
        folder = Path(temporary)
        packed, reasons = _pack(folder, note)
        starts = _start_in_turn(packed, reasons, note)
        tables, method = [_table(packed, starts, reasons)], METHOD.format(starts=STARTS)
        if OURS in starts:
            note("sign in and me, through the function, and what its imports take")
            done = memory_sizes.work(packed[OURS].folder)
            tables += [_imports(packed[OURS].folder), memory_sizes.bill(done, starts[OURS].cpu)]
            method += _told(done, _ratio(starts, OURS, SOURCES))
        targets = [*_ratios(starts, reasons), _size(folder, note)]
    figures = {name: astuple(taken) for name, taken in starts.items()}
    return Part(TITLE, method, tables, targets, [_picture(starts)], DOUBTS, figures)


def _told(done: Work, saved: float | None) -> str:
    said = WORK.format(hash=done.hash, sign_in=done.sign_in, me=done.me, memory=done.memory / MIB)
    return said if saved is None else f"{said} {BYTECODE.format(saved=saved)}"


def _pack(folder: Path, note: Note) -> tuple[dict[str, Packed], dict[str, str]]:
    packed, reasons = {}, {}
    for number, (name, pack) in enumerate(PACK.items()):
        note(f"packing {name}")
        try:
            packed[name] = pack(folder / str(number))
        except NotPacked as failure:
            reasons[name] = str(failure)
    return packed, reasons


def _start_in_turn(
    packed: dict[str, Packed], reasons: dict[str, str], note: Note
) -> dict[str, Start]:
    """Medians of each; what does not start has its reason added, and no figures."""
    taken: dict[str, list[Start]] = {name: [] for name in packed}
    # The first turn warms the disk, and is not counted.
    for turn in range(STARTS + 1):
        note(f"start {turn} of {STARTS}")
        for name in [name for name in packed if name not in reasons]:
            try:
                taken[name].append(start(packed[name].folder))
            except (NotStarted, OSError) as failure:
                reasons[name] = str(failure)
    return {name: _median(runs[1:]) for name, runs in taken.items() if name not in reasons}


def _median(runs: list[Start]) -> Start:
    columns = zip(*map(astuple, runs), strict=True)
    return Start(*(statistics.median(column) for column in columns))


def _ratio(
    starts: dict[str, Start], one: str, other: str, *, without: str | None = None
) -> float | None:
    """The CPU of one by that of the other, each less that of `without`."""
    if not {one, other, without or one} <= starts.keys():
        return None
    floor = starts[without].cpu if without else 0
    return (starts[one].cpu - floor) / (starts[other].cpu - floor)


def _ratios(starts: dict[str, Start], reasons: dict[str, str]) -> list[Target]:
    made = []
    for what, other, at_most in (
        ("start of the zip, beside Flask with boto3", FLASK, 1.5),
        ("start of the zip, beside ours before", BEFORE, 0.6),
    ):
        own = _ratio(starts, OURS, other, without=BARE)
        missing = reasons.get(OURS) or reasons.get(other, "")
        remark = missing if own is None else f"less a bare handler's, {own:.2f}"
        made.append(Target(what, at_most, _ratio(starts, OURS, other), "times", remark))
    return made


def _size(folder: Path, note: Note) -> Target:
    """The larger of the zip as deployed from here and the one that has bytecode in any case."""
    note("packing what is deployed")
    try:
        deployed = functions.deployed(folder / "deployed")
        compiled = functions.compiled_for_arm64(folder / "compiled")
    except NotPacked as failure:
        return Target("zip", 10, None, "MiB", str(failure))
    remark = f"for arm64 with bytecode; as deployed from here, {deployed.size / MIB:.1f} MiB"
    return Target("zip", 10, max(deployed.size, compiled.size) / MIB, "MiB", remark)


def _table(packed: dict[str, Packed], starts: dict[str, Start], reasons: dict[str, str]) -> Table:
    rows = []
    for name in PACK:
        if name in reasons:
            rows.append((name, f"not measured: {reasons[name]}", *[""] * 5))
            continue
        one = starts[name]
        times = [f"{taken:,.0f} ms" for taken in (one.init, one.cpu)]
        times += [f"{taken:,.1f} ms" for taken in (one.first, one.warm)]
        sizes = [f"{size / MIB:,.1f} MiB" for size in (one.memory, packed[name].size)]
        rows.append((name, *times, *sizes))
    columns = ("function", "init", "CPU to the first answer", "first call", "warm call")
    return Table("Starts", (*columns, "memory at most", "zip"), tuple(rows))


def _imports(folder: Path) -> Table:
    """The packages whose own modules take longest to import: the least of some traces."""
    traces = [_traced(folder) for _ in range(TRACES)]
    least = Counter({name: min(one[name] for one in traces) for name in traces[0]})
    rows = [(f"`{name}`", f"{took / 1000:.0f} ms") for name, took in least.most_common(DEAREST)]
    rows.append(("all", f"{least.total() / 1000:.0f} ms"))
    title = "What a start imports, by package, while it is traced"
    return Table(title, ("package", "its own modules"), tuple(rows))


def _traced(folder: Path) -> Counter[str]:
    """Microseconds for each package."""
    code = f"import sys; sys.path.insert(0, {str(folder)!r}); import backend.lambda_handler"
    command = [sys.executable, "-I", "-S", "-X", "importtime", "-c", code]
    told = subprocess.run(command, env=ENVIRON, capture_output=True, text=True, check=True).stderr
    taken: Counter[str] = Counter()
    for microseconds, package in IMPORT.findall(told):
        taken[package] += int(microseconds)
    return taken


def _picture(starts: dict[str, Start]) -> Picture:
    values = {name: starts[name].cpu if name in starts else None for name in PACK}
    about = "CPU until the first answer of the function, for each zip"
    return Picture("starts", about, bars("A start: CPU until the first answer", "ms", values))
