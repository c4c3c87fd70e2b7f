"""What a run notices of a site by names, sizes and times alone; at the borders of its pages of rows too."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles import noticing
from articles.content.actions import Same
from articles.content.problems import Problem
from articles.content.tree import Tree
from articles.importing import import_site
from articles.models import Article, Site
from articles.noticing import differences, pages
from articles.report import Report
from articles.syncing import sync_site
from tests.samples import ARTICLE, changed, write_files

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LONG_AGO_NS = 1_600_000_000_000_000_000
BETTER = changed(("quality: 68", "quality: 75"))
# As files sort by their whole paths, which is neither how folders nor how languages order them.
IN_ORDER = ["a-b.md", "a.md", "a/b.md", "a/é.md", "a0.md", "é.md", "ｆ.md", "𐀀.md"]


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noticing, "ROWS_AT_ONCE", 3)


def put(root: Path, names: Iterable[str], text: str = ARTICLE) -> Path:
    """Files of the collection whose times can be relied on."""
    for name in names:
        write_files(root, {f"_news/{name}": text})
        os.utime(root / "_news" / name, ns=(LONG_AGO_NS, LONG_AGO_NS))
    return root


def run(root: Path) -> Report:
    return import_site(root, at=NOON)


def noticed(root: Path) -> tuple[list[tuple[str, str]], int]:
    """What is new, changed, gone or refused, by name; and how many files are as they were."""
    site = Site.objects.get()
    told, same = [], 0
    for one in differences(Tree(root), site, ["_news"]):
        if isinstance(one, Same):
            same += one.count
            continue
        found, seen = one
        what = "refused" if isinstance(found, Problem) else "new" if seen is None else "changed" if found else "gone"
        path = found.path if found else seen.path if seen else ""
        told.append((what, path.removeprefix("_news/")))
    return told, same


def test_rows_come_in_the_order_of_their_paths_page_by_page(tmp_path: Path) -> None:
    run(put(tmp_path, IN_ORDER))
    found = [[row[0].removeprefix("_news/") for row in rows] for rows in pages(Site.objects.get(), "_news")]
    assert found == [IN_ORDER[:3], IN_ORDER[3:6], IN_ORDER[6:]]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 6, 7])
def test_nothing_changed_is_counted(tmp_path: Path, count: int) -> None:
    run(put(tmp_path, IN_ORDER[:count]))
    assert noticed(tmp_path) == ([], count)


@pytest.mark.parametrize("name", IN_ORDER)
def test_each_file_is_noticed_wherever_it_stands(tmp_path: Path, name: str) -> None:
    run(put(tmp_path, [other for other in IN_ORDER if other != name]))
    put(tmp_path, [name])
    assert noticed(tmp_path) == ([("new", name)], 7)
    run(tmp_path)
    put(tmp_path, [name], BETTER + "More.\n")
    assert noticed(tmp_path) == ([("changed", name)], 7)
    run(tmp_path)
    os.utime(tmp_path / "_news" / name, ns=(LONG_AGO_NS, LONG_AGO_NS + 1))
    assert noticed(tmp_path) == ([("changed", name)], 7)
    (tmp_path / "_news" / name).unlink()
    assert noticed(tmp_path) == ([("gone", name)], 7)
    Article.objects.filter(path=f"_news/{name}").update(is_missing=True)
    assert noticed(tmp_path) == ([], 7)


def test_a_file_that_takes_the_place_of_another_is_noticed(tmp_path: Path) -> None:
    """The number of files is as it was, in the folder and in the site."""
    run(put(tmp_path, IN_ORDER))
    (tmp_path / "_news/a.md").rename(tmp_path / "_news/b.md")
    (tmp_path / "_news/a/b.md").rename(tmp_path / "_news/a/c.md")
    assert noticed(tmp_path) == ([("gone", "a.md"), ("gone", "a/b.md"), ("new", "b.md"), ("new", "a/c.md")], 6)


def test_a_file_that_moved_into_another_folder_is_noticed(tmp_path: Path) -> None:
    run(put(tmp_path, IN_ORDER))
    (tmp_path / "_news/a.md").rename(tmp_path / "_news/a/a.md")
    assert noticed(tmp_path) == ([("gone", "a.md"), ("new", "a/a.md")], 7)


def test_a_folder_that_became_a_link_hides_its_files(tmp_path: Path) -> None:
    run(put(tmp_path, IN_ORDER))
    (tmp_path / "_news/a").rename(tmp_path / "elsewhere")
    (tmp_path / "_news/a").symlink_to(tmp_path / "elsewhere")
    assert noticed(tmp_path) == ([("refused", "a"), ("gone", "a/b.md"), ("gone", "a/é.md")], 6)
    report = run(tmp_path)
    assert (report.missing, report.unchanged, [problem.code for problem in report.problems]) == (0, 6, ["link"])


def test_a_row_that_no_listing_has_does_not_hide_a_new_file(tmp_path: Path) -> None:
    """One known file too many and one new file are the same number."""
    run(put(tmp_path, ["a.md"]))
    put(tmp_path, ["a.txt", "b.md"])
    Article.objects.create(
        site=Site.objects.get(), path="_news/a.txt", digest="d", created_at=NOON, updated_at=NOON, file_size=1
    )
    assert noticed(tmp_path) == ([("gone", "a.txt"), ("new", "b.md")], 1)


def test_a_path_that_is_too_long_is_refused_each_time(tmp_path: Path) -> None:
    run(put(tmp_path, ["a.md"]))
    folder = "/".join("n" * 200 for _ in range(3))
    put(tmp_path, [f"{folder}/x.md"])
    told, same = noticed(tmp_path)
    assert ([what for what, _ in told], same) == (["refused"], 1)
    assert run(tmp_path).problems[0].code == "bad_name"


def test_a_rewritten_file_is_met_once_however_its_row_moves_in_the_index(tmp_path: Path) -> None:
    """Larger and newer, every row moves on in the index while the run reads it."""
    run(put(tmp_path, IN_ORDER))
    for place, name in enumerate(IN_ORDER):
        put(tmp_path, [name], BETTER + "More.\n" * place)
        os.utime(tmp_path / "_news" / name, ns=(LONG_AGO_NS, LONG_AGO_NS + 1 + place))
    report = run(tmp_path)
    assert (report.files, report.updated, report.unchanged) == (8, 8, 0)
    assert noticed(tmp_path) == ([], 8)


@pytest.mark.parametrize("act", [import_site, sync_site])
def test_an_unchanged_site_opens_no_file_and_asks_page_by_page(
    tmp_path: Path, act: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(put(tmp_path, [f"{number}.md" for number in range(3)]))
    with CaptureQueriesContext(connection) as for_few:
        act(tmp_path, at=NOON)
    run(put(tmp_path, [f"{number}.md" for number in range(3, 9)]))
    read: list[str] = []

    def refuse(tree: Tree, path: str, *, max_bytes: int) -> None:
        read.append(path)

    monkeypatch.setattr(Tree, "read", refuse)
    with CaptureQueriesContext(connection) as for_many:
        act(tmp_path, at=NOON)
    assert read == []
    assert len(for_many) - len(for_few) == 2


def test_a_page_of_rows_is_read_from_one_index(tmp_path: Path) -> None:
    run(put(tmp_path, IN_ORDER))
    with CaptureQueriesContext(connection) as asked:
        list(pages(Site.objects.get(), "_news"))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # which would rather read so small a table as a whole
            cursor.execute(
                "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
            )
        cursor.execute(("EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN ") + asked[-1]["sql"])
        plan = " ".join(map(str, cursor.fetchall()))
    assert "article_as_last_seen" in plan
    assert "COVERING" in plan or "Index Only Scan" in plan
    assert "SORT" not in plan.upper()
