"""An edit changes the lines of its key and no others, and reads back as it was meant; or it is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from articles.content import yamltext
from articles.content.document import Document, EditRefused
from articles.content.reading import read
from tests.samples import ARTICLE


def edited(front: str, key: str, value: Any) -> str:
    """The front matter after `set`; the fences, the body and a byte order mark must stay."""
    document = Document.read(f"\ufeff---\n{front}---\n\nThe body: ---\n---\n".encode())
    document.set(key, value)
    return _front_of(document)


def shortened(front: str, key: str) -> str:
    """The front matter after `remove`."""
    document = Document.read(f"\ufeff---\n{front}---\n\nThe body: ---\n---\n".encode())
    document.remove(key)
    return _front_of(document)


def _front_of(document: Document) -> str:
    text = document.to_bytes().decode()
    assert text.startswith("\ufeff---\n")
    assert text.endswith("---\n\nThe body: ---\n---\n")
    return text.removeprefix("\ufeff---\n").removesuffix("---\n\nThe body: ---\n---\n")


def changed_lines(before: bytes, after: bytes) -> list[tuple[bytes, bytes]]:
    """The lines that differ, where their number did not change."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    assert len(old) == len(new)
    return [(one, other) for one, other in zip(old, new, strict=True) if one != other]


@pytest.mark.parametrize(
    ("key", "value", "old", "new"),
    [
        pytest.param("title", 'A "tug"', '"Harbour pilots test a tug that steers itself"', '"A \\"tug\\""', id="title"),
        pytest.param("published", True, "published: false", "published: true", id="published"),
        pytest.param("quality", 75, "quality: 68", "quality: 75", id="quality"),
        pytest.param(
            "publishedDateTime",
            datetime(2026, 11, 20, 10, 15, tzinfo=timezone(timedelta(hours=1))),
            "2026-11-20T08:15:00Z",
            "2026-11-20T09:15:00Z",
            id="time",
        ),
        pytest.param("provider.name", "Herald: daily", "name: Harbour Herald", 'name: "Herald: daily"', id="provider"),
        pytest.param("topics[1]", "Ships", "  - Technology", "  - Ships", id="topic"),
        pytest.param("images[1].width", 801, "width: 800", "width: 801", id="image"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_one_value_is_one_line(key: str, value: Any, old: str, new: str, newline: str) -> None:
    before = ARTICLE.replace("\n", newline).encode()
    document = Document.read(before)
    document.set(key, value)
    (one, other) = changed_lines(before, document.to_bytes())[0]
    assert one.replace(old.encode(), new.encode()) == other
    assert len(changed_lines(before, document.to_bytes())) == 1


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        pytest.param("published: false\n", "published: true\n", id="a line of its own"),
        pytest.param("published:  false # why\n", "published:  true # why\n", id="spaces and a comment stay"),
        pytest.param("published: 'false'\n", "published: true\n", id="text"),
        pytest.param("a: 1\npublished: no\n", "a: 1\npublished: true\n", id="another word for it"),
        pytest.param(
            'a: "x\n\npublished: false\n\n y"\npublished: false # z\n',
            'a: "x\n\npublished: false\n\n y"\npublished: true # z\n',
            id="a line of a text says the same",
        ),
        pytest.param("in:\n  published: false\n", "published: true\nin:\n  published: false\n", id="only within a map"),
    ],
)
def test_whether_it_is_published_changes_where_it_is_said(front: str, expected: str) -> None:
    document = Document.read(f"---\n{front}---\n".encode())
    document.set("published", True)
    assert document.to_bytes().decode() == f"---\n{expected}---\n"


def test_an_edit_of_a_copy_leaves_the_first_as_it_is() -> None:
    document = Document.read(ARTICLE.encode())
    other = document.copy()
    other.set("published", True)
    assert (document.get("published"), document.to_bytes()) == (False, ARTICLE.encode())
    assert other.get("published") is True


def test_it_reads_its_own_edits() -> None:
    document = Document.read(ARTICLE.encode())
    document.set("provider.name", "Herald")
    document.set("images", [])
    document.remove("topics[0]")
    assert (document.get("provider.name"), document.get("images"), document.get("topics")) == (
        "Herald",
        [],
        ["Technology"],
    )
    assert Document.read(document.to_bytes()).fields == document.fields


def test_the_same_value_again_changes_nothing() -> None:
    document = Document.read(ARTICLE.encode())
    for key, value in document.fields.items():
        document.set(key, value)
    assert document.to_bytes() == ARTICLE.encode()


@pytest.mark.parametrize(
    ("written", "value", "expected"),
    [
        pytest.param("plain", "other", "other", id="plain stays plain"),
        pytest.param("plain", "yes", '"yes"', id="a word of YAML is quoted"),
        pytest.param("plain", "a: b", '"a: b"', id="a colon is quoted"),
        pytest.param("'one'", "it's", "'it''s'", id="single quotes stay"),
        pytest.param("'one'", "a\nb", '"a\\nb"', id="single quotes cannot hold line breaks"),
        pytest.param('"one"', "two", '"two"', id="double quotes stay"),
        pytest.param('"one\n  more"', "two", '"two"', id="two lines become one"),
        pytest.param("one\n  more", "two", "two", id="plain over lines"),
        pytest.param("12", 13, "13", id="number"),
        pytest.param("12", "13", '"13"', id="number becomes text"),
        pytest.param('"13"', 13, "13", id="text becomes number"),
        pytest.param("12", True, "true", id="number becomes bool"),
        pytest.param("12", None, "null", id="number becomes null"),
        pytest.param("", 5, "5", id="nothing becomes number"),
        pytest.param("null", "x", "x", id="null becomes text"),
        pytest.param("one  # why", "two", "two  # why", id="the comment stays"),
        pytest.param("  one", "two", "  two", id="white space before it stays"),
        pytest.param("!!str 12", "13", '"13"', id="a tag goes"),
        pytest.param("x", 1.5, "1.5", id="float"),
        pytest.param("x", 1e20, "1.0e+20", id="float with exponent"),
        pytest.param("x", float("-inf"), "-.inf", id="infinity"),
        pytest.param("x", date(2021, 3, 4), "2021-03-04", id="date"),
        pytest.param("x", datetime(2021, 3, 4, 5, 6), "2021-03-04T05:06:00", id="time without zone"),
        pytest.param("x", datetime(2021, 3, 4, 5, 6, 0, 5000, UTC), "2021-03-04T05:06:00.005000Z", id="fraction"),
        pytest.param("x", [], "[]", id="empty list"),
        pytest.param("x # why", {}, "{} # why", id="empty map"),
        pytest.param("x # why", ["a", 1], "# why\n  - a\n  - 1", id="a list on lines of its own"),
        pytest.param("x", {"url": "u", "width": 1}, '\n  url: "u"\n  width: 1', id="a map on lines of its own"),
        pytest.param("[a, b]", "c", "c", id="a list becomes text"),
        pytest.param("\n  - a\n  - b # why", "c", "c", id="a list of lines becomes text"),
        pytest.param("\n  a: 1\n  b: 2", "c", "c", id="a map of lines becomes text"),
        pytest.param("|\n  one\n  two", "three\nfour\n", "|\n  three\n  four", id="literal stays literal"),
        pytest.param("| # why\n  one", "two\n", "| # why\n  two", id="the comment of a literal stays"),
        pytest.param("|\n    one", "two", "|-\n    two", id="chomping and indentation"),
        pytest.param("|\n  one", "two\n\n\n", "|+\n  two\n\n", id="line breaks at the end"),
        pytest.param("|\n  one", "\ttab", '"\\ttab"', id="what no literal can hold"),
        pytest.param(">\n  one\n  two", "three\nfour\n", ">\n  three\n\n  four", id="folded stays folded"),
        pytest.param(">-\n  one \n    two ", "three", ">-\n  three", id="white space at the end of a folded text"),
        pytest.param("|2\n    indented\n", "x", "|-\n    x\n", id="a literal that names its indentation"),
        pytest.param("|\n  one\n", 5, "5\n", id="literal becomes number"),
        pytest.param("[a, b]", ["a", "c"], "[a, c]", id="item in brackets"),
        pytest.param("[a, b]", ["a"], "[a]", id="item out of brackets"),
        pytest.param("[a, b]", ["b", "a"], "[b, a]", id="brackets in another order"),
        pytest.param("[a,b]", ["c", "a", "b"], "[c,a,b]", id="brackets without spaces"),
        pytest.param("[ 'a' ]", ["a", "b, c"], "[ 'a', 'b, c' ]", id="brackets keep the style"),
        pytest.param("{a: 1, b: 2}", {"a": 1, "b": 3}, "{a: 1, b: 3}", id="value in braces"),
        pytest.param("{a: 1}", {"a": 1, "c": [1]}, "{a: 1, c: [1]}", id="key into braces"),
        pytest.param('{"a": 1}', {"a": 1, "c": 2}, '{"a": 1, "c": 2}', id="key into JSON"),
        pytest.param('{"a": 1}', {"a": 1, 2: 2}, '{"a": 1, 2: 2}', id="number as key into JSON"),
        pytest.param("{a: 1, b: 2}", {"b": 2}, "{b: 2}", id="key out of braces"),
    ],
)
def test_a_value_keeps_its_style_where_the_new_one_allows_it(written: str, value: Any, expected: str) -> None:
    front = "# above\nfirst: 1\nkey: {}\nlast: 2 # below\n"
    spaced = front.replace("key: {}", "key:{}")
    before, after = (
        (spaced if text.startswith("\n") else front).replace("{}", text, 1) for text in (written, expected)
    )
    assert edited(before, "key", value) == after.replace("key: \n", "key:\n")


@pytest.mark.parametrize(
    ("front", "key", "value", "expected"),
    [
        pytest.param("heat: 1\n", "title", "T", 'title: "T"\nheat: 1\n', id="before the first"),
        pytest.param(
            "title: T\nheat: 1\n", "quality", 2, "title: T\nquality: 2\nheat: 1\n", id="between its neighbours"
        ),
        pytest.param("title: T\n", "zzz", 1, "title: T\nzzz: 1\n", id="an unknown key goes last"),
        pytest.param("x: |+\n  y\n", "zzz", 1, "x: |+\n  y\nzzz: 1\n", id="behind open text"),
        pytest.param("type: article\n", "topics", ["A"], "type: article\n\ntopics:\n  - A\n", id="with its blank line"),
        pytest.param(
            "type: a\nimages:\n- url: u\n",
            "topics",
            ["A"],
            "type: a\ntopics:\n  - A\nimages:\n- url: u\n",
            id="as in this file",
        ),
        pytest.param(
            "type: |+\n  a\n", "topics", ["A"], "type: |+\n  a\ntopics:\n  - A\n", id="no blank line into open text"
        ),
        pytest.param("", "title", "T", 'title: "T"\n', id="into nothing"),
        pytest.param("# only\n", "title", "T", '# only\ntitle: "T"\n', id="below a comment"),
        pytest.param("{}\n", "title", "T", 'title: "T"\n', id="into empty braces"),
        pytest.param("{a: 1}\n", "title", "T", '{title: "T", a: 1}\n', id="into braces"),
        pytest.param("  a: 1\n", "b", 2, "  a: 1\n  b: 2\n", id="at the root's indentation"),
        pytest.param("? a\n: 1\n", "title", "T", 'title: "T"\n? a\n: 1\n', id="before a question mark"),
        pytest.param(
            "provider:\n  name: N\n",
            "provider.domain",
            "d.example",
            "provider:\n  name: N\n  domain: d.example\n",
            id="into a map",
        ),
        pytest.param(
            "images:\n- url: u\n  isCached: true\n",
            "images[0].width",
            5,
            "images:\n- url: u\n  width: 5\n  isCached: true\n",
            id="into an item",
        ),
        pytest.param(
            "images:\n- width: 5\n",
            "images[0].url",
            "u",
            'images:\n- url: "u"\n  width: 5\n',
            id="before the first of an item",
        ),
        pytest.param(
            "title: T\n",
            "provider.name",
            "Times",
            "title: T\n\nprovider:\n  name: Times\n",
            id="a map is made on the way",
        ),
        pytest.param("title: T\n", "a.b.c", 1, "title: T\na:\n  b:\n    c: 1\n", id="maps are made on the way"),
        pytest.param("provider: null\n", "provider.name", "Times", "provider:\n  name: Times\n", id="into null"),
        pytest.param("provider: {}\n", "provider.name", "Times", "provider:\n  name: Times\n", id="into an empty map"),
    ],
)
def test_a_new_key_goes_where_the_grammar_has_it(front: str, key: str, value: Any, expected: str) -> None:
    assert edited(front, key, value) == expected


@pytest.mark.parametrize(
    ("front", "key", "expected"),
    [
        pytest.param("a: 1\nb: 2\nc: 3\n", "b", "a: 1\nc: 3\n", id="a line"),
        pytest.param("a: 1\nb:\n- x\n- y # why\nc: 3\n", "b", "a: 1\nc: 3\n", id="a list"),
        pytest.param(
            "a: 1\n\ntopics:\n  - x\n\nimages: []\n", "topics", "a: 1\n\nimages: []\n", id="with its blank line"
        ),
        pytest.param("a: 1\n\ntopics:\n  - x\n", "topics", "a: 1\n", id="with its blank line at the end"),
        pytest.param("a: 1\n# about b\nb: 2\n", "b", "a: 1\n# about b\n", id="the comment above stays"),
        pytest.param("a: 1\n", "a", "", id="the last"),
        pytest.param("{a: 1}\n", "a", "{}\n", id="the last in braces"),
        pytest.param("? a\n: 1\nb: 2\n", "a", "b: 2\n", id="with a question mark"),
        pytest.param("a: |\n  text\n\n  more\n\nb: 1\n", "a", "\nb: 1\n", id="a literal"),
        pytest.param("p:\n  a: 1\n  b: 2\n", "p.a", "p:\n  b: 2\n", id="out of a map"),
        pytest.param("p:\n  a: 1\nq: 2\n", "p.a", "p: {}\nq: 2\n", id="a map that is empty then"),
        pytest.param("l:\n- a: 1\n  b: 2\n", "l[0].a", "l:\n- b: 2\n", id="the first of an item"),
        pytest.param(
            "l:\n- a: 1\n  # b\n  b: 2\n", "l[0].a", "l:\n-\n  # b\n  b: 2\n", id="the first before a comment"
        ),
        pytest.param("l:\n- a\n- b\n- c\n", "l[1]", "l:\n- a\n- c\n", id="an item"),
        pytest.param("l:\n- a\nz: 1\n", "l[0]", "l: []\nz: 1\n", id="the only item"),
        pytest.param("l:\n  - a\n\n  - b\n\n  - c\n", "l[1]", "l:\n  - a\n\n  - c\n", id="an item between blank lines"),
        pytest.param(
            "l:\n  - a\n  # about b\n  - b\n  - c\n",
            "l[1]",
            "l:\n  - a\n  # about b\n  - c\n",
            id="the comment above an item stays",
        ),
        pytest.param("l:\n- - a\n  - b\n", "l[0][0]", "l:\n- - b\n", id="an item on the line of another dash"),
        pytest.param(
            "l: [\n  a, # A\n  b, # B\n  c\n]\n",
            "l[1]",
            "l: [\n  a, # A\n  c\n]\n",
            id="an item in brackets over lines",
        ),
        pytest.param(
            "l: [\n  a,\n  # about b\n  b,\n  c\n]\n",
            "l[1]",
            "l: [\n  a,\n  # about b\n  c\n]\n",
            id="a comment in brackets stays",
        ),
    ],
)
def test_a_key_that_goes_takes_its_own_lines_along(front: str, key: str, expected: str) -> None:
    assert shortened(front, key) == expected


IMAGES = """images:
  # what is on top stays there
  - url: 'https://e.example/a.png' # A
    width:  10
  - {url: https://e.example/b.png, width: 20}

  - width: 30
    url: "https://e.example/c.png"
"""
A = {"url": "https://e.example/a.png", "width": 10}
B = {"url": "https://e.example/b.png", "width": 20}
C = {"width": 30, "url": "https://e.example/c.png"}
D = {"url": "https://e.example/d.png", "width": 40}
A_LINES = "  - url: 'https://e.example/a.png' # A\n    width:  10\n"
B_LINES = "  - {url: https://e.example/b.png, width: 20}\n"
C_LINES = '\n  - width: 30\n    url: "https://e.example/c.png"\n'
D_LINES = '  - url: "https://e.example/d.png"\n    width: 40\n'


@pytest.mark.parametrize(
    ("items", "lines"),
    [
        pytest.param([A, B, C, D], A_LINES + B_LINES + C_LINES + D_LINES, id="one more"),
        pytest.param([D, A, B, C], D_LINES + A_LINES + B_LINES + C_LINES, id="one more on top"),
        pytest.param([A, D, B, C], A_LINES + D_LINES + B_LINES + C_LINES, id="one more between"),
        pytest.param([A, C], A_LINES + C_LINES, id="one less"),
        pytest.param([B, A, C], B_LINES + A_LINES + C_LINES, id="another order"),
        pytest.param([A, D, C], A_LINES + D_LINES + C_LINES, id="one for another"),
        pytest.param([A, {**B, "width": 21}, C], A_LINES + B_LINES.replace("20", "21") + C_LINES, id="a width"),
        pytest.param([{**A, "isCached": True}, B, C], A_LINES + "    isCached: true\n" + B_LINES + C_LINES, id="a key"),
        pytest.param([C, {**A, "width": 11}], C_LINES + A_LINES.replace("10", "11"), id="all at once"),
    ],
)
def test_items_keep_their_lines(items: list[Any], lines: str) -> None:
    assert edited(IMAGES, "images", items) == "images:\n  # what is on top stays there\n" + lines


@pytest.mark.parametrize(
    ("front", "key", "value", "expected"),
    [
        pytest.param("t:\n- a\n- 'b'\n", "t[2]", "c", "t:\n- a\n- 'b'\n- c\n", id="behind the last"),
        pytest.param("t:\n- 'a'\n", "t[1]", "c", "t:\n- 'a'\n- 'c'\n", id="in the style of the others"),
        pytest.param("t: []\n", "t[0]", "c", "t:\n  - c\n", id="into an empty list"),
        pytest.param("t:\n- a # A\n- b\n", "t[0]", "c", "t:\n- c # A\n- b\n", id="another text"),
        pytest.param("t:\n- a # A\n- b\n", "t[0]", {}, "t:\n- {} # A\n- b\n", id="an empty map"),
        pytest.param("t:\n- a\n- b\n", "t[0]", {"x": 1, "z": 2}, "t:\n- x: 1\n  z: 2\n- b\n", id="a map"),
        pytest.param("t:\n- x: 1\n  z: 2\n- b\n", "t[0]", "a", "t:\n- a\n- b\n", id="a map becomes text"),
        pytest.param("t:\n- - a\n  - b\n", "t[0]", ["b", "a", "c"], "t:\n- - b\n  - a\n  - c\n", id="a list in a list"),
        pytest.param("t:\n-\n- b\n", "t[0]", "a", "t:\n- a\n- b\n", id="nothing becomes text"),
        pytest.param(
            "t: [\n  a,\n  b # B\n]\n", "t[2]", "c", "t: [\n  a,\n  b, # B\n  c\n]\n", id="brackets over lines"
        ),
        pytest.param("t: [a,\n  b, c]\n", "t[3]", "d", "t: [a,\n  b, c, d]\n", id="wrapped brackets"),
    ],
)
def test_an_item_is_set(front: str, key: str, value: Any, expected: str) -> None:
    assert edited(front, key, value) == expected


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_new_lines_end_as_the_lines_around_them(newline: str) -> None:
    document = Document.read(newline.join(["---", "title: T", "topics:", "- A", "---", "Body"]).encode())
    document.set("topics", ["A", "B"])
    document.set("quality", 5)
    document.set("title", "a\nb")
    after = ["---", 'title: "a\\nb"', "quality: 5", "topics:", "- A", "- B", "---", "Body"]
    assert document.to_bytes() == newline.join(after).encode()


def test_other_lines_keep_their_own_endings() -> None:
    document = Document.read(b"---\r\na: 1\nb: 2\r\nc: 3\n---\n")
    document.set("b", 20)
    document.set("d", 4)
    assert document.to_bytes() == b"---\r\na: 1\nb: 20\r\nc: 3\nd: 4\n---\n"


KEY_WITH_POINT = "a.b: 1\nc[0]: 2\n12: 3\n"


@pytest.mark.parametrize(
    ("key", "expected"),
    [("a.b", "a.b: x\nc[0]: 2\n12: 3\n"), ("c[0]", "a.b: 1\nc[0]: x\n12: 3\n"), ("12", "a.b: 1\nc[0]: 2\n12: x\n")],
)
def test_a_key_of_the_root_is_taken_as_it_is(key: str, expected: str) -> None:
    assert edited(KEY_WITH_POINT, key, "x") == expected


def test_a_new_key_of_any_name_is_set_by_its_path() -> None:
    document = Document.read(b"---\na: 1\n---\n")
    document.set(("a[b",), "x")
    assert document.to_bytes() == b"---\na: 1\na[b: x\n---\n"
    document.remove("a[b")
    assert document.to_bytes() == b"---\na: 1\n---\n"


CYCLE: list[Any] = []
CYCLE.append(CYCLE)


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        pytest.param("", 1, "bad_key", id="no key"),
        pytest.param("[0]", 1, "bad_key", id="an item of nothing"),
        pytest.param("a..b", 1, "bad_key", id="two points"),
        pytest.param("title.x", 1, "no_such_key", id="a part of a text"),
        pytest.param("topics[3]", "x", "no_such_key", id="an item beyond the next"),
        pytest.param("provider[0]", "x", "no_such_key", id="an item of a map"),
        pytest.param("title", "a\0b", "nul", id="NUL"),
        pytest.param("title", "\ud83d", "nul", id="half of a pair"),
        pytest.param("title", "x" * 1_048_577, "too_large", id="a text too long"),
        pytest.param("quality", 10**39, "number_too_large", id="a number too long"),
        pytest.param("quality", Decimal(1), "wrong_type", id="a decimal"),
        pytest.param("quality", time(1), "wrong_type", id="a time of day"),
        pytest.param("quality", b"x", "wrong_type", id="bytes"),
        pytest.param("quality", {(1, 2): 3}, "bad_key", id="a key that is a list"),
        pytest.param("quality", {"k" * 1001: 3}, "bad_key", id="a key too long"),
        pytest.param("quality", CYCLE, "too_deep", id="a list in itself"),
        pytest.param(
            "quality", datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))), "impossible_date", id="a time beyond"
        ),
    ],
)
def test_it_refuses_what_no_file_can_hold_and_stays_as_it_was(key: str, value: Any, code: str) -> None:
    document = Document.read(ARTICLE.encode(), "_news/x.md")
    with pytest.raises(EditRefused) as refused:
        document.set(key, value)
    assert refused.value.problem.code == code
    assert document.to_bytes() == ARTICLE.encode()


