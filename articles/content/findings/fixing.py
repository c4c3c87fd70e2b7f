"""The safe fixes of several findings as one edit."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any, Final

from articles.content import keypath
from articles.content.findings.finding import KINDS, KNOWS_NOTHING, Context, Finding
from articles.content.findings.judging import findings_of
from articles.content.merge import value_of
from articles.content.values import same

MAX_ROUNDS: Final = 30
"""A bound for what should not be; each fix takes away more than it may bring to light."""


def fixes_of(
    fields: Mapping[Any, Any],
    context: Context = KNOWS_NOTHING,
    codes: Container[str] = KINDS,
    keys: Container[str] | None = None,
) -> dict[str, Any]:
    """What to set to mend everything of these codes (at these keys) that has a safe fix: file key -> value.

    One fix may bring another to light (an entity that was a line break): this goes on until none is left.
    """
    mended: Any = dict(fields)
    touched: dict[str, None] = {}
    for _ in range(MAX_ROUNDS):
        wanted = (one for one in _fixable(mended, context) if one.code in codes and _is_at(one.key, keys))
        fixes = _at_different_places(wanted)
        if not fixes:
            break
        for found in fixes:
            mended = keypath.with_value(mended, keypath.parse(found.key), found.fix)
            touched[found.key] = None
    return {key: value_of(mended, key) for key in _widest(touched)}


def fix_all_safe(fields: Mapping[Any, Any], context: Context = KNOWS_NOTHING) -> dict[Any, Any]:
    """The fields with every safe fix in them."""
    mended: Any = dict(fields)
    for key, value in fixes_of(fields, context).items():
        mended = keypath.with_value(mended, keypath.parse(key), value)
    return dict(mended)


def _fixable(fields: dict[Any, Any], context: Context) -> Iterator[Finding]:
    for found in findings_of(fields, context):
        if found.has_fix and not same(found.fix, value_of(fields, found.key)):
            yield found


def _is_at(key: str, keys: Container[str] | None) -> bool:
    return keys is None or key in keys


def _at_different_places(fixes: Iterable[Finding]) -> list[Finding]:
    """The first fix of each value; none of a value that holds another or is held by one."""
    chosen: dict[str, Finding] = {}
    holders: set[str] = set()
    for found in fixes:
        around = _holders(found.key)
        if found.key not in chosen and found.key not in holders and chosen.keys().isdisjoint(around):
            chosen[found.key] = found
            holders.update(around)
    return list(chosen.values())


def _holders(key: str) -> list[str]:
    """The keys of what holds a value: `images` and `images[0]` of `images[0].url`."""
    return [key[: mark.start()] for mark in re.finditer(r"[.\[]", key)]


def _widest(keys: Mapping[str, None]) -> list[str]:
    """Without keys that are part of another: that one's value holds theirs."""
    return [key for key in keys if keys.keys().isdisjoint(_holders(key))]
