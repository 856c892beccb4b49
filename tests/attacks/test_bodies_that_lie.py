"""Mass assignment and type confusion: members that no body has, and members of every wrong kind."""

from __future__ import annotations

from typing import Any

import pytest

from tests.attacks.endpoints import WITH_BODY, Endpoint, each
from tests.attacks.scene import Scene
from tests.support import codes
from tests.tally import Tried

pytestmark = pytest.mark.usefixtures("unchanged")

# What accounts have and callers do not set, and what frameworks take by mistake.
EXTRA: dict[str, Any] = {
    name: value
    for value, names in [
        (["admin"], "role roles groups scope"),
        (True, "is_admin admin verified has_password two_factors"),
        ("2020-01-01T00:00:00Z", "email_verified_at created_at proved_at"),
        ("01980000-0000-7000-8000-000000000000", "id user_id userId sub"),
        ("U#", "password_hash email_key pk sk"),
        ([], "second_factors passkeys"),
        (0, "epoch version passkey_count attempts"),
        ({"admin": True}, "disabled __proto__ constructor __class__"),
    ]
    for name in names.split()
}
# No text, whatever the member.
NESTED: Any = [[[[[["x"]]]]]]
NO_TEXTS: list[Any] = [
    *[True, False, 0, -1, 1.5, 10**400, -(2**63), 1e308, [], ["x"], [None], {}, {"S": "x"}],
    *[{"$ne": None}, {"$gt": ""}, [{"a": 1}], {"a": {"a": {"a": "x"}}}, NESTED, {"length": 20}],
]
# Members that are not texts.
OBJECTS = {"credential", "passkey"}
LISTS = {"roles"}


@each(WITH_BODY)
def test_no_body_sets_what_it_has_no_member_for(
    endpoint: Endpoint, scene: Scene, tried: Tried
) -> None:
    extra = {name: value for name, value in EXTRA.items() if name not in endpoint.members}
    tried("attack", len(extra) - 1)
    for name, value in extra.items():
        answer = scene.root.call(endpoint.method, endpoint.path(), {name: value})
        assert answer.status_code == 422
        assert (f"/{name}", "unknown_member") in codes(answer)
        assert "Set-Cookie" not in answer.headers


@each([endpoint for endpoint in WITH_BODY if endpoint.members])
def test_a_member_of_another_kind_is_refused(
    endpoint: Endpoint, scene: Scene, tried: Tried
) -> None:
    cases = [(name, value) for name in endpoint.members for value in NO_TEXTS]
    tried("attack", len(cases) - 1)
    for name, value in cases:
        answer = scene.root.call(endpoint.method, endpoint.path(), {name: value})
        assert 400 <= answer.status_code < 500, (name, value)
        assert answer.content_type == "application/problem+json"
        if name not in OBJECTS | LISTS:
            assert f"/{name}" in {pointer.rstrip("/0") for pointer, _ in codes(answer)}


@each([endpoint for endpoint in WITH_BODY if OBJECTS & set(endpoint.members)])
def test_a_credential_of_any_other_form_is_refused(
    endpoint: Endpoint, scene: Scene, tried: Tried
) -> None:
    [name] = OBJECTS & set(endpoint.members)
    parts = ("id", "rawId", "type", "response", "clientExtensionResults")
    inner = ("clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle")
    forms: list[Any] = [{part: value} for part in parts for value in NO_TEXTS]
    forms += [{"response": {part: value}} for part in inner for value in [*NO_TEXTS, "", "AA", "!"]]
    tried("attack", len(forms) - 1)
    for form in forms:
        answer = scene.root.call(endpoint.method, endpoint.path(), {name: form})
        assert 400 <= answer.status_code < 500, form
        assert "Set-Cookie" not in answer.headers


@each(WITH_BODY)
@pytest.mark.parametrize(
    "raw",
    [
        *[b'{"__proto__": {"admin": true}}', b'{"": ""}', b'{"a": 1e400}', b'{"a": -1e400}'],
        *[b'{"\\u0065mail ": "x"}', b'{"EMAIL": "x"}', b'{"email[]": ["x"]}', b'{"user.roles": 1}'],
        b'{"roles": ["admin"], "roles": []}',
    ],
    ids=lambda raw: raw.decode(),
)
def test_no_spelling_of_a_member_stands_for_another(
    raw: bytes, endpoint: Endpoint, scene: Scene
) -> None:
    answer = scene.root.call(
        endpoint.method, endpoint.path(), data=raw, content_type="application/json"
    )
    assert answer.status_code in {400, 422}