@pytest.mark.parametrize("key", ["nowhere", "provider.nowhere", "topics[2]", "title.x", "topics[0].x"])
def test_it_refuses_to_remove_what_is_not_there(key: str) -> None:
    document = Document.read(ARTICLE.encode())
    with pytest.raises(EditRefused) as refused:
        document.remove(key)
    assert refused.value.problem.code == "no_such_key"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"---\na: [\n---\n", "The file cannot be edited before this is mended: A bracket", id="bad yaml"),
        pytest.param(
            b"Text", "The file cannot be edited before this is mended: The file does not begin", id="no front matter"
        ),
        pytest.param(b"+++\na = 1\n+++\n", "TOML front matter is read but not written.", id="toml"),
        pytest.param(b'{\n"a": 1\n}\n', "JSON front matter is read but not written.", id="json"),
    ],
)
def test_it_refuses_to_edit_what_it_cannot_write(data: bytes, message: str) -> None:
    document = Document.read(data)
    with pytest.raises(EditRefused, match=message) as refused:
        document.set("a", 2)
    assert refused.value.problem.code == "not_editable"
    assert document.to_bytes() == data


def test_it_refuses_what_would_not_read_back() -> None:
    """The blank line behind `b` would become part of the text above it."""
    document = Document.read(b"---\na: |+\n  text\nb: 1\n\nc: 2\n---\n")
    with pytest.raises(EditRefused) as refused:
        document.remove("b")
    assert (refused.value.problem.code, refused.value.problem.line) == ("not_editable", 4)


