"""Which values are the same, and how they survive JSON."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.content.values import ABSENT, Unread, format_time, from_json, same, to_json

IN_TWO_HOURS = timezone(timedelta(hours=2))
EVENING = datetime(2020, 12, 29, 20, 23, tzinfo=UTC)

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.dates()
    | st.datetimes(timezones=st.none() | st.just(UTC) | st.just(IN_TWO_HOURS))
    | st.just(ABSENT)
    | st.text(max_size=8).map(Unread)
)
KEYS = (
    st.sampled_from(["$time", "$map", "$absent", "$", "a", ""]) | st.integers() | st.booleans() | st.none() | st.dates()
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1),
        ("a", "a"),
        ("a", Unread("a")),
        (math.nan, math.nan),
        (0.0, -0.0),
        ([1, {"a": None}], [1, {"a": None}]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (EVENING, datetime(2020, 12, 29, 20, 23, tzinfo=UTC)),
        (ABSENT, ABSENT),
    ],
    ids=repr,
)
def test_these_are_the_same(one: Any, other: Any) -> None:
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (0, False),
        (1, 1.0),
        (1, "1"),
        ("", None),
        ([], None),
        ([], {}),
        (ABSENT, None),
        (math.nan, 1.0),
        ([1], [1, 1]),
        ([True], [1]),
        ({"a": 1}, {"a": True}),
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {"a": 1, "b": 2}),
        (date(2020, 12, 29), datetime(2020, 12, 29)),
        (EVENING, EVENING.astimezone(IN_TWO_HOURS)),
        (EVENING, EVENING.replace(tzinfo=None)),
    ],
    ids=repr,
)
def test_these_differ(one: Any, other: Any) -> None:
    assert not same(one, other)
    assert not same(other, one)


@pytest.mark.parametrize(
    ("value", "data"),
    [
        ("text", "text"),
        (None, None),
        (52, 52),
        (1.5, 1.5),
        (ABSENT, {"$absent": True}),
        (Unread("2020-02-30"), {"$unread": "2020-02-30"}),
        (EVENING, {"$time": "2020-12-29T20:23:00+00:00"}),
        (datetime(2020, 12, 29, 20, 23), {"$time": "2020-12-29T20:23:00"}),
        (date(2020, 12, 29), {"$date": "2020-12-29"}),
        (math.inf, {"$float": "inf"}),
        (1e16, {"$float": "1e+16"}),
        ({"a": [date(2020, 12, 29)]}, {"a": [{"$date": "2020-12-29"}]}),
        ({"$time": 1}, {"$map": [["$time", 1]]}),
        ({12: "x"}, {"$map": [[12, "x"]]}),
    ],
    ids=repr,
)
def test_a_value_is_json(value: Any, data: Any) -> None:
    assert json.loads(json.dumps(to_json(value))) == data
    assert same(from_json(data), value)


@given(VALUES)
def test_every_value_survives_json(value: Any) -> None:
    again = from_json(json.loads(json.dumps(to_json(value))))
    assert same(again, value)
    assert isinstance(again, Unread) == isinstance(value, Unread)


@given(st.floats())
def test_no_float_becomes_an_int_on_the_way_through_postgresql(value: float) -> None:
    """It keeps numbers in decimal, without an exponent: `1e+16` comes back as 10000000000000000."""
    data = to_json(value)
    assert not isinstance(data, float) or "e+" not in json.dumps(data)


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (EVENING, "2020-12-29T20:23:00Z"),
        (datetime(2020, 12, 29, 20, 23, tzinfo=IN_TWO_HOURS), "2020-12-29T18:23:00Z"),
        (datetime(2020, 12, 29, 20, 23, 0, 5000, UTC), "2020-12-29T20:23:00.005000Z"),
        (datetime(2020, 12, 29, 20, 23), "2020-12-29T20:23:00"),
    ],
    ids=repr,
)
def test_a_time_is_written_in_the_record_s_form(moment: datetime, written: str) -> None:
    assert format_time(moment) == written


def test_absent_is_false_and_names_itself() -> None:
    assert not ABSENT
    assert repr(ABSENT) == "ABSENT"
