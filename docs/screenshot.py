"""`python -m docs.screenshot`: the picture of the README, from an installation made for it."""

from __future__ import annotations

import sys
from base64 import b64encode
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.e2e import chromium
from tests.e2e.authenticator import plugged_into
from tests.e2e.factors import add_app
from tests.e2e.steps import REGISTER, SECURITY, Person, button, field, join, see, sign_in
from tests.installation import Installation, running

PICTURE = Path(__file__).with_name("page.png")
SCALE = 2
ANN = Person("ann.astrom", "ann@example.com")
HERE = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.5 Safari/605.1.15"
ELSEWHERE = (
    "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Linux; Android 16) Chrome/140.0.0.0 Mobile Safari/537.36",
)
# Two windows on a table: security in the light, and a telephone in the dark.
TABLE = """<!doctype html>
<style>
  body { margin: 0; padding: 48px; background: #dfe6e1 }
  body { display: flex; justify-content: space-between; align-items: center }
  img { block-size: auto; border-radius: 14px; box-shadow: 0 0 0 1px #0002, 0 10px 28px #0003 }
  .security { inline-size: 720px }
  .telephone { inline-size: 390px }
</style>
<img class="security" src="data:image/png;base64,%s">
<img class="telephone" src="data:image/png;base64,%s">"""


def take() -> bytes:
    path = chromium.executable()
    if path is None:
        raise SystemExit("There is no chromium to take the picture with.")
    with (
        TemporaryDirectory() as folder,
        running(Path(folder)) as installation,
        chromium.launched(path) as browser,
    ):
        pictures = security(browser, installation), registration(browser, installation)
        table = browser.new_page(viewport={"width": 1280, "height": 880}, device_scale_factor=1.4)
        table.set_content(TABLE % tuple(b64encode(picture).decode() for picture in pictures))
        return table.screenshot(full_page=True)


def security(browser: Browser, installation: Installation) -> bytes:
    page = visit(browser, installation, 900, 800, user_agent=HERE)
    join(page, installation, ANN)
    for agent in ELSEWHERE:
        sign_in(visit(browser, installation, 900, 800, user_agent=agent), ANN.username)
    add_app(page)
    plugged_into(page)
    field(page, "Name of the new passkey").fill("MacBook")
    button(page, "Add a passkey").click()
    expect(page.get_by_role("status")).to_have_text("The passkey is added.")
    page.reload()
    see(page, SECURITY)
    return page.screenshot(full_page=True)


def registration(browser: Browser, installation: Installation) -> bytes:
    page = visit(browser, installation, 390, 740, color_scheme="dark")
    page.goto("/")
    see(page, REGISTER)
    field(page, "Username").fill("b.lind")
    field(page, "Email address").fill("bo@example.com")
    field(page, "Password").fill("violet tractor sings")
    page.get_by_role("heading", name=REGISTER).focus()
    return page.screenshot(full_page=True)


def visit(
    browser: Browser, installation: Installation, width: int, height: int, **options: Any
) -> Page:
    return browser.new_page(
        base_url=installation.named_url,
        viewport={"width": width, "height": height},
        device_scale_factor=SCALE,
        **options,
    )


if __name__ == "__main__":
    PICTURE.write_bytes(take())
    sys.stdout.write(f"{PICTURE.relative_to(Path.cwd())}: {PICTURE.stat().st_size // 1024} KiB\n")
