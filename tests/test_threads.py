"""Sixteen editors at once, through the doors they use, and a sync among them: nobody's accepted word is lost."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from threading import Event as Signal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection, connections, transaction
from django.test import Client

from articles import review
from articles.mapping import fields_in_force
from articles.models import Article, Event, Override
from articles.review import StaleVersion
from articles.syncing import sync_site
from tests.commands.running import run
from tests.factories import NOON, make_article, make_site
from tests.pages import read
from tests.samples import ARTICLE, changed, write_files

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.thorough]

EDITORS = 16
ROUNDS = 3
FIRST = "Harbour pilots test a tug that steers itself"


@pytest.fixture
def ada() -> User:
    return User.objects.create_superuser("ada", "ada@example.com", "pw")


@pytest.fixture
def articles() -> list[Article]:
    site = make_site()
    return [make_article(site, f"_news/{name}.md") for name in ("tug", "ferry", "quay", "pier")]


def at_once(act: Callable[[int], Any], count: int = EDITORS) -> list[Any]:
    """What each of the threads came back with; they begin together. What one raises fails the test."""
    begin = Barrier(count)

    def one(number: int) -> Any:
        try:
            begin.wait(timeout=60)
            return act(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def version_of(article: Article) -> int:
    return Article.objects.values_list("version", flat=True).get(pk=article.pk)


def acts_on(article: Article) -> list[Event]:
    return list(Event.objects.filter(article=article, version__isnull=False).order_by("version"))


def require_nothing_lost(article: Article, key: str, accepted: int) -> None:
    """Each accepted act is a version of its own and found what the one before left; the last one is in force."""
    acts = acts_on(article)
    assert [act.version for act in acts] == list(range(2, accepted + 2))
    assert version_of(article) == accepted + 1
    values = [act.changes[key] for act in acts if key in act.changes]
    assert [old for old, _ in values[1:]] == [new for _, new in values[:-1]]
    assert value_of(article, key) == values[-1][1]


def value_of(article: Article, key: str) -> Any:
    return fields_in_force(Article.objects.select_related("source").get(pk=article.pk))[key]


def test_edits_that_saw_a_version_go_in_only_over_that_version(articles: list[Article], ada: User) -> None:
    article = articles[0]

    def edit(number: int) -> list[tuple[int, int]]:
        """The version seen and the version made, of each edit that was accepted."""
        accepted = []
        for turn in range(ROUNDS):
            seen = version_of(article)
            try:
                outcome = review.edit(article, {"title": f"{number} {turn}"}, by=ada, at=NOON, seen_version=seen)
                accepted.append((seen, outcome.article.version))
            except StaleVersion as stale:
                assert stale.current > seen
        return accepted

    accepted = [one for several in at_once(edit) for one in several]
    assert 1 <= len(accepted) <= EDITORS * ROUNDS
    assert all(made == seen + 1 for seen, made in accepted)
    require_nothing_lost(article, "title", len(accepted))


def test_of_edits_that_saw_the_same_version_one_goes_in(articles: list[Article], ada: User) -> None:
    article = articles[0]

    def edit(number: int) -> bool:
        try:
            return review.edit(article, {"title": f"By {number}"}, by=ada, at=NOON, seen_version=1).changed
        except StaleVersion:
            return False

    assert at_once(edit).count(True) == 1
    require_nothing_lost(article, "title", 1)


def test_edits_of_different_fields_all_go_in(articles: list[Article], ada: User) -> None:
    """Though all but one come over a newer version than the one that was seen."""
    article = articles[0]
    at_once(lambda number: review.edit(article, {f"note{number}": number}, by=ada, at=NOON, seen_version=1))
    found = fields_in_force(Article.objects.select_related("source").get(pk=article.pk))
    assert {key: value for key, value in found.items() if key.startswith("note")} == {
        f"note{number}": number for number in range(EDITORS)
    }
    assert Override.objects.filter(article=article).count() == EDITORS
    assert [act.version for act in acts_on(article)] == list(range(2, EDITORS + 2))


def test_edits_that_saw_no_version_follow_each_other(articles: list[Article], ada: User) -> None:
    def edit(number: int) -> None:
        for turn in range(ROUNDS):
            for article in articles[number % 2 :: 2]:
                review.edit(article, {"title": f"{number} {turn}"}, by=ada, at=NOON)

    at_once(edit)
    for article in articles:
        require_nothing_lost(article, "title", EDITORS // 2 * ROUNDS)


def test_of_decisions_over_a_list_that_was_seen_one_goes_in_for_each_article(
    articles: list[Article], ada: User
) -> None:
    seen = dict.fromkeys((article.pk for article in articles), 1)

    def decide(number: int) -> list[int]:
        """Some go through the list from its end."""
        act = review.publish_each if number % 2 else review.unpublish_each
        rows = articles[::-1] if number % 3 else articles
        return [one.article.pk for one in act(rows, by=ada, at=NOON, seen_versions=seen) if one.outcome]

    done = [key for keys in at_once(decide) for key in keys]
    assert sorted(done) == sorted(seen)
    for article in articles:
        require_nothing_lost(article, "published", 1)


def test_decisions_and_edits_through_all_doors_follow_each_other(articles: list[Article], ada: User) -> None:
    """Nobody says which version was seen: everything is accepted, and nothing undoes another's field."""

    def act(number: int) -> None:
        for article in articles:
            if number % 2:
                review.edit(article, {"excerpt": f"By {number}"}, by=ada, at=NOON)
            elif number % 4:
                review.publish_each([article], by=ada, at=NOON)
            else:
                review.unpublish_each([article], by=ada, at=NOON)

    at_once(act)
    for article in articles:
        acts = acts_on(article)
        assert [act.version for act in acts] == list(range(2, len(acts) + 2))
        edits = [act.changes["excerpt"] for act in acts if "excerpt" in act.changes]
        assert len(edits) == EDITORS // 2
        assert [old for old, _ in edits[1:]] == [new for _, new in edits[:-1]]
        assert value_of(article, "excerpt") == edits[-1][1]
        last = [act.act for act in acts if "published" in act.changes][-1]
        assert value_of(article, "published") == (last == "published")


