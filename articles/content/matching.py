"""Which items of a list are the same as before, or what became of them, so that each keeps its lines in a file."""

import json
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from articles.content.values import same, to_json

KIN_REACH: Final = 10
"""How far an item that was changed is looked for from where it was; two far apart are taken for one gone, one new."""


def match(old: list[Any], new: list[Any]) -> list[int | None]:
    """For each new item the old one that it is or comes from, None for one without a forerunner."""
    origin: list[int | None] = [None] * len(new)
    first = 0
    while first < min(len(old), len(new)) and same(old[first], new[first]):
        origin[first] = first
        first += 1
    last = 1
    while last <= min(len(old), len(new)) - first and same(old[-last], new[-last]):
        origin[-last] = len(old) - last
        last += 1
    free = dict.fromkeys(range(first, len(old) - last + 1))
    for name_of in (_value_of, _url_of):
        _match_by_name(origin, free, old, new, name_of)
    for place, item in enumerate(new):
        if origin[place] is None:
            kin = (source for source in _near(place) if source in free and _is_kin(old[source], item))
            _take(origin, free, place, next(kin, None))
    for place, item in enumerate(new):
        if origin[place] is None and place in free and _is_text(old[place]) and _is_text(item):
            _take(origin, free, place, place)
    return origin


def _near(place: int) -> list[int]:
    return [place, *(place + side * step for step in range(1, KIN_REACH + 1) for side in (-1, 1))]


def _match_by_name(
    origin: list[int | None],
    free: dict[int, None],
    old: list[Any],
    new: list[Any],
    name_of: Callable[[Any], str | None],
) -> None:
    places: dict[str | None, deque[int]] = {}
    for source in free:
        places.setdefault(name_of(old[source]), deque()).append(source)
    for place, item in enumerate(new):
        if origin[place] is None and (name := name_of(item)) is not None and places.get(name):
            _take(origin, free, place, places[name].popleft())


def _take(origin: list[int | None], free: dict[int, None], place: int, source: int | None) -> None:
    if source is not None:
        origin[place] = source
        del free[source]


def _value_of(item: Any) -> str:
    """A text that two items share if they are the same."""
    return json.dumps(to_json(item), sort_keys=True)


def _url_of(item: Any) -> str | None:
    url = item.get("url") if isinstance(item, dict) else None
    return url if isinstance(url, str) else None


def _is_kin(one: Any, other: Any) -> bool:
    """Two maps that share most of what they say are versions of one thing."""
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return False
    shared = sum(1 for key, value in one.items() if key in other and same(value, other[key]))
    return shared > 0 and 2 * shared >= min(len(one), len(other))


def _is_text(value: Any) -> bool:
    return not isinstance(value, list | dict)
