"""The pictures of the docs, taken of the demo; and whether its pages say what the editor's guide says they do.

They go into a folder of the test. With NEWSROOM_PICTURES=1 (`./dev pictures`) they go into docs/images.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Locator, Page
from pytest_django.live_server_helper import LiveServer

from articles import demo
from articles.models import Article, BulkRun
from tests.commands.running import PROJECT

DOCS: Final = PROJECT / "docs"
GUIDE: Final = DOCS / "review.md"
MAX_BYTES: Final = 200_000
"""Of a picture that is kept; the widest needs ImageMagick's `convert` to be that small."""
WIDE: Final = (1440, 1000)
PAGE: Final = (1100, 800)
LOW: Final = (1100, 520)
NARROW: Final = (400, 800)
MARGIN: Final = 8

Shot = Callable[["Desk"], Locator]


class Desk:
    """The demo in a browser: opens its pages, and collects all words that it showed."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.shown = ""

    def open(self, address: str, size: tuple[int, int]) -> Locator:
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.page.goto(f"{self.base}{address}")
        if self.page.locator("#desk").count():
            self.page.wait_for_selector("html[data-keys-work]", state="attached")
        return self.page.locator("body")

    def open_article(self, slug: str, size: tuple[int, int]) -> Locator:
        return self.open(f"/?article={Article.objects.get(path__endswith=f'-{slug}.md').pk}", size)

    def read(self) -> None:
        """Also what is folded away: a reader finds it with a click."""
        self.shown += "\n" + self.page.evaluate("document.body.textContent.replace(/\\s+/g, ' ')")

    def has_shown(self, words: str) -> bool:
        """Three dots stand for a number, or for themselves."""
        wanted = re.escape(words).replace("…", ".{1,6}")
        return bool(re.search(wanted, self.shown.replace("’", "'"), re.IGNORECASE))


def queue(desk: Desk) -> Locator:
    return desk.open_article("chinas-battery-start-ups-race-to-recycle-what-they-sell", WIDE)


def findings(desk: Desk) -> Locator:
    desk.open_article("bread-butter-and-batteries", PAGE)
    return desk.page.locator(".findings")


def edit(desk: Desk) -> Locator:
    desk.open_article("speech-coach-in-the-ear", WIDE)
    desk.page.keyboard.press("e")
    desk.page.locator("#id_title").fill("A speech coach in the ear")
    desk.page.locator("#file-diff ins").first.wait_for()
    return desk.page.locator("#article")


def conflict(desk: Desk) -> Locator:
    desk.open_article("free-course-teaches-growers-to-mend-their-own-drones", PAGE)
    return desk.page.locator(".conflicts")


def bulk(desk: Desk) -> Locator:
    desk.open("/?quality_min=68&quality_max=72&order=nearest", LOW)
    for number in range(5):
        desk.page.locator(".pick").nth(number).check()
    desk.page.locator("#bulk-form").get_by_role("button", name="More…").click()
    desk.page.get_by_role("heading", name="Decide on several").wait_for()
    desk.read()
    desk.page.get_by_label("Do", exact=True).select_option("publish")
    desk.page.get_by_role("button", name="Preview").click()
    desk.page.get_by_role("heading", name="Publish: 5 articles").wait_for()
    return desk.page.locator("body")


def rules(desk: Desk) -> Locator:
    return desk.open("/rules/?min_quality=75", PAGE)


def stories(desk: Desk) -> Locator:
    return desk.open("/stories/", PAGE)


def outbox(desk: Desk) -> Locator:
    return desk.open("/outbox/", PAGE)


def filter(desk: Desk) -> Locator:
    desk.open("/", (1440, 1160))
    desk.page.get_by_text("Filter", exact=True).click()
    desk.page.get_by_role("link", name="Near the threshold").wait_for()
    return desk.page.locator(".queue")


def narrow(desk: Desk) -> Locator:
    return desk.open_article("inside-the-workshop-that-teaches-old-trams-new-tricks", NARROW)


SHOTS: Final[tuple[Shot, ...]] = (queue, findings, edit, conflict, bulk, rules, stories, outbox, filter, narrow)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return DOCS / "images" if os.environ.get("NEWSROOM_PICTURES") else tmp_path


@pytest.fixture
def desk(transactional_db: None, visitor: Page, live_server: LiveServer, tmp_path: Path) -> Iterator[Desk]:
    """As ada, who may do everything that an editor's guide tells of; the browser tests leave no groups."""
    made = demo.make(tmp_path / "demo", articles=0, at=timezone.now(), progress=lambda done: None)
    User.objects.filter(username="ada").update(is_superuser=True)
    visitor.goto(live_server.url)
    visitor.fill("#id_username", "ada")
    visitor.fill("#id_password", made.passwords["ada"])
    visitor.keyboard.press("Enter")
    visitor.wait_for_selector("#desk")
    yield Desk(visitor, live_server.url)


