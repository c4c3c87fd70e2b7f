"""An act on many articles in a browser: watched, stopped, gone on with, taken back; in order at all widths."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from articles import bulk_runs, review
from articles.models import Article, BulkRun
from tests.browser.test_frame import check
from tests.factories import NOON, make_article, make_site

WAIT_MS = 15_000  # the page asks every two seconds


@pytest.fixture
def articles(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> list[Article]:
    monkeypatch.setattr(bulk_runs, "IN_REQUEST", 3)
    monkeypatch.setattr(bulk_runs, "AT_ONCE", 2)
    site = make_site()
    return [make_article(site, title=f"Story {number} of the harbour", quality=70 + number) for number in range(6)]


def start(page: Page, base: str) -> BulkRun:
    page.goto(base)
    page.get_by_role("button", name="Decide on all 6 in this list…").click()
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Publish: 6 articles").click()
    expect(page.get_by_role("heading", name="Publish: 6 articles")).to_be_visible()
    return BulkRun.objects.latest("pk")


def test_a_run_is_watched_stopped_gone_on_with_and_taken_back(
    editor: Page, live_server: LiveServer, articles: list[Article], accessibility_problems: Callable[[Page], list[str]]
) -> None:
    run = start(editor, live_server.url)
    expect(editor.get_by_text("No worker runs, so")).to_be_visible()
    check(editor, "waits", accessibility_problems)
    review.edit(articles[0], {"title": "A story of its own"}, by=User.objects.get(), at=NOON)

    def look(done: int) -> None:
        if done == 2:
            expect(editor.locator("#bulk-run")).to_contain_text("2 of 6 articles done.", timeout=WAIT_MS)
            check(editor, "runs", accessibility_problems)
            editor.get_by_role("button", name="Stop").focus()
            with editor.expect_response("**/bulk/*/?told=*"):
                pass
            expect(editor.get_by_role("button", name="Stop")).to_be_focused()
            editor.keyboard.press("Enter")
            expect(editor.get_by_text("ed stops it.")).to_be_visible()

    bulk_runs.carry_out(run.pk, progress=look)
    expect(editor.get_by_text("ed stopped it.")).to_be_visible(timeout=WAIT_MS)
    expect(editor.locator("#run-said")).to_have_text("Stopped: 1 article changed. 1 refused. 4 not done.")
    expect(editor.get_by_role("heading", name="Not done 4")).to_be_visible()
    check(editor, "stopped", accessibility_problems)
    editor.get_by_role("button", name="Go on: 4 articles").click()
    bulk_runs.carry_out(run.pk)
    expect(editor.get_by_text("5 changed or decided")).to_be_visible(timeout=WAIT_MS)
    check(editor, "done", accessibility_problems)
    assert Article.objects.published().count() == 5
    editor.get_by_role("button", name="Take it back").click()
    bulk_runs.carry_out(BulkRun.objects.latest("pk").pk)
    expect(editor.get_by_text("5 changed or decided")).to_be_visible(timeout=WAIT_MS)
    assert Article.objects.published().count() == 0


def test_the_same_without_scripts(
    browser: Browser, editor: Page, live_server: LiveServer, articles: list[Article]
) -> None:
    context = browser.new_context(java_script_enabled=False, storage_state=editor.context.storage_state())
    page = context.new_page()
    run = start(page, live_server.url)
    bulk_runs.carry_out(run.pk)
    page.get_by_role("link", name="Look again").click()
    assert "6 changed or decided" in (page.text_content("main") or "")
    page.get_by_role("button", name="Take it back").click()
    bulk_runs.carry_out(BulkRun.objects.latest("pk").pk)
    assert Article.objects.published().count() == 0
    context.close()
