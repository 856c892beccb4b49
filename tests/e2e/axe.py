"""axe, run in the page as it is."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# A page that paints no background has the browser's, which axe takes for white in the dark, too.
PAINT_AS_THE_BROWSER_DOES = """() => {
  const { documentElement: root, body } = document;
  const clear = (element) => getComputedStyle(element).backgroundColor === 'rgba(0, 0, 0, 0)';
  if (clear(root) && clear(body)) {
    root.style.background = 'Canvas';
  }
}"""


def violations(page: Page) -> list[str]:
    page.evaluate(PAINT_AS_THE_BROWSER_DOES)
    # As a debugger runs it: in the page itself the policy would refuse it.
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate("() => axe.run({resultTypes: ['violations']})")["violations"]
    return [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]
