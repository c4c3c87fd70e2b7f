"""Files made to break a reader: each becomes a problem with its code, line and key, soon, and never an exception."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from articles.content.document import Document, EditRefused
from articles.content.fences import MAX_FILE_BYTES
from articles.content.problems import Problem, Severity
from articles.content.reading import MAX_DEPTH, MAX_FRONT_MATTER_CHARS, MAX_NODES
from articles.content.schema import check_article

OWN_CORPUS = Path(__file__).resolve().parents[1] / "corpus"
LARGE = MAX_FRONT_MATTER_CHARS - 100

Found = list[tuple[str, str, int | None, str | None]]


def front(text: str) -> bytes:
    return f"---\n{text}---\n".encode()


def problems_of(data: bytes) -> list[Problem]:
    """All that is wrong with an article's file; every one says where it is, and what to do in a sentence."""
    document = Document.read(data, "_news/x.md")
    checked = check_article(document.fields, document.line_of) if document.is_readable else None
    problems = [*document.problems, *(problem.at(document.path) for problem in (checked.problems if checked else ()))]
    lines = len(re.findall(rb"\r\n|\n|\r", data)) + 1 if problems else 0
    for problem in problems:
        assert problem.path == "_news/x.md"
        assert problem.line is None or 1 <= problem.line <= lines
        assert re.fullmatch(r".+[.?]", problem.message)
        assert len(problem.message) < 400
    assert document.is_readable == (not any(problem.is_error for problem in problems))
    assert document.is_readable or document.fields == {}
    assert document.to_bytes() == data
    return problems


def found(data: bytes) -> Found:
    return [(problem.severity.value, problem.code, problem.line, problem.key) for problem in problems_of(data)]


def only_problem(data: bytes) -> tuple[str, str, int | None, str | None]:
    (problem,) = found(data)
    return problem


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        pytest.param(b"", "no_front_matter", 1, id="empty"),
        pytest.param(b"\xef\xbb\xbf", "no_front_matter", 1, id="only a byte order mark"),
        pytest.param(b"\n\r\n \n", "no_front_matter", 1, id="only blank lines"),
        pytest.param(b"title: T\n", "no_front_matter", 1, id="no fence"),
        pytest.param(b"--- title: T\n---\n", "no_front_matter", 1, id="text behind the fence"),
        pytest.param(b"Text\n---\ntitle: T\n---\n", "no_front_matter", 1, id="text above the fence"),
        pytest.param(b"\r\n" * 30_000 + b"x", "no_front_matter", 1, id="line breaks by the thousand"),
        pytest.param(b" " * 1_000_000, "no_front_matter", 1, id="a million spaces"),
        pytest.param(b"---\n", "no_closing_fence", 1, id="only a fence"),
        pytest.param(b"\n\n---\ntitle: T\n", "no_closing_fence", 3, id="no closing fence"),
        pytest.param(b"---\ntitle: T\n ---\n", "no_closing_fence", 1, id="an indented closing fence"),
        pytest.param(b"---\ntitle: T\n--- x\n", "no_closing_fence", 1, id="text behind the closing fence"),
        pytest.param(b"---\n" + b"--- x\n" * 100_000, "no_closing_fence", 1, id="nearly fences by the thousand"),
        pytest.param(b"+++\ntitle = 'T'\n", "no_closing_fence", 1, id="TOML without an end"),
        pytest.param(b'{\n"title": "T"\n', "no_closing_fence", 1, id="JSON without an end"),
        pytest.param(b"---\ntitle: \xe9\n---\n", "not_utf8", 2, id="latin-1"),
        pytest.param("---\ntitle: é\n---\n".encode("utf-16"), "not_utf8", 1, id="UTF-16"),
        pytest.param("---\ntitle: T\n---\n".encode("utf-16-be"), "nul", 1, id="UTF-16 without a mark"),
        pytest.param(b"---\ntitle: \xc0\xaf\n---\n", "not_utf8", 2, id="overlong"),
        pytest.param(b"---\ntitle: \x80\n---\n", "not_utf8", 2, id="a lone continuation"),
        pytest.param(b"---\ntitle: \xed\xa0\x80\n---\n", "not_utf8", 2, id="half a pair"),
        pytest.param(b"---\ntitle: \xf4\x90\x80\x80\n---\n", "not_utf8", 2, id="beyond Unicode"),
        pytest.param(b"---\ntitle: T\n---\n\n\xff", "not_utf8", 5, id="in the body"),
        pytest.param(b"---\ntitle: a\0b\n---\n", "nul", 2, id="NUL"),
        pytest.param(b"---\ntitle: T\n---\n\n\0", "nul", 5, id="NUL in the body"),
        pytest.param(b"---\n---\n" + b"x" * MAX_FILE_BYTES, "too_large", None, id="more than 8 MB"),
        pytest.param(b"---\n" + b"a: b\n" * 300_000 + b"---\n", "too_large", 2, id="a front matter of more than 1 MB"),
    ],
)
def test_a_file_that_is_no_front_matter_and_body(data: bytes, code: str, line: int | None) -> None:
    assert only_problem(data) == ("error", code, line, None)


