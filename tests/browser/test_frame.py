"""The frame in a browser: its menu, its messages, the pages of accounts, and a session that has gone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axes.utils import reset
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from articles.models import DeskPreference, Site
from tests.factories import NOON, make_article, make_site

WIDTHS = (1440, 900, 400)
SECRET = "pw"


@pytest.fixture
def site(transactional_db: None, tmp_path: Path) -> Site:
    site = make_site(root=tmp_path, read_at=NOON)
    for number in range(3):
        make_article(site, title=f"Tug {number}")
    return site


def log_in(page: Page, address: str, name: str, secret: str = SECRET) -> None:
    page.goto(address)
    page.fill("#id_username", name)
    page.fill("#id_password", secret)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def come_back(page: Page) -> None:
    """To a tab that was left for another: without a screen, nothing has the focus."""
    with page.expect_response("**/token/") as answer:
        page.evaluate("window.dispatchEvent(new Event('focus'))")
    answer.value.finished()


def make_visitor(name: str) -> User:
    """Without a group: tests of the browser empty the tables, and the groups went with the first of them."""
    return User.objects.create_user(name, f"{name}@example.com", "pw")


def check(page: Page, what: str, problems: Callable[[Page], list[str]]) -> None:
    """No finding of axe in light and dark, nothing wider than the window, at all widths."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert (what, width, beyond) == (what, width, 0)
        assert (what, scheme, problems(page)) == (what, scheme, [])


def test_the_pages_of_a_visitor_are_in_order(
    visitor: Page, live_server: LiveServer, site: Site, accessibility_problems: Callable[[Page], list[str]]
) -> None:
    make_visitor("ada")
    visitor.goto(f"{live_server.url}/preferences/")
    check(visitor, "login", accessibility_problems)
    log_in(visitor, f"{live_server.url}/login/", "ada", "wrong")
    check(visitor, "wrong password", accessibility_problems)
    for _ in range(4):
        log_in(visitor, f"{live_server.url}/login/", "ada", "wrong")
    expect(visitor.get_by_role("alert")).to_contain_text("Wait 15 minutes")
    expect(visitor.get_by_label("Name")).to_have_value("ada")
    check(visitor, "locked", accessibility_problems)
    reset()


def test_the_pages_of_a_user_are_in_order(
    editor: Page, live_server: LiveServer, site: Site, accessibility_problems: Callable[[Page], list[str]]
) -> None:
    for path in ("/preferences/", "/password/", "/nowhere/", "/admin/"):
        editor.goto(live_server.url + path)
        check(editor, path, accessibility_problems)
        editor.locator("#me summary").click()
        check(editor, f"{path} with the menu open", accessibility_problems)
    editor.goto(f"{live_server.url}/password/")
    editor.get_by_label("Old password").fill("no")
    editor.get_by_label("New password", exact=True).fill("1")
    editor.get_by_label("New password confirmation").fill("2")
    editor.keyboard.press("Enter")
    expect(editor.get_by_role("alert")).to_have_text("Nothing was changed. See below.")
    check(editor, "password refused", accessibility_problems)


def test_a_user_without_rights_sees_a_page_in_order(
    visitor: Page, live_server: LiveServer, site: Site, accessibility_problems: Callable[[Page], list[str]]
) -> None:
    make_visitor("nobody")
    log_in(visitor, f"{live_server.url}/login/", "nobody")
    expect(visitor.get_by_text("nobody may not view articles. A superuser can give the right.")).to_be_visible()
    expect(visitor.get_by_role("navigation", name="Main").get_by_role("link")).to_have_count(0)
    check(visitor, "nobody", accessibility_problems)


def test_the_frame_is_the_same_over_desk_and_records(editor: Page, live_server: LiveServer, site: Site) -> None:
    seen = []
    for path in ("/preferences/", "/admin/", "/admin/articles/article/"):
        editor.goto(live_server.url + path)
        parts = (
            "header.frame",
            "header.frame .brand",
            "header.frame nav a:first-child",
            "header.frame nav a:last-child",
        )
        boxes = [editor.locator(part).bounding_box() for part in (*parts, "#me summary")]
        styles = [
            editor.locator(part).evaluate("e => [getComputedStyle(e).font, getComputedStyle(e).textTransform]")
            for part in (*parts, "#me summary")
        ]
        seen.append((boxes, styles))
    assert seen[1] == seen[0]
    assert seen[2] == seen[0]


def test_the_menu_works_by_keyboard_and_closes_by_itself(editor: Page, live_server: LiveServer, site: Site) -> None:
    editor.goto(f"{live_server.url}/preferences/")
    editor.locator("#me summary").focus()
    editor.keyboard.press("Enter")
    password = editor.get_by_role("link", name="Change password")
    expect(password).to_be_visible()
    editor.keyboard.press("Escape")
    expect(password).to_be_hidden()
    expect(editor.locator("#me summary")).to_be_focused()
    editor.keyboard.press("Enter")
    editor.get_by_role("heading", name="Preferences").click()
    expect(password).to_be_hidden()


