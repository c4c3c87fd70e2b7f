"""An article with all that its pane shows, read in one query: what belongs to it comes as lists within the row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from articles.compiled import Compiled
from articles.content.findings import Context
from articles.desk.asking import MAX_KEY
from articles.desk.facts import EVENTS_SHOWN
from articles.gathering import Bare, Gathered, Joined, hold
from articles.judging import MOST_COMPARED, context_with, site_context_of
from articles.models import Article, Event, Image, Override, Topic

_ARTICLE: Final = Joined(Article, "site", "provider", "source")
NO_SUCH_ARTICLE: Final = "There is no such article. It may have been taken out of the desk."
_TELLS: Final = (
    *("title", "path", "quality", "heat", "published", "provider", "provider_name", "published_at", "source_key"),
    *("original_url", "web_url", "site", "story"),
)
"""The columns of another article of the story: those that the pane shows, and those that tell how alike they are."""


class KnownTopic(NamedTuple):
    """A topic that has a file."""

    name: str
    keywords: tuple[str, ...]


@dataclass(frozen=True)
class Whole:
    """An article with its site, provider, source and overrides, and around it:

    its last events, one more than are shown; the topics of its site that have a file; the other articles of its story.
    """

    article: Article
    events: list[Event]
    topics: list[KnownTopic]
    story: list[Article]

    @cached_property
    def context(self) -> Context:
        """What its findings are judged by."""
        provider = self.article.provider
        filed = [provider] if provider and provider.path else []
        site = site_context_of(self.article.site, [topic.name for topic in self.topics], filed)
        return context_with(self.article, site, self.story)


def with_all_that_is_shown(pk: int) -> Whole:
    """One article; 404 where there is none."""
    whole = first_of([pk])
    if whole is None:
        raise Http404(NO_SUCH_ARTICLE)
    return whole


def first_of(keys: list[int]) -> Whole | None:
    """The first of one or two articles that there is."""
    known = [key for key in keys if key <= MAX_KEY]
    rows = _wholes(*known) if known else []
    return _whole(rows[0]) if rows else None


def _of(first: int, other: int | None = None) -> QuerySet[Article, tuple[Any, ...]]:
    own = {"article": OuterRef("pk")}
    fellows = Article.objects.filter(site=OuterRef("site"), story=OuterRef("story"), is_missing=False)
    topics = Topic.objects.filter(site=OuterRef("site")).exclude(path="")
    logos = Image.objects.filter(provider=OuterRef("provider")).order_by("position")
    wanted = Q(pk=first)
    if other is not None:
        wanted |= Q(Q(pk=other), ~Exists(Article.objects.filter(pk=first)))
    return (
        Article.objects.filter(wanted)
        .order_by()
        .annotate(
            its_overrides=Gathered(Override.objects.filter(**own).order_by("key")),
            its_events=Gathered(Event.objects.filter(**own)[: EVENTS_SHOWN + 1]),
            its_topics=Bare(topics, "name", "keywords"),
            its_logos=Gathered(logos, "url", "width", "height"),
            its_story=Gathered(fellows.exclude(pk=OuterRef("pk")).order_by("pk")[:MOST_COMPARED], *_TELLS),
        )
        .values_list(*_ARTICLE.names, "its_overrides", "its_events", "its_topics", "its_logos", "its_story")
    )


_wholes = Compiled(_of)


def _whole(row: Sequence[Any]) -> Whole:
    article: Article = _ARTICLE.made(row)
    overrides, events, topics, logos, story = row[len(_ARTICLE.names) :]
    hold(article, "overrides", overrides)
    if article.provider:
        hold(article.provider, "images", logos)
    return Whole(article, events, [KnownTopic(name, _words(words)) for _, name, words in topics], story)


def _words(keywords: Any) -> tuple[str, ...]:
    """Keywords as a file may have them: whatever is no text is none."""
    return tuple(word for word in keywords if isinstance(word, str))
