"""`GET` and `PATCH` of users: oneself, and nobody else."""

from tests.support import Browser, Site, assert_problem


def test_one_reads_oneself(browser: Browser) -> None:
    user = browser.become("ann")
    answer = browser.get("users/me")
    assert answer.status_code == 200
    assert answer.json == user
    assert answer.headers["ETag"]


def test_nobody_is_read_without_a_session(browser: Browser) -> None:
    assert_problem(browser.get("users/me"), 401, "not_authenticated")
