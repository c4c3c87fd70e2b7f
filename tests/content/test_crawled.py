"""The quick way to read says what libyaml says, or nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from articles.content import reading
from articles.content.crawled import Crawled, NotCrawled
from articles.content.fences import Parts, cut
from articles.content.glance import are_right
from articles.content.grammar import ARTICLE_KEYS, IMAGE_KEYS
from articles.content.schema import _check_article
from tests.content.frontmatters import Page, pages
from tests.samples import ARTICLE

FRONT = ARTICLE.split("---\n")[1]
MARKS = st.sampled_from([*":#-\"'\\&*!|>%@`,.?[]{}~=<^/", *" \t\n\r\x85\u2028\ufeff\xa0é€😀", "0", "1", "a", "e", "_"])
PIECES = st.lists(
    MARKS | st.sampled_from(["  ", ": ", " #", "- ", "\n  ", "\n- ", "---", "...", "true", "null"]), max_size=4
)


def read_by(reader: Crawled, front: str) -> dict[str, object] | None:
    try:
        return reader.read(front)
    except NotCrawled:
        return None


def read_quickly(front: str) -> dict[str, object] | None:
    """What a reader says that met none of the keys before, and one that knows some of them."""
    knowing = Crawled(reading._plain_value)
    knowing.read(FRONT + "a: b\ne: 1\n")
    fields = read_by(Crawled(reading._plain_value), front)
    assert repr(read_by(knowing, front)) == repr(fields)
    assert repr(read_by(knowing, front)) == repr(fields)
    return fields


def assert_alike(front: str) -> bool:
    """Whether the quick way said anything."""
    fields = read_quickly(front)
    if fields is not None:
        known = reading.read_by_libyaml(front)
        assert (repr(fields), ()) == (repr(known.fields), known.problems)
    return fields is not None


def test_an_article_of_the_crawlers_is_read_quickly() -> None:
    assert assert_alike(FRONT)
    assert assert_alike(FRONT.replace("\n", "\r\n"))


@pytest.mark.parametrize(
    "front",
    [
        "a: b\na: c\n",
        "a: b\n  c: d\n",
        "a:\n    b: c\n  d: e\n",
        "a:\nb: c\n",
        "a:\n - b\n- c\n",
        "a: b\n\n  c\n",
        "a: b\n# c\n  d\n",
        "a: b\n  c: d\n",
        "a: b\n  c # d\n",
        "a: b\n  c\n - d\n",
        "a: b\nc\n",
        "- a: b\n  c\n",
        "a: |\n  b: c\n    d\n",
        'a: "b\n  c"\n',
        "a: b # c\n  d\n",
        "a: b:\n",
        "a: 'b\n",
        "a: 'b\nc'\n",
        "a: 'b\n  c\n",
        "a: 'b'c'\n",
        "a: 'b' #\x07\n",
        "a: 'b\n\n  c'\n",
        "a: 'b'# c\n",
        "a: |\n",
        "a: |\nb: c\n",
        "a: |\n\n  b\n",
        "a: |\n  b\n   c\n",
        "a: |\n   b\n  c\n",
        "a: |\n  b\n \n  c\n",
        "a: |\n  b\n  \n  c\n",
        "a: |\n  b\tc\n",
        "a: |+\n  b\n",
        "a: |2\n  b\n",
        "a: |# c\n  b\n",
        "a:\n  - |\n   b\n",
        "a:\n  b: |\n  c\n",
        "- a: |\n",
        'a: "b\n\n  c"\n',
        'a: "\\u00e9"\n',
        "a: b \n",
        "yes: a\n",
        "1: a\n",
        "a: 2020-02-30T00:00:00Z\n",
        f"a: {'9' * 41}\n",
        "- a\n",
        "a: b",
        "\na: b\n",
        "a:  b\n",
        "a:\tb\n",
        "a: &b c\n",
        "a: *b\n",
        "a: !b c\n",
        "",
        "\n",
    ],
)
def test_what_the_crawler_does_not_write_is_left_to_libyaml(front: str) -> None:
    assert read_quickly(front) is None


@pytest.mark.parametrize(
    ("front", "fields"),
    [
        ("a: 'b'\nc: 'it''s \\n \"so\" # x'\nd: ''\n", {"a": "b", "c": 'it\'s \\n "so" # x', "d": ""}),
        ("a: b # c\n# d\n  # e: f\ng: \"h\"   # i\nj: 'k' # l\nm: C#\n", {"a": "b", "g": "h", "j": "k", "m": "C#"}),
        ("a: # b\n  - c # d\n# e\n  - 1\n", {"a": ["c", 1]}),
        ("a:\n- b\n- c: d\n  e:\n  - f\n  - g\nh: i\n", {"a": ["b", {"c": "d", "e": ["f", "g"]}], "h": "i"}),
        (
            "a: b c\n  d\n   -e\nf: 1\n 2\ng: 2020-01-01\n  10:00:00Z\nh: yes\n",
            {"a": "b c d -e", "f": "1 2", "g": datetime(2020, 1, 1, 10, tzinfo=UTC), "h": True},
        ),
        (
            "a: 'b: \n  # c''\n  d  ' # e\nf:\n- g\n  h\n- i: 'j\n    k'\n  l: m\n   n\n",
            {"a": "b: # c' d  ", "f": ["g h", {"i": "j k", "l": "m n"}]},
        ),
        ("a: |\n  b\n\n  # c: d \n\n\ne: f\n", {"a": "b\n\n# c: d \n", "e": "f"}),
        ("a: |-\n - b\n 'c'\n\n", {"a": "- b\n'c'"}),
        ("a: >- # x\n  b \n  c\n\n  d\n\n\n  e\nf: >\n  g\n", {"a": "b  c\nd\n\ne", "f": "g\n"}),
        ("a:\n  - b: >-\n      c\n      d\n    e: |\n     f\n", {"a": [{"b": "c d", "e": "f\n"}]}),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_others_write_is_read_quickly(front: str, fields: object, newline: str) -> None:
    front = front.replace("\n", newline)
    assert read_quickly(front) == fields
    assert assert_alike(front)


@pytest.mark.parametrize(
    ("plain", "value"),
    [
        ("2020-12-29T202300.0Z", "2020-12-29T202300.0Z"),
        ("1:30", 90),
        ("0x1F", 31),
        ("010", 8),
        ("-1", -1),
        ("1.5", 1.5),
        ("No", False),
        ("C#", "C#"),
        ("a:b", "a:b"),
        ('Grid & Turbine, "Ltd"', 'Grid & Turbine, "Ltd"'),
    ],
)
def test_a_plain_text_is_what_libyaml_takes_it_for(plain: str, value: object) -> None:
    assert read_quickly(f"a: {plain}\n") == {"a": value}
    assert assert_alike(f"a:\n  - {plain}\n")


@given(st.integers(0, len(FRONT)), st.integers(0, 3), PIECES.map("".join))
@example(FRONT.index("\n") + 1, 0, "  ")
def test_a_changed_article_is_read_alike(at: int, taken: int, put: str) -> None:
    assert_alike(FRONT[:at] + put + FRONT[at + taken :])


@given(st.text(st.sampled_from('ab1:- \n"#\\') | st.sampled_from("é\r\t'"), max_size=40))
def test_any_text_is_read_alike(text: str) -> None:
    assert_alike(f"{text}\n")


LINES = st.lists(
    st.tuples(
        st.sampled_from(["", "", " ", "  ", "   ", "    "]),
        st.sampled_from(["", "", "", "- ", "# "]),
        st.sampled_from(["a:", "b:", "c: ", "d: ", "e: ", ""]),
        st.sampled_from(
            [
                "",
                "|",
                ">-",
                "|-",
                ">",
                "'x'",
                "'x",
                "y'",
                "'it''s'",
                '"z"',
                "p q",
                "1",
                "- r",
                "# s",
                "t: u",
                "\ufeff",
                "é",
            ]
        ),
        st.sampled_from(["", "", "", "", " # k", "#l", " ", "  # m'\"", "\r", "\t"]),
    ).map("".join),
    max_size=9,
)


@given(LINES)
def test_any_lines_are_read_alike(lines: list[str]) -> None:
    assert_alike("".join(f"{line}\n" for line in lines))


@given(pages())
def test_any_front_matter_is_read_alike(page: Page) -> None:
    assert_alike(page.front)


def test_every_file_of_a_real_site_is_read_alike(corpus: Path) -> None:
    quick = 0
    files = sorted((corpus / "_news").glob("*.md"))
    for file in files:
        parts = cut(file.read_bytes())
        assert isinstance(parts, Parts)
        quick += assert_alike(parts.front)
    assert quick == len(files)


VALUES: st.SearchStrategy[object] = st.sampled_from(
    [None, "", " ", "x", "https://example.com/a", "example.com", "/a.png", 0, -1, 70, 251, 2**31, True, 1.5, [], {}]
)
KEYS = st.sampled_from([*ARTICLE_KEYS, *IMAGE_KEYS, "name", "domain", "zzz"])
FIELDS = st.dictionaries(
    KEYS, st.recursive(VALUES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3))
)


@given(FIELDS)
@example(reading.read(FRONT).fields)
@pytest.mark.thorough
def test_a_quick_look_at_fields_lets_through_only_whatare_right(fields: dict[str, object]) -> None:
    if are_right(fields):
        checked = _check_article(fields, lambda path: None)
        assert (checked.values, checked.as_written, checked.extra, checked.problems) == (fields, {}, {}, ())


@pytest.mark.parametrize("start", ["a: x\n", "a: 'x\n"])
def test_a_text_of_very_many_lines_takes_little_time(start: str) -> None:
    front = start + " x\n" * 13_000 + "b: [\n"
    started = process_time()
    assert read_quickly(front) is None
    assert process_time() - started < 5
