"""The desk in a browser: an editor's day with keys alone, two editors at once, and text that is never lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from playwright.sync_api import Browser, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from articles import review
from articles.models import Article, DeskPreference, Event, Site, Topic
from articles.remeasuring import measure_again
from tests.factories import NOON, make_article, make_site, make_user

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="40" height="30" fill="#888"/></svg>'
EVIL = "\"'><img src=x onerror=document.title=1><script>document.title=1</script>\N{RIGHT-TO-LEFT OVERRIDE}"


@pytest.fixture
def site(transactional_db: None, tmp_path: Path) -> Site:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "herald.svg").write_text(SVG)
    return make_site(root=tmp_path)


@pytest.fixture
def articles(site: Site) -> list[Article]:
    """In the order of the queue: the nearest to the threshold first."""
    made = [
        make_article(
            site,
            title=f"Story {number} of the harbour",
            excerpt="Tugs and barges met in the harbour.",
            quality=70 + number,
            images=[{"url": "/assets/herald.svg"}],
            originalUrl=f"https://news.example.com/{number}",
            publishedDateTime=NOON - timedelta(days=20 * number),
        )
        for number in range(24)
    ]
    measure_again(site)
    return made


@pytest.fixture
def console(editor: Page) -> list[str]:
    """What the browser complains of; a refusal that a test provokes is no complaint of ours."""
    said: list[str] = []
    editor.on("pageerror", lambda error: said.append(str(error)))
    editor.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    return said


def title(page: Page) -> Any:
    return page.locator("#article h1")


def open_queue(page: Page, base: str, article: Article | None = None) -> None:
    page.goto(f"{base}/?article={article.pk}" if article else f"{base}/")
    page.wait_for_selector("html[data-keys-work]", state="attached")


def states(articles: list[Article]) -> list[bool | None]:
    return [Article.objects.get(pk=article.pk).published for article in articles]


def test_twenty_articles_are_decided_and_taken_back_with_keys_alone(
    editor: Page, live_server: LiveServer, articles: list[Article], console: list[str]
) -> None:
    open_queue(editor, live_server.url)
    for number in range(20):
        expect(title(editor)).to_have_text(f"Story {number} of the harbour")
        editor.keyboard.press("pux"[number % 3])
        expect(title(editor)).to_have_text(f"Story {number + 1} of the harbour")
        assert editor.evaluate("document.activeElement.id") == "article"
    expect(editor.locator("#toast")).to_contain_text(
        "Unpublished “Story 19 of the harbour”. Next: “Story 20 of the harbour”"
    )
    assert states(articles[:20]) == [True, False, False] * 6 + [True, False]
    assert Article.objects.awaiting_review().count() == 4
    for number in reversed(range(20)):
        editor.keyboard.press("z")
        expect(title(editor)).to_have_text(f"Story {number} of the harbour")
    assert Article.objects.awaiting_review().count() == 24
    assert states(articles) == [False] * 24
    assert editor.locator("#rows .row").count() == 24
    assert editor.locator("#count").text_content() == "1 of 24"
    assert editor.locator("#places [aria-current]").text_content() == "Review 24"
    assert console == []


def test_the_keys_walk_fill_in_and_open(
    editor: Page, live_server: LiveServer, articles: list[Article], console: list[str]
) -> None:
    open_queue(editor, live_server.url)
    for key, number in (("j", 1), ("j", 2), ("k", 1)):
        editor.keyboard.press(key)
        expect(title(editor)).to_have_text(f"Story {number} of the harbour")
    assert f"article={articles[1].pk}" in editor.url
    editor.go_back()
    expect(title(editor)).to_have_text("Story 2 of the harbour")
    editor.keyboard.press("q")
    editor.keyboard.type("91")
    editor.keyboard.press("Enter")
    expect(editor.locator("#toast")).to_contain_text("Quality of “Story 2 of the harbour”: 72 → 91.")
    expect(editor.locator("#article")).to_be_focused()
    editor.keyboard.press("h")
    expect(editor.locator("#set-heat")).to_be_focused()
    editor.keyboard.type("5")
    editor.keyboard.press("Escape")
    expect(editor.locator("#set-heat")).to_have_value("68")
    editor.keyboard.press("t")
    editor.keyboard.type("Ports")
    editor.keyboard.press("Enter")
    expect(editor.locator("#topics")).to_contain_text("Ports")
    assert states(articles) == [False] * 24
    editor.keyboard.press("Escape")
    editor.keyboard.press("?")
    expect(editor.get_by_role("dialog", name="Keys")).to_be_visible()
    editor.keyboard.press("p")
    editor.keyboard.press("Escape")
    editor.keyboard.press("Control+p")
    editor.keyboard.press("/")
    editor.keyboard.type("pux")
    assert not Event.objects.exclude(act="edited").exists()
    assert console == []


@pytest.fixture
def release(editor: Page) -> Callable[[], None]:
    """Panes do not come before this is called."""
    panes = re.compile(r"/articles/\d+/\?")
    editor.route(panes, lambda route: None)

    def go_on() -> None:
        editor.unroute(panes)  # what was held goes on

    return go_on


def test_keys_that_come_before_their_article_wait_for_it(
    editor: Page, live_server: LiveServer, articles: list[Article], console: list[str], release: Callable[[], None]
) -> None:
    open_queue(editor, live_server.url)
    for key in "pxju":
        editor.keyboard.press(key)
    expect(editor.locator("#toast")).to_contain_text("Published “Story 0 of the harbour”")
    editor.keyboard.press("t")
    editor.keyboard.type("pup")  # text: it is nothing to go by
    release()
    expect(title(editor)).to_have_text("Story 4 of the harbour")
    expect(editor.locator("#add-topic")).to_be_focused()
    expect(editor.locator("#toast")).to_contain_text("Unpublished “Story 3 of the harbour”")
    done = {event.article_id: event.act for event in Event.objects.all()}
    assert done == {articles[0].pk: "published", articles[1].pk: "kept", articles[3].pk: "unpublished"}
    assert console == []


def test_a_click_elsewhere_forgets_the_keys_that_wait(
    editor: Page, live_server: LiveServer, articles: list[Article], console: list[str], release: Callable[[], None]
) -> None:
    open_queue(editor, live_server.url)
    editor.keyboard.press("p")
    editor.keyboard.press("u")
    editor.locator(f"#row-{articles[5].pk} > a").click()
    release()
    expect(title(editor)).to_have_text("Story 5 of the harbour")
    expect(editor.locator("#toast")).to_contain_text("Published “Story 0 of the harbour”")
    assert [(event.article_id, event.act) for event in Event.objects.all()] == [(articles[0].pk, "published")]
    assert console == []


def test_past_the_end_of_a_page_the_keys_turn_it(
    editor: Page, live_server: LiveServer, site: Site, articles: list[Article], console: list[str]
) -> None:
    for number in range(24, 53):
        make_article(site, title=f"Story {number} of the harbour", quality=70 + number, images=[])
    measure_again(site)
    open_queue(editor, live_server.url)
    for _ in range(49):
        editor.keyboard.press("j")
    expect(title(editor)).to_have_text("Story 49 of the harbour")
    expect(editor).to_have_title("Story 49 of the harbour · Newsroom")
    expect(editor.locator("#count")).to_have_text("50 of 53")
    editor.keyboard.press("j")
    expect(title(editor)).to_have_text("Story 50 of the harbour")
    expect(editor.locator("#count")).to_have_text("51 of 53")
    editor.wait_for_selector("html[data-keys-work]", state="attached")
    editor.keyboard.press("k")
    expect(title(editor)).to_have_text("Story 49 of the harbour")
    editor.keyboard.press("x")  # what was passed over stays behind; the next page goes on
    expect(title(editor)).to_have_text("Story 50 of the harbour")
    expect(editor.locator("#toast")).to_contain_text("Kept “Story 49 of the harbour” as it is.")
    assert console == []


def test_a_row_keeps_its_tick_and_its_place(
    editor: Page, live_server: LiveServer, articles: list[Article], console: list[str]
) -> None:
    open_queue(editor, live_server.url, articles[3])
    editor.keyboard.press("s")
    editor.keyboard.press("q")
    editor.keyboard.type("74")
    editor.keyboard.press("Enter")
    expect(editor.locator("#toast")).to_contain_text("73 → 74")
    expect(editor.locator(f"#row-{articles[3].pk} .pick")).to_be_checked()
    editor.keyboard.press("x")
    expect(title(editor)).to_have_text("Story 4 of the harbour")
    editor.go_back()
    expect(title(editor)).to_have_text("Story 3 of the harbour")
    editor.keyboard.press("j")
    expect(title(editor)).to_have_text("Story 4 of the harbour")
    assert console == []


def test_a_key_without_the_right_says_so(visitor: Page, live_server: LiveServer, articles: list[Article]) -> None:
    make_user("vic").user_permissions.add(Permission.objects.get(codename="view_article"))
    visitor.goto(f"{live_server.url}/")
    visitor.fill("#id_username", "vic")
    visitor.fill("#id_password", "pw")
    visitor.keyboard.press("Enter")
    visitor.wait_for_selector("html[data-keys-work]", state="attached")
    visitor.keyboard.press("p")
    expect(visitor.locator("#toast")).to_have_text(
        "You may look at articles, not do this. A superuser can change your groups."
    )
    assert not Event.objects.exists()


def test_keys_that_are_switched_off_do_nothing(editor: Page, live_server: LiveServer, articles: list[Article]) -> None:
    DeskPreference.objects.create(user=User.objects.get(username="ed"), keys_on=False)
    open_queue(editor, live_server.url)
    editor.keyboard.press("p")
    editor.keyboard.press("j")
    editor.get_by_role("button", name="Keep as is").click()
    expect(title(editor)).to_have_text("Story 1 of the harbour")
    expect(editor.locator("#toast")).to_contain_text("Kept")
    assert [event.act for event in Event.objects.all()] == ["kept"]


def test_a_safe_fix_and_an_edit_in_place_with_the_file_beside_it(
    editor: Page, live_server: LiveServer, site: Site, articles: list[Article], console: list[str]
) -> None:
    article = make_article(site, title="Chinaâ€™s tug", excerpt="Tugs &amp; barges met.", quality=70, heat=99)
    open_queue(editor, live_server.url, article)
    editor.keyboard.press("f")
    expect(editor.locator("#toast")).to_contain_text("Fixed “China’s tug”: Title and Excerpt.")
    editor.keyboard.press("e")
    expect(editor.locator("#id_title")).to_be_focused()
    editor.locator("#id_title").fill("A tug")
    expect(editor.locator("#file-diff ins").first).to_have_text('+title: "A tug"')
    editor.keyboard.press("Control+Enter")
    expect(editor.locator("#toast")).to_contain_text("Saved “A tug”: Title.")
    assert Article.objects.get(pk=article.pk).title == "A tug"
    editor.keyboard.press("e")
    editor.locator("#id_original_url").fill("nowhere")
    editor.get_by_role("button", name="Save", exact=True).click()
    expect(editor.get_by_role("alert")).to_contain_text("Nothing was saved.")
    expect(editor.locator("#id_original_url")).to_have_value("nowhere")


def test_two_editors_at_one_article_see_both_sides(
    editor: Page, live_server: LiveServer, articles: list[Article]
) -> None:
    open_queue(editor, live_server.url)
    editor.keyboard.press("e")
    editor.locator("#id_title").fill("Mine")
    bob = User.objects.create_superuser("bob")
    review.edit(articles[0], {"title": "Theirs"}, by=bob, at=NOON)
    editor.keyboard.press("Control+Enter")
    expect(editor.get_by_role("alert")).to_contain_text("the article changed since you saw it")
    expect(editor.get_by_role("row", name="Title")).to_contain_text("Theirs")
    expect(editor.locator("#id_title")).to_have_value("Mine")
    editor.keyboard.press("Control+Enter")
    expect(title(editor)).to_contain_text("Mine")
    review.publish(articles[1], by=bob, at=NOON)
    editor.keyboard.press("j")
    expect(title(editor)).to_have_text("Story 1 of the harbour")
    review.unpublish(articles[1], by=bob, at=NOON)
    editor.keyboard.press("p")
    expect(editor.get_by_role("alert")).to_contain_text("This article changed since you saw it.")
    editor.get_by_role("button", name="Publish the newer version").click()
    expect(title(editor)).to_have_text("Story 2 of the harbour")
    expect(editor.locator("#toast")).to_contain_text("Published “Story 1 of the harbour”.")
    assert states(articles[:2]) == [False, True]


def test_a_lost_session_costs_no_word(editor: Page, live_server: LiveServer, articles: list[Article]) -> None:
    open_queue(editor, live_server.url)
    editor.keyboard.press("e")
    editor.locator("#id_excerpt").fill("Typed for an hour")
    editor.context.clear_cookies(name="sessionid")
    editor.keyboard.press("Control+Enter")
    expect(editor.locator("#toast")).to_contain_text("your session has ended")
    with editor.expect_popup() as opened:
        editor.get_by_role("link", name="Log in in a new tab").click()
    tab = opened.value
    tab.fill("#id_username", "ed")
    tab.fill("#id_password", "pw")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#article")
    tab.close()
    expect(editor.locator("#id_excerpt")).to_have_value("Typed for an hour")
    editor.locator("#id_excerpt").press("Control+Enter")
    expect(editor.locator("#toast")).to_contain_text("Saved")
    assert Article.objects.get(pk=articles[0].pk).excerpt == "Typed for an hour"


def test_text_of_a_closed_tab_is_offered_back(editor: Page, live_server: LiveServer, articles: list[Article]) -> None:
    open_queue(editor, live_server.url)
    editor.keyboard.press("e")
    editor.locator("#id_excerpt").fill("Half a sentence")
    tab = editor.context.new_page()
    editor.close()
    open_queue(tab, live_server.url)
    tab.get_by_role("button", name="Go on with it").click()
    tab.get_by_role("button", name="Put it back").click()
    expect(tab.locator("#id_excerpt")).to_have_value("Half a sentence")
    expect(tab.locator("#file-diff")).to_contain_text("Half a sentence")
    tab.locator("#id_excerpt").press("Control+Enter")
    expect(tab.locator("#toast")).to_contain_text("Saved")
    assert tab.evaluate("Object.keys(localStorage).filter(name => name.startsWith('desk:typed'))") == []


def test_without_scripts_an_article_is_decided_edited_and_taken_back(
    browser: Browser, live_server: LiveServer, articles: list[Article], django_user_model: Any
) -> None:
    django_user_model.objects.create_superuser("ed", "ed@example.org", "pw")
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{live_server.url}/")
    page.fill("#id_username", "ed")
    page.fill("#id_password", "pw")
    page.click("input[type=submit]")
    page.locator("#article").get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Published “Story 0 of the harbour”.")).to_be_visible()
    expect(title(page)).to_have_text("Story 1 of the harbour")
    page.get_by_role("button", name="Undo").click()
    expect(title(page)).to_have_text("Story 0 of the harbour")
    page.get_by_role("link", name="Edit").click()
    page.locator("#id_title").fill("Edited")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved “Edited”: Title.")).to_be_visible()
    assert (states(articles[:1]), Article.objects.get(pk=articles[0].pk).title) == ([False], "Edited")
    page.context.close()


def test_a_picture_that_fails_before_the_scripts_are_there_says_so(
    editor: Page, live_server: LiveServer, site: Site, console: list[str]
) -> None:
    article = make_article(site, images=[{"url": "/assets/none.svg"}])
    failed: list[str] = []
    editor.on("response", lambda answer: failed.append(answer.url) if answer.status == HTTPStatus.NOT_FOUND else None)

    def after_the_picture(route: Route) -> None:
        while not failed:
            editor.wait_for_timeout(20)
        route.continue_()

    editor.route("**/media*.js", after_the_picture)
    open_queue(editor, live_server.url, article)
    expect(editor.get_by_text("The picture does not load.")).to_be_visible()
    assert len(failed) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pane_is_accessible_fits_and_keeps_to_the_policy(
    editor: Page,
    live_server: LiveServer,
    site: Site,
    articles: list[Article],
    accessibility_problems: Callable[[Page], list[str]],
    console: list[str],
    scheme: Any,
) -> None:
    ed = User.objects.get(username="ed")
    Topic.objects.create(site=site, name="Ports", path="_data/topics/1.yaml", keywords=["tug"])
    article = make_article(
        site,
        title=EVIL + "x" * 5000,
        excerpt=f"{EVIL} Tugs &amp; barges",
        type="video",
        featuredContent='<iframe src="https://www.youtube.com/embed/abcdefghijk"></iframe>',
        originalUrl="javascript:alert(1)",
        images=[{"url": "/assets/none.svg"}],
        heat=-1,
        related=[{"title": EVIL, "webUrl": "javascript:alert(1)"}],
    )
    review.edit(article, {"quality": 12, "excerpt": "Mended"}, by=ed, at=NOON, reason=EVIL)
    article.overrides.filter(key="quality").update(in_conflict=True)
    editor.emulate_media(color_scheme=scheme)
    open_queue(editor, live_server.url, article)
    expect(editor.get_by_text("The picture does not load.")).to_be_visible()
    assert accessibility_problems(editor) == []
    for width in (400, 900):
        editor.set_viewport_size({"width": width, "height": 900})
        assert editor.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    editor.keyboard.press("e")
    expect(editor.locator("#id_title")).to_be_focused()
    assert accessibility_problems(editor) == []
    assert editor.title() != "1"
    assert [line for line in console if "404" not in line] == []