CONTROL_CHARACTERS = [*range(1, 9), 11, 12, *range(14, 32), *range(127, 133), *range(134, 160), 0xFFFE, 0xFFFF]


@pytest.mark.parametrize("code", CONTROL_CHARACTERS, ids=hex)
@pytest.mark.broad(5)
def test_every_control_character_is_an_error(code: int) -> None:
    for text in ("title: 'a{}b'\n", "title: T # {}\n", "ti{}tle: T\n", "title: |\n  T{}\n"):
        line = 3 if "|" in text else 2
        assert only_problem(front(text.format(chr(code)))) == ("error", "control_character", line, None)


@pytest.mark.parametrize(
    ("text", "code", "line", "key"),
    [
        pytest.param('title: "a\\0b"\n', "nul", 2, "title", id="escaped NUL"),
        pytest.param('title: T\na: ["\\x00"]\n', "nul", 3, "a[0]", id="NUL in a list"),
        pytest.param('title: T\n"a\\0": 1\n', "nul", 3, None, id="NUL in a key"),
        pytest.param("title: T\ntitle: U\n", "duplicate_key", 3, "title", id="a key twice"),
        pytest.param("title: T\n'title': U\n", "duplicate_key", 3, "title", id="a key twice, once quoted"),
        pytest.param("title: T\n? title\n: U\n", "duplicate_key", 3, "title", id="a key twice, once with ?"),
        pytest.param("provider:\n  name: A\n  name: B\n", "duplicate_key", 4, "provider.name", id="twice in a map"),
        pytest.param("images:\n- url: A\n  url: B\n", "duplicate_key", 4, "images[0].url", id="twice in an item"),
        pytest.param("a: [{b: {c: 1, c: 2}}]\n", "duplicate_key", 2, "a[0].b.c", id="twice in braces"),
        pytest.param("1: a\n1.0: b\n", "duplicate_key", 3, "1.0", id="1 and 1.0"),
        pytest.param("1: a\ntrue: b\n", "duplicate_key", 3, "True", id="1 and true"),
        pytest.param("yes: a\non: b\n", "duplicate_key", 3, "True", id="yes and on"),
        pytest.param("10: a\n0xA: b\n", "duplicate_key", 3, "10", id="10 and 0xA"),
        pytest.param("<<: {a: 1}\n", "merge_key", 2, None, id="merge key"),
        pytest.param("a:\n- <<: {b: 1}\n", "merge_key", 3, "a[0]", id="merge key in a list"),
        pytest.param("a: {!!merge x: 1}\n", "merge_key", 2, "a", id="merge key by its tag"),
        pytest.param("? [a, b]\n: 1\n", "bad_key", 2, None, id="a list as key"),
        pytest.param("a:\n  ? {b: c}\n  : 1\n", "bad_key", 3, "a", id="a map as key"),
        pytest.param("? - a\n: 1\n", "bad_key", 2, None, id="a list of lines as key"),
        pytest.param("a: !!python/object/apply:os.system [ls]\n", "unknown_tag", 2, "a", id="python object"),
        pytest.param("a: !!python/name:os.system\n", "unknown_tag", 2, "a", id="python name"),
        pytest.param("a: !!binary aGk=\n", "unknown_tag", 2, "a", id="binary"),
        pytest.param("a: !!set {b, c}\n", "unknown_tag", 2, "a", id="set"),
        pytest.param("a: !!omap [b: 1]\n", "unknown_tag", 2, "a", id="ordered map"),
        pytest.param("a: !!pairs [b: 1]\n", "unknown_tag", 2, "a", id="pairs"),
        pytest.param("a: !ruby/object:Gem {}\n", "unknown_tag", 2, "a", id="ruby object"),
        pytest.param("a: !<tag:example.com,2020:x> b\n", "unknown_tag", 2, "a", id="verbatim tag"),
        pytest.param("a: !local b\n", "unknown_tag", 2, "a", id="local tag"),
        pytest.param("!local a: b\n", "unknown_tag", 2, None, id="tag on a key"),
        pytest.param("!local\na: b\n", "unknown_tag", 2, None, id="tag on the root"),
        pytest.param("a: !!str [b]\n", "unknown_tag", 2, "a", id="a list as text"),
        pytest.param("a: !!map [b]\n", "unknown_tag", 2, "a", id="a list as map"),
        pytest.param("a: !!seq {b: 1}\n", "unknown_tag", 2, "a", id="a map as list"),
        pytest.param("a: !x!y b\n", "unknown_tag", 2, None, id="a handle that nobody declared"),
        pytest.param("a: *b\n", "alias", 2, None, id="an alias for nothing"),
        pytest.param("%YAML 1.1\n", "directive", 2, None, id="version"),
        pytest.param("%TAG ! tag:example.com,2020:\n", "directive", 2, None, id="tag directive"),
        pytest.param("title: T\r%x: 1\n", "directive", 3, None, id="the same behind a carriage return"),
        pytest.param("title: T\n%x: 1\n", "directive", 3, None, id="a key with a percent sign"),
        pytest.param("title: T\n...\ntitle: U\n", "several_documents", 4, None, id="two documents"),
        pytest.param("title: T\n--- U\n", "several_documents", 3, None, id="two documents with a marker"),
        pytest.param("- a\n- b\n", "not_a_map", 2, None, id="a list"),
        pytest.param("text\n", "not_a_map", 2, None, id="a text"),
        pytest.param("~\n", "not_a_map", 2, None, id="null"),
        pytest.param("12\n", "not_a_map", 2, None, id="a number"),
    ],
)
def test_what_could_grow_or_hide_is_an_error(text: str, code: str, line: int, key: str | None) -> None:
    assert ("error", code, line, key) in found(front(text))


