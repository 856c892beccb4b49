"""Pre-hijacking: preparing somebody's account before they have it (Sudhodanan and Paverd, 2022).

Of the five kinds two need sign-in by another provider, which there is not: classic-federated merge,
and a provider that does not verify. The others, and what is near them, are tried here.
"""

from __future__ import annotations

from backend.accounts.email_undo import UNDO_SECONDS
from tests.authenticator import Authenticator
from tests.factors import add_passkey, sign_up, use_passkey
from tests.invariants import assert_whole
from tests.support import NEW_PASSWORD, PASSWORD, Site, assert_problem

VICTIM, THIEF = "victim@example.com", "thief@example.com"
THEIRS = "nobody else has this"


def test_an_unproved_registration_keeps_nobody_from_their_address(site: Site) -> None:
    """Whoever proves the mailbox has the account, with their own password and no other."""
    for name in ("thief1", "thief2"):
        site.browser().register(name, email=VICTIM)
    victim = site.browser()
    victim.become("victim", email=VICTIM, password=THEIRS)
    assert_problem(site.browser().sign_in(VICTIM, PASSWORD), 401, "invalid_credentials")
    assert site.browser().sign_in(VICTIM, THEIRS).status_code == 201


def test_nothing_of_the_pending_registration_opens_the_account_that_came_after(site: Site) -> None:
    """Not by guessing, by another code, or by an address that is its own again."""
    thief = site.browser()
    begun = thief.register("thief", email=VICTIM)
    code = site.code(VICTIM)
    site.browser().become("victim", email=VICTIM)
    assert_problem(thief.verify(begun, code), 409, "account_exists")
    site.clock.advance(minutes=1)
    thief.resend(begun)
    assert not site.mails(VICTIM)[0]["subject"][:6].isdigit()
    thief.readdress(begun, THIEF)
    user = thief.verify(begun, site.code(THIEF)).json["user"]
    assert (user["username"], user["email"]) == ("thief", THIEF)
    assert_whole(site)


def test_a_pending_registration_gives_no_session(site: Site) -> None:
    """The unexpired session: there is none before the mailbox is proved, and then its prover's."""
    thief, victim = site.browser(), site.browser()
    begun = thief.register("victim", email=VICTIM)
    assert_problem(thief.sign_in("victim"), 401, "invalid_credentials")
    assert victim.verify(begun, site.code(VICTIM)).status_code == 201
    assert_problem(thief.get("users/me"), 401, "not_authenticated")
    [session] = victim.get("sessions").json["items"]
    assert session["current"]


def test_a_reset_ends_what_was_signed_in_by_the_password_before(site: Site) -> None:
    """Also where the victim confirmed a link that they had not asked for (decision 48)."""
    thief, victim = site.browser(), site.browser()
    begun = thief.register("victim", email=VICTIM)
    victim.verify(begun, site.code(VICTIM))
    assert thief.sign_in("victim").status_code == 201
    thief.prove()
    assert thief.get("users/me/export").status_code == 200
    victim.forget(VICTIM)
    assert victim.reset(site.token(VICTIM)).status_code == 204
    assert_problem(thief.get("users/me"), 401, "not_authenticated")
    assert_problem(thief.sign_in("victim"), 401, "invalid_credentials")
    assert victim.sign_in(VICTIM, NEW_PASSWORD).status_code == 201


def test_the_code_and_its_mail_say_whose_name_it_makes_and_that_nobody_has_to(site: Site) -> None:
    site.browser().register("thiefs-name", email=VICTIM)
    text = " ".join(site.mails(VICTIM)[0]["text"].split())
    assert "thiefs-name" in text
    assert "Then somebody else typed your address. Do nothing" in text


def test_an_unexpired_change_of_address_does_not_take_the_address_later(site: Site) -> None:
    thief = site.browser()
    thief.become("thief", email=THIEF)
    thief.readdress_account(VICTIM)
    code = site.code(VICTIM)
    site.browser().become("victim", email=VICTIM)
    assert_problem(thief.prove_address(code), 410, "email_change_expired")
    assert thief.get("users/me").json["email"] == THIEF
    assert site.browser().sign_in(VICTIM).json["user"]["username"] == "victim"
    assert_whole(site)


def test_a_change_of_address_that_was_begun_dies_with_the_reset(site: Site) -> None:
    """A thief in the account begins one to a mailbox of theirs, and the owner resets."""
    owner, thief = site.browser(), site.browser()
    owner.become("victim", email=VICTIM)
    thief.sign_in("victim")
    thief.readdress_account(THIEF)
    code = site.code(THIEF)
    owner.forget(VICTIM)
    owner.reset(site.token(VICTIM))
    thief.sign_in("victim", NEW_PASSWORD)
    assert_problem(thief.prove_address(code), 410, "email_change_expired")
    assert owner.sign_in(VICTIM, NEW_PASSWORD).json["user"]["email"] == VICTIM


def test_a_kept_address_is_nobodys_trap_once_its_time_is_over(site: Site) -> None:
    """A thief who had an address, and left it, does not stay behind in the account of the next."""
    thief = site.browser()
    thief.become("thief", email=VICTIM)
    undo = thief.move(THIEF)
    assert_problem(site.browser().sign_in(VICTIM), 401, "invalid_credentials")
    site.clock.advance(seconds=UNDO_SECONDS)
    site.browser().become("victim", email=VICTIM)
    assert_problem(site.browser().undo(undo), 410, "token_invalid")
    assert site.browser().sign_in(VICTIM).json["user"]["username"] == "victim"


def test_a_passkey_that_a_stranger_registered_with_needs_the_mailbox_too(site: Site) -> None:
    """The trojan identifier: it opens nothing unless the mailbox's owner confirms the mail."""
    phone = Authenticator()
    sign_up(site.browser(), phone, "thief", email=VICTIM)
    site.browser().become("victim", email=VICTIM)
    assert_problem(use_passkey(site.browser(), phone), 401, "invalid_credentials")


def test_a_passkey_that_a_thief_added_does_not_outlive_the_taking_back(site: Site) -> None:
    owner, thief, phone = site.browser(), site.browser(), Authenticator()
    owner.become("victim", email=VICTIM)
    site.clock.advance(minutes=1)
    thief.sign_in("victim")
    add_passkey(thief, phone)
    token = thief.move(THIEF)
    thief.change_password()
    assert site.browser().undo(token).status_code == 204
    assert_problem(thief.get("users/me"), 401, "not_authenticated")
    assert_problem(use_passkey(thief, phone), 401, "invalid_credentials")
    assert_problem(thief.sign_in(VICTIM, NEW_PASSWORD), 401, "invalid_credentials")
    assert site.browser().reset(site.token(VICTIM), THEIRS).status_code == 204
    assert site.browser().sign_in(VICTIM, THEIRS).status_code == 201
    assert_whole(site)
