"""What others do, and what breaks, between two calls of a deletion to the database."""

from __future__ import annotations

import io

import pytest

from backend.storage import audit
from backend.storage.tables import AUDIT
from tests.invariants import assert_whole, stored
from tests.meanwhile import Asked, Tell, at, changed_before_each, cut
from tests.support import Browser, Site, administrator, assert_problem

WRITES = {"UpdateItem", "TransactWriteItems"}


@pytest.fixture
def ann(browser: Browser) -> Browser:
    """Signed in, and proved a moment ago."""
    browser.become()
    browser.prove()
    return browser


@pytest.fixture
def ann_id(ann: Browser) -> str:
    return str(ann.get("users/me").json["id"])


@pytest.fixture
def admin(site: Site) -> Browser:
    browser = administrator(site, "root1")
    browser.prove()
    return browser


def locks_out(operation: str, asked: Asked) -> bool:
    """Whether it is the first write of a deletion, which disables the user."""
    return operation in WRITES and "leaving" in str(asked)


def removes_user(operation: str, asked: Asked) -> bool:
    """Whether it is the last transaction, in which the user goes, who has to be disabled."""
    return operation == "TransactWriteItems" and "disabled" in str(
        asked["TransactItems"][0].get("Delete")
    )


def test_a_deletion_that_was_cut_off_is_finished_in_the_same_session(
    site: Site, ann: Browser, ann_id: str
) -> None:
    other = site.browser()
    other.sign_in()
    with site.calls.noted(at(removes_user, cut)):
        assert_problem(ann.delete("users/me"), 503, "unavailable")
    assert stored(site).users[ann_id]["disabled"]
    assert_problem(other.get("users/me"), 401, "not_authenticated")
    assert_problem(site.browser().sign_in(), 401, "invalid_credentials")
    assert ann.delete("users/me").status_code == 204
    assert assert_whole(site).users == {}


@pytest.mark.parametrize("disabled", [False, True])
def test_a_user_whom_an_admin_began_to_delete_is_not_enabled_again(
    site: Site, ann_id: str, admin: Browser, disabled: bool
) -> None:
    """Nor is one who was disabled before."""
    if disabled:
        admin.post(f"admin/users/{ann_id}/disable")
    with site.calls.noted(at(removes_user, cut)):
        assert_problem(admin.delete(f"admin/users/{ann_id}"), 503, "unavailable")
    assert_problem(admin.post(f"admin/users/{ann_id}/enable"), 404, "user_not_found")


@pytest.mark.parametrize("path", ["sessions", "sessions/{}"])
def test_a_session_that_was_ended_meanwhile_deletes_nothing(
    site: Site, ann: Browser, path: str
) -> None:
    other = site.instance().browser()
    other.sign_in()
    [own] = [one["id"] for one in ann.get("sessions").json["items"] if one["current"]]
    with site.calls.noted(at(locks_out, lambda: other.delete(path.format(own)))):
        assert_problem(ann.delete("users/me"), 401, "not_authenticated")
    assert other.get("users/me").json["username"] == "ann"
    assert site.browser().sign_in().status_code == 201


def test_who_is_deleted_by_an_admin_while_they_change_is_gone(
    site: Site, ann_id: str, admin: Browser
) -> None:
    with site.calls.noted(at(locks_out, lambda: site.change_user(ann_id, locale="de"))):
        assert admin.delete(f"admin/users/{ann_id}").status_code == 204
    assert ann_id not in assert_whole(site).users


def test_who_was_deleted_by_another_admin_meanwhile_is_not_found(
    site: Site, ann_id: str, admin: Browser
) -> None:
    with site.calls.noted(at(locks_out, lambda: site.delete_user(ann_id))):
        assert_problem(admin.delete(f"admin/users/{ann_id}"), 404, "user_not_found")
    assert_whole(site)


def test_who_changed_before_the_last_write_is_gone_all_the_same(
    site: Site, ann: Browser, ann_id: str
) -> None:
    with site.calls.noted(at(removes_user, lambda: site.change_user(ann_id, locale="de"))):
        assert ann.delete("users/me").status_code == 204
    assert assert_whole(site).users == {}


def test_who_changed_and_then_was_deleted_by_another_is_gone_all_the_same(
    site: Site, ann: Browser, ann_id: str
) -> None:
    """Once the last write had failed and the user was seen to be there."""
    changed: list[bool] = []

    def change() -> None:
        site.change_user(ann_id, locale="de")
        changed.append(True)

    def reads_again(operation: str, asked: Asked) -> bool:
        return bool(changed) and operation == "BatchGetItem" and f"U#{ann_id}" in str(asked)

    another = at(reads_again, lambda: site.delete_user(ann_id), after=1)
    with site.calls.noted(at(removes_user, change)), site.calls.noted(another):
        assert ann.delete("users/me").status_code == 204
    assert assert_whole(site).users == {}


@pytest.mark.parametrize("write", [locks_out, removes_user])
def test_who_changes_before_each_write_is_said_to_be_unavailable(
    site: Site, ann: Browser, ann_id: str, write: Tell[bool]
) -> None:
    with site.calls.noted(changed_before_each(write, site, ann_id)):
        assert_problem(ann.delete("users/me"), 503, "unavailable")
    assert ann.delete("users/me").status_code == 204


def test_who_deletes_themselves_leaves_no_trace_though_nothing_else_was_in_the_log(
    site: Site, ann: Browser, ann_id: str
) -> None:
    """The events before cannot show then that there is to be none."""
    for part in (f"{1:010}", f"{2:010}", "head"):
        key = {"pk": {"S": f"A#{ann_id}"}, "sk": {"S": part}}
        site.client.delete_item(TableName=site.prefix + AUDIT.name, Key=key)
    assert ann.delete("users/me").status_code == 204
    [event], _ = audit.of_user(site.context.database, ann_id, limit=10)
    assert (event.action, event.ip_prefix, event.user_agent) == ("user.deleted", "", "")


def test_events_that_could_not_be_swept_again_are_in_the_log(
    site: Site, ann: Browser, ann_id: str, log: io.StringIO
) -> None:
    """The account is gone by then."""

    def sweeps_again(operation: str, asked: Asked) -> bool:
        sweeps = operation == "Query" and f"A#{ann_id}" in str(asked) and "Limit" not in asked
        return sweeps and not stored(site).users

    with site.calls.noted(at(sweeps_again, cut)):
        assert ann.delete("users/me").status_code == 204
    assert "events not swept again" in log.getvalue()
