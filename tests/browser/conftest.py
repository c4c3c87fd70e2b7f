"""Pages in Chromium: what every browser test may ask for, and what holds for each of them."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# Playwright runs an event loop in the thread of the test, which Django then takes for asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

FLAGS = [
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    # Pictures of example sites must not go looking for the network: no name but our own is found.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]

REPORT_CSP = """
document.addEventListener('securitypolicyviolation', event => {
  if (window.isAxeRunning) return;
  reportCsp([location.pathname, event.effectiveDirective, event.blockedURI].join(' '));
});
"""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    chromium = shutil.which(os.environ.get("CHROMIUM") or "chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed; ./dev test installs it, CHROMIUM names another place")
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []  # its sandbox refuses to work for root
    return {**browser_type_launch_args, "executable_path": chromium, "args": [*FLAGS, *as_root]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Nothing fades: the colours of a page are what they will be as soon as it is there."""
    return {**browser_context_args, "reduced_motion": "reduce"}


@pytest.fixture
def csp_violations(context: BrowserContext) -> Iterator[list[str]]:
    """Every breach of the Content-Security-Policy, on all pages; none may be left when the test ends.

    A test that provokes one clears the list.
    """
    violations: list[str] = []
    context.expose_function("reportCsp", lambda breach: violations.append(breach))
    context.add_init_script(REPORT_CSP)
    yield violations
    for page in context.pages:
        page.evaluate("0")  # the answer comes after all that the page had to report
    assert violations == []


@pytest.fixture
def visitor(page: Page, csp_violations: list[str], live_server: LiveServer) -> Page:
    """A page of someone who has not logged in."""
    return page


@pytest.fixture
def editor(visitor: Page, live_server: LiveServer, django_user_model: "type[User]") -> Page:
    """A page of a superuser, `ed`, who has logged in; that the form of the login works is for other tests to show."""
    client = Client()
    client.force_login(django_user_model.objects.create_superuser("ed", "ed@example.org", "pw"))
    session = client.cookies["sessionid"].value
    visitor.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    visitor.goto(f"{live_server.url}/admin/")
    visitor.wait_for_selector("#me", state="attached")
    return visitor


@pytest.fixture
def accessibility_problems() -> Callable[[Page], list[str]]:
    """Runs axe over a page; gives a line for each problem, "rule: element"."""

    def look(page: Page) -> list[str]:
        if not page.evaluate("'axe' in window"):
            page.evaluate(Axe().axe_script)
        page.evaluate("window.isAxeRunning = true")  # it writes styles of its own, which the policy stops
        found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        page.evaluate("window.isAxeRunning = false")
        return [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]

    return look
