"""The rows of the queue: what one glance at an article tells, fetched for a page of them in one query."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.utils.text import Truncator

from articles.content.findings import KINDS
from articles.desk.asking import Asked
from articles.desk.facts import ago
from articles.gathering import Counted, Gathered
from articles.models import Article, Event, Finding, Image, Topic
from articles.pictures import preview

TITLE_CHARS: Final = 180
TOPICS_SHOWN: Final = 3
FINDINGS_SHOWN: Final = 3
NEAR: Final = 5
"""So far from the threshold a row says that it is near."""
_SHOWN_OTHERWISE: Final = frozenset({"flapping"})
_ORDER_OF_CODE: Final = {code: number for number, code in enumerate(KINDS)}
_COLUMNS: Final = (
    *("site", "path", "title", "published_at", "published", "quality", "heat", "provider_name", "type", "version"),
    *("is_missing", "is_dirty", "is_flapping", "state", "nearness", "story"),
)


@dataclass(frozen=True, slots=True)
class Tag:
    """A word beside a row; `look`: bad, warn, hot, or empty for plain."""

    word: str
    look: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """An article as the list shows it."""

    article: Article
    url: str
    title: str
    provider: str
    logo: str
    age: str
    topics: str
    tags: Sequence[Tag]
    is_current: bool

    @property
    def is_changed(self) -> bool:
        return self.article.state == Article.State.CHANGED


def load(ids: Sequence[int] | RawSQL) -> list[Article]:
    """Articles with all that a row shows, in no order; one query."""
    logos = Image.objects.filter(provider=OuterRef("provider")).order_by("position").values("url")[:1]
    switches = Event.objects.filter(article=OuterRef("pk"), act=Event.Act.SOURCE_SWITCHED)
    story = Article.objects.filter(story=OuterRef("story"), is_missing=False).order_by()
    topics = Topic.objects.filter(article_links__article=OuterRef("pk")).order_by("article_links__position")
    rows: QuerySet[Article] = Article.objects.filter(pk__in=ids).order_by()
    return [
        *rows.select_related("site", "provider")
        .only(*_COLUMNS, "site__slug", "site__title", "site__threshold", "provider__name", "provider__domain")
        .annotate(
            logo=Subquery(logos),
            told=Counted(story.values("pk")[:100]),
            is_switched=Exists(switches.filter(at__gte=OuterRef("decided_at"))),
            its_topics=Gathered(topics, "name"),
            its_findings=Gathered(Finding.objects.filter(article=OuterRef("pk")).order_by(), "code", "severity"),
        )
    ]


def rows_of(articles: Iterable[Article], asked: Asked, current: int | None, now: datetime) -> list[Row]:
    return [_row(article, asked, current, now) for article in articles]


def _row(article: Article, asked: Asked, current: int | None, now: datetime) -> Row:
    logo = getattr(article, "logo", None)
    return Row(
        article,
        asked.url(article.pk),
        Truncator(str(article)).chars(TITLE_CHARS),
        Truncator(article.provider_name or (str(article.provider) if article.provider else "")).chars(60),
        preview(article.site.slug, logo).src if logo else "",
        ago(article.published_at, now) if article.published_at else "",
        _topics(article),
        [*_standing(article), *_findings(article)],
        article.pk == current,
    )


def _topics(article: Article) -> str:
    held: list[Topic] = vars(article)["its_topics"]
    names = [topic.name for topic in held]
    more = f" +{len(names) - TOPICS_SHOWN}" if len(names) > TOPICS_SHOWN else ""
    return Truncator(", ".join(names[:TOPICS_SHOWN])).chars(90) + more


def _standing(article: Article) -> Iterable[Tag]:
    """Where it stands with the editors, and what the crawler did to it."""
    if article.state == Article.State.CONFLICT:
        yield Tag("conflict", "bad")
    if article.is_missing:
        yield Tag("file gone", "bad")
    if article.state == Article.State.CHANGED and getattr(article, "is_switched", False):
        yield Tag("source switched", "bad")
    if article.is_flapping:
        yield Tag("source flaps", "warn")
    told = getattr(article, "told", 0)
    if article.story is not None and told > 1:
        yield Tag(f"story of {told}", "hot")
    if article.is_led_by_another:
        yield Tag("led by another")
    if article.nearness <= NEAR:
        yield Tag("near threshold")
    if article.is_dirty:
        yield Tag("unwritten")
    if article.state == Article.State.DECIDED:
        yield Tag("decided")


def _findings(article: Article) -> Iterable[Tag]:
    """The gravest, each word once."""
    held: list[Finding] = vars(article)["its_findings"]
    codes = sorted(
        {finding.code for finding in held} - _SHOWN_OTHERWISE,
        key=lambda code: _ORDER_OF_CODE.get(code, len(_ORDER_OF_CODE)),
    )
    grave = {finding.code for finding in held if finding.severity == Finding.Severity.ERROR}
    for code in codes[:FINDINGS_SHOWN]:
        yield Tag(KINDS[code].word if code in KINDS else code, "bad" if code in grave else "")
    if len(codes) > FINDINGS_SHOWN:
        yield Tag(f"+{len(codes) - FINDINGS_SHOWN} more")
