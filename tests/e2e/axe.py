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


# What light or dark can change, by axe's own name for it.
COLOUR = "cat.color"


def violations(page: Page) -> list[str]:
    """By all rules in the light, and by those about colour in the dark."""
    page.evaluate(PAINT_AS_THE_BROWSER_DOES)
    # As a debugger runs it: in the page itself the policy would refuse it.
    page.evaluate(AXE_SCRIPT)
    found = []
    for scheme, rules in (("light", {}), ("dark", {"runOnly": [COLOUR]})):
        page.emulate_media(color_scheme=scheme)
        found += [f"{scheme}: {one}" for one in _broken(page, rules)]
    return found


def _broken(page: Page, rules: dict[str, list[str]]) -> list[str]:
    options = {"resultTypes": ["violations"], **rules}
    found = page.evaluate("(options) => axe.run(options)", options)["violations"]
    return [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]
