"""Base, crawler, editor: an editor's decisions in the crawler's fields, and in the text of its file."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from articles.content import keypath
from articles.content.document import Document
from articles.content.keypath import NoSuchKey
from articles.content.values import ABSENT


@dataclass(frozen=True, slots=True)
class Decision:
    """An editor's word on one field: `value` in place of `base`, the crawler's. `ABSENT` stands for no key."""

    key: str
    value: Any
    base: Any


def value_of(fields: dict[Any, Any], key: str) -> Any:
    """The value at a key, or `ABSENT`."""
    try:
        return keypath.value_at(fields, steps(fields, key))
    except NoSuchKey:
        return ABSENT


def in_force(fields: dict[Any, Any], decisions: Iterable[Decision]) -> dict[Any, Any]:
    """The crawler's fields with the editors' decisions set in them.

    A decision on a part of something that is no map any more (`provider.name` where `provider` became a text) makes it
    a map again.
    """
    for decision in decisions:
        fields = _with(fields, steps(fields, decision.key), decision.value)
    return fields


def steps(fields: dict[Any, Any], key: str) -> keypath.KeyPath:
    """The path of a key; a key of the root is taken as it is, also with a point in it."""
    return (key,) if key in fields else keypath.parse(key)


def put(document: Document, key: str, value: Any) -> None:
    """Set a key in a file's text, or take it away where the value is `ABSENT`; raises `EditRefused`.

    A part of what is no map any more makes it one again, as `in_force` does.
    """
    if value is ABSENT:
        if value_of(document.fields, key) is not ABSENT:
            document.remove(key)
        return
    path = steps(document.fields, key)
    if len(path) > 1 and not isinstance(document.fields.get(path[0], {}), dict | list | None):
        document.set(str(path[0]), keypath.with_value(None, path[1:], value))
    else:
        document.set(key, value)


def _with(fields: dict[Any, Any], path: keypath.KeyPath, value: Any) -> dict[Any, Any]:
    if value is ABSENT:
        return _without(fields, path)
    try:
        changed: dict[Any, Any] = keypath.with_value(fields, path, value)
    except (NoSuchKey, TypeError):
        changed = {**fields, path[0]: keypath.with_value(None, path[1:], value)}
    return changed


def _without(fields: dict[Any, Any], path: keypath.KeyPath) -> dict[Any, Any]:
    try:
        fewer: dict[Any, Any] = keypath.without(fields, path)
    except NoSuchKey:
        return fields
    return fewer
