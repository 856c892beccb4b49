"""`python -m tests.checks`: format, lint, types, the direction of imports, the catalogues."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BIN = Path(sys.executable).parent
CHECKS = (
    ["ruff", "format", "--check", "."],
    ["ruff", "check", "."],
    ["mypy"],
    ["lint-imports"],
    ["python", "-m", "tests.catalogues", "--check"],
)


def failed() -> list[str]:
    """Runs them all, shows what the failing ones say, and returns their names."""
    found = []
    for name, *arguments in CHECKS:
        command = [str(BIN / name), *arguments]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            found.append(" ".join([name, *arguments]))
            sys.stdout.write(run.stdout + run.stderr)
    return found


if __name__ == "__main__":
    failures = failed()
    sys.stdout.write(f"failed: {', '.join(failures)}\n" if failures else "all checks pass\n")
    sys.exit(bool(failures))