def test_colours_chosen_on_the_desk_hold_in_the_records(editor: Page, live_server: LiveServer, site: Site) -> None:
    def ground() -> Any:
        return editor.evaluate("getComputedStyle(document.body).backgroundColor")

    editor.emulate_media(color_scheme="light")
    editor.goto(f"{live_server.url}/preferences/")
    assert ground() == "rgb(255, 255, 255)"
    editor.locator("#me summary").click()
    editor.get_by_role("button", name="Colours: as your system").click()
    expect(editor.get_by_role("button", name="Colours: dark")).to_be_visible()
    assert ground() == "rgb(22, 22, 22)"
    editor.goto(f"{live_server.url}/admin/")
    assert ground() == "rgb(22, 22, 22)"


def test_nothing_fades_for_who_wants_no_motion(editor: Page, live_server: LiveServer, site: Site) -> None:
    editor.goto(f"{live_server.url}/admin/")
    lasts = "getComputedStyle(document.querySelector('main a')).transitionDuration"
    assert editor.evaluate(lasts) == "0s"
    editor.emulate_media(reduced_motion="no-preference")
    assert editor.evaluate(lasts) != "0s"


def test_the_first_tab_skips_to_the_content(editor: Page, live_server: LiveServer, site: Site) -> None:
    editor.goto(f"{live_server.url}/preferences/")
    editor.keyboard.press("Tab")
    expect(editor.get_by_role("link", name="Skip to the content")).to_be_focused()
    editor.keyboard.press("Enter")
    expect(editor.locator("main")).to_be_focused()


def test_a_message_is_put_away_by_escape(editor: Page, live_server: LiveServer, site: Site) -> None:
    editor.goto(f"{live_server.url}/preferences/")
    editor.get_by_label("Single keys decide").uncheck()
    editor.get_by_role("button", name="Save").click()
    expect(editor.get_by_role("status")).to_have_text("Saved: keys are off.")
    assert editor.evaluate("document.body.dataset.keys") == "off"
    editor.keyboard.press("Escape")
    expect(editor.get_by_role("status")).to_have_text("")


def test_without_scripts_login_preferences_and_logout_work(
    browser: Browser, live_server: LiveServer, site: Site
) -> None:
    make_visitor("ada")
    page = browser.new_context(java_script_enabled=False).new_page()
    log_in(page, f"{live_server.url}/preferences/", "ada")
    page.get_by_label("Single keys decide").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved: keys are off.")
    assert DeskPreference.objects.get().keys_on is False
    expect(page.locator(".theme-toggle")).to_be_hidden()
    page.locator("#me summary").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("status")).to_have_text("You have logged out.")
    page.context.close()


def test_a_form_sent_after_the_session_has_gone_is_sent_again(
    editor: Page,
    live_server: LiveServer,
    site: Site,
    accessibility_problems: Callable[[Page], list[str]],
) -> None:
    """Log in in a new tab, come back, send it again: the login made the page's token old, so it asks for a new one."""
    editor.goto(f"{live_server.url}/preferences/")
    editor.get_by_label("Single keys decide").uncheck()
    Session.objects.all().delete()
    editor.get_by_role("button", name="Save").click()
    check(editor, "session ended", accessibility_problems)
    with editor.context.expect_page() as opened:
        editor.get_by_role("link", name="Log in in a new tab").click()
    log_in(opened.value, opened.value.url, "ed")
    opened.value.close()
    come_back(editor)
    editor.get_by_role("button", name="Send it again").click()
    expect(editor.get_by_role("status")).to_have_text("Saved: keys are off.")
    assert DeskPreference.objects.get().keys_on is False


HTMX_POST = """() => {
  htmx.ajax('POST', '/preferences/', {target: '#main', swap: 'none', values: {keys_on: 'on'}});
}"""


def test_a_script_whose_session_has_gone_says_so_and_goes_on_after_the_login(
    editor: Page, live_server: LiveServer, site: Site
) -> None:
    editor.goto(f"{live_server.url}/preferences/")
    Session.objects.all().delete()
    editor.evaluate(HTMX_POST)
    expect(editor.get_by_role("status")).to_contain_text("your session has ended. What you typed is kept.")
    expect(editor.get_by_role("heading", name="Preferences")).to_be_visible()
    with editor.context.expect_page() as opened:
        editor.get_by_role("status").get_by_role("link").click()
    log_in(opened.value, opened.value.url, "ed")
    opened.value.close()
    come_back(editor)
    with editor.expect_response("**/preferences/") as answer:
        editor.evaluate(HTMX_POST)
    assert answer.value.status == 302
    assert DeskPreference.objects.get(user=User.objects.get()).keys_on is True


def test_a_desk_that_does_not_answer_is_told(editor: Page, live_server: LiveServer, site: Site) -> None:
    editor.goto(f"{live_server.url}/preferences/")
    editor.context.set_offline(True)
    editor.evaluate(HTMX_POST)
    expect(editor.get_by_role("status")).to_contain_text("The desk cannot be reached.")
    editor.context.set_offline(False)


def test_nothing_of_the_frame_is_printed(editor: Page, live_server: LiveServer, site: Site) -> None:
    for path in ("/preferences/", "/admin/articles/article/"):
        editor.goto(live_server.url + path)
        editor.emulate_media(media="print", color_scheme="dark")
        expect(editor.locator("header.frame")).to_be_hidden()
        assert editor.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        editor.emulate_media(media="screen")
