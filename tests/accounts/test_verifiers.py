"""Password verifiers: Argon2id with the right figures, brought up to date at sign-in."""

import re
import unicodedata

import pytest
from argon2 import PasswordHasher, Type

from backend.accounts import verifiers
from backend.accounts.passwords import normalise
from backend.storage import users
from backend.storage.users import User
from tests.support import PASSWORD, Browser, Site

pytestmark = pytest.mark.true_cost

ACCENTED = "crème brûlée at noon"
TODAY = r"\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}"
OLDER = [
    PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1),
    PasswordHasher(time_cost=3, memory_cost=19 * 1024, parallelism=1),
    PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=2),
    PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.I),
]


def stored(site: Site, username: str = "ann") -> User:
    user = users.find_by_sentinel(site.context.database, users.name_sentinel(username))
    assert user
    return user


def with_verifier(site: Site, verifier: str) -> None:
    """Ann's account as an earlier version left it."""
    site.browser().become("ann")
    users.rehash(site.context.database, stored(site), verifier)


def test_a_verifier_is_argon2id_of_19_mib_2_passes_and_1_lane() -> None:
    assert re.fullmatch(TODAY, verifiers.hash_password(PASSWORD))


def test_who_is_not_there_is_verified_at_the_same_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[str] = []
    monkeypatch.setattr(PasswordHasher, "verify", lambda _, verifier, __: judged.append(verifier))
    verifiers.verify(None, PASSWORD)
    assert re.fullmatch(TODAY, judged[0])


@pytest.mark.parametrize(
    "broken", ["none", "$argon2$", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$c2FsdA"]
)
def test_a_broken_verifier_is_that_of_no_password(broken: str) -> None:
    assert not verifiers.verify(broken, PASSWORD)


def test_one_password_has_another_verifier_each_time() -> None:
    assert verifiers.hash_password(PASSWORD) != verifiers.hash_password(PASSWORD)


@pytest.mark.parametrize("made_of", ["NFC", "NFD"])
@pytest.mark.parametrize("typed", ["NFC", "NFD"])
def test_a_password_is_right_however_its_characters_are_composed(made_of: str, typed: str) -> None:
    verifier = verifiers.hash_password(normalise(unicodedata.normalize(made_of, ACCENTED)))
    assert verifiers.verify(verifier, unicodedata.normalize(typed, ACCENTED))


@pytest.mark.parametrize(
    "typed", ["", PASSWORD.upper(), PASSWORD + " ", " " + PASSWORD, PASSWORD[:-1], "ﬁ" + PASSWORD]
)
def test_any_other_password_is_wrong(typed: str) -> None:
    assert not verifiers.verify(verifiers.hash_password(PASSWORD), typed)


def test_a_password_that_is_too_long_is_wrong_even_if_it_begins_with_the_right_one() -> None:
    longest = "x" * 128
    verifier = verifiers.hash_password(longest)
    assert verifiers.verify(verifier, longest)
    assert not verifiers.verify(verifier, longest + "x")


@pytest.mark.parametrize("verifier", [None, "", "plain text", "$argon2id$v=19$m=19456", "$2b$12$x"])
def test_without_a_verifier_no_password_is_right(verifier: str | None) -> None:
    assert not verifiers.verify(verifier, "nobody's password")


def test_a_verifier_of_today_is_not_outdated() -> None:
    assert not verifiers.outdated(verifiers.hash_password(PASSWORD))


@pytest.mark.parametrize("hasher", OLDER)
def test_a_verifier_with_other_figures_is_outdated_and_still_good(hasher: PasswordHasher) -> None:
    verifier = hasher.hash(PASSWORD)
    assert verifiers.outdated(verifier)
    assert verifiers.verify(verifier, PASSWORD)


def test_signing_in_brings_an_outdated_verifier_up_to_date(site: Site, browser: Browser) -> None:
    with_verifier(site, OLDER[0].hash(PASSWORD))
    assert browser.sign_in("ann").status_code == 201
    assert re.fullmatch(TODAY, stored(site).password_hash)
    assert site.browser().sign_in("ann").status_code == 201


def test_the_new_verifier_is_of_the_normalised_password(site: Site, browser: Browser) -> None:
    with_verifier(site, OLDER[0].hash(ACCENTED))
    assert browser.sign_in("ann", unicodedata.normalize("NFD", ACCENTED)).status_code == 201
    assert re.fullmatch(TODAY, stored(site).password_hash)
    assert verifiers.verify(stored(site).password_hash, ACCENTED)


def test_a_wrong_password_leaves_an_outdated_verifier(site: Site, browser: Browser) -> None:
    verifier = OLDER[0].hash(PASSWORD)
    with_verifier(site, verifier)
    assert browser.sign_in("ann", "wrong password, alas").status_code == 401
    assert stored(site).password_hash == verifier


def test_bringing_a_verifier_up_to_date_changes_nothing_that_one_sees(
    site: Site, browser: Browser
) -> None:
    with_verifier(site, OLDER[0].hash(PASSWORD))
    before = stored(site)
    browser.sign_in("ann")
    after = stored(site)
    assert (after.version, after.epoch, after.updated_at) == (
        before.version,
        before.epoch,
        before.updated_at,
    )


def test_a_verifier_of_today_is_left_alone(site: Site, browser: Browser) -> None:
    site.browser().become("ann")
    before = stored(site).password_hash
    browser.sign_in("ann")
    assert stored(site).password_hash == before
