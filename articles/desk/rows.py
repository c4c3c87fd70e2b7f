"""The rows of the queue: what one glance at an article tells, fetched for a page of them in one query."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from articles.compiled import Compiled
from articles.content.findings import KINDS
from articles.desk.asking import Asked
from articles.desk.facts import ago
from articles.gathering import Bare, Counted
from articles.models import Article, ArticleTopic, Event, Finding, Image, Topic
from articles.pictures import preview
from articles.wording import cut

AT_ONCE: Final = 50
"""So many rows a page has, and so many are fetched at once."""
TITLE_CHARS: Final = 180
TOPICS_SHOWN: Final = 3
FINDINGS_SHOWN: Final = 3
NEAR: Final = 5
"""So far from the threshold a row says that it is near."""
_SHOWN_OTHERWISE: Final = frozenset({"flapping"})
_ORDER_OF_CODE: Final = {code: number for number, code in enumerate(KINDS)}


class Listed(NamedTuple):
    """What the list knows of an article: some of its columns, and what belongs to it, each topic and finding as bare
    values: a model of each would cost more than to fetch them all.
    """

    id: int
    version: int
    path: str
    title: str | None
    published_at: datetime | None
    quality: int | None
    heat: int | None
    provider_name: str | None
    state: int
    nearness: int
    story: int | None
    is_missing: bool
    is_dirty: bool
    is_flapping: bool
    site__slug: str
    site__threshold: int
    provider__name: str | None
    provider__domain: str | None
    logo: str | None
    """The address of its provider's first picture."""
    told: int
    """How many tell its story, as far as is counted."""
    is_switched: bool
    """Its source switched since the decision."""
    its_topics: Sequence[Sequence[Any]]
    its_findings: Sequence[Sequence[Any]]

    @property
    def pk(self) -> int:
        return self.id

    @property
    def threshold(self) -> int:
        return self.site__threshold

    @property
    def is_led_by_another(self) -> bool:
        return self.heat == -1

    def __str__(self) -> str:
        return self.title or self.path


class Tag(NamedTuple):
    """A word beside a row; `look`: bad, warn, hot, or empty for plain."""

    word: str
    look: str = ""


class Row(NamedTuple):
    """An article as the list shows it."""

    article: Listed
    url: str
    title: str
    provider: str
    logo: str
    age: str
    topics: str
    tags: Sequence[Tag]
    is_current: bool
    is_changed: bool


def load(ids: Sequence[int]) -> list[Listed]:
    """Articles with all that a row shows, in no order; one query for a page of them."""
    parts = [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]
    return [Listed(*row) for part in parts for row in _rows(*_filled(part))]


def rows_of(articles: Iterable[Listed], asked: Asked, current: int | None, now: datetime) -> list[Row]:
    return [_row(article, asked, current, now) for article in articles]


def _filled(keys: Sequence[int]) -> Sequence[int]:
    """One, or as many as a page has: the last again and again. So the SQL is made for two numbers of keys only."""
    return keys if len(keys) == 1 else [*keys, *[keys[-1]] * (AT_ONCE - len(keys))]


def _listed(*keys: int) -> QuerySet[Article, tuple[Any, ...]]:
    logos = Image.objects.filter(provider=OuterRef("provider")).order_by("position").values("url")[:1]
    switches = Event.objects.filter(article=OuterRef("pk"), act=Event.Act.SOURCE_SWITCHED)
    story = Article.objects.filter(story=OuterRef("story"), is_missing=False).order_by()
    named = Topic.objects.filter(pk=OuterRef("topic")).order_by().values("name")  # joined, all topics would be read
    topics = ArticleTopic.objects.filter(article=OuterRef("pk")).order_by("position").annotate(name=Subquery(named[:1]))
    return (
        Article.objects.filter(pk__in=keys)
        .order_by()
        .annotate(
            logo=Subquery(logos),
            told=Counted(story.values("pk")[:100]),
            is_switched=Exists(switches.filter(at__gte=OuterRef("decided_at"))),
            its_topics=Bare(topics, "name"),
            its_findings=Bare(Finding.objects.filter(article=OuterRef("pk")).order_by(), "code", "severity"),
        )
        .values_list(*Listed._fields)
    )


_rows = Compiled(_listed)


def _row(article: Listed, asked: Asked, current: int | None, now: datetime) -> Row:
    return Row(
        article,
        asked.url(article.id),
        cut(str(article), TITLE_CHARS),
        cut(article.provider_name or article.provider__name or article.provider__domain or "", 60),
        preview(article.site__slug, article.logo).src if article.logo else "",
        ago(article.published_at, now) if article.published_at else "",
        _topics(article),
        [*_standing(article), *_findings(article)],
        article.id == current,
        article.state == Article.State.CHANGED,
    )


def _topics(article: Listed) -> str:
    names = [name for _, name in article.its_topics]
    more = f" +{len(names) - TOPICS_SHOWN}" if len(names) > TOPICS_SHOWN else ""
    return cut(", ".join(names[:TOPICS_SHOWN]), 90) + more


def _standing(article: Listed) -> Iterable[Tag]:
    """Where it stands with the editors, and what the crawler did to it."""
    if article.state == Article.State.CONFLICT:
        yield Tag("conflict", "bad")
    if article.is_missing:
        yield Tag("file gone", "bad")
    if article.state == Article.State.CHANGED and article.is_switched:
        yield Tag("source switched", "bad")
    if article.is_flapping:
        yield Tag("source flaps", "warn")
    if article.story is not None and article.told > 1:
        yield Tag(f"story of {article.told}", "hot")
    if article.is_led_by_another:
        yield Tag("led by another")
    if article.nearness <= NEAR:
        yield Tag("near threshold")
    if article.is_dirty:
        yield Tag("unwritten")
    if article.state == Article.State.DECIDED:
        yield Tag("decided")


def _findings(article: Listed) -> Iterable[Tag]:
    """The gravest, each word once."""
    found = {code for _, code, _ in article.its_findings} - _SHOWN_OTHERWISE
    grave = {code for _, code, severity in article.its_findings if severity == Finding.Severity.ERROR}
    codes = sorted(found, key=lambda code: _ORDER_OF_CODE.get(code, len(_ORDER_OF_CODE)))
    for code in codes[:FINDINGS_SHOWN]:
        yield Tag(KINDS[code].word if code in KINDS else code, "bad" if code in grave else "")
    if len(codes) > FINDINGS_SHOWN:
        yield Tag(f"+{len(codes) - FINDINGS_SHOWN} more")
