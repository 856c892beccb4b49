"""`python -m tests.torture`: faults, crashes, load, attacks and states, in their long form.

On success the figures are written into docs/reliability.md and docs/security.md.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import tests.__main__ as runner
from tests.tally import KINDS, in_words

FOLDERS: Final = ("faults", "load", "races", "states", "attacks", "planted")
LIMIT_SECONDS: Final = 60 * 60
DOCS: Final = Path(__file__).parents[1] / "docs"
PAGES: Final = (DOCS / "reliability.md", DOCS / "security.md")
FIGURES: Final = re.compile(r"(?<=<!-- torture -->\n).*?(?=<!-- /torture -->)", re.DOTALL)


def main() -> int:
    left_out = runner.install_chromium()
    with TemporaryDirectory() as folder:
        tally = Path(folder) / "tally.json"
        status = runner.pytest(
            ["-m", "", f"--tally={tally}", *(f"tests/{name}" for name in FOLDERS)],
            limit_seconds=LIMIT_SECONDS,
        )
        found = json.loads(tally.read_text(encoding="utf-8")) if tally.exists() else {}
    runner.say(left_out)
    if status:
        runner.say(f"Tried {in_words(found)}. Something was lost, or somebody let in: see above.")
        return status
    runner.say(f"Tried {in_words(found)}. Nothing was lost, and nobody let in.")
    for page in PAGES:
        publish(page, found)
    return 0


def publish(page: Path, tally: Mapping[str, int]) -> None:
    rows = "".join(f"| {many} | {tally.get(many, 0):,} |\n" for many in KINDS.values())
    table = f"\n| tried | times |\n| --- | ---: |\n{rows}\n"
    text = page.read_text(encoding="utf-8")
    page.write_text(FIGURES.sub(table, text), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