def test_an_entry_that_cannot_be_edited_in_part_is_written_anew() -> None:
    assert edited("a: 1\n? topics\n: x\nb: 2\n", "topics", ["A"]) == "a: 1\ntopics:\n  - A\nb: 2\n"


@pytest.mark.thorough
def test_thousands_of_changes_at_once_are_one_entry_written_anew() -> None:
    items = [{"url": f"https://e.example/{place}.png", "width": place} for place in range(3000)]
    document = Document.read(b"---\ntitle: T # why\n---\n")
    document.set("images", items)
    document.set("images", [{**item, "width": 0} for item in items])
    assert document.get("images[2999].width") == 0
    assert document.to_bytes().startswith(b"---\ntitle: T # why\n\nimages:\n")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("line", "value", "expected"),
    [
        ("quality: 68", 75, "quality: 75"),
        ("quality: 68", None, "quality: null"),
        ("quality: 68", "many", "quality: many"),
        ('quality: "a few"', "many: all", 'quality: "many: all"'),
        ('quality: "a few"', 3, "quality: 3"),
        ("quality: few", "a: b", 'quality: "a: b"'),
        ("quality: true", False, "quality: false"),
    ],
)
def test_a_plain_line_is_edited_as_with_all_care(line: str, value: Any, expected: str, newline: str) -> None:
    front = f"above: 1\n{line}\n\nbelow: 2\n".replace("\n", newline)
    quickly = yamltext.set_on_line(front, Document.read(f"---\n{front}---\n".encode()).fields, ("quality",), value)
    assert quickly == front.replace(line, expected)
    assert quickly == yamltext.set_value(front, read(front).fields, ("quality",), value, newline)


@pytest.mark.parametrize(
    "front",
    [
        "quality: few\n  more\n",  # a text of two lines
        "quality: few\n\n  more\n",
        "quality: 68 # of 1,000\n",
        "quality: 'few'\n",
        'quality: "a \\" few"\n',
        "quality: |\n  few\n",
        '"quality": 68\n',
        " quality: 68\n",
        "{quality: 68}\n",
        "quality: 68\ntext: |\n  quality: 3\n",
        "quality: 68",  # nothing says that the line ends
        "quality:\n  68\n",
        "quality: !!int 68\n",
    ],
)
def test_what_is_no_plain_line_is_left_to_all_care(front: str) -> None:
    with pytest.raises(yamltext.CannotEdit):
        yamltext.set_on_line(front, read(front).fields, ("quality",), 75)
