"""Base, crawler, editor: who is in force when both wrote the same field."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from articles.content import keypath
from articles.content.keypath import NoSuchKey
from articles.content.values import ABSENT, same


class Verdict(Enum):
    """What a file says of a field that an editor decided."""

    AGREED = "agreed"  # the editor's value: our own export, or the crawler came to it too
    HOLDS = "holds"  # the crawler's value as it was when the editor decided
    CONFLICT = "conflict"  # a third value


@dataclass(frozen=True, slots=True)
class Decision:
    """An editor's word on one field: `value` in place of `base`, the crawler's. `ABSENT` stands for no key."""

    key: str
    value: Any
    base: Any


def judge(decision: Decision, found: Any) -> Verdict:
    """What it means that the file now says `found`."""
    if same(found, decision.value):
        return Verdict.AGREED
    return Verdict.HOLDS if same(found, decision.base) else Verdict.CONFLICT


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
