"""The name of a value in a front matter: `title`, `provider.name`, `images[0].url`."""

import re
from collections.abc import Iterable
from typing import Any, Final

from articles.content.problems import ProblemError, error

KeyPath = tuple[str | int, ...]

_STEP: Final = re.compile(r"(?:(?:^|(?!^)\.)([^.\[\]]+))|\[(\d{1,6})\]")


def parse(text: str) -> KeyPath:
    """The steps of a key: names are text, places in a list are numbers from 0 on."""
    steps: list[str | int] = []
    at = 0
    while at < len(text):
        match = _STEP.match(text, at)
        if match is None:
            break
        steps.append(match[1] if match[2] is None else int(match[2]))
        at = match.end()
    if at < len(text) or not steps or isinstance(steps[0], int):
        raise ProblemError(
            error(
                "bad_key",
                f"'{text}' names no key. Write it as title, provider.name or images[0].url.",
                key=text,
            )
        )
    return tuple(steps)


def show(path: KeyPath) -> str:
    """The key as a person writes it."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def touches(key: str, others: Iterable[str]) -> bool:
    """Whether one of the others is this key, a part of it, or what it is a part of."""
    return any(other == key or other.startswith(f"{key}.") or key.startswith(f"{other}.") for other in others)


class NoSuchKey(KeyError):
    """A path leads to nothing."""


def value_at(fields: Any, path: KeyPath) -> Any:
    """The value that a path leads to; raises `NoSuchKey`."""
    for step in path:
        try:
            fields = fields[step_in(fields, step)]
        except (KeyError, IndexError, TypeError) as missing:
            raise NoSuchKey(show(path)) from missing
    return fields


def step_in(fields: Any, step: str | int) -> Any:
    """The key or index by which a collection knows a step; a map knows keys that are no text by their text."""
    if isinstance(fields, dict) and step not in fields:
        return next((key for key in fields if str(key) == str(step)), step)
    if isinstance(fields, dict) == isinstance(step, int) or isinstance(fields, str):
        raise TypeError
    return step


def with_value(fields: Any, path: KeyPath, value: Any) -> Any:
    """A copy in which a path leads to a value. Maps on the way are made; a list takes one item more at its end.

    Raises `NoSuchKey` where the way leads through something else.
    """
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        return _with_item(fields, path, step, rest, value)
    if fields is not None and not isinstance(fields, dict):
        raise NoSuchKey(show(path))
    known = dict(fields or {})
    key = step_in(known, step)
    known[key] = with_value(known.get(key), rest, value)
    return known


def without(fields: Any, path: KeyPath) -> Any:
    """A copy in which a path leads to nothing; raises `NoSuchKey` where it already does."""
    value_at(fields, path)
    step = step_in(fields, path[0])
    rest = path[1:]
    if isinstance(fields, list):
        return [
            without(item, rest) if rest and place == step else item
            for place, item in enumerate(fields)
            if rest or place != step
        ]
    return {
        key: without(item, rest) if rest and key == step else item
        for key, item in fields.items()
        if rest or key != step
    }


def _with_item(fields: Any, path: KeyPath, place: int, rest: KeyPath, value: Any) -> list[Any]:
    if fields is not None and not isinstance(fields, list):
        raise NoSuchKey(show(path))
    items = list(fields or [])
    if place > len(items):
        raise NoSuchKey(show(path))
    if place == len(items):
        items.append(None)
    items[place] = with_value(items[place], rest, value)
    return items
