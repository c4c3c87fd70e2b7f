"""check_content: every problem by path and line, and nothing touched; it uses no database, and neither do these."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.commands.running import run
from tests.samples import ARTICLE, PATH, changed, write_files

BAD = "---\ntitle: one\ntitle: two\n---\n"


def elsewhere(page: str, *pairs: tuple[str, str]) -> str:
    """The sample about another page."""
    return changed(("news.example.com/tug", f"news.example.com/{page}"), *pairs)


def test_a_good_site_has_no_problems(root: Path) -> None:
    done = run("check_content", root)
    assert done.code == 0
    assert done.out.startswith("2 files read: no problems (")


def test_every_problem_has_path_and_line(root: Path) -> None:
    write_files(root, {"_news/bad.md": BAD, PATH: changed(("quality: 68", "quality: high"))})
    done = run("check_content", root)
    assert done.code == 1
    odd, bad, summary = done.out.splitlines()
    assert odd.startswith(f"{PATH}:8: warning: 'quality' should be a whole number, and is text.")
    assert odd.endswith(" (wrong_type)")
    assert bad.startswith("_news/bad.md:3: error: ")
    assert bad.endswith(" (duplicate_key)")
    assert summary.startswith("3 files read: 1 warning, 1 error (")


def test_warnings_alone_are_no_failure(root: Path) -> None:
    write_files(root, {PATH: changed(("quality: 68", "quality: high"))})
    done = run("check_content", root, "--json")
    assert done.code == 0
    assert [(one["path"], one["line"], one["key"], one["severity"]) for one in done.facts["problems"]] == [
        (PATH, 8, "quality", "warning")
    ]
    assert (done.facts["site"], done.facts["root"], done.facts["files"]) == ("harbour", str(root), 2)


def test_topics_and_organizations_are_looked_at_too(root: Path) -> None:
    write_files(root, {"_data/topics/1.yaml": "name: [\n", "_data/organizations/x.md": "---\nname: X\n---\n"})
    done = run("check_content", root, "--json")
    assert done.code == 1
    assert {one["path"] for one in done.facts["problems"]} == {"_data/topics/1.yaml", "_data/organizations/x.md"}


def test_it_reads_the_collections_that_are_named(root: Path) -> None:
    write_files(root, {"_drafts/bad.md": BAD})
    assert run("check_content", root).code == 0
    assert run("check_content", root, "--collection", "drafts").code == 1


def test_what_cannot_be_printed_is_escaped(root: Path) -> None:
    write_files(root, {"_news/\x1b[31mred.md": ARTICLE, "_news/bad.md": '---\n"\\e[31m": 1\n"\\e[31m": 2\n---\n'})
    done = run("check_content", root)
    assert done.code == 1
    assert "_news/\\x1b[31mred.md: error: " in done.out
    assert "\x1b" not in done.out


def test_a_folder_in_letters_of_its_own_can_be_checked(tmp_path: Path) -> None:
    assert run("check_content", write_files(tmp_path / "新聞", {PATH: ARTICLE}), "--json").facts["site"] == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ROOT/gone"], "cannot be read (No such file or directory)"),
        (["ROOT", "--collection", "_stories"], "There is no collection '_stories'"),
        (["ROOT", "--dry-run"], "Unrecognized arguments: --dry-run"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_it_does_not_start(root: Path, arguments: list[str], said: str) -> None:
    done = run("check_content", *(one.replace("ROOT", str(root)) for one in arguments))
    assert (done.code, done.out) == (3, "")
    assert said in done.err


def test_findings_are_warnings_with_path_line_and_key(root: Path) -> None:
    write_files(root, {PATH: changed(("Harbour pilots", "Harbour&nbsp;pilots"), ("A tug", "\u00c3\u2030 A tug"))})
    done = run("check_content", root, "--json")
    assert done.code == 0
    assert [tuple(one.values()) for one in done.facts["problems"]] == [
        (PATH, 3, "title", "warning", "html_entity", "The title holds HTML entities. Take the characters themselves."),
        (PATH, 4, "excerpt", "warning", "mojibake", "The excerpt was decoded wrongly. Take the mended text."),
    ]


def test_the_sites_topics_and_organizations_are_known(root: Path) -> None:
    organization = "---\ndomain: news.example.com\nname: The Harbour Herald\n---\n"
    files = {"_data/topics/1.yaml": "name: Robotics\n", "_data/organizations/x.md": organization}
    write_files(root, {**files, "_news/other.md": elsewhere("tug-2", ("  - Technology\n", ""))})
    found = run("check_content", root, "--json").facts["problems"]
    assert [(one["path"], one["line"], one["code"]) for one in found] == [
        (PATH, 13, "provider_differs"),
        (PATH, 20, "unknown_topic"),
        ("_news/other.md", 13, "provider_differs"),
    ]


def test_what_two_files_tell_is_found_on_both(root: Path) -> None:
    paper = elsewhere("x", ("name: Harbour Herald", "name: Port Paper"), ("domain: news", "domain: paper"))
    write_files(root, {"_news/a.md": ARTICLE, "_news/b.md": paper})
    found = run("check_content", root, "--json").facts["problems"]
    assert [(one["path"], one["line"], one["key"], one["code"]) for one in found] == [
        (PATH, 6, "originalUrl", "duplicate_source"),
        (PATH, 3, "title", "near_title"),
        ("_news/a.md", 6, "originalUrl", "duplicate_source"),
        ("_news/a.md", 3, "title", "near_title"),
        ("_news/b.md", 3, "title", "near_title"),
        ("_news/other.md", 3, "title", "near_title"),
    ]


def test_what_another_item_leads_is_no_duplicate(root: Path) -> None:
    write_files(root, {"_news/a.md": changed(("heat: 68", "heat: -1"))})
    assert run("check_content", root, "--json").facts["problems"] == []


def test_a_real_site_has_findings_and_no_problems(corpus: Path) -> None:
    """Each was looked at by eye."""
    done = run("check_content", corpus, "--json")
    assert (done.code, done.facts["files"]) == (0, 90)
    assert Counter(one["code"] for one in done.facts["problems"]) == {
        "cut_excerpt": 44,
        "html_entity": 17,
        "double_space": 15,
        "provider_no_picture": 12,
        "edge_space": 9,
        "line_break": 5,
        "long_title": 4,
        "excerpt_is_title": 2,
        "no_picture": 2,
        "page_furniture": 1,
    }