@pytest.mark.parametrize(
    ("text", "line", "advice"),
    [
        pytest.param('title: "T\nb: 1\n', 2, "The quote that opens here is not closed. Close it.", id="a quote"),
        pytest.param("a: 1\ntitle: 'T\n", 3, "The quote that opens here is not closed. Close it.", id="an apostrophe"),
        pytest.param("a: [b, c\nd: 1\n", 2, "The bracket that opens here is not closed", id="a bracket"),
        pytest.param("a: {b: 1\nd: 1\n", 2, "The bracket that opens here is not closed", id="a brace"),
        pytest.param("a: [\n", 3, "A bracket above is not closed", id="a bracket without anything"),
        pytest.param("a: b]: c\n", 2, "A colon stands here where no key ends.", id="a colon"),
        pytest.param("a:b\nc: d\n", 3, "A colon stands here where no key ends.", id="no space behind a colon"),
        pytest.param(f"{'k' * 1025}: 1\n", 2, "A key has at most 1,000 characters.", id="a long key"),
        pytest.param("a:\n\tb: 1\n", 3, "A tab stands where only spaces may.", id="a tab"),
        pytest.param("a:\n  - b\n\t- c\n", 4, "A tab stands where only spaces may.", id="a tab in a list"),
        pytest.param("a: @b\n", 2, "A text cannot begin with '@'. Put it in quotes.", id="an at sign"),
        pytest.param("a: `b\n", 2, "A text cannot begin with '`'. Put it in quotes.", id="a backtick"),
        pytest.param("a: %b\n", 2, "A text cannot begin with '%'. Put it in quotes.", id="a percent sign"),
        pytest.param("a: &\n", 2, "A text cannot begin with & or *. Put it in quotes.", id="an ampersand"),
        pytest.param("a: &b 1\nc: &b 2\n", 3, "An anchor (&) of this name stands above already.", id="two anchors"),
        pytest.param("a: ]\n", 2, "A text cannot begin with a bracket or a comma.", id="a bracket on its own"),
        pytest.param("{a.:]\n", 2, "A colon stands in a text between brackets.", id="a colon in braces"),
        pytest.param("a: - b\n", 2, "A list begins behind a key.", id="a list behind a key"),
        pytest.param("a: ? b\n", 2, "A text cannot begin with '? '.", id="a question mark"),
        pytest.param('title: "C:\\temp\\q"\n', 2, "A backslash here begins nothing that YAML knows.", id="a backslash"),
        pytest.param('title: "\\ud83d"\n', 2, "A backslash here begins nothing that YAML knows.", id="half a pair"),
        pytest.param("a: |x\n  b\n", 2, "Behind | or > stands nothing else.", id="a literal"),
        pytest.param('title: "T" or not\n', 2, "The value above ends before this point", id="text behind quotes"),
        pytest.param("title: 'it's'\n", 2, "The value above ends before this point", id="an apostrophe within"),
        pytest.param("a:\n  b: 1\n c: 2\n", 4, "The value above ends before this point", id="indentation"),
        pytest.param("  a: 1\nb: 2\n", 3, "The value above ends before this point", id="indentation of the root"),
        pytest.param("a: 1\nb\nc: 2\n", 3, "This line is no 'key: value'.", id="no colon"),
        pytest.param("\ufeffa: 1\n\ufeffb: 2\n", 3, "The value above ends before this point", id="byte order mark"),
    ],
)
def test_a_slip_in_the_yaml_is_explained(text: str, line: int, advice: str) -> None:
    (problem,) = problems_of(front(text))
    assert (problem.code, problem.line, problem.severity) == ("bad_yaml", line, Severity.ERROR)
    assert advice in problem.message


