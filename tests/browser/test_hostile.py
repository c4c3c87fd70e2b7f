"""Records full of markup in a browser: nothing of them runs, and no word of theirs is wider than the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Dialog, Page, Request
from pytest_django.live_server_helper import LiveServer

from articles.models import Article, SavedView
from tests.factories import make_site
from tests.test_hostile_records import MARKUP, SECRET, URLS, WORD, make_hostile

IS_TOO_WIDE = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth > 1"
GOT_OUT = "document.querySelectorAll('xss-x, [data-xss], [onerror], [onload], iframe, script:not([src])').length"


@pytest.fixture
def pages(editor: Page, live_server: LiveServer, tmp_path: Path) -> list[str]:
    boss = User.objects.get(username="ed")
    site = make_site(title=MARKUP, root=tmp_path)
    articles = make_hostile(site, boss, URLS[:4])
    articles[1].refresh_from_db()
    assert articles[1].title == WORD
    SavedView.objects.create(owner=boss, name=WORD[:100], query="state=new")
    queues = [f"/?article={article.pk}&q=" for article in articles[:3]]
    return [
        *queues,
        f"/?topic={WORD[:300]}",
        f"/articles/{articles[1].pk}/edit/",
        *("/conflicts/", "/stories/", f"/stories/?story={articles[0].pk}&lead={articles[1].pk}", "/rules/"),
        *("/outbox/", "/views/", "/facets/", "/jobs/", f"/{WORD[:200]}/"),
    ]


def test_nothing_runs_and_nothing_is_wider_than_the_page(
    editor: Page, live_server: LiveServer, pages: list[str]
) -> None:
    said: list[str] = []

    def refuse(dialog: Dialog) -> None:
        said.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def asked(request: Request) -> None:
        if request.resource_type in ("script", "document", "xhr", "fetch") and not request.url.startswith(
            live_server.url
        ):
            said.append(f"asked for {request.url}")

    editor.on("dialog", refuse)
    editor.on("request", asked)
    editor.on("pageerror", lambda error: said.append(str(error)))
    for width in (400, 1280):
        editor.set_viewport_size({"width": width, "height": 800})
        for path in pages:
            editor.goto(live_server.url + path, wait_until="domcontentloaded")
            if editor.evaluate(GOT_OUT):
                said.append(f"{path[:60]}: markup of the record")
            if editor.evaluate(IS_TOO_WIDE):
                said.append(f"{path[:60]}: wider than {width}")
            if SECRET[:20] in editor.content():
                said.append(f"{path[:60]}: the secret")
    assert said == []
    assert Article.objects.filter(published=True).count() == 0
