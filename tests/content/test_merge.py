"""An editor's decisions over the crawler's fields, in values and in the file's text; and lists that both changed."""

from __future__ import annotations

from typing import Any

import pytest

from articles.content.document import Document
from articles.content.listmerge import CLASH, merge_lists
from articles.content.merge import Decision, in_force, put, put_in_force, value_of
from articles.content.values import ABSENT

FIELDS: dict[Any, Any] = {"title": "T", "provider": {"name": "N", "domain": "d.example"}, "topics": ["A"], "a.b": 1}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("title", "T"),
        ("provider.name", "N"),
        ("topics", ["A"]),
        ("a.b", 1),
        ("quality", ABSENT),
        ("provider.x", ABSENT),
        ("title.x", ABSENT),
        ("a[b", ABSENT),
    ],
)
def test_a_key_has_a_value_or_none(key: str, value: Any) -> None:
    assert value_of(FIELDS, key) == value


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        pytest.param("title", "New", FIELDS | {"title": "New"}, id="another value"),
        pytest.param("title", None, FIELDS | {"title": None}, id="null"),
        pytest.param("title", ABSENT, {key: FIELDS[key] for key in FIELDS if key != "title"}, id="none"),
        pytest.param("quality", ABSENT, FIELDS, id="none where there is none"),
        pytest.param("provider.name", "M", FIELDS | {"provider": {"name": "M", "domain": "d.example"}}, id="a part"),
        pytest.param("provider.name", ABSENT, FIELDS | {"provider": {"domain": "d.example"}}, id="no part"),
        pytest.param("a.b", 2, FIELDS | {"a.b": 2}, id="a key with a point"),
        pytest.param("x.y", 2, FIELDS | {"x": {"y": 2}}, id="a part of what is not there"),
        pytest.param("title.x", 2, FIELDS | {"title": {"x": 2}}, id="a part of a text"),
        pytest.param(
            "provider.name.x", 2, FIELDS | {"provider": {"name": {"x": 2}, "domain": "d.example"}}, id="of a part"
        ),
        pytest.param("a[b", 2, FIELDS | {"a[b": 2}, id="a key that does not parse"),
    ],
)
def test_a_decision_stands_over_the_crawler_in_values_and_in_the_file(key: str, value: Any, expected: Any) -> None:
    decisions = [Decision(key, value, ABSENT)]
    assert in_force(FIELDS, decisions) == expected
    document = put_in_force(Document.new(FIELDS), decisions)
    assert document.fields == expected
    assert FIELDS["title"] == "T"


def test_the_same_decisions_make_the_same_file_in_any_order() -> None:
    decisions = [Decision("zzz", 1, ABSENT), Decision("title", "New", "T"), Decision("quality", 5, ABSENT)]
    one = put_in_force(Document.new(FIELDS), decisions)
    other = put_in_force(Document.new(FIELDS), reversed(decisions))
    assert one.to_bytes() == other.to_bytes()


def test_what_is_put_and_taken_away_leaves_no_trace() -> None:
    document = Document.new(FIELDS)
    before = document.to_bytes()
    put(document, "quality", 5)
    put(document, "quality", ABSENT)
    put(document, "quality", ABSENT)
    assert document.to_bytes() == before


def test_a_decision_knows_its_like() -> None:
    assert Decision("published", True, False).is_like(Decision("published", True, False))
    assert not Decision("quality", 1, 0).is_like(Decision("quality", True, 0))


@pytest.mark.parametrize(
    ("base", "crawler", "editor", "merged"),
    [
        pytest.param(["A", "B"], ["A", "B"], ["A"], ["A"], id="the editor took one"),
        pytest.param(["A", "B"], ["A", "B", "C"], ["A", "B"], ["A", "B", "C"], id="the crawler added one"),
        pytest.param(["A", "B"], ["A", "B", "C"], ["B"], ["B", "C"], id="both"),
        pytest.param(["A", "B"], ["A", "B", "C"], ["X", "A", "B"], ["X", "A", "B", "C"], id="both added one"),
        pytest.param(["A", "B"], ["B", "A"], ["A", "B", "X"], ["B", "X", "A"], id="the crawler turned them"),
        pytest.param(["A", "B", "C"], ["B", "A", "C"], ["A", "C", "B"], CLASH, id="both turned them"),
        pytest.param(ABSENT, ["A"], ["B"], ["B", "A"], id="out of nothing"),
        pytest.param(["A"], "A", ["B"], CLASH, id="no list any more"),
        pytest.param(["A"], ["A", "A"], ["B"], CLASH, id="an item twice"),
        pytest.param(
            [{"url": "u", "width": 1}],
            [{"url": "u", "width": 2}],
            [{"url": "u", "width": 1, "title": "t"}],
            [{"url": "u", "width": 2, "title": "t"}],
            id="two keys of one item",
        ),
        pytest.param(
            [{"url": "u", "width": 1}], [{"url": "u", "width": 2}], [{"url": "u", "width": 3}], CLASH, id="one key"
        ),
        pytest.param([{"url": "u", "width": 1}], [{"url": "u", "width": 2}], [], CLASH, id="changed here, gone there"),
    ],
)
def test_lists_that_both_changed_become_one(base: Any, crawler: Any, editor: Any, merged: Any) -> None:
    assert merge_lists(base, crawler, editor) == merged
