"""Values, changes, moments and reasons, as a page says them to an editor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from unicodedata import normalize

from django.utils.text import Truncator

from articles.content.values import ABSENT, from_json
from articles.forms.entries import ENTRY_OF_KEY
from articles.forms.kinds import as_yaml, is_list_of_maps, is_list_of_text
from articles.models import Article, Event, Override

LONGEST: Final = 240
FIRST_MARK: Final = "\u0300"
"""The first character that stands upon another."""
ACTS: Final = {
    Event.Act.EDITED: "edited",
    Event.Act.PUBLISHED: "published",
    Event.Act.UNPUBLISHED: "unpublished",
    Event.Act.KEPT: "kept as it is",
    Event.Act.RESET: "reset to the crawler's value",
    Event.Act.ADDED: "added by hand",
    Event.Act.REWRITTEN: "changed",
    Event.Act.MISSING: "took the file away",
    Event.Act.RETURNED: "brought the file back",
    Event.Act.WRITTEN: "wrote the file",
}
"""What someone did, after the name of who did it; other acts go by their own name."""
HIDDEN_KEY: Final = "secured"
"""The crawler's ciphertext is shown nowhere, at whatever depth it stands."""

_COUNTED: Final = {"images": "picture", "provider.images": "picture", "related": "related item"}
_LABELS: Final = {
    "images": "Pictures",
    "related": "Related items",
    "category": "Category",
    "provider": "Provider",
    "provider.images": "Provider's pictures",
}
NAMED_KEYS: Final = (*ENTRY_OF_KEY, *_LABELS)


@dataclass(frozen=True, slots=True)
class Change:
    """A field of an event: its key and name, what it was and what it became, in words."""

    key: str
    label: str
    old: str
    new: str


def label_of(key: str) -> str:
    """What pages call a key of the file; an unknown one by itself."""
    entry = ENTRY_OF_KEY.get(key)
    return entry.label if entry else _LABELS.get(key, key)


def cut(text: str, chars: int) -> str:
    """So many characters at most, as Django's `Truncator` cuts, which looks at each of them for a mark upon another."""
    whole = text if text.isascii() else normalize("NFC", text)
    if len(whole) <= chars:
        return whole
    return f"{whole[: chars - 1]}…" if max(whole) < FIRST_MARK else Truncator(whole).chars(chars)


def in_words(value: Any, key: str = "", *, longest: int = LONGEST) -> str:
    """A value in one line: lists of maps by their number, long text cut."""
    match value:
        case None:
            return "null"
        case bool():
            return "yes" if value else "no"
        case str() | list() | dict() if not value:
            return "empty"
        case datetime():
            return moment(value, seconds=True)
        case date():
            return f"{value.day} {value:%B %Y}"
        case str():
            return Truncator(" ".join(value.split())).chars(longest)
        case _ if value is ABSENT:
            return "nothing"
        case list() if is_list_of_maps(value):
            return _counted(len(value), _COUNTED.get(key, "item"))
        case list() if is_list_of_text(value):
            return Truncator(", ".join(value)).chars(longest)
        case list() | dict():
            return Truncator(" ".join(as_yaml(without_hidden(value)).split())).chars(longest)
    return str(value)


def moment(at: datetime, *, seconds: bool = False) -> str:
    """29 December 2020, 20:23 UTC. One without a zone is shown as it stands."""
    utc = at if at.tzinfo is None else at.astimezone(UTC)
    zone = "" if at.tzinfo is None else " UTC"
    return f"{utc.day} {utc:%B %Y}, {utc:%H:%M:%S}{zone}" if seconds else f"{utc.day} {utc:%B %Y}, {utc:%H:%M}{zone}"


def changes_of(event: Event) -> list[Change]:
    """What an event changed, field by field."""
    return [
        Change(key, label_of(key), in_words(from_json(old), key), in_words(from_json(new), key))
        for key, (old, new) in event.changes.items()
        if key != HIDDEN_KEY
    ]


def changes_in_line(event: Event) -> str:
    """The same in one line of a list."""
    return "; ".join(f"{change.label}: {_turn(change)}" for change in changes_of(event))


def _turn(change: Change) -> str:
    """A decision for what the crawler says anyway changes no value."""
    return f"{change.new}, decided" if change.old == change.new else f"{change.old} \N{RIGHTWARDS ARROW} {change.new}"


def act_of(event: Event) -> str:
    """What an event's doer did."""
    return ACTS.get(Event.Act(event.act), str(event.get_act_display()))


def override_value(override: Override) -> Any:
    return ABSENT if override.is_removal else from_json(override.value)


def doer(username: str, reader: str) -> str:
    """Who did it, as the reader is told."""
    return "you" if username == reader else username


def why_published(article: Article, decided: Override | None, reader: str) -> str:
    """Why readers get the article, or why not: a person's decision, or the crawler's scores."""
    if decided is not None:
        return _as_decided(decided, reader)
    if article.published is None:
        return "Not scored yet: nobody has said whether to publish it."
    quality, threshold = article.quality, article.site.threshold
    if quality is None:
        return f"The crawler says {'yes' if article.published else 'no'}, and gives no quality."
    above = quality >= threshold
    if article.published == above:
        return f"Quality {quality} {'reaches' if above else 'is below'} the site's {threshold}."
    if article.is_led_by_another:
        return "Another item leads its story (heat -1)."
    says, stands = "yes" if article.published else "no", "reaches" if above else "is below"
    return f"The crawler says {says}, though quality {quality} {stands} the site's {threshold}."


def why_held(article: Article, reader: str = "") -> str:
    """Which decision of a person keeps a rule from touching it; with `overrides` fetched."""
    decided = next((override for override in article.overrides.all() if override.key == "published"), None)
    if decided is not None:
        return _as_decided(decided, reader)
    return f"Kept as it is on {moment(article.decided_at)}." if article.decided_at else "Kept as it is."


def without_hidden(value: Any) -> Any:
    """The value without what no page may show."""
    if isinstance(value, Mapping):
        return {key: without_hidden(item) for key, item in value.items() if not _is_hidden(key)}
    if isinstance(value, list):
        return [without_hidden(item) for item in value]
    return value


def join_words(words: Iterable[str]) -> str:
    """a, b and c"""
    *most, last = [*words]
    return f"{', '.join(most)} and {last}" if most else last


def _as_decided(decided: Override, reader: str) -> str:
    who = doer(decided.username, reader).capitalize() if decided.username == reader else decided.username
    did = {True: "published it", False: "unpublished it"}.get(override_value(decided), "took the mark away")
    because = f": {decided.reason}" if decided.reason else "."
    return f"{who} {did} on {moment(decided.at)}{because}"


def _is_hidden(key: Any) -> bool:
    return isinstance(key, str) and key.rpartition(".")[2] == HIDDEN_KEY


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
