"""The admin in a browser: an editor's errands, with and without scripts, and what must hold on every page."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from articles import review
from articles.models import Article, Event, Image, Override, Provider, Site, Topic
from tests.factories import FIELDS, NOON, make_article, make_site

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="40" height="30" fill="#888"/></svg>'
LIST = "/admin/articles/article/"


@pytest.fixture
def site(transactional_db: None, tmp_path: Path) -> Site:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "herald.svg").write_text(SVG)
    return make_site(root=tmp_path)


@pytest.fixture
def articles(site: Site) -> list[Article]:
    pictures = [{"url": "/assets/herald.svg", "title": "One"}, {"url": "/assets/none.svg", "title": "Two"}]
    return [
        make_article(
            site,
            title=f"Harbour pilots test tug {number}",
            quality=40 + number * 5,
            images=pictures,
            publishedDateTime=NOON - timedelta(days=number),
            related=[{"title": "Old cells", "quality": 95}],
            levels=["one"],
        )
        for number in range(12)
    ]


@pytest.fixture
def decided(articles: list[Article], editor: Page) -> Article:
    """An article with decisions and problems of all kinds."""
    ed = User.objects.get(username="ed")
    article = make_article(articles[0].site, quality="high", originalUrl="nowhere", heat=-1, type="video")
    review.edit(article, {"title": "Mended", "levels": "two", "images": []}, by=ed, at=NOON, reason="Mojibake")
    review.publish(article, by=ed, at=NOON, reason="Good")
    article.overrides.filter(key="title").update(in_conflict=True)
    return article


def decided_pictures() -> list[str]:
    value: Any = Override.objects.get(key="images").value
    return [image["url"] for image in value]


def find(page: Page, base: str, title: str) -> None:
    page.goto(f"{base}{LIST}")
    page.get_by_label("Search").fill(title)
    page.keyboard.press("Enter")
    page.get_by_role("link", name=title, exact=True).click()


def test_an_editor_finds_an_article_mends_its_title_publishes_and_resets(
    editor: Page, live_server: LiveServer, articles: list[Article]
) -> None:
    find(editor, live_server.url, "Harbour pilots test tug 3")
    expect(editor.get_by_text("Quality 55 is below the site's 70.")).to_be_visible()
    editor.get_by_label("Title").first.fill("A tug that steers itself")
    editor.get_by_label("Reason").fill("Shorter")
    editor.get_by_role("button", name="Publish", exact=True).click()
    expect(editor.get_by_text("Saved “A tug that steers itself”: Title.")).to_be_visible()
    expect(editor.get_by_text("Published “A tug that steers itself”.")).to_be_visible()
    article = Article.objects.get(pk=articles[3].pk)
    assert (article.title, article.published) == ("A tug that steers itself", True)
    find(editor, live_server.url, "A tug that steers itself")
    editor.get_by_role("button", name="reset Title to the crawler's value").click()
    expect(editor.get_by_text("Title is the crawler's again.")).to_be_visible()
    assert Article.objects.get(pk=article.pk).title == "Harbour pilots test tug 3"


def test_saving_an_untouched_page_from_a_browser_changes_nothing(
    editor: Page, live_server: LiveServer, site: Site
) -> None:
    odd: dict[str, Any] = {
        "title": " a\r\nb\n\nc ",
        "excerpt": "\n\nbegins with breaks\ttab \N{NO-BREAK SPACE}\u2028 ends\n",
        "originalUrl": "https://example.com/a b\n",
        "quality": "high",
        "topics": [" spaced ", "two"],
        "featuredContent": "</textarea><script>alert(1)</script>",
        "images": [{"url": "/assets/herald.svg", "title": "a\nb", "isCached": "maybe", "more": [1]}, {}],
        "provider": {"name": " Herald\u202e ", "domain": "EXAMPLE.com"},
    }
    article = make_article(site, **odd)
    editor.goto(f"{live_server.url}{LIST}{article.pk}/change/")
    editor.get_by_role("button", name="Save", exact=True).click()
    expect(editor.get_by_text("Nothing was changed in")).to_be_visible()
    assert not Event.objects.exists()


def test_without_scripts_everything_works(
    browser: Browser, live_server: LiveServer, articles: list[Article], django_user_model: Any
) -> None:
    django_user_model.objects.create_superuser("ed", "ed@example.org", "pw")
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{live_server.url}{LIST}")
    page.fill("#id_username", "ed")
    page.fill("#id_password", "pw")
    page.click("input[type=submit]")
    page.select_option("#filter-quality", "below")
    page.click("text=Show")
    page.get_by_label("Select “Harbour pilots test tug 0”").check()
    page.get_by_label("Select “Harbour pilots test tug 1”").check()
    page.get_by_role("button", name="Publish ticked", exact=True).click()
    expect(page.get_by_text("Published 2 articles")).to_be_visible()
    assert Article.objects.filter(published=True).count() == 2
    page.get_by_role("link", name="Harbour pilots test tug 2", exact=True).click()
    page.locator("#id_images-1-ORDER").fill("1")
    page.locator("#id_images-2-url").fill("/assets/new.svg")
    page.get_by_role("button", name="Save and continue").click()
    assert decided_pictures() == ["/assets/none.svg", "/assets/herald.svg", "/assets/new.svg"]
    page.get_by_role("button", name="reset Pictures").click()
    assert not Override.objects.filter(key="images").exists()
    page.context.close()


def test_pictures_are_moved_and_added_with_the_mouse(
    editor: Page, live_server: LiveServer, articles: list[Article]
) -> None:
    editor.goto(f"{live_server.url}{LIST}{articles[0].pk}/change/")
    editor.get_by_label("Move this picture up").nth(1).click()
    editor.get_by_role("button", name="Add a picture").click()
    editor.get_by_label("Address").nth(3).fill("/assets/new.svg")
    editor.get_by_role("button", name="Save and continue").click()
    assert decided_pictures() == ["/assets/none.svg", "/assets/herald.svg", "/assets/new.svg"]


def test_a_topic_of_the_site_is_added_by_a_click(
    editor: Page, live_server: LiveServer, articles: list[Article]
) -> None:
    Topic.objects.create(site=articles[0].site, name="Ports & Sea", path="_data/topics/1-ports.yaml")
    editor.goto(f"{live_server.url}{LIST}{articles[0].pk}/change/")
    editor.get_by_text("The site's topics").click()
    editor.get_by_role("button", name="Add the topic Ports & Sea").click()
    editor.get_by_role("button", name="Save and continue").click()
    assert Override.objects.get(key="topics").value == ["Robotics", "Technology", "Ports & Sea"]


def test_a_stale_save_keeps_what_was_typed_and_one_click_applies_it(
    editor: Page, live_server: LiveServer, articles: list[Article]
) -> None:
    article = articles[0]
    editor.goto(f"{live_server.url}{LIST}{article.pk}/change/")
    editor.get_by_label("Title").first.fill("Mine")
    bob = User.objects.create_superuser("bob")
    review.edit(article, {"title": "Theirs", "quality": 99}, by=bob, at=NOON)
    editor.get_by_role("button", name="Save", exact=True).click()
    expect(editor.get_by_role("alert")).to_contain_text("The article changed while you worked on it")
    expect(editor.get_by_label("Title").first).to_have_value("Mine")
    editor.get_by_role("button", name="Apply mine to the newer version").click()
    expect(editor.get_by_text("Saved “Mine”: Title.")).to_be_visible()
    article.refresh_from_db()
    assert (article.title, article.quality) == ("Mine", 99)


def test_leaving_with_typed_text_asks_first(editor: Page, live_server: LiveServer, articles: list[Article]) -> None:
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    editor.goto(f"{live_server.url}{LIST}{articles[0].pk}/change/")
    editor.get_by_label("Excerpt").fill("Typed")
    editor.on("dialog", stay)
    editor.get_by_role("link", name="Providers").click()
    expect(editor.get_by_label("Excerpt")).to_have_value("Typed")
    assert asked == ["beforeunload"]


def test_rows_are_ticked_all_at_once_and_by_range(
    editor: Page, live_server: LiveServer, articles: list[Article]
) -> None:
    editor.goto(f"{live_server.url}{LIST}")
    editor.locator("#action-toggle").check()
    expect(editor.get_by_role("status")).to_have_text("12 of 12 ticked")
    editor.locator("#action-toggle").uncheck()
    editor.locator(".action-select").nth(1).click()
    editor.locator(".action-select").nth(4).click(modifiers=["Shift"])
    expect(editor.get_by_role("status")).to_have_text("4 of 12 ticked")


def pages(article: Article) -> list[str]:
    """Every page of ours, each with something on it."""
    firsts = {name: model.objects.order_by("pk")[0].pk for name, model in RECORDS.items()}
    records = [path for name, key in firsts.items() for path in (f"{name}/", f"{name}/{key}/change/")]
    return [
        "/admin/",
        LIST,
        f"{LIST}?quality=below&q=tug&provider=example.com",
        f"{LIST}?q=walrus",
        f"{LIST}{article.pk}/change/",
        f"{LIST}{article.pk}/history/",
        f"{LIST}add/",
        "/conflicts/",
        *(f"/admin/articles/{path}" for path in records),
        "/admin/auth/user/",
        "/admin/auth/user/1/change/",
        "/admin/auth/user/add/",
        "/admin/auth/group/",
        "/admin/auth/group/1/change/",
        "/admin/password_change/",
    ]


RECORDS: dict[str, Any] = {
    "site": Site,
    "provider": Provider,
    "topic": Topic,
    "image": Image,
    "override": Override,
    "event": Event,
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_fits_and_keeps_to_the_policy(
    editor: Page,
    live_server: LiveServer,
    decided: Article,
    accessibility_problems: Callable[[Page], list[str]],
    scheme: Any,
) -> None:
    editor.emulate_media(color_scheme=scheme)
    for path in pages(decided):
        editor.goto(live_server.url + path)
        for width in (400, 900, 1440) if scheme == "light" else ():
            editor.set_viewport_size({"width": width, "height": 900})
            beyond = editor.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert (path, width, beyond) == (path, width, 0)
        assert (path, accessibility_problems(editor)) == (path, [])


def test_errors_and_conflicts_are_accessible_too(
    editor: Page,
    live_server: LiveServer,
    decided: Article,
    accessibility_problems: Callable[[Page], list[str]],
) -> None:
    editor.goto(f"{live_server.url}{LIST}{decided.pk}/change/")
    editor.get_by_label("Heat").fill("hot")
    editor.get_by_label("Address").first.fill("nowhere")
    editor.get_by_role("button", name="Save", exact=True).click()
    expect(editor.get_by_text("Nothing was saved. What you typed is still here.")).to_be_visible()
    assert accessibility_problems(editor) == []
    editor.goto(f"{live_server.url}{LIST}{decided.pk}/change/")
    editor.get_by_label("Title").first.fill("Mine")
    review.edit(decided, {"title": "Theirs"}, by=User.objects.get(username="ed"), at=NOON)
    editor.get_by_role("button", name="Save", exact=True).click()
    expect(editor.get_by_role("alert")).to_be_visible()
    assert accessibility_problems(editor) == []


def test_hostile_text_does_nothing(editor: Page, live_server: LiveServer, site: Site) -> None:
    evil = '"><img src=x onerror="document.title=1"><script>document.title=1</script>'
    article = make_article(site, title=evil, excerpt=evil, topics=[evil], images=[{"url": evil}], **{evil: evil})
    review.publish(article, by=User.objects.get(username="ed"), at=NOON, reason=evil)
    for path in (
        LIST,
        f"{LIST}{article.pk}/change/",
        f"{LIST}{article.pk}/history/",
        "/admin/articles/event/",
        "/admin/",
    ):
        editor.goto(live_server.url + path)
        assert editor.title() != "1"
    assert FIELDS["title"] not in editor.content()
