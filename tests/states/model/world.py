"""Everything that there is, and what several parts of the contract do to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Any

from tests.states.model.state import (
    ABSOLUTE_SECONDS,
    IDLE_SECONDS,
    RENAMED_SECONDS,
    SEEN_SECONDS,
    Account,
    Browser,
    Challenge,
    Device,
    Event,
    Letter,
    Passkey,
    Registration,
    Reset,
    Session,
    mailbox,
)


@dataclass(frozen=True)
class Owner:
    """Of a mailbox; with `until`, it was left and is kept for them."""

    account: Account
    until: int | None = None


@dataclass(frozen=True)
class Hold:
    holder: Registration
    until: int


@dataclass(frozen=True)
class Remembered:
    """What the same request is answered again; no answer: the username was taken."""

    asked: tuple[Any, ...]
    until: int
    answer: dict[str, Any] | None


@dataclass
class World:
    now: int
    accounts: list[Account] = field(default_factory=list)
    registrations: list[Registration] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    opened: dict[str, Session] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    challenges: list[Challenge] = field(default_factory=list)
    passkeys: list[Passkey] = field(default_factory=list)
    mailboxes: dict[str, Owner] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    resets: dict[str, Reset | None] = field(default_factory=dict)
    remembered: dict[str, Remembered] = field(default_factory=dict)
    tries: Counter[Hashable] = field(default_factory=Counter)
    letters: list[Letter] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    # Names and mailboxes

    def named(self, username: str) -> Account | None:
        key = username.strip().lower()
        return next((one for one in self.there() if one.username.lower() == key), None)

    def there(self) -> list[Account]:
        return [account for account in self.accounts if not account.deleted]

    def name_taken(self, username: str, by: Account | None = None) -> bool:
        owner, hold = self.named(username), self.holds.get(username.lower())
        held = hold is not None and hold.until > self.now
        own = by and hold and hold.holder is by.registration
        return (owner is not None and owner is not by) or (held and not own)

    def rename(self, account: Account, username: str) -> None:
        self.release_name(account)
        account.username = username
        until = self.now + RENAMED_SECONDS
        self.holds[username.lower()] = Hold(account.registration, until)

    def release_name(self, account: Account) -> None:
        hold = self.holds.get(account.username.lower())
        if hold and hold.holder is account.registration:
            del self.holds[account.username.lower()]

    def owner(self, address: str) -> Account | None:
        """Whose the mailbox is now."""
        owner = self.mailboxes.get(mailbox(address))
        return owner.account if owner and owner.until is None else None

    def mailbox_taken(self, address: str, by: Account | None = None) -> bool:
        owner = self.mailboxes.get(mailbox(address))
        if owner is None or owner.account is by:
            return False
        return owner.until is None or owner.until > self.now

    def let_go(self, account: Account, address: str) -> None:
        owner = self.mailboxes.get(mailbox(address))
        if owner and owner.account is account and owner.until is not None:
            del self.mailboxes[mailbox(address)]

    # What is told

    def mail(self, to: str, kind: str) -> Letter:
        letter = Letter(to, kind)
        self.letters.append(letter)
        return letter

    def letters_of(self, *kinds: str) -> list[Letter]:
        return [letter for letter in self.letters if letter.kind in kinds]

    def record(
        self, action: str, subject: Account, *, actor: Account | None = None, **details: Any
    ) -> None:
        self.events.append(Event(action, subject, actor or subject, self.now, details))

    # Accounts and sessions

    def changed(self, account: Account) -> None:
        account.version += 1
        account.updated_at = self.now

    def set_password(self, account: Account, password: str) -> None:
        account.password, account.password_changed_at = password, self.now

    def admins(self) -> list[Account]:
        return [account for account in self.accounts if account.administers]

    def in_force(self, session: Session) -> bool:
        account = session.account
        return (
            not session.over
            and session.idle_at > self.now
            and session.expires_at > self.now
            and session.generation == account.generation
            and not account.disabled
            and not account.deleted
        )

    def sessions_of(self, account: Account) -> list[Session]:
        """Those in force, newest first."""
        mine = [one for one in reversed(self.sessions) if one.account is account]
        return [one for one in mine if self.in_force(one)]

    def session_of(self, browser: Browser) -> Session | None:
        """The session that the browser's cookie opens; it is seen now."""
        session = self.opened.get(browser.token)
        if session is None or not self.in_force(session):
            return None
        if self.now - session.last_seen_at >= SEEN_SECONDS:
            session.last_seen_at = self.now
            session.idle_at = min(self.now + IDLE_SECONDS, session.expires_at)
        return session

    def begin_session(self, account: Account, browser: Browser) -> Session:
        session = Session(
            account=account,
            created_at=self.now,
            last_seen_at=self.now,
            idle_at=self.now + IDLE_SECONDS,
            expires_at=self.now + ABSOLUTE_SECONDS,
            generation=account.generation,
            browser=browser.name,
            prefix=browser.prefix,
        )
        self.sessions.append(session)
        if not browser.knows(account):
            browser.device = Device(account)
        return session

    def end_all(self, account: Account, *, but: Session | None = None) -> None:
        """All sessions, challenges, links and changes that were begun before are over."""
        account.generation += 1
        if but:
            but.generation = account.generation

    def set_token(self, session: Session, token: str) -> None:
        """The session has this token from now on and no other."""
        for old in [known for known, opened in self.opened.items() if opened is session]:
            del self.opened[old]
            self.ended.append(old)
        self.opened[token] = session

    def keep_mailbox(self, account: Account, until: int) -> None:
        key = mailbox(account.email)
        self.mailboxes[key] = replace(self.mailboxes[key], until=until)

    def delete(self, account: Account) -> None:
        self.release_name(account)
        account.deleted = True
        account.registration.gone = True
        kept = [key for key, owner in self.mailboxes.items() if owner.account is account]
        for key in kept:
            del self.mailboxes[key]
        self.resets.pop(mailbox(account.email), None)
