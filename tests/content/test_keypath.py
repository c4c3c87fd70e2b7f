"""Keys such as `images[0].url`: what they lead to, and copies in which that differs."""

from __future__ import annotations

from typing import Any

import pytest

from articles.content.keypath import KeyPath, NoSuchKey, parse, show, touches, value_at, with_value, without
from articles.content.problems import ProblemError

FIELDS: dict[Any, Any] = {
    "title": "T",
    "provider": {"name": "N"},
    "images": [{"url": "u"}, {"url": "v", "width": 1}],
    12: "number",
    "nothing": None,
}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("title", ("title",)),
        ("provider.name", ("provider", "name")),
        ("images[0].url", ("images", 0, "url")),
        ("a[0][12]", ("a", 0, 12)),
        ("two words.é", ("two words", "é")),
        ("12", ("12",)),
    ],
)
def test_a_key_has_steps(text: str, path: KeyPath) -> None:
    assert parse(text) == path
    assert show(path) == text


@pytest.mark.parametrize(
    "text", ["", ".", "a.", ".a", "a..b", "[0]", "a[", "a[]", "a[x]", "a[-1]", "a[0", "a]", "a[1234567]", "a[0]b"]
)
def test_what_names_no_key_is_a_problem(text: str) -> None:
    with pytest.raises(ProblemError) as raised:
        parse(text)
    assert raised.value.problem.code == "bad_key"
    assert raised.value.problem.key == text


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((), FIELDS),
        (("title",), "T"),
        (("provider", "name"), "N"),
        (("images", 1, "width"), 1),
        (("12",), "number"),
        (("nothing",), None),
    ],
)
def test_a_path_leads_to_a_value(path: KeyPath, value: Any) -> None:
    assert value_at(FIELDS, path) == value


@pytest.mark.parametrize(
    "path",
    [
        ("x",),
        ("title", "x"),
        ("title", 0),
        ("provider", 0),
        ("images", "url"),
        ("images", 2),
        ("images", 0, "x"),
        ("nothing", "x"),
    ],
)
def test_a_path_may_lead_to_nothing(path: KeyPath) -> None:
    with pytest.raises(NoSuchKey):
        value_at(FIELDS, path)
    with pytest.raises(NoSuchKey):
        without(FIELDS, path)


@pytest.mark.parametrize(
    ("fields", "path", "value", "changed"),
    [
        ({"a": 1}, ("a",), 2, {"a": 2}),
        ({"a": 1}, ("b",), 2, {"a": 1, "b": 2}),
        ({}, ("a", "b", "c"), 1, {"a": {"b": {"c": 1}}}),
        ({"a": None}, ("a", "b"), 1, {"a": {"b": 1}}),
        ({"a": [1]}, ("a", 0), 2, {"a": [2]}),
        ({"a": [1]}, ("a", 1), 2, {"a": [1, 2]}),
        ({}, ("a", 0, "b"), 1, {"a": [{"b": 1}]}),
        ({"a": [{"b": 1}]}, ("a", 0, "c"), 2, {"a": [{"b": 1, "c": 2}]}),
        ({12: "x"}, ("12",), "y", {12: "y"}),
    ],
)
def test_a_copy_has_a_value_more(fields: Any, path: KeyPath, value: Any, changed: Any) -> None:
    before = repr(fields)
    assert with_value(fields, path, value) == changed
    assert repr(fields) == before


@pytest.mark.parametrize(("path"), [("title", "x"), ("title", 0), ("provider", 0), ("images", "x"), ("images", 3)])
def test_no_way_leads_through_what_is_no_map_or_list(path: KeyPath) -> None:
    with pytest.raises(NoSuchKey):
        with_value(FIELDS, path, 1)


@pytest.mark.parametrize(
    ("fields", "path", "changed"),
    [
        ({"a": 1, "b": 2}, ("a",), {"b": 2}),
        ({"a": {"b": 1}}, ("a", "b"), {"a": {}}),
        ({"a": [1, 2, 3]}, ("a", 1), {"a": [1, 3]}),
        ({"a": [{"b": 1}, {"b": 2}]}, ("a", 1, "b"), {"a": [{"b": 1}, {}]}),
        ({12: "x"}, ("12",), {}),
    ],
)
def test_a_copy_has_a_value_less(fields: Any, path: KeyPath, changed: Any) -> None:
    before = repr(fields)
    assert without(fields, path) == changed
    assert repr(fields) == before


@pytest.mark.parametrize(
    ("key", "others", "expected"),
    [
        ("provider", ["provider.name"], True),
        ("provider.name", ["provider"], True),
        ("title", ["title"], True),
        ("provider", ["providers"], False),
        ("title", [], False),
    ],
)
def test_a_key_touches_its_parts_and_what_it_is_a_part_of(key: str, others: list[str], expected: bool) -> None:
    assert touches(key, others) is expected
