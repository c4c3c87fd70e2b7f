"""Two values that grew out of one, lists and maps: what both sides added and took away, or None where they clash."""

import json
from typing import Any, Final

from articles.content.values import ABSENT, same, to_json

CLASH: Final = object()
"""Stands for no answer: null and nothing at all are answers."""

_IDENTITIES: Final = ("url", "webUrl", "originalUrl", "name", "title")
_NOTHING: Final = (ABSENT, None)


def merge_grown(base: Any, crawler: Any, editor: Any) -> Any:
    """A list or a map with what both sides did to it; `CLASH` where there is no one answer, and for all else."""
    if isinstance(crawler, dict) and isinstance(editor, dict):
        return merge_values(base, crawler, editor)
    return merge_lists(base, crawler, editor)


def carry_over(old: Any, new: Any, onto: Any) -> Any:
    """What became of a list or a map between `old` and `new`, done to a third; `CLASH` where that cannot be told."""
    if not isinstance(new, list | dict):
        return CLASH
    if onto not in _NOTHING:
        return merge_grown(old, new, onto)
    return merge_grown(old, new, type(new)()) or onto


def merge_lists(base: Any, crawler: Any, editor: Any) -> Any:
    """The crawler's list with the editor's additions, removals and order carried over.

    `CLASH` where there is no one answer: the same item changed in two ways, changed here and removed there, put into
    two orders; the whole list taken away here and changed there; or something that is no list. What was nothing before
    may have grown on both sides, and what the editor only added stays where the crawler takes the list away.
    """
    base = [] if base in _NOTHING else base
    crawler = [] if crawler in _NOTHING and _only_adds(base, editor) else crawler
    if not all(isinstance(side, list) for side in (base, crawler, editor)):
        return CLASH
    named = [{_identity(item): item for item in side} for side in (base, crawler, editor)]
    if any(len(names) < len(side) for names, side in zip(named, (base, crawler, editor), strict=True)):
        return CLASH
    items = _merge_items(*named)
    order = _merge_order(*map(list, named))
    if items is CLASH or order is None:
        return CLASH
    return [items[name] for name in order if name in items]


def _only_adds(base: Any, editor: Any) -> bool:
    both_lists = isinstance(base, list) and isinstance(editor, list)
    return both_lists and all(any(same(item, other) for other in editor) for item in base)


def _identity(item: Any) -> str:
    """What makes an item the same item: a map's address or name, else all of it."""
    if isinstance(item, dict):
        for key in _IDENTITIES:
            if isinstance(item.get(key), str):
                return f"{key}: {item[key]}"
    return json.dumps(to_json(item), sort_keys=True)


def _merge_items(base: dict[str, Any], crawler: dict[str, Any], editor: dict[str, Any]) -> Any:
    """The items that stay by name, each in the version that stands; or `CLASH`."""
    merged: dict[str, Any] = {}
    for name in {**crawler, **editor}:
        item = merge_values(*(side.get(name, ABSENT) for side in (base, crawler, editor)))
        if item is CLASH:
            return CLASH
        if item is not ABSENT:
            merged[name] = item
    return merged


def merge_values(base: Any, crawler: Any, editor: Any) -> Any:
    """The one answer where only one side changed a value, or both different keys or items of it; else `CLASH`."""
    if same(crawler, editor) or same(base, editor):
        return crawler
    if same(base, crawler):
        return editor
    if isinstance(crawler, list):
        return merge_lists(base, crawler, editor)
    if not (isinstance(base, dict) and isinstance(crawler, dict) and isinstance(editor, dict)):
        return CLASH
    merged = {}
    for key in {**crawler, **editor}:
        value = merge_values(*(side.get(key, ABSENT) for side in (base, crawler, editor)))
        if value is CLASH:
            return CLASH
        if value is not ABSENT:
            merged[key] = value
    return merged


def _merge_order(base: list[str], crawler: list[str], editor: list[str]) -> list[str] | None:
    """The order of whoever moved something; the other's additions come behind what they stood behind."""
    common = set(base) & set(crawler) & set(editor)
    by_base, by_crawler, by_editor = ([name for name in side if name in common] for side in (base, crawler, editor))
    if by_crawler == by_editor or by_editor == by_base:
        leading, following = crawler, editor
    elif by_crawler == by_base:
        leading, following = editor, crawler
    else:
        return None
    order = list(leading)
    for place, name in enumerate(following):
        if name not in order:
            order.insert(_place_behind(following[:place], order), name)
    return order


def _place_behind(before: list[str], order: list[str]) -> int:
    return next((order.index(name) + 1 for name in reversed(before) if name in order), 0)
