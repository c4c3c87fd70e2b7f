"""The values a front matter holds, and how they are written as JSON without losing what only YAML can say."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Final


class Absent(Enum):
    """The type of `ABSENT`, which differs from null (`None`) and from empty (`""`, `[]`, `{}`)."""

    ABSENT = "absent"

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent.ABSENT

_FIRST_LIKE_AN_INT: Final = 1e16
"""PostgreSQL gives floats from here on back as whole numbers."""

_ALIKE: Final = frozenset({str, int, bool, type(None)})
"""The types that JSON has as they are."""

UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")
"""NUL, and halves of surrogate pairs: no UTF-8 file and no database column holds them."""


class Unread(str):
    """A scalar that YAML takes for a number or a date but that none can be made of; holds its text as it stands."""


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same in the file's eyes: `1`, `1.0` and `true` differ, and so do two zones."""
    if one is other:
        return True
    kind = type(one)
    if kind is not type(other):
        return isinstance(one, str) and isinstance(other, str) and one == other
    if kind is str or kind is int:
        return bool(one == other)
    if isinstance(one, dict):
        return _same_keys(one, other) and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, datetime):
        return bool(one == other) and one.utcoffset() == other.utcoffset()
    if isinstance(one, float) and math.isnan(one):
        return isinstance(other, float) and math.isnan(other)
    return bool(one == other)


def to_json(value: Any) -> Any:
    """A JSON value from which `from_json` makes the same value again.

    What JSON lacks is an object with one key that begins with `$`: no value at all, times, dates, NaN, infinities and
    floats that look like whole numbers, text that is `Unread`, maps with keys that are no strings, and maps that look
    like one of these.
    """
    if type(value) in _ALIKE:
        return value
    match value:
        case Absent():
            return {"$absent": True}
        case Unread():
            return {"$unread": str(value)}
        case datetime():
            return {"$time": value.isoformat()}
        case date():
            return {"$date": value.isoformat()}
        case float() if not abs(value) < _FIRST_LIKE_AN_INT:
            return {"$float": repr(value)}
        case list() | tuple():
            return [to_json(item) for item in value]
        case Mapping():
            return _map_to_json(value)
        case _:
            return value


def from_json(data: Any) -> Any:
    """The value that `to_json` wrote."""
    if isinstance(data, list):
        return [from_json(item) for item in data]
    if not isinstance(data, dict):
        return data
    if len(data) == 1:
        ((tag, inner),) = data.items()
        if tag in _FROM_TAG:
            return _FROM_TAG[tag](inner)
    return {key: from_json(value) for key, value in data.items()}


def format_time(moment: datetime) -> str:
    """The record's form, `2020-12-29T20:23:00Z`; a fraction of a second and a missing zone are kept."""
    if moment.tzinfo is None:
        return moment.isoformat()
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _same_keys(one: dict[Any, Any], other: dict[Any, Any]) -> bool:
    return len(one) == len(other) and all(key in other for key in one)


def _map_to_json(value: Mapping[Any, Any]) -> Any:
    if all(isinstance(key, str) for key in value):
        plain = {key: to_json(item) for key, item in value.items()}
        looks_tagged = len(plain) == 1 and next(iter(plain)).startswith("$")
        return {"$map": list(plain.items())} if looks_tagged else plain
    return {"$map": [[to_json(key), to_json(item)] for key, item in value.items()]}


_FROM_TAG: Final[dict[str, Callable[[Any], Any]]] = {
    "$absent": lambda _: ABSENT,
    "$unread": Unread,
    "$time": datetime.fromisoformat,
    "$date": date.fromisoformat,
    "$float": float,
    "$map": lambda pairs: {from_json(key): from_json(value) for key, value in pairs},
}
