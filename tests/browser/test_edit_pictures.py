"""Pictures in the form of the desk: typed over with the file beside it, kept when the tab closes, saved."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from articles.mapping import fields_in_force
from articles.models import Article
from tests.browser.test_frame import check
from tests.factories import make_article, make_site


def edit(page: Page, base: str) -> None:
    page.goto(base)
    page.wait_for_selector("html[data-keys-work]", state="attached")
    page.keyboard.press("e")


def test_pictures_are_edited_kept_and_saved(
    editor: Page, live_server: LiveServer, accessibility_problems: Callable[[Page], list[str]]
) -> None:
    urls = ("https://pictures.example.com/barge.jpg", "https://pictures.example.com/tug.jpg")
    make_article(make_site(), images=[{"url": url, "width": 1200, "height": 630} for url in urls])
    edit(editor, live_server.url)
    editor.get_by_text("Pictures 2").click()
    editor.get_by_label("Title of picture 1").fill("A barge")
    editor.get_by_label("Remove of picture 2").check()
    expect(editor.locator("#file-diff")).to_contain_text('title: "A barge"')
    check(editor, "pictures", accessibility_problems)
    editor.set_viewport_size({"width": 1440, "height": 900})

    edit(editor, live_server.url)
    editor.get_by_role("button", name="Put it back").click()
    expect(editor.get_by_label("Remove of picture 2")).to_be_checked()
    editor.get_by_role("button", name="Save", exact=True).click()
    expect(editor.locator("#toast")).to_contain_text("Pictures")
    (picture,) = fields_in_force(Article.objects.get())["images"]
    assert picture == {"url": urls[0], "width": 1200, "height": 630, "title": "A barge"}
