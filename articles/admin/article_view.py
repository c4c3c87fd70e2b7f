"""What the page of an article shows, section by section, in words. Nothing here writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib.auth.models import AnonymousUser, User

from articles.content.merge import in_force, value_of
from articles.content.values import from_json
from articles.forms import ArticleForm, Difference
from articles.forms.article import EDITABLE_KEYS
from articles.forms.entries import DECISION, ENTRY_OF_NAME, Entry
from articles.forms.kinds import as_text, as_yaml, is_list_of_maps
from articles.forms.pictures import PICTURES_KEY
from articles.mapping import crawler_document, decisions
from articles.models import Article, Event, Topic
from articles.pictures import web_link
from articles.wording import doer, in_words, label_of, moment, override_value, why_published, without_hidden

EVENTS_SHOWN: Final = 20
TOPICS_SHOWN: Final = 300
BODY_CHARS_SHOWN: Final = 2000
LONGEST_NOTE: Final = 1000

STORY: Final = ("title", "excerpt", "type", "topics", "featured_content")
SCORES: Final = ("quality", "heat", "published")
SOURCE: Final = (
    "provider_name",
    "provider_domain",
    "published_at",
    "original_url",
    "web_url",
    "amp_url",
    "cdn_amp_url",
)


@dataclass(frozen=True, slots=True)
class Note:
    """What stands beside a decided field: the crawler's word, whose word is in force, and whether it can go."""

    key: str
    label: str
    crawler: str
    mine: str
    who: str
    when: str
    reason: str
    in_conflict: bool
    can_reset: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A field of the page: its control for those who may edit, its text for those who may not."""

    entry: Entry
    field: forms.BoundField | None
    text: str = ""
    link: str = ""
    note: Note | None = None


@dataclass(frozen=True, slots=True)
class RelatedItem:
    """Another item of the story."""

    quality: str
    title: str
    provider: str
    date: str
    link: str


@dataclass(frozen=True, slots=True)
class DifferenceInWords:
    """A line of the answer to a stale save."""

    label: str
    shown: str
    now: str
    mine: str
    is_mine: bool
    is_theirs: bool


class ArticleView:
    """An article with its source and overrides, as one user sees it."""

    def __init__(self, article: Article, user: User | AnonymousUser, *, can_edit: bool, may_publish: bool) -> None:
        self.article = article
        self.reader = user.get_username()
        self.can_edit = can_edit
        self.may_publish = may_publish
        self.document = crawler_document(article)
        self.overrides = {override.key: override for override in article.overrides.all()}
        self.in_force = in_force(self.document.fields, decisions(self.overrides.values()))

    def context(self, form: ArticleForm) -> dict[str, Any]:
        return {**self._head(), **self._sections(form), **self._machine(), "form": form}

    def _head(self) -> dict[str, Any]:
        return {
            "title": str(self.article),
            "original": self.article,
            "site_slug": self.article.site.slug,
            "can_edit": self.can_edit,
            "may_publish": self.can_edit and self.may_publish,
            "why": why_published(self.article, self.overrides.get(DECISION), self.reader),
            "source_link": web_link(self.article.link),
        }

    def _sections(self, form: ArticleForm) -> dict[str, Any]:
        return {
            "story": self._rows(form, STORY),
            "scores": self._rows(form, SCORES),
            "source": self._rows(form, SOURCE),
            **_pictures(value_of(self.in_force, PICTURES_KEY)),
            "pictures_note": self._note(PICTURES_KEY),
            "other_notes": [self._note(key) for key in self.overrides if key not in EDITABLE_KEYS],
            "known_topics": self._known_topics() if self.can_edit else (),
            "events": list(Event.objects.filter(article=self.article)[:EVENTS_SHOWN]),
        }

    def _machine(self) -> dict[str, Any]:
        body = self.document.body.strip()
        return {
            "related": _related(value_of(self.in_force, "related")),
            "extra": _yaml_by_key(self.article.extra),
            "as_written": _yaml_by_key(self.article.as_written),
            "body": body[:BODY_CHARS_SHOWN],
            "body_is_cut": len(body) > BODY_CHARS_SHOWN,
            "has_no_file": not self.article.digest,
        }

    def _rows(self, form: ArticleForm, names: Iterable[str]) -> list[Row]:
        return [self._row(form, ENTRY_OF_NAME[name]) for name in names]

    def _row(self, form: ArticleForm, entry: Entry) -> Row:
        value = value_of(self.in_force, entry.key)
        field = form[entry.name] if self.can_edit and entry.name in form.fields else None
        link = web_link(value) if entry.name.endswith("_url") else ""
        return Row(entry, field, entry.kind.show(value), link, self._note(entry.key))

    def _note(self, key: str) -> Note | None:
        override = self.overrides.get(key)
        if override is None:
            return None
        return Note(
            key=key,
            label=label_of(key),
            crawler=in_words(value_of(self.document.fields, key), key, longest=LONGEST_NOTE),
            mine=in_words(override_value(override), key, longest=LONGEST_NOTE),
            who=doer(override.username, self.reader),
            when=moment(override.at),
            reason=override.reason,
            in_conflict=override.in_conflict,
            can_reset=self.can_edit and (key != DECISION or self.may_publish),
        )

    def _known_topics(self) -> list[str]:
        filed = Topic.objects.filter(site=self.article.site).exclude(path="")
        return list(filed.values_list("name", flat=True)[:TOPICS_SHOWN])


def blank_rows(form: ArticleForm, names: Iterable[str]) -> list[Row]:
    """The controls of a record that does not exist yet."""
    entries = [ENTRY_OF_NAME[name] for name in names if name in form.fields]
    return [Row(entry, form[entry.name]) for entry in entries]


def difference_in_words(difference: Difference) -> DifferenceInWords:
    sides = (difference.shown, difference.now, difference.mine)
    shown, now, mine = (in_words(value, difference.key, longest=LONGEST_NOTE) for value in sides)
    return DifferenceInWords(label_of(difference.key), shown, now, mine, difference.is_mine, difference.is_theirs)


def _pictures(value: Any) -> dict[str, Any]:
    """As a list of pictures where it is one, else as text."""
    if not value or is_list_of_maps(value):
        return {"pictures": value or []}
    return {"pictures": [], "pictures_text": as_yaml(without_hidden(value))}


def _related(items: Any) -> list[RelatedItem]:
    """The other items of the story, as far as they are what they should be."""
    return [_related_item(item) for item in items] if is_list_of_maps(items) else []


def _related_item(item: Mapping[str, Any]) -> RelatedItem:
    provider = item.get("provider")
    names = provider if isinstance(provider, dict) else {"name": provider}
    at = item.get("publishedDateTime")
    return RelatedItem(
        quality=as_text(item.get("quality")),
        title=as_text(item.get("title")),
        provider=as_text(names.get("name") or names.get("domain")),
        date=in_words(at) if at else "",
        link=web_link(item.get("webUrl") or item.get("originalUrl")),
    )


def _yaml_by_key(stored: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Keys with their values as YAML text, without what no page may show."""
    values = without_hidden(from_json(stored))
    return [(str(key), as_yaml(value).removesuffix("\n...")) for key, value in values.items()]
