"""What the benchmarks write: every row is there, and what could not be measured says why."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from benchmarks import __main__ as command
from benchmarks import flows, pictures, report
from benchmarks.flows import Measured
from benchmarks.peers import FLOOR, FLOWS, LATCHSTRING, PEERS
from benchmarks.report import Part, Table, Target
from benchmarks.serving import NotStarted, serving

MEASURED = Measured(median=1, p99=2, cpu=10, engine_cpu=0.5, memory=2**20, wrong=0)


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (Target("zip", 10, 9.5, "MiB"), "| zip | 10 MiB | 9.5 | met |  |"),
        (Target("zip", 10, 10.4, "MiB"), "| zip | 10 MiB | 10.4 | **missed** |  |"),
        (
            Target("zip", 10, None, "MiB", "no pip"),
            "| zip | 10 MiB | not measured | **missed** | no pip |",
        ),
    ],
)
def test_a_target_is_met_missed_or_not_measured(target: Target, says: str) -> None:
    part = Part("Size", "It is weighed.", (), targets=[target])
    assert says in report.table(report.targets([part]))


def test_a_part_that_breaks_is_a_section_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_note: report.Note) -> Part:
        raise OSError("no disk")

    monkeypatch.setattr(flows, "measure", broken)
    assert "Not measured: OSError: no disk" in report.section(command._measured("flows"))  # noqa: SLF001


def test_a_part_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["speed"]) == 2
    assert "There is no part speed: flows," in capsys.readouterr().err


def test_a_peer_that_does_not_start_says_why() -> None:
    peer = replace(FLOOR, serve=("python", "-c", "raise SystemExit('no luck')"))
    with pytest.raises(NotStarted, match="no luck"), serving(peer):
        pass


def test_a_peer_that_failed_is_a_row_with_the_reason() -> None:
    failed, *others = PEERS[1:]
    measured = {peer.title: dict.fromkeys(FLOWS, MEASURED) for peer in (LATCHSTRING, *others)}
    table = flows._flow_table("me", measured, {failed.title: "no wheel"})  # noqa: SLF001
    assert [row[0] for row in table.rows] == [peer.title for peer in PEERS]
    assert table.rows[1][:2] == (failed.title, "no wheel")


def test_without_the_floor_no_target_is_met() -> None:
    measured = {LATCHSTRING.title: dict.fromkeys(FLOWS, MEASURED)}
    targets = flows._targets(measured, flows.Floors.__new__(flows.Floors))  # noqa: SLF001
    assert targets
    assert not any(target.met for target in targets)


def test_a_table_has_a_line_for_each_row() -> None:
    one = Table("Sizes", ("", "KiB"), (("ours", "9"), ("theirs", "did not install")))
    assert report.table(one).splitlines()[-2:] == ["| ours | 9 |", "| theirs | did not install |"]


def test_pictures_are_svg_that_names_what_was_not_measured() -> None:
    drawn = pictures.bars("CPU", "ms", {"ours": 1.5, "a < b": None})
    words = [text.text for text in ET.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")]
    assert words == ["CPU", "ours", "1.5 ms", "a < b", "not measured"]


def test_lines_go_over_a_logarithmic_scale() -> None:
    drawn = pictures.lines("Growth", "users", "ms", {"me": [(10, 1.0), (100, 1.0), (1000, 1.0)]})
    [line] = ET.fromstring(drawn).iter("{http://www.w3.org/2000/svg}polyline")
    xs = [float(point.split(",")[0]) for point in line.attrib["points"].split()]
    assert xs[2] - xs[1] == pytest.approx(xs[1] - xs[0])
