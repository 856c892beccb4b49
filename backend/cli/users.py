"""`flask users …`: what the operator does with accounts, by username, address or id."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from backend.accounts import administration, admission, password_resets, passwords
from backend.accounts.admission import NewAccount
from backend.accounts.errors import Invalid, Rejected
from backend.accounts.identifiers import parse_email, parse_username
from backend.accounts.profile_text import parse_display_name, parse_locale
from backend.accounts.roles import parse_roles
from backend.cli import transfer
from backend.cli.data import DataCommands, context, operator
from backend.cli.output import as_json_option, show_json, show_members, show_table
from backend.storage.users import User
from backend.web.admin import account_answer, listed_user

T = TypeVar("T")

PAGE: Final = 100

name_argument = click.argument("name")


@click.group("users", cls=DataCommands)
def users() -> None:
    """Accounts. NAME is a username, an address or an id."""


@users.command("list")
@click.option("--prefix", default="", help="Only usernames that begin so.")
@as_json_option
def list_users(prefix: str, *, as_json: bool) -> None:
    """All users in the order of usernames, addresses masked."""
    found = [listed_user(user) for user in _listed(prefix)]
    if as_json:
        show_json(found)
        return
    head = ["USERNAME", "EMAIL", "ROLES", "STATE", "CREATED", "ID"]
    show_table(
        head,
        (
            [
                user["username"],
                user["email"],
                " ".join(user["roles"]),
                "disabled" if user["disabled"] else "",
                user["created_at"],
                user["id"],
            ]
            for user in found
        ),
    )


@users.command("show")
@name_argument
@as_json_option
def show(name: str, *, as_json: bool) -> None:
    """One user."""
    found = administration.read_user(context(), operator(), _named(name).id)
    answer: dict[str, Any] = {**account_answer(found)}
    if as_json:
        show_json(answer)
    else:
        show_members(answer)


@users.command("create")
@click.argument("username")
@click.argument("email")
@click.option("--display-name", help="How the person is called.")
@click.option("--locale", help="A language tag such as de or pt-BR.")
@click.option("--role", "given", multiple=True, help="A role; may be given more than once.")
@click.option("--link", is_flag=True, help="No password: print a link to set one, good for 60 min.")
def create(
    username: str,
    email: str,
    display_name: str | None,
    locale: str | None,
    given: tuple[str, ...],
    *,
    link: bool,
) -> None:
    """Makes a user whose address counts as proved.

    The password is asked for without being shown; where standard input is no terminal, it is the
    first line of that.
    """
    new = NewAccount(
        username=_judged("USERNAME", parse_username, username),
        email=_judged("EMAIL", parse_email, email),
        display_name=_judged("--display-name", parse_display_name, display_name),
        locale=_judged("--locale", parse_locale, locale),
        roles=_judged("--role", parse_roles, given),
    )
    password = None if link else _password(new)
    try:
        user = admission.create(context(), operator(), new, password)
    except Invalid as refused:
        said = Rejected(refused.errors[0].code).detail
        raise click.ClickException(f"The password is not allowed: {said}") from None
    click.echo(f"created {user.username} ({user.id})")
    if link:
        click.echo(password_resets.link(context(), user))


@users.command("grant")
@name_argument
@click.argument("roles", nargs=-1, required=True)
def grant(name: str, roles: tuple[str, ...]) -> None:
    """Gives roles, such as admin; the user's sessions end."""
    wanted = _judged("ROLES", parse_roles, roles)
    _say_roles(administration.grant(context(), operator(), _named(name).id, wanted).user)


@users.command("revoke")
@name_argument
@click.argument("roles", nargs=-1, required=True)
def revoke(name: str, roles: tuple[str, ...]) -> None:
    """Takes roles; the user's sessions end."""
    unwanted = _judged("ROLES", parse_roles, roles)
    _say_roles(administration.revoke(context(), operator(), _named(name).id, unwanted).user)


@users.command("disable")
@name_argument
def disable(name: str) -> None:
    """Keeps a user out from now on; the user is told by mail."""
    user = administration.disable(context(), operator(), _named(name).id).user
    click.echo(f"disabled {user.username}")


@users.command("enable")
@name_argument
def enable(name: str) -> None:
    """Lets a disabled user in again."""
    user = administration.enable(context(), operator(), _named(name).id).user
    click.echo(f"enabled {user.username}")


@users.command("end-sessions")
@name_argument
def end_sessions(name: str) -> None:
    """Signs a user out everywhere."""
    user = administration.end_sessions(context(), operator(), _named(name).id).user
    click.echo(f"ended all sessions of {user.username}")


@users.command("void-password")
@name_argument
def void_password(name: str) -> None:
    """Takes a password that others may know; the user is told by mail how to set another."""
    user = administration.void_password(context(), operator(), _named(name).id).user
    click.echo(f"voided the password of {user.username}")


@users.command("reset-second-factors")
@name_argument
def reset_second_factors(name: str) -> None:
    """Takes authenticator app and recovery codes from a user who lost them, and tells the user."""
    user = administration.reset_second_factors(context(), operator(), _named(name).id).user
    click.echo(f"reset the second factors of {user.username}")


@users.command("delete")
@name_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(name: str, *, yes: bool) -> None:
    """Deletes a user with all that is theirs; username and address are free again."""
    user = _named(name)
    if not yes:
        click.confirm(f"Delete {user.username} ({user.email}) for good?", abort=True, err=True)
    administration.delete(context(), operator(), user.id)
    click.echo(f"deleted {user.username}")


users.add_command(transfer.import_users)
users.add_command(transfer.export_users)


def _listed(prefix: str) -> list[User]:
    found: list[User] = []
    after: str | None = None
    while True:
        page, after = administration.list_users(
            context(), operator(), prefix, after=after, limit=PAGE
        )
        found += page
        if after is None:
            return found


def _named(name: str) -> User:
    user = administration.named(context(), name)
    if user is None:
        raise click.ClickException(
            f"Nobody is called {name!r}. Give a username, an address or an id."
        )
    return user


def _judged(what: str, parse: Callable[[Any], T], value: Any) -> T:
    """The value as the rules have it; nothing stays nothing."""
    if value is None:
        return value  # type: ignore[return-value]
    try:
        return parse(value)
    except Rejected as rejected:
        shown = " ".join(value) if isinstance(value, tuple) else value
        raise click.ClickException(f"{what} is {shown!r}. {rejected.detail}") from None


def _password(new: NewAccount) -> str:
    typed = (
        click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        if sys.stdin.isatty()
        else sys.stdin.readline().rstrip("\r\n")
    )
    settings = context().settings
    own = [new.username.text, new.email.text, settings.brand_name]
    try:
        return passwords.check(typed, settings.password_min_length, own)
    except Rejected as rejected:
        raise click.ClickException(f"The password is not allowed: {rejected.detail}") from None


def _say_roles(user: User) -> None:
    click.echo(f"{user.username}: {' '.join(user.roles) or 'no roles'}")
