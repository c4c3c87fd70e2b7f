"""A content root as it is listed, with what crawlers, editors and mischief put into it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from articles.content.problems import Problem
from articles.content.tree import Entry, RootNotFound, Tree
from tests.content.disk import OLD, failing, not_files, open_handles, put


def listed(root: Path, folder: str = "") -> list[str]:
    """Paths and problems in the order of the listing, problems as `code path`."""
    found = Tree(root).list(folder)
    return [f"{item.code} {item.path}" if isinstance(item, Problem) else item.path for item in found]


# The root


def test_the_root_may_be_reached_through_a_link(tmp_path: Path) -> None:
    put(tmp_path, "site/_news/x.md")
    (tmp_path / "current").symlink_to("site")
    assert listed(tmp_path / "current") == ["_news/x.md"]


def test_it_stays_where_the_link_led_at_first(tmp_path: Path) -> None:
    put(tmp_path, "site/x.md")
    put(tmp_path, "other/y.md")
    (tmp_path / "current").symlink_to("site")
    tree = Tree(tmp_path / "current")
    (tmp_path / "current").unlink()
    (tmp_path / "current").symlink_to("other")
    assert tree.read("x.md", max_bytes=100).data == OLD


@pytest.mark.parametrize("root", ["gone", "file", "loop", "nul\0"])
def test_it_refuses_a_root_that_is_no_folder(tmp_path: Path, root: str) -> None:
    put(tmp_path, "file")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(RootNotFound) as refused:
        Tree(tmp_path / root)
    assert refused.value.problem.code == "root_not_found"
    assert "name a folder that exists" in refused.value.problem.message


def test_it_refuses_a_root_that_it_may_not_read(tmp_path: Path) -> None:
    with failing(1, errno.EACCES, only=("open",)), pytest.raises(RootNotFound, match="Permission denied"):
        Tree(tmp_path)


# Listing


def test_it_lists_documents_with_size_and_time(tmp_path: Path) -> None:
    os.utime(put(tmp_path, "_news/x.md"), ns=(0, 1_600_000_000_123_456_789))
    assert list(Tree(tmp_path).list("_news")) == [Entry("_news/x.md", 19, 1_600_000_000_123_456_789)]


def test_it_lists_by_path_whatever_the_depth(tmp_path: Path) -> None:
    for path in ("b.md", "a/z.md", "a.md", "a-b.md", "a/b/c.md", "B.md", "ä.md", "a0/x.md"):
        put(tmp_path, path)
    expected = ["B.md", "a-b.md", "a.md", "a/b/c.md", "a/z.md", "a0/x.md", "b.md", "ä.md"]
    assert listed(tmp_path) == expected == sorted(expected)


@pytest.mark.parametrize("folder", ["a", "a/", "a/b", "a//"])
def test_it_lists_below_one_folder(tmp_path: Path, folder: str) -> None:
    put(tmp_path, "a/b/x.md")
    put(tmp_path, "other/y.md")
    assert listed(tmp_path, folder) == ["a/b/x.md"]


@pytest.mark.parametrize("folder", ["", ".", "./"])
def test_it_lists_the_whole_root(tmp_path: Path, folder: str) -> None:
    put(tmp_path, "a/x.md")
    put(tmp_path, "y.md")
    assert listed(tmp_path, folder) == ["a/x.md", "y.md"]


@pytest.mark.parametrize("folder", ["gone", "a/gone", "gone/gone"])
def test_a_missing_folder_lists_nothing(tmp_path: Path, folder: str) -> None:
    put(tmp_path, "a/x.md")
    assert listed(tmp_path, folder) == []


@pytest.mark.parametrize("suffix", ["md", "markdown", "mkd", "mkdn", "mdown", "html", "htm", "MD", "Html"])
def test_these_are_documents(tmp_path: Path, suffix: str) -> None:
    put(tmp_path, f"x.{suffix}")
    assert listed(tmp_path) == [f"x.{suffix}"]


@pytest.mark.parametrize("name", ["x", "x.txt", "x.yaml", "md", "x.md.gz", "x.mdx", "x.png"])
def test_other_files_are_passed_over(tmp_path: Path, name: str) -> None:
    put(tmp_path, name)
    assert listed(tmp_path) == []


def test_a_caller_may_ask_for_other_suffixes(tmp_path: Path) -> None:
    put(tmp_path, "_data/topics/01-ai.yaml")
    put(tmp_path, "_data/topics/x.md")
    found = Tree(tmp_path).list("_data/topics", (".yaml", ".yml"))
    assert [item.path for item in found] == ["_data/topics/01-ai.yaml"]


@pytest.mark.parametrize(
    "path",
    [
        ".hidden.md", ".git/x.md", ".git/hooks/x.md", "x.md~", "#x.md#", ".#x.md", ".x.md.swp", "x.swo/y.md",
        "x.md.tmp", "x.md.bak", "x.md.orig", "x.md.rej", "4913", "old~/x.md", "_news.bak/x.md", "#old#/x.md",
    ],
)  # fmt: skip
def test_hidden_files_and_left_overs_are_passed_over(tmp_path: Path, path: str) -> None:
    put(tmp_path, path)
    assert listed(tmp_path) == []


def test_a_dangling_lock_of_an_editor_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".#x.md").symlink_to("ada@desk.example:1234")
    assert listed(tmp_path) == []


@pytest.mark.parametrize("target", ["inside.md", "../outside.md", "/etc/hostname", "gone.md", "x.md"])
def test_a_link_to_a_file_is_reported_wherever_it_leads(tmp_path: Path, target: str) -> None:
    root = tmp_path / "site"
    put(tmp_path, "outside.md")
    put(root, "inside.md")
    (root / "x.md").symlink_to(target)
    assert listed(root) == ["inside.md", "link x.md"]


@pytest.mark.parametrize("target", ["inside", "../outside", "/etc", "."])
def test_a_link_to_a_folder_is_reported_and_not_followed(tmp_path: Path, target: str) -> None:
    root = tmp_path / "site"
    put(tmp_path, "outside/y.md")
    put(root, "inside/z.md")
    (root / "more").symlink_to(target)
    assert listed(root) == ["inside/z.md", "link more"]


def test_a_link_that_cannot_matter_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "notes").symlink_to("/etc/hostname")
    (tmp_path / "loop").symlink_to("loop")
    assert listed(tmp_path) == []


@pytest.mark.parametrize("folder", ["more", "more/inner", "_news/more"])
def test_a_folder_behind_a_link_is_not_listed(tmp_path: Path, folder: str) -> None:
    put(tmp_path, "outside/inner/y.md")
    put(tmp_path, "site/_news/x.md")
    for place in ("more", "_news/more"):
        (tmp_path / "site" / place).symlink_to(tmp_path / "outside")
    assert listed(tmp_path / "site", folder) == [f"link {folder}"]


def test_a_file_asked_for_as_a_folder_is_reported(tmp_path: Path) -> None:
    put(tmp_path, "_news")
    assert listed(tmp_path, "_news") == ["not_a_file _news"]


@pytest.mark.parametrize(
    ("folder", "code"),
    [
        ("..", "outside_root"),
        ("a/../..", "outside_root"),
        ("/etc", "outside_root"),
        ("/", "outside_root"),
        (".git", "bad_name"),
        ("a/.git", "bad_name"),
        ("a/./b", "bad_name"),
        ("a//b", "bad_name"),
        ("a\0", "bad_name"),
    ],
)
def test_a_folder_that_cannot_be_content_is_reported(tmp_path: Path, folder: str, code: str) -> None:
    (found,) = Tree(tmp_path).list(folder)
    assert isinstance(found, Problem)
    assert found.code == code


@not_files
def test_what_is_no_file_is_reported_by_kind(tmp_path: Path, make: Callable[[Path], None], kind: str) -> None:
    make(tmp_path / "x.md")
    make(tmp_path / "x")
    (found,) = Tree(tmp_path).list("")
    assert isinstance(found, Problem)
    assert (found.path, found.code) == ("x.md", "not_a_file")
    assert found.message == f"This is {kind}, not a file, and was not opened; remove or rename it."


@pytest.mark.parametrize(
    ("name", "shown", "message"),
    [
        (b"caf\xe9.md", r"caf\xe9.md", "The name is not UTF-8; rename it."),
        (b"a\nb.md", r"a\nb.md", "The name holds control characters; rename it."),
        (b"a\x1b[31m.md", r"a\x1b[31m.md", "The name holds control characters; rename it."),
        (b"a\xc2\x85.md", r"a\x85.md", "The name holds control characters; rename it."),
        (b"a\xe2\x80\xa8.md", r"a\u2028.md", "The name holds control characters; rename it."),
    ],
    ids=["latin-1", "line break", "escape", "C1 control", "line separator"],
)
def test_a_name_that_is_unfit_is_reported(tmp_path: Path, name: bytes, shown: str, message: str) -> None:
    Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).touch()  # noqa: PTH118
    (found,) = Tree(tmp_path).list("")
    assert isinstance(found, Problem)
    assert (found.code, found.path, found.message) == ("bad_name", shown, message)


def test_a_folder_with_an_unfit_name_is_reported_once(tmp_path: Path) -> None:
    for name in ("x.md", "y.md"):
        put(tmp_path, f"a\tb/{name}")
    assert listed(tmp_path) == [r"bad_name a\tb"]


@pytest.mark.parametrize("name", ["Ünïcödé 日本.md", "a b.md", "a'\"$`;&|<>*?\\.md", "-x.md", "🗞.md", "a\xa0b.md"])
def test_odd_names_are_names(tmp_path: Path, name: str) -> None:
    put(tmp_path, name)
    assert listed(tmp_path) == [name]
    assert Tree(tmp_path).read(name, max_bytes=100).data == OLD


def test_a_folder_that_cannot_be_read_is_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    put(tmp_path, "a/x.md")
    put(tmp_path, "b/y.md")
    # Calls: 1 opens the root to see that it is there, 2 opens it to list, 3 opens a, 4 opens b.
    with failing(3, errno.EACCES, only=("open",)):
        found = list(Tree(tmp_path).list(""))
    assert [item.path for item in found] == ["a", "b/y.md"]
    assert isinstance(found[0], Problem)
    assert found[0].code == "unreadable"
    assert "Permission denied" in found[0].message


def test_what_goes_away_while_it_is_listed_is_passed_over(tmp_path: Path) -> None:
    for path in ("a/x.md", "b.md", "c.md", "d/y.md"):
        put(tmp_path, path)
    seen = Tree(tmp_path).list("")
    first = next(seen)
    (tmp_path / "b.md").unlink()
    (tmp_path / "d" / "y.md").unlink()
    (tmp_path / "d").rmdir()
    assert [first.path, *(item.path for item in seen)] == ["a/x.md", "c.md"]


def test_a_folder_swapped_for_a_link_while_listing_is_not_entered(tmp_path: Path) -> None:
    root = tmp_path / "site"
    put(tmp_path, "outside/secret.md")
    put(root, "a.md")
    put(root, "b/x.md")
    seen = Tree(root).list("")
    next(seen)
    (root / "b").rename(tmp_path / "moved")
    (root / "b").symlink_to(tmp_path / "outside")
    (found,) = seen
    assert isinstance(found, Problem)
    assert (found.code, found.path) == ("link", "b")


def test_folders_are_read_to_a_bound(tmp_path: Path) -> None:
    folder = "/".join("d" * 33)
    put(tmp_path, folder + "/x.md")
    put(tmp_path, "/".join("d" * 32) + "/y.md")
    assert listed(tmp_path) == [f"too_deep {folder}", "/".join("d" * 32) + "/y.md"]


@pytest.mark.parametrize("call", range(1, 14))
def test_a_listing_survives_any_failing_call(tmp_path: Path, call: int) -> None:
    put(tmp_path, "a/x.md")
    put(tmp_path, "b.md")
    tree = Tree(tmp_path)
    before = open_handles()
    with failing(call, errno.EIO) as faults:
        found = list(tree.list(""))
    assert open_handles() == before
    lost = {item.path for item in found if isinstance(item, Problem)}
    assert {item.path for item in found} - lost <= {"a/x.md", "b.md"}
    assert lost or faults.failed in ("", "close")


def test_a_listing_given_up_half_way_leaves_no_handle_open(tmp_path: Path) -> None:
    put(tmp_path, "a/b/x.md")
    put(tmp_path, "a/b/y.md")
    before = open_handles()
    found = Tree(tmp_path).list("")
    next(found)
    del found
    assert open_handles() == before
