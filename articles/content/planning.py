"""What a rewritten file means for the desk: pure, one file at a time.

The stored text is always the crawler's. It follows from that text, the bytes now on disk, the editors' decisions and
those of their values that we wrote into the file: what the crawler changed, which decisions it contradicts, and the
file that should be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from articles.content import merge
from articles.content.document import Document, EditRefused
from articles.content.listmerge import CLASH, carry_over, merge_grown
from articles.content.merge import Decision
from articles.content.values import ABSENT, same


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A file that is not as it was last seen.

    `text` is the crawler's now; `changes` what it changed in meaning, by key: before and after. `decisions` are the
    editors', lists merged; `conflicts` the keys of those that the crawler contradicts with a third value. `exported`
    are the values in the file that are ours. `in_force` is the file that should be, None where it cannot be made;
    `is_written`: its values stand on disk. `is_own`: the file is what we last wrote or would write, to the byte.
    """

    text: bytes
    crawler: Document
    changes: dict[str, tuple[Any, Any]]
    is_noise: bool
    decisions: tuple[Decision, ...]
    conflicts: tuple[str, ...]
    exported: dict[str, Any]
    in_force: Document | None
    is_written: bool
    is_own: bool = False

    @property
    def is_source_switch(self) -> bool:
        """The story now comes from elsewhere: its address changed together with its provider."""
        return "originalUrl" in self.changes and any(key.split(".")[0] == "provider" for key in self.changes)


def plan_rewrite(last: bytes, found: Document, decisions: Sequence[Decision], exported: Mapping[str, Any]) -> Rewrite:
    """What a readable file now on disk means.

    `last` is the crawler's text so far, empty for an article added by hand; `exported` what we last wrote over it, and
    nothing where it is known from elsewhere that the whole file is the crawler's.
    """
    path = found.path
    before = file_of_crawler(last, path)
    own = _if_possible(last, decisions, path) if decisions or exported else None
    if own is not None and own.to_bytes() == found.to_bytes():
        return _own_export(last, before, own, decisions)
    crawler = file_without_ours(found, before, exported)
    kept = tuple(_take(decision, before.fields, crawler.fields, found.fields, exported) for decision in decisions)
    changes = changes_between(before.fields, crawler.fields)
    changes.pop("secured", None)
    text = crawler.to_bytes() if last or crawler.fields or crawler.body.strip() else b""
    in_force = _if_possible(text, kept, path, read=crawler)
    return Rewrite(
        text,
        crawler,
        changes,
        not changes and _same_body(before.body, crawler.body),
        kept,
        tuple(conflicting(crawler.fields, kept)),
        _still_ours(found.fields, crawler.fields, exported),
        in_force,
        in_force is not None and same(in_force.fields, found.fields),
    )


def conflicting(crawler: dict[Any, Any], decisions: Iterable[Decision]) -> list[str]:
    """The keys where the crawler says a third thing, beside the value that the editor decided on and the editor's."""
    return [decision.key for decision in decisions if _is_third(merge.value_of(crawler, decision.key), decision)]


def file_of_crawler(text: bytes, path: str) -> Document:
    """The file as the crawler wrote it; without any field for an article that was added by hand."""
    return Document.read(text, path) if text else Document.new({}, path)


def file_in_force(text: bytes, decisions: Iterable[Decision], path: str, *, read: Document | None = None) -> Document:
    """The file that should be: the crawler's text with every decision set in place; raises `EditRefused`.

    `read` is that text as a document, for whoever has read it; it stays as it is.
    """
    if not text:
        return Document.new(merge.in_force({}, decisions), path)
    return merge.put_in_force(read.copy() if read else Document.read(text, path), decisions)


def values_to_export(crawler: dict[Any, Any], decisions: Iterable[Decision]) -> dict[str, Any]:
    """The values that a file with these decisions holds and the crawler did not write, by key."""
    return {
        decision.key: decision.value
        for decision in decisions
        if not same(decision.value, merge.value_of(crawler, decision.key))
    }


def file_without_ours(found: Document, before: Document, exported: Mapping[str, Any]) -> Document:
    """The file with what the crawler had said before, and as it had written it, wherever it holds what we wrote."""
    crawler, known = found.copy(), before.fields
    fields = _with_what_we_emptied(found.fields, known, exported)
    if is_from_memory(fields, known, exported):
        return crawler
    for key, ours in exported.items():
        said, now = merge.value_of(known, key), merge.value_of(fields, key)
        if same(now, ours) and not same(now, said) and _has_place(fields, key):
            _put_back(crawler, key, said, known)
        elif (grown := carry_over(ours, now, said)) is not CLASH and not same(now, grown):
            _put_back(crawler, key, grown, known)
        else:
            continue
        crawler.write_as(before, merge.steps(known, key)[0])
    return crawler


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


