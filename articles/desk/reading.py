"""An article with all that its pane shows, read in one query: what belongs to it comes as lists within the row."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from articles.content.findings import Context
from articles.desk.asking import MAX_KEY
from articles.desk.facts import EVENTS_SHOWN
from articles.gathering import Gathered, hold
from articles.judging import MOST_COMPARED, context_with, site_context_of
from articles.models import Article, Event, Image, Override, Topic

NO_SUCH_ARTICLE: Final = "There is no such article. It may have been taken out of the desk."
_TELLS: Final = (
    *("title", "path", "quality", "heat", "published", "provider", "provider_name", "published_at", "source_key"),
    *("original_url", "web_url", "site", "story"),
)
"""The columns of another article of the story: those that the pane shows, and those that tell how alike they are."""


@dataclass(frozen=True)
class Whole:
    """An article with its site, provider, source and overrides, and around it:

    its last events, one more than are shown; the topics of its site that have a file; the other articles of its story.
    """

    article: Article
    events: list[Event]
    topics: list[Topic]
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
    if not known:
        return None
    wanted = Q(pk=known[0])
    for other in known[1:]:
        wanted |= Q(Q(pk=other), ~Exists(Article.objects.filter(pk=known[0])))
    article = _wholes().filter(wanted).first()
    return None if article is None else _whole(article)


def _wholes() -> QuerySet[Article]:
    own = {"article": OuterRef("pk")}
    fellows = Article.objects.filter(site=OuterRef("site"), story=OuterRef("story"), is_missing=False)
    topics = Topic.objects.filter(site=OuterRef("site")).exclude(path="")
    logos = Image.objects.filter(provider=OuterRef("provider")).order_by("position")
    return (
        Article.objects.order_by()
        .select_related("site", "provider", "source")
        .annotate(
            its_overrides=Gathered(Override.objects.filter(**own).order_by("key")),
            its_events=Gathered(Event.objects.filter(**own)[: EVENTS_SHOWN + 1]),
            its_topics=Gathered(topics, "name", "keywords", "position"),
            its_logos=Gathered(logos, "url", "width", "height"),
            its_story=Gathered(fellows.exclude(pk=OuterRef("pk")).order_by("pk")[:MOST_COMPARED], *_TELLS),
        )
    )


def _whole(article: Article) -> Whole:
    around: dict[str, Any] = vars(article)
    hold(article, "overrides", around["its_overrides"])
    if article.provider:
        hold(article.provider, "images", around["its_logos"])
    return Whole(article, around["its_events"], around["its_topics"], around["its_story"])
