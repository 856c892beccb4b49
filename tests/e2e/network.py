"""A network that keeps people waiting, for as long as a test likes."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, Request, Route


def hold(page: Page, method: str, path: str) -> Callable[[], None]:
    """Keeps back every such call to the API until the function that it returns is called."""
    held: list[Route] | None = []

    def keep(route: Route) -> None:
        if held is None or route.request.method != method:
            route.continue_()
        else:
            held.append(route)

    def release() -> None:
        nonlocal held
        waiting, held = held or [], None
        for route in waiting:
            route.continue_()

    page.route(f"**/api/v1/{path}", keep)
    return release


def calls(page: Page, method: str) -> list[str]:
    """The addresses of the calls with this method, from now on."""
    made: list[str] = []

    def note(request: Request) -> None:
        if request.method == method and "/api/v1/" in request.url:
            made.append(request.url)

    page.on("request", note)
    return made
