"""Lighthouse's judgement of a page: installed by a lock, run with the Chromium of this machine."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Final

from benchmarks import environments

HERE: Final = Path(__file__).parent
# Its names, and ours.
CATEGORIES: Final = {
    "performance": "Performance",
    "accessibility": "Accessibility",
    "best-practices": "Best practices",
    "seo": "SEO",
}
LIMIT: Final = 180.0


class NotJudged(Exception):
    """The reason, in one line."""


def install() -> Path:
    """Its program. Raises NotInstalled."""
    return environments.node(HERE) / "node_modules" / ".bin" / "lighthouse"


def judge(program: Path, url: str, chromium: str, flags: tuple[str, ...]) -> dict[str, float]:
    """Points out of 100 for each category, by our names. Raises NotJudged."""
    command = [str(program), url, "--output=json", "--quiet", "--no-enable-error-reporting"]
    try:
        done = subprocess.run(
            [*command, f"--chrome-flags={' '.join(flags)}"],
            env={**os.environ, "CHROME_PATH": chromium},
            capture_output=True,
            text=True,
            check=True,
            timeout=LIMIT,
        )
        told = json.loads(done.stdout)["categories"]
        return {ours: 100 * float(told[theirs]["score"]) for theirs, ours in CATEGORIES.items()}
    except (OSError, subprocess.SubprocessError) as failure:
        raise NotJudged(f"Lighthouse: {environments.last_line(failure)}") from None
    except (ValueError, KeyError, TypeError):
        raise NotJudged("Lighthouse gave no score") from None