def signed_in(ada: User, count: int = EDITORS) -> list[Client]:
    """Each with a session of its own, as in a browser of its own."""
    clients = [Client() for _ in range(count)]
    for client in clients:
        client.force_login(ada)
    return clients


def page_of(article: Article) -> str:
    return f"/admin/articles/article/{article.pk}/change/"


def test_of_forms_that_show_the_same_version_one_is_saved(articles: list[Article], ada: User) -> None:
    article, clients = articles[0], signed_in(ada)
    form = read(clients[0].get(page_of(article))).form("article_form")

    def save(number: int) -> int:
        data = form | {"title": [f"By {number}"], "_save": ["1"]}
        return clients[number].post(page_of(article), data).status_code

    answers = at_once(save)
    assert sorted(answers) == [302] + [409] * (EDITORS - 1)
    require_nothing_lost(article, "title", 1)
    assert value_of(article, "title") == f"By {answers.index(302)}"


def test_forms_that_are_applied_anew_are_all_saved_in_the_end(articles: list[Article], ada: User) -> None:
    article, clients = articles[0], signed_in(ada, 6)

    def save(number: int) -> int:
        """As an editor who reads what changed and presses the one button, until it is saved."""
        data = read(clients[number].get(page_of(article))).form("article_form")
        data |= {"title": [f"By {number}"], "_save": ["1"]}
        refused = 0
        while (response := clients[number].post(page_of(article), data)).status_code != 302:
            assert response.status_code == 409
            page = response.content.decode()
            found = re.search(r'name="_apply" value="([^"]+)"', page)
            assert found is not None
            data = read(response).form("article_form") | {"_apply": [found[1]]}
            refused += 1
        return refused

    at_once(save, 6)
    require_nothing_lost(article, "title", 6)
    assert {act.changes["title"][1] for act in acts_on(article)} == {f"By {number}" for number in range(6)}


