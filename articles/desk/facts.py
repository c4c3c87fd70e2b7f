"""What stands beside an article, in words: its scores, its history, where the crawler contradicts its editors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from articles.conflicts import Conflict, conflicts_of
from articles.content.merge import value_of
from articles.content.values import ABSENT
from articles.models import Article, Event, Override
from articles.review.act import WHOLE_FILE
from articles.wording import HIDDEN_KEY, Change, act_of, changes_of, doer, in_words, label_of, moment

EVENTS_SHOWN: Final = 8
SCORES: Final = ("quality", "heat")
FULL: Final = 140
"""The score at which a bar is full: seen scores reach 189, most stay below."""
LONGEST_SIDE: Final = 1000
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Bar:
    """A score: the value in force, how far bar and tick reach in percent, the crawler's word beside an editor's."""

    key: str
    label: str
    value: int | None
    shown: str
    fill: int
    tick: int
    note: str
    crawler: str = ""
    who: str = ""
    when: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """Something that happened: `when` in short, `exactly` in full."""

    event: Event
    when: str
    exactly: str
    who: str
    did: str
    changes: list[Change]


@dataclass(frozen=True, slots=True)
class Sides:
    """A field on which crawler and editor differ. `is_whole_file`: the file is gone under decisions."""

    field: str
    label: str
    base: str
    crawler: str
    editor: str
    who: str
    when: str
    is_whole_file: bool


def bars_of(
    article: Article, crawler: dict[Any, Any], overrides: Mapping[str, Override], reader: str, now: datetime
) -> list[Bar]:
    """Quality and heat."""
    return [_bar(article, key, crawler, overrides.get(key), reader, now) for key in SCORES]


def history_of(events: Iterable[Event], reader: str, now: datetime) -> list[Told]:
    return [
        Told(
            event,
            ago(event.at, now),
            moment(event.at, seconds=True),
            doer(event.doer, reader),
            act_of(event),
            changes_of(event),
        )
        for event in events
    ]


def conflicts_in_words(article: Article, reader: str) -> list[Sides]:
    return [_sides(conflict, reader) for conflict in conflicts_of(article)]


def is_switch(overrides: Iterable[Override]) -> bool:
    """Several conflicts came with a switch of the story's source, and can be decided as one."""
    return sum(override.in_conflict and override.switch_batch is not None for override in overrides) > 1


def ago(at: datetime, now: datetime) -> str:
    """just now, 5 min, 2 h, 3 d; a day further back."""
    gap = now - at
    if gap < timedelta(minutes=1):
        return "just now"
    if gap < timedelta(hours=1):
        return f"{gap.seconds // 60} min"
    if gap < timedelta(days=1):
        return f"{gap.seconds // 3600} h"
    if gap < timedelta(days=10):
        return f"{gap.days} d"
    day = f"{at.day} {_MONTHS[at.month - 1]}"
    return day if at.year == now.year else f"{day} {at.year}"


def _bar(
    article: Article, key: str, crawler: dict[Any, Any], override: Override | None, reader: str, now: datetime
) -> Bar:
    value = getattr(article, key)
    shown = "\N{EN DASH}" if value is None else str(value).replace("-", "\N{MINUS SIGN}")
    place = _percent(value), _percent(article.site.threshold)
    bar = (key, label_of(key), value, shown, *place, _note(article, key))
    if override is None:
        return Bar(*bar)
    said = value_of(crawler, key)
    theirs = "not scored" if said is ABSENT else in_words(said, key)
    return Bar(*bar, theirs, doer(override.username, reader), ago(override.at, now), override.reason)


def _note(article: Article, key: str) -> str:
    if getattr(article, key) is None:
        return "not scored yet"
    if key != "heat":
        return ""
    if article.is_led_by_another:
        return "another item leads the story"
    if article.heat == article.quality:
        return "a lone item: equal to quality"
    return "others tell the story too" if (article.heat or 0) > (article.quality or 0) else ""


def _percent(score: int | None) -> int:
    return round(100 * min(max(score or 0, 0), FULL) / FULL)


def _sides(conflict: Conflict, reader: str) -> Sides:
    key = conflict.field
    is_whole = key == WHOLE_FILE
    return Sides(
        key,
        "The file is gone" if is_whole else label_of(key),
        _side(key, conflict.base),
        _side(key, conflict.crawler),
        _side(key, conflict.editor),
        doer(conflict.username, reader),
        moment(conflict.at),
        is_whole,
    )


def _side(key: str, value: Any) -> str:
    return "" if key == HIDDEN_KEY else in_words(value, key, longest=LONGEST_SIDE)
