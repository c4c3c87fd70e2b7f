"""A folder counted by names alone, and looked at by paths that are known."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from articles.content.problems import Problem
from articles.content.tree import Entry, Survey, Tree
from tests.content.disk import failing, make_pipe, open_handles, put

TIME_NS = 1_600_000_000_123_456_789


def looked(survey: Survey, *paths: str) -> list[str]:
    """Of each path what stands there, in a word."""
    words = []
    for found in survey.look(paths):
        words.append("file" if isinstance(found, tuple) else found.code if found else "nothing")
    return words


def news(tree: Tree, folder: str, known: Iterable[str] = ()) -> list[str]:
    return [found.path for found in tree.news(folder, known)]


def test_it_counts_the_documents_of_each_folder(tmp_path: Path) -> None:
    for path in ("_news/a.md", "_news/b.html", "_news/B.MD", "_news/sub/c.md", "_news/sub/deep/d.md", "_posts/e.md"):
        put(tmp_path, path)
    for path in ("_news/.hidden.md", "_news/a.md~", "_news/picture.jpg", "_news/old.bak/f.md", "_news/empty/x.txt"):
        put(tmp_path, path)
    survey = Tree(tmp_path).survey("_news")
    assert survey.unseen == {"_news": 3, "_news/sub": 1, "_news/sub/deep": 1, "_news/empty": 0}
    assert survey.problems == []


def test_a_missing_folder_holds_nothing(tmp_path: Path) -> None:
    survey = Tree(tmp_path).survey("_news")
    assert (survey.unseen, survey.problems) == ({}, [])
    assert looked(survey, "_news/a.md") == ["nothing"]
    assert news(Tree(tmp_path), "_news") == []


def test_it_refuses_what_a_listing_refuses(tmp_path: Path) -> None:
    put(tmp_path, "outside/x.md")
    put(tmp_path, "_news/a.md")
    put(tmp_path, "_news/with\x01control/b.md")
    (tmp_path / "_news" / "link.md").symlink_to("a.md")
    (tmp_path / "_news" / "elsewhere").symlink_to("../outside")
    (tmp_path / "_news" / "named.md").mkdir()
    make_pipe(tmp_path / "_news" / "pipe.md")
    tree = Tree(tmp_path)
    survey = tree.survey("_news")
    assert survey.problems == [found for found in tree.list("_news") if isinstance(found, Problem)]
    assert [problem.code for problem in survey.problems] == ["link", "link", "not_a_file", "bad_name"]
    assert survey.unseen == {"_news": 1, "_news/named.md": 0}
    assert tree.survey("../outside").problems == list(tree.list("../outside"))


def test_a_look_gives_size_and_time(tmp_path: Path) -> None:
    file = put(tmp_path, "_news/a.md", b"12345")
    os.utime(file, ns=(0, TIME_NS))
    survey = Tree(tmp_path).survey("_news")
    assert survey.look(["_news/a.md"]) == [(5, TIME_NS)]


def test_a_look_opens_nothing_but_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        put(tmp_path, f"_news/{number}.md")
    survey = Tree(tmp_path).survey("_news")
    opened: list[object] = []
    real = os.open

    def noted(path: str, *rest: int, **options: int) -> int:
        opened.append(path)
        return real(path, *rest, **options)

    monkeypatch.setattr(os, "open", noted)
    survey.look([f"_news/{number}.md" for number in range(5)])
    assert opened == [tmp_path]


def test_a_look_finds_only_what_a_listing_finds(tmp_path: Path) -> None:
    put(tmp_path, "outside/x.md")
    (tmp_path / "_news").mkdir()
    (tmp_path / "_news" / "elsewhere").symlink_to("../outside")
    (tmp_path / "_news" / "link.md").symlink_to("../outside/x.md")
    (tmp_path / "_news" / "folder.md").mkdir()
    for path in ("_news/note.txt", "_news/B.MD", "_news/old.bak/x.md", "_news/a.md"):
        put(tmp_path, path)
    survey = Tree(tmp_path).survey("_news")
    assert looked(survey, "_news/B.MD", "_news/a.md") == ["file", "file"]
    not_listed = ["elsewhere/x.md", "folder.md", "gone.md", "gone/x.md", "link.md", "note.txt", "old.bak/x.md"]
    assert looked(survey, *(f"_news/{name}" for name in not_listed)) == ["nothing"] * 7


def test_what_was_not_looked_at_is_left(tmp_path: Path) -> None:
    for path in ("_news/a.md", "_news/a/b.md", "_news/a/c.md", "_news/d.md"):
        put(tmp_path, path)
    survey = Tree(tmp_path).survey("_news")
    survey.look(["_news/a.md", "_news/a/b.md", "_news/d.md"])
    assert survey.folders_with_more() == ["_news/a"]
    assert news(Tree(tmp_path), "_news/a", ["_news/a/b.md"]) == ["_news/a/c.md"]


def test_a_file_that_the_system_does_not_tell_of_is_a_problem(tmp_path: Path) -> None:
    put(tmp_path, "_news/a.md")
    put(tmp_path, "_news/b.md")
    survey = Tree(tmp_path).survey("_news")
    with failing(1, errno.EACCES, only=("stat",)):
        assert looked(survey, "_news/a.md", "_news/b.md") == ["unreadable", "file"]
    assert survey.folders_with_more() == []


def test_a_root_that_cannot_be_opened_any_more_is_a_problem_of_its_files(tmp_path: Path) -> None:
    put(tmp_path, "_news/a.md")
    survey = Tree(tmp_path).survey("_news")
    with failing(1, errno.EMFILE, only=("open",)):
        assert looked(survey, "_news/a.md") == ["unreadable"]


@pytest.mark.parametrize("call", range(1, 16))
def test_a_survey_survives_any_failing_call(tmp_path: Path, call: int) -> None:
    put(tmp_path, "a/x.md")
    put(tmp_path, "b.md")
    tree = Tree(tmp_path)
    before = open_handles()
    with failing(call, errno.EIO) as faults:
        survey = tree.survey("")
        found = [*survey.problems, *tree.news("", [])]
    assert open_handles() == before
    lost = [item for item in found if isinstance(item, Problem)]
    assert lost or faults.failed in ("", "close")


def test_news_are_what_a_listing_has_of_the_folder_alone(tmp_path: Path) -> None:
    for path in ("_news/a.md", "_news/b/x.md", "_news/B.MD", "_news/é.md", "_news/\x02.md"):
        put(tmp_path, path)
    tree = Tree(tmp_path)
    listed = [found for found in tree.list("_news") if "/b/" not in found.path]
    assert list(tree.news("_news", [])) == listed
    assert news(tree, "_news", ["_news/B.MD", "_news/b/x.md", "_news/zz.md"]) == [
        "_news/\\x02.md",
        "_news/a.md",
        "_news/é.md",
    ]


NAMES = st.text("ab-.0é𐀀", min_size=1, max_size=2).map(lambda name: f"x{name}")
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(lambda parts: "/".join(["_news", *parts]) + ".md")


@settings(max_examples=60, deadline=None)
@given(st.sets(PATHS, max_size=12), st.sets(PATHS, max_size=6))
def test_looks_and_news_together_are_the_listing(there: set[str], gone: set[str]) -> None:
    """Whichever paths are known: the looks tell which of them are there, the news which others."""
    with TemporaryDirectory() as folder:
        for path in there:
            put(Path(folder), path)
        tree = Tree(Path(folder))
        known = sorted({path for path in there if len(path) % 2} | gone)
        survey = tree.survey("_news")
        seen = [path for path, found in zip(known, survey.look(known), strict=True) if found]
        new = [one.path for above in survey.folders_with_more() for one in tree.news(above, known)]
        listed = [found.path for found in tree.list("_news") if isinstance(found, Entry)]
        assert sorted(seen + new) == listed
        assert seen == sorted(there.intersection(known))