def test_an_alias_repeats_nothing() -> None:
    laughs = "a0: &a0 x\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 60))
    merges = "a0: &a0 {k: v}\n" + "".join(f"a{i}: &a{i}\n  <<: [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 60))
    assert {(code, line) for _, code, line, _ in found(front(laughs))} == {
        *(("anchor", line) for line in range(2, 62)),
        *(("alias", line) for line in range(3, 62)),
    }
    assert {code for _, code, _, _ in found(front(merges))} == {"anchor", "merge_key", "alias"}
    assert {code for _, code, _, _ in found(front("a: &a [*a, {*a : *a}]\n"))} >= {"anchor", "alias"}
    assert {code for _, code, _, _ in found(front("&a a: *a\n"))} == {"anchor", "alias"}


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        pytest.param("a: &a [x]\nb:\n  - *a\n", 4, "b[0]", id="in a list"),
        pytest.param("a: &a x\nb: '*a'\nc: *a\n", 4, "c", id="behind a text that looks like one"),
        pytest.param("a: &a x\nb:\n  *a : y\n", 4, "b", id="as the first key of a map"),
        pytest.param("a: &a [x]\nb:\n  *a : y\n", 4, "b", id="of a list, as a key"),
        pytest.param("a: &a x\n? [*a]\n: y\nc: *a\n", 5, "c", id="behind a key that is not looked into"),
        pytest.param("ä: &a [€, 😀]\nb: *a\n", 3, "b", id="behind wide characters"),
    ],
)
def test_an_alias_is_named_where_it_stands_and_its_anchor_once(text: str, line: int, key: str) -> None:
    problems = problems_of(front(text))
    assert [(p.line, p.key) for p in problems if p.code == "alias"] == [(line, key)]
    assert [p.line for p in problems if p.code == "anchor"] == [2]


