"""What many files are to be, thought out by other processes: the same as by one alone, and the folders swept before."""

from __future__ import annotations

import os
import signal
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from articles import outgoing, review
from articles.content.tree import Tree
from articles.exporting import export_in_place
from articles.importing import import_site
from articles.models import Article, Site
from articles.outgoing import Fate, Outgoing, Waiting
from tests.samples import ARTICLE, PATH, changed, numbered, write_files

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
VALUES: list[dict[str, Any]] = [
    {"title": "A tug"},
    {"topics": ["Ships", "Robotics"], "heat": None},
    {"provider.name": "Herald: \u201cthe\u201d \U0001f916"},
    {"quality": 0, "published": True},
    {"images": []},
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Decisions of every kind: to be written, standing already, on files that moved on, went, or cannot be edited."""
    files: dict[str, str | bytes] = {
        **numbered(20),
        PATH: ARTICLE,
        "_news/crlf.md": ARTICLE.replace("\n", "\r\n"),
        "_news/toml.md": '+++\ntitle = "x"\n+++\n',
        "_news/when.md": changed(("quality: 68", "quality: 2026-01-02\nodd: .nan")),
    }
    root = write_files(tmp_path / "harbour", files)
    import_site(root, at=NOON)
    ada = User.objects.create_superuser("ada", "ada@example.com", "pw")
    for place, article in enumerate(Article.objects.exclude(path="_news/toml.md").order_by("path")):
        review.edit(article, VALUES[place % len(VALUES)], by=ada, at=NOON)
    review.add(Site.objects.get(), "_news/new.md", {"title": "New"}, by=ada, at=NOON)
    moved, gone, *_ = sorted(numbered(20))
    write_files(root, {moved: changed(("quality: 68", "quality: 70"))})
    (root / gone).unlink()
    return root


@pytest.fixture(autouse=True)
def small_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "AT_ONCE", 3)
    monkeypatch.setattr(outgoing, "FEWEST_TO_SHARE", 20)


def thought_out(
    root: Path, monkeypatch: pytest.MonkeyPatch, *, processes: int, is_dry: bool = True
) -> list[tuple[Waiting, Outgoing]]:
    monkeypatch.setattr(outgoing, "cores_to_share", lambda: processes)
    return list(outgoing.outgoing(Site.objects.get(), Tree(root), with_diff=True, is_dry=is_dry))


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_with_other_processes_it_is_the_same(root: Path, monkeypatch: pytest.MonkeyPatch, processes: int) -> None:
    alone = thought_out(root, monkeypatch, processes=0)
    fates = [out.fate for _, out in alone]
    assert (fates.count(Fate.WRITTEN), fates.count(Fate.REFUSED)) == (22, 2)
    assert {problem.code for _, out in alone for problem in out.problems} == {"moved_on", "vanished"}
    assert thought_out(root, monkeypatch, processes=processes) == alone


def test_the_files_are_the_same_and_then_stand(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = {one.path: out.data for one, out in thought_out(root, monkeypatch, processes=0) if not out.problems}
    monkeypatch.setattr(outgoing, "cores_to_share", lambda: 2)
    report = export_in_place(Site.objects.get(), at=NOON).report
    assert (report.files, report.written, report.exit_code) == (24, 22, 1)
    assert {path: (root / path).read_bytes() for path in alone} == alone
    Article.objects.update(is_dirty=True)
    again = thought_out(root, monkeypatch, processes=2)
    assert {one.path for one, out in again if out.fate is Fate.STANDS} >= alone.keys()


def test_a_killed_process_takes_nothing_with_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = thought_out(root, monkeypatch, processes=0)
    here, of_one = os.getpid(), outgoing._Work._of

    def dies_elsewhere(work: Any, reader: Any, article: Waiting) -> Any:
        if os.getpid() != here and article.path == PATH:
            os.kill(os.getpid(), signal.SIGKILL)
        return of_one(work, reader, article)

    monkeypatch.setattr(outgoing._Work, "_of", dies_elsewhere)
    assert thought_out(root, monkeypatch, processes=2) == alone


@pytest.mark.parametrize("table", ["articles_source", "articles_override"])
def test_a_decision_that_comes_while_the_rows_are_read_is_written_in_the_end(root: Path, table: str) -> None:
    """Before the rows of the articles are asked for, or between them and their overrides."""
    export_in_place(Site.objects.get(), at=NOON)
    article = Article.objects.get(path=PATH)
    ada = User.objects.get(username="ada")
    review.edit(article, {"title": "First"}, by=ada, at=NOON)
    waits = [True]

    def decide_first(execute: Any, sql: str, *rest: Any) -> Any:
        if waits and f'"{table}"' in sql:
            waits.clear()
            review.edit(Article.objects.get(pk=article.pk), {"title": "Second"}, by=ada, at=NOON)
        return execute(sql, *rest)

    with connection.execute_wrapper(decide_first):
        export_in_place(Site.objects.get(), at=NOON)
    assert not waits
    export_in_place(Site.objects.get(), at=NOON)
    assert 'title: "Second"' in (root / PATH).read_text()


@pytest.mark.parametrize("processes", [0, 2])
def test_what_killed_runs_left_is_gone_before_the_first_answer(
    root: Path, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    left = root / "_news" / ".2026-11-20-tug.md.newsroom-0123456789ab.tmp"
    left.write_text("half")
    monkeypatch.setattr(outgoing, "cores_to_share", lambda: processes)
    next(outgoing.outgoing(Site.objects.get(), Tree(root), with_diff=False, is_dry=True))
    assert left.exists()
    next(outgoing.outgoing(Site.objects.get(), Tree(root), with_diff=False, is_dry=False))
    assert not left.exists()


def test_values_that_json_lacks_come_back_as_they_were(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    article = Article.objects.get(path="_news/when.md")
    ben = User.objects.create_superuser("ben", "ben@example.com", "pw")
    review.edit(article, {"quality": 7}, by=ben, at=NOON)
    [out] = [out for one, out in thought_out(root, monkeypatch, processes=2) if one.path == "_news/when.md"]
    assert out.changed()["quality"] == (date(2026, 1, 2), 7)
