"""Sealed secrets open under their key, for their purpose and owner, and not otherwise."""

from __future__ import annotations

import pytest

from backend.accounts.sealing import CannotUnseal, renewed, seal, unseal

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
SECRET = b"JBSWY3DPEHPK3PXP"


def test_what_was_sealed_opens() -> None:
    assert unseal([KEY], "totp", "ann", seal(KEY, "totp", "ann", SECRET)) == SECRET


def test_what_is_sealed_twice_does_not_look_alike() -> None:
    assert seal(KEY, "totp", "ann", SECRET) != seal(KEY, "totp", "ann", SECRET)


def test_it_grows_by_a_key_id_a_nonce_of_96_bits_and_a_tag_of_128() -> None:
    """The nonce and the tag that NIST SP 800-38D 8.2.1 and 5.2.1.2 ask for."""
    assert len(seal(KEY, "totp", "ann", SECRET)) == 4 + 12 + 16 + len(SECRET)


def test_nothing_of_the_secret_shows() -> None:
    assert SECRET not in seal(KEY, "totp", "ann", SECRET)


@pytest.mark.parametrize(
    ("keys", "purpose", "owner"),
    [
        ([OTHER], "totp", "ann"),
        ([], "totp", "ann"),
        ([KEY], "token key", "ann"),
        ([KEY], "totp", "bob"),
    ],
    ids=["another key", "no key", "another purpose", "another owner"],
)
def test_it_opens_nowhere_else(keys: list[bytes], purpose: str, owner: str) -> None:
    with pytest.raises(CannotUnseal):
        unseal(keys, purpose, owner, seal(KEY, "totp", "ann", SECRET))


def test_no_altered_byte_goes_unseen() -> None:
    sealed = seal(KEY, "totp", "ann", SECRET)
    for place in range(len(sealed)):
        altered = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(CannotUnseal):
            unseal([KEY], "totp", "ann", altered)


def test_what_was_cut_does_not_open() -> None:
    sealed = seal(KEY, "totp", "ann", SECRET)
    for length in range(len(sealed)):
        with pytest.raises(CannotUnseal):
            unseal([KEY], "totp", "ann", sealed[:length])


def test_what_was_sealed_before_a_rotation_still_opens() -> None:
    sealed = seal(OTHER, "totp", "ann", SECRET)
    assert unseal([KEY, OTHER], "totp", "ann", sealed) == SECRET


def test_it_is_renewed_under_the_new_key_once() -> None:
    sealed = seal(OTHER, "totp", "ann", SECRET)
    anew = renewed((KEY, OTHER), "totp", "ann", sealed)
    assert unseal([KEY], "totp", "ann", anew) == SECRET
    assert renewed((KEY, OTHER), "totp", "ann", anew) == anew
