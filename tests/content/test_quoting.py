"""However a value is written, it reads back as itself: any text at all, numbers, dates, lists and maps."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from articles.content import quoting, reading
from articles.content.quoting import Style
from articles.content.values import same

STYLES: tuple[Style, ...] = ("", "'", '"')
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60)

TRAPS = [
    *("yes", "No", "null", "~", "True", "on", "y", "N", "NaN", ".inf", ".NAN", "<<", "=", ""),
    *("12", "-1", "+1", "1.5", "1e3", "1_000", "0x1F", "0o17", "017", "0b1", "12:30", "12:30:45.6", "1.", ".5", "-.5"),
    *("2020-12-29", "2020-12-29T20:23:00Z", "2020-12-29 20:23:00", "2020-02-30"),
    *(
        "- x",
        "-",
        "--- x",
        "---",
        "...",
        "? x",
        "?",
        ": x",
        ":",
        "x:",
        "a: b",
        "a :b",
        "a:b",
        "a #b",
        "a# b",
        "#",
        "#x",
    ),
    *("[a", "a]", "{a", "a}", "a, b", ",", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a", "'", '"', "''", '""', "it's"),
    *(" lead", "trail ", "\ttab", "tab\there", "tab\t", " ", "\n", "a\nb", "a\r\nb", "\r", "a\n", "\n\na", "a\n\n\nb"),
    *("back\\slash", "end\\", "\\", "\\n", "C:\\temp", "100%", "a b", "😀", "שלום", "é", "\u200f", "日本語"),
    *("\x01", "\x1b[0m", "\x7f", "\x85", "\x9f", "\xa0", "\xad", "\u2028", "\u2029", "\ufeff", "\ufffe", "\uffff"),
    *("https://example.com/?a=1&b=2#c", "<b>bold</b>", "a: \"b\" 'c'", "{{ x }}", "x" * 5000, "\U0010ffff"),
]


def read_back(text: str) -> Any:
    """The value of `key`, as both readers see it."""
    reading_ = reading.read(text)
    assert reading_.problems == ()
    if not any(character in text for character in "\ufffe\uffff"):
        assert same(yaml.load(text, yaml.CSafeLoader), reading_.fields)
    return reading_.fields["key"]


@pytest.mark.parametrize("value", TRAPS, ids=repr)
@pytest.mark.broad(3)
def test_a_text_reads_back_in_every_style_and_place(value: str) -> None:
    for style in STYLES:
        written = quoting.text(value, style)
        in_flow = quoting.text(value, style, in_flow=True)
        assert read_back(f"key: {written}\n") == value
        assert read_back(f"key: [{in_flow}, {{a: {in_flow}}}]\n") == [value, {"a": value}]
        assert "\n" not in written


@pytest.mark.parametrize("value", [value for value in TRAPS if len(value) < 1000], ids=repr)
@pytest.mark.broad(3)
def test_a_text_reads_back_as_a_key(value: str) -> None:
    assert read_back(f"key:\n  {quoting.key(value)}: 1\n  last: 2\n") == {value: 1, "last": 2}
    assert read_back(f"key: {{{quoting.key(value, in_flow=True)}: 1}}\n") == {value: 1}


@given(TEXT, st.sampled_from(STYLES))
@example("\x85", "'")
@example(" \ufeff", "")
def test_any_text_at_all_survives(value: str, style: Style) -> None:
    assert read_back(f"key: {quoting.text(value, style)}\n") == value
    assert read_back(f"key: [{quoting.text(value, style, in_flow=True)}]\n") == [value]


@given(TEXT, st.sampled_from(["|", ">"]), st.integers(1, 6))
@example("a\n", "|", 2)
@example("a b\n\nc\n\n", ">", 2)
def test_a_literal_or_folded_text_survives_where_it_can_be_one(value: str, style: Style, indent: int) -> None:
    written = quoting.block_text(value, style, indent, "\n")
    if written is not None:
        assert read_back(f"key: {written}\n") == value


@pytest.mark.parametrize(
    ("value", "style", "written"),
    [
        pytest.param("Robots learn", "", "Robots learn", id="plain"),
        pytest.param("yes", "", '"yes"', id="a word of YAML"),
        pytest.param("12:30", "", '"12:30"', id="base 60"),
        pytest.param("2020-12-29", "", '"2020-12-29"', id="a date"),
        pytest.param("0o17", "", '"0o17"', id="a number of YAML 1.2"),
        pytest.param("1e3", "", '"1e3"', id="a float of YAML 1.2"),
        pytest.param("it's", "'", "'it''s'", id="single quotes"),
        pytest.param("tab\there", "'", '"tab\\there"', id="single quotes hold no tab"),
        pytest.param('say "hi" \\ é 😀', '"', '"say \\"hi\\" \\\\ é 😀"', id="only quote and backslash are escaped"),
        pytest.param("a\r\n\tb", '"', '"a\\r\\n\\tb"', id="line breaks and tabs"),
        pytest.param("\x07\x85\u2028\ufeff", '"', '"\\x07\\x85\\u2028\\ufeff"', id="what nobody sees"),
    ],
)
def test_a_text_is_written(value: str, style: Style, written: str) -> None:
    assert quoting.text(value, style) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (52, "52"),
        (-1, "-1"),
        (1.5, "1.5"),
        (1e20, "1.0e+20"),
        (1e-7, "1.0e-07"),
        (1.5e300, "1.5e+300"),
        (float("inf"), ".inf"),
        (float("-inf"), "-.inf"),
        (float("nan"), ".nan"),
        (date(2020, 12, 29), "2020-12-29"),
        (datetime(2020, 12, 29, 20, 23, tzinfo=UTC), "2020-12-29T20:23:00Z"),
        (datetime(2020, 12, 29, 20, 23, tzinfo=timezone(timedelta(hours=2))), "2020-12-29T18:23:00Z"),
        (datetime(2020, 12, 29, 20, 23, 0, 500_000), "2020-12-29T20:23:00.500000"),
    ],
    ids=repr,
)
def test_what_is_no_text_stands_without_quotes(value: Any, written: str) -> None:
    assert quoting.scalar(value, '"') == written
    again = read_back(f"key: {written}\n")
    assert same(again, value) or (isinstance(value, datetime) and again == value)


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        (["a", 1], ["key:", "  - a", "  - 1"]),
        ({"a": 1, "b": [2]}, ["key:", "  a: 1", "  b:", "    - 2"]),
        ([{"url": "u", "width": 1}], ["key:", '  - url: "u"', "    width: 1"]),
        ([[1, [2]]], ["key:", "  - - 1", "    - - 2"]),
        ([[], {}, None, ""], ["key:", "  - []", "  - {}", "  - null", '  - ""']),
        ({"a": {}, "b": []}, ["key:", "  a: {}", "  b: []"]),
    ],
    ids=repr,
)
def test_lists_and_maps_stand_on_lines_of_their_own(value: Any, lines: list[str]) -> None:
    written = quoting.entry("key", value, lambda path: '"' if path[-1] == "url" else "", ("key",))
    assert written == lines
    assert read_back("\n".join(written) + "\n") == value


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ([], "[]"),
        ({}, "{}"),
        (["a", {"b": [None]}], '["a", {b: [null]}]'),
        ({"a: b": "c, d", "x": 1}, '{"a: b": "c, d", x: 1}'),
    ],
    ids=repr,
)
def test_lists_and_maps_stand_in_brackets(value: Any, written: str) -> None:
    assert quoting.flow(value) == written
    assert read_back(f"key: {written}\n") == value


def test_it_raises_for_what_no_scalar_holds() -> None:
    with pytest.raises(TypeError, match="bytes is no value of a front matter"):
        quoting.scalar(b"x")


def test_it_raises_for_a_key_that_libyaml_could_not_read() -> None:
    with pytest.raises(ValueError, match="A key has 1,001 characters"):
        quoting.key("k" * 1001)
    assert read_back(f"key:\n  {quoting.key('k' * 1000)}: 1\n") == {"k" * 1000: 1}