def test_of_batches_that_name_the_same_versions_one_goes_in_for_each_article(
    articles: list[Article], ada: User, tmp_path: Path
) -> None:
    def edit(number: int) -> list[str]:
        rows = articles[number % 4 :] + articles[: number % 4]
        lines = [{"path": row.path, "set": {"title": f"By {number}"}, "version": 1} for row in rows]
        file = tmp_path / f"{number}.jsonl"
        file.write_text("\n".join(map(json.dumps, lines)))
        facts = run("set_fields", "--batch", file, "--as", "ada", "--json").facts
        assert {refusal["code"] for refusal in facts["refused"]} <= {"stale_version"}
        assert facts["edited"] + len(facts["refused"]) == 4
        return [row["path"] for row in facts["articles"]]

    done = [path for paths in at_once(edit) for path in paths]
    assert sorted(done) == sorted(article.path for article in articles)
    for article in articles:
        require_nothing_lost(article, "title", 1)


def test_a_sync_among_them_loses_neither_the_editors_word_nor_the_crawlers(ada: User, tmp_path: Path) -> None:
    names = [f"_news/{name}.md" for name in ("tug", "ferry", "quay", "pier")]
    root = write_files(tmp_path / "harbour", dict.fromkeys(names, ARTICLE))
    sync_site(root, at=NOON)
    articles = list(Article.objects.order_by("path"))
    clients = signed_in(ada)
    is_over = Signal()

    def crawl() -> None:
        """The crawler writes a quality of its own into what lies there, and a run takes it in and writes."""
        for quality in range(72, 75):
            for name in names:
                file = root / name
                file.write_text(re.sub(r"quality: \d+", f"quality: {quality}", file.read_text()))
            report = sync_site(root, at=NOON).report
            assert [str(problem) for problem in report.problems] == []
        is_over.set()

    def edit(number: int) -> int:
        accepted = 0
        for turn in range(6):
            if is_over.is_set() and turn >= ROUNDS:
                break
            accepted += edit_once(articles[number % 4], number, turn)
        return accepted

    def edit_once(article: Article, number: int, turn: int) -> int:
        title = f"{number} {turn}"
        if number % 5 == 0:
            data = read(clients[number].get(page_of(article))).form("article_form")
            response = clients[number].post(page_of(article), data | {"title": [title], "_save": ["1"]})
            assert response.status_code in (302, 409)
            return int(response.status_code == 302)
        try:
            seen = version_of(article)
            return int(review.edit(article, {"title": title}, by=ada, at=NOON, seen_version=seen).changed)
        except StaleVersion:
            return 0

    accepted = at_once(lambda number: edit(number) if number else crawl())
    report = sync_site(root, at=NOON).report
    assert report.exit_code == 0
    edits = 0
    for article in articles:
        acts = acts_on(article)
        edits += sum(not act.by_crawler for act in acts)
        require_nothing_lost(article, "title", len(acts))
        title = value_of(article, "title")
        assert (root / article.path).read_text() == changed(
            ("quality: 68", "quality: 74"), (f'"{FIRST}"', f'"{title}"')
        )
    assert edits == sum(filter(None, accepted)) >= 15
    assert not Article.objects.filter(is_dirty=True).exists()
    assert not Override.objects.filter(in_conflict=True).exists()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL locks rows, and waits by itself")
def test_a_writer_that_never_gets_its_turn_is_told(articles: list[Article], ada: User) -> None:
    """Here after a fifth of a second; and the wait leaves nothing open."""

    def edit(_: int) -> None:
        options = {**connection.settings_dict["OPTIONS"], "timeout": 0.2}
        connection.settings_dict = {**connection.settings_dict, "OPTIONS": options}
        with pytest.raises(OperationalError, match="database is locked"):
            review.edit(articles[0], {"title": "Late"}, by=ada, at=NOON)
        assert not connection.in_atomic_block
        assert value_of(articles[0], "title") == FIRST

    with transaction.atomic():
        Article.objects.filter(pk=articles[1].pk).update(heat=1)
        at_once(edit, 1)
    assert (version_of(articles[0]), acts_on(articles[0])) == (1, [])
