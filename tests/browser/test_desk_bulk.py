"""Many at once in a browser: by mouse, by keys, without scripts; and the pages beside the queue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer

from articles import git, review
from articles.importing import import_site
from articles.models import Article, Site
from articles.remeasuring import measure_again
from tests.factories import NOON, make_article, make_site
from tests.samples import ARTICLE, PATH, changed, write_files

PUBLISHED = "Published 3 articles."


@pytest.fixture
def articles(transactional_db: None) -> list[Article]:
    site = make_site()
    made = [
        make_article(
            site,
            title=f"Story {number} of the harbour",
            quality=70 + number,
            publishedDateTime=NOON - timedelta(days=20 * number),
        )
        for number in range(5)
    ]
    measure_again(site)
    return made


def is_ours(line: ConsoleMessage) -> bool:
    """A complaint of the browser that is not of the pictures of a site that is none."""
    return line.type == "error" and "Failed to load resource" not in line.text


def published() -> list[str]:
    return [str(one)[:7] for one in Article.objects.published().order_by("pk")]


def open_queue(page: Page, base: str) -> None:
    page.goto(base)
    page.wait_for_selector("html[data-keys-work]", state="attached")


def test_three_are_published_and_taken_back_by_mouse(
    editor: Page, live_server: LiveServer, articles: list[Article]
) -> None:
    open_queue(editor, live_server.url)
    boxes = editor.locator(".pick")
    boxes.nth(0).click()
    boxes.nth(2).click(modifiers=["Shift"])
    expect(editor.locator("#picked")).to_have_text("3 selected:")
    editor.locator("#bulk-form").get_by_role("button", name="Publish", exact=True).click()
    expect(editor.get_by_text("3 would change")).to_be_visible()
    assert published() == []
    editor.get_by_role("button", name="Publish: 3 articles").click()
    expect(editor.locator("#toast")).to_contain_text(PUBLISHED)
    assert len(published()) == 3
    editor.get_by_role("button", name="Undo").click()
    expect(editor.locator("#toast")).to_contain_text("Taken back in 3 articles.")
    assert published() == []


def test_the_same_by_keys_alone(editor: Page, live_server: LiveServer, articles: list[Article]) -> None:
    open_queue(editor, live_server.url)
    for number in range(3):
        editor.keyboard.press("s")
        expect(editor.locator("#picked")).to_have_text(f"{number + 1} selected:")
        editor.keyboard.press("j")
        expect(editor.locator("#article h1")).to_have_text(f"Story {number + 1} of the harbour")
    tab_to(editor, "Publish", within="#bulk-form")
    editor.keyboard.press("Enter")
    expect(editor.get_by_text("3 would change")).to_be_visible()
    tab_to(editor, "Publish: 3 articles")
    editor.keyboard.press("Enter")
    expect(editor.locator("#toast")).to_contain_text(PUBLISHED)
    tab_to(editor, "Undo")
    editor.keyboard.press("Enter")
    expect(editor.locator("#toast")).to_contain_text("Taken back in 3 articles.")
    assert published() == []


def tab_to(page: Page, name: str, within: str = "main") -> None:
    """Press Tab until the button has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(
            "([name, within]) => document.activeElement.matches(`${within} button`)"
            " && document.activeElement.textContent.trim() === name",
            [name, within],
        ):
            return
    raise AssertionError(f"no way to {name} by Tab")


def test_all_that_match_without_scripts(
    browser: Browser, editor: Page, live_server: LiveServer, articles: list[Article]
) -> None:
    context = browser.new_context(java_script_enabled=False, storage_state=editor.context.storage_state())
    page = context.new_page()
    page.goto(f"{live_server.url}/?quality_min=72")
    page.get_by_role("button", name="Decide on all 3 in this list…").click()
    page.get_by_label("Do", exact=True).select_option("heat")
    page.get_by_label("Score").fill("12")
    page.get_by_role("button", name="Preview").click()
    assert "Heat: 68" in (page.text_content("table") or "")
    page.get_by_role("button", name="Set heat: 3 articles").click()
    assert list(Article.objects.order_by("pk").values_list("heat", flat=True)) == [68, 68, 12, 12, 12]
    page.get_by_role("button", name="Undo").click()
    assert set(Article.objects.values_list("heat", flat=True)) == {68}
    context.close()


def test_the_slider_asks_and_the_run_does_what_it_said(
    editor: Page, live_server: LiveServer, articles: list[Article]
) -> None:
    editor.goto(f"{live_server.url}/rules/")
    slider = editor.get_by_label("Publish what has at least this quality")
    slider.focus()
    for _ in range(3):
        editor.keyboard.press("ArrowRight")
    expect(editor.locator("#rule")).to_contain_text("2 of 5 would be published with at least 73; 0 are now.")
    assert "min_quality=73" in editor.url
    editor.get_by_role("button", name="Run: 2 articles").click()
    expect(editor.locator("#toast")).to_contain_text("changed sides of 2 articles")
    assert published() == ["Story 3", "Story 4"]


@pytest.fixture
def everything(articles: list[Article], editor: Page, tmp_path: Path) -> dict[str, str]:
    """The address of each page, with something of all kinds on it."""
    root = write_files(tmp_path / "meadow", {PATH: ARTICLE, "_news/b.md": changed(("Harbour pilots", "Meadow pilots"))})
    git.init(root, when=NOON)
    import_site(root, at=NOON)
    ed = User.objects.get(username="ed")
    review.edit(Article.objects.get(path=PATH), {"title": "A tug"}, by=ed, at=NOON)
    Article.objects.filter(pk__in=[one.pk for one in articles[:3]]).update(story=articles[0].pk)
    review.publish(articles[4], by=ed, at=NOON, reason="good")
    done = review.publish_each(articles[:2], by=ed, at=NOON)
    outcome = done[0].outcome
    assert outcome is not None
    assert outcome.event is not None
    return {
        "bulk": "/bulk/",
        "batch": f"/batch/{outcome.event.batch}/",
        "rules": "/rules/?site=harbour&min_quality=72",
        "stories": "/stories/",
        "story": f"/stories/?story={articles[0].pk}&lead={articles[1].pk}",
        "outbox": "/outbox/",
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 400])
def test_every_page_is_accessible_and_fits(
    editor: Page,
    live_server: LiveServer,
    everything: dict[str, str],
    accessibility_problems: Callable[[Page], list[str]],
    scheme: Any,
    width: int,
) -> None:
    said: list[str] = []
    editor.on("pageerror", lambda error: said.append(str(error)))
    editor.on("console", lambda line: said.append(line.text) if is_ours(line) else None)
    editor.set_viewport_size({"width": width, "height": 900})
    editor.emulate_media(color_scheme=scheme)
    for name, address in everything.items():
        editor.goto(f"{live_server.url}{address}")
        assert accessibility_problems(editor) == [], name
        assert editor.evaluate("document.documentElement.scrollWidth") <= width, name
    editor.goto(f"{live_server.url}/?state=all")
    editor.locator(".pick").first.check()
    editor.locator("#bulk-form").get_by_role("button", name="More…").click()
    assert accessibility_problems(editor) == []
    editor.get_by_role("button", name="Preview").click()
    assert accessibility_problems(editor) == []
    assert editor.evaluate("document.documentElement.scrollWidth") <= width
    assert Site.objects.count() == 2
    assert said == []