def test_the_guide_and_the_pages_say_the_same(desk: Desk, folder: Path) -> None:
    for shot in SHOTS:
        what = shot(desk)
        desk.read()
        take(what, folder / f"{shot.__name__}.png")
    desk.open_article("old-cells-new-cars", PAGE)
    desk.read()
    for address in ("/preferences/", "/views/new/", "/conflicts/", "/views/"):
        desk.open(address, PAGE)
        desk.read()
    desk.open("/", WIDE)
    desk.page.keyboard.press("x")
    desk.page.locator("#toast").get_by_role("button", name="Undo").wait_for()
    desk.read()
    for state in (BulkRun.State.STOPPED, BulkRun.State.QUEUED):
        desk.open(half_done(state).get_absolute_url(), PAGE)
        desk.read()
    assert [words for words in bold(GUIDE.read_text()) if not desk.has_shown(words)] == []
    desk.open("/", WIDE)
    assert keys_of_the_guide() == [
        (row.locator("kbd").inner_text(), row.locator("+ dd").inner_text())
        for row in desk.page.locator("#keys dt").all()
    ]


def half_done(state: str) -> BulkRun:
    """A run over two articles that has come to one of them."""
    return BulkRun.objects.create(
        state=state,
        user=User.objects.get(username="ada"),
        deed="publish",
        title="publish",
        batch=uuid4(),
        selection=[[article.pk, article.version] for article in Article.objects.order_by("pk")[:2]],
        count=2,
        done=1,
        changed=1,
        queued_at=timezone.now(),
    )


def test_every_picture_of_the_docs_is_one_of_these() -> None:
    named = {name for file in (PROJECT / "README.md", *DOCS.rglob("*.md")) for name in pictures_in(file)}
    assert named == {f"{shot.__name__}.png" for shot in SHOTS}
    kept = {file.name: file.stat().st_size for file in (DOCS / "images").iterdir()}
    assert kept.keys() == named
    assert [name for name, size in kept.items() if size > MAX_BYTES] == []


def take(what: Locator, file: Path) -> None:
    """With a margin; for the docs with fewer colours, where a program for that is at hand."""
    page = what.page
    what.scroll_into_view_if_needed()
    box, size = what.bounding_box(), page.viewport_size
    assert box and size, file.name
    left, top = max(box["x"] - MARGIN, 0), max(box["y"] - MARGIN, 0)
    right = min(box["x"] + box["width"] + MARGIN, size["width"])
    bottom = min(box["y"] + box["height"] + MARGIN, size["height"])
    page.screenshot(
        path=file, clip={"x": left, "y": top, "width": right - left, "height": bottom - top}, animations="disabled"
    )
    if PROJECT in file.parents and (convert := shutil.which("convert")):
        small = ("-strip", "-dither", "None", "-colors", "128", "-define", "png:compression-level=9")
        subprocess.run([convert, file, *small, f"png8:{file}"], check=True)


def pictures_in(file: Path) -> list[str]:
    return re.findall(r"!\[[^]]+\]\((?:docs/)?images/([\w-]+\.png)\)", file.read_text())


def bold(text: str) -> list[str]:
    """What the guide says in bold is on a page, word for word."""
    return [" ".join(words.split()) for words in re.findall(r"\*\*(.+?)\*\*", text, re.DOTALL)]


def keys_of_the_guide() -> list[tuple[str, str]]:
    return re.findall(r"^\| `(.+?)` \| (.+?) \|$", GUIDE.read_text(), re.MULTILINE)