def _own_export(last: bytes, before: Document, own: Document, decisions: Sequence[Decision]) -> Rewrite:
    """A run of ours that was killed before it could note what it had written."""
    ours = values_to_export(before.fields, decisions)
    conflicts = tuple(conflicting(before.fields, decisions))
    return Rewrite(last, before, {}, True, tuple(decisions), conflicts, ours, own, True, is_own=True)


def _if_possible(
    text: bytes, decisions: Iterable[Decision], path: str, *, read: Document | None = None
) -> Document | None:
    try:
        return file_in_force(text, decisions, path, read=read)
    except EditRefused:
        return None


def _with_what_we_emptied(found: dict[Any, Any], known: dict[Any, Any], exported: Mapping[str, Any]) -> dict[Any, Any]:
    """The fields, with the lists and maps that we left empty: a crawler that drops such a key says nothing by it."""
    ours = merge.in_force(known, [Decision(key, value, ABSENT) for key, value in exported.items()])
    return {key: value for key, value in ours.items() if value in ([], {})} | found


def is_from_memory(found: dict[Any, Any], known: dict[Any, Any], exported: Mapping[str, Any]) -> bool:
    """Whether the crawler wrote the whole file anew and did not edit ours: a value that we wrote over is back."""
    for key, ours in exported.items():
        now, said = merge.value_of(found, key), merge.value_of(known, key)
        if same(now, said) and not same(now, ours) and _has_place(found, key):
            return True
    return False


def _has_place(fields: dict[Any, Any], key: str) -> bool:
    """Whether the map is there that a key is or would be in. One that went took its keys with it: no word of ours."""
    above = key.rpartition(".")[0]
    return not above or key in fields or isinstance(merge.value_of(fields, above), dict)


def _put_back(crawler: Document, key: str, value: Any, known: dict[Any, Any]) -> None:
    """Where the text cannot be edited in place it stays: the editor's value then counts as the crawler's too.

    A map that only our export made goes with its last key.
    """
    try:
        merge.put(crawler, key, value)
        while (above := key.rpartition(".")[0]) and merge.value_of(crawler.fields, above) == {}:
            if isinstance(merge.value_of(known, above), dict):
                return
            merge.put(crawler, above, merge.value_of(known, above))
            key = above
    except EditRefused:
        return


def _still_ours(found: dict[Any, Any], crawler: dict[Any, Any], exported: Mapping[str, Any]) -> dict[str, Any]:
    values = {key: merge.value_of(found, key) for key in exported}
    return {key: value for key, value in values.items() if not same(value, merge.value_of(crawler, key))}


def _is_third(word: Any, decision: Decision) -> bool:
    """A list or a map is one only where the two cannot be merged."""
    if same(word, decision.base) or same(word, decision.value):
        return False
    return merge_grown(decision.base, word, decision.value) is CLASH


def _take(
    decision: Decision,
    known: dict[Any, Any],
    crawler: dict[Any, Any],
    found: dict[Any, Any],
    exported: Mapping[str, Any],
) -> Decision:
    """One decision against the new text: it stands, with the crawler's additions where it is a list."""
    said, word, now = (merge.value_of(fields, decision.key) for fields in (known, crawler, found))
    if not same(word, now) and same(now, exported.get(decision.key)):
        return _echoed(decision, now)
    is_echo = not same(word, decision.value) and any(same(word, echo) for echo in decision.echoes)
    decision = replace(decision, base=word if is_echo else decision.base, echoes=())
    return decision if same(word, said) else rebased(decision, word)


def rebased(decision: Decision, word: Any) -> Decision:
    """The decision over what the crawler says now: a list takes along what the crawler did to it."""
    if same(word, decision.base) or same(word, decision.value):
        return decision
    merged = merge_grown(decision.base, word, decision.value)
    if merged is CLASH:
        return decision
    base = carry_over(decision.value, word, decision.base)
    return replace(decision, value=merged, base=word if base is CLASH else base)


def _echoed(decision: Decision, value: Any) -> Decision:
    """A list needs none: item by item it shows whose is what. Nor does what this decision is not: should the crawler
    mean that, it came to it after the decision, and contradicts it.
    """
    if isinstance(value, list) or not same(value, decision.value) or any(same(value, echo) for echo in decision.echoes):
        return decision
    return replace(decision, echoes=(*decision.echoes, value))


def _same_body(one: str, other: str) -> bool:
    """Line breaks, and white space around the body, say nothing."""
    return one == other or one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()
