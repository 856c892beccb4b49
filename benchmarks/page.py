"""The page: its bytes, its requests and its first view, beside the sign-in forms of others."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks import browsing, edge, forms, lighthouse, pictures
from benchmarks.environments import NotInstalled
from benchmarks.forms import SIGN_IN, VIEWS, Form, Size
from benchmarks.lighthouse import CATEGORIES, NotJudged
from benchmarks.report import Note, Part, Picture, Table, Target
from tests.e2e import chromium
from tests.installation import ROOT, running

BUILDS: Final = 5
JUDGEMENTS: Final = 3
KIB: Final = 1024

# For each view, what each category gave of 100.
Points = dict[str, dict[str, float]]

METHOD: Final = f"""\
`python -m sitegen build` runs {BUILDS} times. What it made is served uncompressed to an edge on
loopback that compresses as CloudFront does: from {edge.SMALLEST} bytes on, in Brotli (level
{edge.QUALITY}) or gzip, with an installation behind `/api/`. Chromium visits it with an empty
cache; requests and bytes are those of its DevTools protocol, headers of the answers included.
Times are medians of {forms.LOADS} visits in turn, with 1.6 Mbit/s, a round trip of 150 ms and a CPU
slowed down {browsing.CPU_SLOWDOWN} times; usable is when a field stands there that answers. The
others are their packages from npm, exact versions by lock, each on the least page that shows it:
bytes are of the scripts that the browser then asked for, by gzip 9 and Brotli 11 for all alike.
Lighthouse judges the same address {JUDGEMENTS} times, as a telephone, with its own throttling;
medians."""
DOUBTS: Final = (
    "Nobody outside AWS knows at which level CloudFront compresses; it may be some per cent off.",
    "Clerk, Hanko and Auth0 ask their service for settings first; their time ends before that.",
    "Ours is a whole page with style sheet and logo; the others are scripts, and need one besides.",
    "Loopback with added delay is not a mobile network: no handshake of TLS, no lost packet.",
)


def measure(note: Note) -> Part:
    path = chromium.executable()
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        note("build")
        builds = [_build(folder / "site") for _ in range(BUILDS)]
        if path is None:
            return report(builds, [], {}, "there is no chromium on the PATH")
        with _ours(folder) as url, ExitStack() as stack:
            with browsing.launched(path) as browser:
                found = [*forms.views(url), *forms.others(stack, folder, note)]
                forms.visit(browser, found, note)
            points, failure = _judged(url, path, note)
    return report(builds, found, points, failure)


def _build(output: Path) -> tuple[float, float]:
    """Seconds by the clock and of CPU."""
    command = [sys.executable, "-m", "sitegen", "build", "--output", str(output)]
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - began, cpu


@contextmanager
def _ours(folder: Path) -> Iterator[str]:
    with (
        running(folder) as installation,
        edge.served(edge.built(folder / "site"), installation.url) as url,
    ):
        yield url


def _judged(url: str, path: str, note: Note) -> tuple[Points, str]:
    """The medians of each view, or why there are none."""
    taken: dict[str, list[dict[str, float]]] = {view: [] for view in VIEWS}
    try:
        program = lighthouse.install()
        for turn in range(JUDGEMENTS):
            for view, place in VIEWS.items():
                note(f"Lighthouse {turn + 1} of {JUDGEMENTS}, {view}")
                taken[view].append(lighthouse.judge(program, url + place, path, chromium.FLAGS))
    except (NotInstalled, NotJudged) as failure:
        return {}, str(failure)
    return {view: _medians(given) for view, given in taken.items()}, ""


def _medians(given: Sequence[dict[str, float]]) -> dict[str, float]:
    return {
        category: statistics.median(one[category] for one in given)
        for category in CATEGORIES.values()
    }


def report(
    builds: Sequence[tuple[float, float]], found: Sequence[Form], points: Points, failure: str
) -> Part:
    seconds, cpu = (statistics.median(column) for column in zip(*builds, strict=True))
    weights = {form.title: form.size.brotli / KIB if form.size else None for form in found}
    picture = pictures.bars("What a browser loads for a form to sign in, Brotli", "KiB", weights)
    return Part(
        title="The page",
        method=METHOD,
        tables=[_weights(found), _visits(found), _judgements(points, failure), _building(builds)],
        targets=[
            *(target for form in found if form.title in VIEWS for target in _wire(form)),
            Target("Build of the page", 1, seconds, "s", f"{cpu:.2f} s of CPU"),
            *_shortfalls(points, failure),
        ],
        pictures=[Picture("page", "Bars: KiB that each form needs, after Brotli", picture)],
        doubts=DOUBTS,
        figures={"wire": {form.title: form.first.wire for form in found if form.first}},
    )


def _weights(found: Sequence[Form]) -> Table:
    ours = next((form.size for form in found if form.title == SIGN_IN), None)
    columns = ("form", "version", "files", "raw KiB", "gzip KiB", "Brotli KiB", "times ours", "")
    return Table(
        "What must be loaded for a form", columns, tuple(_weight(form, ours) for form in found)
    )


def _weight(form: Form, ours: Size | None) -> tuple[str, ...]:
    size = form.size
    if size is None:
        return (form.title, form.version, *["—"] * 5, f"not measured: {form.failure}")
    sizes = (f"{part / KIB:.1f}" for part in (size.raw, size.gzip, size.brotli))
    times = f"{size.brotli / ours.brotli:.1f}" if ours else "—"
    return (form.title, form.version, str(size.files), *sizes, times, form.counted)


def _visits(found: Sequence[Form]) -> Table:
    columns = ("form", "requests", "KiB over the wire", "first paint", "scripts run", "usable")
    return Table(
        "A first visit; times in ms, slow network and slow CPU",
        columns,
        tuple(_visited(form) for form in found),
    )


def _visited(form: Form) -> tuple[str, ...]:
    if form.first is None or form.failure:
        return (form.title, f"not measured: {form.failure}", *["—"] * 4)
    ours = form.title in VIEWS
    return (
        form.title,
        str(form.first.requests),
        f"{form.first.wire / KIB:.1f}",
        _milliseconds(form.median(lambda visit: visit.contentful), "nothing without its service"),
        _milliseconds(form.median(lambda visit: visit.executed), "as usable" if ours else "—"),
        _milliseconds(form.median(lambda visit: visit.usable), "not without its service"),
    )


def _milliseconds(value: float | None, otherwise: str) -> str:
    return otherwise if value is None else f"{value:.0f}"


def _judgements(points: Points, failure: str) -> Table:
    columns = ("view", *CATEGORIES.values())
    if failure:
        rows = [(view, f"not measured: {failure}", *["—"] * 3) for view in VIEWS]
    else:
        rows = [
            (view, *(f"{points[view][one]:.0f}" for one in CATEGORIES.values())) for view in VIEWS
        ]
    return Table("Lighthouse, points of 100", columns, tuple(rows))


def _building(builds: Sequence[tuple[float, float]]) -> Table:
    rows = tuple(
        (what, f"{statistics.median(column):.2f}", f"{min(column):.2f}", f"{max(column):.2f}")
        for what, column in zip(("by the clock", "of CPU"), zip(*builds, strict=True), strict=True)
    )
    return Table("`python -m sitegen build`, s", ("", "median", "least", "most"), rows)


def _wire(form: Form) -> Iterator[Target]:
    wire = form.first.wire / KIB if form.first else None
    requests = form.first.requests if form.first else None
    yield Target(f"First view, {form.title}", 25, wire, "KiB", form.failure)
    yield Target(f"First view, {form.title}", 5, requests, "requests", form.failure)


def _shortfalls(points: Points, failure: str) -> Iterator[Target]:
    for category in CATEGORIES.values():
        given = [100 - of[category] for of in points.values()]
        what = f"Lighthouse, points below 100 ({category})"
        yield Target(what, 0, max(given, default=None), "", failure)
