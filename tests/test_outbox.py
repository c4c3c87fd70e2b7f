"""The outbox: what waits to be written, as diffs; writing, committing, syncing, and what refuses."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from articles import git, review
from articles.importing import import_site
from articles.management.runs import holding
from articles.models import Article, Site
from tests.factories import NOON, make_article, make_site, make_user
from tests.pages import Page, read
from tests.samples import ARTICLE, PATH, SECURED, changed, write_files

pytestmark = pytest.mark.django_db

OTHER = "_news/other.md"


@pytest.fixture(autouse=True)
def _own_locks(tmp_path: Path, settings: Any) -> None:
    settings.BASE_DIR = tmp_path


@pytest.fixture(autouse=True)
def _worker(settings: Any) -> None:
    """Carries out at once what a button starts."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A site of two articles in a repository of its own."""
    root = write_files(tmp_path / "harbour", {PATH: ARTICLE, OTHER: changed(("Harbour pilots", "Other pilots"))})
    git.init(root, when=NOON)
    import_site(root, at=NOON)
    return root


@pytest.fixture
def ada(client: Client, root: Path) -> User:
    """She made a title shorter; ben published the other article."""
    user = make_user("ada", "Chief editor")
    client.force_login(user)
    review.edit(Article.objects.get(path=PATH), {"title": "A tug that steers itself"}, by=user, at=NOON)
    review.publish(Article.objects.get(path=OTHER), by=make_user("ben", "Editor"), at=NOON)
    return user


def act(client: Client, name: str, **more: str) -> Page:
    """Press a button, and come to the page after it."""
    return read(client.post("/outbox/", {"site": "harbour", "act": name, **more}, follow=True))


def waiting() -> list[str]:
    return list(Article.objects.unwritten().order_by("path").values_list("path", flat=True))


def last_commit(root: Path) -> str:
    command = ["git", "-C", str(root), "log", "-1", "--format=%an%n%B"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_it_shows_what_waits_by_article_and_by_editor(client: Client, ada: User) -> None:
    page = read(client.get("/outbox/"))
    assert "2 files to write." in page.text
    assert "By everyone · ada 1 · ben 1" in page.text
    assert '-title: "Harbour pilots test a tug that steers itself"' in page.text
    assert '+title: "A tug that steers itself"' in page.text
    assert "+published: true" in page.text
    only = read(client.get("/outbox/", {"editor": "ben"})).text
    assert "+published: true" in only
    assert "+title" not in only


def test_a_check_says_what_would_be_written_and_writes_nothing(client: Client, ada: User, root: Path) -> None:
    assert "harbour: 2 files would be written. Nothing was changed." in act(client, "check").text
    assert (root / PATH).read_text() == ARTICLE
    assert waiting() == [PATH, OTHER]


def test_it_writes(client: Client, ada: User, root: Path) -> None:
    page = act(client, "write")
    assert "Write: harbour" in page.text
    assert "2 written" in page.text
    after = read(client.get("/outbox/")).text
    assert "Nothing waits to be written." in after
    assert "2 files of harbour" in after
    assert 'title: "A tug that steers itself"' in (root / PATH).read_text()
    assert waiting() == []


def test_it_commits_with_a_message(client: Client, ada: User, root: Path) -> None:
    page = act(client, "commit", message="Shorter titles\n\nAs agreed.")
    commit = git.head(root)
    assert f"Commit {commit}" in page.text
    assert f"2 files of harbour, committed as {commit[:10]}" in read(client.get("/outbox/")).text
    assert last_commit(root).startswith(
        "Newsroom editors\nShorter titles\n\nAs agreed.\n\n_news/2026-11-20-tug.md: set"
    )
    assert waiting() == []


def test_a_commit_without_a_message_says_what_was_decided(client: Client, ada: User, root: Path) -> None:
    act(client, "commit", message="  ")
    assert last_commit(root).startswith("Newsroom editors\nEdit 1 article, publish 1\n")


def test_it_syncs(client: Client, ada: User, root: Path) -> None:
    write_files(root, {"_news/new.md": ARTICLE, OTHER: changed(("quality: 68", "quality: 71"))})
    page = act(client, "sync")
    assert "3 files looked at, 1 new, 1 changed by the crawler, 2 written" in page.text
    assert Article.objects.get(path=OTHER).quality == 71
    assert "published: true" in (root / OTHER).read_text()


def test_a_file_that_moved_on_is_left_and_named(client: Client, ada: User, root: Path) -> None:
    write_files(root, {PATH: changed(("quality: 68", "quality: 99"))})
    page = act(client, "write")
    assert "1 written" in page.text
    assert f"error {PATH} The file changed since it was last read." in page.text
    assert (waiting(), "quality: 99" in (root / PATH).read_text()) == ([PATH], True)


def test_who_holds_the_lock_is_said_and_nothing_is_lost(client: Client, ada: User) -> None:
    with holding("harbour", "sync_content"):
        page = act(client, "write")
    said = r"harbour: nothing was written. sync_content has the site harbour since .* UTC\. Start it once more"
    assert re.search(said, page.text)
    assert waiting() == [PATH, OTHER]


def test_a_folder_that_is_gone_is_said(client: Client, ada: User, root: Path) -> None:
    root.rename(root.with_name("elsewhere"))
    assert f"refused {root}: " in act(client, "write").text
    assert waiting() == [PATH, OTHER]


def test_many_gone_at_once_are_refused(client: Client, ada: User, root: Path) -> None:
    (root / PATH).unlink()
    (root / OTHER).unlink()
    write_files(root, {"_news/new.md": ARTICLE})
    assert "2 of 2 files are gone at once." in act(client, "sync").text
    assert Article.objects.count() == 2


def test_the_secret_is_on_no_page(client: Client, ada: User) -> None:
    Article.objects.update(digest="")
    for answer in (client.get("/outbox/"), client.post("/outbox/", {"site": "harbour", "act": "check"}, follow=True)):
        assert SECURED not in answer.content.decode()


def test_only_who_may_write_has_the_buttons(client: Client, ada: User) -> None:
    client.force_login(User.objects.get(username="ben"))
    page = read(client.get("/outbox/"))
    assert "write-harbour" not in page.forms
    assert client.post("/outbox/", {"site": "harbour", "act": "write"}).status_code == 403
    assert waiting() == [PATH, OTHER]


@pytest.mark.parametrize("sent", [{"site": "gone", "act": "write"}, {"site": "harbour", "act": "burn"}, {}], ids=str)
@pytest.mark.broad(3)
def test_what_is_none_is_not_found(client: Client, ada: User, sent: dict[str, str]) -> None:
    assert client.post("/outbox/", sent).status_code == 404


def test_an_empty_desk_says_what_to_do(client: Client) -> None:
    client.force_login(make_user("vera", "Viewer"))
    assert "Read one with manage.py import_content ROOT" in read(client.get("/outbox/")).text


def test_a_site_that_was_never_read_has_nothing_to_write_to(client: Client) -> None:
    make_site()
    client.force_login(make_user("ada", "Chief editor"))
    assert "Harbour was never read from a folder." in act(client, "sync").text


@pytest.mark.parametrize("count", [1, 20])
@pytest.mark.broad(2)
def test_the_number_of_queries_does_not_grow(client: Client, count: int, django_assert_num_queries: Any) -> None:
    ada, site = make_user("ada", "Chief editor"), make_site()
    client.force_login(ada)
    for _ in range(count):
        review.publish(make_article(site), by=ada, at=NOON)
    assert Site.objects.count() == 1
    with django_assert_num_queries(10):
        client.get("/outbox/")
