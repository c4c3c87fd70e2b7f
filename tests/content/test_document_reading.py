"""A file is read as its bytes say: values, body, lines; and given back as those bytes."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from articles.content.document import Document
from articles.content.values import Unread, same
from tests.samples import ARTICLE, SECURED


def read(front: str, newline: str = "\n") -> Document:
    return Document.read(f"---\n{front}---\n".replace("\n", newline).encode())


def test_it_reads_an_article() -> None:
    document = Document.read(ARTICLE.encode(), "_news/2026-11-20-tug.md")
    assert document.fields == {
        "category": "news",
        "title": "Harbour pilots test a tug that steers itself",
        "excerpt": "A tug without a crew moved a barge across the harbour.",
        "publishedDateTime": datetime(2026, 11, 20, 8, 15, tzinfo=UTC),
        "originalUrl": "https://news.example.com/tug",
        "type": "article",
        "quality": 68,
        "heat": 68,
        "published": False,
        "provider": {
            "name": "Harbour Herald",
            "domain": "news.example.com",
            "images": [
                {"url": "/assets/images/organizations/news.example.com-50x50.svg", "width": 50, "height": 50},
            ],
        },
        "topics": ["Robotics", "Technology"],
        "images": [
            {"url": "https://pictures.example.com/tug.jpg", "width": 1200, "height": 630, "isCached": True},
            {"url": "https://pictures.example.com/barge.jpg", "width": 800, "height": 600},
        ],
        "secured": SECURED,
    }
    assert list(document.fields)[:3] == ["category", "title", "excerpt"]
    assert (document.path, document.format, document.problems) == ("_news/2026-11-20-tug.md", "yaml", ())
    assert document.is_readable


@pytest.mark.parametrize(
    ("written", "value"),
    [
        pytest.param("Robots learn", "Robots learn", id="plain"),
        pytest.param("'it''s'", "it's", id="single quotes"),
        pytest.param('"a \\"b\\" \\u00e9 \\\\"', 'a "b" é \\', id="double quotes"),
        pytest.param('"yes"', "yes", id="quoted word"),
        pytest.param("'12'", "12", id="quoted number"),
        pytest.param("!!str 12", "12", id="number tagged as text"),
        pytest.param("one\n  two\n\n  three", "one two\nthree", id="plain over lines"),
        pytest.param("|\n  one\n  two", "one\ntwo\n", id="literal"),
        pytest.param(">-\n  one\n  two", "one two", id="folded"),
        pytest.param("52", 52, id="int"),
        pytest.param("-1", -1, id="negative int"),
        pytest.param("0x1F", 31, id="hexadecimal"),
        pytest.param("017", 15, id="octal"),
        pytest.param("0b11", 3, id="binary"),
        pytest.param("1_000", 1000, id="underscores"),
        pytest.param("12:30", 750, id="base 60"),
        pytest.param("08", "08", id="no octal"),
        pytest.param("0o17", "0o17", id="octal of YAML 1.2"),
        pytest.param("1.50", 1.5, id="float"),
        pytest.param("1e3", "1e3", id="no float of YAML 1.1"),
        pytest.param("-.inf", -math.inf, id="infinity"),
        pytest.param(".nan", math.nan, id="not a number"),
        pytest.param("true", True, id="true"),
        pytest.param("off", False, id="off"),
        pytest.param("y", "y", id="y is text"),
        pytest.param("null", None, id="null"),
        pytest.param("~", None, id="tilde"),
        pytest.param("", None, id="nothing"),
        pytest.param('""', "", id="empty text"),
        pytest.param("[]", [], id="empty list"),
        pytest.param("{}", {}, id="empty map"),
        pytest.param("2020-12-29", date(2020, 12, 29), id="date"),
        pytest.param("2020-12-29T20:23:00Z", datetime(2020, 12, 29, 20, 23, tzinfo=UTC), id="time in UTC"),
        pytest.param("2020-12-29 20:23:00", datetime(2020, 12, 29, 20, 23), id="time without zone"),
        pytest.param(
            "2020-12-29T20:23:00.5+02:00",
            datetime(2020, 12, 29, 20, 23, 0, 500_000, tzinfo=timezone(timedelta(hours=2))),
            id="time in a zone",
        ),
        pytest.param("2020-02-30", "2020-02-30", id="impossible date"),
        pytest.param("[a, {b: 1}]", ["a", {"b": 1}], id="in brackets"),
        pytest.param("\n- a\n- b: 1\n  c: 2", ["a", {"b": 1, "c": 2}], id="list at its key's indentation"),
        pytest.param("\n    - - a\n      - b", [["a", "b"]], id="list in a list"),
        pytest.param('"x\u2028y"', "x\u2028y", id="line separator"),
        pytest.param('"a\ufeffb"', "a\ufeffb", id="byte order mark within"),
        pytest.param("<<", "<<", id="merge sign as a value"),
        pytest.param("=", "=", id="equals sign"),
    ],
)
def test_it_reads_a_value(written: str, value: Any) -> None:
    document = read(f"key: {written}\n")
    assert same(document.fields, {"key": value})
    assert document.is_readable


@pytest.mark.parametrize("written", ["2020-02-30", "2020-12-29T25:00:00Z", "0x_", "!!int abc", "!!timestamp soon"])
def test_what_no_value_can_be_made_of_is_kept_as_it_stands(written: str) -> None:
    document = read(f"key: {written}\n")
    value = document.fields["key"]
    assert isinstance(value, Unread)
    assert value == written.split()[-1]
    assert [problem.severity for problem in document.problems] == ["warning"]


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("12", 12),
        ("true", True),
        ("2020-01-01", date(2020, 1, 1)),
        ("~", None),
        ("'12'", "12"),
        ("two words", "two words"),
    ],
)
def test_it_reads_keys_that_are_no_plain_words(written: str, key: Any) -> None:
    assert same(read(f"{written}: x\n").fields, {key: "x"})


def test_absent_null_and_empty_differ() -> None:
    assert read('null:\nempty: ""\n').get("absent", "nothing") == "nothing"
    document = read('a: null\nb: ""\nc: []\nd: {}\n')
    assert document.fields == {"a": None, "b": "", "c": [], "d": {}}


@pytest.mark.parametrize(
    "front", ["", "\n", "# only a comment\n", "{}\n"], ids=["nothing", "blank", "comment", "braces"]
)
def test_a_front_matter_may_be_empty(front: str) -> None:
    document = read(front)
    assert (document.fields, document.problems) == ({}, ())


@pytest.mark.parametrize(
    ("data", "fields", "body"),
    [
        pytest.param(b"---\na: 1\n---\n", {"a": 1}, "", id="lf"),
        pytest.param(b"---\r\na: 1\r\n---\r\n\r\nText\r\n", {"a": 1}, "\r\nText\r\n", id="crlf"),
        pytest.param(b"---\ra: 1\r---\r\rText", {"a": 1}, "\rText", id="cr"),
        pytest.param(b"---\r\na: 1\nb: 2\r\n---\nText", {"a": 1, "b": 2}, "Text", id="mixed"),
        pytest.param(b"\xef\xbb\xbf---\na: 1\n---\n", {"a": 1}, "", id="byte order mark"),
        pytest.param(b"---\n\xef\xbb\xbfa: 1\n---\n", {"a": 1}, "", id="byte order mark behind the fence"),
        pytest.param(b"\n  \n---\na: 1\n---\n", {"a": 1}, "", id="blank lines on top"),
        pytest.param(b"---  \na: 1\n---\t \n", {"a": 1}, "", id="white space behind the fences"),
        pytest.param(b"---\na: 1\n---", {"a": 1}, "", id="no line break at the end"),
        pytest.param(b"---\n---\n", {}, "", id="nothing between the fences"),
        pytest.param(b"---\na: 1\n---\n---\nb: 2\n---\n", {"a": 1}, "---\nb: 2\n---\n", id="fences in the body"),
        pytest.param(b"---\na: 1\n----\n---\n", None, "", id="a line of four dashes is no fence"),
        pytest.param(b"---\na: |\n  ---\n---\n", {"a": "---\n"}, "", id="an indented fence is text"),
        pytest.param(b"---\na: 1\n...\n---\n", {"a": 1}, "", id="end of document"),
    ],
)
def test_it_finds_front_matter_and_body(data: bytes, fields: dict[str, Any] | None, body: str) -> None:
    document = Document.read(data)
    assert document.is_readable == (fields is not None)
    assert document.fields == (fields or {})
    assert document.body == body
    assert document.to_bytes() == data


@pytest.mark.parametrize(
    ("data", "format_", "fields"),
    [
        pytest.param(
            b'+++\na = "x"\nb = 2020-12-29\n+++\nText', "toml", {"a": "x", "b": date(2020, 12, 29)}, id="toml"
        ),
        pytest.param(b"+++\r\na.b = 1\r\n+++\r\nText", "toml", {"a": {"b": 1}}, id="toml in crlf"),
        pytest.param(b"+++\nat = 07:32:00\n+++\n", "toml", {"at": "07:32:00"}, id="a time of day becomes text"),
        pytest.param(b'{\n  "a": [1, null]\n}\nText', "json", {"a": [1, None]}, id="json"),
        pytest.param(b'{\n"a": 1e400\n}\n', "json", {"a": math.inf}, id="json beyond floats"),
        pytest.param(b"Text\n", "none", {}, id="none"),
    ],
)
def test_it_reads_other_formats(data: bytes, format_: str, fields: dict[str, Any]) -> None:
    document = Document.read(data)
    assert (document.format, document.fields) == (format_, fields)
    assert document.to_bytes() == data


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("title", "T"),
        ("provider.name", "N"),
        ("images[1].url", "v"),
        ("images[2]", None),
        ("a.b", "root"),
        ("12", "number"),
        ("provider.name.x", None),
        ("topics", None),
    ],
)
def test_it_gives_the_value_at_a_key(key: str, value: Any) -> None:
    document = read("title: T\nprovider: {name: N}\nimages: [{url: u}, {url: v}]\na.b: root\n12: number\n")
    assert document.get(key) == value


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("title", 2),
        ("provider", 4),
        ("provider.name", 5),
        ("images[0]", 7),
        ("images[1].url", 9),
        ("images[1].height", 9),
        ("images[7]", 6),
        ("nowhere", 2),
    ],
)
def test_it_knows_the_line_of_a_key_or_of_its_nearest_parent(key: str, line: int, newline: str) -> None:
    front = "title: T\n\nprovider:\n  name: N\nimages:\n- url: u\n  width: 1\n- url: v\n"
    assert read(front, newline).line_of(key) == line


def test_a_file_that_cannot_be_read_has_no_lines_of_keys() -> None:
    assert Document.read(b"Text").line_of("title") is None
    assert Document.read(b'{\n"title": "T"\n}\n').line_of("title") is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"Text",
        b"---\n",
        b"\xff\xfe",
        b"---\na: [\n---\n",
        b"---\na: 1\na: 2\n---\n\0",
        b"+++\n=\n+++\n",
        b"{\n}\n",
    ],
)
def test_whatever_it_is_it_goes_back_as_it_came(data: bytes) -> None:
    assert Document.read(data).to_bytes() == data
