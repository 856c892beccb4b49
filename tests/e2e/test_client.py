"""The client of the API, as another page of the site imports it."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.e2e.steps import join
from tests.installation import Installation
from tests.support import PASSWORD

ASK = """async () => {
  const { createClient } = await import('/client.js');
  const { body } = await createClient().me();
  return body.username;
}"""
REFUSED = """async () => {
  const { createClient, Problem } = await import('/client.js');
  try {
    await createClient().me();
  } catch (problem) {
    return [problem instanceof Problem, problem.code, problem.status];
  }
}"""
ASK_WITH_A_PROOF = """async (password) => {
  const { createClient } = await import('/client.js');
  const asked = [];
  const plain = createClient();
  const api = createClient({
    stepUp: async () => {
      asked.push('stepUp');
      await plain.stepUp({ password });
    },
  });
  const { body } = await api.exportMe();
  return [asked, body.user.username];
}"""


def test_it_speaks_for_whoever_is_signed_in(page: Page, installation: Installation) -> None:
    person = join(page, installation)
    assert page.evaluate(ASK) == person.username


def test_a_refusal_is_a_problem_with_the_code_of_the_api(page: Page) -> None:
    page.goto("/")
    assert page.evaluate(REFUSED) == [True, "not_authenticated", 401]


def test_it_asks_for_a_proof_where_one_is_needed_and_calls_again(
    page: Page, installation: Installation
) -> None:
    person = join(page, installation)
    assert page.evaluate(ASK_WITH_A_PROOF, PASSWORD) == [["stepUp"], person.username]
