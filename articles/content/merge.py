"""Base, crawler, editor: an editor's decisions in the crawler's fields, and in the text of its file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from articles.content import keypath
from articles.content.document import Document
from articles.content.keypath import KeyPath, NoSuchKey
from articles.content.problems import ProblemError
from articles.content.values import ABSENT, from_json, same


@dataclass(frozen=True, slots=True)
class Decision:
    """An editor's word on one field: `value` in place of `base`, the crawler's. `ABSENT` stands for no key.

    `echoes` are values of the editor's that the file came back with. They were our own export or the crawler's word,
    nobody can tell; so none of them is a third value.
    """

    key: str
    value: Any
    base: Any
    echoes: tuple[Any, ...] = ()

    @classmethod
    def kept_as(
        cls, key: str, value: Any, is_removal: bool, crawler_value: Any, crawler_absent: bool, echoes: Iterable[Any]
    ) -> Decision:
        """Of the JSON values that it is kept as."""
        return cls(
            key,
            ABSENT if is_removal else from_json(value),
            ABSENT if crawler_absent else from_json(crawler_value),
            tuple(map(from_json, echoes)),
        )

    def is_like(self, other: Decision) -> bool:
        """Whether both say the same, in the file's eyes: 1 is not true."""
        return same(self.value, other.value) and same(self.base, other.base) and same([*self.echoes], [*other.echoes])


def value_of(fields: dict[Any, Any], key: str) -> Any:
    """The value at a key, or `ABSENT`."""
    try:
        return keypath.value_at(fields, _steps_decided(fields, key))
    except NoSuchKey:
        return ABSENT


def in_force(fields: dict[Any, Any], decisions: Iterable[Decision]) -> dict[Any, Any]:
    """The crawler's fields with the editors' decisions set in them.

    A decision on a part of something that is no map any more (`provider.name` where `provider` became a text) makes it
    a map again.
    """
    for decision in by_key(decisions):
        fields = _with(fields, _steps_decided(fields, decision.key), decision.value)
    return fields


def put_in_force(document: Document, decisions: Iterable[Decision]) -> Document:
    """The same in a file's text, in place; raises `EditRefused` and leaves the document half done."""
    for decision in by_key(decisions):
        put(document, decision.key, decision.value)
    return document


def by_key(decisions: Iterable[Decision]) -> list[Decision]:
    """In the order of their keys, so that the same decisions always make the same file."""
    return sorted(decisions, key=lambda decision: decision.key)


def steps(fields: dict[Any, Any], key: str) -> keypath.KeyPath:
    """The path of a key; a key of the root is taken as it is, also with a point in it."""
    return (key,) if key in fields else keypath.parse(key)


def put(document: Document, key: str, value: Any) -> None:
    """Set a key in a file's text, or take it away where the value is `ABSENT`; raises `EditRefused`."""
    if value is ABSENT:
        if value_of(document.fields, key) is not ABSENT:
            document.remove(key)
        return
    path, value = _passable(document.fields, _steps_decided(document.fields, key), value)
    document.set(path, value)


def _steps_decided(fields: dict[Any, Any], key: str) -> KeyPath:
    """The path of a key that a decision was once taken on: one that does not parse, as `a[b`, was a key of the root."""
    try:
        return steps(fields, key)
    except ProblemError:
        return (key,)


def _with(fields: dict[Any, Any], path: KeyPath, value: Any) -> dict[Any, Any]:
    if value is ABSENT:
        return _without(fields, path)
    changed: dict[Any, Any] = keypath.with_value(fields, *_passable(fields, path, value))
    return changed


def _passable(fields: dict[Any, Any], path: KeyPath, value: Any) -> tuple[KeyPath, Any]:
    """The path and the value; where the way leads through what is no map, the path to that and a map in its place."""
    for length in range(len(path), 1, -1):
        try:
            keypath.with_value(fields, path[:length], None)
        except (NoSuchKey, TypeError):
            continue
        return path[:length], keypath.with_value(None, path[length:], value)
    return path[:1], keypath.with_value(None, path[1:], value)


def _without(fields: dict[Any, Any], path: KeyPath) -> dict[Any, Any]:
    try:
        fewer: dict[Any, Any] = keypath.without(fields, path)
    except NoSuchKey:
        return fields
    return fewer
