"""What a rewritten file means for the desk: pure, one file at a time.

The stored text is always the crawler's. From it, the bytes now on disk and the editors' decisions follow: what the
crawler changed, which decisions still stand, which contradict, and the file that should be.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from articles.content import merge
from articles.content.document import Document, EditRefused
from articles.content.listmerge import merge_lists
from articles.content.merge import Decision
from articles.content.values import ABSENT, same


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A file that is not as it was last seen.

    `crawler` is the crawler's text now; `changes` what it changed in meaning, by key: before and after. `decisions`
    are the editors', lists merged; `conflicts` the keys of those that the crawler contradicts with a third value.
    `wanted` is the file that should be, None where it cannot be made.
    """

    crawler: Document
    changes: dict[str, tuple[Any, Any]]
    is_noise: bool
    decisions: tuple[Decision, ...]
    conflicts: tuple[str, ...]
    wanted: Document | None

    @property
    def is_source_switch(self) -> bool:
        """The story now comes from elsewhere: its address changed together with its provider."""
        return "originalUrl" in self.changes and any(key.split(".")[0] == "provider" for key in self.changes)


def plan_rewrite(last: bytes, data: bytes, decisions: Sequence[Decision], path: str) -> Rewrite:
    """What `data`, a readable file now on disk, means where `last` was the crawler's text (empty: it had none)."""
    before = Document.read(last, path) if last else None
    known = {} if before is None else before.fields
    crawler = Document.read(data, path)
    kept = [kept for decision in decisions if (kept := _take(crawler, merge.value_of(known, decision.key), decision))]
    changes = changes_between(known, crawler.fields)
    changes = {key: pair for key, pair in changes.items() if key != "secured"}
    return Rewrite(
        crawler,
        changes,
        before is not None and not changes and _same_body(before.body, crawler.body),
        tuple(kept),
        tuple(conflicting(crawler.fields, kept)),
        file_that_should_be(crawler, kept),
    )


def conflicting(crawler: dict[Any, Any], decisions: Iterable[Decision]) -> list[str]:
    """The keys where the crawler's value is neither the one that the editor decided on nor the editor's."""
    return [
        decision.key
        for decision in decisions
        if not any(same(merge.value_of(crawler, decision.key), known) for known in (decision.base, decision.value))
    ]


def file_that_should_be(crawler: Document, decisions: Iterable[Decision]) -> Document | None:
    """The crawler's text with every decision set in it, in place; None where one of them cannot be."""
    wanted = Document.read(crawler.to_bytes(), crawler.path)
    try:
        for decision in decisions:
            merge.put(wanted, decision.key, decision.value)
    except EditRefused:
        return None
    return wanted


def changes_between(before: dict[Any, Any], after: dict[Any, Any]) -> dict[str, tuple[Any, Any]]:
    """The keys of the root whose values differ, before and after; of maps the keys within."""
    changes: dict[str, tuple[Any, Any]] = {}
    for key in {**before, **after}:
        old, new = before.get(key, ABSENT), after.get(key, ABSENT)
        if same(old, new):
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            changes |= {f"{key}.{inner}": pair for inner, pair in changes_between(old, new).items()}
        else:
            changes[str(key)] = (old, new)
    return changes


def _take(crawler: Document, said: Any, decision: Decision) -> Decision | None:
    """One decision against the new text; None where nothing is left to decide.

    A field that holds the editor's value is our own export, or the crawler came round: its text keeps what the crawler
    had `said` before.
    """
    found = merge.value_of(crawler.fields, decision.key)
    if same(found, decision.value):
        if not same(found, said):
            _put_back(crawler, decision.key, said)
        return decision
    if same(found, said) or same(found, decision.base):
        return decision
    merged = merge_lists(decision.base, found, decision.value)
    if merged is None:
        return decision
    return None if same(merged, found) else replace(decision, value=merged, base=found)


def _put_back(crawler: Document, key: str, said: Any) -> None:
    """Where the text cannot be edited in place it stays: the editor's value then counts as the crawler's too."""
    try:
        merge.put(crawler, key, said)
    except EditRefused:
        return


def _same_body(one: str, other: str) -> bool:
    """Line breaks, and white space around the body, say nothing."""
    return one == other or one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()
