"""The pages of docs/ that are made from the code: settings and problems."""

from __future__ import annotations

from backend.settings import listed
from backend.web import problems

GENERATED = "<!-- Made from the code by `flask docs`. -->\n\n"


def pages() -> dict[str, str]:
    """The text of each page by its file name."""
    return {"settings.md": _settings(), "problems.md": _problems()}


def _settings() -> str:
    rows = [
        [
            f"`{entry.name}`",
            entry.about + (" Needed in production." if entry.required else ""),
            entry.allowed,
            f"`{entry.default}`" if entry.default else "",
        ]
        for _, entry in listed()
    ]
    return (
        "# Settings\n\n"
        + GENERATED
        + "All are read at the start from the environment; on AWS, what is not there comes "
        "from Parameter Store, where `python -m infra deploy` puts it "
        "([deploying](deploying.md)). A value that is not allowed stops the start with a "
        "sentence that names the setting, the value and what is allowed. `flask config` shows "
        "what is in force.\n\n"
        "Flask's own `FLASK_RUN_PORT` says on which port `flask run` serves (5000 by default).\n\n"
        + _table(["Setting", "What it is", "Allowed", "Default"], rows)
    )


def _problems() -> str:
    rows = [
        [f"`{entry.code}`", str(entry.status), entry.title, entry.detail]
        for entry in sorted(problems.listed(), key=lambda entry: (entry.status, entry.code))
    ]
    return (
        "# Problems\n\n" + GENERATED + "Every refusal is `application/problem+json` (RFC 9457). "
        "Branch on `code`, which is stable; `title` and `detail` are for people. With 422, "
        "`errors` says what is wrong with each member, and the problem has the code of the first."
        "\n\n" + _table(["Code", "Status", "Title", "What to do"], rows)
    )


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    escaped = ([cell.replace("|", "\\|") for cell in line] for line in lines)
    return "".join(f"| {' | '.join(line)} |\n" for line in escaped)
