"""What a commit says: what was decided in the files it holds, in words, and by whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.auth.models import User

from articles.content.keypath import touches
from articles.content.values import ABSENT
from articles.models import Event
from articles.outgoing import Waiting

SUBJECT_CHARS: Final = 72
DESK: Final = ("Newsroom editors", "newsroom@localhost")


@dataclass(frozen=True, slots=True)
class Written:
    """An article whose file was written, and for each key what the file said before and says now."""

    article: Waiting
    changes: dict[str, tuple[Any, Any]]

    @property
    def act(self) -> str:
        """What matters most of it."""
        if "published" in self.changes:
            return "publish" if self.changes["published"][1] is True else "unpublish"
        return "edit"

    @property
    def name(self) -> str:
        return self.article.path.rpartition("/")[2]

    def words(self) -> str:
        """`publish, set title, remove webUrl`."""
        words = [_words(key, old, new) for key, (old, new) in self.changes.items()]
        return ", ".join(words) or "as it was"


def editors_of(written: Sequence[Written]) -> list[tuple[str, str]]:
    """Names and addresses of those whose decisions the files now hold, each once; they who reset a field too."""
    deciders = [decider for one in written for decider in _deciders_of(one)]
    users = User.objects.in_bulk({key for key, _ in deciders if key is not None})
    found: dict[str, str] = {}
    for key, username in dict.fromkeys(deciders):
        user = users.get(key) if key is not None else None
        name = (user.get_full_name() if user else "") or username
        found[name] = (user.email if user else "") or f"{username}@localhost"
    return list(found.items())


def author_of(editors: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """The one editor, or the desk where there are several; they are named in the message."""
    return editors[0] if len(editors) == 1 else DESK


def message_of(written: Sequence[Written], editors: Sequence[tuple[str, str]], *, said: str = "") -> str:
    """A subject, or what an editor `said`; a line an article, and who."""
    lines = [f"{one.article.path}: {one.words()}" for one in written]
    decided_by = "Decided by " + ", ".join(name for name, _ in editors) + "."
    return "\n".join([said.strip() or _subject(written)[:SUBJECT_CHARS], "", *lines, "", decided_by]) + "\n"


def _subject(written: Sequence[Written]) -> str:
    """`Publish 3 articles, edit 1`; a single one is named."""
    if len(written) == 1:
        return f"{written[0].act.capitalize()} {written[0].name}"
    (first, count), *others = Counter(one.act for one in written).items()
    parts = [f"{first.capitalize()} {count} article{'' if count == 1 else 's'}"]
    return ", ".join([*parts, *(f"{act} {number}" for act, number in others)])


def _words(key: str, old: Any, new: Any) -> str:
    if key == "published" and isinstance(new, bool):
        return "publish" if new else "unpublish"
    return f"{'remove' if new is ABSENT else 'add' if old is ABSENT else 'set'} {key}"


def _deciders_of(written: Written) -> list[tuple[int | None, str]]:
    """The user's key, where there still is one, and the name of each who decided something of what was written."""
    deciders = written.article.deciders()
    return [(user, name) for key, user, name in deciders if touches(key, written.changes)] or [
        _last_editor(written.article.key)
    ]


def _last_editor(article: int) -> tuple[int | None, str]:
    """Who decided last: a field that was reset has no override any more that could tell."""
    events = Event.objects.filter(article=article, by_crawler=False).exclude(
        act__in=(Event.Act.WRITTEN, Event.Act.KEPT)
    )
    return events.order_by("-id").values_list("user", "username").first() or (None, "newsroom")
