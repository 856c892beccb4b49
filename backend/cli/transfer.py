"""`flask users import` and `export`: users from other systems, and from here to elsewhere."""

from __future__ import annotations

import json
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any, Final

import click
from flask.cli import with_appcontext

from backend.accounts import exports
from backend.accounts.hash_spellings import Firebase
from backend.accounts.imports import Import, Outcome
from backend.accounts.sealing import CannotUnseal
from backend.cli import encryption, files
from backend.cli.data import context, operator
from backend.cli.output import as_json_option, progress, show_json

MIN_PASSPHRASE: Final = 8

file_argument = click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
path = click.Path(path_type=Path, dir_okay=False)


@click.command("import")
@file_argument
@click.option(
    "--format", "form", type=click.Choice(["csv", "jsonl"]), help="Told by the name if not given."
)
@click.option("--dry-run", is_flag=True, help="Look at everything and write nothing.")
@click.option(
    "--identity", type=path, help="A file with the age identity that FILE is encrypted to."
)
@click.option(
    "--passphrase-file", type=path, help="A file whose first line FILE is encrypted with."
)
@click.option("--firebase-signer-key", help="base64_signer_key of the Firebase project.")
@click.option("--firebase-salt-separator", default="", help="base64_salt_separator.")
@click.option("--firebase-rounds", type=click.IntRange(1, 32), default=8, show_default=True)
@click.option("--firebase-mem-cost", type=click.IntRange(1, 20), default=14, show_default=True)
@as_json_option
@with_appcontext
def import_users(
    file: Path,
    form: str | None,
    identity: Path | None,
    passphrase_file: Path | None,
    *,
    dry_run: bool,
    as_json: bool,
    **firebase: Any,
) -> None:
    """Brings in the users of FILE, CSV or JSON lines, with the hashes of other systems.

    What is refused is listed with line and reason, and all others go in. Who is in already is
    skipped: an import that was cut off is run again. No mail is sent.
    """
    form = form or files.format_of(file)
    content = _opened(files.read(file), identity, passphrase_file)
    rows = list(files.rows(content, form))
    run = Import(context(), operator(), _firebase(**firebase), dry_run=dry_run)
    outcomes: list[Outcome] = []
    try:
        with progress(run.run(rows), "users", len(rows)) as counted:
            outcomes.extend(counted)
    finally:
        _report(outcomes, as_json=as_json, dry_run=dry_run)
    if any(outcome.refused for outcome in outcomes):
        sys.exit(1)


@click.command("export")
@file_argument
@click.option(
    "--recipient", "recipients", multiple=True, help="An age public key; may be repeated."
)
@click.option("--passphrase-file", type=path, help="Encrypt with the first line of this file.")
@click.option("--plain", is_flag=True, help="Do not encrypt, hashes and secrets included.")
@with_appcontext
def export_users(
    file: Path, recipients: tuple[str, ...], passphrase_file: Path | None, *, plain: bool
) -> None:
    """Writes all users to FILE as JSON lines, with hashes, passkeys and open factor secrets.

    Encrypted with age, to recipients or with a passphrase, which is asked for where none is given.
    `flask users import` takes it back, also under other keys.
    """
    if sum(map(bool, (recipients, passphrase_file, plain))) > 1:
        raise click.ClickException("Choose one of --recipient, --passphrase-file and --plain.")
    if str(file) != "-" and file.exists():
        raise click.ClickException(f"{file} is there already. Choose another name.")
    passphrase = None if recipients or plain else _new_passphrase(passphrase_file)
    content = _exported()
    count = content.count(b"\n")
    if recipients:
        content = encryption.encrypted_to(content, recipients)
    elif passphrase is not None:
        content = encryption.encrypted_by(content, passphrase)
    files.write(file, content)
    click.echo(f"exported {count} users", err=True)


def _exported() -> bytes:
    users = exports.users(context(), operator())
    lines = []
    with progress(users, "users", len(users)) as counted:
        for user in counted:
            try:
                record = exports.record(context(), user)
            except CannotUnseal as failure:
                raise click.ClickException(
                    f"A secret of {user.username} cannot be opened: {failure}."
                ) from None
            lines.append(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
    return "".join(lines).encode()


def _opened(content: bytes, identity: Path | None, passphrase_file: Path | None) -> bytes:
    if not encryption.is_encrypted(content):
        return content
    if identity:
        return encryption.decrypted_for(content, identity)
    if passphrase_file:
        return encryption.decrypted_by(content, files.first_line(passphrase_file))
    if not sys.stdin.isatty():
        raise click.ClickException(
            "The file is encrypted with age. Give --identity or --passphrase-file."
        )
    return encryption.decrypted_by(content, click.prompt("Passphrase", hide_input=True, err=True))


def _new_passphrase(file: Path | None) -> str:
    if file is None and not sys.stdin.isatty():
        raise click.ClickException("Choose --recipient, --passphrase-file or --plain.")
    passphrase: str = (
        files.first_line(file)
        if file
        else click.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True)
    )
    if len(passphrase) < MIN_PASSPHRASE:
        raise click.ClickException(f"The passphrase is shorter than {MIN_PASSPHRASE} characters.")
    return passphrase


def _firebase(
    firebase_signer_key: str | None,
    firebase_salt_separator: str,
    firebase_rounds: int,
    firebase_mem_cost: int,
) -> Firebase | None:
    if not firebase_signer_key:
        return None
    try:
        key, separator = (
            b64decode(text, validate=True)
            for text in (firebase_signer_key, firebase_salt_separator)
        )
    except ValueError:
        raise click.ClickException(
            "--firebase-signer-key and --firebase-salt-separator are base 64, as the console "
            "of Firebase shows them."
        ) from None
    return Firebase(key, separator, firebase_rounds, firebase_mem_cost)


def _report(outcomes: list[Outcome], *, as_json: bool, dry_run: bool) -> None:
    refused = [(one.line, one.refused) for one in outcomes if one.refused]
    imported = sum(one.imported for one in outcomes)
    already = len(outcomes) - imported - len(refused)
    if as_json:
        reasons = [{"line": n, "member": r.member, "reason": r.reason} for n, r in refused]
        show_json({"imported": imported, "already_in": already, "refused": reasons})
        return
    for line, reason in refused:
        click.echo(f"line {line}: {reason}", err=True)
    said = "would be imported" if dry_run else "imported"
    click.echo(f"{imported} {said}, {already} already in, {len(refused)} refused")