@pytest.mark.parametrize("text", ["title: &t T\n", "title: !!str &t T\n", "title: &t !!str T\n", "title: ! &t T\n"])
def test_an_anchor_without_an_alias_is_a_warning(text: str) -> None:
    assert only_problem(front(text)) == ("warning", "anchor", 2, "title")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("2020-02-30", "impossible_date"),
        ("2020-13-01T00:00:00Z", "impossible_date"),
        ("2020-12-29T25:00:00Z", "impossible_date"),
        ("2020-12-29T20:23:00+99:99", "impossible_date"),
        ("0000-00-00", "impossible_date"),
        ("0001-01-01T00:00:00+23:59", "impossible_date"),
        ("9999-12-31T23:59:59-23:59", "impossible_date"),
        ("!!timestamp soon", "impossible_date"),
        ("2020-12-29T20:23:00." + "0" * 100, "impossible_date"),
        ("9" * 41, "bad_number"),
        ("0x" + "f" * 100, "bad_number"),
        ("1" + ":59" * 100, "bad_number"),
        ("1" + "_" * 100, "bad_number"),
        ("1." + "9" * 100, "bad_number"),
        ("!!int many", "bad_number"),
        ("!!float ''", "bad_number"),
        ("!!bool perhaps", "bad_number"),
        ("0b_", "bad_number"),
    ],
)
def test_a_number_or_a_date_that_is_none_is_a_warning(written: str, code: str) -> None:
    problems = found(front(f"title: T\npublishedDateTime: {written}\n"))
    assert problems == [("warning", code, 3, "publishedDateTime")]


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        pytest.param(front("a:\n" + "- " * MAX_DEPTH + "b\n"), "too_deep", 3, id="dashes"),
        pytest.param(front("a: " + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "\n"), "too_deep", 2, id="brackets"),
        pytest.param(front("a: " + "[" * 400_000 + "\n"), "too_deep", 2, id="open brackets"),
        pytest.param(front("a: " + "{b: " * 200_000 + "\n"), "too_deep", 2, id="open braces"),
        pytest.param(front("a: " + "[{b: " * 100_000 + "\n"), "too_deep", 2, id="open brackets and braces"),
        pytest.param(front("- " * 400_000 + "\n"), "too_deep", 2, id="dashes by the thousand"),
        pytest.param(front("? " * 400_000 + "\n"), "too_deep", 2, id="question marks"),
        pytest.param(front("".join(f"{' ' * i}a:\n" for i in range(1000))), "too_deep", 34, id="maps by indentation"),
        pytest.param(front("".join(f"{' ' * i}-\n" for i in range(1000))), "too_deep", 34, id="lists by indentation"),
        pytest.param(front("".join(f"{' ' * i}a:\n{' ' * i}-\n" for i in range(50))), "too_deep", 34, id="both"),
        pytest.param(front("a:\u2028" + "- " * 100_000 + "\n"), "too_deep", 2, id="behind a line separator"),
        pytest.param(front("a:\x85" + "- " * 100_000 + "\n"), "too_deep", 2, id="behind a next line"),
        pytest.param(front("a:\r" + "- " * 100_000 + "\n"), "too_deep", 3, id="behind a carriage return"),
        pytest.param(b"---\ra:\r" + b"- " * 100_000 + b"\r---\r", "too_deep", 3, id="in a file of carriage returns"),
        pytest.param(front("".join(f"k{i}: v\n" for i in range(100_000))), "too_many", MAX_NODES // 2 + 1, id="keys"),
        pytest.param(front("a:\n" + "- b\n" * 100_000), "too_many", MAX_NODES, id="items"),
        pytest.param(front("a: [" + "b," * 100_000 + "]\n"), "too_many", 2, id="items in brackets"),
        pytest.param(front("a: {" + '"b":1,' * 100_000 + "}\n"), "too_many", 2, id="keys in braces"),
        pytest.param(front("".join(f"k{i}: v\x85" for i in range(70_000)) + "\n"), "too_many", 2, id="next lines"),
        pytest.param(b'{\n"a": ' + b"[" * 200_000 + b"\n}\n", "too_deep", 1, id="JSON, deep"),
        pytest.param(b'{\n"a": ' + b"[" * 40 + b"]" * 40 + b"\n}\n", "too_deep", 1, id="JSON, too deep"),
        pytest.param(b'{\n"a": [' + b"{}," * 30_000 + b"1]\n}\n", "too_many", 1, id="JSON, many"),
        pytest.param(b'{\n"a": "' + b"x" * 300_000 + b'"\n}\n', "too_large", 1, id="JSON, large"),
        pytest.param(b"+++\na = " + b"[" * 200_000 + b"\n+++\n", "too_deep", 2, id="TOML, deep"),
        pytest.param(b"+++\n" + b".".join([b"a"] * 100_000) + b" = 1\n+++\n", "too_deep", 2, id="TOML, long key"),
        pytest.param(
            b"+++\n" + b" . ".join([b'"a b"'] * 30_000) + b" = 1\n+++\n", "too_deep", 2, id="TOML, quoted key"
        ),
        pytest.param(b"+++\n[" + b".".join([b"a"] * 100_000) + b"]\n+++\n", "too_deep", 2, id="TOML, long table"),
        pytest.param(b"+++\n" + b"[[a]]\n" * 25_000 + b"+++\n", "too_many", 2, id="TOML, many"),
    ],
)
@pytest.mark.broad(3)
def test_bounds_hold_before_anything_is_made(data: bytes, code: str, line: int) -> None:
    assert only_problem(data) == ("error", code, line, None)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(front("title: T\na:\n" + "- " * (MAX_DEPTH - 2) + "b\n"), id="dashes"),
        pytest.param(front("title: T\na: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1) + "\n"), id="brackets"),
        pytest.param(front("title: T\na:\n" + "- b\n" * (MAX_NODES - 5)), id="items"),
        pytest.param(front("title: '" + "[" * 10_000 + "'\n"), id="brackets in a text"),
        pytest.param(front("title: " + "x" * LARGE + "\n"), id="a long text"),
        pytest.param(front('title: "' + "\\n" * (LARGE // 2) + 'x"\n'), id="a long text of escapes"),
        pytest.param(front("title: a\n" + "\n" * (LARGE // 2) + " b\n"), id="a long text of line breaks"),
        pytest.param(front("title: T\n" + "#\n" * (LARGE // 2)), id="comments"),
        pytest.param(b"---\ntitle: T\n---\n" + b"x\n" * (MAX_FILE_BYTES // 2 - 20), id="a long body"),
        pytest.param(b"\r\n" * 500_000 + b"---\r\ntitle: T\r\n---\r\n", id="far below"),
        pytest.param(b'+++\ntitle = "' + b"a." * 10_000 + b'"\n+++\n', id="points in a text of TOML"),
    ],
)
@pytest.mark.broad(3)
def test_what_keeps_to_the_bounds_is_read(data: bytes) -> None:
    assert problems_of(data) == []


@pytest.mark.parametrize(
    "url",
    ["https://" + "a." * 400_000 + " ", "https://" + "." * 900_000, "https://" + "a" * 900_000 + "\\"],
    ids=["labels", "points", "letters"],
)
def test_an_address_is_looked_at_once(url: str) -> None:
    assert found(front(f"title: T\nwebUrl: '{url}'\n")) == [("warning", "bad_url", 3, "webUrl")]


@pytest.mark.thorough
def test_thousands_of_problems_are_thousands_of_lines() -> None:
    dates = found(front("title: T\nlevels:\n" + "- 2020-02-30\n" * 9_000))
    assert dates[-1] == ("warning", "impossible_date", 9_003, "levels[8999]")
    topics = found(front("title: T\ntopics:\n" + "- 1\n" * 9_000))
    assert topics[-1] == ("warning", "wrong_type", 9_003, "topics[8999]")
    twice = found(front("title: T\ntopics:\n" + "".join(f"- t{i}\n" for i in range(9_000)) + "- t8999\n"))
    assert twice == [("warning", "duplicate_topic", 3, "topics")]


@pytest.mark.parametrize(
    ("data", "code", "line", "key"),
    [
        pytest.param(b"+++\na = 1\nb = = 2\n+++\n", "bad_toml", 3, None, id="TOML"),
        pytest.param(b"+++\na = 1\na = 2\n+++\n", "bad_toml", 3, None, id="TOML, a key twice"),
        pytest.param(b"+++\na = 1\nb = '\n+++\n", "bad_toml", 3, None, id="TOML, a quote"),
        pytest.param(b"+++\na = '''\n+++\n", "bad_toml", 2, None, id="TOML, open quotes"),
        pytest.param(b"+++\na = 2020-02-30\n+++\n", "bad_toml", 2, None, id="TOML, impossible date"),
        pytest.param(b"+++\na = " + b"1" * 5000 + b"\n+++\n", "bad_toml", 2, None, id="TOML, long number"),
        pytest.param(b'+++\na = "\\u0000"\n+++\n', "nul", 2, "a", id="TOML, NUL"),
        pytest.param(b'{\n"a": 1,\n"b": x\n}\n', "bad_json", 3, None, id="JSON"),
        pytest.param(b'{\n"a": 1,\n}\n', "bad_json", 3, None, id="JSON, a comma"),
        pytest.param(b'{\n"a": ' + b"1" * 5000 + b"\n}\n", "bad_json", 1, None, id="JSON, long number"),
        pytest.param(b'{\n"a": 1, "a": 2\n}\n', "duplicate_key", 1, "a", id="JSON, a key twice"),
        pytest.param(b'{\n"a": {"b": "\\u0000"}\n}\n', "nul", 1, "a.b", id="JSON, NUL"),
        pytest.param(b'{\n"a": ["\\ud800"]\n}\n', "nul", 1, "a[0]", id="JSON, half a pair"),
        pytest.param(b'{\n"\\ud800": 1\n}\n', "nul", 1, None, id="JSON, half a pair as key"),
    ],
)
def test_other_formats_have_problems_too(data: bytes, code: str, line: int, key: str | None) -> None:
    assert only_problem(data) == ("error", code, line, key)


SLIPS: dict[str, list[tuple[str, str, int | None, str | None]]] = {
    "address-that-never-ends": [("warning", "bad_url", 3, "webUrl")],
    "anchor-behind-a-tag": [("warning", "anchor", 2, "title")],
    "deep-by-carriage-returns": [("error", "too_deep", 34, None)],
    "deep-by-line-separators": [("error", "too_deep", 2, None)],
    "domain-that-never-ends": [("warning", "bad_domain", 4, "provider.domain")],
    "indented-first-line": [("error", "bad_yaml", 3, None)],
    "json-half-a-pair": [("error", "nul", 1, "title")],
    "json-key-twice": [("error", "duplicate_key", 1, "title")],
    "nul-under-a-tag": [("error", "nul", 3, "heat"), ("warning", "bad_number", 3, "heat")],
    "one-and-true": [("error", "duplicate_key", 4, "True")],
    "thousands-of-line-breaks-and-no-fence": [("error", "no_front_matter", 1, None)],
    "timestamp-tag-on-text": [("warning", "impossible_date", 3, "publishedDateTime")],
    "toml-long-key": [("error", "too_deep", 2, None)],
    "toml-long-number": [("error", "bad_toml", 2, None)],
    "two-levels-a-column": [("error", "too_deep", 34, None)],
    "utf-16": [("error", "not_utf8", 1, None)],
}
"""What is wrong with the files that once broke the reader; with all others that did, nothing."""


@pytest.mark.parametrize("name", sorted(file.stem for file in OWN_CORPUS.glob("*.md")))
def test_files_that_once_caused_a_bug(name: str) -> None:
    assert found((OWN_CORPUS / f"{name}.md").read_bytes()) == SLIPS.get(name, [])


EDITS: list[tuple[str, str, Any, bytes]] = [
    ("byte-order-mark-behind-the-fence", "quality", 6, b"---\n\xef\xbb\xbftitle: T\nquality: 6\n---\n"),
    (
        "comment-between-first-keys-of-an-item",
        "images",
        [{"width": 5}],
        b"---\ntitle: T\nimages:\n-\n  # as seen\n  width: 5\n---\n",
    ),
    (
        "comments-in-brackets",
        "topics",
        ["AI", "Ports"],
        b"---\ntitle: T\ntopics: [\n  AI, # the main one\n  # a narrow one\n  Ports\n]\n---\n",
    ),
    ("folded-paragraphs", "excerpt", "three\n\nfour\n", b"---\ntitle: T\nexcerpt: >\n  three\n\n\n  four\n---\n"),
    (
        "folded-with-white-space-at-its-end",
        "excerpt",
        "three",
        b"---\ntitle: T\nexcerpt: >-\n  three\n\n\nquality: 5\n---\n",
    ),
    ("indented-root", "heat", 1, b"---\n  title: T\n  quality: 5\n  heat: 1\n---\n"),
    ("list-behind-a-dash", "levels[0]", ["b"], b"---\ntitle: T\nlevels:\n- - b\n- c\n---\n"),
    ("null-as-key", "levels", {None: 3, True: 2}, b"---\ntitle: T\nlevels:\n  ~: 3\n  true: 2\n---\n"),
    (
        "number-as-key-in-json",
        "levels",
        {"a": 1, 2: "c", 3: "d"},
        b'---\ntitle: T\nlevels: {"a": 1, 2: c, 3: "d"}\n---\n',
    ),
    ("one-key-in-braces", "title", "U", b"---\n{title: U}\n---\n"),
    ("open-literal-before-a-new-key", "topics", ["AI"], b"---\ntitle: |+\n  T\ntopics:\n  - AI\n---\n"),
    ("question-mark-first", "category", "news", b"---\ncategory: news\n? title\n: T\nquality: 5\n---\n"),
    ("value-missing-before-white-space", "quality", 5, b"---\ntitle: T\nquality: 5\nheat: 1\n---\n"),
]


@pytest.mark.parametrize(("name", "key", "value", "expected"), [pytest.param(*edit, id=edit[0]) for edit in EDITS])
def test_edits_that_once_went_wrong(name: str, key: str, value: Any, expected: bytes) -> None:
    document = Document.read((OWN_CORPUS / f"{name}.md").read_bytes())
    document.set(key, value)
    assert document.to_bytes() == expected


def test_every_file_of_ours_is_edited_or_refused() -> None:
    for file in OWN_CORPUS.glob("*.md"):
        for value in ("a: b", None, ["A"], {"name": "N"}):
            document = Document.read(file.read_bytes())
            try:
                document.set("category", value)
            except EditRefused:
                assert not document.is_readable or document.format != "yaml"
                continue
            assert document.get("category") == value
